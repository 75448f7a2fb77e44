"""A debit to a payer that gives back what an earlier line of it left unexplained (double or excess payment)."""

from reconciliation.matching.clues import Clues
from reconciliation.matching.model import Decision, Finding, Reason, Status
from reconciliation.matching.state import Rest, State

RULE = "refund@1"


def refund(state: State, clues: Clues) -> Finding | None:
    """Find the one unexplained rest of this payer and amount that the debit gives back."""
    line = clues.line
    if line.amount_cents >= 0 or line.held:
        return None
    rests: dict[str, tuple[str, Rest]] = {}
    for payer_id in sorted(clues.payer.ids):
        for rest in state.rests.get((payer_id, -line.amount_cents), {}).values():
            rests[rest.line_id] = (payer_id, rest)
    found = [(payer_id, rest) for payer_id, rest in rests.values() if rest.on <= line.on]
    if not found:
        return None
    if len(found) > 1:
        return Finding(doubts=(Reason.AMBIGUOUS,))
    payer_id, rest = found[0]
    return Finding(
        decision=Decision(
            line_id=line.id,
            status=Status.REFUNDED,
            rule=RULE,
            facts=(f"payer={clues.payer.level.value}", "amount=exact", f"earlier_line={rest.line_id}"),
            refund_of=rest.line_id,
            payer_id=payer_id,
        )
    )
