"""Taking in what trainers and learners are due: orders, payroll variables, entitlements, statements, payments."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from billing.compensation import (
    AttendanceStatement,
    CompensationPayment,
    CompensationScheme,
    Entitlement,
    PaymentStatus,
)
from billing.identity import derive_id
from billing.remuneration import OrderUnit, PayrollVariable, Rubric, TrainerOrder
from billing.usecases.take_in_desk import Desk, Look
from billing.usecases.take_in_parties import coded
from billing.usecases.take_in_rows import Cells, chosen, member, month, need, pick
from billing.usecases.take_in_training import enrolment_id, in_order, looked, needed

RECEIVED = "received"


def take_order(desk: Desk, cells: Cells) -> None:
    """Take in what was agreed with a trainer for a session."""
    in_order(cells, "starts_on", "ends_on")
    names = ("code", "rate", "starts_on", "ends_on", "max_quantity", "hours_per_day", "closed")
    given = {
        "trainer_id": needed(desk, cells, "trainer").id,
        "session_id": needed(desk, cells, "session").id,
        **pick(cells, *names),
        **chosen(cells, unit=OrderUnit),
    }
    desk.store(TrainerOrder, "orders", coded("order", cells), given)


def look_order(cells: Cells) -> Iterable[Look]:
    """Look up the order, the trainer and the session."""
    yield from looked(cells, "trainer", "session")
    if cells.get("code"):
        yield "orders", derive_id("order", str(cells["code"]))


def take_payroll_variable(desk: Desk, cells: Cells) -> None:
    """Take in a payroll variable that the organisation's own software has sent already."""
    trainer, session = needed(desk, cells, "trainer"), needed(desk, cells, "session")
    given: dict[str, Any] = {
        "trainer_id": trainer.id,
        "session_id": session.id,
        "month": month(cells),
        "rubric": member(cells, "rubric", Rubric),
        "origin": RECEIVED,
        **pick(cells, "quantity", "rate", "amount", "sent_on", "rejected", "rejection_label"),
    }
    if cells.get("order_code"):
        given["order_id"] = needed(desk, cells, "order").id
    desk.store(PayrollVariable, "payroll_variables", _variable_id(cells), given, rate=None, amount=None, order_id=None)


def _variable_id(cells: Cells) -> str:
    trainer = derive_id("trainer", str(cells["trainer_code"]))
    session = derive_id("session", str(cells["session_code"]))
    return derive_id("payroll", trainer, session, month(cells), str(cells["rubric"]), RECEIVED)


def look_payroll_variable(cells: Cells) -> Iterable[Look]:
    """Look up the variable and what it points to."""
    yield from looked(cells, "trainer", "session", "order")
    if all(cells.get(name) for name in ("trainer_code", "session_code", "month", "rubric")):
        yield "payroll_variables", _variable_id(cells)


ENTITLEMENT_FIELDS = (
    "dossier_number",
    "entry_on",
    "starts_on",
    "ends_on",
    "monthly_rate",
    "active",
    "approval_number",
    "approval_starts_on",
    "approval_ends_on",
    "situation",
    "complete_on",
    "iban_given",
    "iban_holder",
    "iban_mandate",
)


def take_entitlement(desk: Desk, cells: Cells) -> None:
    """Take in the right of a learner to an income."""
    in_order(cells, "starts_on", "ends_on")
    shown = f"{need(cells, 'session_code')} / {need(cells, 'learner_code')}"
    enrolment = desk.need("enrolments", enrolment_id(cells), "learner_code", shown)
    given = {
        "learner_id": enrolment.learner_id,
        "enrolment_id": enrolment.id,
        "payer_id": needed(desk, cells, "funder", "payer_code").id,
        **pick(cells, *ENTITLEMENT_FIELDS),
        **chosen(cells, scheme=CompensationScheme),
    }
    if "entry_on" not in given and "starts_on" in given:
        given["entry_on"] = given["starts_on"]
    desk.store(Entitlement, "entitlements", entitlement_id(cells), given, ends_on=None, monthly_rate=None)


def entitlement_id(cells: Cells) -> str:
    """Derive the id of an entitlement from its payer and the payer's reference."""
    return derive_id("entitlement", str(need(cells, "payer_code")), str(need(cells, "dossier_number")))


def look_entitlement(cells: Cells) -> Iterable[Look]:
    """Look up the entitlement, its payer and its enrolment."""
    if cells.get("payer_code"):
        yield "funders", derive_id("funder", str(cells["payer_code"]))
    if cells.get("session_code") and cells.get("learner_code"):
        yield "enrolments", enrolment_id(cells)
    if cells.get("payer_code") and cells.get("dossier_number"):
        yield "entitlements", entitlement_id(cells)


def take_statement(desk: Desk, cells: Cells) -> None:
    """Take in a monthly attendance statement declared by the organisation's own software; versioned."""
    entitlement = _entitlement(desk, cells)
    name = month(cells)
    done, justified, unjustified = (cells.get(field) or Decimal(0) for field in ("done", "justified", "unjustified"))
    need(cells, "planned")
    home = f"{entitlement.id}|{name}"
    before: AttendanceStatement | None = desk.current(home)
    version = before.version + 1 if before else 1
    piece = AttendanceStatement(
        id=derive_id("attendance", entitlement.id, name, RECEIVED, str(version)),
        entitlement_id=entitlement.id,
        month=name,
        planned=cells["planned"],
        done=done,
        justified=justified,
        unjustified=unjustified,
        evidence_digest="",
        origin=RECEIVED,
        version=version,
        sent_on=cells.get("sent_on"),
    )
    if before is not None and piece == replace(before, id=piece.id, version=version, sent_on=piece.sent_on):
        # The same hours: at most, we now know the day on which it left.
        desk.put("attendance_statements", replace(before, sent_on=piece.sent_on or before.sent_on))
        desk.renew(home, replace(before, sent_on=piece.sent_on or before.sent_on))
        return
    desk.succeed("attendance_statements", home, replace(before, current=False) if before else None, piece)


def gather_statements(desk: Desk, rows: Sequence[Cells]) -> None:
    """Read the current versions that the batch may replace."""
    whole = [cells for cells in rows if all(cells.get(name) for name in ("payer_code", "dossier_number", "month"))]
    found = desk.find(
        "attendance_statements",
        entitlement_id=tuple({entitlement_id(cells) for cells in whole}),
        month=tuple({month(cells) for cells in whole}),
        origin=RECEIVED,
        current=True,
    )
    desk.currents(found, lambda piece: f"{piece.entitlement_id}|{piece.month}")


def take_payment(desk: Desk, cells: Cells) -> None:
    """Take in what the payer says it paid to a learner for a month."""
    entitlement = _entitlement(desk, cells)
    names = ("gross", "recovered", "retention_absence", "retention_benefits", "paid_on", "pay_due_on")
    given = {
        "entitlement_id": entitlement.id,
        "month": month(cells),
        **pick(cells, *names),
        **chosen(cells, status=PaymentStatus),
    }
    desk.store(CompensationPayment, "compensation_payments", _payment_id(cells), given)


def _payment_id(cells: Cells) -> str:
    return derive_id("compensation_payment", entitlement_id(cells), month(cells), str(cells.get("number") or "1"))


def look_payment(cells: Cells) -> Iterable[Look]:
    """Look up the payment and the entitlement."""
    yield from look_statement(cells)
    if cells.get("payer_code") and cells.get("dossier_number") and cells.get("month"):
        yield "compensation_payments", _payment_id(cells)


def look_statement(cells: Cells) -> Iterable[Look]:
    """Look up the entitlement."""
    if cells.get("payer_code") and cells.get("dossier_number"):
        yield "entitlements", entitlement_id(cells)


def _entitlement(desk: Desk, cells: Cells) -> Any:  # noqa: ANN401 - as the desk gives it
    id_ = entitlement_id(cells)
    return desk.need("entitlements", id_, "dossier_number", f"{cells['payer_code']} / {cells['dossier_number']}")
