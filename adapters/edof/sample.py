"""This platform's part of the sample organisation: an export as its users download it.

Headers, separator, dates and traps as in the real export (seen in code, funders.md §1.3): `;`, CRLF, a BOM,
decimal comma, `OUI`/`NON`, no hours column.
"""

import csv
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from io import StringIO

HEADERS = (
    "NUMERO_DOSSIER",
    "CIVILITE",
    "NOM",
    "PRENOM",
    "DATE_DE_NAISSANCE",
    "COURRIEL",
    "NUMERO_SESSION",
    "INTITULE_FORMATION",
    "DATE_DEBUT_SESSION",
    "DATE_FIN_SESSION",
    "STATUT_DOSSIER",
    "DATE_DERNIERE_ACTION",
    "EN_CONTROLE",
    "TAUX_REALISATION_SAISI",
    "MONTANT_FORMATION",
    "MONTANT_FRAIS_ANNEXES",
    "MONTANT_FACTURABLE",
    "MONTANT_FACTURE",
)
WORDS = {
    "accepted": "Accepté",
    "in_training": "En formation",
    "done": "Service fait validé",
}


def file_name(siret: str, day: date) -> str:
    """Name the file as the portal does."""
    return f"Export_{siret}_{day:%Y%m%d}.csv"


def write_export(dossiers: Iterable[Mapping[str, object]]) -> bytes:
    """Write an export.

    Args:
        dossiers: `reference`, `last_name`, `first_name`, `birth_on`, `email`, `session`, `title`, `starts_on`,
            `ends_on`, `stage` (accepted, in_training, done), and optionally `word` (the status as it stands),
            `moved_on`, `in_control`, `rate` (whole percent), `amount_cents`, `billable_cents`, `billed_cents`
            (None = the column is empty).
    """
    out = StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(HEADERS)
    for dossier in dossiers:
        writer.writerow(_cell(value) for value in _values(dossier))
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8")


def _values(dossier: Mapping[str, object]) -> tuple[object, ...]:
    return (
        dossier["reference"],
        "",
        str(dossier["last_name"]).upper(),
        dossier["first_name"],
        dossier["birth_on"],
        dossier["email"],
        dossier["session"],
        dossier["title"],
        dossier["starts_on"],
        dossier["ends_on"],
        dossier.get("word") or WORDS[str(dossier["stage"])],
        dossier.get("moved_on"),
        "OUI" if dossier.get("in_control") else "NON",
        dossier.get("rate"),
        _euros(dossier.get("amount_cents")),
        "0,00",
        _euros(dossier.get("billable_cents")),
        _euros(dossier.get("billed_cents")),
    )


def _euros(cents: object) -> str:
    return "" if cents is None else format(Decimal(int(str(cents))).scaleb(-2), "f").replace(".", ",")


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case date():
            return f"{value:%d/%m/%Y}"
        case _:
            return str(value)
