"""A run of the night is filed once, taken by one process, and shows how far it is."""

import pytest

from billing.errors import Conflict, NotFound
from integrations.database import Books
from integrations.database.runs import NightRuns, RunState


@pytest.fixture
def runs(books: Books) -> NightRuns:
    return NightRuns(books, "org")


def test_a_slot_is_filed_once_however_often_it_is_asked_for(runs: NightRuns) -> None:
    first = runs.file_run("night:2026-09-30", "schedule")
    assert runs.file_run("night:2026-09-30", "user:claire") == first
    assert (first.state, first.requested_by, first.steps) == (RunState.FILED, "schedule", ())
    assert runs.last_runs() == [first]


def test_a_run_is_taken_once(runs: NightRuns) -> None:
    filed = runs.file_run("a", "test")
    taken = runs.take_run("one")
    assert taken is not None
    assert (taken.id, taken.owner, taken.state) == (filed.id, "one", RunState.RUNNING)
    assert taken.started_at is not None
    assert runs.take_run("two") is None


def test_the_run_of_a_dead_process_is_taken_again(runs: NightRuns) -> None:
    run = runs.file_run("a", "test")
    runs.take_run("dead")
    runs.update_step(run.id, "dead", "import", state="done", rows=3)
    again = runs.take_run("alive", orphans=True)
    assert again is not None
    assert (again.owner, again.steps) == ("alive", ({"name": "import", "state": "done", "rows": 3},))
    with pytest.raises(Conflict):
        runs.update_step(run.id, "dead", "import", rows=4)


def test_steps_keep_their_order_and_what_was_said_of_them(runs: NightRuns) -> None:
    run = runs.file_run("a", "test")
    runs.take_run("one")
    runs.update_step(run.id, "one", "import", state="running", done=0, of=10)
    runs.update_step(run.id, "one", "bank", state="running")
    runs.update_step(run.id, "one", "import", done=10, state="done")
    runs.end_run(run.id, "one", RunState.DONE)
    read = runs.read_run(run.id)
    assert read.steps == (
        {"name": "import", "state": "done", "done": 10, "of": 10},
        {"name": "bank", "state": "running"},
    )
    assert read.state is RunState.DONE
    assert read.ended_at is not None
    with pytest.raises(Conflict):
        runs.update_step(run.id, "one", "late", done=1)


def test_an_unknown_run_is_not_found(runs: NightRuns) -> None:
    with pytest.raises(NotFound):
        runs.read_run("nobody")
