"""What was invoiced and paid before the sample's night: bills, transfers, advices, bank statements."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby

from billing.money import Money
from console.demo.training import Seat, Taught
from console.demo.world import BY_CODE, NIGHT, OPENING, Sample, iban_from

OUR_IBAN = iban_from(1)
OPENING_BALANCE_CENTS = 25_000_000
ADVICE_LINES_MAX = 40
BILLED_AFTER = timedelta(days=3)
PAY_DAYS = {"OPCA": 15, "OPCB": 16, "CDC": 20}
ADVICE_DELAY = timedelta(days=12)


@dataclass(slots=True, kw_only=True)
class Bill:
    """A claim that the organisation's own software issued; troubles change these values.

    Attributes:
        paid_cents: what the payer will transfer, None = nothing yet.
        with_reference: the transfer names the bill.
        retained: why the payer kept a part back, empty = it did not.
    """

    seat: Seat | None
    payer: str
    number: str
    issue_on: date
    due_on: date
    gross_cents: int
    hours: Decimal | None
    kind: str = "invoice"
    reference: str = ""
    paid_cents: int | None = None
    paid_on: date | None = None
    with_reference: bool = True
    retained: str = ""
    linked: bool = True
    origin: str = ""
    state: str = ""


@dataclass(slots=True, kw_only=True)
class Transfer:
    """A movement of our bank account; positive = received."""

    on: date
    cents: int
    label: str
    name: str = ""
    iban: str = ""
    end_to_end: str = ""


@dataclass(slots=True, kw_only=True)
class AdviceLine:
    """One line of a payer's advice."""

    advice: str
    payer: str
    on: date
    number: str
    dossier: str
    billed_cents: int
    net_cents: int
    reason: str = ""


@dataclass(slots=True, kw_only=True)
class Moneys:
    """Everything invoiced and paid."""

    bills: list[Bill] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)
    advices: list[AdviceLine] = field(default_factory=list)
    opening: list[Bill] = field(default_factory=list)


def bill(sample: Sample, taught: Taught) -> Moneys:
    """Issue the bills of the past and say when each is paid; nothing is written yet."""
    moneys = Moneys()
    past = [seat for seat in taught.seats if seat.group.era == "history"]
    past.sort(key=lambda seat: (seat.group.ends_on, seat.learner.code))
    for seat in past:
        issue_on = seat.group.ends_on + BILLED_AFTER
        entry = Bill(
            seat=seat,
            payer=seat.group.payer,
            number="",
            issue_on=issue_on,
            due_on=issue_on + timedelta(days=30),
            gross_cents=seat.due_cents,
            hours=seat.done,
            kind="platform" if seat.group.payer == "CDC" else "invoice",
            reference=seat.group.reference(seat.learner),
        )
        if seat.group.payer not in PAY_DAYS:
            paid_on = issue_on + timedelta(days=sample.rng.randrange(10, 28))
            if paid_on < NIGHT:
                entry.paid_on, entry.paid_cents = paid_on, entry.gross_cents
                entry.with_reference = seat.group.payer != "PERS"
        else:
            paid_on = _next_pay_day(seat.group.payer, issue_on + ADVICE_DELAY)
            if paid_on < NIGHT:
                entry.paid_on, entry.paid_cents = paid_on, entry.gross_cents
        moneys.bills.append(entry)
    for index in range(4 * sample.scale):
        opened = Bill(
            seat=None,
            payer=("DEP", "EMP1", "REG", "FT")[index % 4],
            number=f"OF25-9{index + 1:05d}",
            issue_on=date(2025, 11, 10),
            due_on=date(2025, 12, 10),
            gross_cents=40_000 + 1_700 * index,
            hours=None,
            paid_cents=40_000 + 1_700 * index,
            paid_on=date(2025, 12, 12),
        )
        moneys.opening.append(opened)
    return moneys


def _next_pay_day(payer: str, not_before: date) -> date:
    day = not_before.replace(day=PAY_DAYS[payer])
    if day < not_before:
        day = (day.replace(day=1) + timedelta(days=32)).replace(day=PAY_DAYS[payer])
    return day


def pay(sample: Sample, moneys: Moneys) -> None:
    """Turn what payers decided into transfers and advices."""
    single = [entry for entry in [*moneys.opening, *moneys.bills] if entry.paid_cents and entry.payer not in PAY_DAYS]
    for entry in single:
        if entry.paid_on is None or entry.paid_cents is None:
            continue
        moneys.transfers.append(single_transfer(entry, entry.paid_on, entry.paid_cents))
    lumped = [entry for entry in moneys.bills if entry.paid_cents and entry.payer in PAY_DAYS and entry.paid_on]
    lumped.sort(key=lambda entry: (entry.payer, entry.paid_on or NIGHT, entry.number))
    for (payer, paid_on), entries in groupby(lumped, key=lambda entry: (entry.payer, entry.paid_on)):
        if paid_on is None:
            continue
        whole = list(entries)
        for start in range(0, len(whole), ADVICE_LINES_MAX):
            _lump(moneys, payer, paid_on, whole[start : start + ADVICE_LINES_MAX], start // ADVICE_LINES_MAX + 1)
    _daily_life(sample, moneys)


def single_transfer(entry: Bill, on: date, cents: int) -> Transfer:
    """Make the transfer by which one bill is paid."""
    payer = BY_CODE.get(entry.payer)
    if payer is None and entry.seat is not None:
        learner = entry.seat.learner
        name = f"{learner.last_name} {learner.first_name}".upper()
        label = f"VIR INST {name} {'FACT ' + entry.number if entry.with_reference else 'FORMATION'}"
        return Transfer(on=on, cents=cents, label=label, name=name, iban=learner.iban)
    name = payer.name if payer else ""
    label = f"VIR SEPA {name.upper()[:30]} MANDAT {on:%j}{int(entry.number[-5:]):05d}"
    if entry.with_reference:
        label += f" FACT {entry.number}"
    return Transfer(on=on, cents=cents, label=label, name=name[:35], iban=payer.iban if payer else "")


def _lump(moneys: Moneys, payer: str, on: date, entries: list[Bill], part: int) -> None:
    advice = f"BRD{payer}{on:%y%m%d}{part:02d}"
    for entry in entries:
        moneys.advices.append(
            AdviceLine(
                advice=advice,
                payer=payer,
                on=on - timedelta(days=2),
                number=entry.number,
                dossier=entry.reference,
                billed_cents=entry.gross_cents,
                net_cents=entry.paid_cents or 0,
                reason=entry.retained,
            )
        )
    who = BY_CODE[payer]
    moneys.transfers.append(
        Transfer(
            on=on,
            cents=sum(entry.paid_cents or 0 for entry in entries),
            label=f"VIR SEPA {who.name.upper()[:30]} {advice}",
            name=who.name[:35],
            iban=who.iban,
            end_to_end=advice,
        )
    )


def _daily_life(sample: Sample, moneys: Moneys) -> None:
    """Add what is no receivable: fees, salaries, contributions, transfers between our own accounts."""
    month = OPENING
    while month < NIGHT.replace(day=1):
        last = (month + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        moneys.transfers += [
            Transfer(on=last, cents=-1250, label="FRAIS TENUE DE COMPTE"),
            Transfer(on=last - timedelta(days=2), cents=-1_800_000 * sample.scale, label="VIR SALAIRES"),
            Transfer(on=month + timedelta(days=14), cents=-620_000 * sample.scale, label="PRLV URSSAF COTISATIONS"),
            Transfer(
                on=month + timedelta(days=4), cents=-500_000, label="VIREMENT INTERNE VERS LIVRET", iban=iban_from(2)
            ),
        ]
        month = last + timedelta(days=1)


def write_money(sample: Sample, moneys: Moneys) -> None:
    """Write issued bills, opening receivables and advices as rows (statements are written apart)."""
    for entry in moneys.bills:
        seat = entry.seat
        linked = entry.linked and seat is not None
        sample.add(
            "claim",
            number=entry.number,
            kind=entry.kind,
            issue_on=entry.issue_on,
            due_on=entry.due_on,
            funder_code=f"P-{seat.learner.code}" if entry.payer == "PERS" and seat else entry.payer,
            agreement_reference=entry.reference if linked else None,
            session_code=seat.group.code if seat else None,
            learner_code=seat.learner.code if seat else None,
            net=Money(entry.gross_cents),
            vat=Money(0),
            gross=Money(entry.gross_cents),
            hours=entry.hours,
            sent_on=entry.issue_on,
            origin_number=entry.origin or None,
        )
    for entry in moneys.opening:
        sample.add(
            "opening",
            number=entry.number,
            issue_on=entry.issue_on,
            due_on=entry.due_on,
            funder_code=entry.payer,
            open=Money(entry.gross_cents),
        )
    for position, line in enumerate(moneys.advices, start=1):
        sample.add(
            "remittance_line",
            reference=line.advice,
            payment_reference=line.advice,
            funder_code=line.payer,
            issued_on=line.on,
            position=position,
            invoice_reference=line.number,
            dossier_reference=line.dossier,
            billed=Money(line.billed_cents),
            refaction=Money(line.billed_cents - line.net_cents),
            refaction_status="accepted" if line.reason else None,
            reason=line.reason or None,
            net=Money(line.net_cents),
        )
