from dataclasses import replace
from datetime import timedelta

import pytest

from billing.errors import AccessDenied, Misconfigured, OutcomeUnknown, QuitusError, RetryLater
from billing.ports import Parcel, Platform, Presence, UnitOfWork
from billing.submission import Submission, SubmissionState
from tests.workers.rig import ORGANISATION, SLUG, FakePlatform, a_row, context, put_rows, rig, states
from workers.bootstrap import Runtime
from workers.relay import Drained, EmbeddedEngine


def drain(runtime: Runtime) -> Drained:
    return EmbeddedEngine(runtime=runtime).drain(ORGANISATION, SLUG)


def test_everything_that_is_due_is_sent_once(runtime: Runtime) -> None:
    platform = FakePlatform("a")
    rig(runtime, platform, workers=4)
    put_rows(runtime, *(a_row("a", f"k{number}") for number in range(7)))
    result = drain(runtime)
    assert sorted(platform.received) == [f"k{number}" for number in range(7)]
    assert result.outcomes == {"accepted": 7}
    assert result.waiting == 0
    assert drain(runtime).turns == 0


def test_a_platform_that_refuses_our_credentials_pauses_alone(runtime: Runtime) -> None:
    def refuse(_parcel: Parcel) -> None:
        raise AccessDenied("access_denied", context=context("a"))

    closed, open_ = FakePlatform("a", refuse), FakePlatform("b")
    rig(runtime, closed, open_)
    put_rows(runtime, *(a_row(platform, f"{platform}{number}") for platform in "ab" for number in range(3)))
    result = drain(runtime)
    assert len(closed.received) == 1
    assert set(result.paused) == {"a"}
    assert sorted(open_.received) == ["b0", "b1", "b2"]
    assert states(runtime) == {"a0": "ready", "a1": "ready", "a2": "ready"} | dict.fromkeys(open_.received, "accepted")
    assert result.waiting == 3


def test_a_platform_whose_settings_cannot_work_pauses_alone(runtime: Runtime) -> None:
    working = FakePlatform("b")
    rig(runtime, working)
    put_rows(runtime, a_row("nobody-knows-it", "a0"), a_row("b", "b0"))
    result = drain(runtime)
    assert set(result.paused) == {"nobody-knows-it"}
    assert states(runtime) == {"a0": "ready", "b0": "accepted"}


def test_the_night_waits_for_what_becomes_due_soon(runtime: Runtime) -> None:
    platform = FakePlatform("a")
    clock = rig(runtime, platform)
    put_rows(runtime, a_row("a", "soon", due_in_seconds=40))
    assert drain(runtime).outcomes == {"accepted": 1}
    assert clock.waits == [40.0]


def test_the_night_waits_a_minute_in_all(runtime: Runtime) -> None:
    platform = FakePlatform("a")
    clock = rig(runtime, platform)
    put_rows(runtime, a_row("a", "first", due_in_seconds=40), a_row("a", "second", due_in_seconds=70))
    result = drain(runtime)
    assert clock.waits == [40.0]
    assert platform.received == ["first"]
    assert result.waiting == 1


def test_the_night_does_not_wait_for_a_platform_that_paused(runtime: Runtime) -> None:
    def refuse(_parcel: Parcel) -> None:
        raise AccessDenied("access_denied", context=context("a"))

    clock = rig(runtime, FakePlatform("a", refuse))
    put_rows(runtime, a_row("a", "now"), a_row("a", "soon", due_in_seconds=10))
    drain(runtime)
    assert clock.waits == []


def test_a_doubt_within_patience_is_asked_about_and_not_sent_again(runtime: Runtime) -> None:
    def lose(_parcel: Parcel) -> None:
        raise OutcomeUnknown("outcome_unknown", context=context("a"))

    platform = FakePlatform("a", lose)
    clock = rig(runtime, platform)
    put_rows(runtime, a_row("a", "lost"))
    result = drain(runtime)
    assert platform.received == ["lost"]
    assert states(runtime) == {"lost": "in_doubt"}  # asked about after a minute: with its margin, longer than patience
    assert clock.waits == []
    assert result.waiting == 1
    clock.wait(60)
    assert drain(runtime).outcomes == {"accepted": 1}
    assert platform.received == ["lost"]


def throttle(seconds: int | None) -> RetryLater:
    pause = None if seconds is None else timedelta(seconds=seconds)
    return RetryLater("platform_throttled", context=context("a"), retry_after=pause)


def test_a_platform_that_is_down_is_left_alone_after_a_few_failures_and_the_others_go_on(runtime: Runtime) -> None:
    def down(_parcel: Parcel) -> None:
        raise RetryLater("platform_unreachable", context=context("a"))

    dead, alive = FakePlatform("a", down), FakePlatform("b")
    clock = rig(runtime, dead, alive)
    put_rows(runtime, *(a_row(platform, f"{platform}{number:02}") for platform in "ab" for number in range(40)))
    result = drain(runtime)
    assert len(dead.received) == 8
    assert len(alive.received) == 40
    assert clock.waits == []
    assert set(result.paused) == {"a"}
    assert result.outcomes == {"ready": 8, "accepted": 40}
    dead.answer = lambda _parcel: None
    clock.wait(15)
    assert drain(runtime).outcomes == {"accepted": 40}  # the next run tries again, and nothing was used up


def test_a_platform_that_is_down_costs_half_a_minute_however_few_rows_it_has(runtime: Runtime) -> None:
    def down(_parcel: Parcel) -> None:
        raise RetryLater("platform_unreachable", context=context("a"))

    clock = rig(runtime, FakePlatform("a", down))
    put_rows(runtime, a_row("a", "only"))
    result = drain(runtime)
    assert sum(clock.waits) <= 31
    assert result.outcomes == {"ready": 1}
    assert set(result.paused) == {"a"}


def test_what_a_platform_asks_to_wait_holds_for_all_that_is_sent_to_it(runtime: Runtime) -> None:
    answers = iter([throttle(10), None, None])
    at: list[float] = []

    def sometimes(_parcel: Parcel) -> None:
        at.append(sum(clock.waits))
        if (error := next(answers)) is not None:
            raise error

    platform = FakePlatform("a", sometimes)
    clock = rig(runtime, platform)
    put_rows(runtime, a_row("a", "first"), a_row("a", "second"))
    result = drain(runtime)
    assert at == [0, 10, 10]
    assert result.outcomes == {"accepted": 2}
    assert result.paused == {}


def test_a_platform_that_asks_to_wait_longer_than_the_night_does_is_left_to_the_next_one(runtime: Runtime) -> None:
    def busy(_parcel: Parcel) -> None:
        raise throttle(3600)

    platform = FakePlatform("a", busy)
    clock = rig(runtime, platform)
    put_rows(runtime, a_row("a", "first"), a_row("a", "second"))
    result = drain(runtime)
    assert len(platform.received) == 1
    assert clock.waits == []
    assert set(result.paused) == {"a"}
    assert states(runtime) == {"first": "ready", "second": "ready"}


def test_a_platform_that_throttles_for_ever_brings_no_row_to_a_person_in_one_night(runtime: Runtime) -> None:
    def busy(_parcel: Parcel) -> None:
        raise throttle(1)

    platform = FakePlatform("a", busy)
    clock = rig(runtime, platform)
    put_rows(runtime, *(a_row("a", f"k{number}") for number in range(7)))
    for _ in range(30):
        drain(runtime)
        clock.wait(2)
    assert set(states(runtime).values()) == {"ready"}
    with runtime.books.open_books(ORGANISATION, "test", read_only=True) as uow:
        assert {row.attempt for row in uow.submissions.stream()} == {0}


class Losing(FakePlatform):
    """Takes what is sent, loses its answer, and is asked in vain while `mute`."""

    mute = False
    check_every = timedelta(seconds=60)

    @property
    def platform(self) -> Platform:
        told = super().platform
        return replace(told, contract=replace(told.contract, check_every=self.check_every))

    def find_claim(self, parcel: Parcel) -> Presence:
        if self.mute:
            raise RetryLater("platform_unavailable", context=context("a"), status=503)
        return super().find_claim(parcel)


def lose(_parcel: Parcel) -> None:
    raise OutcomeUnknown("platform_answer_lost", context=context("a"), reason="http_503")


def test_a_platform_that_loses_its_answers_is_sent_nothing_more_and_still_asked(runtime: Runtime) -> None:
    platform = Losing("a", lose)
    clock = rig(runtime, platform)
    put_rows(runtime, *(a_row("a", f"k{number:02}") for number in range(20)))
    result = drain(runtime)
    assert len(platform.received) == 8
    assert result.outcomes == {"in_doubt": 8}
    clock.wait(61)
    again = drain(runtime)
    assert again.outcomes["accepted"] == 8  # doubts are asked about first, then eight more are tried
    assert len(platform.received) == len(set(platform.received)) == 16


def test_what_a_platform_lost_is_asked_about_in_the_same_run_though_nothing_more_is_sent_to_it(
    runtime: Runtime,
) -> None:
    platform = Losing("a", lose)
    platform.check_every = timedelta(seconds=5)
    rig(runtime, platform)
    put_rows(runtime, *(a_row("a", f"k{number:02}") for number in range(20)))
    result = drain(runtime)
    assert result.outcomes == {"accepted": 8}
    assert len(platform.received) == 8
    assert set(result.paused) == {"a"}


def test_doubts_of_a_platform_that_says_nothing_are_counted_once_and_left_to_the_next_run(runtime: Runtime) -> None:
    platform = Losing("a", lose)
    platform.mute = True
    clock = rig(runtime, platform)
    doubt = SubmissionState.IN_DOUBT
    put_rows(runtime, *(a_row("a", f"k{number:02}", state=doubt, attempt=1) for number in range(5)))
    result = drain(runtime)
    assert result.outcomes == {"in_doubt": 5}
    assert result.turns <= 10
    assert sum(clock.waits) <= 60
    assert platform.received == []


@pytest.mark.parametrize("error", [KeyError("a bug"), Misconfigured("platform_settings_invalid")])
def test_an_error_that_is_no_platforms_stops_the_step_and_is_not_hidden(runtime: Runtime, error: Exception) -> None:
    def broken(uow: UnitOfWork, row: Submission) -> Parcel:
        raise error

    rig(runtime, FakePlatform("a"))
    runtime.engine = replace(runtime.engine, make_parcel=broken)
    put_rows(runtime, a_row("a", "k"))
    with pytest.raises((KeyError, QuitusError)) as raised:
        drain(runtime)
    assert raised.value is error
    assert states(runtime) == {"k": "ready"}
