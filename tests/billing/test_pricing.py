from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.agreement import AmountBasis
from billing.claim import LineKind
from billing.money import Money
from billing.party import VatRegime
from billing.pricing import amounts_of, line_of


def line(cents: int, basis: AmountBasis, regime: VatRegime = VatRegime.STANDARD, rate: str = "20") -> tuple[int, ...]:
    made = line_of(
        "c",
        position=1,
        kind=LineKind.TRAINING,
        label="x",
        amount=Money(cents),
        basis=basis,
        regime=regime,
        standard_rate=Decimal(rate),
    )
    sums = amounts_of((made,))
    assert (sums.net, sums.vat, sums.gross) == (made.net, made.vat, made.gross)
    return made.net.cents, made.vat.cents, made.gross.cents


@pytest.mark.parametrize(
    ("cents", "basis", "expected"),
    [
        (12_000, AmountBasis.GROSS, (10_000, 2_000, 12_000)),
        (10_000, AmountBasis.NET, (10_000, 2_000, 12_000)),
        (140_000, AmountBasis.GROSS, (116_667, 23_333, 140_000)),
        (3, AmountBasis.GROSS, (2, 0, 2)),
    ],
)
def test_net_vat_and_gross_agree(cents: int, basis: AmountBasis, expected: tuple[int, ...]) -> None:
    assert line(cents, basis) == expected


def test_exempt_training_has_no_vat_on_either_basis() -> None:
    assert line(70_000, AmountBasis.GROSS, VatRegime.EXEMPT_TRAINING) == (70_000, 0, 70_000)
    assert line(70_000, AmountBasis.NET, VatRegime.FRANCHISE) == (70_000, 0, 70_000)


@given(st.integers(1, 10**9), st.sampled_from(["20", "10", "5.5", "2.1"]))
def test_a_gross_agreement_is_never_exceeded_and_at_most_one_cent_is_lost(cents: int, rate: str) -> None:
    _net, _vat, gross = line(cents, AmountBasis.GROSS, rate=rate)
    assert cents - 1 <= gross <= cents


def test_a_price_out_of_all_proportion_leaves_one_flat_amount() -> None:
    made = line_of(
        "c",
        position=1,
        kind=LineKind.TRAINING,
        label="x",
        amount=Money(70_000),
        basis=AmountBasis.GROSS,
        regime=VatRegime.EXEMPT_TRAINING,
        standard_rate=Decimal(20),
        hours=Decimal(35),
        unit_price=Decimal(9999999999999),
    )
    assert (made.quantity, made.unit_price, made.net) == (Decimal(1), Decimal("700.00"), Money(70_000))
