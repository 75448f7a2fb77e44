"""What was broken on purpose in the sample, told as stories, and the anomalies that must show each.

`break_training` runs before bills are issued; `money_troubles` breaks bills before they are paid and payments before
they are told, `people_troubles` what trainers and paid learners get: the later files then tell the consequences by
themselves. A subject is named by its natural key (`console.demo.judge`).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import TypeVar

from billing.identity import derive_id
from console.demo.money import Bill, Transfer
from console.demo.training import Half, Seat, Taught
from console.demo.world import NIGHT

T = TypeVar("T")
Found = tuple[str, str, str]
"""Code, kind of subject, natural key of the subject."""
Subject = str | Bill | Transfer


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One trouble: its story in French, and every anomaly that it must raise."""

    story: str
    expected: tuple[Found, ...]


@dataclass(slots=True, kw_only=True)
class Troubles:
    """The list that tests and the report compare with what the night finds."""

    drafts: list[tuple[str, tuple[tuple[str, str, Subject], ...]]] = field(default_factory=list)
    dossiers: dict[tuple[str, date], dict[str, object]] = field(default_factory=dict)
    """Changes to what the CPF platform shows, by dossier and day of the export."""
    rejected: list[str] = field(default_factory=list)
    """Dossiers whose invoice of tonight a public buyer's platform turns down after it was taken in."""
    compensation: dict[str, dict[str, object]] = field(default_factory=dict)
    """Changes to paid learners' files, by learner."""
    payroll: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    """Hours told to payroll in September that differ from those signed, by trainer and session."""
    _used: set[int] = field(default_factory=set)

    def plant(self, story: str, *expected: tuple[str, str, Subject]) -> None:
        """Write one trouble down; bills and transfers get their names later."""
        self.drafts.append((story, expected))

    def planted(self) -> list[Trouble]:
        """Give the final list, once every bill has its number."""
        return [
            Trouble(story=story, expected=tuple((code, kind, _name(subject)) for code, kind, subject in expected))
            for story, expected in self.drafts
        ]

    def pick(self, things: Iterable[T], fits: Callable[[T], bool]) -> T:
        """Take the first thing that fits and bears no trouble yet."""
        thing = next(item for item in things if id(item) not in self._used and fits(item))
        self._used.add(id(thing))
        return thing


def _name(subject: Subject) -> str:
    match subject:
        case Bill():
            return subject.number
        case Transfer():
            return subject.label
        case _:
            return subject


def seat_key(seat: Seat) -> str:
    """Name an enrolment."""
    return f"{seat.group.code}/{seat.learner.code}"


def break_training(taught: Taught, troubles: Troubles) -> None:
    """Break promises and evidence."""
    seats = taught.seats

    def ongoing(payer: str) -> Callable[[Seat], bool]:
        return lambda seat: seat.group.era == "ongoing" and seat.group.payer == payer

    seat = troubles.pick(seats, ongoing("OPCB"))
    seat.state, seat.decided_on = "acknowledged", None
    troubles.plant(
        "Une formation a commencé alors que l'OPCO n'a pas encore décidé.",
        ("started_without_agreement", "enrolment", seat_key(seat)),
    )
    seat = troubles.pick(seats, ongoing("OPCA" if _has(seats, ongoing("OPCA")) else "OPCB"))
    seat.sale_cents += 12_000
    troubles.plant(
        "Les financements ne couvrent pas le prix vendu : il manque 120 €.",
        ("multi_funding_gap", "enrolment", seat_key(seat)),
    )
    for payer in ("OPCB", "CDC"):
        seat = troubles.pick(seats, ongoing(payer))
        slot = min(seat.marks)
        seat.marks[slot] = "unsigned"
        troubles.plant(
            "Une demi-journée terminée n'est ni signée ni déclarée absente.",
            ("attendance_half_day_unsigned", "slot", f"{seat.group.code}@{slot:%Y-%m-%dT%H:%M}"),
        )
    seat = troubles.pick(seats, ongoing("OPCB"))
    seat.agreed_from = seat.group.starts_on + timedelta(days=7)
    troubles.plant(
        "Une première journée a eu lieu une semaine avant le début de l'accord.",
        ("dates_outside_agreement", "agreement", seat.group.reference(seat.learner)),
    )
    _trainer_twice(taught, troubles)


def _has(seats: list[Seat], fits: Callable[[Seat], bool]) -> bool:
    return any(fits(seat) for seat in seats)


def _trainer_twice(taught: Taught, troubles: Troubles) -> None:
    """Let one trainer sign in two rooms at once."""
    past = [half for half in taught.halves if half.group.era == "ongoing" and half.starts_at.date() < NIGHT]
    first = past[0]
    second: Half = next(
        half for half in past if half.group.code != first.group.code and half.starts_at == first.starts_at
    )
    second.trainer = first.trainer
    later = max((first, second), key=_slot_id)  # of two slots that begin together, the rule names the greater id
    troubles.plant(
        "Un formateur a signé deux créneaux au même moment dans deux sessions.",
        ("trainer_slot_overlap", "slot", f"{later.group.code}@{later.starts_at:%Y-%m-%dT%H:%M}"),
    )


def _slot_id(half: Half) -> str:
    return derive_id("slot", half.group.code, half.starts_at.isoformat(), half.trainer)


def break_platform(taught: Taught, troubles: Troubles) -> None:
    """Break what the CPF platform shows tonight."""
    past = [seat for seat in taught.seats if seat.group.payer == "CDC" and seat.group.era == "history"]
    under_way = [seat for seat in taught.seats if seat.group.payer == "CDC" and seat.group.era == "ongoing"]
    seat = troubles.pick(past, lambda item: item.group.ends_on > date(2026, 5, 1))
    reference = seat.group.reference(seat.learner)
    troubles.dossiers[reference, NIGHT] = {"in_control": True}
    troubles.plant("Un dossier CPF passe en contrôle.", ("under_funder_control", "agreement", reference))
    seat = troubles.pick(under_way, lambda _item: True)
    reference = seat.group.reference(seat.learner)
    troubles.dossiers[reference, NIGHT] = {"word": "En cours de réexamen"}
    troubles.plant(
        "La plateforme emploie un mot que quitus ne connaît pas : il n'est pas deviné.",
        ("unknown_platform_status", "platform_record", reference),
    )
    seat = troubles.pick(past, lambda item: item.group.ends_on > date(2026, 6, 1))
    reference = seat.group.reference(seat.learner)
    troubles.dossiers[reference, NIGHT] = {"rate": 90}
    troubles.plant(
        "Le taux de réalisation saisi sur la plateforme ne correspond pas à l'émargement.",
        ("realisation_rate_mismatch", "agreement", reference),
    )

    seat = troubles.pick(
        taught.seats, lambda item: item.group.era == "tonight" and item.group.payer in {"REG", "FT", "DEP"}
    )
    reference = seat.group.reference(seat.learner)
    troubles.rejected.append(reference)
    troubles.plant(
        "Une facture de cette nuit est prise en compte, puis rejetée par la plateforme du financeur.",
        ("claim_rejected", "claim", f"dossier:{reference}"),
    )
