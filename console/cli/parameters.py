"""`quitus parameters`: dated rates, scales and thresholds; shipped ones, or the organisation's own, which win."""

from datetime import datetime
from typing import Annotated, Any

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
    with runtime() as opened:
        organisation_id, _slug = opened.organisation(organisation)
        found = opened.parameters(organisation_id).all()
    rows: list[dict[str, Any]] = [
        {
            "key": item.key,
            "from": item.starts_on,
            "value": item.value,
            "source": item.source,
            "confirmed_by": item.confirmed_by,
            "shipped": item.shipped,
            "needs_confirmation": item.needs_confirmation,
        }
        for item in found
        if not item.key.startswith("state.")
    ]
    if json:
        emit(rows)
        return
    table(
        "Paramètres",
        ("Clé", "À partir du", "Valeur", "Source", "Confirmé par"),
        [
            (str(row["key"]), french_day(row["from"]), str(row["value"]), str(row["source"]), str(row["confirmed_by"]))
            for row in rows
        ],
    )


def set_parameter(
    key: Key,
    value: Annotated[str, typer.Argument(metavar="VALEUR", help="Valeur.")],
    starts_on: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="Premier jour de validité.")],
    source: Annotated[str, typer.Option(help="Source : texte, contrat, délibération…")],
    organisation: Slug = None,
) -> None:
    """Fixe une valeur propre à l'organisme ; elle l'emporte sur celle livrée."""
    from console import parameter_acts  # noqa: PLC0415 - lazy

    day = starts_on.date()
    with runtime() as opened:
        organisation_id, _slug = opened.organisation(organisation)
        parameter_acts.set_parameter(opened, organisation_id, key, value, starts_on=day, source=source, actor=actor())
    out(f"{key} = {value} à partir du {french_day(day)}")


def confirm(key: Key, organisation: Slug = None) -> None:
    """Confirme une valeur livrée qui attend votre accord (barème CPF, montants de l'année…)."""
    from console import parameter_acts  # noqa: PLC0415 - lazy

    with runtime() as opened:
        organisation_id, _slug = opened.organisation(organisation)
        count = parameter_acts.confirm_parameter(opened, organisation_id, key, actor=actor())
    out(f"{key} confirmé ({count} valeur(s)).")
