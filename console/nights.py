"""Run a night under the engine's lock, show its progress and its report."""

import sys
from typing import Any

from billing.errors import Locked
from billing.money import Money
from console.cli.frame import out, say, table
from integrations.database.runs import NightRuns, RunState
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
COUNT_LABELS = {
    "files": "fichiers",
    "read": "lignes lues",
    "new": "nouvelles",
    "changed": "modifiées",
    "quarantined": "en quarantaine",
    "refused": "fichiers à voir",
    "bank_new": "mouvements",
    "prepared": "préparées",
    "blocked": "à compléter",
    "variables": "variables",
    "statements": "états ou relevés",
    "accepted": "acceptées",
    "rejected": "refusées",
    "in_doubt": "en doute",
    "human": "à la main",
    "ready": "à renvoyer",
    "waiting": "en attente",
    "sheets": "fiches de saisie",
    "seen": "vues",
    "moved": "changées d'état",
    "lines": "lignes",
    "auto": "rapprochées",
    "suggested": "proposées",
    "queued": "à traiter",
    "set_aside": "mises de côté",
    "opened": "ouvertes",
    "reopened": "rouvertes",
    "closed": "closes",
    "still_open": "toujours ouvertes",
    "not_checkable": "non vérifiables",
    "entries": "écritures",
    "failed": "échec",
    "unavailable": "plateforme indisponible",
    "access_denied": "accès refusé",
    "gaps": "ruptures de soldes",
}
FOLLOW_SECONDS = 0.5


def run(runtime: Runtime, slug: str | None, *, quiet: bool) -> NightReport:
    """Run tonight's night; where another engine holds the lock, file the run and follow it to its end."""
    organisation_id, name = runtime.organisation(slug)
    runs = NightRuns(runtime.books, organisation_id)
    try:
        with engine_lock(runtime.settings.lock_file):
            return _run_here(runtime, runs, organisation_id, name, quiet=quiet)
    except Locked:
        say("Un moteur travaille déjà dans ce dossier : la nuit lui est confiée, en voici la suite.")
        return _follow(runtime, runs, name)


def _run_here(runtime: Runtime, runs: NightRuns, organisation_id: str, slug: str, *, quiet: bool) -> NightReport:
    filed = runs.file_run(f"night:{runtime.clock.today()}:{runtime.run_id}", "command")
    taken = runs.take_run(runtime.run_id, orphans=True)
    while taken is not None and taken.id != filed.id:
        # An older run that died, or was asked for while this process had the lock: this very night does its work.
        runs.end_run(taken.id, runtime.run_id, RunState.DONE)
        taken = runs.take_run(runtime.run_id, orphans=True)
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
        runs.update_step(filed.id, runtime.run_id, "end", waiting=report.waiting, due_tonight=report.due_tonight)
        state = RunState.FAILED if report.failed else RunState.DONE
    finally:
        runs.end_run(filed.id, runtime.run_id, state)
    return report


def _follow(runtime: Runtime, runs: NightRuns, slug: str) -> NightReport:
    """Wait until the engine that holds the lock has ended its night, then tell what it did."""
    while True:
        newest = next(iter(runs.last_runs(1)), None)
        if newest is not None and newest.ended_at is not None:
            break
        runtime.clock.wait(FOLLOW_SECONDS)
    report = NightReport(organisation=slug, day=runtime.clock.today())
    for step in newest.steps:
        facts = dict(step)
        if facts["name"] == "end":
            report.waiting = int(str(facts.get("waiting", 0)))
            report.due_tonight = int(str(facts.get("due_tonight", 0)))
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
            {"name": step.name, "seconds": step.seconds, "counts": dict(step.counts), "errors": list(step.errors)}
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
        elif value and name in COUNT_LABELS:
            parts.append(f"{value} {COUNT_LABELS[name]}")
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
