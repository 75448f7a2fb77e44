"""Taking in the organisation's own rules: routes, and dated parameters typed by it."""

from collections.abc import Iterable

from billing.agreement import Scheme
from billing.errors import InvalidInput, NotFound
from billing.identity import derive_id
from billing.parameters_book import Parameter
from billing.party import FunderClass
from billing.route import Act, Route
from billing.usecases.take_in_desk import Desk, Look
from billing.usecases.take_in_rows import Cells, RowRefused, chosen, need, pick
from billing.usecases.take_in_training import in_order, looked, needed


def take_route(desk: Desk, cells: Cells) -> None:
    """Take in a rule of routing."""
    in_order(cells, "starts_on", "ends_on")
    given = {
        **pick(cells, "platform", "starts_on", "ends_on"),
        **chosen(cells, act=Act, funder_class=FunderClass, scheme=Scheme),
    }
    if cells.get("funder_code"):
        given["funder_id"] = needed(desk, cells, "funder").id
    desk.store(Route, "routes", _route_id(cells), given)


def _route_id(cells: Cells) -> str:
    what = [str(cells.get(name) or "") for name in ("funder_code", "funder_class", "scheme")]
    return derive_id("route", str(need(cells, "act")), need(cells, "starts_on").isoformat(), *what)


def look_route(cells: Cells) -> Iterable[Look]:
    """Look up the rule and its payer."""
    yield from looked(cells, "funder")
    if cells.get("act") and cells.get("starts_on"):
        yield "routes", _route_id(cells)


def take_parameter(desk: Desk, cells: Cells) -> None:
    """Take in a dated value typed by the organisation; it wins over the shipped ones.

    Raises:
        RowRefused: no such parameter, or a value that it cannot have: as where a person types it.
    """
    given = pick(cells, "key", "starts_on", "value", "source", "confirmed_by")
    if desk.parameters is not None:
        try:
            desk.parameters.check_own(str(need(cells, "key")), str(need(cells, "value")), str(need(cells, "source")))
        except (InvalidInput, NotFound) as error:
            field = {"parameter_unknown": "key", "parameter_source_missing": "source"}.get(error.code, "value")
            raise RowRefused(error.code, field, **error.values) from error
    desk.store(Parameter, "parameters", _parameter_id(cells), given)


def _parameter_id(cells: Cells) -> str:
    return derive_id("parameter", str(need(cells, "key")), need(cells, "starts_on").isoformat(), "own")


def look_parameter(cells: Cells) -> Iterable[Look]:
    """Look up the value."""
    if cells.get("key") and cells.get("starts_on"):
        yield "parameters", _parameter_id(cells)
