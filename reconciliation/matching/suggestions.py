"""Ranked explanations for a person: what a rule found, what is named, what the payer owes of this amount."""

from itertools import islice

from reconciliation.evidence import AmountLevel, ReferenceLevel
from reconciliation.matching.clues import Clues
from reconciliation.matching.model import Candidate, ItemKind, Part
from reconciliation.matching.state import State

RULE = "suggestion@1"


def suggestions(state: State, clues: Clues, found: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """Rank at most `candidates_max` explanations, the rule's own first; none twice."""
    limit = state.settings.candidates_max
    ranked: dict[tuple[Part, ...], Candidate] = {one.parts: one for one in found[:limit] if one.parts}
    if clues.line.amount_cents > 0:
        for item_id, level in _further(state, clues, limit):
            if len(ranked) >= limit:
                break
            candidate = _candidate(state, clues, item_id, level)
            ranked.setdefault(candidate.parts, candidate)
    return tuple(ranked.values())


def _further(state: State, clues: Clues, limit: int) -> list[tuple[str, ReferenceLevel]]:
    """List items: named ones, then the payer's of this amount, then its oldest open ones."""
    items: dict[str, ReferenceLevel] = {}
    mentions = [(one, ReferenceLevel.EXACT) for one in clues.mentions.exact]
    mentions += [(one, ReferenceLevel.DIGITS) for one in clues.mentions.tails]
    for mention, level in mentions:
        for target in mention.targets[:limit]:
            items.setdefault(target, level)
    for payer_id in sorted(clues.payer.ids):
        bucket = state.by_payer_amount.get((payer_id, clues.line.amount_cents), {})
        for item_id in islice(bucket, limit):
            items.setdefault(item_id, ReferenceLevel.NONE)
    for payer_id in sorted(clues.payer.ids):
        for item_id in islice(state.by_payer.get(payer_id, {}), limit):
            items.setdefault(item_id, ReferenceLevel.NONE)
    return [
        (item_id, level)
        for item_id, level in items.items()
        if state.items[item_id].kind is ItemKind.INVOICE and state.open_cents[item_id] > 0
    ]


def _candidate(state: State, clues: Clues, item_id: str, level: ReferenceLevel) -> Candidate:
    opened = state.open_cents[item_id]
    amount = clues.line.amount_cents
    compared = AmountLevel.EXACT if opened == amount else (AmountLevel.SHORT if amount < opened else AmountLevel.OVER)
    return Candidate(
        rule=RULE,
        parts=(Part(claim_id=item_id, amount_cents=min(opened, amount)),),
        evidence=clues.evidence([state.items[item_id].payer_id], level, compared, f"open_cents={opened}"),
    )
