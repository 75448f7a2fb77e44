"""CSV files as tables: delimiters, quotes, cut files. Streaming; memory stays flat."""

import csv
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from billing.errors import InvalidInput
from integrations.files.encodings import Line, TextEncoding, find_encoding, read_lines
from integrations.files.limits import CELL_CHARACTERS_MAX, COLUMNS_MAX, HEAD_ROWS, ROWS_MAX, SHOWN_CHARACTERS
from integrations.files.profile import Reading
from integrations.files.tables import RawRow, Table

DELIMITERS = (";", ",", "\t", "|")
NAMES = {";": "point-virgule", ",": "virgule", "\t": "tabulation", "|": "barre"}


def csv_tables(path: Path, reading: Reading) -> list[Table]:
    """Open a text under each delimiter that it may have; the headings then tell which one is right.

    Raises:
        InvalidInput: encoding, NUL bytes.
    """
    encoding = find_encoding(path, reading.encodings)
    tables = []
    for delimiter in [reading.delimiter] if reading.delimiter else DELIMITERS:

        def rows(delimiter: str = delimiter) -> Iterator[RawRow]:
            return read_rows(path, encoding, delimiter)

        head = tuple(islice(_forgiving(rows()), HEAD_ROWS))
        tables.append(Table(name=NAMES[delimiter], head=head, rows=rows, encoding=encoding.label))
    return tables


def _forgiving(rows: Iterator[RawRow]) -> Iterator[RawRow]:
    """Read the head under a delimiter that may be the wrong one: what breaks ends it."""
    try:
        yield from rows
    except InvalidInput:
        return


class _Lines:
    """The physical lines of a text, and what is known of those of the row that is being read."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self._lines = lines
        self._row: list[Line] = []
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.number += 1
            self._row.append(line)
            yield line.text

    def begin_row(self) -> None:
        """Forget the lines of the last row."""
        self._row.clear()

    @property
    def problem(self) -> Line | None:
        """The first line that spoils the row, if there is one."""
        return next((line for line in self._row if line.code), None)

    @property
    def shown(self) -> str:
        """The row as it came, or its beginning."""
        return "".join(line.shown[:SHOWN_CHARACTERS] for line in self._row)[:SHOWN_CHARACTERS].rstrip("\r\n")

    @property
    def last(self) -> str:
        """The last line as it came."""
        return self._row[-1].shown.rstrip("\r\n")

    def close_quotes(self) -> bool:
        """Go on to the line on which the quotes that this row opened are closed; tell whether there is one."""
        quotes = sum(line.text.count('"') for line in self._row)
        while quotes % 2:
            line = next(self._lines, None)
            if line is None:
                return False
            self.number += 1
            quotes += line.text.count('"')
        return True


def read_rows(path: Path, encoding: TextEncoding, delimiter: str) -> Iterator[RawRow]:
    """Read every row; a row that cannot be used (quotes, encoding, a cell without end) is given as such.

    Raises:
        InvalidInput: `file_cut` or `cell_too_big` (a quote is still open at the end), `too_many_rows`,
            `too_many_columns`.
    """
    lines = _Lines(read_lines(path, encoding))
    reader = csv.reader(lines, delimiter=delimiter, doublequote=True, strict=True)
    count = 0
    while True:
        lines.begin_row()
        first = lines.number + 1
        try:
            cells = next(reader, None)
        except csv.Error as cause:
            yield _broken(path, lines, first, cause)
            continue
        if cells is None:
            return
        count += 1
        if count > ROWS_MAX:
            raise InvalidInput("too_many_rows", file=path.name, rows=ROWS_MAX)
        problem = lines.problem
        if len(cells) > COLUMNS_MAX and problem is None:
            raise InvalidInput("too_many_columns", file=path.name, line=first, columns=COLUMNS_MAX)
        yield RawRow(first, tuple(cells)) if problem is None else _spoilt(first, cells, lines.shown, problem)


def _broken(path: Path, lines: _Lines, first: int, cause: csv.Error) -> RawRow:
    """Give a row that the CSV reader gives up."""
    if "field larger" in str(cause):
        limit = CELL_CHARACTERS_MAX
        if not lines.close_quotes():
            raise InvalidInput("cell_too_big", file=path.name, line=first, characters=limit) from cause
        return RawRow(first, (), broken=lines.shown, code="cell_too_big", values={"characters": limit})
    if "unexpected end" in str(cause):
        raise InvalidInput("file_cut", file=path.name, line=first) from cause
    problem = lines.problem
    if problem is not None:
        return _spoilt(lines.number, (), lines.shown, problem)
    return RawRow(lines.number, (), broken=lines.last, code="quotes_broken")


def _spoilt(line: int, cells: Sequence[str], shown: str, problem: Line) -> RawRow:
    """Give a row with a line that cannot be used as it is; its cells only serve to find its key."""
    values = {"characters": CELL_CHARACTERS_MAX} if problem.code == "cell_too_big" else {"text": problem.detail}
    kept = () if problem.code == "cell_too_big" else tuple(cells)
    return RawRow(line, kept, broken=shown or "…", code=problem.code, values=values)


def check_rows(table: Table) -> None:
    """Read the whole file once under the delimiter found, so that a cut file is refused before its first row.

    Raises:
        InvalidInput: as `read_rows`.
    """
    for _row in table.rows():
        pass
