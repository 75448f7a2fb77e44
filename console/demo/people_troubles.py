"""What was broken on purpose in what trainers are paid, and in what paid learners declare and receive."""

from decimal import Decimal

from console.demo.people import hours_of, second_dossier
from console.demo.training import HALF_DAY_HOURS, Seat, Taught
from console.demo.troubles import Troubles


def break_payroll(taught: Taught, troubles: Troubles) -> None:
    """Tell payroll too many hours for one trainer of September, and too few for another."""
    september = sorted(
        {(half.trainer, half.group.code) for half in taught.halves if half.starts_at.month == 9}  # noqa: PLR2004
    )
    signed = {
        pair: sum(
            (
                HALF_DAY_HOURS
                for half in taught.halves
                if (half.trainer, half.group.code) == pair and half.starts_at.month == 9  # noqa: PLR2004
            ),
            Decimal(0),
        )
        for pair in september
    }
    over, under = september[0], september[1]
    troubles.payroll[over] = signed[over] + Decimal("3.5")
    troubles.payroll[under] = signed[under] - Decimal(7)
    troubles.plant(
        "3,5 heures de trop ont été transmises à la paie.",
        ("trainer_hours_over_signed", "trainer_month", f"{over[0]}|{over[1]}|2026-09"),
        ("trainer_order_exceeded", "order", f"CMD-{over[1]}-{over[0]}"),
    )
    troubles.plant(
        "7 heures signées n'ont pas été transmises à la paie.",
        ("trainer_hours_under_signed", "trainer_month", f"{under[0]}|{under[1]}|2026-09"),
    )


def break_compensation(taught: Taught, troubles: Troubles) -> None:
    """Break what paid learners declare and receive in the last months."""
    paid = [seat for seat in taught.seats if seat.group.payer == "REG" and seat.group.era == "tonight"]
    low, high, gap, iban, away = paid[:5]

    def month_key(seat: Seat) -> str:
        return f"RS{int(seat.learner.code[1:]):07d}|2026-09"

    troubles.compensation[low.learner.code] = {"paid": -4000}
    troubles.plant(
        "Un stagiaire a reçu 40 € de moins que prévu pour septembre.",
        ("compensation_amount_gap", "entitlement_month", month_key(low)),
        ("compensation_underpaid_or_unpaid", "entitlement_month", month_key(low)),
    )
    troubles.compensation[high.learner.code] = {"paid": 6000}
    troubles.plant(
        "Un stagiaire a reçu 60 € de trop pour septembre.",
        ("compensation_amount_gap", "entitlement_month", month_key(high)),
        ("compensation_overpaid", "entitlement", month_key(high).split("|")[0]),
    )
    troubles.compensation[gap.learner.code] = {"declared": hours_of(gap, "2026-09") - 7}
    troubles.plant(
        "L'état de septembre déclare 7 heures de moins que l'émargement.",
        ("declared_vs_attended_gap", "entitlement_month", month_key(gap)),
    )
    troubles.compensation[iban.learner.code] = {"iban": "FR7630006000011234567890188"}
    troubles.plant(
        "L'IBAN d'un stagiaire est faux : il ne sera pas payé.",
        ("learner_iban_invalid", "entitlement", month_key(iban).split("|")[0]),
    )
    away.marks[min(away.marks)] = "unjustified_absence"
    troubles.plant(
        "Une absence injustifiée d'un stagiaire rémunéré n'a pas été déclarée : il a été payé sans retenue.",
        ("unjustified_absence_undeclared", "entitlement_month", month_key(away)),
        ("declared_vs_attended_gap", "entitlement_month", month_key(away)),
        ("compensation_amount_gap", "entitlement_month", month_key(away)),
        ("compensation_overpaid", "entitlement", month_key(away).split("|")[0]),
    )
    twice = next(seat for seat in taught.seats if seat.group.payer == "REG" and seat.group.era == "history")
    troubles.compensation[twice.learner.code] = {"second": True}
    troubles.plant(
        "Un stagiaire a deux revenus à la fois : son allocation court déjà quand sa rémunération finit.",
        ("duplicate_scheme_or_dossier", "entitlement", second_dossier(twice)),
    )
