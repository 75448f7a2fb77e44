"""Learners' incomes, as rules read them: rights, statements sent, payments told, and what was to be paid."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from billing.compensation import (
    AttendanceStatement,
    CompensationPayment,
    CompensationScheme,
    Entitlement,
    expected_amount,
    paid_days_of_month,
)
from billing.evidence import EvidenceSummary, month_of
from billing.parameters_book import ParameterBook
from billing.ports import UnitOfWork
from reconciliation.rules.logic import UNKNOWN, Maybe
from reconciliation.rules.people import CompensationFact, DeclarationFact, EntitlementFact, ExpectedFact
from reconciliation.rules.working_days import first_day, months_after, months_between
from reconciliation.usecases.gather_attendance import Attendance, Sums

PAY_DAY = "anomaly.compensation_pay_day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incomes:
    """What was read."""

    entitlements: tuple[EntitlementFact, ...]
    declarations: tuple[DeclarationFact, ...]
    expected: tuple[ExpectedFact, ...]
    payments: tuple[CompensationFact, ...]


def read_incomes(
    uow: UnitOfWork,
    entitlements: Iterable[Entitlement],
    attendance: Attendance,
    *,
    today: date,
    parameters: ParameterBook,
) -> Incomes:
    """Read entitlements, statements and payments; compute what each month that is over should have brought."""
    payments: dict[tuple[str, str], list[CompensationPayment]] = {}
    for item in uow.compensation_payments.stream():
        payments.setdefault((item.entitlement_id, item.month), []).append(item)
    rights = list(entitlements)
    return Incomes(
        entitlements=tuple(_entitlement(item, attendance, today) for item in rights),
        declarations=_declarations(uow),
        expected=tuple(_expected(rights, attendance, payments, today=today, parameters=parameters)),
        payments=tuple(_payment(item) for group in payments.values() for item in group),
    )


def _entitlement(item: Entitlement, attendance: Attendance, today: date) -> EntitlementFact:
    session_id = attendance.session_of.get(item.enrolment_id, "")
    taught = attendance.taught.get(item.enrolment_id, set()) | attendance.taught.get(session_id, set())
    idle = frozenset(months_between(item.entry_on, today)) - taught
    return EntitlementFact(
        id=item.id,
        learner_id=item.learner_id,
        enrolment_id=item.enrolment_id,
        scheme=item.scheme.value,
        payer_id=item.payer_id,
        active=item.active,
        entry_date=item.entry_on,
        from_=item.starts_on,
        to=item.ends_on,
        dossier_no=item.dossier_number or None,
        rs1_complete_on=item.complete_on,
        agrement_no=item.approval_number or None,
        agrement_from=item.approval_starts_on,
        agrement_to=item.approval_ends_on,
        situation=item.situation,
        rate_notified_cents=UNKNOWN if item.monthly_rate is None else item.monthly_rate.cents,
        iban=item.iban_given or None,
        iban_holder=item.iban_holder,
        iban_mandate=item.iban_mandate,
        idle_months=idle,
    )


def _declarations(uow: UnitOfWork) -> tuple[DeclarationFact, ...]:
    """The last version that left stands at the payer's; a correction that waits is not sent yet."""
    last: dict[tuple[str, str], AttendanceStatement] = {}
    for item in uow.attendance_statements.stream():
        key = (item.entitlement_id, item.month)
        if key not in last or _rank(item) > _rank(last[key]):
            last[key] = item
    return tuple(
        DeclarationFact(
            id=item.id,
            entitlement_id=item.entitlement_id,
            month=item.month,
            sent_on=item.sent_on,
            done_h=item.done,
            unjust_abs_h=item.unjustified,
        )
        for item in last.values()
    )


def _rank(item: AttendanceStatement) -> tuple[bool, int, date, str]:
    return item.sent_on is not None, item.version, item.sent_on or date.min, item.id


def _payment(item: CompensationPayment) -> CompensationFact:
    return CompensationFact(
        id=item.id,
        entitlement_id=item.entitlement_id,
        month=item.month,
        amount_cents=item.gross.cents,
        recovered_cents=item.recovered.cents,
        status=item.status.value,
        retention_absence_cents=item.retention_absence.cents,
        retention_ijss_cents=item.retention_benefits.cents,
    )


def _expected(
    rights: Iterable[Entitlement],
    attendance: Attendance,
    payments: dict[tuple[str, str], list[CompensationPayment]],
    *,
    today: date,
    parameters: ParameterBook,
) -> Iterable[ExpectedFact]:
    """Only the public remuneration of trainees has a rule that we may compute (R.6341-45, documented)."""
    by_id = {item.id: item for item in rights}
    for (entitlement_id, month), sums in attendance.months.items():
        right = by_id[entitlement_id]
        if right.scheme is not CompensationScheme.RSFP or right.monthly_rate is None:
            continue
        if month >= month_of(today) or sums.unsigned > 0:
            continue
        days = paid_days_of_month(month, right.starts_on, right.ends_on)
        due = expected_amount(right.monthly_rate, _summary(sums), paid_days=days)
        if due is None:
            continue
        told = payments.get((entitlement_id, month), [])
        benefits = sum(item.retention_benefits.cents for item in told)
        yield ExpectedFact(
            id=f"{entitlement_id}|{month}",
            entitlement_id=entitlement_id,
            month=month,
            amount_cents=max(due.cents - benefits, 0),
            pay_date=_pay_date(month, told, parameters, today),
        )


def _summary(sums: Sums) -> EvidenceSummary:
    return EvidenceSummary(
        planned=sums.planned,
        done=sums.done,
        justified=sums.justified,
        unjustified=sums.unjustified,
        unsigned=sums.unsigned,
    )


def _pay_date(month: str, told: list[CompensationPayment], parameters: ParameterBook, today: date) -> Maybe[date]:
    """The day that the payer itself gives, else the organisation's confirmed pay day of the next month."""
    given = [item.pay_due_on for item in told if item.pay_due_on is not None]
    if given:
        return min(given)
    known = parameters.find(PAY_DAY, today)
    if known is None:
        return UNKNOWN
    return months_after(first_day(month), 1) + timedelta(days=parameters.integer(PAY_DAY, today) - 1)
