"""What was broken on purpose in the sample, told as stories, and the anomalies that must show each.

`break_training` runs before bills are issued, `break_money` before they are paid: the later files then
tell the consequences by themselves. A subject is named by its natural key (`console.demo.judge`).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TypeVar

from console.demo.money import AdviceLine, Bill, Moneys, Transfer, single_transfer
from console.demo.training import Half, Seat, Taught
from console.demo.world import NIGHT, SHORT_HOURS

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
    later = max((first, second), key=lambda half: half.group.code)
    troubles.plant(
        "Un formateur a signé deux créneaux au même moment dans deux sessions.",
        ("trainer_slot_overlap", "slot", f"{later.group.code}@{later.starts_at:%Y-%m-%dT%H:%M}"),
    )


def _paid(payer: str, after: date, before: date) -> Callable[[Bill], bool]:
    return lambda bill: bill.payer == payer and bill.paid_on is not None and after <= bill.issue_on < before


def break_bills(moneys: Moneys, troubles: Troubles) -> None:
    """Break bills before they get their numbers."""
    bills = moneys.bills
    late = date(2026, 8, 20)
    bill = troubles.pick(bills, _paid("OPCA", late - timedelta(days=120), late))
    bill.hours = Decimal(37)
    if bill.seat:
        month = next(iter(bill.seat.months))
        bill.seat.months[month] = Decimal(37)
    troubles.plant(
        "37 heures facturées pour 35 accordées.",
        ("hours_over_agreement", "agreement", bill.reference),
    )
    bill = troubles.pick(
        bills, lambda item: _paid("OPCB", late - timedelta(days=150), late)(item) and item.hours == SHORT_HOURS
    )
    if bill.seat:
        month = next(iter(bill.seat.months))
        bill.seat.months[month] = Decimal("34.5")
    troubles.plant(
        "35 heures facturées, 34,5 émargées : la demi-heure d'écart de tous les jours.",
        ("hours_billed_over_attended", "agreement", bill.reference),
    )
    bill = troubles.pick(bills, _paid("EMP1", late - timedelta(days=200), late))
    bill.gross_cents += 5_000
    bill.paid_cents = bill.gross_cents
    troubles.plant(
        "Une facture dépasse de 50 € l'accord de l'entreprise.",
        ("billed_over_agreement", "agreement", bill.reference),
    )
    origin = troubles.pick(bills, _paid("DEP", late - timedelta(days=220), late))
    again = replace(
        origin,
        issue_on=origin.issue_on + timedelta(days=7),
        due_on=NIGHT + timedelta(days=20),
        linked=False,
        paid_cents=None,
        paid_on=None,
    )
    bills.append(again)
    troubles.plant(
        "La même prestation a été facturée une deuxième fois, hors dossier.",
        ("duplicate_claim", "claim", again),
    )
    note = Bill(
        seat=None,
        payer="FT",
        number="AV26-000001",
        issue_on=date(2026, 9, 2),
        due_on=date(2026, 9, 2),
        gross_cents=9_000,
        hours=None,
        kind="credit_note",
        origin="OF26-999999",
    )
    moneys.bills.append(note)
    troubles.plant(
        "Un avoir cite une facture qui n'existe pas.",
        ("credit_note_without_origin", "claim", note),
    )


def number(moneys: Moneys, troubles: Troubles) -> None:
    """Give every bill its number, in order of issue; one number of this year is skipped on purpose."""
    bills = sorted(
        (bill for bill in moneys.bills if not bill.number),
        key=lambda bill: (bill.issue_on, bill.reference, not bill.linked),
    )
    this_year = [bill for bill in bills if bill.issue_on.year == NIGHT.year]
    after_hole = this_year[len(this_year) // 2]
    counters: dict[int, int] = {}
    for bill in bills:
        year = bill.issue_on.year
        counters[year] = counters.get(year, 0) + (2 if bill is after_hole else 1)
        bill.number = f"OF{bill.issue_on:%y}-{counters[year]:06d}"
    troubles.plant("Un numéro de facture manque dans la série.", ("invoice_number_gap", "claim", after_hole))


def break_payments(moneys: Moneys, troubles: Troubles) -> None:
    """Break what payers do, before transfers are made."""
    bills = moneys.bills
    spring = date(2026, 3, 1)
    summer = date(2026, 8, 1)

    for payer, cut in (("FT", 3_000), ("DEP", 4_500)):
        bill = troubles.pick(bills, _paid(payer, spring, summer))
        bill.paid_cents = bill.gross_cents - cut
        troubles.plant(
            f"{cut // 100} € manquent sur un règlement, sans explication.",
            ("payment_short", "claim", bill),
            ("receivable_overdue", "claim", bill),
        )
    for payer in ("REG", "EMP1", "FT"):
        bill = troubles.pick(bills, _paid(payer, spring, summer))
        bill.paid_cents, bill.paid_on = None, None
        troubles.plant("Une facture échue n'est pas payée.", ("receivable_overdue", "claim", bill))
    bill = troubles.pick(bills, _paid("DEP", date(2026, 1, 1), summer))
    if bill.paid_on:
        again = replace(single_transfer(bill, bill.paid_on, bill.gross_cents), on=bill.paid_on + timedelta(days=4))
        moneys.transfers.append(again)
        troubles.plant(
            "Une facture a été payée deux fois à quatre jours d'intervalle.",
            ("duplicate_payment", "receipt", again),
            ("payment_unmatched", "receipt", again),
        )
    stranger = Transfer(
        on=NIGHT - timedelta(days=20),
        cents=43_210,
        label="VIR INST SOCIETE INCONNUE REGLT DIVERS",
        name="SOCIETE INCONNUE",
    )
    moneys.transfers.append(stranger)
    troubles.plant("Un virement que rien n'identifie.", ("payment_unmatched", "receipt", stranger))


def mismatch(moneys: Moneys, troubles: Troubles) -> None:
    """Make one lump transfer differ from its advice, after transfers were made."""
    lump = troubles.pick(
        moneys.transfers, lambda item: item.end_to_end.startswith("BRDOPCB") and item.on < date(2026, 9, 1)
    )
    lines: list[AdviceLine] = [line for line in moneys.advices if line.advice == lump.end_to_end]
    lump.cents -= 1_000
    troubles.plant(
        "Un virement groupé est inférieur de 10 € au bordereau qui l'explique.",
        ("remittance_total_mismatch", "receipt", lump),
        ("payment_unmatched", "receipt", lump),
        *(("receivable_overdue", "claim", line.number) for line in lines),
    )


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
