"""`quitus schema`: what other software must write for quitus to read it."""

from typing import Annotated

import typer

from console.cli.frame import EXIT_USAGE, Done, emit, say

NAMES = ("invoice",)


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("schema")(schema)


def schema(
    name: Annotated[str, typer.Argument(metavar="NOM", help=f"Schéma voulu : {', '.join(NAMES)}.")],
) -> None:
    """Schéma JSON (2020-12) d'un fichier que quitus lit : « invoice » pour « quitus invoice render »."""
    if name not in NAMES:
        say(f"Aucun schéma ne s'appelle « {name[:60]} ». Schémas publiés : {', '.join(NAMES)}.")
        raise Done(EXIT_USAGE)
    from integrations.facturx.published import invoice_schema  # noqa: PLC0415 - lazy

    emit(invoice_schema())
