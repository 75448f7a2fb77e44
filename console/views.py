"""What lists show of the books: plain rows, French labels beside the codes."""

from typing import Any

from billing.claim import AfterCredit, Claim, ClaimKind, ClaimOrigin, ClaimRole
from billing.errors import InvalidInput
from billing.journal import JournalLine
from billing.party import Funder
from billing.ports import UnitOfWork
from billing.submission import Submission, SubmissionKind, SubmissionState
from billing.usecases.after_credit import CHOICE
from workers.catalogue import word


def claim_rows(uow: UnitOfWork, *, submission: str | None = None, open_only: bool = False) -> list[dict[str, Any]]:
    """List claims by date and number.

    Args:
        uow: the unit of work.
        submission: keep those in this submission state.
        open_only: keep those on which something is owed.

    Returns:
        `number`, `platform`, `amount_cents`, `state`, `submission` (a contract), and what people read.

    Raises:
        InvalidInput: there is no such submission state.
    """
    if submission is not None:
        check_state(submission)
    funders = {funder.id: funder for funder in uow.funders.stream()}
    submissions = {row.subject_id: row for row in uow.submissions.stream(kind=SubmissionKind.CLAIM)}
    rows = []
    for claim in uow.claims.stream():
        sent = submissions.get(claim.id)
        if (submission and submission_state(claim, sent) != submission) or (open_only and not claim.open):
            continue
        rows.append(claim_row(claim, sent, funders.get(claim.funder_id)))
    rows.sort(key=lambda row: (str(row["issue_on"]), str(row["number"])))
    return rows


def claim_row(claim: Claim, sent: Submission | None, payer: Funder | None) -> dict[str, Any]:
    """Show one claim: the keys of the contract, and what people read."""
    state = submission_state(claim, sent)
    return {
        "number": claim.number,
        "platform": claim.platform,
        "amount_cents": claim.gross.cents,
        "state": claim.state,
        "submission": state,
        "kind": claim.kind,
        "origin": claim.origin,
        "issue_on": claim.issue_on,
        "due_on": claim.due_on,
        "open_cents": claim.open.cents,
        "allocated_cents": claim.allocated.cents,
        "credited_cents": claim.credited.cents,
        "business_key": claim.business_key,
        "external_reference": claim.external_reference,
        "raw_status": claim.raw_status,
        "rejection_code": claim.rejection_code,
        "payer": payer.name if payer else "",
        "payer_code": payer.code if payer else "",
        "amount": claim.gross.french(),
        "open": claim.open.french(),
        "state_label": word(claim.state),
        "submission_label": word(SubmissionState(state)) if state else "",
        "kind_label": word(claim.kind),
        "origin_label": word(claim.origin),
    }


def claim_sheet(uow: UnitOfWork, claim: Claim) -> dict[str, Any]:
    """Show one claim, with what was credited of it and what follows each credit note."""
    rows = uow.submissions.find(kind=SubmissionKind.CLAIM, subject_id=claim.id)
    row = claim_row(claim, rows[-1] if rows else None, uow.funders.get(claim.funder_id))
    agreement = uow.agreements.get(claim.agreement_id) if claim.agreement_id else None
    notes = uow.claims.find(origin_claim_id=claim.id, kind=ClaimKind.CREDIT_NOTE)
    about = {note.id for note in [*notes, claim]}
    said = {line.subject_id: line for line in uow.journal(about=CHOICE) if line.subject_id in about}
    return {
        **row,
        "agreement": agreement.reference if agreement else "",
        "hours": claim.hours,
        "raw_label": claim.raw_label,
        "sent_on": claim.sent_on,
        "credits": claim.origin_number,
        "credit_notes": [
            _note_row(note, said.get(note.id)) for note in sorted(notes, key=lambda item: item.number or "")
        ],
        **({"after": _note_row(claim, said.get(claim.id))} if claim.kind is ClaimKind.CREDIT_NOTE else {}),
    }


def _note_row(note: Claim, line: JournalLine | None) -> dict[str, Any]:
    return {
        "number": note.number,
        "amount_cents": note.gross.cents,
        "amount": note.gross.french(),
        "issue_on": note.issue_on,
        "state_label": word(note.state),
        "then": AfterCredit.REISSUE if note.role is ClaimRole.REOPENS else AfterCredit.FINAL,
        "said": bool(line and line.payload["said"]),
        "by": line.actor if line else "",
        "at": line.recorded_at if line else None,
    }


def check_state(submission: str) -> None:
    """Check a submission state that was typed.

    Raises:
        InvalidInput: there is none of this name.
    """
    if submission not in set(SubmissionState):
        raise InvalidInput("claim_state_unknown", state=submission[:40], known=", ".join(SubmissionState))


def submission_state(claim: Claim, sent: Submission | None) -> str:
    """Tell the submission's state; what the organisation's own software sent counts as accepted."""
    if sent is not None:
        return sent.state
    if claim.origin is ClaimOrigin.ISSUED:
        return SubmissionState.DRAFT
    return SubmissionState.ACCEPTED if claim.sent_on else SubmissionState.DRAFT
