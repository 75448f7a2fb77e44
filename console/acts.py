"""What people do, each as one use case and one commit; commands and pages call these."""

from typing import Any

from adapters.contract import PreparesByHand
from billing.claim import AfterCredit, Claim, ClaimKind
from billing.errors import InvalidInput, Misconfigured, NotFound
from billing.money import Money
from billing.ports import UnitOfWork
from billing.submission import (
    SILENT,
    HumanFound,
    HumanGaveUp,
    HumanProvedAbsent,
    Submission,
    SubmissionKind,
    SubmissionState,
)
from billing.usecases import submit as submitting
from billing.usecases.after_credit import choose_after_credit, hand_over
from billing.usecases.credit import credit
from billing.usecases.prepare import read_shelf
from console import decision_sheets
from workers.bootstrap import Runtime

SENT_AGAIN_AS_IT_IS = frozenset({SILENT, "attempts_exhausted"})
"""Why a human decides about something of which nothing is at the platform: it may be sent again as it is."""


def find_claim(uow: UnitOfWork, number: str) -> Claim:
    """Find a claim by its number.

    Raises:
        NotFound: there is none.
    """
    found = uow.claims.find(number=number)
    if not found:
        raise NotFound("claim_number_unknown", number=number)
    return found[0]


def _submission(uow: UnitOfWork, number: str) -> Submission:
    claim = find_claim(uow, number)
    rows = uow.submissions.find(kind=SubmissionKind.CLAIM, subject_id=claim.id)
    if not rows:
        raise NotFound("claim_without_submission", number=number)
    return rows[-1]


def release_claim(runtime: Runtime, organisation_id: str, slug: str, number: str, actor: str) -> None:
    """Line up a claim whose sending waited for a person, or of which a platform that was down took nothing."""
    with runtime.books.open_books(organisation_id, actor) as uow:
        row = _submission(uow, number)
        contract = runtime.contract(slug, row.platform)
        now, today = runtime.clock.now(), runtime.clock.today()
        if row.state is SubmissionState.HUMAN and row.human_reason in SENT_AGAIN_AS_IT_IS:
            submitting.decide(uow, row.id, HumanProvedAbsent(), now=now, contract=contract, today=today)
        else:
            submitting.release(uow, row.id, now=now, contract=contract, today=today)
        uow.commit()


def decide_claim(
    runtime: Runtime,
    organisation_id: str,
    slug: str,
    number: str,
    actor: str,
    *,
    found: str | None = None,
    absent: bool = False,
    give_up: str | None = None,
) -> SubmissionState:
    """Write down what a person found out; exactly one of the three is given."""
    event: HumanFound | HumanProvedAbsent | HumanGaveUp
    if found is not None:
        event = HumanFound(reference=found)
    elif absent:
        event = HumanProvedAbsent()
    else:
        event = HumanGaveUp(reason=give_up or "")
    with runtime.books.open_books(organisation_id, actor) as uow:
        row = _submission(uow, number)
        contract = runtime.contract(slug, row.platform)
        after = submitting.decide(
            uow, row.id, event, now=runtime.clock.now(), contract=contract, today=runtime.clock.today()
        )
        uow.commit()
    return after.state


def credit_claim(
    runtime: Runtime,
    organisation_id: str,
    number: str,
    amount: Money,
    reason: str,
    actor: str,
    *,
    then: AfterCredit | None = None,
) -> Claim:
    """Issue a credit note on a claim; `then` None = nobody said what follows: nothing, until somebody does."""
    parameters = runtime.parameters(organisation_id)
    with runtime.books.open_books(organisation_id, actor) as uow:
        claim = find_claim(uow, number)
        shelf = read_shelf(uow, organisation_id, parameters, frozenset(), today=runtime.clock.today())
        note = credit(
            uow,
            shelf,
            claim.id,
            amount,
            reason=reason,
            today=runtime.clock.today(),
            documents=runtime.documents,
            then=then,
        )
        uow.commit()
    return note


def decide_after_credit(
    runtime: Runtime,
    organisation_id: str,
    number: str,
    then: AfterCredit,
    actor: str,
    *,
    handed_over: str | None = None,
) -> Claim:
    """Say what follows a credit note, given by its own number or its invoice's; and that the payer has it otherwise.

    Raises:
        NotFound: nothing bears this number.
        InvalidInput: it has no credit note, or several.
    """
    today = runtime.clock.today()
    with runtime.books.open_books(organisation_id, actor) as uow:
        note = _credit_note(uow, find_claim(uow, number))
        note = choose_after_credit(uow, note.id, then, today=today)
        if handed_over is not None:
            note = hand_over(uow, note.id, handed_over, today=today, now=runtime.clock.now())
        uow.commit()
    return note


def _credit_note(uow: UnitOfWork, claim: Claim) -> Claim:
    if claim.kind is ClaimKind.CREDIT_NOTE:
        return claim
    notes = uow.claims.find(origin_claim_id=claim.id, kind=ClaimKind.CREDIT_NOTE)
    if not notes:
        raise InvalidInput("claim_not_credited", claim=claim.number)
    if len(notes) > 1:
        listed = ", ".join(sorted(note.number or "" for note in notes))
        raise InvalidInput("credit_note_to_choose", claim=claim.number, notes=listed)
    return notes[0]


def sheets(runtime: Runtime, organisation_id: str, slug: str, number: str | None = None) -> list[dict[str, Any]]:
    """Prepare what a person keys in, deposits or decides: every row that waits for that, or one claim's.

    One whose platform cannot be reached keeps none of the others back.
    """
    made = []
    with runtime.books.open_books(organisation_id, "system", read_only=True) as uow:
        rows = uow.submissions.find(state=SubmissionState.HUMAN) if number is None else [_submission(uow, number)]
        for row in rows:
            if row.state is SubmissionState.HUMAN and row.human_reason != "by_hand":
                made.append(decision_sheets.of(runtime, uow, row))
                continue
            try:
                connection = runtime.connection(slug, row.platform)
            except (Misconfigured, NotFound) as error:
                made.append(decision_sheets.unreachable(runtime, uow, row, error))
                continue
            if row.human_reason != "by_hand" or not isinstance(connection, PreparesByHand):
                continue
            parcel = runtime.engine.make_parcel(uow, row)
            sheet = connection.sheet(parcel)
            made.append(
                {
                    "number": parcel.number,
                    "platform": row.platform,
                    "title": sheet.title,
                    "steps": list(sheet.steps),
                    "lines": [{"label": line.label, "value": line.value} for line in sheet.lines],
                    "folder": str(sheet.folder) if sheet.folder else "",
                }
            )
    return made
