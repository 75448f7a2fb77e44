from dataclasses import replace

import pytest

from billing.errors import AccessDenied, Misconfigured, OutcomeUnknown, QuitusError
from billing.ports import Parcel, UnitOfWork
from billing.submission import Submission
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
