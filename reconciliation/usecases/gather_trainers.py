"""Trainers, orders and payroll variables, as rules read them."""

from dataclasses import dataclass
from datetime import datetime, time

from billing.party import Trainer, TrainerStatus
from billing.ports import UnitOfWork
from billing.remuneration import PayrollVariable, TrainerOrder
from reconciliation.rules.logic import UNKNOWN
from reconciliation.rules.people import OrderFact, TrainerFact, VariableFact

INVOICING = frozenset({TrainerStatus.FREELANCE, TrainerStatus.OF})
"""Those who invoice us; their invoices are not in these books."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trainers:
    """What was read."""

    trainers: tuple[TrainerFact, ...]
    orders: tuple[OrderFact, ...]
    variables: tuple[VariableFact, ...]


def read_trainers(uow: UnitOfWork) -> Trainers:
    """Read trainers, orders and payroll variables."""
    orders = list(uow.orders.stream())
    by_work: dict[tuple[str, str], str] = {}
    for order in orders:
        by_work.setdefault((order.trainer_id, order.session_id), order.id)
    return Trainers(
        trainers=tuple(_trainer(item) for item in uow.trainers.stream()),
        orders=tuple(_order(item) for item in orders),
        variables=tuple(_variable(item, by_work) for item in uow.payroll_variables.stream()),
    )


def _trainer(item: Trainer) -> TrainerFact:
    return TrainerFact(
        id=item.id,
        status=item.status.value,
        siret=item.siret.value if item.siret else None,
        nda=item.nda.value if item.nda else None,
        iban_changed_on=item.iban_changed_on,
        category=item.category or UNKNOWN,
        invoices_followed=item.status not in INVOICING,
    )


def _order(item: TrainerOrder) -> OrderFact:
    return OrderFact(
        id=item.id,
        trainer_id=item.trainer_id,
        session_id=item.session_id,
        unit=item.unit.value,
        from_=item.starts_on,
        to=item.ends_on,
        state="closed" if item.closed else "open",
        rate_cents=item.rate * 100,
        max_qty=item.max_quantity,
        hours_per_day=item.hours_per_day,
    )


def _variable(item: PayrollVariable, by_work: dict[tuple[str, str], str]) -> VariableFact:
    return VariableFact(
        id=item.id,
        trainer_id=item.trainer_id,
        session_id=item.session_id,
        month=item.month,
        rubric=item.rubric.value,
        qty=item.quantity,
        sent_at=datetime.combine(item.sent_on, time.min) if item.sent_on else None,
        rejected=item.rejected,
        order_id=item.order_id or by_work.get((item.trainer_id, item.session_id)),
    )
