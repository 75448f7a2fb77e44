"""What stops a lone candidate from being automatic."""

from datetime import date, timedelta

from reconciliation.evidence import ReferenceLevel
from reconciliation.matching.clues import Clues
from reconciliation.matching.model import Candidate, Reason
from reconciliation.matching.state import Receipt, State

LATEST = 8  # receipts looked at, newest first


def doubts(state: State, clues: Clues, candidate: Candidate) -> tuple[Reason, ...]:
    """Give every reason against letting this candidate through."""
    found: dict[Reason, None] = {}
    if clues.line.held:
        found[Reason.HELD] = None
    if clues.line.frozen:
        found[Reason.RECEIPT_FROZEN] = None
    if candidate.reverses_line is None and any(
        line_id != clues.line.id for part in candidate.parts for line_id in state.spoken_for.get(part.claim_id, ())
    ):
        found[Reason.SPOKEN_FOR] = None
    if any(part.claim_id in state.frozen for part in candidate.parts):
        found[Reason.FROZEN] = None
    if candidate.reverses_line is None:
        if _exceeds(state, candidate):
            found[Reason.ALREADY_PAID] = None
        if _is_twice(state, clues, candidate):
            found[Reason.DUPLICATE] = None
    return tuple(found)


def _exceeds(state: State, candidate: Candidate) -> bool:
    return any(
        part.amount_cents > max(state.open_cents.get(part.claim_id, 0), 0)
        for part in candidate.parts
        if part.amount_cents > 0
    )


def _is_twice(state: State, clues: Clues, candidate: Candidate) -> bool:
    """Tell whether the same amount came just before, on this claim or (nothing being named) from this payer."""
    if candidate.advice_ids:
        return False
    days = timedelta(days=state.settings.duplicate_days)
    for part in candidate.parts:
        for receipt in state.receipts.get(part.claim_id, [])[-LATEST:]:
            amounts = {one.amount_cents for one in receipt.parts if one.claim_id == part.claim_id}
            same = part.amount_cents in amounts or receipt.amount_cents == clues.line.amount_cents
            if same and receipt.line_id not in state.returned and _within(receipt, clues.line.on, days):
                return True
    if candidate.evidence.reference is ReferenceLevel.NONE:
        return any(
            receipt.line_id not in state.returned and _within(receipt, clues.line.on, days)
            for payer_id in clues.payer.ids
            for receipt in state.receipts_by_payer_amount.get((payer_id, clues.line.amount_cents), [])[-LATEST:]
        )
    return False


def _within(receipt: Receipt, on: date, days: timedelta) -> bool:
    return abs(on - receipt.on) <= days
