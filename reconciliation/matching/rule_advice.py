"""A transfer explained by the payer's own advice: the total is the money, and every line points to one item."""

from datetime import timedelta

from reconciliation.evidence import AmountLevel, ReferenceLevel
from reconciliation.matching.advice_lines import resolve
from reconciliation.matching.clues import Clues
from reconciliation.matching.model import Advice, Candidate, Finding, Part, Reason
from reconciliation.matching.state import State

RULE = "advice@1"


def advice(state: State, clues: Clues) -> Finding | None:
    """Match by the advice that the line names, or by the only one of this payer with this very total."""
    if clues.line.amount_cents <= 0:
        return None
    if clues.advice_ids:
        return _named(state, clues)
    return _by_total(state, clues)


def _named(state: State, clues: Clues) -> Finding | None:
    named = [state.advices[advice_id] for advice_id in clues.advice_ids]
    unused = [one for one in named if one.id not in state.advices_used]
    if not unused:
        return Finding(doubts=(Reason.ADVICE_ALREADY_PAID, Reason.DUPLICATE))
    exact = [one for one in unused if one.total_cents == clues.line.amount_cents]
    if len(exact) == 1:
        return _explained(state, clues, exact, "named")
    if sum(one.total_cents for one in unused) == clues.line.amount_cents:
        return _explained(state, clues, unused, "named")
    return Finding(doubts=(Reason.ADVICE_TOTAL_DIFFERS,))


def _by_total(state: State, clues: Clues) -> Finding | None:
    """An advice of one line is no better than its amount: its reference must then stand in the label."""
    settings = state.settings
    first = clues.line.on - timedelta(days=settings.advice_early_days)
    last = clues.line.on + timedelta(days=settings.advice_late_days)
    fitting: list[Advice] = []
    used: list[Advice] = []
    for payer_id in sorted(clues.payer.ids):
        for advice_id in state.advices_by_total.get((payer_id, clues.line.amount_cents), {}):
            one = state.advices[advice_id]
            if len(one.lines) > 1 and first <= one.issued_on <= last:
                (used if advice_id in state.advices_used else fitting).append(one)
    if len(fitting) == 1:
        return _explained(state, clues, fitting, "total")
    if fitting:
        return Finding(doubts=(Reason.AMBIGUOUS,))
    if used and not clues.mentions.exact:
        return Finding(doubts=(Reason.ADVICE_ALREADY_PAID, Reason.DUPLICATE))
    return None


def _explained(state: State, clues: Clues, advices: list[Advice], found_by: str) -> Finding:
    parts: dict[str, int] = {}
    credit_notes: list[Part] = []
    reasons: dict[Reason, None] = {}
    for one in advices:
        resolution = resolve(state, one)
        if resolution.doubt is not None:
            return Finding(doubts=(resolution.doubt,))
        for part in resolution.parts:
            parts[part.claim_id] = parts.get(part.claim_id, 0) + part.amount_cents
        credit_notes.extend(resolution.credit_notes)
        reasons |= dict.fromkeys(resolution.reasons)
    if sum(parts.values()) != clues.line.amount_cents:
        return Finding(doubts=(Reason.ADVICE_TOTAL_DIFFERS,))
    if any(cents > max(state.open_cents[claim_id], 0) for claim_id, cents in parts.items()):
        return Finding(doubts=(Reason.ALREADY_PAID,))
    named = {target for mention in clues.mentions.exact for target in mention.targets}
    if named and not named & (parts.keys() | {one for claim in parts for one in state.credits_of.get(claim, [])}):
        return Finding(doubts=(Reason.CONTRADICTION,))
    candidate = Candidate(
        rule=RULE,
        parts=tuple(Part(claim_id=claim_id, amount_cents=cents) for claim_id, cents in parts.items() if cents),
        evidence=clues.evidence(
            [one.payer_id for one in advices],
            ReferenceLevel.ADVICE,
            AmountLevel.EXACT,
            f"found_by={found_by}",
            *(f"advice={one.id}" for one in advices),
        ),
        reasons=tuple(reasons),
        advice_ids=tuple(one.id for one in advices),
        credit_notes=tuple(credit_notes),
    )
    return Finding(candidates=(candidate,))
