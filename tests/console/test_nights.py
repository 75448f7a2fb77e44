"""What the runs of earlier nights tell: since when a platform has been paused."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from billing.journal import Plain
from console import nights
from integrations.database.runs import NightRun, NightRuns, RunState
from tests.homes import Quitus
from workers.bootstrap import build
from workers.night import NightReport


def a_run(day: int, *paused: str, ended: bool = True) -> NightRun:
    begun = datetime(2020, 11, day, 1, 0, tzinfo=UTC)
    end: dict[str, Plain] = {"name": "end", "paused": list(paused)}
    return NightRun(
        id=str(day),
        slot=f"night:{day}",
        requested_by="command",
        state=RunState.DONE,
        owner="r",
        filed_at=begun,
        started_at=begun,
        ended_at=begun,
        steps=(end,) if ended else (),
    )


@pytest.mark.parametrize(
    ("runs", "days"),
    [
        ([], {}),
        ([a_run(5)], {}),
        ([a_run(5, "chorus-pro")], {"chorus-pro": 5}),
        ([a_run(5, "chorus-pro"), a_run(4, "chorus-pro"), a_run(3), a_run(2, "chorus-pro")], {"chorus-pro": 4}),
        ([a_run(5, "chorus-pro"), a_run(4, ended=False), a_run(3, "chorus-pro")], {"chorus-pro": 3}),
        ([a_run(5), a_run(4, "chorus-pro")], {}),
        ([a_run(5, "a", "b"), a_run(4, "a"), a_run(3, "a", "b")], {"a": 3, "b": 5}),
    ],
    ids=["no night", "answers", "once", "broken off", "a night that was only asked for", "again", "each its own"],
)
def test_a_platform_is_paused_since_the_first_of_the_nights_that_follow_without_a_break(
    cli: Quitus, home: Path, monkeypatch: pytest.MonkeyPatch, runs: list[NightRun], days: dict[str, int]
) -> None:
    monkeypatch.setattr(NightRuns, "last_runs", lambda _self: runs)
    with build(environment={"QUITUS_HOME": str(home)}) as runtime:
        organisation_id, slug = runtime.organisation()
        found = nights.paused_since(runtime, organisation_id)
        report = NightReport(organisation=slug, day=runtime.clock.today(), paused=dict.fromkeys(days, "…"))
        nights._note_long_pauses(runtime, organisation_id, report)
    assert {code: begun.day for code, begun in found.items()} == days
    assert len(report.notes) == len(days)  # all of these nights are past
    if "chorus-pro" in days:
        [note] = report.notes
        assert note.startswith(
            f"Chorus Pro ne répond plus utilement depuis la nuit du {days['chorus-pro']:02}/11/2020."
        )


def test_a_pause_of_this_night_alone_is_no_long_one(cli: Quitus, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with build(environment={"QUITUS_HOME": str(home)}) as runtime:
        organisation_id, slug = runtime.organisation()
        now = runtime.clock.now()
        run = a_run(1, "chorus-pro")
        tonight = NightRun(**{name: getattr(run, name) for name in run.__slots__} | {"started_at": now})
        monkeypatch.setattr(NightRuns, "last_runs", lambda _self: [tonight])
        report = NightReport(organisation=slug, day=runtime.clock.today(), paused={"chorus-pro": "…"})
        nights._note_long_pauses(runtime, organisation_id, report)
        assert report.notes == []
