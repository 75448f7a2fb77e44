"""`quitus invoice`: documents without any database."""

import re
from pathlib import Path
from typing import Annotated

import typer

from console.cli.frame import EXIT_FAILED, EXIT_WAITING, Done, Json, Slug, actor, emit, out, runtime
from console.cli.usage import given_path


def register(app: typer.Typer) -> None:
    """Add the group to the command line."""
    group = typer.Typer(help="Documents des factures.", no_args_is_help=True)
    group.command("save")(save)
    group.command("render")(render)
    group.command("check")(check)
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


def render(
    file: Annotated[
        Path, typer.Argument(metavar="FICHIER", parser=given_path, help="Une facture JSON, ou un tableau de factures.")
    ],
    folder: Annotated[Path, typer.Option("--out", parser=given_path, help="Dossier de sortie.")],
    json: Json = False,
) -> None:
    """Factures décrites en JSON (« quitus schema invoice ») vers des PDF Factur-X, sans base de données."""
    from console.cli.frame import progress  # noqa: PLC0415 - lazy
    from console.invoice_files import lines_of, read_input, rendered  # noqa: PLC0415 - lazy
    from workers.catalogue import Texts  # noqa: PLC0415 - lazy

    texts = Texts()
    made = []
    with progress("Composition des factures", quiet=json) as moved:
        for described in rendered(read_input(file), folder, texts):
            made.append(described)
            moved(len(made))
            if not json:
                for line in lines_of(described):
                    out(line)
    if json:
        emit(made if "index" in made[0] else made[0])
    refused = sum(item["pdf"] is None for item in made)
    if refused:  # the others are done: somebody must mend these
        raise Done(EXIT_FAILED if refused == len(made) else EXIT_WAITING)


def check(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FICHIER", parser=given_path, help="Factures : PDF Factur-X, XML CII ou UBL."),
    ],
    json: Json = False,
    processes: Annotated[
        int | None, typer.Option("--processes", min=1, help="Processus de contrôle ; par défaut, un par cœur.")
    ] = None,
) -> None:
    """Contrôle des factures de toute origine : schéma, règles officielles et françaises, PDF/A-3, calculs."""
    from console.cli.frame import progress  # noqa: PLC0415 - lazy
    from console.invoice_checks import checked_files, lines_of  # noqa: PLC0415 - lazy
    from workers.catalogue import Texts  # noqa: PLC0415 - lazy

    texts = Texts()  # no platform has a word to say here, and loading all of them takes seconds
    found = []
    with progress("Contrôle des factures", quiet=json) as moved:
        for described in checked_files(files, texts, processes=processes):
            found.append(described)
            moved(len(found))
            if not json:
                for line in lines_of(described):
                    out(line)
    if json:
        emit(found[0] if len(files) == 1 else found)
    if not all(described["ok"] for described in found):
        raise Done(EXIT_FAILED)
