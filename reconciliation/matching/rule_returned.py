"""A debit that takes back a credit received and allocated before (returned transfer, rejected direct debit)."""

from datetime import timedelta

from reconciliation.evidence import AmountLevel, ReferenceLevel
from reconciliation.matching.clues import NOT_A_REFERENCE, Clues
from reconciliation.matching.model import Candidate, Finding, Part, Reason
from reconciliation.matching.state import Receipt, State

RULE = "returned@1"


def returned(state: State, clues: Clues) -> Finding | None:
    """Find the one earlier receipt of this amount that the debit gives back."""
    line = clues.line
    if line.amount_cents >= 0:
        return None
    says_so = state.settings.return_words.search(clues.folded) is not None
    if says_so:
        found = _by_reference(state, clues) or _by_payer(state, clues)
    else:
        found = [one for one in _by_payer(state, clues) if _same_identifier(one, line.end_to_end_id)]
    if not found:
        return None
    candidates = tuple(_candidate(state, clues, receipt) for receipt in found)
    doubts = () if len(candidates) == 1 else (Reason.AMBIGUOUS,)
    return Finding(candidates=candidates, doubts=doubts)


def _same_identifier(receipt: Receipt, end_to_end_id: str) -> bool:
    return end_to_end_id.upper() not in NOT_A_REFERENCE and receipt.end_to_end_id == end_to_end_id


def _is_open(state: State, clues: Clues, receipt: Receipt) -> bool:
    """Tell whether a receipt has this amount, is recent enough and was not given back yet."""
    since = clues.line.on - timedelta(days=state.settings.return_days)
    return (
        receipt.amount_cents == -clues.line.amount_cents
        and since <= receipt.on <= clues.line.on
        and receipt.line_id not in state.returned
    )


def _by_reference(state: State, clues: Clues) -> list[Receipt]:
    named = {target for mention in clues.mentions.exact for target in mention.targets}
    found = {
        receipt.line_id: receipt
        for target in sorted(named)
        for receipt in state.receipts.get(target, [])
        if _is_open(state, clues, receipt)
    }
    return _narrowed(list(found.values()), clues)


def _by_payer(state: State, clues: Clues) -> list[Receipt]:
    found = {
        receipt.line_id: receipt
        for payer_id in sorted(clues.payer.ids)
        for receipt in state.receipts_by_payer_amount.get((payer_id, -clues.line.amount_cents), [])
        if _is_open(state, clues, receipt)
    }
    return _narrowed(list(found.values()), clues)


def _narrowed(found: list[Receipt], clues: Clues) -> list[Receipt]:
    """Prefer the receipts that bear the same end-to-end identifier, where any does."""
    same = [receipt for receipt in found if _same_identifier(receipt, clues.line.end_to_end_id)]
    return same or found


def _candidate(state: State, clues: Clues, receipt: Receipt) -> Candidate:
    parts = tuple(Part(claim_id=part.claim_id, amount_cents=-part.amount_cents) for part in receipt.parts)
    payers = [state.items[part.claim_id].payer_id for part in parts if part.claim_id in state.items]
    return Candidate(
        rule=RULE,
        parts=parts,
        evidence=clues.evidence(
            payers, ReferenceLevel.EARLIER, AmountLevel.REVERSED, f"earlier_line={receipt.line_id}"
        ),
        reasons=(Reason.RETURNED,),
        reverses_line=receipt.line_id,
    )
