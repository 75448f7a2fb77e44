"""`quitus init`, `quitus doctor`, `quitus templates`, `quitus audit`: the house itself."""

from pathlib import Path
from typing import Annotated

import typer

from console.cli.frame import (
    EXIT_FAILED,
    EXIT_SETTINGS,
    Done,
    Json,
    Slug,
    actor,
    emit,
    out,
    progress,
    runtime,
    say,
)
from console.cli.usage import given_path


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("init")(init)
    app.command("doctor")(doctor)
    app.command("templates")(templates)
    audit = typer.Typer(help="Piste d'audit et invariants de l'argent.", no_args_is_help=True)
    audit.command("verify")(verify)
    audit.callback()(_audit)
    app.add_typer(audit, name="audit")


def _audit() -> None:
    """Piste d'audit et invariants de l'argent."""


def init(
    slug: Annotated[
        str | None, typer.Option(help="Nom court de l'organisme, sans espace ni accent ; « organisme » par défaut.")
    ] = None,
    name: Annotated[str, typer.Option(help="Nom de l'organisme.")] = "Votre organisme de formation",
    siren: Annotated[
        str | None, typer.Option(help="SIREN (9 chiffres) ; il peut venir d'un fichier organisme.csv.")
    ] = None,
    beside: Annotated[
        bool, typer.Option("--add", help="Ajouter cet organisme à côté de ceux qui sont déjà là.")
    ] = False,
    json: Json = False,
) -> None:
    """Crée le dossier, la base de données, un quitus.toml commenté, l'organisme et le premier utilisateur.

    Ce qui est déjà là reste tel quel ; la base d'une version plus ancienne est mise à niveau, sans rien perdre.
    """
    from console import house  # noqa: PLC0415 - lazy

    login = actor().removeprefix("user:")
    made = house.initialise(slug=slug, name=name, siren=siren, login=login, beside=beside)
    if json:
        emit(made)
        return
    out(f"Dossier : {made['home']}")
    if not made["created"]:
        out(f"Organisme : {made['organisation']}, déjà là : rien n'a changé.")
        out("Pour corriger ce qui le décrit : remplissez organisme.csv (quitus templates) et importez-le.")
        return
    out(f"Organisme : {made['organisation']}, créé.")
    out("Ensuite : quitus templates modeles, remplissez les fichiers, déposez-les dans inbox/, puis quitus nightly.")


def doctor(json: Json = False, organisation: Slug = None) -> None:
    """Vérifie réglages, secrets, base, plateformes, et dit quoi corriger."""
    from console import house  # noqa: PLC0415 - lazy

    problems, examined = house.examine(organisation)
    if json:
        emit({"ok": not problems, "problems": problems})
    else:
        for line in problems:
            out(f"• {line}")
        if not problems:
            out("Tout est en ordre.")
    if problems:
        raise Done(EXIT_FAILED if examined else EXIT_SETTINGS)


def templates(
    folder: Annotated[Path, typer.Argument(metavar="DOSSIER", parser=given_path, help="Dossier à remplir.")],
    json: Json = False,
) -> None:
    """Écrit les fichiers d'import vides, avec leurs explications (CSV et XLSX) ; n'en remplace aucun."""
    from integrations.files import write_templates  # noqa: PLC0415 - lazy

    written = write_templates(folder)
    if json:
        emit([str(path) for path in written])
    else:
        out(f"{len(written)} fichiers écrits dans {folder} ; commencez par LISEZ-MOI.txt.")
        if len(written) == 1:
            out("Les modèles y étaient déjà : aucun n'a été remplacé, vous les avez peut-être remplis.")


def verify(json: Json = False, organisation: Slug = None) -> None:
    """Prouve la chaîne du journal et les invariants : lignes bancaires, écritures, balance âgée, projections."""
    from console import house  # noqa: PLC0415 - lazy

    with runtime() as opened, progress("Vérification", quiet=json) as move:
        organisation_id, _slug = opened.organisation(organisation)
        result = house.verify(opened, organisation_id, move)
    if json:
        emit(result)
    else:
        out(f"{result['entries']} lignes de journal, {'tout est juste' if result['ok'] else 'FAUX'}.")
        for line in result["problems"]:
            say(f"• {line}")
    if not result["ok"]:
        raise Done(EXIT_FAILED)
