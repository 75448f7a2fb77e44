"""`quitus export accounting`, `quitus fec check`: reconciled entries for accounting."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from console.cli.frame import EXIT_FAILED, Done, Json, Slug, actor, emit, out, runtime
from console.cli.usage import given_path


class Format(StrEnum):
    """Formats that are written today."""

    FEC = "fec"


SEVERITY_LABELS = {"error": "à corriger", "warning": "à vérifier"}


def register(app: typer.Typer) -> None:
    """Add the groups to the command line."""
    export = typer.Typer(help="Exports.", no_args_is_help=True)
    export.command("accounting")(accounting)
    export.callback()(_export)
    app.add_typer(export, name="export")
    fec = typer.Typer(help="Fichier des écritures comptables.", no_args_is_help=True)
    fec.command("check")(check)
    fec.callback()(_fec)
    app.add_typer(fec, name="fec")


def _export() -> None:
    """Exports."""


def _fec() -> None:
    """Fichier des écritures comptables."""


def accounting(
    period: Annotated[str, typer.Option(help="AAAA, AAAA-MM ou AAAA-MM-JJ..AAAA-MM-JJ.")],
    format_: Annotated[Format, typer.Option("--format", help="Format (fec pour l'instant).")] = Format.FEC,
    folder: Annotated[Path | None, typer.Option("--out", parser=given_path, help="Dossier de sortie.")] = None,
    provisional: Annotated[bool, typer.Option("--provisional", help="EcritureNum et ValidDate vides.")] = False,
    json: Json = False,
    organisation: Slug = None,
) -> None:
    """Exporte les écritures d'une période, chacune une seule fois.

    Un lot exporté ne change plus : le même appel le redonne octet pour octet, et ce qui est venu depuis part dans
    le lot suivant. Avec --provisional : une image de toute la période, qui n'est pas un lot.
    """
    from dataclasses import fields  # noqa: PLC0415 - lazy

    from billing.money import Money  # noqa: PLC0415 - lazy
    from integrations.accounting import export_fec  # noqa: PLC0415 - lazy

    with runtime() as opened:
        organisation_id, slug = opened.organisation(organisation)
        batch = export_fec(
            opened.books.open_books,
            organisation_id,
            period,
            folder or opened.settings.outbox / slug / "comptabilite",
            actor=actor(),
            reason_of=lambda code: opened.texts.sentence("labels", code, {}),
            provisional=provisional,
        )
    if json:  # the same document again when the same batch is given back
        emit({item.name: getattr(batch, item.name) for item in fields(batch) if item.name != "new"})
        return
    if provisional:
        kind = "Fichier provisoire"
    elif batch.new and not batch.entries:
        kind = "Rien de nouveau sur cette période"
    else:
        kind = f"Lot {batch.number}" if batch.new else f"Rien de nouveau : lot {batch.number} redonné tel quel"
    out(f"{kind} : {batch.entries} écritures ({format_}), débit {Money(batch.debit_cents).french()} = crédit "
        f"{Money(batch.credit_cents).french()} : {batch.file}")  # fmt: skip
    for frozen in batch.frozen:
        out(f"  retenu : {frozen.piece} – {frozen.reason}")


def check(
    file: Annotated[Path, typer.Argument(metavar="FICHIER", parser=given_path, help="FEC, de quitus ou d'ailleurs.")],
    json: Json = False,
) -> None:
    """Contrôle un FEC : règles de l'administration, équilibre, continuité, dates."""
    from integrations.accounting import check_fec  # noqa: PLC0415 - lazy
    from workers.catalogue import Texts  # noqa: PLC0415 - lazy

    texts = Texts()
    checked = check_fec(file)
    findings = [
        {"rule": item.code, "severity": item.severity, "where": item.where, "text": texts.of_finding(item)}
        for item in checked.findings
    ]
    if json:
        emit({"ok": checked.ok, "provisional": checked.provisional, "entries": checked.entries,
              "lines": checked.lines, "findings": findings})  # fmt: skip
    else:
        verdict = "non conforme"
        if checked.ok:
            verdict = "provisoire, sans défaut" if checked.provisional else "conforme"
        out(f"{checked.lines} lignes, {checked.entries} écritures : {verdict}.")
        for item in findings:  # the sentence begins with the place
            out(f"• {SEVERITY_LABELS[item['severity']]} – {item['text']}")
    if not checked.ok:
        raise Done(EXIT_FAILED)
