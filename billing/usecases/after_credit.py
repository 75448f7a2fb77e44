"""What follows a credit note: a person says whether it closes what it took back, or whether that is billed again.

Nothing said means final: no night bills again by itself. The choice, and who made it, is in the journal.
"""

from dataclasses import replace
from datetime import date, datetime

from billing.agreement import LifeState
from billing.asked import reopening, requests
from billing.claim import AfterCredit, Claim, ClaimKind, ClaimRole, advance
from billing.errors import IllegalTransition, InvalidInput, NotFound
from billing.ports import UnitOfWork
from billing.submission import (
    Absence,
    ByHand,
    HumanFound,
    Submission,
    SubmissionContract,
    SubmissionKind,
    SubmissionState,
    step,
)
from billing.usecases.recording import keep

CHOICE = "credit_choice"
"""Kind of subject, in the journal, under which choices are kept."""
ANY_CONTRACT = SubmissionContract(absence=Absence.PROVES_NOTHING)
"""What a person says asks nothing of a platform: any contract serves."""
STILL_HERE = frozenset({SubmissionState.DRAFT, SubmissionState.READY})
PERHAPS_THERE = frozenset({SubmissionState.HUMAN, SubmissionState.IN_DOUBT})
BEING_ASKED = frozenset({SubmissionState.SENDING, SubmissionState.CHECKING})


def check_reissue(origin: Claim) -> None:
    """Check that quitus has something from which a claim could be billed again.

    Raises:
        InvalidInput: `reissue_without_agreement`.
    """
    if origin.agreement_id is None:
        raise InvalidInput("reissue_without_agreement", claim=origin.number)


def record_choice(uow: UnitOfWork, note: Claim, then: AfterCredit, *, said: bool, on: date) -> None:
    """Journal what follows a credit note; `said` = a person chose, otherwise it is what holds until one does."""
    uow.record(
        type_="credit.choice",
        subject_kind=CHOICE,
        subject_id=note.id,
        effective_on=on,
        payload={"note": note.number, "claim": note.origin_number, "then": then.value, "said": said},
    )


def choose_after_credit(uow: UnitOfWork, note_id: str, then: AfterCredit, *, today: date) -> Claim:
    """Say, or say anew, what follows a credit note; the caller commits. Saying the same twice changes nothing.

    Raises:
        NotFound: no such credit note.
        InvalidInput: it cites no claim of these books, or one that quitus could not bill again, or what it took
            back has been billed again already.
    """
    note, origin = _note(uow, note_id)
    reopens = note.role is ClaimRole.REOPENS
    if reopens == (then is AfterCredit.REISSUE):
        return note
    if then is AfterCredit.REISSUE:
        check_reissue(origin)
    elif _replaced(uow, note):
        raise InvalidInput("reissued_already", note=note.number, claim=origin.number)
    after = replace(note, role=ClaimRole.REOPENS if then is AfterCredit.REISSUE else origin.role)
    keep(uow, note, after, type_="claim.reopened" if then is AfterCredit.REISSUE else "claim.closed", on=today)
    record_choice(uow, after, then, said=True, on=today)
    return after


def hand_over(uow: UnitOfWork, note_id: str, reference: str, *, today: date, now: datetime) -> Claim:
    """Write down that the payer has a credit note by another way; it is not sent any more. The caller commits.

    Raises:
        NotFound: no such credit note.
        IllegalTransition: it is on its way at this very moment.
    """
    note, _origin = _note(uow, note_id)
    if note.state not in {LifeState.DRAFT, LifeState.REJECTED}:
        return note
    for row in uow.submissions.find(kind=SubmissionKind.CLAIM, subject_id=note.id):
        _stop(uow, row, reference, today=today, now=now)
    handed = replace(note, sent_on=note.sent_on or today, external_reference=reference)
    after = advance(handed, LifeState.SUBMITTED)
    keep(uow, note, after, type_="claim.handed_over", on=today)
    return after


def _stop(uow: UnitOfWork, row: Submission, reference: str, *, today: date, now: datetime) -> None:
    if row.state in BEING_ASKED:
        raise IllegalTransition("submission_move_refused", row=row.id, state=row.state, event="HandedOver")
    held = step(row, ByHand(reason="by_hand"), now, ANY_CONTRACT)[0] if row.state in STILL_HERE else row
    if held.state in PERHAPS_THERE:
        after, _effect = step(held, HumanFound(reference=reference), now, ANY_CONTRACT)
        keep(uow, row, after, type_=f"submission.{after.state}", on=today)


def _note(uow: UnitOfWork, note_id: str) -> tuple[Claim, Claim]:
    note = uow.claims.get(note_id, lock=True)
    if note is None or note.kind is not ClaimKind.CREDIT_NOTE:
        raise NotFound("claim_missing", claim=note_id)
    origin = uow.claims.get(note.origin_claim_id) if note.origin_claim_id else None
    if origin is None:
        raise InvalidInput("credit_note_without_claim", note=note.number)
    return note, origin


def _replaced(uow: UnitOfWork, note: Claim) -> bool:
    """Tell whether a claim was made under the agreement since, for the same part."""
    found = uow.claims.find(agreement_id=note.agreement_id)
    claims = [claim for claim in found if claim.instalment_number == note.instalment_number]
    return len(requests(claims)) > len(reopening(claims))
