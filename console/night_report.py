"""The report of a night, for people and as a document."""

from typing import Any

from billing.money import Money
from console.cli.frame import out, table
from workers.catalogue import named
from workers.night import NightReport, StepReport

COUNT_LABELS: dict[str | tuple[str, str], str] = {
    "files": "fichiers",
    "read": "lignes lues",
    "new": "nouvelles",
    "changed": "modifiées",
    "quarantined": "en quarantaine",
    "gone": "disparues",
    "tied": "dossiers rattachés",
    "older": "plus anciennes, gardées",
    "dismissed": "écartées",
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
    "human": "pour une personne",
    "ready": "remis à plus tard",
    "waiting": "en attente",
    "paused": "plateformes en pause",
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
    "held_back": "pièces retenues par une anomalie",
    "failed": "échec",
    "unavailable": "plateforme indisponible",
    "access_denied": "accès refusé",
    ("attendance", "statements"): "états",
    ("bank", "statements"): "relevés",
}
"""What a count is called, in one step or in all."""
WAITING_LABELS = {
    "by_hand": "envois à faire ou à décider (quitus claims sheet)",
    "not_released": "envois non activés (quitus claims submit)",
    "quarantined": "lignes en quarantaine (quitus quarantine)",
    "anomalies": "anomalies ouvertes (quitus anomalies list)",
    "files": "fichiers à voir",
    "blocked": "dossiers à compléter avant de facturer",
    "bank_lines": "lignes bancaires à expliquer (quitus bank lines --waiting)",
    "gaps": "relevés bancaires à vérifier",
    "settings": "plateformes à régler (quitus doctor)",
    "later": "envois ou vérifications repris à la prochaine nuit",
}
"""What waits; all but the last for a person."""


def as_json(report: NightReport) -> dict[str, Any]:
    """Give the document of the command line; `steps` and `waiting` are a contract."""
    return {
        "organisation": report.organisation,
        "day": report.day,
        "due_tonight": report.due_tonight,
        "waiting": report.waiting,
        "waiting_for": report.waiting_for,
        "notes": report.notes,
        "paused": [{"platform": code, "text": told} for code, told in report.paused.items()],
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
        [(named("Step", step.name), f"{step.seconds:.2f}", _summary(step)) for step in report.steps],
    )
    for step in report.steps:
        for sentence in step.errors:
            out(f"  • {named('Step', step.name)} : {sentence}")
    for sentence in report.notes:
        out(f"  • {sentence}")
    out(f"{report.due_tonight} facture(s) due(s) cette nuit.")
    if report.waiting:
        out("En attente :")
    for name, label in WAITING_LABELS.items():
        if count := report.waiting_for.get(name):
            out(f"  {count:>6}  {label}")


def _summary(step: StepReport) -> str:
    parts = []
    for name, value in step.counts.items():
        if name.endswith("_cents"):
            if value and (step.name, name) not in NOT_SHOWN:
                parts.append(f"{CENTS_LABELS.get(name, name)} {Money(value).french()}")
            continue
        label = COUNT_LABELS.get((step.name, name)) or COUNT_LABELS.get(name)
        if value and label:
            parts.append(f"{label} : {value}")
    return ", ".join(parts) or "rien de nouveau"


NOT_SHOWN = frozenset({("ageing", "unallocated_cents")})
"""Shown as its two parts: what came without a claim (what reconciliation still has to explain), what we owe."""
CENTS_LABELS = {
    "allocated_cents": "affecté",
    "refunded_cents": "remboursé",
    "set_aside_cents": "mis de côté",
    "unallocated_cents": "à expliquer",
    "received_cents": "encaissé sans facture",
    "owed_cents": "avoirs et trop-perçus dus aux payeurs",
    "rows_cents": "à recevoir",
    "ledger_balance_cents": "grand livre",
    "debit_cents": "débit",
    "credit_cents": "crédit",
}
