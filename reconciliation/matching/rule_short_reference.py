"""The payer's claim of this very amount, singled out by a running number, a cut or mistyped reference, a learner."""

from reconciliation.evidence import AmountLevel, PayerLevel, ReferenceLevel
from reconciliation.matching.clues import Clues
from reconciliation.matching.model import Candidate, Finding, Part, Reason
from reconciliation.matching.state import State
from reconciliation.matching.text import is_near

RULE = "short_reference@1"
BUCKET_MAX = 64  # beyond as many claims of one payer and amount, near references are not searched


def short_reference(state: State, clues: Clues) -> Finding | None:
    """Narrow the payer's open claims of this amount by what is left of a reference."""
    amount = clues.line.amount_cents
    if amount <= 0 or clues.mentions.exact or clues.payer.level in {PayerLevel.CONFLICT, PayerLevel.UNKNOWN}:
        return None
    payer_ids = sorted(clues.payer.ids)
    by_digits = [
        target
        for mention in clues.mentions.tails
        for target in mention.targets
        if state.items[target].payer_id in clues.payer.ids and state.open_cents[target] == amount
    ]
    if by_digits:
        return _finding(state, clues, list(dict.fromkeys(by_digits)), ReferenceLevel.DIGITS)
    near = [
        item_id
        for payer_id in payer_ids
        if len(bucket := state.by_payer_amount.get((payer_id, amount), {})) <= BUCKET_MAX
        for item_id in bucket
        if _is_named_nearly(state, clues, item_id)
    ]
    return _finding(state, clues, near, ReferenceLevel.NEAR) if near else None


def _is_named_nearly(state: State, clues: Clues, item_id: str) -> bool:
    seen = (*clues.mentions.strangers, *(mention.key for mention in clues.mentions.tails))
    digits = state.digit_names(state.items[item_id])
    return any(is_near(one, known) for one in seen for known in digits)


def _finding(state: State, clues: Clues, item_ids: list[str], level: ReferenceLevel) -> Finding:
    candidates = tuple(
        Candidate(
            rule=RULE,
            parts=(Part(claim_id=item_id, amount_cents=clues.line.amount_cents),),
            evidence=clues.evidence([state.items[item_id].payer_id], level, AmountLevel.EXACT),
        )
        for item_id in item_ids
    )
    return Finding(candidates=candidates, doubts=() if len(candidates) == 1 else (Reason.AMBIGUOUS,))
