import inspect
from dataclasses import is_dataclass

import pytest

from billing.ledger import post
from billing.money import Money
from tests import builders

MAKERS = [
    function
    for name, function in inspect.getmembers(builders, inspect.isfunction)
    if function.__module__ == builders.__name__ and name.startswith(("a_", "an_"))
]


@pytest.mark.parametrize("make", MAKERS, ids=lambda function: str(function.__name__))
def test_every_builder_makes_a_valid_noun_without_being_told_anything(make: object) -> None:
    assert callable(make)
    assert is_dataclass(make())
    assert make() == make()


def test_the_defaults_belong_together() -> None:
    assert builders.a_claim().agreement_id == builders.an_agreement().id
    assert builders.an_agreement().enrolment_id == builders.an_enrolment().id
    assert builders.an_allocation().bank_line_id == builders.a_bank_line().id
    assert post(builders.an_entry()).lines[0].debit == builders.a_claim().gross == Money(140_000)


def test_what_is_open_follows_from_the_amounts() -> None:
    assert builders.a_claim(allocated=Money(40_000)).open == Money(100_000)
    assert builders.a_claim(None).open == Money(0)
