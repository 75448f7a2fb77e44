"""From a file to neutral rows: choose the profile, find the headings, read each row, lose none.

Rows come one by one. Whatever is wrong with the whole file is found before the first one is given.
"""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path
from typing import Any

from billing.errors import InvalidInput, Values
from billing.usecases.take_in_rows import BadRow, Part, Row
from integrations.files.cells import TEXTS, is_empty, plain_text, reader_of
from integrations.files.csv_tables import check_rows, csv_tables
from integrations.files.folding import folded
from integrations.files.headings import (
    Headings,
    candidates,
    find_headings,
    missing_headings,
    refuse_twice,
)
from integrations.files.profile import Column, Profile, Reading, Source, Target
from integrations.files.tables import RawRow, Table, checked_size, is_workbook
from integrations.files.xlsx_tables import xlsx_tables

DIGEST_CHARACTERS = 12
TOTALS = ("total", "soustotal", "totaux")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """How a file would be read (`quitus profile try`)."""

    profile: str
    table: str
    encoding: str
    heading_line: int
    found: tuple[tuple[str, str], ...]
    """Heading and field."""
    unused: tuple[str, ...]
    absent: tuple[str, ...]
    """Optional columns that the file does not have."""


def choose_profile(path: Path, profiles: Sequence[Profile]) -> Profile:
    """Find the profile of a file: by its headings, then by its name.

    Raises:
        InvalidInput: the file cannot be read, no profile fits (`profile_unknown`) or several do alike
            (`profile_ambiguous`).
    """
    lines = [line for table in _tables(path, Reading()) for line in candidates(table)]
    ranked: list[tuple[tuple[bool, int, int], Profile]] = []
    for profile in profiles:
        found = find_headings(lines, profile)
        if found is not None:
            ranked.append(((_named(path, profile), len(found.found), -len(found.unused)), profile))
    if not ranked:
        shown = max((line.texts for line in lines), key=lambda texts: sum(bool(text) for text in texts), default=())
        headings = ", ".join(text for text in shown if text)
        raise InvalidInput("profile_unknown", file=path.name, headings=headings[:300])
    ranked.sort(key=lambda item: item[0], reverse=True)
    if len(ranked) > 1 and ranked[0][0] == ranked[1][0]:
        both = ", ".join(profile.code for rank, profile in ranked if rank == ranked[0][0])
        raise InvalidInput("profile_ambiguous", file=path.name, profiles=both)
    return ranked[0][1]


def _named(path: Path, profile: Profile) -> bool:
    return any(fnmatchcase(path.name.lower(), pattern.lower()) for pattern in profile.match.names)


def _tables(path: Path, reading: Reading) -> list[Table]:
    checked_size(path)
    return xlsx_tables(path, reading) if is_workbook(path) else csv_tables(path, reading)


def inspect_file(path: Path, profile: Profile) -> Inspection:
    """Tell how a file would be read under a profile.

    Raises:
        InvalidInput: the file cannot be read under this profile.
    """
    table, headings = _opened(path, profile)
    return Inspection(
        profile=profile.code,
        table=table.name,
        encoding=table.encoding,
        heading_line=headings.after,
        found=tuple((heading, column.field) for _index, column, heading in headings.found),
        unused=headings.unused,
        absent=tuple(column.headers[0] for column in profile.columns if column.field not in headings.fields),
    )


def read_file(path: Path, profile: Profile) -> Iterator[Row | BadRow]:
    """Read a file under a profile, row by row.

    The file itself is never changed or moved.

    Raises:
        InvalidInput: the whole file cannot be used; raised here, before any row is given.
    """
    table, headings = _opened(path, profile)
    if table.encoding:
        check_rows(table)
    return _read(table, headings, profile)


def _opened(path: Path, profile: Profile) -> tuple[Table, Headings]:
    tables = _tables(path, profile.reading)
    best: tuple[int, Table, Headings] | None = None
    for table in tables:
        headings = find_headings(candidates(table), profile)
        if headings is not None and (best is None or len(headings.found) > best[0]):
            best = (len(headings.found), table, headings)
    if best is None:
        absent = missing_headings([line for table in tables for line in candidates(table)], profile)
        missing = ", ".join(absent)
        raise InvalidInput("headings_missing", file=path.name, profile=profile.label, missing=missing[:300])
    refuse_twice(best[2], path.name)
    return best[1], best[2]


def _read(table: Table, headings: Headings, profile: Profile) -> Iterator[Row | BadRow]:
    reader = _RowReader(table, headings, profile)
    for raw in table.rows():
        if raw.line <= headings.after:
            continue
        if raw.broken:
            yield reader.refuse(raw)
        elif not all(is_empty(cell) for cell in raw.cells):
            yield reader.read(raw)


@dataclass(frozen=True, slots=True)
class _Plan:
    """One column of this file."""

    index: int
    column: Column
    heading: str
    read: Callable[[Any], Any]


class _RowReader:
    """Reads the rows of one table; everything that does not depend on a row is prepared once."""

    def __init__(self, table: Table, headings: Headings, profile: Profile) -> None:
        self.profile = profile
        self.headings = headings
        self.errors = table.errors
        self.is_text = bool(table.encoding)
        self.plans = [_Plan(index, column, text, reader_of(column)) for index, column, text in headings.found]
        self.titles = {folded(text) for text in (*(item[2] for item in headings.found), *headings.unused)}
        self.names = {plan.column.field: plan.heading for plan in self.plans}
        self.all_names = {column.field: column.headers[0] for column in profile.columns} | self.names
        self.targets = [(target, _headers_of(target, self.all_names)) for target in profile.targets]

    def refuse(self, raw: RawRow) -> BadRow:
        """Set apart a row that cannot be used at all, under its key where it can be read."""
        values: dict[str, Any] = {}
        for plan in self.plans if raw.cells else ():
            with suppress(InvalidInput):
                self._cell(plan, raw.cells[plan.index] if plan.index < len(raw.cells) else None, values, raw.line)
        return BadRow(line=raw.line, column="", code=raw.code, values=raw.values, raw=raw.broken, key=self._key(values))

    def read(self, raw: RawRow) -> Row | BadRow:
        values: dict[str, Any] = {}
        problem = self._shape(raw)
        for plan in self.plans:
            cell = raw.cells[plan.index] if plan.index < len(raw.cells) else None
            try:
                self._cell(plan, cell, values, raw.line)
            except InvalidInput as error:
                problem = problem or (plan.heading, error.code, error.values)
        key = self._key(values)
        text = _as_csv(raw.cells)
        if problem is not None:
            column, code, detail = self._named(problem, raw)
            return BadRow(line=raw.line, column=column, code=code, values=detail, raw=text, key=key)
        return Row(line=raw.line, key=key, parts=self._parts(values), raw=text)

    def _named(self, problem: tuple[str, str, Values], raw: RawRow) -> tuple[str, str, Values]:
        """Say of a row that cannot be read that it is no record at all, where it says so itself."""
        texts = [folded(plain_text(cell)) for cell in raw.cells if not is_empty(cell)]
        if texts and texts[0].startswith(TOTALS):
            return "", "totals_row", {}
        if len(texts) > 1 and set(texts) <= self.titles:
            return "", "headings_again", {}
        return problem

    def _shape(self, raw: RawRow) -> tuple[str, str, Values] | None:
        """Refuse a row that was cut, or whose cells slipped to the right."""
        cells, width = raw.cells, self.headings.width
        if not self.is_text:
            return None
        if len(cells) < width:
            return "", "row_too_short", {"cells": len(cells), "expected": width}
        if len(cells) > width and not all(is_empty(cell) for cell in cells[width:]):
            return "", "row_too_long", {"cells": len(cells), "expected": width}
        return None

    def _cell(self, plan: _Plan, cell: Any, values: dict[str, Any], line: int) -> None:  # noqa: ANN401
        column = plan.column
        if (line, plan.index) in self.errors:
            raise InvalidInput("formula_failed")
        if is_empty(cell):
            if column.default:
                cell = column.default
            elif column.required:
                raise InvalidInput("cell_empty")
            else:
                if column.empty == "none":
                    values[column.field] = "" if column.type in TEXTS else None
                return
        value = plan.read(cell)
        if column.type == "word":
            meaning = column.meaning_of(value)
            values[column.field] = value
            known = isinstance(meaning, dict)
            values["known"] = values.get("known", True) and known
            if isinstance(meaning, dict):
                values.update(meaning)
        else:
            values[column.field] = value

    def _key(self, values: dict[str, Any]) -> str:
        """Write the natural key; empty when one of its fields is not known at all."""
        parts = [_key_text(values.get(name)) for name in self.profile.key]
        return "|".join(parts) if any(parts) and parts[0] else ""

    def _parts(self, values: dict[str, Any]) -> tuple[Part, ...]:
        if self.profile.kind:
            return (Part(kind=self.profile.kind, values=values, headers=self.all_names),)
        return tuple(
            Part(
                kind=target.kind,
                values=_filled(target, values),
                create_only=target.create_only,
                headers=headers,
            )
            for target, headers in self.targets
        )


def _key_text(value: Any) -> str:  # noqa: ANN401 - any field's value
    if value is None:
        return ""
    return str(getattr(value, "value", value))


def _filled(target: Target, values: dict[str, Any]) -> dict[str, Any]:
    """Fill a target's fields; what the row does not know stays out."""
    filled: dict[str, Any] = {}
    for name, source in target.fields.items():
        if isinstance(source, str):
            if source in values:
                filled[name] = values[source]
            continue
        value = _made(source, values)
        if value is not None:
            filled[name] = value
    return filled


def _made(source: Source, values: dict[str, Any]) -> Any | None:  # noqa: ANN401 - any field's value
    if source.constant is not None:
        return source.constant
    if source.first:
        return next((values[name] for name in source.first if values.get(name) not in {None, ""}), None)
    texts = [folded(_key_text(values.get(name))) for name in source.digest]
    if not all(texts):
        return None
    digest = sha256("\x1f".join(texts).encode()).hexdigest()[:DIGEST_CHARACTERS]
    return f"{source.prefix}{digest.upper()}"


def _headers_of(target: Target, names: dict[str, str]) -> dict[str, str]:
    """Tell under which heading each field of a target is found, for messages."""
    headers: dict[str, str] = {}
    for name, source in target.fields.items():
        fields = [source] if isinstance(source, str) else [*source.first, *source.digest]
        found = [names[field] for field in fields if field in names]
        if found:
            headers[name] = found[0]
    return headers


def _as_csv(cells: Sequence[Any]) -> str:
    """Write a row down as it came, so that it can be corrected and given again."""
    texts = [cell if isinstance(cell, str) else "" if cell is None else plain_text(cell) for cell in cells]
    joined = ";".join(texts)
    if joined.count(";") == len(texts) - 1 and '"' not in joined and "\n" not in joined and "\r" not in joined:
        return joined
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="").writerow(texts)
    return out.getvalue()
