"""The payer's only open claim of this very amount, when the label names nothing else."""

from reconciliation.evidence import AmountLevel, PayerLevel, ReferenceLevel
from reconciliation.matching.clues import Clues
from reconciliation.matching.model import Candidate, Finding, Part, Reason
from reconciliation.matching.state import State

RULE = "only_open@1"


def only_open(state: State, clues: Clues) -> Finding | None:
    """Take the only open claim of the payer with this amount; several are ambiguous, never chosen from."""
    amount = clues.line.amount_cents
    if amount <= 0 or clues.mentions.exact or clues.payer.level in {PayerLevel.CONFLICT, PayerLevel.UNKNOWN}:
        return None
    found = [
        item_id
        for payer_id in sorted(clues.payer.ids)
        for item_id in list(state.by_payer_amount.get((payer_id, amount), {}))[: state.settings.candidates_max]
    ]
    if not found:
        return None
    candidates = tuple(
        Candidate(
            rule=RULE,
            parts=(Part(claim_id=item_id, amount_cents=amount),),
            evidence=clues.evidence([state.items[item_id].payer_id], ReferenceLevel.NONE, AmountLevel.EXACT),
        )
        for item_id in found
    )
    if len(candidates) > 1:
        return Finding(candidates=candidates, doubts=(Reason.AMBIGUOUS,))
    if state.allocated_cents[found[0]] and sum(len(state.by_payer.get(one, {})) for one in clues.payer.ids) > 1:
        return Finding(candidates=candidates, doubts=(Reason.AMBIGUOUS,))  # the rest of one, or a part of another
    if _names_something_else(state, clues, found[0]):
        return Finding(candidates=candidates, doubts=(Reason.CONTRADICTION, Reason.UNKNOWN_REFERENCE))
    return Finding(candidates=candidates)


def _names_something_else(state: State, clues: Clues, item_id: str) -> bool:
    """Tell whether digits in the label have the shape of this claim's references without being them."""
    if clues.mentions.tails:  # a running number of ours that is not this claim's
        return True
    lengths = {len(digits) for digits in state.digit_names(state.items[item_id])}
    return any(len(stranger) in lengths for stranger in clues.mentions.strangers)
