"""`quitus import`, `quitus quarantine`, `quitus profile`: what comes in through files."""

from pathlib import Path
from typing import Annotated

import typer

from console.cli.frame import (
    EXIT_FAILED,
    EXIT_WAITING,
    Done,
    Json,
    Slug,
    actor,
    emit,
    out,
    progress,
    runtime,
    say,
    table,
)
from console.cli.usage import given_path


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("import")(import_files)
    apart = typer.Typer(help="Lignes mises à part : fichier, ligne, colonne, que faire.", invoke_without_command=True)
    apart.callback()(quarantine)
    apart.command("dismiss")(dismiss)
    apart.command("reopen")(reopen)
    app.add_typer(apart, name="quarantine")
    profile = typer.Typer(help="Profils : comment les fichiers sont lus.", no_args_is_help=True)
    profile.command("check")(check)
    profile.command("try")(try_file)
    profile.command("list")(list_profiles)
    app.add_typer(profile, name="profile")


def import_files(
    paths: Annotated[
        list[Path], typer.Argument(metavar="CHEMIN", parser=given_path, help="Fichiers ou dossiers (CSV, XLSX).")
    ],
    json: Json = False,
    organisation: Slug = None,
) -> None:
    """Lit des exports par profil ; le même fichier deux fois ne change rien."""
    from workers import inbox  # noqa: PLC0415 - lazy

    files = _files(paths)
    with runtime() as opened, progress("Lecture", quiet=json) as move:
        organisation_id, _slug = opened.organisation(organisation)
        result = inbox.read_paths(opened, organisation_id, files, actor=actor(), on_progress=move)
    counts = result.rows()
    if json:
        emit({**counts, "files": [{"name": item.name, "profile": item.profile, "refusal": item.refusal,
                                   "rows": item.rows, "bank": item.bank} for item in result.files]})  # fmt: skip
    else:
        for item in result.files:
            if item.rows:
                rows = item.rows
                out(f"{item.name} : {rows.read} lignes, {rows.new} nouvelles, {rows.changed} modifiées, "
                    f"{rows.unchanged} inchangées, {rows.quarantined} en quarantaine.")  # fmt: skip
            elif item.bank:
                out(f"{item.name} : {item.bank.new} mouvements nouveaux, {item.bank.known} connus.")
            if item.rows and item.rows.older:
                out(f"  dont {item.rows.older} plus anciennes que ce qui est connu : gardées sans rien changer.")
            for note in item.notes:
                out(f"  {note}")
    for sentence in result.refusals:
        say(sentence)
    if result.unread:
        raise Done(EXIT_FAILED)
    waiting = counts["quarantined"] - counts["dismissed"]
    if waiting:
        say("Des lignes attendent en quarantaine : quitus quarantine.")
    if result.refused or waiting:
        raise Done(EXIT_WAITING)


def _files(paths: list[Path]) -> list[Path]:
    from billing.errors import InvalidInput  # noqa: PLC0415 - lazy
    from integrations.files import README_FILE  # noqa: PLC0415 - lazy

    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            found = sorted(item for item in path.iterdir() if item.is_file() and not item.name.startswith("."))
            files += [item for item in found if item.name != README_FILE]  # what quitus templates wrote for people
        elif path.is_file():
            files.append(path)
        else:
            raise InvalidInput("file_missing", file=str(path)[-80:])
    return files


RowNumbers = Annotated[
    list[str], typer.Argument(metavar="NUMÉRO", help="Numéros de lignes, ou leurs huit premiers caractères au moins.")
]


def quarantine(
    context: typer.Context,
    dismissed: Annotated[bool, typer.Option("--dismissed", help="Les lignes écartées, par qui et pourquoi.")] = False,
    json: Json = False,
    organisation: Slug = None,
) -> None:
    """Liste les lignes qui n'ont pas pu être utilisées : fichier, ligne, colonne, que faire."""
    import json as json_module  # noqa: PLC0415 - lazy

    if context.invoked_subcommand is not None:
        return
    with runtime() as opened:
        organisation_id, _slug = opened.organisation(organisation)
        wanted = {"dismissed": True} if dismissed else {"cleared": False}
        with opened.books.open_books(organisation_id, actor(), read_only=True) as uow:
            rows = sorted(uow.quarantine.find(**wanted), key=lambda row: (row.file_name, row.line))
        shown = [
            {
                "id": row.id,
                "file": row.file_name,
                "line": row.line,
                "column": row.column,
                "code": row.code,
                "text": opened.texts.sentence("findings", row.code, {"where": "", **json_module.loads(row.values)}),
                **({"by": row.dismissed_by, "reason": row.dismissed_reason} if dismissed else {}),
            }
            for row in rows
        ]
    if json:
        emit(shown)
    else:
        table(
            f"{len(shown)} ligne(s) {'écartée(s)' if dismissed else 'en quarantaine'}",
            ("N°", "Fichier", "Ligne", "Colonne", "Écartée par, pourquoi" if dismissed else "Que faire"),
            [
                (
                    str(row["id"])[:8],
                    str(row["file"]),
                    str(row["line"]),
                    str(row["column"]),
                    f"{row['by']} : {row['reason']}" if dismissed else str(row["text"]),
                )
                for row in shown
            ],
        )
    if shown and not dismissed:
        raise Done(EXIT_WAITING)


def dismiss(
    rows: RowNumbers,
    reason: Annotated[str, typer.Option(help="Pourquoi ces lignes ne seront pas corrigées.")],
    by: Annotated[str | None, typer.Option(help="Qui le décide ; sans cela, l'utilisateur de la machine.")] = None,
    organisation: Slug = None,
) -> None:
    """Écarte des lignes que personne ne corrigera ; elles reviennent si leur contenu change."""
    from billing.usecases.dismiss_rows import dismiss_rows  # noqa: PLC0415 - lazy

    with runtime() as opened:
        organisation_id, _slug = opened.organisation(organisation)
        with opened.books.open_books(organisation_id, actor()) as uow:
            done = dismiss_rows(uow, rows, reason, by=actor() if by is None else by, today=opened.clock.today())
            uow.commit()
    out(f"{len(done)} ligne(s) écartée(s) : gardées, journalisées, elles n'attendent plus.")


def reopen(rows: RowNumbers, organisation: Slug = None) -> None:
    """Remet en attente des lignes écartées."""
    from billing.usecases.dismiss_rows import take_dismissals_back  # noqa: PLC0415 - lazy

    with runtime() as opened:
        organisation_id, _slug = opened.organisation(organisation)
        with opened.books.open_books(organisation_id, actor()) as uow:
            done = take_dismissals_back(uow, rows, today=opened.clock.today())
            uow.commit()
    out(f"{len(done)} ligne(s) de nouveau en attente.")


def check(
    file: Annotated[
        Path | None, typer.Argument(metavar="FICHIER", parser=given_path, help="Profil à vérifier ; sans lui, tous.")
    ] = None,
    json: Json = False,
) -> None:
    """Vérifie un profil, ou tous ceux de quitus."""
    from importlib.resources import files as package_files  # noqa: PLC0415 - lazy

    from adapters.registry import registry  # noqa: PLC0415 - lazy
    from integrations.files import check_profile  # noqa: PLC0415 - lazy
    from workers.catalogue import Texts  # noqa: PLC0415 - lazy

    adapters = registry()
    texts = Texts(tuple(adapter.texts() for adapter in adapters.adapters))
    own = (item for item in package_files("integrations.files").joinpath("profiles").iterdir())
    files = (
        [file]
        if file
        else [
            *sorted((item for item in own if item.name.endswith(".toml")), key=lambda item: item.name),
            *adapters.export_profiles(),
        ]
    )
    findings = [finding for one in files for finding in check_profile(one)]
    errors = [finding for finding in findings if finding.severity == "error"]
    if json:
        emit({"ok": not errors, "profiles": len(files), "findings": findings})
    else:
        for finding in findings:
            out(f"• {finding.where} : {texts.of_finding(finding)}")
        out(f"{len(files)} profil(s), {len(errors)} erreur(s).")
    if errors:
        raise Done(EXIT_FAILED)


def try_file(
    file: Annotated[Path, typer.Argument(metavar="FICHIER", parser=given_path, help="Fichier à essayer.")],
    json: Json = False,
) -> None:
    """Montre comment un fichier serait lu, sans rien enregistrer."""
    from adapters.registry import registry  # noqa: PLC0415 - lazy
    from billing.usecases.take_in_rows import BadRow  # noqa: PLC0415 - lazy
    from integrations.files import (  # noqa: PLC0415 - lazy
        choose_profile,
        inspect_file,
        load_profiles,
        own_profiles,
        read_file,
    )

    known = (*own_profiles(), *load_profiles(registry().export_profiles()))
    profile = choose_profile(file, known)
    inspection = inspect_file(file, profile)
    rows = list(read_file(file, profile))
    bad = [row for row in rows if isinstance(row, BadRow)]
    if json:
        emit({"profile": profile.code, "inspection": inspection, "rows": len(rows), "unreadable": len(bad)})
        return
    out(f"Profil : {profile.label} ({profile.code}) ; {len(rows)} lignes, {len(bad)} illisibles.")
    for row in bad[:20]:
        out(f"  ligne {row.line}, colonne {row.column} : {row.code}")


def list_profiles(json: Json = False) -> None:
    """Liste les profils connus."""
    from adapters.registry import registry  # noqa: PLC0415 - lazy
    from integrations.files import load_profiles, own_profiles  # noqa: PLC0415 - lazy

    known = (*own_profiles(), *load_profiles(registry().export_profiles()))
    rows = [{"code": item.code, "label": item.label, "complete": item.complete} for item in known]
    if json:
        emit(rows)
    else:
        table("Profils", ("Code", "Fichier"), [(str(row["code"]), str(row["label"])) for row in rows])
