"""Who pays, teaches and is paid in the sample: payers, trainers and their orders, paid learners and their payers."""

from datetime import date, timedelta
from decimal import Decimal

from billing.money import Money
from console.demo.money import OUR_IBAN
from console.demo.training import HALF_DAY_HOURS, Seat, Taught
from console.demo.troubles import Troubles
from console.demo.world import NIGHT, OPENING, PAYERS, Sample, siret_from

HOURLY_EUROS = Decimal("42.00")


def write_house(sample: Sample) -> None:
    """Write the organisation itself, its site, account, catalogue and payers."""
    siret = siret_from(91000000)
    sample.add(
        "organisation",
        name="Formations du Val-de-Brume",
        siren=siret[:9],
        nda="11756543210",
        vat_regime="exempt_training",
        address_line="12 rue des Tanneurs",
        postcode="75011",
        city="Paris",
        opening_on=OPENING,
        nda_region="Île-de-France",
        legal_mentions="SARL au capital de 20 000 € – RCS Paris",
        email="facturation@exemple.invalid",
        qualiopi_starts_on=date(2024, 1, 1),
        qualiopi_ends_on=date(2027, 12, 31),
        nda_starts_on=date(2015, 1, 1),
    )
    sample.add(
        "site",
        code="SIEGE",
        siret=siret,
        name="Siège",
        address_line="12 rue des Tanneurs",
        postcode="75011",
        city="Paris",
    )
    sample.add("bank_account", iban=OUR_IBAN, bic="BRUMFRPPXXX", label="Compte courant", ledger_account="512000")
    sample.add("action", code="A-COURTE", title="Travailler en sécurité", planned_hours=Decimal(35))
    sample.add("action", code="A-LONGUE", title="Préparer son projet professionnel", planned_hours=Decimal(280))
    for payer in PAYERS:
        sample.add(
            "funder",
            code=payer.code,
            name=payer.name,
            funder_class=payer.funder_class,
            siret=payer.siret,
            address_line="1 place du Marché",
            postcode="75001",
            city="Paris",
            sending=payer.sending,
            requires_engagement=payer.engagement,
            requires_service_code=payer.engagement,
            ibans=(payer.iban,),
            aliases=(payer.name.upper()[:30],),
        )
    employer = next(payer for payer in PAYERS if payer.code == "EMP1")
    sample.add(
        "employer",
        code="EMP1",
        name=employer.name,
        siret=employer.siret,
        address_line="3 rue du Bois",
        postcode="75012",
        city="Paris",
        opco_code="OPCB",
    )


def write_persons(sample: Sample, taught: Taught) -> None:
    """Write the learners that pay for themselves as payers."""
    for seat in taught.seats:
        if seat.group.payer == "PERS":
            sample.add(
                "funder",
                code=f"P-{seat.learner.code}",
                name=f"{seat.learner.first_name} {seat.learner.last_name}",
                funder_class="person",
                siret="",
                address_line="5 rue des Lilas",
                postcode="75020",
                city="Paris",
                payment_term_days=30,
                ibans=(seat.learner.iban,),
                learner_code=seat.learner.code,
            )


def write_trainers(sample: Sample, taught: Taught, troubles: Troubles) -> None:
    """Write trainers, their orders, and what was told to payroll for September."""
    trainers = sorted({half.trainer for half in taught.halves} | {group.trainer for group in sample.groups})
    for number, code in enumerate(trainers, start=1):
        sample.add(
            "trainer",
            code=code,
            last_name=f"Formateur{number:04d}",
            first_name="Dominique",
            status="employee" if number % 4 else "cddu",
            employee_number=f"M{number:05d}",
            category="C",
        )
    hours: dict[tuple[str, str, str], Decimal] = {}
    for half in taught.halves:
        key = (half.trainer, half.group.code, f"{half.starts_at:%Y-%m}")
        hours[key] = hours.get(key, Decimal(0)) + (HALF_DAY_HOURS if half.trainer_signed else Decimal(0))
    groups = {group.code: group for group in sample.groups}
    for trainer, session in sorted({(trainer, session) for trainer, session, _month in hours}):
        group = groups[session]
        sample.add(
            "order",
            code=f"CMD-{session}-{trainer}",
            trainer_code=trainer,
            session_code=session,
            rate=HOURLY_EUROS,
            unit="h",
            starts_on=group.starts_on,
            ends_on=group.ends_on,
            max_quantity=group.hours,
        )
    told_month = f"{NIGHT.replace(day=1) - timedelta(days=40):%Y-%m}"
    for (trainer, session, month), signed in sorted(hours.items()):
        if month == told_month and signed:
            sample.add(
                "payroll_variable",
                trainer_code=trainer,
                session_code=session,
                month=month,
                rubric="FFP",
                quantity=troubles.payroll.get((trainer, session), signed),
                rate=HOURLY_EUROS,
                sent_on=date(2026, 10, 2),
            )


RATES = ((18, 20000), (26, 50000), (200, 68500))


def monthly_rate_cents(seat: Seat) -> int:
    """Notified monthly amount by age at entry (scale of 2021, typed by the organisation)."""
    entry = seat.group.starts_on
    born = seat.learner.birth_on
    age = entry.year - born.year - ((entry.month, entry.day) < (born.month, born.day))
    return next(cents for limit, cents in RATES if age < limit)


def _expected_cents(seat: Seat, month: str) -> int:
    """What a month should bring: thirtieths in the first and last months (see billing/compensation.py)."""
    first = date(int(month[:4]), int(month[5:]), 1)
    after = (first + timedelta(days=32)).replace(day=1)
    last = after - timedelta(days=1)
    begin, end = max(first, seat.group.starts_on), min(last, seat.group.ends_on)
    rate = monthly_rate_cents(seat)
    if (begin, end) == (first, last):
        return rate
    days = Decimal(min((end - begin).days + 1, 30))
    return int((rate * days / 30).quantize(Decimal(1), rounding="ROUND_HALF_UP"))


def write_compensation(sample: Sample, taught: Taught, troubles: Troubles) -> None:
    """Write paid learners: entitlement, months declared, months paid; October is tonight's work."""
    for seat in taught.seats:
        if seat.group.payer != "REG":
            continue
        changed = troubles.compensation.get(seat.learner.code, {})
        dossier = f"RS{int(seat.learner.code[1:]):07d}"
        sample.add(
            "entitlement",
            dossier_number=dossier,
            payer_code="REG",
            learner_code=seat.learner.code,
            session_code=seat.group.code,
            scheme="rsfp",
            entry_on=seat.group.starts_on,
            starts_on=seat.group.starts_on,
            ends_on=seat.group.ends_on,
            monthly_rate=Money(monthly_rate_cents(seat)),
            approval_number=f"AG-{seat.group.code}",
            approval_starts_on=seat.group.starts_on,
            approval_ends_on=seat.group.ends_on,
            complete_on=seat.group.starts_on,
            iban_given=changed.get("iban", seat.learner.iban),
            iban_holder="learner",
        )
        if changed.get("second"):
            _write_second(sample, seat)
        for month in _months(seat):
            done = Decimal(str(changed.get("declared", hours_of(seat, month))))
            sample.add(
                "attendance_statement",
                dossier_number=dossier,
                payer_code="REG",
                month=month,
                planned=hours_of(seat, month),
                done=done,
                justified=Decimal(0),
                unjustified=Decimal(0),
                sent_on=_day_after(month, 3),
            )
            sample.add(
                "compensation_payment",
                dossier_number=dossier,
                payer_code="REG",
                month=month,
                gross=Money(_expected_cents(seat, month) + int(str(changed.get("paid", 0)))),
                status="paid",
                paid_on=_day_after(month, 20),
                pay_due_on=_day_after(month, 20),
            )


def second_dossier(seat: Seat) -> str:
    """Name the dossier of a learner's second income."""
    return f"AF{int(seat.learner.code[1:]):07d}"


def _write_second(sample: Sample, seat: Seat) -> None:
    """Write an unemployment allowance that begins five days before the session ends."""
    sample.add(
        "entitlement",
        dossier_number=second_dossier(seat),
        payer_code="FT",
        learner_code=seat.learner.code,
        session_code=seat.group.code,
        scheme="aref",
        entry_on=seat.group.ends_on - timedelta(days=5),
        starts_on=seat.group.ends_on - timedelta(days=5),
        ends_on=seat.group.ends_on,
        iban_given=seat.learner.iban,
        iban_holder="learner",
    )


def _day_after(month: str, day: int) -> date:
    return (date(int(month[:4]), int(month[5:]), 1) + timedelta(days=32)).replace(day=day)


def _months(seat: Seat) -> list[str]:
    """The months that are over, declared and paid before tonight."""
    months = [f"{seat.group.starts_on:%Y-%m}"]
    if seat.group.era == "history":
        months.append(f"{seat.group.ends_on:%Y-%m}")
    return months


def hours_of(seat: Seat, month: str) -> Decimal:
    """Tell the hours that a learner was to be there in a month."""
    if seat.months:
        return seat.months[(month, "done")]
    return sum((HALF_DAY_HOURS for start in seat.marks if f"{start:%Y-%m}" == month), Decimal(0))
