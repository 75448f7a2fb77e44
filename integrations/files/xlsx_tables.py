"""Workbooks as tables, through python-calamine; formulas are never computed, their stored values are read."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

from billing.errors import InvalidInput
from integrations.files.limits import (
    CELL_CHARACTERS_MAX,
    COLUMNS_MAX,
    HEAD_ROWS,
    ROWS_MAX,
    SHEETS_MAX,
    SHOWN_CHARACTERS,
)
from integrations.files.profile import Reading
from integrations.files.tables import RawRow, Table
from integrations.files.xlsx_check import checked_workbook

CELL_SHOWN = 200


def xlsx_tables(path: Path, reading: Reading) -> list[Table]:
    """Open each sheet of a workbook (or the one that the profile names).

    Raises:
        InvalidInput: the workbook is damaged, protected, hostile or too big, or has no such sheet.
    """
    checked = checked_workbook(path)
    try:
        book = CalamineWorkbook.from_path(str(path))
    except PasswordError as cause:
        raise InvalidInput("workbook_protected", file=path.name) from cause
    except CalamineError as cause:
        raise InvalidInput("workbook_damaged", file=path.name) from cause
    names = [name for name in book.sheet_names if not reading.sheet or name == reading.sheet]
    if not names:
        raise InvalidInput("sheet_missing", file=path.name, sheet=reading.sheet)
    tables = []
    for index, name in enumerate(book.sheet_names[:SHEETS_MAX]):
        if name not in names:
            continue
        sheet = _sheet(path, book, name)
        if sheet is None:
            continue
        member = checked.sheets[index] if index < len(checked.sheets) else ""
        failed = checked.failed.get(member, set())
        offset = sheet.start[1] if sheet.start else 0

        def rows(sheet: CalamineSheet = sheet) -> Iterator[RawRow]:
            return _rows(sheet)

        tables.append(
            Table(
                name=name,
                head=tuple(islice(rows(), HEAD_ROWS)),
                rows=rows,
                errors=frozenset((line, column - offset) for line, column in failed),
            )
        )
    return tables


def _sheet(path: Path, book: CalamineWorkbook, name: str) -> CalamineSheet | None:
    try:
        sheet = book.get_sheet_by_name(name)
    except CalamineError:
        return None  # a chart sheet holds no cells
    if sheet.total_height > ROWS_MAX:
        raise InvalidInput("too_many_rows", file=path.name, rows=ROWS_MAX)
    if sheet.width > COLUMNS_MAX:
        raise InvalidInput("too_many_columns", file=path.name, line=1, columns=COLUMNS_MAX)
    return sheet


def _rows(sheet: CalamineSheet) -> Iterator[RawRow]:
    """Give the rows of a sheet; they begin at the sheet's first line, and at its first used column."""
    for line, cells in enumerate(sheet.iter_rows(), start=1):
        if any(isinstance(cell, str) and len(cell) > CELL_CHARACTERS_MAX for cell in cells):
            shown = ";".join(str(cell)[:CELL_SHOWN] for cell in cells)[:SHOWN_CHARACTERS]
            yield RawRow(line, (), broken=shown, code="cell_too_big", values={"characters": CELL_CHARACTERS_MAX})
            continue
        row: tuple[Any, ...] = tuple(cells)
        yield RawRow(line, row)
