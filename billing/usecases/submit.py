"""Carry one submission: claim the row, pass the fence, send or ask, and write down what came of it.

The decisions are all in `billing.submission.step`; this file only reads, calls and writes. The row is
committed as `sending` before anything leaves, and the clock is read after each lock was obtained.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Protocol

from billing.agreement import LifeState
from billing.claim import Claim, advance
from billing.errors import (
    AccessDenied,
    ContractChanged,
    IllegalTransition,
    NotSupported,
    OutcomeUnknown,
    PlatformError,
    Refused,
    RetryLater,
)
from billing.identity import derive_id
from billing.ports import Acceptance, Clock, OpenBooks, Parcel, Presence, UnitOfWork
from billing.submission import (
    Attempt,
    ByHand,
    CheckFailed,
    Claimed,
    Effect,
    Event,
    FenceMissed,
    HumanFound,
    HumanGaveUp,
    HumanProvedAbsent,
    NothingAccepted,
    NotThere,
    OutcomeLost,
    Prepared,
    Submission,
    SubmissionContract,
    SubmissionKind,
    SubmissionState,
    TheyAccepted,
    TheyRejected,
    is_due,
    may_send,
    silence,
    step,
)
from billing.usecases.recording import keep

ACCESS_PAUSE = timedelta(minutes=15)
"""After refused credentials the row waits this long; the platform itself is paused by the engine."""


class Carrier(Protocol):
    """Speaks to one platform about one kind of thing; made by the composition root from an adapter."""

    @property
    def contract(self) -> SubmissionContract:
        """What the platform promises."""

    @property
    def by_hand(self) -> bool:
        """A person carries what is prepared; nothing is sent."""

    def send(self, kind: SubmissionKind, parcel: Parcel) -> Acceptance:
        """Send, once."""

    def find(self, kind: SubmissionKind, parcel: Parcel) -> Presence:
        """Ask whether it is there; never write."""


class ParcelMaker(Protocol):
    """Gathers what a submission carries."""

    def __call__(self, uow: UnitOfWork, row: Submission) -> Parcel:
        """Make the parcel of a stored submission; the same row gives the same parcel."""


class CrashPoints(Protocol):
    """Lets tests stop the process between two steps; does nothing in production."""

    def __call__(self, point: str, /) -> None:
        """Pass a named point."""


def no_crash(_point: str) -> None:
    """Pass every point."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a submission in one turn.

    Attributes:
        effect: what the move asks the caller to do.
        act: the exchange that took place (`SEND`, `CHECK`), `NOTHING` when there was none.
        error: what the exchange met; None when it was answered.
        paused_by: set when its platform must pause at once.
    """

    state: SubmissionState
    effect: Effect = Effect.NOTHING
    act: Effect = Effect.NOTHING
    error: PlatformError | None = None

    @property
    def paused_by(self) -> PlatformError | None:
        """Give the error after which no other exchange with this platform makes sense."""
        return self.error if isinstance(self.error, AccessDenied | ContractChanged) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """What carrying needs; made once by the composition root.

    Attributes:
        owner_is_over: tells whether the owner of an older attempt is proven over (its process is dead:
            we hold the engine's lock; or its thread ended in this process).
    """

    open_books: OpenBooks
    clock: Clock
    make_parcel: ParcelMaker
    owner_is_over: "OwnerIsOver"
    crash_point: CrashPoints = no_crash


class OwnerIsOver(Protocol):
    """Knows which senders can send no more."""

    def __call__(self, owner: str) -> bool:
        """Tell whether this owner is proven over."""


def carry(
    engine: Engine, organisation_id: str, submission_id: str, *, owner: str, carrier: Carrier, today: date
) -> Outcome | None:
    """Take one turn on one submission.

    Returns:
        None when it is not due (somebody else has it, or it ended): harmless, a hint came twice.
    """
    taken = _take(engine, organisation_id, submission_id, owner=owner, carrier=carrier, today=today)
    if taken is None:
        return None
    row, effect, sender, parcel = taken
    engine.crash_point("after_claim")
    match effect:
        case Effect.SEND:
            event, error = _send(engine, row, owner=owner, carrier=carrier, parcel=parcel)
        case Effect.CHECK:
            event, error = _ask(engine, row, carrier=carrier, parcel=parcel, sender=sender)
        case _:
            return Outcome(state=row.state, effect=effect)
    engine.crash_point("before_conclude")
    act = Effect.NOTHING if isinstance(event, FenceMissed) else effect
    outcome = Outcome(state=row.state, act=act, error=error)
    return _conclude(engine, organisation_id, row, event, owner=owner, carrier=carrier, today=today, so_far=outcome)


Taken = tuple[Submission, Effect, str, Parcel]


def _take(
    engine: Engine, organisation_id: str, submission_id: str, *, owner: str, carrier: Carrier, today: date
) -> Taken | None:
    with engine.open_books(organisation_id, owner, read_only=True) as uow:
        row = uow.submissions.get(submission_id)
        if row is None or not is_due(row, engine.clock.now()):
            return None
        parcel = engine.make_parcel(uow, row)
    with engine.open_books(organisation_id, owner) as uow:
        row = uow.submissions.get(submission_id, lock=True)
        now = engine.clock.now()
        if row is None or not is_due(row, now):
            return None
        sender = _last_sender(uow, row)
        event: Event = (
            ByHand(reason="by_hand") if carrier.by_hand and row.state is SubmissionState.READY else Claimed(owner=owner)
        )
        after, effect = step(row, event, now, carrier.contract)
        keep(uow, row, after, type_=f"submission.{after.state}", on=today)
        if effect in {Effect.SEND, Effect.CHECK}:
            uow.attempts.add(_attempt(after, effect, owner, now))
        engine.crash_point("before_claim_commit")
        uow.commit()
    return after, effect, sender, parcel


def _last_sender(uow: UnitOfWork, row: Submission) -> str:
    sends = [item for item in uow.attempts.find(submission_id=row.id) if item.act == Effect.SEND]
    return max(sends, key=lambda item: (item.number, item.started_at)).owner if sends else ""


def _attempt(row: Submission, effect: Effect, owner: str, now: datetime) -> Attempt:
    number = row.attempt if effect is Effect.SEND else row.checks
    return Attempt(
        id=derive_id("attempt", row.id, effect, owner, now.isoformat()),
        submission_id=row.id,
        number=number,
        act=effect,
        owner=owner,
        started_at=now,
        send_by=row.send_by,
    )


def _send(
    engine: Engine, row: Submission, *, owner: str, carrier: Carrier, parcel: Parcel
) -> tuple[Event, PlatformError | None]:
    if not may_send(row, owner, engine.clock.now()):
        return FenceMissed(owner=owner), None
    engine.crash_point("before_send")
    try:
        answer = carrier.send(row.kind, parcel)
    except PlatformError as error:
        return _event_of(error), error
    finally:
        engine.crash_point("after_send")
    return TheyAccepted(reference=answer.reference, response_digest=answer.response_digest), None


def _event_of(error: PlatformError) -> Event:
    """Translate what a send raised; whatever is not surely "nothing accepted" leaves a doubt."""
    match error:
        case Refused():
            return TheyRejected(code=error.context.their_code or error.code, label=error.context.their_label)
        case RetryLater():
            return NothingAccepted(code=error.code, retry_after=error.retry_after)
        case AccessDenied():
            return NothingAccepted(code=error.code, retry_after=ACCESS_PAUSE)
        case NotSupported():
            return ByHand(reason="by_hand")
        case OutcomeUnknown() | ContractChanged() | _:
            return OutcomeLost(code=error.code)


def _ask(
    engine: Engine, row: Submission, *, carrier: Carrier, parcel: Parcel, sender: str
) -> tuple[Event, PlatformError | None]:
    engine.crash_point("before_check")
    try:
        presence = carrier.find(row.kind, parcel)
    except PlatformError as error:
        return CheckFailed(code=error.code), error
    finally:
        engine.crash_point("after_check")
    if presence.rejected:
        return TheyRejected(code=presence.code, label=presence.label, response_digest=presence.response_digest), None
    if presence.found:
        return TheyAccepted(reference=presence.reference, response_digest=presence.response_digest), None
    return NotThere(sender_over=engine.owner_is_over(sender)), None


def _conclude(
    engine: Engine,
    organisation_id: str,
    row: Submission,
    event: Event,
    *,
    owner: str,
    carrier: Carrier,
    today: date,
    so_far: Outcome,
) -> Outcome:
    with engine.open_books(organisation_id, owner) as uow:
        stored = uow.submissions.get(row.id, lock=True)
        if stored is None or stored.owner != owner or stored.attempt != row.attempt or stored.checks != row.checks:
            # Our lease ran out and somebody asked in our place: what they found stands, ours is in the attempt.
            return replace(so_far, state=stored.state if stored else row.state)
        now = engine.clock.now()
        after, effect = step(stored, _measured(uow, row, event, now), now, carrier.contract)
        apply(uow, stored, after, today=today)
        _close_attempt(uow, row, owner, event, now)
        engine.crash_point("before_conclude_commit")
        uow.commit()
    engine.crash_point("after_conclude")
    return replace(so_far, state=after.state, effect=effect)


def _measured(uow: UnitOfWork, row: Submission, event: Event, now: datetime) -> Event:
    """Say in an event without an answer for how many days there has been none."""
    if not isinstance(event, NothingAccepted | CheckFailed):
        return event
    return replace(event, silent_days=silence(uow.attempts.find(submission_id=row.id), now).days)


def _close_attempt(uow: UnitOfWork, row: Submission, owner: str, event: Event, now: datetime) -> None:
    digest = getattr(event, "response_digest", "")
    for attempt in uow.attempts.find(submission_id=row.id, owner=owner):
        if attempt.ended_at is None:
            uow.attempts.put(replace(attempt, ended_at=now, outcome=type(event).__name__, response_digest=digest))


def apply(uow: UnitOfWork, before: Submission, after: Submission, *, today: date) -> None:
    """Store a moved submission, and what it means for the thing that it carries."""
    keep(uow, before, after, type_=f"submission.{after.state}", on=today)
    if after.state == before.state or after.state not in {SubmissionState.ACCEPTED, SubmissionState.REJECTED}:
        return
    match after.kind:
        case SubmissionKind.CLAIM:
            claim = uow.claims.get(after.subject_id, lock=True)
            if claim is not None:
                keep(uow, claim, _claim_after(claim, after, today), type_=f"claim.{after.state}", on=today)
        case SubmissionKind.ATTENDANCE:
            statement = uow.attendance_statements.get(after.subject_id)
            if statement is not None and after.state is SubmissionState.ACCEPTED:
                uow.attendance_statements.put(replace(statement, sent_on=today))
        case SubmissionKind.REMUNERATION:
            variable = uow.payroll_variables.get(after.subject_id)
            if variable is not None:
                rejected = after.state is SubmissionState.REJECTED
                sent_on = variable.sent_on if rejected else today
                uow.payroll_variables.put(replace(variable, sent_on=sent_on, rejected=rejected))


def _claim_after(claim: Claim, row: Submission, today: date) -> Claim:
    if row.state is SubmissionState.REJECTED:
        moved = advance(claim, LifeState.REJECTED, reported=claim.state is not LifeState.DRAFT)
        return replace(moved, rejection_code=row.error_code, rejection_label=row.error_label)
    sent = replace(claim, sent_on=claim.sent_on or today, external_reference=row.external_reference)
    return advance(sent, LifeState.SUBMITTED) if claim.state is LifeState.DRAFT else sent


# --- what people decide ---------------------------------------------------------------------------------


def release(uow: UnitOfWork, submission_id: str, *, now: datetime, contract: SubmissionContract, today: date) -> None:
    """Line a draft up for sending, before the night's bulk (a person's click).

    Raises:
        IllegalTransition: it is no draft.
    """
    row = _locked(uow, submission_id)
    after, _effect = step(row, Prepared(), now, contract)
    apply(uow, row, replace(after, priority=0, not_before=now), today=today)


def decide(
    uow: UnitOfWork,
    submission_id: str,
    event: HumanFound | HumanProvedAbsent | HumanGaveUp,
    *,
    now: datetime,
    contract: SubmissionContract,
    today: date,
) -> Submission:
    """Write down what a person found out about a submission in state `human` (or in doubt, when found).

    What the person saw stands among the attempts: a silence of the platform ends there.

    Raises:
        IllegalTransition: a person has nothing to decide in this state.
    """
    row = _locked(uow, submission_id)
    after, _effect = step(row, event, now, contract)
    apply(uow, row, after, today=today)
    uow.attempts.add(
        replace(
            _attempt(after, Effect.ASK_HUMAN, uow.actor, now), ended_at=now, outcome=type(event).__name__, send_by=None
        )
    )
    return after


def _locked(uow: UnitOfWork, submission_id: str) -> Submission:
    row = uow.submissions.get(submission_id, lock=True)
    if row is None:
        raise IllegalTransition("submission_missing", row=submission_id)
    return row
