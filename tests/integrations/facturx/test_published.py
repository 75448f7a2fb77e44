"""The published JSON form: its schema and its reader say the same; what is wrong is told whole, with its place."""

import copy
import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # ships no types

from billing.errors import InvalidInput
from integrations.facturx.published import Entry, invoice_schema, read_entries
from tests.integrations.facturx.cases import CASES, FOLDER


def case(name: str = "exempt_opco_billed") -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def read(value: object) -> Entry:
    (entry,) = read_entries(json.dumps(value).encode())
    return entry


def told(value: object) -> list[tuple[str, str]]:
    return sorted((item.pointer, item.finding.code) for item in read(value).findings)


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    schema = invoice_schema()
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.mark.parametrize("name", CASES)
def test_every_case_follows_the_published_schema(name: str, validator: Draft202012Validator) -> None:
    assert list(validator.iter_errors(case(name))) == []


def test_every_key_has_a_description_and_every_object_is_closed() -> None:
    definitions = invoice_schema()["$defs"]
    for name, definition in definitions.items():
        assert definition["additionalProperties"] is False, name
        assert [key for key, value in definition["properties"].items() if not value.get("description")] == [], name
    assert definitions["AskedLine"]["required"] == ["label", "quantity", "unit", "unit_price"]


WRONG: dict[str, tuple[str, Any, str, str]] = {
    "a mistyped key": ("/nummber", "1", "/nummber", "input_key_unknown"),
    "a float": ("/lines/0/unit_price", 24.5, "/lines/0/unit_price", "input_value_wrong"),
    "an integer for an amount": ("/lines/0/unit_price", 24, "/lines/0/unit_price", "input_value_wrong"),
    "a French comma": ("/lines/0/unit_price", "24,50", "/lines/0/unit_price", "input_value_wrong"),
    "an exponent": ("/lines/0/quantity", "1E+2", "/lines/0/quantity", "input_value_wrong"),
    "five decimals": ("/lines/0/quantity", "1.00001", "/lines/0/quantity", "input_value_wrong"),
    "a leading zero": ("/lines/0/quantity", "035", "/lines/0/quantity", "input_value_wrong"),
    "digits of another script": ("/lines/0/quantity", "３５", "/lines/0/quantity", "input_value_wrong"),
    "a day of no calendar": ("/issue_on", "2026-02-30", "/issue_on", "input_value_wrong"),
    "a French day": ("/issue_on", "02/03/2026", "/issue_on", "input_value_wrong"),
    "an unknown word": ("/type", "facture", "/type", "input_value_wrong"),
    "a null": ("/seller", None, "/seller", "input_value_wrong"),
    "no line": ("/lines", [], "/lines", "input_value_wrong"),
    "a text for a list": ("/learners", "DURAND Élodie", "/learners", "input_value_wrong"),
    "a country in words": ("/buyer/address/country", "France", "/buyer/address/country", "input_value_wrong"),
    "a rate over a hundred": ("/lines/0/vat/rate", "120", "/lines/0/vat/rate", "input_value_wrong"),
}


def put(value: Any, pointer: str, new: object) -> Any:
    changed = copy.deepcopy(value)
    at = changed
    *path, last = pointer.strip("/").split("/")
    for step in path:
        at = at[int(step)] if isinstance(at, list) else at[step]
    at[last] = new
    return changed


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_form_is_refused_by_schema_and_reader_alike(name: str, validator: Draft202012Validator) -> None:
    where, new, pointer, code = WRONG[name]
    wrong = put(case(), where, new)
    assert told(wrong) == [(pointer, code)]
    if name != "a day of no calendar":  # a pattern cannot count the days of February
        assert list(validator.iter_errors(wrong))


def test_every_fault_of_form_is_told_at_once() -> None:
    wrong = put(put(put(case(), "/lines/0/unit", "heure"), "/buyer/nom", "X"), "/issue_on", "hier")
    del wrong["seller"]
    assert told(wrong) == [
        ("/buyer/nom", "input_key_unknown"),
        ("/issue_on", "input_value_wrong"),
        ("/lines/0/unit", "input_value_wrong"),
        ("/seller", "input_key_missing"),
    ]


def test_a_mistyped_key_is_answered_with_the_nearest_one() -> None:
    (item,) = read(put(case(), "/lines/0/unit_prize", "1")).findings
    assert "unit_price" in str(item.finding.values["close"])


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "input_not_json"),
        (b"{", "input_not_json"),
        (b"\xff\xfe{}", "input_not_utf8"),
        (b"[]", "input_not_invoices"),
        (b'"facture"', "input_not_invoices"),
        (b"12", "input_not_invoices"),
        (b'{"number": "1", "number": "2"}', "input_key_twice"),
        (b'{"number": NaN}', "input_constant"),
        (b'{"number": "\\ud800"}', "input_half_character"),
        (b"[" * 200_000, "input_too_deep"),
    ],
)
def test_what_is_no_json_of_invoices_is_one_error(content: bytes, code: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        list(read_entries(content))
    assert refusal.value.code == code


def test_a_huge_number_costs_one_finding() -> None:
    content = json.dumps(case()).replace('"hour"', "9" * 100_000).encode()
    (entry,) = read_entries(content)
    assert [(item.pointer, item.finding.code) for item in entry.findings] == [("/lines/0/unit", "input_value_wrong")]


def test_what_is_no_object_in_an_array_is_refused_and_the_others_are_read() -> None:
    entries = list(read_entries(json.dumps([None, case(), 3]).encode()))
    assert [bool(entry.asked) for entry in entries] == [False, True, False]
    assert [entry.index for entry in entries] == [0, 1, 2]
