from collections.abc import Mapping
from typing import NoReturn

import pytest

from billing.errors import BrokenBooks, RetryLater
from billing.submission import SubmissionState
from tests.workers.rig import ORGANISATION, SLUG, FakePlatform, a_row, context, put_rows, rig
from workers import night, steps
from workers.bootstrap import Runtime
from workers.night import NightReport, run_night
from workers.steps import Night, Step


def nothing(_night: Night) -> Mapping[str, int]:
    return {"done": 1}


def broken(_night: Night) -> NoReturn:
    raise KeyError("a bug")


def broken_books(_night: Night) -> NoReturn:
    raise BrokenBooks("books_must_roll_back")


def unavailable(night_: Night) -> NoReturn:
    night_.tried.add("a")
    raise RetryLater("platform_unavailable", context=context("a"))


def answered(night_: Night) -> Mapping[str, int]:
    night_.tried.add("b")
    night_.answered.add("b")
    return {}


def run(runtime: Runtime, monkeypatch: pytest.MonkeyPatch, *made: Step) -> NightReport:
    monkeypatch.setattr(night, "STEPS", tuple((f"{number}", step) for number, step in enumerate(made)))
    return run_night(runtime, ORGANISATION, SLUG)


@pytest.mark.parametrize("step", [broken, broken_books])
def test_a_step_that_breaks_does_not_stop_the_others_and_the_night_fails(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, step: Step
) -> None:
    report = run(runtime, monkeypatch, nothing, step, nothing)
    assert [dict(item.counts) for item in report.steps] == [{"done": 1}, {"failed": 1}, {"done": 1}]
    assert [len(item.errors) for item in report.steps] == [0, 1, 0]
    assert report.exit_code == 1


def test_the_sentence_of_a_bug_names_the_step_and_shows_no_value(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    [sentence] = run(runtime, monkeypatch, broken).steps[0].errors
    assert "a bug" not in sentence
    assert "KeyError" in sentence


def test_a_night_after_which_nothing_waits_is_done(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(runtime, monkeypatch, nothing, answered).exit_code == 0


@pytest.mark.parametrize("state", [SubmissionState.HUMAN, SubmissionState.IN_DOUBT, SubmissionState.READY])
def test_something_that_waits_is_told_by_the_exit_code(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, state: SubmissionState
) -> None:
    put_rows(runtime, a_row("a", "k", state=state))
    report = run(runtime, monkeypatch, nothing)
    assert (report.waiting, report.exit_code) == (1, 3)


def test_a_night_in_which_no_platform_answered_says_so(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    put_rows(runtime, a_row("a", "k"))
    assert run(runtime, monkeypatch, unavailable).exit_code == 4
    assert run(runtime, monkeypatch, unavailable, answered).exit_code == 3


def test_a_failure_of_ours_is_told_before_anything_else(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    put_rows(runtime, a_row("a", "k"))
    assert run(runtime, monkeypatch, unavailable, broken).exit_code == 1


def test_a_night_on_empty_books_has_every_step_and_no_error(runtime: Runtime) -> None:
    report = run_night(runtime, ORGANISATION, SLUG)
    assert [step.name for step in report.steps] == [name for name, _step in night.STEPS]
    assert [step.errors for step in report.steps if step.errors] == []
    assert (report.waiting, report.due_tonight, report.exit_code) == (0, 0, 0)


def test_progress_says_when_each_step_begins_and_ends(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(night, "STEPS", (("one", nothing), ("two", broken)))
    told: list[tuple[str, int, str]] = []
    run_night(runtime, ORGANISATION, SLUG, progress=lambda *said: told.append(said))
    assert told == [("one", 0, "begin"), ("one", 1, "end"), ("two", 0, "begin"), ("two", 1, "end")]


def test_a_platform_whose_settings_cannot_work_fails_the_night_and_the_others_run(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    working = FakePlatform("b")
    rig(runtime, working)
    put_rows(runtime, a_row("nobody-knows-it", "a0"), a_row("b", "b0"))
    report = run(runtime, monkeypatch, steps.submit_due)
    assert working.received == ["b0"]
    assert report.steps[0].counts["failed"] == 1
    assert len(report.steps[0].errors) == 1
    assert report.exit_code == 1
