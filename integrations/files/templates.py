"""quitus's own import files, empty, with their explanations: written from the profiles that read them."""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import xlsxwriter

from integrations.files.profile import Column, Profile, own_profiles

README = "LISEZ-MOI"
README_FILE = f"{README}.txt"
"""Written beside the templates, and no import file itself."""
ROWS_PREPARED = 2_000
"""Rows of a template sheet whose lists of words are prepared."""
LIST_CHARACTERS_MAX = 255
"""A spreadsheet's own limit for a list of words typed in a cell's rule."""

FORMATS = {
    "text": "texte",
    "code": "code : les zéros de tête comptent",
    "date": "date jj/mm/aaaa",
    "datetime": "date et heure jj/mm/aaaa hh:mm",
    "time": "heure hh:mm",
    "month": "mois aaaa-mm ou mm/aaaa",
    "money": "montant en euros, virgule décimale",
    "decimal": "nombre, virgule décimale",
    "hours": "heures : 7, 7,5 ou 7:30",
    "integer": "nombre entier",
    "percent": "pourcentage de 0 à 100",
    "bool": "oui ou non",
    "siret": "SIRET, 14 chiffres",
    "siren": "SIREN, 9 chiffres",
    "nda": "numéro de déclaration d’activité, 11 chiffres",
    "nir": "numéro de sécurité sociale, 15 caractères",
    "iban": "IBAN",
    "email": "courriel",
    "currency": "EUR",
}
EXPLAINED = ("Colonne", "À remplir", "Format", "Explication", "Exemple")
_TEXT_CELLS = frozenset({"text", "code", "siret", "siren", "nda", "nir", "iban", "email", "month"})


def write_templates(folder: Path, profiles: Iterable[Profile] | None = None) -> list[Path]:
    """Write the empty import files: one CSV and one XLSX each, and one `LISEZ-MOI.txt` for all.

    Args:
        folder: made if it is not there; a file that is there may have been filled in: it is left as it is.
        profiles: those to write; quitus's own by default.

    Returns:
        The files written, `LISEZ-MOI.txt` first.
    """
    chosen = own_profiles() if profiles is None else tuple(profiles)
    folder.mkdir(parents=True, exist_ok=True)
    written = [folder / README_FILE]
    written[0].write_text(_readme(chosen), encoding="utf-8-sig", newline="\r\n")
    for profile in chosen:
        for write, ending in ((_write_csv, "csv"), (_write_xlsx, "xlsx")):
            path = folder / f"{profile.code}.{ending}"
            if not path.exists():
                write(path, profile)
                written.append(path)
    return written


def _write_csv(path: Path, profile: Profile) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream, delimiter=";", lineterminator="\r\n").writerow(_headings(profile))


def _headings(profile: Profile) -> list[str]:
    return [column.headers[0] for column in profile.columns]


def _write_xlsx(path: Path, profile: Profile) -> None:
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        bold = book.add_format({"bold": True, "bg_color": "#DDE6F0", "text_wrap": True, "valign": "top"})
        wanted = book.add_format({"bold": True, "bg_color": "#F6D9B8", "text_wrap": True, "valign": "top"})
        text, day = book.add_format({"num_format": "@"}), book.add_format({"num_format": "dd/mm/yyyy"})
        sheet = book.add_worksheet(profile.label[:31])
        sheet.freeze_panes(1, 0)
        for index, column in enumerate(profile.columns):
            heading = column.headers[0]
            cells = day if column.type == "date" else text if column.type in _TEXT_CELLS else None
            sheet.set_column(index, index, max(14, len(heading) + 2), cells)
            sheet.write_string(0, index, heading, wanted if column.required else bold)
            _offer_words(sheet, index, column)
        explained = book.add_worksheet(README)
        explained.set_column(0, 2, 28)
        explained.set_column(3, 4, 60)
        explained.write_string(0, 0, f"{profile.label} : {profile.description}", book.add_format({"bold": True}))
        for position, title in enumerate(EXPLAINED):
            explained.write_string(2, position, title, bold)
        for line, column in enumerate(profile.columns, start=3):
            for position, told in enumerate(_explained(column)):
                explained.write_string(line, position, told)


def _offer_words(sheet: Any, index: int, column: Column) -> None:  # noqa: ANN401 - a worksheet, untyped
    words = ["oui", "non"] if column.type == "bool" else list(column.shown_words)
    if words and len(",".join(words)) <= LIST_CHARACTERS_MAX and not column.many:
        rule = {"validate": "list", "source": words, "ignore_blank": True, "error_type": "warning"}
        sheet.data_validation(1, index, ROWS_PREPARED, index, rule)


def _explained(column: Column) -> tuple[str, str, str, str, str]:
    wanted = "obligatoire" if column.required else "facultatif"
    shown = FORMATS.get(column.type) or f"un mot parmi : {', '.join(column.shown_words)}"
    if column.many:
        shown += " ; plusieurs valeurs séparées par |"
    return column.headers[0], wanted, shown, column.help, column.example


def _readme(profiles: Iterable[Profile]) -> str:
    lines = [
        "LISEZ-MOI – modèles d’import de quitus",
        "",
        "Chaque fichier existe en CSV (point-virgule, UTF-8) et en XLSX : remplissez l’un ou l’autre.",
        "L’ordre des colonnes est libre, et une colonne facultative peut être supprimée.",
        "Les codes relient les fichiers entre eux : le session_code d’une inscription est le code d’une session.",
        "Une cellule vide veut dire « inconnu » : ce que quitus sait déjà n’est pas effacé.",
        "« quitus import DOSSIER » lit tous les fichiers d’un dossier, dans le bon ordre.",
        "Importer deux fois le même fichier ne change rien ; une ligne fausse est mise en quarantaine avec sa raison,",
        "et disparaît de la quarantaine dès qu’un fichier corrigé est importé.",
        "",
    ]
    for profile in profiles:
        lines += [f"== {profile.code} – {profile.label}", profile.description, ""]
        for column in profile.columns:
            name, wanted, shown, told, example = _explained(column)
            detail = f"  {name} ({wanted}) – {shown}."
            lines.append(detail + (f" {told}" if told else "") + (f" Exemple : {example}" if example else ""))
        lines.append("")
    return "\n".join(lines)
