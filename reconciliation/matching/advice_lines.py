"""Pointing each line of an advice to the one item that it pays. One line that points nowhere stops them all."""

from dataclasses import dataclass

from reconciliation.matching.model import Advice, AdviceLine, ItemKind, Part, Reason
from reconciliation.matching.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """The parts of an advice, or the doubt that stops it."""

    parts: tuple[Part, ...] = ()
    credit_notes: tuple[Part, ...] = ()
    reasons: tuple[Reason, ...] = ()
    doubt: Reason | None = None


def resolve(state: State, advice: Advice) -> Resolution:
    """Resolve every line; a refaction is a short payment of that item, a negative line takes back."""
    parts: dict[str, int] = {}
    credit_notes: list[Part] = []
    reasons: dict[Reason, None] = {}
    for line in advice.lines:
        item_id = _item_of(state, advice, line)
        if item_id is None:
            return Resolution(doubt=Reason.ADVICE_LINE_UNRESOLVED)
        item = state.items[item_id]
        if item.kind is ItemKind.CREDIT_NOTE:
            if item.credit_of is None or item.credit_of not in state.items:
                return Resolution(doubt=Reason.ADVICE_LINE_UNRESOLVED)
            credit_notes.append(Part(claim_id=item_id, amount_cents=line.net_cents))
            item_id = item.credit_of
        elif line.net_cents < 0 or line.refaction_cents > 0:
            reasons[Reason.DEDUCTION] = None
        parts[item_id] = parts.get(item_id, 0) + line.net_cents
    for item_id, cents in parts.items():
        if cents < 0 and state.allocated_cents[item_id] + cents < 0:
            return Resolution(doubt=Reason.ADVICE_LINE_UNRESOLVED)
    return Resolution(
        parts=tuple(Part(claim_id=item_id, amount_cents=cents) for item_id, cents in parts.items()),
        credit_notes=tuple(credit_notes),
        reasons=tuple(reasons),
    )


def _item_of(state: State, advice: Advice, line: AdviceLine) -> str | None:
    by_number = _candidates(state, advice, line.invoice_reference)
    by_dossier = _candidates(state, advice, line.dossier)
    both = [item_id for item_id in by_number if item_id in by_dossier]
    if len(both) == 1:
        return both[0]
    if both:
        return _only(_fitting(state, line, both))
    if by_number and by_dossier:  # they disagree: the amount must single one out of all
        return _only(_fitting(state, line, [*by_number, *by_dossier]))
    found = by_number or by_dossier
    fitting = _fitting(state, line, found)
    if len(fitting) == 1:
        return fitting[0]
    alone = by_number and not line.dossier.strip()
    if alone and len(found) == 1 and state.items[found[0]].payer_id == advice.payer_id:
        return found[0]
    return None


def _candidates(state: State, advice: Advice, reference: str) -> list[str]:
    """Give the items that a field names, the advice's payer's own first of all."""
    found = [item_id for item_id in state.references.whole(reference) if _may_be_paid(state, item_id)]
    own = [item_id for item_id in found if state.items[item_id].payer_id == advice.payer_id]
    return own or found


def _may_be_paid(state: State, item_id: str) -> bool:
    return state.items[item_id].kind is not ItemKind.CANCELLED


def _fitting(state: State, line: AdviceLine, item_ids: list[str]) -> list[str]:
    """Keep the items whose open balance is what the line bills or pays (or may give it back)."""
    if line.net_cents < 0:
        return [
            item_id
            for item_id in item_ids
            if state.items[item_id].kind is ItemKind.CREDIT_NOTE or state.allocated_cents[item_id] + line.net_cents >= 0
        ]
    return [item_id for item_id in item_ids if state.open_cents[item_id] in {line.billed_cents, line.net_cents}]


def _only(item_ids: list[str]) -> str | None:
    return item_ids[0] if len(item_ids) == 1 else None
