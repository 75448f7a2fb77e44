from collections.abc import Mapping
from typing import NoReturn

import pytest

from billing.anomaly import Anomaly, AnomalySeverity, AnomalyState
from billing.errors import BrokenBooks, OutcomeUnknown, RetryLater
from billing.ports import Parcel
from billing.submission import SubmissionState
from tests.workers.rig import NOW, ORGANISATION, SLUG, FakePlatform, a_row, context, put_rows, rig
from workers import night, platform_steps
from workers.bootstrap import Runtime
from workers.night import NightReport, run_night
from workers.shift import Night, Step


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


def an_anomaly(state: AnomalyState) -> Anomaly:
    return Anomaly(
        id="a1",
        code="receivable_overdue",
        fingerprint="f1",
        severity=AnomalySeverity.MEDIUM,
        subject_kind="claim",
        subject_id="c1",
        state=state,
        evidence=(),
        first_seen_on=NOW.date(),
        last_seen_on=NOW.date(),
    )


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


@pytest.mark.parametrize(
    "state", [SubmissionState.HUMAN, SubmissionState.IN_DOUBT, SubmissionState.READY, SubmissionState.DRAFT]
)
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


def test_a_platform_whose_settings_cannot_work_waits_for_a_person_and_the_others_run(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    working = FakePlatform("b")
    rig(runtime, working)
    put_rows(runtime, a_row("nobody-knows-it", "a0"), a_row("b", "b0"))
    report = run(runtime, monkeypatch, platform_steps.submit_due)
    assert working.received == ["b0"]
    assert report.waiting_for["settings"] == 1
    assert len(report.steps[0].errors) == 1
    assert report.exit_code == 3


def test_a_night_in_which_no_platform_could_be_asked_for_want_of_settings_says_so(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig(runtime)
    put_rows(runtime, a_row("chorus-pro", "a0"))
    report = run(runtime, monkeypatch, platform_steps.submit_due, platform_steps.follow_platforms)
    told = [sentence for step in report.steps for sentence in step.errors]
    assert len(told) == 1
    assert "base_url, token_url, QUITUS_ACME_CHORUS_PRO_CLIENT_ID, QUITUS_ACME_CHORUS_PRO_CLIENT_SECRET" in told[0]
    assert "[organisations.acme.platforms.chorus-pro]" in told[0]
    assert report.paused == {"chorus-pro": told[0]}
    assert report.exit_code == 5


@pytest.mark.parametrize("error", ["throttled", "lost"])
def test_a_platform_that_took_nothing_is_told_once_with_what_waits(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, error: str
) -> None:
    def answer(_parcel: Parcel) -> NoReturn:
        if error == "lost":
            raise OutcomeUnknown("platform_answer_lost", context=context("a"), reason="http_503")
        raise RetryLater("platform_throttled", context=context("a"), status=429)

    rig(runtime, FakePlatform("a", answer))
    put_rows(runtime, *(a_row("a", f"k{number:02}") for number in range(20)))
    report = run(runtime, monkeypatch, platform_steps.submit_due)
    [sentence] = report.steps[0].errors
    assert sentence.startswith("a est laissée de côté pour cette nuit : ")
    assert ("Envois dont la réponse s’est perdue : 8" in sentence) == (error == "lost")
    assert f"Envois prêts : {12 if error == 'lost' else 20}" in sentence
    assert report.steps[0].counts["in_doubt" if error == "lost" else "ready"] == 8
    assert (report.platforms_tried, report.platforms_answered, report.exit_code) == (1, 0, 4)


def test_a_file_written_here_is_no_platform_that_answered(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(_parcel: Parcel) -> NoReturn:
        raise RetryLater("platform_unreachable", context=context("a"))

    rig(runtime, FakePlatform("a", down), FakePlatform("files", answers=False))
    put_rows(runtime, a_row("a", "k"), a_row("files", "f"))
    report = run(runtime, monkeypatch, platform_steps.submit_due)
    assert report.steps[0].counts["accepted"] == 1
    assert report.exit_code == 4


@pytest.mark.parametrize("what", ["files", "blocked", "bank_lines", "gaps"])
def test_what_a_step_leaves_to_a_person_is_told_by_the_exit_code(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    def left(night_: Night) -> Mapping[str, int]:
        night_.found[what] = 2
        return {}

    report = run(runtime, monkeypatch, left)
    assert (report.waiting_for, report.waiting, report.exit_code) == ({what: 2}, 2, 3)


@pytest.mark.parametrize(
    ("state", "code"), [(AnomalyState.NEW, 3), (AnomalyState.WAITING, 3), (AnomalyState.RESOLVED, 0)]
)
def test_an_open_anomaly_waits_for_a_person(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, state: AnomalyState, code: int
) -> None:
    with runtime.books.open_books(ORGANISATION, "test") as uow:
        uow.anomalies.add(an_anomaly(state))
        uow.commit()
    assert run(runtime, monkeypatch, nothing).exit_code == code
