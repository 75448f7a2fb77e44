"""What explains a bank line is said in French: no code, no English, no cents."""

import re
from enum import StrEnum
from importlib import import_module
from pkgutil import iter_modules

import pytest

from console import reconcile_views
from reconciliation import matching
from reconciliation.evidence import Agreement, AmountLevel, PayerLevel, ReferenceLevel
from reconciliation.matching.model import Reason
from reconciliation.matching.settings import SET_ASIDE
from reconciliation.usecases.explain import explain, explain_waiting
from reconciliation.usecases.reconcile import reconcile
from reconciliation.usecases.undo import undo
from tests.reconciliation.usecases.test_confirm_undo import TODAY, by_hand
from tests.reconciliation.usecases.world import FIRST, World
from workers.catalogue import Texts

TEXTS = Texts()
NAMES = reconcile_views.Names(claims={"c": "FA-1"}, advices={"a": "BR-7"}, lines={"l": "28/09/2026, 10,00 €, VIR"})
LEVELS: dict[str, type[StrEnum]] = {
    "payer": PayerLevel,
    "agreement": Agreement,
    "reference": ReferenceLevel,
    "amount": AmountLevel,
}
OTHER_FACTS = (
    *("found_by=named", "found_by=total", "learner=named", "late_advice=yes", "suggestion=confirmed"),
    *("open_cents=123450", "advice=a", "earlier_line=l", "refund_line=l", "other_payer=fusion"),
    *(f"named={rule.code}" for rule in SET_ASIDE),
    *("named=own_account", "named=other_outflow"),
)
RULES = sorted(
    {
        value.partition("@")[0]
        for module in iter_modules(matching.__path__)
        for name, value in vars(import_module(f"reconciliation.matching.{module.name}")).items()
        if name.startswith("RULE") and isinstance(value, str)
    }
    | {"human"}
)
CODE = re.compile(r"[a-z]+_[a-z]+|[a-z]+=|\b\d+ centimes|@\d|[a-z]+\.[a-z]+")


def is_french(sentence: str) -> bool:
    return bool(sentence) and not CODE.search(sentence) and "«" not in sentence


@pytest.mark.parametrize("fact", [*(f"{name}={level}" for name, of in LEVELS.items() for level in of), *OTHER_FACTS])
def test_every_piece_of_evidence_has_its_sentence(fact: str) -> None:
    assert is_french(reconcile_views.fact_sentence(TEXTS, fact, NAMES))


def test_amounts_days_and_references_of_evidence_are_those_that_people_know() -> None:
    told = [reconcile_views.fact_sentence(TEXTS, fact, NAMES) for fact in ("open_cents=123450", "advice=a")]
    assert told == ["Reste dû avant ce paiement : 1\u202f234,50\u00a0€.", "Avis de paiement BR-7."]


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_its_sentence(rule: str) -> None:
    assert len(RULES) == 12
    assert is_french(reconcile_views.rule_sentence(TEXTS, f"{rule}@1"))


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_and_contradiction_has_its_sentence(reason: Reason) -> None:
    assert is_french(reconcile_views.reason_sentence(TEXTS, reason))


def told(world: World, line_id: str) -> list[str]:
    with world.books.uow(read_only=True) as uow:
        found = explain(uow, line_id)
        return reconcile_views.sentences(found, reconcile_views.names_of(uow, found), TEXTS)


def test_a_decision_its_undoing_and_what_waits_read_as_sentences() -> None:
    world = World()
    line = world.receive(f"VIR {FIRST}")
    reconcile(world.books.open_books, world.organisation_id, actor="night")
    assert told(world, line.id)[1:3] == [
        f"  1\u202f400,00\u00a0€ affecté à la facture {FIRST}, avec effet le 28/09/2026, par la nuit.",
        "    Règle : une référence citée, pour son montant exact.",
    ]
    with world.books.uow("user:claire") as uow:
        undo(uow, line.id, today=TODAY)
        uow.commit()
    after = told(world, line.id)
    assert "(annulé depuis)" in after[1]
    assert "  Annulé le 05/10/2026 par claire : 1\u202f400,00\u00a0€ ne sont plus affectés." in after
    assert after[-1] == f"  Pour accepter la proposition : quitus reconcile confirm {line.id}"
    assert all(is_french(sentence) for sentence in after[1:-1])


def test_the_queue_says_why_each_line_waits_and_what_it_may_be() -> None:
    world = World()
    world.receive("REGLEMENT FORMATION", counterparty_name="", counterparty_iban="")
    partly = world.receive("VIREMENT", 150_000)
    by_hand(world, partly.id, first=140_000)
    with world.books.uow(read_only=True) as uow:
        rows = [
            reconcile_views.waiting_row(found, reconcile_views.names_of(uow, found), TEXTS)
            for found in explain_waiting(uow)
        ]
    assert {row["label"]: row["why"] for row in rows} == {
        "REGLEMENT FORMATION": ["Ni le payeur ni une référence ne sont reconnus."],
        "VIREMENT": ["Une partie est déjà affectée, le reste attend."],
    }
    assert all(row["proposal"] == "" for row in rows)
