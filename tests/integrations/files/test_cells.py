"""One cell, under its column's type: read, or refused with a reason; never a guess, never zero."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from billing.errors import InvalidInput
from billing.money import Money
from integrations.files.cells import plain_text, reader_of
from integrations.files.folding import folded, genderless
from integrations.files.profile import Column, own_profiles


def read(type_: str, cell: Any, **more: Any) -> Any:
    return reader_of(Column(field="x", headers=("x",), type=type_, **more))(cell)


@pytest.mark.parametrize(
    ("type_", "cell", "value"),
    [
        ("date", "31/12/2026", date(2026, 12, 31)),
        ("date", "1/9/2026", date(2026, 9, 1)),
        ("date", "2026-12-31", date(2026, 12, 31)),
        ("date", "31/12/2026 00:00:00", date(2026, 12, 31)),
        ("date", date(2026, 12, 31), date(2026, 12, 31)),
        ("date", datetime.combine(date(2026, 12, 31), time(9)), date(2026, 12, 31)),
        ("date", "1/9/2025", date(2025, 9, 1)),
        ("date", "45901", date(2025, 9, 1)),
        ("date", 45901.0, date(2025, 9, 1)),
        ("datetime", "31/12/2026 14:30", datetime.combine(date(2026, 12, 31), time(14, 30))),
        ("time", "9h30", time(9, 30)),
        ("time", "09:30", time(9, 30)),
        ("time", time(9, 30), time(9, 30)),
        ("month", "09/2026", "2026-09"),
        ("month", "2026-9", "2026-09"),
        ("month", "15/09/2026", "2026-09"),
        ("month", date(2026, 9, 1), "2026-09"),
        ("money", "1\u202f234,50 €", Money(123450)),
        ("money", "-12.5", Money(-1250)),
        ("money", "\u22121\u00a0234,50\u00a0€", Money(-123450)),
        ("money", "1.234,50", Money(123450)),
        ("money", "1 234 567,5 EUR", Money(123456750)),
        ("money", 1234.5, Money(123450)),
        ("money", 0.1 + 0.2, Money(30)),
        ("money", 3, Money(300)),
        ("hours", "7,5", Decimal("7.5")),
        ("hours", "7:30", Decimal("7.5")),
        ("hours", "7h30", Decimal("7.5")),
        ("hours", "7 h", Decimal(7)),
        ("hours", "3:30", Decimal("3.5")),
        ("hours", "3 h 30 min", Decimal("3.5")),
        ("hours", timedelta(hours=36), Decimal(36)),
        ("integer", 12.0, 12),
        ("percent", "85 %", Decimal(85)),
        ("percent", "62,5", Decimal("62.5")),
        ("bool", "OUI", True),
        ("bool", "non", False),
        ("bool", True, True),
        ("code", "  00012 345 ", "00012 345"),
        ("code", 12345678901234.0, "12345678901234"),
        ("text", "=1+1", "=1+1"),
        ("text", "@SUM(A1)", "@SUM(A1)"),
        ("email", "a@b.fr", "a@b.fr"),
        ("currency", "€", "EUR"),
    ],
)
def test_a_cell_is_read_under_its_type(type_: str, cell: Any, value: Any) -> None:
    found = read(type_, cell)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("type_", "cell", "code"),
    [
        ("date", "31/12/26", "not_a_date"),
        ("date", "31/02/2026", "not_a_date"),
        ("date", "9999", "not_a_date"),
        ("date", "20260901", "not_a_date"),
        ("date", 2026.0, "not_a_date"),
        ("date", 45901.5, "not_a_date"),
        ("hours", "-3h30", "not_a_number"),
        ("money", "1 234,567", "amount_has_fraction_of_cent"),
        ("date", "01/01/0026", "date_out_of_range"),
        ("time", "25:00", "not_a_time"),
        ("month", "13/2026", "not_a_date"),
        ("money", "n/a", "not_a_number"),
        ("money", "-", "not_a_number"),
        ("money", "=1+1", "not_a_number"),
        ("money", "1,234", "amount_has_fraction_of_cent"),
        ("money", "100 $", "currency_refused"),
        ("money", "100 CHF", "currency_refused"),
        ("money", "1e9", "not_a_number"),
        ("money", float("inf"), "not_a_number"),
        ("money", float("nan"), "not_a_number"),
        ("hours", "7h75", "not_a_number"),
        ("integer", "1,5", "not_a_whole_number"),
        ("percent", "120", "percent_out_of_range"),
        ("bool", "peut-être", "not_yes_or_no"),
        ("siret", "12345678901234", "siret_invalid"),
        ("iban", "FR7630006000011234567890180", "iban_invalid"),
        ("email", "personne", "email_invalid"),
        ("currency", "USD", "currency_refused"),
    ],
)
def test_a_cell_that_cannot_be_read_is_refused(type_: str, cell: Any, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(type_, cell)
    assert caught.value.code == code


def test_words_are_compared_without_case_accents_or_blanks() -> None:
    assert read("enum", " REFUSE ", words={"refusé": "rejected"}) == "rejected"


def test_an_unknown_word_never_becomes_a_known_one() -> None:
    with pytest.raises(InvalidInput) as caught:
        read("enum", "peut-être", words={"refusé": "rejected"})
    assert caught.value.code == "word_unknown"
    assert caught.value.values["known"] == "refusé"


def test_several_values_share_a_cell() -> None:
    assert read("text", "OPCO EX | OPEX", many=True) == ("OPCO EX", "OPEX")


def test_a_number_below_the_minimum_is_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        read("money", "-0,01", minimum="0")
    assert caught.value.code == "below_minimum"


def test_an_error_on_an_email_does_not_repeat_it() -> None:
    with pytest.raises(InvalidInput) as caught:
        read("email", "camille.martin")
    assert "camille" not in str(caught.value)


def test_a_workbooks_number_is_written_as_people_see_it() -> None:
    assert plain_text(1234.5) == "1234.5"
    assert plain_text(75011.0) == "75011"


@pytest.mark.parametrize(
    "word", ["annulée", "ANNULEE", "Annulé ", "annulee par le titulaire", "Annulé par le stagiaire"]
)
def test_words_are_compared_whatever_their_gender(word: str) -> None:
    words = {"annulé": "cancelled", "annulé par le titulaire": "cancelled", "annulé par le stagiaire": "cancelled"}
    assert read("enum", word, words=words) == "cancelled"


def test_an_unknown_word_is_answered_by_one_word_for_each_meaning() -> None:
    with pytest.raises(InvalidInput) as caught:
        read("enum", "abandonnée", words={"accordé": "approved", "accepté": "approved", "refusé": "rejected"})
    assert caught.value.values["known"] == "accordé, refusé"


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("Annulé par le stagiaire", "cancelled"),
        ("annulée par le titulaire", "cancelled"),
        ("ABANDON", "cancelled"),
        ("Désistement", "cancelled"),
        ("Refus", "rejected"),
        ("acceptée", "approved"),
    ],
)
def test_the_usual_words_of_an_agreement_are_known(word: str, state: str) -> None:
    accords = next(profile for profile in own_profiles() if profile.code == "accords")
    (column,) = (item for item in accords.columns if item.field == "state")
    assert reader_of(column)(word) == state


def test_no_profile_gives_two_meanings_to_a_word_of_either_gender() -> None:
    for profile in own_profiles():
        for column in profile.columns:
            meanings: dict[str, set[str]] = {}
            for word, meaning in column.words.items():
                meanings.setdefault(genderless(folded(word)), set()).add(repr(meaning))
            assert all(len(found) == 1 for found in meanings.values()), (profile.code, column.field)


def test_hours_are_never_negative_but_on_invoices_where_a_credit_note_may_take_some_back() -> None:
    free = {
        (profile.code, column.field)
        for profile in own_profiles()
        for column in profile.columns
        if column.type == "hours" and column.minimum != "0"
    }
    assert free == {("factures_emises", "hours")}
