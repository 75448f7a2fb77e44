"""Routes: which platform carries what, for whom, from when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from billing.agreement import Scheme
from billing.party import FunderClass


class Act(StrEnum):
    """What is carried."""

    CLAIM = "claim"
    ATTENDANCE = "attendance"
    REMUNERATION = "remuneration"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One rule of routing; None = any. The most precise rule in force on the day wins."""

    id: str
    act: Act
    platform: str
    starts_on: date
    ends_on: date | None = None
    funder_id: str | None = None
    funder_class: FunderClass | None = None
    scheme: Scheme | None = None


def choose(
    routes: Iterable[Route],
    act: Act,
    on: date,
    *,
    funder_id: str | None,
    funder_class: FunderClass | None,
    scheme: Scheme | None,
) -> Route | None:
    """Find the route of an act; the funder weighs more than the scheme, and the scheme more than the class."""
    best: tuple[int, date, str] | None = None
    chosen: Route | None = None
    for route in routes:
        in_force = route.starts_on <= on and (route.ends_on is None or on <= route.ends_on)
        fits = (
            route.act is act
            and route.funder_id in {None, funder_id}
            and route.funder_class in {None, funder_class}
            and route.scheme in {None, scheme}
        )
        if not (in_force and fits):
            continue
        weight = 4 * (route.funder_id is not None) + 2 * (route.scheme is not None) + (route.funder_class is not None)
        rank = (weight, route.starts_on, route.id)
        if best is None or rank > best:
            best, chosen = rank, route
    return chosen
