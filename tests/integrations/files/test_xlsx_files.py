"""Workbooks: typed cells, merged headings, several sheets; and workbooks made to harm."""

import struct
import zipfile
from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from billing.errors import InvalidInput
from billing.money import Money
from billing.usecases.take_in_rows import BadRow, Row
from integrations.files import Profile, read_file

PROFILE = Profile.model_validate(
    {
        "code": "slots",
        "label": "Créneaux",
        "kind": "slot",
        "key": ["session_code"],
        "columns": [
            {"field": "session_code", "headers": ["Session"], "type": "code", "required": True},
            {"field": "day", "headers": ["Jour"], "type": "date"},
            {"field": "starts_at", "headers": ["Début"], "type": "time"},
            {"field": "hours", "headers": ["Heures"], "type": "hours"},
            {"field": "amount", "headers": ["Montants HT"], "type": "money"},
        ],
    }
)


def workbook(folder: Path, fill: Callable[[Any, Any], None], name: str = "export.xlsx") -> Path:
    path = folder / name
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as book:
        fill(book, book.add_worksheet("Données"))
    return path


def simple(_book: Any, sheet: Any) -> None:
    sheet.write_row(0, 0, ["Session", "Montants HT"])
    sheet.write_row(1, 0, ["S1", 12.5])


def code_of(path: Path) -> str:
    with pytest.raises(InvalidInput) as caught:
        read_file(path, PROFILE)
    return caught.value.code


def test_numbers_dates_times_and_durations_are_typed(tmp_path: Path) -> None:
    def fill(book: Any, sheet: Any) -> None:
        day, clock = book.add_format({"num_format": "dd/mm/yyyy"}), book.add_format({"num_format": "hh:mm"})
        long = book.add_format({"num_format": "[hh]:mm"})
        sheet.write_row(0, 0, ["Session", "Jour", "Début", "Heures", "Montants HT"])
        sheet.write_number(1, 0, 12345)
        sheet.write_datetime(1, 1, date(2026, 9, 1), day)
        sheet.write_datetime(1, 2, time(9, 30), clock)
        sheet.write_number(1, 3, 1.5, long)
        sheet.write_number(1, 4, 0.1 + 0.2)

    (row,) = read_file(workbook(tmp_path, fill), PROFILE)
    assert row.values == {
        "session_code": "12345",
        "day": date(2026, 9, 1),
        "starts_at": time(9, 30),
        "hours": Decimal(36),
        "amount": Money(30),
    }


def test_merged_headings_and_title_rows_are_understood(tmp_path: Path) -> None:
    def fill(_book: Any, sheet: Any) -> None:
        sheet.merge_range("B2:E2", "Export de septembre")
        sheet.write_row(3, 1, ["Session", "Montants", "", "Note"])
        sheet.merge_range("C4:D4", "Montants")
        sheet.write_row(4, 2, ["HT", "TVA"])
        sheet.write_row(5, 1, ["S1", 12.5, 0])

    (row,) = read_file(workbook(tmp_path, fill), PROFILE)
    assert (row.line, row.values["amount"]) == (6, Money(1250))


def test_the_sheet_that_has_the_headings_is_read(tmp_path: Path) -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write(0, 0, "Mode d’emploi")
        simple(book, book.add_worksheet("Autre"))

    (row,) = read_file(workbook(tmp_path, fill), PROFILE)
    assert row.key == "S1"


def test_a_sheet_named_by_the_profile_must_be_there(tmp_path: Path) -> None:
    named = PROFILE.model_copy(update={"reading": PROFILE.reading.model_copy(update={"sheet": "Export"})})
    with pytest.raises(InvalidInput) as caught:
        read_file(workbook(tmp_path, simple), named)
    assert caught.value.code == "sheet_missing"


def test_a_formulas_stored_value_is_read_and_a_text_like_a_formula_stays_a_text(tmp_path: Path) -> None:
    def fill(_book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["Session", "Montants HT"])
        sheet.write_string(1, 0, "=cmd|'/c calc'!A1")
        sheet.write_formula(1, 1, "=10+2.5", None, 12.5)

    (row,) = read_file(workbook(tmp_path, fill), PROFILE)
    assert (row.key, row.values["amount"]) == ("=cmd|'/c calc'!A1", Money(1250))


def test_a_formula_in_error_is_a_bad_row_not_an_empty_cell(tmp_path: Path) -> None:
    def fill(_book: Any, sheet: Any) -> None:
        sheet.write_row(1, 1, ["Session", "Montants HT"])
        sheet.write_string(2, 1, "S1")
        sheet.write_formula(2, 2, "=1/0", None, "#DIV/0!")
        sheet.write_row(3, 1, ["S2", 1])

    bad, good = read_file(workbook(tmp_path, fill), PROFILE)
    assert isinstance(bad, BadRow)
    assert (bad.line, bad.column, bad.code, bad.key) == (3, "Montants HT", "formula_failed", "S1")
    assert isinstance(good, Row)


def test_fifty_thousand_rows_are_read(tmp_path: Path) -> None:
    def fill(_book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["Session", "Montants HT"])
        for line in range(1, 50_001):
            sheet.write_row(line, 0, [f"S{line}", line])

    rows = list(read_file(workbook(tmp_path, fill), PROFILE))
    assert len(rows) == 50_000
    assert rows[-1].values["amount"] == Money(5_000_000)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"Session;Jour\n", "file_wrong_type"),
        (b"<html><table></table></html>", "file_wrong_type"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "file_wrong_type"),
        (b"PK\x03\x04" + b"x" * 500, "workbook_damaged"),
    ],
)
def test_what_is_no_workbook_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "export.xlsx"
    path.write_bytes(content)
    assert code_of(path) == code
    assert path.read_bytes() == content


def test_a_cut_workbook_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path, simple)
    path.write_bytes(path.read_bytes()[:-200])
    assert code_of(path) == "workbook_damaged"


def test_a_workbook_with_a_flipped_byte_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path, simple)
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        member = archive.getinfo("xl/worksheets/sheet1.xml")
    content[member.header_offset + 30 + len(member.filename) + 20] ^= 0xFF
    path.write_bytes(bytes(content))
    assert code_of(path) == "workbook_damaged"


def forged(folder: Path, members: dict[str, bytes]) -> Path:
    """A workbook whose members are added or replaced."""
    source, path = workbook(folder, simple, "source.xlsx"), folder / "forged.xlsx"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in members:
                new.writestr(name, old.read(name))
        for name, content in members.items():
            new.writestr(name, content)
    return path


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "xl\\..\\..\\evil", "C:/evil"])
def test_path_names_that_leave_the_archive_are_refused(tmp_path: Path, name: str) -> None:
    assert code_of(forged(tmp_path, {name: b"x"})) == "workbook_unsafe"


def test_a_document_type_is_refused(tmp_path: Path) -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><sst>&a;</sst>'
    assert code_of(forged(tmp_path, {"xl/sharedStrings.xml": bomb})) == "workbook_unsafe"


def test_a_zip_bomb_is_refused(tmp_path: Path) -> None:
    assert code_of(forged(tmp_path, {"xl/media/a.bin": b"\0" * 30_000_000})) == "workbook_too_big"


def test_too_many_members_are_refused(tmp_path: Path) -> None:
    assert code_of(forged(tmp_path, {f"xl/m{n}": b"" for n in range(2_001)})) == "workbook_too_big"


def test_a_member_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    path = forged(tmp_path, {"xl/media/a.bin": b"\0" * 100_000})
    content = bytearray(path.read_bytes())
    at = content.rindex(b"PK\x01\x02", 0, content.rindex(b"xl/media/a.bin"))
    struct.pack_into("<I", content, at + 24, 10)
    path.write_bytes(bytes(content))
    assert code_of(path) == "workbook_damaged"


def test_two_far_cells_do_not_exhaust_the_memory(tmp_path: Path) -> None:
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
        b"</sheetData></worksheet>"
    )
    assert code_of(forged(tmp_path, {"xl/worksheets/sheet1.xml": sheet})) == "workbook_too_big"


def test_a_zip_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "export.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "x")
    assert code_of(path) == "file_wrong_type"


def test_a_cell_that_is_too_long_sets_its_row_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.files.xlsx_tables.CELL_CHARACTERS_MAX", 15)

    def fill(book: Any, sheet: Any) -> None:
        simple(book, sheet)
        sheet.write_row(2, 0, ["S" * 16, 12.5])
        sheet.write_row(3, 0, ["S3", 12.5])

    first, bad, last = read_file(workbook(tmp_path, fill), PROFILE)
    assert isinstance(bad, BadRow)
    assert (bad.line, bad.code, bad.raw) == (3, "cell_too_big", "S" * 16 + ";12.5")
    assert (first.key, last.key) == ("S1", "S3")
