"""What is checked of a workbook before the spreadsheet reader touches it: it is a zip that others may have made.

The reader holds a sheet's whole rectangle in memory, so two far cells would exhaust it: the span is measured
first. Every member is inflated once and its checksum verified; nothing is written anywhere.
"""

import re
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from billing.errors import InvalidInput
from integrations.files.limits import (
    CHUNK_BYTES,
    FORMULA_ERRORS_MAX,
    SHEET_CELLS_MAX,
    ZIP_MEMBERS_MAX,
    ZIP_RATIO_FROM,
    ZIP_RATIO_MAX,
    ZIP_TOTAL_MAX,
)

WORKBOOK = "xl/workbook.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"
TAIL = 300
"""Bytes of a chunk looked at again with the next one, so that no cell is cut in two."""
SMALL_MEMBER_MAX = 5_000_000

_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)
_COLUMN = re.compile(rb"""<c [^>]{0,100}?r=["']([A-Z]{1,3})\d""")
_ROW = re.compile(rb"""<row [^>]{0,200}?r=["'](\d{1,9})["']""")
_FAILED = re.compile(rb"""<c (?=[^>]{0,150}?t=["']e["'])[^>]{0,150}?r=["']([A-Z]{1,3})(\d{1,7})["']""")
_SHEET = re.compile(rb"<(?:\w+:)?sheet [^>]*>")
_RELATION = re.compile(rb"<Relationship [^>]*>")
_ATTRIBUTE = re.compile(rb"""([\w:]+)=["']([^"']*)["']""")


@dataclass(slots=True)
class Workbook:
    """What the check learned: cells in which a formula failed, by member name."""

    failed: dict[str, set[tuple[int, int]]] = field(default_factory=dict)
    sheets: list[str] = field(default_factory=list)
    """Member of each sheet, in the workbook's order."""


def checked_workbook(path: Path) -> Workbook:
    """Check a workbook.

    Raises:
        InvalidInput: `workbook_damaged`, `workbook_unsafe`, `workbook_too_big`, `file_wrong_type`.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_members(path, members)
            names = {member.filename for member in members}
            if WORKBOOK not in names:
                found = "archive"
                raise InvalidInput("file_wrong_type", file=path.name, expected="classeur .xlsx", found=found)
            workbook = Workbook()
            for member in members:
                _inflate(path, archive, member, workbook)
            workbook.sheets = _sheets(archive, names)
            return workbook
    except _DAMAGED as cause:
        if isinstance(cause, InvalidInput):
            raise
        raise InvalidInput("workbook_damaged", file=path.name) from cause


def _check_members(path: Path, members: list[zipfile.ZipInfo]) -> None:
    if len(members) > ZIP_MEMBERS_MAX or sum(member.file_size for member in members) > ZIP_TOTAL_MAX:
        raise InvalidInput("workbook_too_big", file=path.name)
    for member in members:
        name = member.orig_filename
        parts = PurePosixPath(name.replace("\\", "/")).parts
        if "\\" in name or "\0" in name or ":" in name or ".." in parts or name.startswith("/"):
            raise InvalidInput("workbook_unsafe", file=path.name, reason="un nom de chemin interdit")
        if member.flag_bits & 0x1:
            raise InvalidInput("workbook_protected", file=path.name)
        if member.file_size > ZIP_RATIO_FROM and member.file_size > ZIP_RATIO_MAX * max(member.compress_size, 1):
            raise InvalidInput("workbook_too_big", file=path.name)


def _inflate(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo, workbook: Workbook) -> None:
    """Read a member to its end: sizes and checksum are true, no document type is declared, the span is bounded."""
    is_sheet = member.filename.startswith("xl/worksheets/") and member.filename.endswith(".xml")
    is_xml = member.filename.endswith((".xml", ".rels"))
    tail, columns, last_row, rows = b"", {b"A"}, 0, 0
    failed: set[tuple[int, int]] = set()
    with archive.open(member) as stream:
        while chunk := stream.read(CHUNK_BYTES):
            text = tail + chunk
            if is_xml and (b"<!DOCTYPE" in text or b"<!ENTITY" in text):
                raise InvalidInput("workbook_unsafe", file=path.name, reason="une déclaration DOCTYPE")
            if is_sheet:
                columns.update(_COLUMN.findall(text))
                numbers = _ROW.findall(text)
                rows += len(numbers)
                last_row = max(last_row, max(map(int, numbers), default=0))
                failed.update((int(row), _index(letters)) for letters, row in _FAILED.findall(text))
                if len(failed) > FORMULA_ERRORS_MAX:
                    raise InvalidInput("workbook_formula_errors", file=path.name, count=FORMULA_ERRORS_MAX)
            tail = text[-TAIL:]
    if is_sheet:
        if (max(map(_index, columns)) + 1) * max(last_row, rows, 1) > SHEET_CELLS_MAX:
            raise InvalidInput("workbook_too_big", file=path.name)
        workbook.failed[member.filename] = failed


def _index(letters: bytes) -> int:
    """Number a column from 0: A is 0, AA is 26."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _sheets(archive: zipfile.ZipFile, names: set[str]) -> list[str]:
    """List the member of each sheet, in order; empty when the workbook does not say."""
    if RELATIONS not in names:
        return []
    relations, book = archive.read(RELATIONS), archive.read(WORKBOOK)
    if max(len(relations), len(book)) > SMALL_MEMBER_MAX:
        return []
    targets: dict[bytes, str] = {}
    for tag in _RELATION.findall(relations):
        attributes = dict(_ATTRIBUTE.findall(tag))
        target = attributes.get(b"Target", b"").decode("utf-8", "replace")
        targets[attributes.get(b"Id", b"")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return [targets.get(dict(_ATTRIBUTE.findall(tag)).get(b"r:id", b""), "") for tag in _SHEET.findall(book)]
