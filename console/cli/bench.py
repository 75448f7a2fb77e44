"""`quitus bench`: the very same engines on neutral data, in memory."""

from pathlib import Path
from typing import Annotated

import typer

from console.cli.frame import EXIT_USAGE, Done, Json, emit, out, say
from console.cli.usage import given_path


def register(app: typer.Typer) -> None:
    """Add the group to the command line."""
    group = typer.Typer(help="Mesures sur des jeux de données neutres.", no_args_is_help=True)
    group.command("reconcile")(reconcile)
    group.command("anomalies")(anomalies)
    app.add_typer(group, name="bench")


Out = Annotated[Path, typer.Option("--out", parser=given_path, help="Fichier à écrire.")]


def reconcile(
    dataset: Annotated[Path, typer.Argument(metavar="DOSSIER", parser=given_path, help="Dossier du jeu de données.")],
    target: Out,
    processes: Annotated[int, typer.Option(help="Processus (un par organisme au plus).", min=1, max=64)] = 1,
    json: Json = False,
) -> None:
    """Rapproche un jeu neutre et écrit ses décisions (predictions.jsonl)."""
    from console import benches  # noqa: PLC0415 - lazy

    if not dataset.is_dir():
        say(f"« {dataset} » n'est pas un dossier : donnez celui qui contient payments.jsonl.")
        raise Done(EXIT_USAGE)
    result = benches.reconcile(dataset, target, processes)
    if json:
        emit(result)
    else:
        out(f"{result['lines']} lignes en {result['seconds']:.2f} s ({result['lines_per_second']:.0f}/s).")


def anomalies(
    cases: Annotated[Path, typer.Argument(metavar="FICHIER", parser=given_path, help="Fichier de cas.")],
    target: Out,
    json: Json = False,
) -> None:
    """Applique les règles à des cas neutres ; parameters.json est lu à côté des cas."""
    from console import benches  # noqa: PLC0415 - lazy

    result = benches.anomalies(cases, target)
    if json:
        emit(result)
    else:
        out(f"{result['cases']} cas en {result['seconds']:.2f} s.")
