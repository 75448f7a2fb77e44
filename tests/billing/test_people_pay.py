from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from billing.compensation import expected_amount, paid_days_of_month
from billing.evidence import Evidence, EvidenceKind, EvidenceStatus, EvidenceSummary, summarise
from billing.money import Money
from billing.remuneration import OrderUnit, TrainerOrder, due_to_trainers
from billing.training import Slot


def slot(day: int, *, signed: bool = True, trainer: str = "t", hours: str = "3.5") -> Slot:
    return Slot(
        id=f"s{day}{signed}",
        session_id="s",
        starts_at=datetime(2026, 10, day, 9),  # noqa: DTZ001 - slot times are local and naive
        ends_at=datetime(2026, 10, day, 12, 30),  # noqa: DTZ001 - same
        hours=Decimal(hours),
        trainer_id=trainer,
        trainer_signed=signed,
    )


def order(**changes: Any) -> TrainerOrder:
    values: dict[str, Any] = {
        "id": "o",
        "code": "CMD",
        "trainer_id": "t",
        "session_id": "s",
        "rate": Decimal("42.50"),
        "unit": OrderUnit.HOUR,
        "starts_on": date(2026, 10, 1),
        "ends_on": date(2026, 10, 31),
    }
    return TrainerOrder(**(values | changes))


def test_a_trainer_is_due_the_hours_signed_at_the_orders_rate() -> None:
    (due,) = due_to_trainers([slot(5), slot(6), slot(7, signed=False)], [order()])
    assert (due.hours, due.amount, due.month) == (Decimal(7), Money(29750), "2026-10")


def test_hours_beyond_the_orders_ceiling_are_kept_but_not_priced() -> None:
    (due,) = due_to_trainers([slot(5), slot(6)], [order(max_quantity=Decimal(5))])
    assert (due.hours, due.amount, due.reason) == (Decimal(7), Money(21250), "order_ceiling_reached")


@pytest.mark.parametrize(
    ("orders", "reason"),
    [([], "no_order"), ([order(unit=OrderUnit.DAY)], "day_rate_without_equivalence")],
)
def test_what_cannot_be_priced_says_why_and_is_not_guessed(orders: list[TrainerOrder], reason: str) -> None:
    (due,) = due_to_trainers([slot(5)], orders)
    assert (due.amount, due.reason) == (None, reason)


def test_a_day_rate_is_priced_by_its_declared_equivalence() -> None:
    (due,) = due_to_trainers(
        [slot(5), slot(6)], [order(unit=OrderUnit.DAY, rate=Decimal(300), hours_per_day=Decimal(7))]
    )
    assert due.amount == Money(30000)


def test_a_learner_loses_pay_in_proportion_to_unjustified_absence() -> None:
    attendance = EvidenceSummary(planned=Decimal(140), done=Decimal(126), unjustified=Decimal(14))
    assert expected_amount(Money(68500), attendance) == Money(61650)


def test_first_and_last_months_pay_one_thirtieth_a_day() -> None:
    assert paid_days_of_month("2026-09", date(2026, 9, 7), date(2026, 10, 30)) == 24
    assert paid_days_of_month("2026-10", date(2026, 9, 7), date(2026, 10, 30)) == 30
    assert paid_days_of_month("2026-10", date(2026, 9, 7), None) is None
    attendance = EvidenceSummary(planned=Decimal(120), done=Decimal(120))
    assert expected_amount(Money(68500), attendance, paid_days=24) == Money(54800)


def test_without_planned_hours_nothing_is_computed() -> None:
    assert expected_amount(Money(68500), EvidenceSummary()) is None


def piece(key: str, status: EvidenceStatus, hours: str, **changes: Any) -> Evidence:
    values: dict[str, Any] = {
        "id": key,
        "key": key,
        "enrolment_id": "e",
        "kind": EvidenceKind.SLOT,
        "status": status,
        "occurred_on": date(2026, 10, 5),
        "quantity": Decimal(hours),
    }
    return Evidence(**(values | changes))


def test_evidence_sums_current_versions_by_status_and_pins_them() -> None:
    pieces = [
        piece("a", EvidenceStatus.DONE, "3.5"),
        piece("b", EvidenceStatus.UNJUSTIFIED_ABSENCE, "3.5", occurred_on=date(2026, 10, 6)),
        piece("c", EvidenceStatus.DONE, "7", current=False),
        piece("d", EvidenceStatus.DONE, "2", kind=EvidenceKind.MEAL),
    ]
    summary = summarise(pieces)
    assert (summary.planned, summary.done, summary.unjustified) == (Decimal(7), Decimal("3.5"), Decimal("3.5"))
    assert summary.last_unjustified_on == date(2026, 10, 6)
    assert summary.digest == summarise(reversed(pieces)).digest
    assert summary.digest != summarise([*pieces[1:], piece("a", EvidenceStatus.DONE, "3.5", version=2)]).digest
