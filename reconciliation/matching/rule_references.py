"""Whole references of ours in the label or the end-to-end identifier."""

from dataclasses import dataclass

from reconciliation.evidence import Agreement, AmountLevel, PayerLevel, ReferenceLevel
from reconciliation.matching.clues import Clues
from reconciliation.matching.model import Candidate, Finding, ItemKind, Part, Reason
from reconciliation.matching.references import Mention
from reconciliation.matching.state import State
from reconciliation.matching.text import is_near

RULE_SUM = "references_sum@1"
RULE_SINGLE = "reference_single@1"
RULE_PARTIAL = "reference_partial@1"


@dataclass(frozen=True, slots=True)
class _Named:
    """One mention, and which of its items are open."""

    mention: Mention
    open_ids: tuple[str, ...]


def references(state: State, clues: Clues) -> Finding | None:
    """Match what the line names: open amounts that sum to it, or one reference paid in part or in excess."""
    if clues.line.amount_cents <= 0 or not clues.mentions.exact:
        return None
    named = _named(state, clues)
    doubt = _closed(state, clues, named)
    if doubt is not None:
        return Finding(doubts=doubt)
    everything = tuple(dict.fromkeys(item_id for one in named for item_id in one.open_ids))
    return _paid(state, clues, everything, single=len(named) == 1)


def _paid(state: State, clues: Clues, everything: tuple[str, ...], *, single: bool) -> Finding:
    """Compare the money with what is open on the items named."""
    amount = clues.line.amount_cents
    if sum(state.open_cents[item_id] for item_id in everything) == amount:
        return _whole(state, clues, everything)
    if len(everything) == 1:
        return _partial(state, clues, everything[0])
    if single:  # one dossier with several claims
        fitting = tuple(item_id for item_id in everything if state.open_cents[item_id] == amount)
        return _whole(state, clues, fitting) if len(fitting) == 1 else Finding(doubts=(Reason.AMBIGUOUS,))
    return Finding(doubts=(Reason.AMOUNT_DIFFERS,))


def _named(state: State, clues: Clues) -> list[_Named]:
    """Read the mentions: the payer's own items first, and no mention that only repeats a narrower one."""
    narrowed: list[_Named] = []
    for mention in clues.mentions.exact:
        targets = tuple(target for target in mention.targets if state.items[target].kind is not ItemKind.CREDIT_NOTE)
        own = tuple(t for t in targets if clues.payer.agrees(state.items[t].payer_id) is Agreement.SAME)
        targets = own or targets
        if targets:
            open_ids = tuple(target for target in targets if state.open_cents[target] > 0)
            narrowed.append(_Named(Mention(mention.key, targets), open_ids))
    return [
        one
        for index, one in enumerate(narrowed)
        if not any(_repeats(one, other, index > place) for place, other in enumerate(narrowed) if place != index)
    ]


def _repeats(one: _Named, other: _Named, later: bool) -> bool:  # noqa: FBT001 - private, says which of two equals goes
    wider = set(other.mention.targets) < set(one.mention.targets)
    return wider or (later and other.mention.targets == one.mention.targets)


def _closed(state: State, clues: Clues, named: list[_Named]) -> tuple[Reason, ...] | None:
    """Say what is wrong when a reference has nothing open: cancelled, paid, or paid just before (twice)."""
    if not named:
        return (Reason.AMBIGUOUS,)
    for one in named:
        if one.open_ids:
            continue
        if any(_is_cancelled(state, target) for target in one.mention.targets):
            return (Reason.CANCELLED_CLAIM,)
        amount = clues.line.amount_cents
        twice = any(
            amount in {receipt.amount_cents, *(part.amount_cents for part in receipt.parts)}
            for target in one.mention.targets
            for receipt in state.receipts.get(target, [])[-3:]
        )
        return (Reason.DUPLICATE, Reason.ALREADY_PAID) if twice else (Reason.ALREADY_PAID,)
    return None


def _is_cancelled(state: State, item_id: str) -> bool:
    """Tell whether a claim is cancelled, by its kind or by a credit note for the whole of it."""
    credited = bool(state.credits_of.get(item_id)) and not state.allocated_cents[item_id]
    return credited or state.items[item_id].kind is ItemKind.CANCELLED


def _whole(state: State, clues: Clues, item_ids: tuple[str, ...]) -> Finding:
    single = len(item_ids) == 1
    candidate = Candidate(
        rule=RULE_SINGLE if single else RULE_SUM,
        parts=tuple(Part(claim_id=item_id, amount_cents=state.open_cents[item_id]) for item_id in item_ids),
        evidence=clues.evidence(
            [state.items[item_id].payer_id for item_id in item_ids],
            ReferenceLevel.EXACT if single else ReferenceLevel.SEVERAL,
            AmountLevel.EXACT if single else AmountLevel.SUM,
        ),
    )
    if candidate.evidence.agreement is Agreement.OTHER:
        if single and any(
            state.by_payer_amount.get((payer_id, clues.line.amount_cents)) for payer_id in clues.payer.ids
        ):
            return Finding(candidates=(candidate,), doubts=(Reason.CONTRADICTION, Reason.PAYER_DIFFERS))
        candidate = _with_reason(candidate, Reason.PAYER_DIFFERS)
    return Finding(candidates=(candidate,))


def _with_reason(candidate: Candidate, reason: Reason) -> Candidate:
    return Candidate(
        rule=candidate.rule,
        parts=candidate.parts,
        evidence=candidate.evidence,
        reasons=(*candidate.reasons, reason),
        advice_ids=candidate.advice_ids,
    )


def _partial(state: State, clues: Clues, item_id: str) -> Finding:
    """One reference, another amount: only from the debtor itself, and when nothing speaks for another item."""
    opened = state.open_cents[item_id]
    over = clues.line.amount_cents > opened
    candidate = Candidate(
        rule=RULE_PARTIAL,
        parts=(Part(claim_id=item_id, amount_cents=min(opened, clues.line.amount_cents)),),
        evidence=clues.evidence(
            [state.items[item_id].payer_id],
            ReferenceLevel.EXACT,
            AmountLevel.OVER if over else AmountLevel.SHORT,
            f"open_cents={opened}",
        ),
        reasons=(Reason.OVER if over else Reason.SHORT,),
    )
    doubts: list[Reason] = []
    if candidate.evidence.agreement is not Agreement.SAME or clues.payer.level is PayerLevel.LABEL:
        doubts.append(Reason.PAYER_DIFFERS if candidate.evidence.agreement is Agreement.OTHER else Reason.PAYER_UNKNOWN)
    if over and clues.cut:
        doubts.append(Reason.LABEL_CUT)
    if over and clues.mentions.other_digits:
        doubts.append(Reason.AMOUNT_DIFFERS)
    if _near_item_fits(state, clues):
        doubts.append(Reason.CONTRADICTION)
    return Finding(candidates=(candidate,), doubts=tuple(doubts))


def _near_item_fits(state: State, clues: Clues) -> bool:
    """Tell whether another item of this payer has this very amount and almost this reference."""
    keys = [mention.key for mention in clues.mentions.exact]
    for payer_id in clues.payer.ids:
        for other in list(state.by_payer_amount.get((payer_id, clues.line.amount_cents), {}))[:64]:
            item = state.items[other]
            if any(is_near(key, known) for key in keys for known in state.compact_names(item)):
                return True
    return False
