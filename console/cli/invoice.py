"""`quitus invoice`: documents without any database."""

import re
from pathlib import Path
from typing import Annotated

import typer

from console.cli.frame import EXIT_FAILED, Done, Json, Slug, actor, emit, out, runtime
from console.cli.usage import given_path


def register(app: typer.Typer) -> None:
    """Add the group to the command line."""
    group = typer.Typer(help="Documents des factures.", no_args_is_help=True)
    group.command("save")(save)
    group.callback()(_invoice)
    app.add_typer(group, name="invoice")


def _invoice() -> None:
    """Documents des factures."""


def save(
    number: Annotated[str, typer.Argument(metavar="NUMÉRO", help="Numéro de la facture.")],
    folder: Annotated[Path, typer.Option("--out", parser=given_path, help="Dossier de sortie.")] = Path(),
    json: Json = False,
    organisation: Slug = None,
) -> None:
    """Enregistre le PDF (Factur-X) d'une facture, tel qu'il a été scellé."""
    from console.acts import find_claim  # noqa: PLC0415 - lazy

    with runtime() as opened:
        organisation_id, _slug = opened.organisation(organisation)
        with opened.books.open_books(organisation_id, actor(), read_only=True) as uow:
            claim = find_claim(uow, number)
            content = uow.document(claim.document) if claim.document else None
    if content is None:
        out(f"{number} : aucun document (facturation sur plateforme, ou facture reprise sans PDF).")
        raise Done(EXIT_FAILED)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / (re.sub(r"[^\w.-]", "-", number) + ".pdf")
    target.write_bytes(content)
    if json:
        emit({"number": number, "pdf": str(target), "sha256": claim.document})
    else:
        out(str(target))
