"""Write the sample as the files that a user would drop into the inbox: quitus's own templates, in CSV."""

import csv
from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal
from pathlib import Path

from billing.money import Money
from console.demo.world import Row, Sample
from integrations.files.profile import Column, Profile, own_profiles


def write_templates(sample: Sample, folder: Path) -> list[Path]:
    """Write one file for each kind of row, under the headings of its template.

    Raises:
        KeyError: a kind of row or a field that no template has (the sample and the templates disagree).
    """
    by_kind: dict[str, Profile] = {}
    for profile in own_profiles():
        by_kind.setdefault(profile.kind, profile)
    return [_write(by_kind[kind], rows, folder) for kind, rows in sample.rows.items()]


def _write(profile: Profile, rows: list[Row], folder: Path) -> Path:
    columns = {column.field: column for column in profile.columns}
    used = list(dict.fromkeys(name for row in rows for name in row))
    path = folder / f"{profile.code}.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
        writer.writerow(columns[name].headers[0] for name in used)
        words = {name: _words(columns[name]) for name in used}
        for row in rows:
            writer.writerow(_cell(row.get(name), words[name]) for name in used)
    return path


def _words(column: Column) -> Mapping[str, str]:
    """What people write for each of our words; the first spelling wins."""
    spoken: dict[str, str] = {}
    for word, meaning in column.words.items():
        spoken.setdefault(str(meaning), word)
    return spoken


def _cell(value: object, words: Mapping[str, str]) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "oui" if value else "non"
        case Money():
            return format(value.euros, "f").replace(".", ",")
        case Decimal():
            return format(value, "f").replace(".", ",")
        case date():
            return f"{value:%d/%m/%Y}"
        case time():
            return f"{value:%H:%M}"
        case tuple():
            return " | ".join(str(item) for item in value)
        case _:
            return words.get(str(value), str(value))
