"""A learner's monthly attendance statement (état de fréquentation) as a file for whoever pays the learner.

The record is the one of the guides of payers of learners (funders.md §4.3, inference): session, agreement
number, learner's dossier, period, hours planned and done in the centre, absences, event of the month.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from billing.compensation import AttendanceStatement, Entitlement
from billing.evidence import month_of
from billing.party import Learner
from billing.training import Session
from integrations.payroll.sheet import day, number, safe, sheet

HEADER = (
    *("session", "agrement", "dossier", "nom", "prenom", "periode", "version"),
    *("heures_prevues_centre", "heures_realisees_centre", "heures_prevues_entreprise", "heures_realisees_entreprise"),
    *("absence_justifiee", "absence_non_justifiee", "evenement", "date_evenement", "preuve"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendanceLine:
    """One month of one learner with what it speaks of."""

    statement: AttendanceStatement
    entitlement: Entitlement
    learner: Learner
    session: Session


def attendance_csv(lines: Iterable[AttendanceLine]) -> bytes:
    """Write statements, ordered by session, dossier and month. The learner's NIR never leaves in this file."""
    ordered = sorted(lines, key=lambda line: (line.session.code, line.entitlement.dossier_number, line.statement.month))
    return sheet(HEADER, [_row(line) for line in ordered])


def _row(line: AttendanceLine) -> tuple[str, ...]:
    statement, entitlement = line.statement, line.entitlement
    event, on = _event(statement, entitlement)
    return (
        safe(line.session.code),
        safe(entitlement.approval_number or line.session.remuneration_approval),
        safe(entitlement.dossier_number),
        safe(line.learner.last_name),
        safe(line.learner.first_name),
        statement.month,
        str(statement.version),
        number(statement.planned),
        number(statement.done),
        "0",
        "0",
        number(statement.justified),
        number(statement.unjustified),
        event,
        on,
        statement.evidence_digest or statement.id,
    )


def _event(statement: AttendanceStatement, entitlement: Entitlement) -> tuple[str, str]:
    """Say the event of the month: the entry, or the end of the entitlement; the end wins when both fall in it."""
    if entitlement.ends_on is not None and month_of(entitlement.ends_on) == statement.month:
        return "SORTIE", day(entitlement.ends_on)
    if month_of(entitlement.entry_on) == statement.month:
        return "ENTREE", day(entitlement.entry_on)
    return "", ""
