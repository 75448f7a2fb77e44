"""What each trainer is due: signed slots × order, by month. Payroll is paid by the payroll software, never by us."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from billing.evidence import month_of
from billing.money import Money
from billing.training import Slot


class OrderUnit(StrEnum):
    """What an order counts."""

    HOUR = "h"
    DAY = "d"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainerOrder:
    """What was agreed with a trainer for a session (order, letter of engagement, or contract clause).

    Attributes:
        rate: euros for one unit, before VAT.
        max_quantity: ceiling in units, None = no ceiling.
        hours_per_day: declared equivalence; None = none declared (a day rate then cannot be computed from hours).
    """

    id: str
    code: str
    trainer_id: str
    session_id: str
    rate: Decimal
    unit: OrderUnit
    starts_on: date
    ends_on: date
    max_quantity: Decimal | None = None
    hours_per_day: Decimal | None = None
    closed: bool = False


class Rubric(StrEnum):
    """What a payroll variable pays (brochure 3249): face-à-face, preparation, expenses."""

    FFP = "FFP"
    PRAA = "PRAA"
    EXPENSE = "EXPENSE"


@dataclass(frozen=True, slots=True, kw_only=True)
class PayrollVariable:
    """One month of one trainer in one session, as told to payroll (or to be invoiced by the trainer).

    Attributes:
        quantity: hours signed by the trainer.
        amount: quantity × rate of the order; None when the order cannot price it (`reason` says why).
        evidence_digest: the slots that it was built from.
        origin: `computed` by quitus, or `received` from the organisation's own software.
    """

    id: str
    trainer_id: str
    session_id: str
    month: str
    rubric: Rubric
    quantity: Decimal
    rate: Decimal | None
    amount: Money | None
    order_id: str | None
    reason: str = ""
    origin: str = "computed"
    evidence_digest: str = ""
    sent_on: date | None = None
    rejected: bool = False
    rejection_label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainerDue:
    """Hours that one trainer signed in one session and month, priced by the order."""

    trainer_id: str
    session_id: str
    month: str
    hours: Decimal
    rate: Decimal | None
    amount: Money | None
    order_id: str | None
    reason: str


def due_to_trainers(slots: Iterable[Slot], orders: Iterable[TrainerOrder]) -> list[TrainerDue]:
    """Sum signed slots by trainer, session and month, and price them.

    A slot that the trainer did not sign is not due. Without an order, with a day rate and no declared
    equivalence, or beyond the order's ceiling, the hours are kept and the amount is None or stops at the
    ceiling: `reason` names it, nothing is guessed.
    """
    by_key = {(order.trainer_id, order.session_id): order for order in orders}
    hours: dict[tuple[str, str, str], Decimal] = {}
    for slot in slots:
        if slot.trainer_id is not None and slot.trainer_signed:
            key = (slot.trainer_id, slot.session_id, month_of(slot.starts_at.date()))
            hours[key] = hours.get(key, Decimal(0)) + slot.hours
    used: dict[str, Decimal] = {}
    dues = []
    for (trainer_id, session_id, month), done in sorted(hours.items(), key=lambda item: (item[0][2], item[0])):
        order = by_key.get((trainer_id, session_id))
        rate, amount, reason = _price(order, done, used)
        dues.append(
            TrainerDue(
                trainer_id=trainer_id,
                session_id=session_id,
                month=month,
                hours=done,
                rate=rate,
                amount=amount,
                order_id=order.id if order else None,
                reason=reason,
            )
        )
    return dues


def _price(
    order: TrainerOrder | None, hours: Decimal, used: dict[str, Decimal]
) -> tuple[Decimal | None, Money | None, str]:
    if order is None:
        return None, None, "no_order"
    if order.unit is OrderUnit.DAY and not order.hours_per_day:
        return order.rate, None, "day_rate_without_equivalence"
    quantity = hours / order.hours_per_day if order.unit is OrderUnit.DAY and order.hours_per_day else hours
    reason = ""
    if order.max_quantity is not None:
        left = max(order.max_quantity - used.get(order.id, Decimal(0)), Decimal(0))
        if quantity > left:
            quantity, reason = left, "order_ceiling_reached"
    used[order.id] = used.get(order.id, Decimal(0)) + quantity
    return order.rate, Money.rounded(order.rate * quantity), reason
