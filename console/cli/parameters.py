"""`quitus parameters`: dated rates, scales and thresholds; shipped ones, or the organisation's own, which win."""

from datetime import datetime
from typing import Annotated

import typer

from console.cli.frame import EXIT_FAILED, Done, Json, Slug, actor, emit, out, runtime, say, table

Key = Annotated[str, typer.Argument(help="Clé, par exemple payment_term_days.region.")]


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
    rows = [
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
            (str(row["key"]), str(row["from"]), str(row["value"]), str(row["source"]), str(row["confirmed_by"]))
            for row in rows
        ],
    )


def set_parameter(
    key: Key,
    value: Annotated[str, typer.Argument(help="Valeur.")],
    starts_on: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="Premier jour de validité.")],
    source: Annotated[str, typer.Option(help="Source : texte, contrat, délibération…")],
    organisation: Slug = None,
) -> None:
    """Fixe une valeur propre à l'organisme ; elle l'emporte sur celle livrée."""
    from billing.identity import derive_id  # noqa: PLC0415 - lazy
    from billing.parameters_book import Parameter  # noqa: PLC0415 - lazy

    day = starts_on.date()
    with runtime() as opened:
        organisation_id, _slug = opened.organisation(organisation)
        with opened.books.open_books(organisation_id, actor()) as uow:
            parameter = Parameter(
                id=derive_id("parameter", key, day.isoformat(), "own"),
                key=key,
                starts_on=day,
                value=value,
                source=source,
                confirmed_by=actor(),
            )
            uow.parameters.put(parameter)
            uow.record(
                type_="parameter.set",
                subject_kind="parameter",
                subject_id=parameter.id,
                effective_on=day,
                payload={"key": key, "value": value},
            )
            uow.commit()
    out(f"{key} = {value} à partir du {day:%d/%m/%Y}")


def confirm(key: Key, organisation: Slug = None) -> None:
    """Confirme une valeur livrée qui attend votre accord (barème CPF, montants de l'année…)."""
    from dataclasses import replace  # noqa: PLC0415 - lazy

    from billing.identity import derive_id  # noqa: PLC0415 - lazy

    with runtime() as opened:
        organisation_id, _slug = opened.organisation(organisation)
        found = [item for item in opened.parameters(organisation_id).all() if item.key == key]
        if not found:
            say(f"Aucun paramètre « {key} » : voyez quitus parameters list.")
            raise Done(EXIT_FAILED)
        with opened.books.open_books(organisation_id, actor()) as uow:
            for item in found:
                own = replace(
                    item,
                    id=derive_id("parameter", key, item.starts_on.isoformat(), "own"),
                    confirmed_by=actor(),
                    shipped=False,
                )
                uow.parameters.put(own)
                uow.record(
                    type_="parameter.confirmed",
                    subject_kind="parameter",
                    subject_id=own.id,
                    effective_on=item.starts_on,
                    payload={"key": key, "value": item.value},
                )
            uow.commit()
    out(f"{key} confirmé ({len(found)} valeur(s)).")
