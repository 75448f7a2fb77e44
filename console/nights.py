"""Run a night under the engine's lock, show its progress and its report."""

import sys
from datetime import datetime
from typing import Any

from billing.errors import Locked
from billing.money import Money
from console.cli.frame import out, say, table
from integrations.database.runs import NightRun, NightRuns, RunState
from workers.bootstrap import Runtime
from workers.lock import engine_lock
from workers.night import NightReport, StepReport, run_night

STEP_LABELS = {
    "inbox": "Fichiers déposés",
    "sync": "Accords des plateformes",
    "claims": "Factures dues",
    "remuneration": "Paie des formateurs",
    "attendance": "États de fréquentation",
    "submit": "Envois",
    "statuses": "Suivi des factures",
    "bank": "Banque",
    "reconcile": "Rapprochement",
    "anomalies": "Anomalies",
    "ageing": "Balance âgée",
    "exports": "Exports comptables",
}
COUNT_LABELS: dict[str | tuple[str, str], str] = {
    "files": "fichiers",
    "read": "lignes lues",
    "new": "nouvelles",
    "changed": "modifiées",
    "quarantined": "en quarantaine",
    "gone": "disparues",
    "refused": "fichiers à voir",
    "bank_new": "mouvements bancaires",
    "bank_gaps": "ruptures de soldes",
    "records_by_file": "dossiers connus par fichier",
    "prepared": "préparées",
    "blocked": "à compléter",
    "variables": "variables",
    "unpriced": "sans tarif",
    "unsigned": "non signés",
    "accepted": "acceptés",
    "rejected": "refusés",
    "in_doubt": "en doute",
    "human": "à faire à la main",
    "ready": "à renvoyer",
    "waiting": "en attente",
    "sheets": "fiches de saisie",
    "seen": "vues",
    "moved": "changées d'état",
    "unknown_words": "états inconnus",
    "settled_by_file": "confirmées par fichier",
    "lines": "lignes",
    "gaps": "ruptures de soldes",
    "unbalanced": "relevés faux",
    "auto": "rapprochées",
    "suggested": "proposées",
    "queued": "à traiter",
    "set_aside": "mises de côté",
    "refunded": "remboursées",
    "opened": "ouvertes",
    "reopened": "rouvertes",
    "closed": "closes",
    "still_open": "toujours ouvertes",
    "not_checkable": "non vérifiables",
    "entries": "écritures",
    "failed": "échec",
    "unavailable": "plateforme indisponible",
    "access_denied": "accès refusé",
    ("attendance", "statements"): "états",
    ("bank", "statements"): "relevés",
}
"""What a count is called, in one step or in all."""
FOLLOW_SECONDS = 0.5
ENGINE_LOCKED = "engine_locked"
REPORT_COUNTS = ("waiting", "due_tonight", "platforms_tried", "platforms_answered")


def run(runtime: Runtime, slug: str | None, *, quiet: bool) -> NightReport:
    """Run tonight's night; where another engine holds the lock, ask it for one and follow it to its end."""
    organisation_id, name = runtime.organisation(slug)
    runs = NightRuns(runtime.books, organisation_id)
    begun = runtime.clock.now()
    try:
        with engine_lock(runtime.settings.lock_file):
            return _run_here(runtime, runs, organisation_id, name, quiet=quiet)
    except Locked as error:
        if error.code != ENGINE_LOCKED:
            raise
    say("Un moteur travaille déjà dans ce dossier : cette nuit lui est confiée, son compte rendu suivra.")
    asked = runs.file_run(f"asked:{runtime.clock.today()}:{runtime.run_id}", "command")
    while True:
        told = _ended_since(runs, begun)
        if told is not None and runs.read_run(asked.id).ended_at is not None:
            return _as_told(runtime, told, name)
        try:
            with engine_lock(runtime.settings.lock_file):
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
    return _as_told(runtime, told, slug)


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
        runs.update_step(filed.id, runtime.run_id, "end", **{name: getattr(report, name) for name in REPORT_COUNTS})
        state = RunState.FAILED if report.failed else RunState.DONE
    finally:
        # A run that died, or was asked for before this one began: this very night has done its work.
        for id_ in (filed.id, *others):
            runs.end_run(id_, runtime.run_id, state)
    return report


def _as_told(runtime: Runtime, run_: NightRun, slug: str) -> NightReport:
    """Tell what another engine's night did."""
    report = NightReport(organisation=slug, day=runtime.clock.today())
    for step in run_.steps:
        facts = dict(step)
        if facts["name"] == "end":
            for name in REPORT_COUNTS:
                setattr(report, name, int(str(facts.get(name, 0))))
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
    return report


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
            tasks[step] = bar.add_task(STEP_LABELS.get(step, step), total=None)
        elif phase == "move":
            bar.update(tasks[step], completed=count)
        else:
            bar.update(tasks[step], completed=count, total=count or 1)
            bar.stop_task(tasks[step])
            if step == "exports":
                bar.stop()

    return tell


def as_json(report: NightReport) -> dict[str, Any]:
    """Give the document of the command line; `steps` and `waiting` are a contract."""
    return {
        "organisation": report.organisation,
        "day": report.day,
        "due_tonight": report.due_tonight,
        "waiting": report.waiting,
        "platforms_tried": report.platforms_tried,
        "platforms_answered": report.platforms_answered,
        "exit_code": report.exit_code,
        "steps": [
            {
                "name": step.name,
                "seconds": step.seconds,
                "cpu_seconds": step.cpu_seconds,
                "counts": dict(step.counts),
                "errors": list(step.errors),
            }
            for step in report.steps
        ],
    }


def show(report: NightReport) -> None:
    """Print the report for people."""
    table(
        f"Nuit du {report.day:%d/%m/%Y} – {report.organisation}",
        ("Étape", "Secondes", "Bilan"),
        [(STEP_LABELS.get(step.name, step.name), f"{step.seconds:.2f}", _summary(step)) for step in report.steps],
    )
    for step in report.steps:
        for sentence in step.errors:
            out(f"  • {STEP_LABELS.get(step.name, step.name)} : {sentence}")
    out(f"{report.due_tonight} facture(s) due(s) cette nuit ; {report.waiting} élément(s) attendent une personne "
        "ou une prochaine nuit.")  # fmt: skip


def _summary(step: StepReport) -> str:
    parts = []
    for name, value in step.counts.items():
        if name.endswith("_cents"):
            if value:
                parts.append(f"{CENTS_LABELS.get(name, name)} {Money(value).french()}")
            continue
        label = COUNT_LABELS.get((step.name, name)) or COUNT_LABELS.get(name)
        if value and label:
            parts.append(f"{label} : {value}")
    return ", ".join(parts) or "rien de nouveau"


CENTS_LABELS = {
    "allocated_cents": "affecté",
    "refunded_cents": "remboursé",
    "set_aside_cents": "mis de côté",
    "unallocated_cents": "à expliquer",
    "rows_cents": "à recevoir",
    "ledger_balance_cents": "grand livre",
    "debit_cents": "débit",
    "credit_cents": "crédit",
}
