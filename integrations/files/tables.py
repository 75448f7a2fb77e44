"""A file as raw rows of cells, whatever its format; the file is looked at whole before its first row is given.

A file that is cut, damaged, hostile or too big gives one error and no row, so that it is never half taken in.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from billing.errors import NO_VALUES, InvalidInput, Values
from integrations.files.limits import CHUNK_BYTES, FILE_BYTES_MAX

TEXT_ENDINGS = frozenset({".csv", ".txt", ".tsv"})
WORKBOOK_ENDINGS = frozenset({".xlsx", ".xlsm"})
_MAGIC = (
    (b"PK\x03\x04", "archive ou classeur .xlsx"),
    (b"PK\x05\x06", "archive vide"),
    (b"\xd0\xcf\x11\xe0", "ancien classeur .xls, ou classeur protégé par un mot de passe"),
    (b"%PDF", "document PDF"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"\x1f\x8b", "archive compressée"),
)


@dataclass(frozen=True, slots=True)
class RawRow:
    """Cells of one row; `line` counts from 1.

    Attributes:
        broken: the row as it came, when it cannot be used: its cells then serve to find its key at most.
        code, values: why it cannot.
    """

    line: int
    cells: tuple[Any, ...]
    broken: str = ""
    code: str = ""
    values: Values = field(default_factory=lambda: NO_VALUES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One way of reading a file as rows: a sheet, or a delimiter.

    Attributes:
        name: sheet or delimiter, for messages.
        head: its first rows.
        rows: gives all rows again, from the first.
        encoding: of a text; empty for a workbook.
        errors: cells in which a workbook's formula failed, by (line, index from 0): they look empty.
    """

    name: str
    head: tuple[RawRow, ...]
    rows: Callable[[], Iterator[RawRow]]
    encoding: str = ""
    errors: frozenset[tuple[int, int]] = frozenset()


def checked_size(path: Path) -> int:
    """Refuse what is no file, is empty, or is too big.

    Raises:
        InvalidInput: `file_missing`, `file_empty`, `file_too_big`.
    """
    if not path.is_file():
        raise InvalidInput("file_missing", file=path.name)
    size = path.stat().st_size
    if size == 0:
        raise InvalidInput("file_empty", file=path.name)
    if size > FILE_BYTES_MAX:
        raise InvalidInput("file_too_big", file=path.name, megabytes=FILE_BYTES_MAX // 1_000_000)
    return size


def is_workbook(path: Path) -> bool:
    """Tell a workbook from a text, by its bytes, and refuse anything else.

    Raises:
        InvalidInput: `file_wrong_type`: it is not what its name says, or no table at all.
    """
    ending = path.suffix.lower()
    if ending not in TEXT_ENDINGS | WORKBOOK_ENDINGS:
        raise InvalidInput("file_type_unsupported", file=path.name, ending=ending[:20])
    expected = "classeur .xlsx" if ending in WORKBOOK_ENDINGS else "fichier texte .csv"
    with path.open("rb") as stream:
        start = stream.read(4096)
    found = next((label for magic, label in _MAGIC if start.startswith(magic)), "")
    if not found and start.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(
        (b"<!doctype", b"<html", b"<?xml", b"<table")
    ):
        found = "page web ou fichier XML"
    zipped = start.startswith(b"PK\x03\x04")
    if ending in WORKBOOK_ENDINGS:
        if not zipped:
            raise InvalidInput("file_wrong_type", file=path.name, expected=expected, found=found or "texte")
        return True
    if found:
        raise InvalidInput("file_wrong_type", file=path.name, expected=expected, found=found)
    return False


def file_sha256(path: Path) -> str:
    """Digest a file's bytes."""
    digest = sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
