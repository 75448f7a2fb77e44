"""Never bill twice, never lose: the pure step function of a submission, and its transition table.

`step(row, event, now, contract) → (row, effect)` does no I/O. The workers, the crash-point test and the
simulator all run this same function. What it promises:

* whatever may have left is never sent again on absence alone;
* a row found in `sending` or `checking` after a crash leads to a question, never to a request that writes;
* each row ends accepted, rejected, or in front of a human.

A platform that is down or asks to slow down costs a row no attempt: what bounds that is a number of days on which
it gave no answer (`silence`), never a number of seconds.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from billing.errors import IllegalTransition


class SubmissionKind(StrEnum):
    """What is submitted; one engine carries them all."""

    CLAIM = "claim"
    ATTENDANCE = "attendance"
    REMUNERATION = "remuneration"


class SubmissionState(StrEnum):
    """Technical state of what leaves us."""

    DRAFT = "draft"
    READY = "ready"
    SENDING = "sending"
    IN_DOUBT = "in_doubt"
    CHECKING = "checking"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    HUMAN = "human"


TERMINAL_STATES = frozenset({SubmissionState.ACCEPTED, SubmissionState.REJECTED})
DUE_STATES = frozenset(
    {SubmissionState.READY, SubmissionState.SENDING, SubmissionState.IN_DOUBT, SubmissionState.CHECKING}
)


class Absence(StrEnum):
    """What a platform's "I do not know that reference" is worth (the contract of absence)."""

    REFUSES_DUPLICATES = "refuses_duplicates"
    """(a) It refuses or replays a second copy: sending again after the settle window is safe."""
    BOUNDED_LISTING = "bounded_listing"
    """(b) Its listing has a bounded delay: safe only when the sender is also proven over."""
    PROVES_NOTHING = "proves_nothing"
    """A human decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionContract:
    """What the engine must know of a platform; declared by its adapter, delays adjustable in the settings.

    Attributes:
        absence: the contract of absence.
        listing_delay: how long an accepted copy may stay invisible (the platform's declared delay).
        send_window: after the row is claimed, sending may start during this time (the fence).
        deadline: the whole request, from first byte to last.
        check_every: pause between two questions.
        retry_after: pause after nothing was taken, where the platform names none.
        attempts_max: sendings that may have arrived; beyond them a human decides.
        silent_days_max: days in a row on which the platform was tried and gave no answer; a human decides on that day.
    """

    absence: Absence
    listing_delay: timedelta = timedelta(seconds=300)
    send_window: timedelta = timedelta(seconds=20)
    deadline: timedelta = timedelta(seconds=30)
    check_every: timedelta = timedelta(seconds=60)
    retry_after: timedelta = timedelta(seconds=15)
    attempts_max: int = 20
    silent_days_max: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One thing to carry to one platform. Its id is stored before anything is sent.

    Attributes:
        business_key: what the platform must see once; unique by platform among rows that are not rejected.
        owner: run and thread that claimed the row; empty when nobody works on it.
        attempt: number of the last sending, 0 = never sent; one of which nothing was taken gives its number back.
        send_by: last instant at which the attempt may start to send (committed before the request leaves).
        lease_until: the owner must be over by then.
        settle_until: before it, absence means nothing.
        not_before: next instant at which the row is due.
        priority: 0 = a person's click, 10 = the night's bulk.
        human_reason: why a human must decide; empty otherwise.
    """

    id: str
    kind: SubmissionKind
    subject_id: str
    platform: str
    business_key: str
    state: SubmissionState
    not_before: datetime
    priority: int = 10
    attempt: int = 0
    checks: int = 0
    owner: str = ""
    send_by: datetime | None = None
    lease_until: datetime | None = None
    settle_until: datetime | None = None
    external_reference: str = ""
    error_code: str = ""
    error_label: str = ""
    human_reason: str = ""
    request_digest: str = ""
    response_digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One exchange with a platform about one submission; written before it starts, closed after it ended."""

    id: str
    submission_id: str
    number: int
    act: str
    owner: str
    started_at: datetime
    send_by: datetime | None
    ended_at: datetime | None = None
    outcome: str = ""
    request_digest: str = ""
    response_digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """How long a platform has given no answer about one submission.

    Attributes:
        since: first exchange without an answer; None = the last exchange had one.
        days: days (UTC) on which an exchange went without an answer, the present one included.
    """

    since: datetime | None
    days: int


def silence(attempts: Iterable[Attempt], now: datetime) -> Silence:
    """Measure a silence that goes on at `now`: exchanges without an answer since the last one that had one.

    An exchange that never ended (a crash) or never left (the fence) says nothing of the platform.
    """
    since: datetime | None = None
    days = {now.date()}
    for attempt in sorted(attempts, key=lambda item: item.started_at, reverse=True):
        if attempt.outcome in SILENT_OUTCOMES:
            since = attempt.started_at
            days.add(attempt.started_at.date())
        elif attempt.outcome not in {"", FenceMissed.__name__}:
            break
    return Silence(since=since, days=len(days))


# --- events ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Everything that is to be sent is stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A worker took the row under a lock; `now` was read after the lock was obtained."""

    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FenceMissed:
    """The owner found itself too late and did not send: provably unsent."""

    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TheyAccepted:
    """The platform accepted, by its answer or when asked."""

    reference: str
    response_digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TheyRejected:
    """The platform said no, by its answer or when asked."""

    code: str
    label: str = ""
    response_digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingAccepted:
    """The platform certainly took nothing (down, throttled, refused before reading, credentials).

    `silent_days`: see `Silence.days`.
    """

    code: str
    retry_after: timedelta | None = None
    silent_days: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeLost:
    """It may have been accepted."""

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotThere:
    """The platform does not know our reference. `sender_over`: the sender is proven to be over."""

    sender_over: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckFailed:
    """The question got no usable answer. `silent_days`: see `Silence.days`."""

    code: str
    silent_days: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ByHand:
    """The platform has no interface for this act: a person keys it in or deposits it."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanFound:
    """A person found it at the payer's, under this reference."""

    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanProvedAbsent:
    """A person proved that it is not there: it may be sent again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanGaveUp:
    """A person decided not to send it; it is rejected on our side."""

    reason: str


Event = (
    Prepared
    | Claimed
    | FenceMissed
    | TheyAccepted
    | TheyRejected
    | NothingAccepted
    | OutcomeLost
    | NotThere
    | CheckFailed
    | ByHand
    | HumanFound
    | HumanProvedAbsent
    | HumanGaveUp
)


SILENT_OUTCOMES = frozenset({NothingAccepted.__name__, OutcomeLost.__name__, CheckFailed.__name__})
"""Outcomes of attempts in which the platform gave no answer."""
SILENT = "platform_silent"
"""`human_reason` of a row of which nothing was ever taken: it may be sent again as it is."""


class Effect(StrEnum):
    """What the caller must do next, after it has committed the row."""

    NOTHING = "nothing"
    SEND = "send"
    """Send attempt `row.attempt`, if and only if the clock, read now, is not past `row.send_by`."""
    CHECK = "check"
    """Ask the platform by our reference; never write."""
    ASK_HUMAN = "ask_human"


S = SubmissionState
# The table: from a state, an event may lead to these states and no other. `step` obeys it, tests walk it.
TABLE: dict[tuple[SubmissionState, type], frozenset[SubmissionState]] = {
    (S.DRAFT, Prepared): frozenset({S.READY}),
    (S.DRAFT, ByHand): frozenset({S.HUMAN}),
    (S.DRAFT, HumanGaveUp): frozenset({S.REJECTED}),
    (S.READY, Claimed): frozenset({S.SENDING, S.HUMAN}),
    (S.READY, ByHand): frozenset({S.HUMAN}),
    (S.READY, HumanGaveUp): frozenset({S.REJECTED}),
    (S.SENDING, Claimed): frozenset({S.CHECKING}),
    (S.SENDING, FenceMissed): frozenset({S.READY}),
    (S.SENDING, TheyAccepted): frozenset({S.ACCEPTED}),
    (S.SENDING, TheyRejected): frozenset({S.REJECTED}),
    (S.SENDING, NothingAccepted): frozenset({S.READY, S.HUMAN}),
    (S.SENDING, OutcomeLost): frozenset({S.IN_DOUBT}),
    (S.SENDING, ByHand): frozenset({S.HUMAN}),
    (S.IN_DOUBT, Claimed): frozenset({S.CHECKING}),
    (S.IN_DOUBT, TheyAccepted): frozenset({S.ACCEPTED}),
    (S.IN_DOUBT, HumanFound): frozenset({S.ACCEPTED}),
    (S.CHECKING, Claimed): frozenset({S.CHECKING}),
    (S.CHECKING, TheyAccepted): frozenset({S.ACCEPTED}),
    (S.CHECKING, TheyRejected): frozenset({S.REJECTED}),
    (S.CHECKING, NotThere): frozenset({S.READY, S.IN_DOUBT, S.HUMAN}),
    (S.CHECKING, CheckFailed): frozenset({S.IN_DOUBT, S.HUMAN}),
    (S.HUMAN, TheyAccepted): frozenset({S.ACCEPTED}),
    (S.HUMAN, TheyRejected): frozenset({S.REJECTED}),
    (S.HUMAN, HumanFound): frozenset({S.ACCEPTED}),
    (S.HUMAN, HumanProvedAbsent): frozenset({S.READY}),
    (S.HUMAN, HumanGaveUp): frozenset({S.REJECTED}),
    # A platform may still turn down, days later, what it first took in (late silent rejection).
    (S.ACCEPTED, TheyRejected): frozenset({S.REJECTED}),
    # An event that comes late or twice about a row that already ended in the same way changes nothing.
    (S.ACCEPTED, TheyAccepted): frozenset({S.ACCEPTED}),
    (S.REJECTED, TheyRejected): frozenset({S.REJECTED}),
}


def is_due(row: Submission, now: datetime) -> bool:
    """Tell whether a worker may claim the row now."""
    if row.state in {S.SENDING, S.CHECKING}:
        return row.lease_until is not None and row.lease_until < now
    return row.state in {S.READY, S.IN_DOUBT} and row.not_before <= now


def may_send(row: Submission, owner: str, now: datetime) -> bool:
    """The fence: `now` is read after the claim is committed, just before the first byte."""
    return row.state is S.SENDING and row.owner == owner and row.send_by is not None and now <= row.send_by


def step(row: Submission, event: Event, now: datetime, contract: SubmissionContract) -> tuple[Submission, Effect]:
    """Move one submission by one event.

    Args:
        row: the stored row, read under the lock that will write it.
        event: what happened.
        now: the instant, read after the lock was obtained.
        contract: what the platform promises.

    Raises:
        IllegalTransition: the table has no such move, the row is not due, or the event is another owner's.
    """
    allowed = TABLE.get((row.state, type(event)))
    if allowed is None:
        raise IllegalTransition("submission_move_refused", row=row.id, state=row.state, event=type(event).__name__)
    after, effect = _HANDLERS[type(event)](row, event, now, contract)
    if after.state not in allowed:  # a hole in a handler stops here, before anything is written
        raise IllegalTransition("submission_move_refused", row=row.id, state=row.state, event=after.state)
    return after, effect


Handler = Callable[[Submission, "Event", datetime, SubmissionContract], tuple[Submission, Effect]]


def _rest(row: Submission, state: SubmissionState, **fields: object) -> Submission:
    """Put the row in a state in which nobody owns it."""
    return replace(row, state=state, owner="", send_by=None, lease_until=None, **fields)  # type: ignore[arg-type]


def _to_human(row: Submission, reason: str) -> tuple[Submission, Effect]:
    return _rest(row, S.HUMAN, human_reason=reason), Effect.ASK_HUMAN


def _prepared(
    row: Submission, _event: Event, _now: datetime, _contract: SubmissionContract
) -> tuple[Submission, Effect]:
    return replace(row, state=S.READY), Effect.NOTHING


def _claimed(row: Submission, event: Event, now: datetime, contract: SubmissionContract) -> tuple[Submission, Effect]:
    assert isinstance(event, Claimed)  # noqa: S101 - by construction of the table
    if not is_due(row, now):
        raise IllegalTransition("submission_not_due", row=row.id, state=row.state)
    if row.state is not S.READY:
        # It was sending, in doubt or being checked: it may be there. Ask, whatever happened to the owner.
        lease = now + contract.deadline + contract.send_window
        settle = row.settle_until or _settle_until(row, now, contract)
        taken = replace(
            row,
            state=S.CHECKING,
            owner=event.owner,
            lease_until=lease,
            settle_until=settle,
            checks=row.checks + 1,
        )
        return taken, Effect.CHECK
    if row.attempt >= contract.attempts_max:
        return _to_human(row, "attempts_exhausted")
    send_by = now + contract.send_window
    lease = send_by + contract.deadline
    taken = replace(
        row,
        state=S.SENDING,
        owner=event.owner,
        attempt=row.attempt + 1,
        checks=0,
        send_by=send_by,
        lease_until=lease,
        settle_until=lease + contract.listing_delay,
    )
    return taken, Effect.SEND


def _settle_until(row: Submission, now: datetime, contract: SubmissionContract) -> datetime:
    """Before this instant absence means nothing: send_by + the whole request + the platform's delay."""
    return (row.send_by or now) + contract.deadline + contract.listing_delay


def _owned(row: Submission, owner: str) -> None:
    if row.owner != owner:
        raise IllegalTransition("submission_not_owned", row=row.id, state=row.state)


def _fence_missed(
    row: Submission, event: Event, now: datetime, _contract: SubmissionContract
) -> tuple[Submission, Effect]:
    assert isinstance(event, FenceMissed)  # noqa: S101 - by construction of the table
    _owned(row, event.owner)
    return _rest(row, S.READY, attempt=row.attempt - 1, settle_until=None, not_before=now), Effect.NOTHING


def _they_accepted(
    row: Submission, event: Event, _now: datetime, _contract: SubmissionContract
) -> tuple[Submission, Effect]:
    assert isinstance(event, TheyAccepted)  # noqa: S101 - by construction of the table
    done = _rest(
        row,
        S.ACCEPTED,
        external_reference=event.reference or row.external_reference,
        response_digest=event.response_digest or row.response_digest,
        error_code="",
        error_label="",
        human_reason="",
    )
    return done, Effect.NOTHING


def _they_rejected(
    row: Submission, event: Event, _now: datetime, _contract: SubmissionContract
) -> tuple[Submission, Effect]:
    assert isinstance(event, TheyRejected)  # noqa: S101 - by construction of the table
    done = _rest(
        row,
        S.REJECTED,
        error_code=event.code,
        error_label=event.label,
        human_reason="",
        response_digest=event.response_digest or row.response_digest,
    )
    return done, Effect.NOTHING


def _nothing_accepted(
    row: Submission, event: Event, now: datetime, contract: SubmissionContract
) -> tuple[Submission, Effect]:
    assert isinstance(event, NothingAccepted)  # noqa: S101 - by construction of the table
    unsent = replace(row, attempt=row.attempt - 1, settle_until=None, error_code=event.code)
    if event.silent_days >= contract.silent_days_max:
        return _to_human(unsent, SILENT)
    pause = event.retry_after or contract.retry_after
    return _rest(unsent, S.READY, not_before=now + pause), Effect.NOTHING


def _outcome_lost(
    row: Submission, event: Event, now: datetime, contract: SubmissionContract
) -> tuple[Submission, Effect]:
    assert isinstance(event, OutcomeLost)  # noqa: S101 - by construction of the table
    settle = row.settle_until or _settle_until(row, now, contract)
    return (
        _rest(row, S.IN_DOUBT, settle_until=settle, not_before=now + contract.check_every, error_code=event.code),
        Effect.NOTHING,
    )


def _not_there(row: Submission, event: Event, now: datetime, contract: SubmissionContract) -> tuple[Submission, Effect]:
    assert isinstance(event, NotThere)  # noqa: S101 - by construction of the table
    if row.settle_until is None or now <= row.settle_until:
        wait = max(now + contract.check_every, row.settle_until or now)
        return _rest(row, S.IN_DOUBT, not_before=wait), Effect.NOTHING
    safe = contract.absence is Absence.REFUSES_DUPLICATES or (
        contract.absence is Absence.BOUNDED_LISTING and event.sender_over
    )
    if safe:
        return _rest(row, S.READY, settle_until=None, not_before=now), Effect.NOTHING
    return _to_human(row, "absence_proves_nothing")


def _check_failed(
    row: Submission, event: Event, now: datetime, contract: SubmissionContract
) -> tuple[Submission, Effect]:
    assert isinstance(event, CheckFailed)  # noqa: S101 - by construction of the table
    if event.silent_days >= contract.silent_days_max:
        return _to_human(replace(row, error_code=event.code), "checks_exhausted")
    return _rest(row, S.IN_DOUBT, not_before=now + contract.check_every, error_code=event.code), Effect.NOTHING


def _by_hand(row: Submission, event: Event, _now: datetime, _contract: SubmissionContract) -> tuple[Submission, Effect]:
    assert isinstance(event, ByHand)  # noqa: S101 - by construction of the table
    return _to_human(row, event.reason)


def _human_found(
    row: Submission, event: Event, now: datetime, contract: SubmissionContract
) -> tuple[Submission, Effect]:
    assert isinstance(event, HumanFound)  # noqa: S101 - by construction of the table
    return _they_accepted(row, TheyAccepted(reference=event.reference), now, contract)


def _human_proved_absent(
    row: Submission, _event: Event, now: datetime, _contract: SubmissionContract
) -> tuple[Submission, Effect]:
    return _rest(row, S.READY, settle_until=None, not_before=now, human_reason="", attempt=0), Effect.NOTHING


def _human_gave_up(
    row: Submission, event: Event, _now: datetime, _contract: SubmissionContract
) -> tuple[Submission, Effect]:
    assert isinstance(event, HumanGaveUp)  # noqa: S101 - by construction of the table
    return _rest(row, S.REJECTED, error_code="given_up", human_reason=event.reason), Effect.NOTHING


_HANDLERS: dict[type, Handler] = {
    Prepared: _prepared,
    Claimed: _claimed,
    FenceMissed: _fence_missed,
    TheyAccepted: _they_accepted,
    TheyRejected: _they_rejected,
    NothingAccepted: _nothing_accepted,
    OutcomeLost: _outcome_lost,
    NotThere: _not_there,
    CheckFailed: _check_failed,
    ByHand: _by_hand,
    HumanFound: _human_found,
    HumanProvedAbsent: _human_proved_absent,
    HumanGaveUp: _human_gave_up,
}
