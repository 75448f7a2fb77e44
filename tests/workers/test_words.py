"""Every state, family, nature, event, fact and parameter has its French word; sentences use them by themselves."""

import ast
import importlib
import pkgutil
import typing
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from enum import Enum
from types import ModuleType

import pytest

import billing
import reconciliation
from billing.agreement import Scheme
from billing.errors import IllegalTransition
from billing.submission import Event, SubmissionState
from reconciliation.rules.catalogue import rules
from tests.architecture.trees import called, modules
from workers.catalogue import Texts, named, shipped_parameters, word

NEVER_SHOWN = {
    "Effect": "what the engine does next",
    "Outcome": "of one row that was taken in: only counted",
    "SupplierOutcome": "same",
    "PayerLevel": "said as a fact: table matching_facts",
    "Agreement": "same",
    "ReferenceLevel": "same",
    "AmountLevel": "same",
    "Reason": "has its sentence: table matching_reasons",
    "Direction": "a setting of the matching",
    "Unknown": "what a rule does not know: no verdict",
}


def enumerations(*rooms: ModuleType) -> Iterator[type[Enum]]:
    for room in rooms:
        for found in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            module = importlib.import_module(found.name)
            for thing in dict.fromkeys(item for item in vars(module).values() if isinstance(item, type)):
                if issubclass(thing, Enum) and thing.__module__ == found.name:
                    yield thing


def test_every_member_of_every_enumeration_has_its_word() -> None:
    kinds = [kind for kind in enumerations(billing, reconciliation) if kind.__name__ not in NEVER_SHOWN]
    assert len(kinds) > 30
    same = {"bronze", "indemnity", "manager", "information", "site", "gestionnaire", "comptable", "cpf"}
    missing = []
    for kind in kinds:
        for member in kind:
            told = word(member)
            if told == member.value and member.value not in same:
                missing.append(f"{kind.__name__}.{member.value}")
            if "_" in told:
                missing.append(told)
    assert missing == []


def test_no_two_enumerations_share_a_name_that_their_words_would_confuse() -> None:
    names = [kind.__name__ for kind in enumerations(billing, reconciliation) if kind.__name__ not in NEVER_SHOWN]
    assert sorted(names) == sorted(set(names))


def test_every_event_of_a_submission_family_of_rules_and_step_of_the_night_has_its_word() -> None:
    from workers.night import STEPS  # noqa: PLC0415 - the night loads all that it needs

    events = [event.__name__ for event in typing.get_args(Event)] + ["HandedOver"]
    assert [event for event in events if named("Event", event) == event] == []
    families = {rule["family"] for rule in rules()}
    assert [family for family in families if named("Family", family) == family] == []
    assert [name for name, _step in STEPS if named("Step", name) == name] == []


def test_every_fact_that_a_rule_shows_has_its_name() -> None:
    texts = Texts()
    facts = {
        node.args[0].value
        for module in modules("reconciliation")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and called(node) == "shown" and node.args
        if isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)
    }
    assert len(facts) > 60
    assert sorted(fact for fact in facts if texts.sentence("facts", fact, {}) == fact) == []


def test_every_shipped_parameter_has_its_name_and_a_source_in_french() -> None:
    texts = Texts()
    english = {"ours", "documented", "knowledge", "inference", "days", "payers", "the", "by", "and", "terms"}
    for parameter in shipped_parameters():
        assert texts.sentence("parameters", parameter.key, {}) != parameter.key, parameter.key
        words = {item.strip("(),.;:") for item in parameter.source.lower().split()}
        assert words & english == set(), parameter.source


def test_a_sentence_that_is_given_states_days_and_numbers_writes_them_as_people_do() -> None:
    texts = Texts()
    error = IllegalTransition("submission_move_refused", row="E1", state=SubmissionState.IN_DOUBT, event="HumanGaveUp")
    told = texts.of_error(error)
    assert "réponse perdue, vérification à venir" in told
    assert "(abandon)" in told
    assert "in_doubt" not in told
    after = IllegalTransition("submission_move_refused", row="E1", state="x", event=SubmissionState.READY)
    assert "(prête)" in texts.of_error(after)
    shown = texts.sentence("errors", "parameter_missing", {"key": "k", "on": "2026-11-25"})
    assert "25/11/2026" in shown
    assert "le 25/11/2026" in texts.sentence("errors", "parameter_missing", {"key": "k", "on": date(2026, 11, 25)})
    assert "« 14,5 »" in texts.sentence("errors", "not_a_number", {"text": Decimal("14.5000")})


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("FileNotFoundError", "il n'existe pas"),
        ("[Errno 13] Permission denied: 'x'", "accès refusé"),
        ("No space left on device", "il n'y a plus de place"),
        ("Expected '=' after a key in a key/value pair (at line 1, column 3)", "ligne 1, colonne 3"),
        ("Expecting value: line 4 column 17 (char 90)", "ligne 4, colonne 17"),
        ("http_503", "HTTP 503"),
        ("ReadTimeout", "pas de réponse dans le délai"),
        ("le champ n'a pas de nom", "le champ n'a pas de nom"),
    ],
)
def test_what_the_system_says_in_english_is_said_in_french(reason: str, told: str) -> None:
    assert Texts().reason(reason) == told


def test_a_word_that_nobody_wrote_stays_as_it_is() -> None:
    assert word(Scheme.CPF) == "CPF"
    assert named("Scheme", "unheard") == "unheard"
    assert named("Unheard", "x") == "x"
