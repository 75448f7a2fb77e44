"""Trainers' payroll variables as a file for any payroll software (EVP: éléments variables de paie).

The columns are those that the importers of payroll software ask for in one order or another: employee
number, rubric, period, quantity, rate, amount (professional knowledge); then what proves them.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from billing.party import Trainer
from billing.remuneration import PayrollVariable
from billing.training import Session
from billing.usecases.parcels import month_end
from integrations.payroll.sheet import amount, day, number, safe, sheet

HEADER = (
    *("matricule", "rubrique", "periode", "date_debut", "date_fin", "unite", "quantite", "taux", "montant"),
    *("session", "motif", "preuve"),
)

REASONS = {
    "no_order": "aucune commande",
    "day_rate_without_equivalence": "taux journalier sans équivalence en heures",
    "order_ceiling_reached": "plafond de la commande atteint",
}
"""Why an amount is missing or cut, in French; an unknown reason is written as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayrollLine:
    """One variable with what it speaks of."""

    variable: PayrollVariable
    trainer: Trainer
    session: Session


def payroll_csv(lines: Iterable[PayrollLine]) -> bytes:
    """Write variables, ordered by employee number, month, session and rubric.

    The employee number falls back on the trainer's code, so that no line is anonymous.
    """
    ordered = sorted(
        lines,
        key=lambda line: (_employee(line.trainer), line.variable.month, line.session.code, line.variable.rubric),
    )
    return sheet(HEADER, [_row(line) for line in ordered])


def _employee(trainer: Trainer) -> str:
    return trainer.employee_number or trainer.code


def _row(line: PayrollLine) -> tuple[str, ...]:
    variable = line.variable
    last = month_end(variable.month)
    return (
        safe(_employee(line.trainer)),
        variable.rubric.value,
        variable.month,
        day(last.replace(day=1)),
        day(last),
        "h",
        number(variable.quantity),
        number(variable.rate),
        amount(variable.amount),
        safe(line.session.code),
        safe(REASONS.get(variable.reason, variable.reason)),
        variable.evidence_digest or variable.id,
    )
