"""What holds for every rule: it is tested in the three ways, it has its words, it survives a thinner case."""

import tomllib
from datetime import date, datetime
from importlib.resources import files
from typing import Any

import pytest

from reconciliation.queue import sentence_values
from reconciliation.rules.catalogue import BY_CODE, RULES
from reconciliation.rules.engine import detect_in
from reconciliation.rules.neutral import facts_from_plain
from reconciliation.rules.verdict import SEVERITIES, Moment
from tests.builders import an_anomaly
from tests.reconciliation.rules import test_agreements, test_invoices, test_payments, test_people
from tests.reconciliation.rules.world import TODAY, Plain, case, says, thresholds

TESTED: dict[str, list[tuple[str, dict[str, Any], list[str]]]] = {
    code: rows
    for module in (test_agreements, test_invoices, test_payments, test_people)
    for code, rows in module.CASES.items()
}


def texts() -> dict[str, dict[str, str]]:
    return tomllib.loads((files("billing.texts") / "anomalies.toml").read_text(encoding="utf-8"))


def test_every_rule_is_tested_in_the_three_ways() -> None:
    lacking = []
    for rule in RULES:
        answers = [answer for _name, _changes, answer in TESTED.get(rule.code, [])]
        fires = any(line and not line[0].startswith("?") for line in answers)
        silent = any(not line for line in answers)
        unknown = any(part.startswith("?") for line in answers for part in line)
        if not (fires and silent and unknown):
            lacking.append(rule.code)
    assert lacking == []


def test_nothing_fires_where_nothing_is_wrong() -> None:
    quiet = set(BY_CODE) - {"cash_no_paid_status"}  # the money of this case came 43 days ago
    assert {code: says(code, case()) for code in quiet} == {code: [] for code in quiet}


def test_codes_and_rows_of_the_catalogue_are_used_once() -> None:
    assert len({rule.code for rule in RULES}) == len({rule.number for rule in RULES}) == len(RULES)
    assert [rule.number for rule in RULES] == sorted(rule.number for rule in RULES)
    assert {rule.severity for rule in RULES} <= set(SEVERITIES)


def test_every_rule_has_its_label_and_its_sentence() -> None:
    written = texts()
    assert written["labels"].keys() == set(BY_CODE)
    assert written["anomalies"].keys() == set(BY_CODE)


@pytest.mark.parametrize("code", sorted(BY_CODE))
def test_a_sentence_finds_all_its_values_in_the_evidence(code: str) -> None:
    sentence = texts()["anomalies"][code]
    for _name, changes, answer in TESTED[code]:
        if not answer or answer[0].startswith("?"):
            continue
        objects = case(**changes)
        findings = detect_in(facts_from_plain(objects, thresholds()), thresholds(), moment(), [BY_CODE[code]]).found
        for finding in findings:
            values = sentence_values(an_anomaly(evidence=finding.evidence))
            if code == "trainer_order_exceeded":
                continue  # one sentence for two kinds of subject: it shows no value
            assert "{" not in sentence.format_map(values)


@pytest.mark.parametrize("code", sorted(BY_CODE))
def test_a_list_that_was_not_loaded_never_turns_silence_into_a_finding(code: str) -> None:
    """Taking knowledge away may make a rule unsure or silent; it must not accuse."""
    spared = {("submission_outcome_unknown", "platform_snapshots")}  # what nobody read confirms nothing
    for _name, changes, answer in TESTED[code]:
        whole: Plain = case(**changes)
        allowed = {_subject(line) for line in answer}
        for lost in whole:
            if (code, lost) not in spared:
                thin = {name: value for name, value in whole.items() if name != lost}
                accused = {_subject(line) for line in says(code, thin) if not line.startswith("?")}
                assert accused <= allowed, (changes, lost)


def _subject(line: str) -> str:
    return line.removeprefix("?") if line.startswith("?") else line.rpartition(":")[0]


def moment() -> Moment:
    day = date.fromisoformat(TODAY)
    return Moment(today=day, now=datetime(day.year, day.month, day.day, 8))  # noqa: DTZ001 - local time
