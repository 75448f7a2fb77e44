"""How a FEC of any origin is written: encoding, separator, ends of line, header. It swallows what real files hold."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from billing.errors import InvalidInput

COLUMNS = (
    *("JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib", "CompAuxNum", "CompAuxLib"),
    *("PieceRef", "PieceDate", "EcritureLib", "Debit", "Credit", "EcritureLet", "DateLet", "ValidDate"),
    *("Montantdevise", "Idevise"),
)
TREASURY = ("DateRglt", "ModeRglt", "NatOp", "IdClient")
"""Columns that the treasury books of BNC and BA add (21 or 22 in all)."""
_INSTEAD = {"montant": "Debit", "sens": "Credit"}
"""The other lawful pair: an amount and its side."""

LINE_MAX = 64 * 1024
FILE_MAX = 2 * 1024 * 1024 * 1024
_HEAD = 4096
_TAB_FIELDS_MIN = 9
"""The official tool takes TAB when the header then splits into at least nine fields, else the bar."""
_ENDS = re.compile(rb"\r*\n|\r+(?!\n)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How the file is written.

    Attributes:
        names: canonical name of each column in order; a name that is not of the law stays as it is.
        sided: amounts stand in `Montant` and `Sens`, not in `Debit` and `Credit`.
        extra: a trailing separator makes one column more than the header names.
        end: what ends a record; carriage returns before a line feed belong to it.
        stray_returns: the beginning of the file mixes ends of line, or doubles carriage returns.
    """

    encoding: str
    bom: bool
    separator: str
    names: tuple[str, ...]
    sided: bool
    extra: bool
    end: str
    stray_returns: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One record: its number in the file (the header is 1) and its fields, blanks around them dropped."""

    number: int
    fields: tuple[str, ...]
    blank: bool = False


def key(name: str) -> str:
    """Put a column's name in the form in which the official tool compares: no case, no accents, no blanks."""
    plain = unicodedata.normalize("NFKD", name)
    return re.sub(r"[\s_\"']", "", "".join(char for char in plain if not unicodedata.combining(char))).casefold()


_CANONICAL = {key(name): name for name in (*COLUMNS, *TREASURY)} | _INSTEAD


def read_dialect(path: Path) -> Dialect:
    """Look at a FEC.

    Raises:
        InvalidInput: it is not there, empty, huge, an XML variant, or no text at all.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(LINE_MAX)
    except OSError as cause:
        raise InvalidInput("fec_unreachable", file=path.name, reason=type(cause).__name__) from cause
    if size > FILE_MAX:
        raise InvalidInput("fec_too_large", file=path.name, limit=FILE_MAX // 1024**3)
    bom = head.startswith(b"\xef\xbb\xbf")
    content = head[3:] if bom else head
    if not content.strip():
        raise InvalidInput("fec_empty", file=path.name)
    if content.lstrip().startswith((b"<?xml", b"<compta")):
        raise InvalidInput("fec_xml", file=path.name)
    if b"\0" in content or content.startswith((b"PK\x03\x04", b"%PDF")):
        raise InvalidInput("fec_not_text", file=path.name)
    encoding = _encoding(path, bom=bom)
    first = _ENDS.split(content, maxsplit=1)[0].decode(encoding, errors="replace")
    separator = "\t" if len(first.split("\t")) >= _TAB_FIELDS_MIN else "|"
    cells = first.split(separator)
    extra = len(cells) > 1 and not cells[-1].strip()
    names = tuple(_CANONICAL.get(key(cell), cell.strip()) for cell in (cells[:-1] if extra else cells))
    ends = set(_ENDS.findall(head[:_HEAD]))
    return Dialect(
        encoding=encoding,
        bom=bom,
        separator=separator,
        names=names,
        sided=any(key(cell) == "sens" for cell in cells),
        extra=extra,
        end="\n" if b"\n" in head else "\r",
        stray_returns=len(ends) > 1 or b"\r\r\n" in ends,
    )


def _encoding(path: Path, *, bom: bool) -> str:
    """Tell UTF-8 from ISO 8859-15 by reading the file through, as the official tool tries one then the other."""
    if bom:
        return "utf-8-sig"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            while file.read(1024 * 1024):
                pass
    except UnicodeDecodeError:
        return "iso8859-15"
    return "utf-8"


def read_lines(path: Path, dialect: Dialect) -> Iterator[Line]:
    """Read the records after the header; stray carriage returns at the end of a record are swallowed.

    Raises:
        InvalidInput: a record has no end within reason.
    """
    number = 1
    with path.open(encoding=dialect.encoding, errors="replace", newline=dialect.end) as file:
        file.readline(LINE_MAX)
        empty = 0
        while text := file.readline(LINE_MAX):
            number += 1
            if len(text) >= LINE_MAX:
                raise InvalidInput("fec_line_too_long", file=path.name, line=number)
            record = text.rstrip("\r\n").replace("\u00a0", " ").replace("\r", " ")
            if not record.strip(" \t|\x1a"):
                empty += 1
                continue
            for skipped in range(number - empty, number):
                yield Line(skipped, (), blank=True)
            empty = 0
            cells = record.split(dialect.separator)
            yield Line(number, tuple(cell.strip().strip('"').strip() for cell in cells))
