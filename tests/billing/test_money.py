from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.errors import InvalidInput
from billing.money import Money, read_decimal, read_money, total


@pytest.mark.parametrize(
    ("typed", "cents"),
    [
        ("1 234,56 €", 123456),
        ("1\u202f234,56", 123456),
        ("1.234,56", 123456),
        ("1,234.56", 123456),
        ("-3", -300),
        ("1500,00", 150000),
        ("0,5", 50),
        ("+12.3", 1230),
    ],
)
def test_an_amount_typed_in_france_is_read_to_the_cent(typed: str, cents: int) -> None:
    assert read_money(typed) == Money(cents)


@pytest.mark.parametrize("typed", ["", "   ", "n/a", "1,2,3", "12e3", "1.23.4", "--1", "0x10", "١٢", "1,234.567,8"])
def test_an_unreadable_amount_is_an_error_and_never_zero(typed: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_money(typed)
    assert caught.value.code == "not_a_number"


@pytest.mark.parametrize(
    "typed",
    [
        "1000000000000000",
        "1 000 000 000 000 000 €",
        "99999999999999999999",
        "10000000000,01",
        "-10000000000,01",
        "9999999999999",
    ],
)
def test_an_amount_out_of_all_proportion_has_one_refusal(typed: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_money(typed)
    assert caught.value.code == "amount_out_of_range"


def test_the_largest_amount_is_ten_billion_euros() -> None:
    assert read_money("10 000 000 000,00") == Money(10**12)


def test_a_fraction_of_a_cent_is_refused_in_an_amount() -> None:
    with pytest.raises(InvalidInput) as caught:
        read_money("10,005")
    assert caught.value.code == "amount_has_fraction_of_cent"


@pytest.mark.parametrize(("euros", "cents"), [("0.005", 1), ("0.0049", 0), ("-0.005", -1), ("2.675", 268)])
def test_rounding_is_half_up(euros: str, cents: int) -> None:
    assert Money.rounded(Decimal(euros)) == Money(cents)


def test_an_amount_beyond_reason_is_refused() -> None:
    with pytest.raises(InvalidInput):
        Money(10**16)


@given(
    st.integers(-(10**12), 10**12),
    st.lists(st.integers(0, 1000), min_size=1, max_size=30).filter(lambda weights: sum(weights) > 0),
)
def test_the_parts_of_a_split_sum_to_the_whole(cents: int, weights: list[int]) -> None:
    parts = Money(cents).split(weights)
    assert total(parts) == Money(cents)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part.cents - cents * weight / sum(weights)) <= 1


def test_amounts_are_written_as_french_people_read_them() -> None:
    assert Money(-123456789).french() == "-1\u202f234\u202f567,89\u00a0€"


def test_a_count_of_hours_keeps_its_decimals() -> None:
    assert read_decimal("13,5") == Decimal("13.5")
