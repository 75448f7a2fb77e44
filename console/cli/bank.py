"""`quitus bank`: statements in, and the lines that they brought."""

from pathlib import Path
from typing import Annotated

import typer

from console.cli.frame import EXIT_FAILED, EXIT_WAITING, Done, Json, Slug, actor, emit, out, runtime, say, table
from console.cli.usage import given_path

Files = Annotated[list[Path], typer.Argument(metavar="FICHIER", parser=given_path, help="Relevés bancaires.")]


def register(app: typer.Typer) -> None:
    """Add the group to the command line."""
    group = typer.Typer(help="Relevés bancaires.", no_args_is_help=True)
    group.command("inspect")(inspect)
    group.command("import")(import_statements)
    group.command("lines")(lines)
    app.add_typer(group, name="bank")


def inspect(files: Files, json: Json = False) -> None:
    """Lit un relevé, sans base de données : comptes, soldes, totaux."""
    from billing.errors import InvalidInput  # noqa: PLC0415 - lazy
    from console.cli.frame import sentences  # noqa: PLC0415 - lazy
    from integrations.bank import inspect as inspected  # noqa: PLC0415 - lazy

    found = []
    failed = False
    for file in files:
        try:
            found.append(inspected(file))
        except InvalidInput as error:
            failed = True
            for line in sentences(error):
                say(line)
    if json:
        emit(found[0] if len(files) == 1 and found else found)
    else:
        for one in found:
            out(f"{one['file']} : {one['format']}")
            for item in one["statements"]:
                out(f"  {item['account']} {item['currency']} : {item['transactions']} mouvements, "
                    f"ouverture {_euros(item['opening_cents'])}, clôture {_euros(item['closing_cents'])}, "
                    f"{BALANCED_LABELS[item['balanced']]}")  # fmt: skip
    if failed or any(item["balanced"] is False for one in found for item in one["statements"]):
        raise Done(EXIT_FAILED)


BALANCED_LABELS = {
    True: "les soldes sont justes",
    False: "LES SOLDES NE SONT PAS JUSTES",
    None: "aucun solde à vérifier dans le fichier",
}


def _euros(cents: int | None) -> str:
    from billing.money import Money  # noqa: PLC0415 - lazy

    return "inconnue" if cents is None else Money(cents).french()


def import_statements(files: Files, json: Json = False, organisation: Slug = None) -> None:
    """Lit des relevés dans la base, sans doublon : seules les lignes nouvelles sont ajoutées."""
    from workers import inbox  # noqa: PLC0415 - lazy

    with runtime() as opened:
        organisation_id, _slug = opened.organisation(organisation)
        result = inbox.read_statements(opened, organisation_id, files, actor=actor())
    counts = result.bank()
    unread = result.unread
    if json:
        emit({**counts, "files_refused": unread})
    else:
        foreign = f" dont {counts['foreign']} en monnaie étrangère" if counts["foreign"] else ""
        out(f"{counts['statements']} relevé(s) : {counts['new']} mouvements nouveaux, {counts['known']} déjà connus, "
            f"{counts['gaps']} rupture(s) de soldes, {counts['refused']} refusé(s)"
            f"{foreign}, "
            f"{unread} fichier(s) illisible(s).")  # fmt: skip
    for sentence in result.refusals:
        say(sentence)
    if unread:
        raise Done(EXIT_FAILED)
    if result.refused or counts["refused"]:
        raise Done(EXIT_WAITING)


def lines(
    json: Json = False,
    organisation: Slug = None,
    waiting: Annotated[bool, typer.Option("--waiting", help="Seulement celles qui attendent une explication.")] = False,
) -> None:
    """Liste les lignes bancaires et ce qui en est expliqué."""
    with runtime() as opened:
        organisation_id, _slug = opened.organisation(organisation)
        with opened.books.open_books(organisation_id, actor(), read_only=True) as uow:
            found = [line for line in uow.bank_lines.stream() if line.unallocated or not waiting]
    found.sort(key=lambda line: (line.booked_on, line.id))
    if json:
        emit(
            [
                {
                    "line": line.id,
                    "booked_on": line.booked_on,
                    "amount_cents": line.amount,
                    "allocated_cents": line.allocated,
                    "refunded_cents": line.refunded,
                    "set_aside_cents": line.set_aside,
                    "unallocated_cents": line.unallocated,
                    "label": line.label,
                }
                for line in found
            ]
        )
        return
    table(
        f"{len(found)} ligne(s)",
        ("Ligne", "Date", "Montant", "À expliquer", "Libellé"),
        [
            (line.id, f"{line.booked_on:%d/%m/%Y}", line.amount.french(), line.unallocated.french(), line.label)
            for line in found
        ],
    )
