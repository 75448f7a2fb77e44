"""Buckets, rows and columns, computed by hand."""

from datetime import UTC, date, datetime, timedelta

import pytest

from reconciliation.ageing import BUCKETS, Ageing, Basis, Dimension, Moment, Receivable, age, bucket_of

AS_OF = date(2026, 9, 30)


@pytest.mark.parametrize(
    ("days", "bucket"),
    [
        (-400, "not_due"),
        (-1, "not_due"),
        (0, "not_due"),
        (1, "1-30"),
        (30, "1-30"),
        (31, "31-60"),
        (60, "31-60"),
        (61, "61-90"),
        (90, "61-90"),
        (91, "91-120"),
        (120, "91-120"),
        (121, ">120"),
        (4000, ">120"),
    ],
)
def test_each_day_falls_in_one_bucket_and_due_today_is_not_due(days: int, bucket: str) -> None:
    assert BUCKETS[bucket_of(AS_OF, AS_OF - timedelta(days=days))] == bucket


def owed(cents: int, *, key: str = "OPCO1", due_on: date | None = AS_OF, disputed: bool = False) -> Receivable:
    return Receivable(key=key, label=key, open_cents=cents, issue_on=date(2026, 7, 1), due_on=due_on, disputed=disputed)


def aged(*receivables: Receivable, by: Dimension = Dimension.FUNDER, basis: Basis = Basis.DUE) -> Ageing:
    return age(
        receivables,
        moment=Moment(as_of=AS_OF),
        by=by,
        basis=basis,
        unallocated_cents=-500,
        ledger_balance_cents=1_500,
    )


def test_rows_and_the_unallocated_column_tie_to_the_ledger() -> None:
    made = aged(owed(1_200), owed(800, key="REGION1"))
    assert (made.rows_cents, made.unallocated_cents, made.ties) == (2_000, -500, True)
    assert not aged(owed(1_200)).ties


def test_what_is_owed_to_a_payer_stands_beside_the_buckets() -> None:
    made = aged(owed(2_300), owed(-300))
    assert made.rows[0].total_cents == 2_300
    assert made.unallocated_cents == -800


def test_a_claim_without_a_due_date_is_aged_from_its_invoice_and_flagged() -> None:
    (row,) = aged(owed(2_000, due_on=None)).rows
    assert row.buckets[BUCKETS.index("91-120")] == 2_000
    assert row.without_due_date == 1


def test_the_invoice_date_may_be_the_basis() -> None:
    assert aged(owed(2_000), basis=Basis.INVOICE).rows[0].buckets[BUCKETS.index("91-120")] == 2_000


def test_by_age_the_rows_are_the_buckets_in_their_order() -> None:
    made = aged(owed(10, due_on=date(2026, 1, 1)), owed(20), owed(30, due_on=date(2026, 9, 1)), by=Dimension.AGE)
    assert [(row.key, row.total_cents) for row in made.rows] == [("not_due", 20), ("1-30", 30), (">120", 10)]


def test_what_is_disputed_is_a_part_of_the_row() -> None:
    (row,) = aged(owed(1_500), owed(500, disputed=True)).rows
    assert (row.total_cents, row.disputed_cents) == (2_000, 500)


def test_a_fact_counts_by_both_of_its_times() -> None:
    moment = Moment(as_of=AS_OF, known_at=datetime(2026, 10, 1, tzinfo=UTC))
    assert moment.includes(AS_OF, datetime(2026, 10, 1, tzinfo=UTC))
    assert not moment.includes(AS_OF + timedelta(days=1), datetime(2026, 9, 1, tzinfo=UTC))
    assert not moment.includes(AS_OF, datetime(2026, 10, 2, tzinfo=UTC))


def test_the_document_has_the_promised_keys() -> None:
    document = aged(owed(2_000)).as_json()
    assert {"as_of", "buckets", "rows", "unallocated_cents", "ledger_balance_cents", "ties"} <= document.keys()
    assert document["buckets"] == ["not_due", "1-30", "31-60", "61-90", "91-120", ">120"]
