"""`quitus parameters`: dated rates, scales and thresholds; shipped ones, or the organisation's own, which win."""

from datetime import datetime
from typing import Annotated

import typer

from console.cli.frame import Json, Slug, actor, emit, french_day, out, runtime, table

Key = Annotated[str, typer.Argument(metavar="CLÉ", help="Clé, par exemple payment_term_days.region.")]


def register(app: typer.Typer) -> None:
    """Add the group to the command line."""
    group = typer.Typer(help="Paramètres datés.", no_args_is_help=True)
    group.command("list")(list_parameters)
    group.command("set")(set_parameter)
    group.command("confirm")(confirm)
    app.add_typer(group, name="parameters")


def list_parameters(json: Json = False, organisation: Slug = None) -> None:
    """Liste les paramètres, leur source et qui les a confirmés."""
    from console.parameter_views import parameter_rows  # noqa: PLC0415 - lazy

    with runtime() as opened:
        organisation_id, _slug = opened.organisation(organisation)
        rows = parameter_rows(opened, organisation_id)
    if json:
        emit(rows)
        return
    table(
        "Paramètres",
        ("Paramètre, et sa clé", "À partir du", "Valeur", "Source", "Confirmé par"),
        [
            (
                f"{row['label']}\n{row['key']}",
                french_day(row["from"]),
                row["shown"],
                row["source"],
                row["confirmed_by"].removeprefix("user:"),
            )
            for row in rows
        ],
    )


def set_parameter(
    key: Key,
    value: Annotated[str, typer.Argument(metavar="VALEUR", help="Valeur ; un montant s'écrit en euros : 750,00 €.")],
    starts_on: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="Premier jour de validité.")],
    source: Annotated[str, typer.Option(help="Source : texte, contrat, délibération…")],
    organisation: Slug = None,
) -> None:
    """Fixe une valeur propre à l'organisme ; elle l'emporte sur celle livrée."""
    from console import parameter_acts  # noqa: PLC0415 - lazy
    from console.parameter_views import typed_value, value_shown  # noqa: PLC0415 - lazy

    day = starts_on.date()
    with runtime() as opened:
        organisation_id, _slug = opened.organisation(organisation)
        typed = typed_value(opened.parameters(organisation_id), key, value)
        kept = parameter_acts.set_parameter(
            opened, organisation_id, key, typed, starts_on=day, source=source, actor=actor()
        )
        label, shown = opened.texts.sentence("parameters", key, {}), value_shown(kept, opened.texts)
    out(f"{label} : {shown} à partir du {french_day(day)} ({key}).")


def confirm(key: Key, organisation: Slug = None) -> None:
    """Confirme une valeur livrée qui attend votre accord (barème CPF, montants de l'année…)."""
    from console import parameter_acts  # noqa: PLC0415 - lazy

    with runtime() as opened:
        organisation_id, _slug = opened.organisation(organisation)
        count = parameter_acts.confirm_parameter(opened, organisation_id, key, actor=actor())
    out(f"{key} : confirmé, {count} valeur(s).")
