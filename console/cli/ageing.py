"""`quitus ageing`: who owes what since when, on any day."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from console.cli.frame import EXIT_FAILED, Done, Slug, actor, emit, out, runtime, table
from console.cli.usage import given_path


class By(StrEnum):
    """What makes a row."""

    FUNDER = "funder"
    SCHEME = "scheme"
    SITE = "site"
    AGE = "age"
    DISPUTE = "dispute"


class From(StrEnum):
    """What days are counted from."""

    DUE = "due"
    INVOICE = "invoice"


class Format(StrEnum):
    """How the result is written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("ageing")(ageing)


def ageing(
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Jour voulu (AAAA-MM-JJ) ; aujourd'hui sinon.")
    ] = None,
    known_at: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="Ce qui était connu à cet instant (UTC)."),
    ] = None,
    by: Annotated[By, typer.Option(help="Regroupement : payeur, dispositif, site, retard ou litige.")] = By.FUNDER,
    basis: Annotated[
        From, typer.Option(help="Retard compté depuis l'échéance (due) ou depuis la facture (invoice).")
    ] = From.DUE,
    format_: Annotated[Format, typer.Option("--format", help="Présentation : tableau, ou fichier.")] = Format.TABLE,
    out_file: Annotated[
        Path | None, typer.Option("--out", parser=given_path, help="Fichier à écrire (csv, xlsx).")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Comme --format json.")] = False,
    organisation: Slug = None,
) -> None:
    """Balance âgée : qui doit quoi depuis quand, égale au grand livre au centime près."""
    from datetime import UTC, timedelta  # noqa: PLC0415 - lazy

    from console import ageing_files  # noqa: PLC0415 - lazy
    from reconciliation.ageing import Basis, Dimension  # noqa: PLC0415 - lazy
    from reconciliation.usecases.ageing import ageing as aged  # noqa: PLC0415 - lazy

    with runtime() as opened:
        organisation_id, _slug = opened.organisation(organisation)
        day = as_of.date() if as_of else opened.clock.today()
        known = None
        if known_at:
            whole_day = known_at.hour == known_at.minute == known_at.second == 0
            known = known_at.replace(tzinfo=UTC) + (timedelta(days=1, microseconds=-1) if whole_day else timedelta(0))
        with opened.books.open_books(organisation_id, actor(), read_only=True) as uow:
            result = aged(uow, as_of=day, known_at=known, by=Dimension(by), basis=Basis(basis))
    document = ageing_files.worded(result.as_json())
    match Format.JSON if json else format_:
        case Format.JSON:
            emit(document)
        case Format.TABLE:
            headers, rows = ageing_files.grid(document)
            table(f"Balance âgée au {day:%d/%m/%Y}", headers, rows)
            out(ageing_files.tie_sentence(document))
        case Format.CSV:
            ageing_files.write_csv(document, out_file)
        case Format.XLSX:
            target = out_file or Path(f"balance-agee-{day}.xlsx")
            ageing_files.write_xlsx(document, target)
            out(str(target))
    if not result.ties:
        raise Done(EXIT_FAILED)
