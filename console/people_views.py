"""What lists show of trainers' pay and of learners' compensation."""

from typing import Any

from billing.compensation import PaymentStatus, expected_amount, paid_days_of_month
from billing.evidence import Evidence, month_of, summarise
from billing.money import ZERO, Money
from workers.bootstrap import Runtime


def payroll_rows(runtime: Runtime, organisation_id: str) -> list[dict[str, Any]]:
    """List payroll variables by month, trainer and session; amounts in cents beside what people read."""
    with runtime.books.open_books(organisation_id, "system", read_only=True) as uow:
        trainers = {item.id: item.code for item in uow.trainers.stream()}
        sessions = {item.id: item.code for item in uow.sessions.stream()}
        variables = list(uow.payroll_variables.stream())
    rows = [
        {
            "month": item.month,
            "trainer": trainers.get(item.trainer_id, item.trainer_id),
            "session": sessions.get(item.session_id, item.session_id),
            "rubric": item.rubric,
            "quantity": item.quantity,
            "rate": item.rate,
            "amount_cents": item.amount.cents if item.amount else None,
            "amount": item.amount.french() if item.amount else "",
            "sent_on": item.sent_on,
            "origin": item.origin,
            "rejected": item.rejected,
            "reason": item.reason,
        }
        for item in variables
    ]
    return sorted(rows, key=lambda row: (row["month"], row["trainer"], row["session"]))


def compensation_rows(runtime: Runtime, organisation_id: str) -> list[dict[str, Any]]:
    """List months of paid learners: declared, expected and paid; by dossier, no name."""
    with runtime.books.open_books(organisation_id, "system", read_only=True) as uow:
        entitlements = {item.id: item for item in uow.entitlements.stream()}
        statements = [item for item in uow.attendance_statements.stream() if item.current]
        paid: dict[tuple[str, str], Money] = {}
        for payment in uow.compensation_payments.stream():
            if payment.status is PaymentStatus.PAID:
                key = (payment.entitlement_id, payment.month)
                paid[key] = paid.get(key, ZERO) + payment.gross
        pieces: dict[tuple[str, str], list[Evidence]] = {}
        enrolments = tuple({item.enrolment_id for item in entitlements.values()})
        for piece in uow.evidence.find(enrolment_id=enrolments, current=True):
            pieces.setdefault((piece.enrolment_id, month_of(piece.occurred_on)), []).append(piece)
    rows = []
    for statement in statements:
        right = entitlements[statement.entitlement_id]
        summary = summarise(pieces.get((right.enrolment_id, statement.month), ()))
        days = paid_days_of_month(statement.month, right.starts_on, right.ends_on)
        expected = expected_amount(right.monthly_rate, summary, paid_days=days) if right.monthly_rate else None
        received = paid.get((right.id, statement.month))
        rows.append(
            {
                "month": statement.month,
                "dossier": right.dossier_number,
                "planned": statement.planned,
                "done": statement.done,
                "unjustified": statement.unjustified,
                "sent_on": statement.sent_on,
                "expected_cents": expected.cents if expected else None,
                "paid_cents": received.cents if received else None,
                "expected": expected.french() if expected else "",
                "paid": received.french() if received else "",
            }
        )
    return sorted(rows, key=lambda row: (str(row["month"]), str(row["dossier"])))
