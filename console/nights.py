"""Run a night under the engine's lock, show its progress and its report."""

import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from billing.errors import Locked
from billing.journal import Plain
from console.cli.frame import say
from console.technical_log import technical_log
from integrations.database.runs import NightRun, NightRuns, RunState
from workers.bootstrap import Runtime
from workers.catalogue import named
from workers.clock import PARIS
from workers.lock import engine_lock
from workers.night import NightReport, StepReport, run_night

FOLLOW_SECONDS = 0.5
ENGINE_LOCKED = "engine_locked"
REPORT_COUNTS = ("due_tonight", "platforms_tried", "platforms_answered", "misconfigured")
WAITING = "waiting_"
"""Before the name of what waits, among the facts of a run's end."""


def run(runtime: Runtime, slug: str | None, *, quiet: bool) -> NightReport:
    """Run tonight's night; where another engine holds the lock, ask it for one and follow it to its end."""
    organisation_id, name = runtime.organisation(slug)
    runs = NightRuns(runtime.books, organisation_id)
    begun = runtime.clock.now()
    try:
        with engine_lock(runtime.settings.lock_file), technical_log(runtime.settings.home):
            return _run_here(runtime, runs, organisation_id, name, quiet=quiet)
    except Locked as error:
        if error.code != ENGINE_LOCKED:
            raise
    say("Un moteur travaille déjà dans ce dossier : cette nuit lui est confiée, son compte rendu suivra.")
    asked = runs.file_run(f"asked:{runtime.clock.today()}:{runtime.run_id}", "command")
    while True:
        told = _ended_since(runs, begun)
        if told is not None and runs.read_run(asked.id).ended_at is not None:
            return _as_told(runtime, organisation_id, told, name)
        try:
            with engine_lock(runtime.settings.lock_file), technical_log(runtime.settings.home):
                return _take_over(runtime, runs, organisation_id, name, begun, quiet=quiet)
        except Locked as error:
            if error.code != ENGINE_LOCKED:
                raise
        runtime.clock.wait(FOLLOW_SECONDS)


def _take_over(
    runtime: Runtime, runs: NightRuns, organisation_id: str, slug: str, begun: datetime, *, quiet: bool
) -> NightReport:
    """The other engine has ended: tell what it did, or do it where it died on the way."""
    told = _ended_since(runs, begun)
    if told is None:
        return _run_here(runtime, runs, organisation_id, slug, quiet=quiet)
    for run_ in _take_all(runtime, runs):
        runs.end_run(run_, runtime.run_id, RunState.DONE)
    return _as_told(runtime, organisation_id, told, slug)


def _ended_since(runs: NightRuns, begun: datetime) -> NightRun | None:
    """Give the newest run that did its work to the end after an instant."""
    ended = [item for item in runs.last_runs() if item.state is RunState.DONE and _is_whole(item)]
    newest = max(ended, key=lambda item: item.ended_at or begun, default=None)
    return newest if newest is not None and newest.ended_at is not None and newest.ended_at >= begun else None


def _is_whole(run_: NightRun) -> bool:
    """A run that was only asked for, or that died on the way, was ended by the one that did its work."""
    return any(step["name"] == "end" for step in run_.steps)


def _take_all(runtime: Runtime, runs: NightRuns) -> list[str]:
    """Take every run that waits or whose process died: this process has the lock, nobody else works on one."""
    taken = []
    while (found := runs.take_run(runtime.run_id, orphans=True)) is not None:
        taken.append(found.id)
    return taken


def _run_here(runtime: Runtime, runs: NightRuns, organisation_id: str, slug: str, *, quiet: bool) -> NightReport:
    filed = runs.file_run(f"night:{runtime.clock.today()}:{runtime.run_id}", "command")
    others = [id_ for id_ in _take_all(runtime, runs) if id_ != filed.id]
    live = _live_progress(quiet=quiet)

    def tell(step: str, count: int, phase: str) -> None:
        live(step, count, phase)
        if phase != "move":
            runs.update_step(filed.id, runtime.run_id, step, state=phase, done=count)

    state = RunState.FAILED
    try:
        report = run_night(runtime, organisation_id, slug, progress=tell)
        for step in report.steps:
            facts = {f"count_{key}": value for key, value in step.counts.items()}
            runs.update_step(
                filed.id,
                runtime.run_id,
                step.name,
                milliseconds=int(step.seconds * 1000),
                errors=list(step.errors),
                **facts,
            )
        runs.update_step(filed.id, runtime.run_id, "end", **_end_facts(report))
        _note_long_pauses(runtime, organisation_id, report)
        state = RunState.FAILED if report.failed else RunState.DONE
    finally:
        # A run that died, or was asked for before this one began: this very night has done its work.
        for id_ in (filed.id, *others):
            runs.end_run(id_, runtime.run_id, state)
    return report


def _as_told(runtime: Runtime, organisation_id: str, run_: NightRun, slug: str) -> NightReport:
    """Tell what another engine's night did."""
    report = NightReport(organisation=slug, day=runtime.clock.today())
    for step in run_.steps:
        facts = dict(step)
        if facts["name"] == "end":
            for name in REPORT_COUNTS:
                setattr(report, name, int(str(facts.get(name, 0))))
            report.waiting_for = {
                key.removeprefix(WAITING): int(str(count)) for key, count in facts.items() if key.startswith(WAITING)
            }
            report.paused = dict(zip(_list(facts, "paused"), _list(facts, "paused_texts"), strict=True))
            continue
        counts = {
            key.removeprefix("count_"): int(str(value)) for key, value in facts.items() if key.startswith("count_")
        }
        errors = facts.get("errors")
        report.steps.append(
            StepReport(
                name=str(facts["name"]),
                seconds=int(str(facts.get("milliseconds", 0))) / 1000,
                counts=counts,
                errors=tuple(errors) if isinstance(errors, list) else (),
            )
        )
    _note_long_pauses(runtime, organisation_id, report)
    return report


def _note_long_pauses(runtime: Runtime, organisation_id: str, report: NightReport) -> None:
    """Say of each platform that is paused for more than this night since when, and what a person should do."""
    today = runtime.clock.now().astimezone(PARIS).date()
    for code, begun_at in sorted(paused_since(runtime, organisation_id).items()):
        since = begun_at.astimezone(PARIS).date()
        if code in report.paused and since < today:
            values = {"platform": code, "since": f"{since:%d/%m/%Y}"}
            report.notes.append(runtime.texts.sentence("findings", "platform_paused_since", values))


def _end_facts(report: NightReport) -> dict[str, Plain]:
    facts: dict[str, Plain] = {name: getattr(report, name) for name in REPORT_COUNTS}
    facts |= {f"{WAITING}{name}": count for name, count in report.waiting_for.items()}
    return facts | {"paused": list(report.paused), "paused_texts": list(report.paused.values())}


def _list(facts: Mapping[str, Plain], name: str) -> list[str]:
    found = facts.get(name)
    return list(found) if isinstance(found, list) else []


def paused_since(runtime: Runtime, organisation_id: str) -> dict[str, datetime]:
    """Tell since which night each platform has been paused without a break; nothing for one that answers again."""
    since: dict[str, datetime] = {}
    still: set[str] | None = None
    for run_ in NightRuns(runtime.books, organisation_id).last_runs():
        ends = [step for step in run_.steps if step["name"] == "end"]
        if not ends or run_.started_at is None:
            continue
        paused = set(_list(ends[0], "paused"))
        still = paused if still is None else still & paused
        since |= dict.fromkeys(still, run_.started_at)
        if not still:
            break
    return since


def _live_progress(*, quiet: bool) -> Any:  # noqa: ANN401 - a callable with an optional bar behind it
    if quiet or not sys.stderr.isatty():
        return lambda _step, _count, _phase: None
    from rich.console import Console  # noqa: PLC0415 - lazy
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415 - lazy

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.completed}"), TimeElapsedColumn())
    bar = Progress(*columns, console=Console(stderr=True))
    tasks: dict[str, Any] = {}

    def tell(step: str, count: int, phase: str) -> None:
        if phase == "begin":
            bar.start()
            tasks[step] = bar.add_task(named("Step", step), total=None)
        elif phase == "move":
            bar.update(tasks[step], completed=count)
        else:
            bar.update(tasks[step], completed=count, total=count or 1)
            bar.stop_task(tasks[step])
            if step == "exports":
                bar.stop()

    return tell
