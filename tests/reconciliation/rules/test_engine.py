"""One run: order, determinism, the takeover, three-valued logic, neutral files."""

import json
import random
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from billing.errors import InvalidInput
from reconciliation.rules.bench import answer_cases, read_defaults
from reconciliation.rules.engine import detect_in
from reconciliation.rules.facts import Facts
from reconciliation.rules.logic import UNKNOWN, Maybe, both, either, negated, over, total
from reconciliation.rules.neutral import facts_from_plain
from reconciliation.rules.verdict import Moment
from reconciliation.rules.working_days import holidays, months_after, months_between, working_days_after
from tests.reconciliation.rules.world import (
    CLAIM,
    ENTITLEMENT,
    ORGANISATION,
    SECOND,
    but,
    case,
    says,
    thresholds,
)

MOMENT = Moment(today=date(2026, 5, 20), now=datetime(2026, 5, 20, 8))  # noqa: DTZ001 - local time
BROKEN = case(claims=[but(CLAIM, ttc_cents=121_000), SECOND], allocations=[])


def test_unknown_follows_kleene() -> None:
    assert both(False, UNKNOWN) is False
    assert both(True, UNKNOWN) is UNKNOWN
    assert either(True, UNKNOWN) is True
    assert either(False, UNKNOWN) is UNKNOWN
    assert negated(UNKNOWN) is UNKNOWN
    assert over(3, UNKNOWN, 0) is UNKNOWN
    amounts: list[Maybe[int]] = [1, UNKNOWN]
    assert total(amounts, 0) is UNKNOWN


def test_an_unknown_value_refuses_to_be_taken_for_true_or_false() -> None:
    with pytest.raises(TypeError):
        bool(UNKNOWN)


def test_findings_come_by_severity_and_do_not_depend_on_the_order_of_the_facts() -> None:
    first = detect_in(facts_from_plain(BROKEN, thresholds()), thresholds(), MOMENT)
    shuffled = {
        name: random.Random(7).sample(items, len(items)) if isinstance(items, list) else items  # noqa: S311 - order only
        for name, items in BROKEN.items()
    }
    assert detect_in(facts_from_plain(shuffled, thresholds()), thresholds(), MOMENT) == first
    assert [item.severity for item in first.found] == sorted((item.severity for item in first.found), key="BHML".index)
    assert len({item.fingerprint for item in first.found}) == len(first.found) > 2


def test_evidence_does_not_change_with_the_day_alone() -> None:
    facts = facts_from_plain(BROKEN, thresholds())
    later = replace(MOMENT, today=date(2026, 5, 21))
    today, tomorrow = (detect_in(facts, thresholds(), moment).found for moment in (MOMENT, later))
    assert [item.evidence for item in today] == [item.evidence for item in tomorrow]


def test_no_name_and_no_account_enters_the_evidence() -> None:
    objects = case(entitlements=[but(ENTITLEMENT, iban="FR7630006000011234567890188")], claims=[], slots=[])
    found = detect_in(facts_from_plain(objects, thresholds()), thresholds(), MOMENT).found
    text = " ".join(part for item in found for part in item.evidence)
    assert found
    assert "Untel" not in text
    assert "FR76" not in text


@pytest.mark.parametrize(("opening", "expected"), [("2026-04-08", []), ("2026-03-09", ["claim:C1:M"])])
def test_what_lies_before_the_takeover_raises_nothing(opening: str, expected: list[str]) -> None:
    organisation = but(ORGANISATION, opening_on=opening)
    assert says("receivable_overdue", case(organisation=organisation, allocations=[])) == expected


def test_facts_that_were_not_loaded_raise_nothing() -> None:
    detection = detect_in(Facts(), thresholds(), MOMENT)
    assert (detection.found, detection.unchecked) == ((), ())


def test_national_holidays_move_with_easter() -> None:
    assert {date(2026, 4, 6), date(2026, 5, 14), date(2026, 5, 25)} < holidays(2026)
    assert working_days_after(date(2026, 12, 24), 1) == date(2026, 12, 28)
    assert months_after(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert months_between(date(2026, 11, 30), date(2027, 1, 1)) == ["2026-11", "2026-12", "2027-01"]


# --- neutral files ---

DEFAULTS = json.loads(
    json.dumps(
        {
            name: getattr(thresholds(), name)
            for name in thresholds().__dataclass_fields__
            if name not in {"status_maps", "version"}
        },
        default=str,
    )
) | {"status_maps": {}}


def line(**changes: Any) -> str:
    return json.dumps({"id": "x", "today": "2026-05-20", "objects": BROKEN, **changes})


def test_a_neutral_case_is_answered_by_the_same_rules() -> None:
    (answer,) = answer_cases([line(), "\n"], DEFAULTS)
    read = json.loads(answer)
    assert read["id"] == "x"
    found = {(item["code"], item["subject_kind"], item["subject_id"], item["severity"]) for item in read["findings"]}
    assert ("billed_over_agreement", "agreement", "A1", "B") in found
    assert ("duplicate_claim", "claim", "C2", "B") in found


def test_a_case_overrides_a_parameter_for_itself_alone() -> None:
    alone, changed = (json.loads(answer) for answer in answer_cases(
        [line(), line(parameters={"tol_cents": 10**9})], DEFAULTS
    ))  # fmt: skip
    codes = [{item["code"] for item in answer["findings"]} for answer in (alone, changed)]
    assert "billed_over_agreement" in codes[0] - codes[1]


@pytest.mark.parametrize(
    "broken",
    [
        "{",
        "[]",
        '"x"',
        line(today="hier"),
        line(objects={"claims": [{"id": "C1"}]}),
        line(objects={"claims": 3}),
        line(objects=case(claims=[but(CLAIM, ttc_cents="12,50")])),
        line(objects=case(claims=[but(CLAIM, hours="NaN")])),
        "[" * 100_000,
    ],
)
def test_a_case_that_cannot_be_read_is_one_error_that_says_where(broken: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        list(answer_cases([line(), broken], DEFAULTS))
    assert (raised.value.code, raised.value.values["line"]) == ("neutral_case_unreadable", 2)


def test_a_parameter_that_is_missing_is_named() -> None:
    with pytest.raises(InvalidInput):
        list(answer_cases([line()], {name: value for name, value in DEFAULTS.items() if name != "tol_cents"}))
    with pytest.raises(InvalidInput):
        read_defaults("[1]")
