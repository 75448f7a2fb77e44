"""The promise that lets someone sleep, walked exhaustively: state × event, and a crash anywhere."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.errors import IllegalTransition
from billing.submission import (
    TABLE,
    Absence,
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
    Silence,
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

NOW = datetime(2026, 11, 3, 22, 0, tzinfo=UTC)
ME = "run-1:a"
EVENTS: tuple[Event, ...] = (
    Prepared(),
    Claimed(owner=ME),
    FenceMissed(owner=ME),
    TheyAccepted(reference="R-1"),
    TheyRejected(code="X"),
    NothingAccepted(code="throttled"),
    NothingAccepted(code="throttled", retry_after=timedelta(hours=1)),
    NothingAccepted(code="throttled", silent_days=5),
    OutcomeLost(code="timeout"),
    NotThere(sender_over=True),
    NotThere(sender_over=False),
    CheckFailed(code="down"),
    CheckFailed(code="down", silent_days=5),
    ByHand(reason="by_hand"),
    HumanFound(reference="R-2"),
    HumanProvedAbsent(),
    HumanGaveUp(reason="wrong"),
)


def contract(absence: Absence = Absence.REFUSES_DUPLICATES, **changes: Any) -> SubmissionContract:
    return replace(SubmissionContract(absence=absence), **changes)


def row(state: SubmissionState = SubmissionState.READY, **changes: Any) -> Submission:
    base = Submission(
        id="s1",
        kind=SubmissionKind.CLAIM,
        subject_id="c1",
        platform="p",
        business_key="k",
        state=state,
        not_before=NOW - timedelta(seconds=1),
    )
    if state in {SubmissionState.SENDING, SubmissionState.CHECKING}:
        base = replace(
            base,
            owner=ME,
            attempt=1,
            send_by=NOW - timedelta(hours=2),
            lease_until=NOW - timedelta(hours=1),
            settle_until=NOW - timedelta(minutes=30),
        )
    return replace(base, **changes)


def test_every_pair_of_state_and_event_obeys_the_table() -> None:
    for state, event, absence in product(SubmissionState, EVENTS, Absence):
        start = row(state)
        allowed = TABLE.get((state, type(event)))
        if allowed is None:
            with pytest.raises(IllegalTransition):
                step(start, event, NOW, contract(absence))
            continue
        after, _effect = step(start, event, NOW, contract(absence))
        assert after.state in allowed


def test_only_an_unsent_row_is_ever_sent() -> None:
    for state, event in product(SubmissionState, EVENTS):
        if (state, type(event)) not in TABLE:
            continue
        _after, effect = step(row(state), event, NOW, contract())
        if effect is Effect.SEND:
            assert (state, type(event)) == (SubmissionState.READY, Claimed)


def test_a_crash_in_any_state_leads_to_a_question_never_to_a_send_unless_provably_unsent() -> None:
    for state in SubmissionState:
        crashed = row(state)
        if not is_due(crashed, NOW):
            continue
        after, effect = step(crashed, Claimed(owner="run-2:b"), NOW, contract())
        if state is SubmissionState.READY:
            assert effect is Effect.SEND
        else:
            assert (after.state, effect) == (SubmissionState.CHECKING, Effect.CHECK)


def test_a_row_found_in_checking_is_checked_again_and_not_sent() -> None:
    """The hole through which a prototype billed 67 of 3,600 invoices twice."""
    after, effect = step(row(SubmissionState.CHECKING), Claimed(owner="run-2:b"), NOW, contract())
    assert effect is Effect.CHECK
    assert after.attempt == 1


def test_a_row_with_a_living_lease_is_not_taken() -> None:
    busy = row(SubmissionState.SENDING, lease_until=NOW + timedelta(seconds=1))
    assert not is_due(busy, NOW)
    with pytest.raises(IllegalTransition):
        step(busy, Claimed(owner="run-2:b"), NOW, contract())


def test_the_fence_refuses_to_send_too_late_or_for_another_owner() -> None:
    taken, _effect = step(row(), Claimed(owner=ME), NOW, contract(send_window=timedelta(seconds=20)))
    assert may_send(taken, ME, NOW + timedelta(seconds=20))
    assert not may_send(taken, ME, NOW + timedelta(seconds=20, microseconds=1))
    assert not may_send(taken, "run-2:b", NOW)


def test_the_settle_window_counts_from_send_by_plus_the_whole_request_plus_the_platforms_delay() -> None:
    terms = contract(
        send_window=timedelta(seconds=20), deadline=timedelta(seconds=30), listing_delay=timedelta(seconds=300)
    )
    taken, _effect = step(row(), Claimed(owner=ME), NOW, terms)
    assert taken.settle_until == NOW + timedelta(seconds=350)


def test_absence_before_the_settle_window_means_nothing() -> None:
    checking = row(SubmissionState.CHECKING, settle_until=NOW + timedelta(seconds=10))
    after, effect = step(checking, NotThere(sender_over=True), NOW, contract())
    assert (after.state, effect) == (SubmissionState.IN_DOUBT, Effect.NOTHING)
    assert after.not_before >= NOW + timedelta(seconds=10)


@pytest.mark.parametrize(
    ("absence", "sender_over", "state"),
    [
        (Absence.REFUSES_DUPLICATES, False, SubmissionState.READY),
        (Absence.BOUNDED_LISTING, True, SubmissionState.READY),
        (Absence.BOUNDED_LISTING, False, SubmissionState.HUMAN),
        (Absence.PROVES_NOTHING, True, SubmissionState.HUMAN),
    ],
)
def test_absence_allows_a_resend_only_under_its_contract(
    absence: Absence, *, sender_over: bool, state: SubmissionState
) -> None:
    after, _effect = step(row(SubmissionState.CHECKING), NotThere(sender_over=sender_over), NOW, contract(absence))
    assert after.state is state


def test_a_lost_answer_leaves_the_submission_in_doubt() -> None:
    taken, _effect = step(row(), Claimed(owner=ME), NOW, contract())
    after, effect = step(taken, OutcomeLost(code="timeout"), NOW, contract())
    assert (after.state, effect) == (SubmissionState.IN_DOUBT, Effect.NOTHING)
    assert after.settle_until == taken.settle_until


def test_a_missed_fence_gives_the_attempt_back() -> None:
    taken, _effect = step(row(), Claimed(owner=ME), NOW, contract())
    after, _effect = step(taken, FenceMissed(owner=ME), NOW, contract())
    assert (after.state, after.attempt, after.settle_until) == (SubmissionState.READY, 0, None)


def test_too_many_sendings_that_may_have_arrived_end_in_front_of_a_human() -> None:
    after, effect = step(row(attempt=20), Claimed(owner=ME), NOW, contract())
    assert (after.state, effect) == (SubmissionState.HUMAN, Effect.ASK_HUMAN)


def test_a_platform_that_takes_nothing_costs_no_attempt_however_often_it_is_tried_in_a_day() -> None:
    state, now = row(), NOW
    for _ in range(200):
        state, effect = step(state, Claimed(owner=ME), now, contract())
        assert effect is Effect.SEND
        state, _effect = step(state, NothingAccepted(code="throttled"), now, contract())
        assert (state.state, state.attempt, state.settle_until) == (SubmissionState.READY, 0, None)
        now = state.not_before


def test_what_a_platform_asks_to_wait_is_waited_and_else_its_contract_says() -> None:
    taken, _effect = step(row(), Claimed(owner=ME), NOW, contract())
    told, _effect = step(taken, NothingAccepted(code="x", retry_after=timedelta(hours=2)), NOW, contract())
    assert told.not_before == NOW + timedelta(hours=2)
    untold, _effect = step(taken, NothingAccepted(code="x"), NOW, contract(retry_after=timedelta(seconds=15)))
    assert untold.not_before == NOW + timedelta(seconds=15)


@pytest.mark.parametrize(("days", "state"), [(4, SubmissionState.READY), (5, SubmissionState.HUMAN)])
def test_nothing_taken_for_days_is_seen_by_a_human_and_may_be_sent_again_as_it_is(
    days: int, state: SubmissionState
) -> None:
    taken, _effect = step(row(), Claimed(owner=ME), NOW, contract())
    after, _effect = step(taken, NothingAccepted(code="down", silent_days=days), NOW, contract())
    assert (after.state, after.attempt, after.settle_until) == (state, 0, None)
    assert after.human_reason == ("platform_silent" if state is SubmissionState.HUMAN else "")


@pytest.mark.parametrize(("days", "state"), [(4, SubmissionState.IN_DOUBT), (5, SubmissionState.HUMAN)])
def test_a_doubt_that_cannot_be_asked_about_for_days_is_seen_by_a_human_and_stays_a_doubt(
    days: int, state: SubmissionState
) -> None:
    checking = row(SubmissionState.CHECKING, checks=999)
    after, _effect = step(checking, CheckFailed(code="down", silent_days=days), NOW, contract())
    assert after.state is state
    assert after.human_reason == ("checks_exhausted" if state is SubmissionState.HUMAN else "")


def exchange(outcome: str, *, days_ago: int = 0, hours_ago: int = 0, act: str = "send") -> Attempt:
    begun = NOW - timedelta(days=days_ago, hours=hours_ago)
    return Attempt(
        id=f"{outcome}{days_ago}{hours_ago}",
        submission_id="s1",
        number=1,
        act=act,
        owner=ME,
        started_at=begun,
        send_by=None,
        ended_at=begun if outcome else None,
        outcome=outcome,
    )


@pytest.mark.parametrize(
    ("attempts", "since_days", "days"),
    [
        ([], None, 1),
        ([exchange("NothingAccepted"), exchange("NothingAccepted", hours_ago=3)], 0, 1),
        ([exchange("NothingAccepted", days_ago=ago) for ago in (1, 2, 3, 4)], 4, 5),
        ([exchange("OutcomeLost", days_ago=9), exchange("CheckFailed", days_ago=2, act="check")], 9, 3),
        ([exchange("NothingAccepted", days_ago=7), exchange("NotThere", days_ago=2, act="check")], None, 1),
        (
            [exchange("NothingAccepted", days_ago=7), exchange("HumanProvedAbsent", days_ago=1, act="ask_human")],
            None,
            1,
        ),
        (
            [exchange("NothingAccepted", days_ago=3), exchange("", days_ago=2), exchange("FenceMissed", days_ago=1)],
            3,
            2,
        ),
    ],
    ids=["none", "one day", "five days", "lost, then mute", "answered since", "a person saw", "crash and fence"],
)
def test_a_silence_counts_the_days_without_an_answer_since_the_last_one(
    attempts: list[Attempt], since_days: int | None, days: int
) -> None:
    found = silence(attempts, NOW)
    assert found.days == days
    assert (found.since is None) == (since_days is None)
    if found.since is not None and since_days is not None:
        assert (NOW - found.since).days == since_days
    assert isinstance(found, Silence)


class Platform:
    """A virtual platform: what it took, and whether it refuses a second copy."""

    def __init__(self, *, unique: bool) -> None:
        self.unique = unique
        self.taken = 0
        self.pending: list[datetime] = []

    def receive(self, at: datetime, late: timedelta) -> None:
        self.pending.append(at + late)

    def settle(self, now: datetime) -> None:
        for due in [moment for moment in self.pending if moment <= now]:
            self.pending.remove(due)
            if not (self.unique and self.taken):
                self.taken += 1


FATES = ("accept", "accept_then_hang", "late_accept", "drop", "refuse", "crash_before", "crash_after", "stall")


@settings(max_examples=400, deadline=None)
@given(
    fates=st.lists(st.sampled_from(FATES), min_size=1, max_size=12),
    answers=st.lists(st.sampled_from(["true", "true", "down", "crash"]), min_size=1, max_size=12),
    absence=st.sampled_from([Absence.REFUSES_DUPLICATES, Absence.BOUNDED_LISTING, Absence.PROVES_NOTHING]),
)
def test_whatever_dies_or_lies_the_platform_takes_it_at_most_once(
    fates: list[str], answers: list[str], absence: Absence
) -> None:
    """A deterministic simulation with a virtual clock: crashes, stalls, lost answers, late acceptances."""
    terms = contract(absence, listing_delay=timedelta(seconds=60))
    platform = Platform(unique=absence is Absence.REFUSES_DUPLICATES)
    state = row()
    now = NOW
    for turn in range(60):
        if state.state in {SubmissionState.ACCEPTED, SubmissionState.REJECTED, SubmissionState.HUMAN}:
            break
        now += timedelta(seconds=45)
        platform.settle(now)
        if not is_due(state, now):
            continue
        owner = f"run:{turn}"
        state, effect = step(state, Claimed(owner=owner), now, terms)
        if effect is Effect.SEND:
            state, now = _send(state, owner, platform, fates[turn % len(fates)], now, terms)
        elif effect is Effect.CHECK:
            state = _ask(state, platform, answers[turn % len(answers)], now, terms)
    platform.settle(now + timedelta(days=1))
    assert platform.taken <= 1
    if state.state is SubmissionState.ACCEPTED:
        assert platform.taken == 1


def _send(
    state: Submission, owner: str, platform: Platform, fate: str, now: datetime, terms: SubmissionContract
) -> tuple[Submission, datetime]:
    if fate == "stall":
        now += timedelta(minutes=10)
    if fate == "crash_before":
        return state, now
    if not may_send(state, owner, now):
        return step(state, FenceMissed(owner=owner), now, terms)[0], now
    if fate == "refuse":
        return step(state, NothingAccepted(code="throttled"), now, terms)[0], now
    if fate != "drop":
        late = timedelta(seconds=50) if fate == "late_accept" else timedelta(0)
        platform.receive(now, late)
        platform.settle(now)
    if fate == "crash_after":
        return state, now
    if fate == "accept":
        return step(state, TheyAccepted(reference="R"), now, terms)[0], now
    return step(state, OutcomeLost(code="timeout"), now + terms.deadline, terms)[0], now


def _ask(state: Submission, platform: Platform, answer: str, now: datetime, terms: SubmissionContract) -> Submission:
    if answer == "crash":
        return state
    if answer == "down":
        return step(state, CheckFailed(code="down"), now, terms)[0]
    if platform.taken:
        return step(state, TheyAccepted(reference="R"), now, terms)[0]
    return step(state, NotThere(sender_over=True), now, terms)[0]
