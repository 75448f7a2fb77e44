"""`quitus demo`: the sample organisation and its night."""

from typing import Annotated

import typer

from console.cli.frame import Done, Json


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("demo")(demo)


def demo(
    load_only: Annotated[bool, typer.Option("--load-only", help="S'arrêter avant la première nuit.")] = False,
    sandbox_url: Annotated[str | None, typer.Option(help="Bac à sable déjà en marche ; sinon il est démarré.")] = None,
    scale: Annotated[int, typer.Option(help="Taille : N fois 400 stagiaires.", min=1, max=1000)] = 1,
    seed: Annotated[int, typer.Option(help="Graine : la même graine donne le même organisme.")] = 7,
    no_serve: Annotated[
        bool, typer.Option("--no-serve", help="Sans effet pour l'instant : il n'y a pas de console web à ouvrir.")
    ] = False,
    json: Json = False,
) -> None:
    """Crée l'organisme d'exemple dans QUITUS_HOME, joue sa nuit et explique chaque euro."""
    from console.demo.run import run  # noqa: PLC0415 - lazy

    del no_serve  # there is no web console yet: nothing is served either way
    raise Done(run(seed=seed, scale=scale, sandbox_url=sandbox_url, load_only=load_only, quiet=json))
