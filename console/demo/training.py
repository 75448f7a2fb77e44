"""What was taught in the sample, to whom, under which promise, and what proves it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from billing.money import Money
from console.demo.world import BY_CODE, NIGHT, PRICE_CENTS, Group, Learner, Sample, monday

HALF_DAYS = ((time(9, 0), time(12, 30)), (time(13, 30), time(17, 0)))
HALF_DAY_HOURS = Decimal("3.5")
REAL_HOURS = frozenset({"OPCA", "OPCB", "REG", "FT"})


@dataclass(slots=True, kw_only=True)
class Seat:
    """A learner in a session, with what the sample makes of it; troubles change these values.

    Attributes:
        agreed_from: first day that the agreement covers, None = the session's.
        marks: by slot start, the status of the evidence.
        months: hours by month and status, for sessions without slots.
    """

    group: Group
    learner: Learner
    amount_cents: int
    agreed_hours: Decimal
    sale_cents: int
    state: str = "approved"
    decided_on: date | None = None
    agreed_from: date | None = None
    marks: dict[datetime, str] = field(default_factory=dict)
    months: dict[tuple[str, str], Decimal] = field(default_factory=dict)

    @property
    def done(self) -> Decimal:
        """Hours proven."""
        signed = sum((HALF_DAY_HOURS for mark in self.marks.values() if mark == "done"), Decimal(0))
        return signed + sum((hours for (_month, status), hours in self.months.items() if status == "done"), Decimal(0))

    @property
    def due_cents(self) -> int:
        """What the payer owes for the hours proven (or the whole, when the scheme is flat)."""
        if self.group.payer not in REAL_HOURS or self.done >= self.agreed_hours:
            return self.amount_cents
        return int((self.amount_cents * self.done / self.agreed_hours).to_integral_value())


@dataclass(slots=True, kw_only=True)
class Half:
    """A slot of a session."""

    group: Group
    starts_at: datetime
    ends_at: datetime
    trainer: str
    trainer_signed: bool


@dataclass(slots=True, kw_only=True)
class Taught:
    """Everything taught."""

    seats: list[Seat] = field(default_factory=list)
    halves: list[Half] = field(default_factory=list)


def days_of(group: Group) -> Iterator[date]:
    """Give the training days of a session: all working days, or one a week while a short one is spread out."""
    if group.era == "ongoing":
        day = monday(group.starts_on)
        while day < monday(group.ends_on) + timedelta(days=1):
            yield day
            day += timedelta(days=7)
        yield group.ends_on
        return
    day = group.starts_on
    while day <= group.ends_on:
        if day.weekday() < 5:  # noqa: PLR2004 - Monday to Friday
            yield day
        day += timedelta(days=1)


def teach(sample: Sample) -> Taught:
    """Enrol everybody, promise the money, and prove the hours."""
    taught = Taught()
    for group in sample.groups:
        halves = list(_halves(group)) if group.slotted else []
        taught.halves.extend(halves)
        for learner in group.learners:
            seat = Seat(
                group=group,
                learner=learner,
                amount_cents=PRICE_CENTS[group.payer],
                agreed_hours=group.hours,
                sale_cents=PRICE_CENTS[group.payer],
                decided_on=group.starts_on - timedelta(days=20),
            )
            _prove(sample, seat, halves)
            taught.seats.append(seat)
    return taught


def _halves(group: Group) -> Iterator[Half]:
    for day in days_of(group):
        for begins, ends in HALF_DAYS:
            yield Half(
                group=group,
                starts_at=datetime.combine(day, begins),
                ends_at=datetime.combine(day, ends),
                trainer=group.trainer,
                trainer_signed=day < NIGHT,
            )


def _prove(sample: Sample, seat: Seat, halves: list[Half]) -> None:
    absent = seat.group.payer in {"OPCA", "OPCB", "FT"} and seat.group.era != "ongoing" and sample.rng.random() < 0.06  # noqa: PLR2004 - six in a hundred miss a day
    if halves:
        past = [half for half in halves if half.starts_at.date() < NIGHT]
        for half in past:
            seat.marks[half.starts_at] = "done"
        if absent:
            for half in past[-2:]:
                seat.marks[half.starts_at] = "justified_absence"
        return
    if seat.group.payer == "REG":
        first, second = f"{seat.group.starts_on:%Y-%m}", f"{seat.group.ends_on:%Y-%m}"
        seat.months = {(first, "done"): Decimal(140), (second, "done"): Decimal(140)}
        return
    month = f"{seat.group.starts_on:%Y-%m}"
    missed = Decimal(7) if absent else Decimal(0)
    seat.months = {(month, "done"): seat.agreed_hours - missed}
    if missed:
        seat.months[(month, "justified")] = missed


def write_training(sample: Sample, taught: Taught) -> None:
    """Write sessions, enrolments, agreements, slots, attendance and hours as rows."""
    for group in sample.groups:
        sample.add(
            "session",
            code=group.code,
            action_code="A-LONGUE" if group.payer == "REG" else "A-COURTE",
            site_code="SIEGE",
            starts_on=group.starts_on,
            ends_on=group.ends_on,
            planned_hours=group.hours,
            remuneration_approval=f"AG-{group.code}" if group.payer == "REG" else None,
            approval_starts_on=group.starts_on if group.payer == "REG" else None,
            approval_ends_on=group.ends_on if group.payer == "REG" else None,
        )
    for half in taught.halves:
        sample.add(
            "slot",
            session_code=half.group.code,
            day=half.starts_at.date(),
            starts_at=half.starts_at.time(),
            ends_at=half.ends_at.time(),
            hours=HALF_DAY_HOURS,
            trainer_code=half.trainer,
            trainer_signed=half.trainer_signed,
        )
    trainers = {(half.group.code, half.starts_at): half.trainer for half in taught.halves}
    for seat in taught.seats:
        _write_seat(sample, seat, trainers)


def _write_seat(sample: Sample, seat: Seat, trainers: dict[tuple[str, datetime], str]) -> None:
    group, learner = seat.group, seat.learner
    person = group.payer == "PERS"
    sample.add(
        "learner",
        code=learner.code,
        last_name=learner.last_name,
        first_name=learner.first_name,
        birth_on=learner.birth_on,
        email=f"{learner.code.lower()}@exemple.invalid",
    )
    sample.add(
        "enrolment",
        session_code=group.code,
        learner_code=learner.code,
        funded=not person,
        sale_price=Money(seat.sale_cents),
        employer_code="EMP1" if group.payer == "EMP1" else None,
        compensation_expected=group.payer == "REG",
    )
    payer = BY_CODE.get(group.payer)
    real = group.payer in REAL_HOURS
    sample.add(
        "agreement",
        funder_code=f"P-{learner.code}" if person else group.payer,
        reference=group.reference(learner),
        scheme=payer.scheme if payer else "self",
        session_code=group.code,
        learner_code=learner.code,
        amount=Money(seat.amount_cents),
        hours=seat.agreed_hours,
        unit="hour" if real else "flat",
        unit_price=_unit_price(seat) if real else None,
        bills_real_hours=real,
        starts_on=seat.agreed_from or group.starts_on,
        ends_on=group.ends_on,
        decided_on=seat.decided_on,
        state=seat.state,
        subrogation=group.payer in {"OPCA", "OPCB"},
        needs_certificate=group.payer in {"OPCA", "OPCB"},
        engagement_number=f"EJ{group.code[1:5]}{group.code[-5:]}" if payer and payer.engagement else "",
        service_code="FORMATION" if payer and payer.engagement else "",
        payer_siret=payer.siret if payer else "",
        ordered_on=group.starts_on - timedelta(days=30) if group.payer == "CDC" else None,
    )
    for starts_at, mark in seat.marks.items():
        sample.add(
            "attendance",
            session_code=group.code,
            day=starts_at.date(),
            starts_at=starts_at.time(),
            trainer_code=trainers[group.code, starts_at],
            learner_code=learner.code,
            status=mark,
        )
    for month in sorted({month for month, _status in seat.months}):
        sample.add(
            "hours",
            session_code=group.code,
            learner_code=learner.code,
            month=month,
            done=seat.months.get((month, "done"), Decimal(0)),
            justified=seat.months.get((month, "justified"), Decimal(0)),
            unjustified=seat.months.get((month, "unjustified"), Decimal(0)),
        )
    if group.era == "tonight" and group.payer in {"OPCA", "OPCB"}:
        sample.add(
            "certificate",
            session_code=group.code,
            learner_code=learner.code,
            hours=seat.done,
            starts_on=group.starts_on,
            ends_on=group.ends_on,
            signed_on=group.ends_on,
        )


def _unit_price(seat: Seat) -> Decimal:
    return (Decimal(seat.amount_cents) / 100 / seat.agreed_hours).quantize(Decimal("0.01"))
