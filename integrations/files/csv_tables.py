"""CSV files as tables: encodings, byte-order marks, delimiters, quotes, cut files. Streaming; memory stays flat."""

import codecs
import csv
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from billing.errors import InvalidInput
from integrations.files.limits import CELL_CHARACTERS_MAX, CHUNK_BYTES, COLUMNS_MAX, HEAD_ROWS, ROWS_MAX
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
        tables.append(Table(name=NAMES[delimiter], head=head, rows=rows, encoding=encoding))
    return tables


def _forgiving(rows: Iterator[RawRow]) -> Iterator[RawRow]:
    """Read the head under a delimiter that may be the wrong one: what breaks ends it."""
    try:
        yield from rows
    except InvalidInput:
        return


def find_encoding(path: Path, candidates: Iterable[str]) -> str:
    """Find the encoding: a byte-order mark says it, else the first candidate that reads every byte.

    A text that begins as UTF-8 and then breaks is damaged: reading it as cp1252 would give wrong letters.

    Raises:
        InvalidInput: `file_encoding_mixed`, `file_encoding_unknown`, `file_cut`, `file_has_nul`.
    """
    with path.open("rb") as stream:
        start = stream.read(4)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        _decode_whole(path, "utf-16")
        return "utf-16"
    if start.startswith(codecs.BOM_UTF8):
        candidates = ("utf-8",)
    for candidate in candidates:
        if _decode_whole(path, candidate):
            return "utf-8-sig" if candidate == "utf-8" else candidate
    raise InvalidInput("file_encoding_unknown", file=path.name)


def _decode_whole(path: Path, encoding: str) -> bool:
    """Decode every byte; tell whether it can be done."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line, accents = 1, False
    with path.open("rb") as stream:
        while True:
            chunk = stream.read(CHUNK_BYTES)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as cause:
                return _not_decoded(path, encoding, cause, line, accents=accents)
            if "\0" in text:
                raise InvalidInput("file_has_nul", file=path.name, line=line + text[: text.index("\0")].count("\n"))
            if not chunk:
                return True
            line += text.count("\n")
            accents = accents or not text.isascii()


def _not_decoded(path: Path, encoding: str, cause: UnicodeDecodeError, line: int, *, accents: bool) -> bool:
    before: bytes = cause.object[: cause.start]
    if encoding == "utf-16" or (
        encoding == "utf-8" and "unexpected end" in cause.reason and cause.end >= len(cause.object)
    ):
        raise InvalidInput("file_cut", file=path.name, line=line + before.count(b"\n")) from cause
    if encoding == "utf-8" and (accents or not before.removeprefix(codecs.BOM_UTF8).isascii()):
        raise InvalidInput("file_encoding_mixed", file=path.name, line=line + before.count(b"\n")) from cause
    return False


class _Lines:
    """The physical lines of a text, with the last one at hand for the quarantine."""

    def __init__(self, stream: Iterable[str]) -> None:
        self._stream = iter(stream)
        self.number = 0
        self.last = ""

    def __iter__(self) -> Iterator[str]:
        for line in self._stream:
            self.number += 1
            self.last = line
            yield line


def read_rows(path: Path, encoding: str, delimiter: str) -> Iterator[RawRow]:
    """Read every row; a row whose quotes are broken is given as such.

    Raises:
        InvalidInput: `file_cut` (a quote is still open at the end), `cell_too_big`, `too_many_rows`,
            `too_many_columns`.
    """
    with path.open(encoding=encoding, newline="") as stream:
        lines = _Lines(stream)
        reader = csv.reader(lines, delimiter=delimiter, doublequote=True, strict=True)
        count = 0
        while True:
            first = lines.number + 1
            try:
                cells = next(reader, None)
            except csv.Error as cause:
                if "field larger" in str(cause):
                    limit = CELL_CHARACTERS_MAX
                    raise InvalidInput("cell_too_big", file=path.name, line=first, characters=limit) from cause
                if "unexpected end" in str(cause):
                    raise InvalidInput("file_cut", file=path.name, line=first) from cause
                yield RawRow(lines.number, (), broken=lines.last.rstrip("\r\n"))
                continue
            if cells is None:
                return
            count += 1
            if count > ROWS_MAX:
                raise InvalidInput("too_many_rows", file=path.name, rows=ROWS_MAX)
            if len(cells) > COLUMNS_MAX:
                raise InvalidInput("too_many_columns", file=path.name, line=first, columns=COLUMNS_MAX)
            yield RawRow(first, tuple(cells))


def check_rows(table: Table) -> None:
    """Read the whole file once under the delimiter found, so that a cut file is refused before its first row.

    Raises:
        InvalidInput: as `read_rows`.
    """
    for _row in table.rows():
        pass
