"""`quitus remuneration`, `quitus compensation`: what trainers are due, what learners should receive."""

import typer

from console.cli.frame import Json, Slug, emit, french_day, number, runtime, table


def register(app: typer.Typer) -> None:
    """Add the groups to the command line."""
    remuneration = typer.Typer(help="Rémunération des formateurs.", no_args_is_help=True)
    remuneration.command("list")(trainers)
    remuneration.callback()(_remuneration)
    app.add_typer(remuneration, name="remuneration")
    compensation = typer.Typer(help="Rémunération des stagiaires.", no_args_is_help=True)
    compensation.command("list")(learners)
    compensation.callback()(_compensation)
    app.add_typer(compensation, name="compensation")


def _remuneration() -> None:
    """Rémunération des formateurs."""


def _compensation() -> None:
    """Rémunération des stagiaires."""


def trainers(json: Json = False, organisation: Slug = None) -> None:
    """Liste les variables de paie : heures signées × commande, et ce qui en a été transmis."""
    from console import people_views  # noqa: PLC0415 - lazy

    with runtime() as opened:
        organisation_id, _slug = opened.organisation(organisation)
        rows = people_views.payroll_rows(opened, organisation_id)
    if json:
        emit(rows)
        return
    table(
        f"{len(rows)} variable(s) de paie",
        ("Mois", "Formateur", "Session", "Heures", "Taux", "Montant", "Transmise le", "À voir"),
        [
            (
                row["month"],
                row["trainer"],
                row["session"],
                number(row["quantity"]),
                number(row["rate"]),
                row["amount"],
                french_day(row["sent_on"]),
                row["reason"],
            )
            for row in rows
        ],
    )


def learners(json: Json = False, organisation: Slug = None) -> None:
    """Liste, par stagiaire rémunéré et par mois, ce qui est déclaré, attendu et versé."""
    from console import people_views  # noqa: PLC0415 - lazy

    with runtime() as opened:
        organisation_id, _slug = opened.organisation(organisation)
        rows = people_views.compensation_rows(opened, organisation_id)
    if json:
        emit(rows)
        return
    table(
        f"{len(rows)} mois",
        ("Mois", "Dossier", "Heures faites", "Absences injustifiées", "Déclaré le", "Attendu", "Versé"),
        [
            (
                row["month"],
                row["dossier"],
                number(row["done"]),
                number(row["unjustified"]),
                french_day(row["sent_on"]),
                row["expected"],
                row["paid"],
            )
            for row in rows
        ],
    )
