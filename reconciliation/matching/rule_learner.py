"""The payer's only open claim of this very amount for the learner whose name stands in the label."""

from reconciliation.evidence import AmountLevel, PayerLevel, ReferenceLevel
from reconciliation.matching.clues import Clues
from reconciliation.matching.model import Candidate, Finding, Part, Reason
from reconciliation.matching.state import State
from reconciliation.matching.text import words

RULE = "learner@1"
NAME_WORDS = (2, 3, 4)
LABEL_WORDS_MAX = 40


def learner(state: State, clues: Clues) -> Finding | None:
    """Narrow the payer's open claims of this amount by the learner named."""
    amount = clues.line.amount_cents
    if amount <= 0 or clues.mentions.exact or clues.payer.level in {PayerLevel.CONFLICT, PayerLevel.UNKNOWN}:
        return None
    named = _claims_of_named(state, clues)
    if not named:
        return None
    fitting = [item_id for item_id in named if state.open_cents[item_id] == amount]
    candidates = tuple(_candidate(state, clues, item_id) for item_id in fitting or named)
    if not fitting:
        return Finding(candidates=candidates, doubts=(Reason.AMOUNT_DIFFERS,))
    return Finding(candidates=candidates, doubts=() if len(candidates) == 1 else (Reason.AMBIGUOUS,))


def _claims_of_named(state: State, clues: Clues) -> list[str]:
    pieces = words(clues.line.label)[:LABEL_WORDS_MAX]
    found: dict[str, None] = {}
    for count in NAME_WORDS:
        for start in range(len(pieces) - count + 1):
            key = "".join(pieces[start : start + count])
            for payer_id in sorted(clues.payer.ids):
                found |= state.by_payer_learner.get((payer_id, key), {})
    return list(found)


def _candidate(state: State, clues: Clues, item_id: str) -> Candidate:
    opened = state.open_cents[item_id]
    amount = clues.line.amount_cents
    level = AmountLevel.EXACT if amount == opened else (AmountLevel.SHORT if amount < opened else AmountLevel.OVER)
    return Candidate(
        rule=RULE,
        parts=(Part(claim_id=item_id, amount_cents=min(opened, amount)),),
        evidence=clues.evidence([state.items[item_id].payer_id], ReferenceLevel.NONE, level, "learner=named"),
    )
