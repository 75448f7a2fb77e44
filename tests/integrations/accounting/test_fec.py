from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from billing.errors import InvalidInput
from billing.ledger import CUSTOMERS, OPENING, SALES_TRAINING, SUSPENSE, Entry, sided
from billing.money import Money
from integrations.accounting import Batch, Frozen, Period, check_fec, read_period, write_fec
from integrations.accounting.rows import Entries
from tests.builders import an_entry, an_organisation

YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))
COLUMNS = [
    *("JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib"),
    *("CompAuxNum", "CompAuxLib", "PieceRef", "PieceDate", "EcritureLib", "Debit"),
    *("Credit", "EcritureLet", "DateLet", "ValidDate", "Montantdevise", "Idevise"),
]


def an_invoice(number: str, cents: int, day: date, sequence: int, **changes: object) -> Entry:
    made = an_entry(
        id=f"VE{number}",
        journal="VE",
        fact="issue",
        subject_id=number,
        effective_on=day,
        recorded_at=datetime(day.year, day.month, day.day, 10, tzinfo=UTC),
        piece=number,
        piece_on=day,
        label=f"Facture {number}",
        lines=(
            sided(CUSTOMERS, Money(cents), auxiliary="OPCO1", auxiliary_label="Opco Un", label=f"Facture {number}"),
            sided(SALES_TRAINING, Money(-cents), label=f"Facture {number}"),
        ),
        sequence=sequence,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def a_receipt(cents: int, day: date, sequence: int) -> Entry:
    lines = (sided("512000", Money(cents)), sided(SUSPENSE, Money(-cents)))
    return an_invoice(f"R{sequence}", cents, day, sequence, journal="BQ", fact="receipt", piece="", lines=lines)


def an_explanation(number: str, cents: int, day: date, sequence: int) -> Entry:
    lines = (
        sided(SUSPENSE, Money(cents)),
        sided(CUSTOMERS, Money(-cents), auxiliary="OPCO1", auxiliary_label="Opco Un"),
    )
    made = an_invoice(number, cents, day, sequence, journal="OD", fact="allocation", lines=lines)
    return replace(made, id=f"OD{sequence}", subject_id=f"A{sequence}")


def a_year() -> list[Entry]:
    return [
        an_invoice("FA-1", 140_000, date(2026, 3, 2), 1),
        an_invoice("FA-2", 70_000, date(2026, 3, 3), 2),
        a_receipt(140_000, date(2026, 4, 1), 3),
        an_explanation("FA-1", 140_000, date(2026, 4, 2), 4),
    ]


def write(tmp_path: Path, entries: Iterable[Entry], period: Period = YEAR, **options: object) -> Batch:
    kept = list(entries)
    return write_fec(lambda: iter(kept), an_organisation(), period, tmp_path, **options)  # type: ignore[arg-type]


def table(batch: Batch, encoding: str = "utf-8") -> list[dict[str, str]]:
    lines = batch.file.read_bytes().decode(encoding).split("\r\n")
    assert lines[-1] == ""
    header = lines[0].split("\t")
    return [dict(zip(header, line.split("\t"), strict=True)) for line in lines[1:-1]]


def test_a_year_is_one_file_of_eighteen_columns_named_by_siren_and_closing_date(tmp_path: Path) -> None:
    batch = write(tmp_path, a_year())
    assert batch.file.name == f"{an_organisation().siren}FEC20261231.txt"
    assert batch.file.read_bytes().split(b"\r\n")[0].decode().split("\t") == COLUMNS
    assert not batch.file.read_bytes().startswith(b"\xef\xbb\xbf")
    assert table(batch)[0] == {
        "JournalCode": "VE",
        "JournalLib": "Ventes",
        "EcritureNum": "1",
        "EcritureDate": "20260302",
        "CompteNum": "411000",
        "CompteLib": "Clients",
        "CompAuxNum": "OPCO1",
        "CompAuxLib": "Opco Un",
        "PieceRef": "FA-1",
        "PieceDate": "20260302",
        "EcritureLib": "Facture FA-1",
        "Debit": "1400,00",
        "Credit": "0,00",
        "EcritureLet": "AAA",
        "DateLet": "20260402",
        "ValidDate": "20260302",
        "Montantdevise": "",
        "Idevise": "",
    }


def test_what_we_write_passes_our_own_check(tmp_path: Path) -> None:
    checked = check_fec(write(tmp_path, a_year()).file)
    assert checked.findings == ()
    assert (checked.ok, checked.lines, checked.entries) == (True, 8, 4)
    assert (checked.debit_cents, checked.credit_cents) == (490_000, 490_000)


def test_the_batch_tells_what_was_written(tmp_path: Path) -> None:
    batch = write(tmp_path, a_year())
    assert (batch.entries, batch.lines, batch.debit_cents, batch.credit_cents) == (4, 8, 490_000, 490_000)
    assert batch.sha256 == sha256(batch.file.read_bytes()).hexdigest()


def test_the_same_period_again_gives_the_same_batch_byte_for_byte(tmp_path: Path) -> None:
    first = write(tmp_path / "a", a_year())
    again = write(tmp_path / "b", a_year())
    assert (first.batch, first.sha256) == (again.batch, again.sha256)
    assert first.file.read_bytes() == again.file.read_bytes()
    assert first.description.read_bytes() == again.description.read_bytes()


def test_only_entries_of_the_period_are_written_and_each_once_over_the_months(tmp_path: Path) -> None:
    months = [read_period(f"2026-{month:02d}") for month in range(1, 13)]
    batches = [write(tmp_path, a_year(), month) for month in months]
    assert [batch.entries for batch in batches] == [0, 0, 2, 2, *[0] * 8]
    assert len({batch.file.name for batch in batches}) == 12
    assert len({batch.batch for batch in batches}) == 12


def test_numbers_follow_the_file_opening_entries_first(tmp_path: Path) -> None:
    lines = (sided(CUSTOMERS, Money(500), auxiliary="OPCO1"), sided(OPENING, Money(-500)))
    opening = an_invoice("OLD-9", 500, date(2026, 1, 1), 5, journal="AN", fact="opening", lines=lines)
    rows = table(write(tmp_path, [*a_year(), opening]))
    assert [row["EcritureNum"] for row in rows] == [str(number) for number in (1, 1, 2, 2, 3, 3, 4, 4, 5, 5)]
    assert rows[0]["JournalCode"] == "AN"


def test_validation_never_goes_back_and_never_precedes_the_entry(tmp_path: Path) -> None:
    late = an_invoice("FA-3", 100, date(2026, 2, 1), 3, recorded_at=datetime(2026, 5, 9, 10, tzinfo=UTC))
    ahead = an_invoice("FA-4", 100, date(2026, 7, 1), 4, recorded_at=datetime(2026, 5, 10, 10, tzinfo=UTC))
    after = an_invoice("FA-5", 100, date(2026, 5, 11), 5, recorded_at=datetime(2026, 5, 11, 10, tzinfo=UTC))
    rows = table(write(tmp_path, [late, ahead, after]))
    assert [row["ValidDate"] for row in rows[::2]] == ["20260509", "20260701", "20260701"]


def test_the_day_of_validation_is_the_one_of_paris(tmp_path: Path) -> None:
    entry = an_invoice("FA-1", 100, date(2026, 3, 2), 1, recorded_at=datetime(2026, 3, 2, 23, 30, tzinfo=UTC))
    assert table(write(tmp_path, [entry]))[0]["ValidDate"] == "20260303"


def test_only_settled_documents_are_lettered(tmp_path: Path) -> None:
    rows = table(write(tmp_path, [*a_year(), an_explanation("FA-2", 1, date(2026, 4, 3), 5)]))
    customers = [row for row in rows if row["CompteNum"] == CUSTOMERS]
    assert {row["PieceRef"]: row["EcritureLet"] for row in customers} == {"FA-1": "AAA", "FA-2": ""}
    assert all((row["EcritureLet"] == "") == (row["DateLet"] == "") for row in rows)


def test_a_provisional_file_has_no_number_and_no_validation_and_says_so_in_its_name(tmp_path: Path) -> None:
    batch = write(tmp_path, a_year(), provisional=True)
    assert batch.file.name.endswith("_provisoire.txt")
    assert {(row["EcritureNum"], row["ValidDate"]) for row in table(batch)} == {("", "")}
    assert batch.batch != write(tmp_path, a_year()).batch


def test_texts_bring_no_separator_and_no_end_of_line_and_a_piece_is_never_empty(tmp_path: Path) -> None:
    lines = (sided("512000", Money(100), label="VIR\tA|B\r\nC\u00a0D\0"), sided(SUSPENSE, Money(-100), label=" "))
    rows = table(write(tmp_path, [an_invoice("R1", 100, date(2026, 3, 2), 1, journal="BQ", piece=" ", lines=lines)]))
    assert (rows[0]["EcritureLib"], rows[0]["PieceRef"]) == ("VIR A B C D", "-")
    assert rows[1]["EcritureLib"] == "Facture R1"


def test_an_auxiliary_account_stands_on_collective_accounts_only(tmp_path: Path) -> None:
    rows = table(write(tmp_path, a_year()))
    assert {row["CompteNum"] for row in rows if row["CompAuxNum"]} == {CUSTOMERS}


def test_latin_9_is_written_on_demand(tmp_path: Path) -> None:
    lines = (sided("512000", Money(100), label="Réglé 1 € 漢"), sided(SUSPENSE, Money(-100), label="x"))
    batch = write(tmp_path, [an_invoice("R1", 100, date(2026, 3, 2), 1, lines=lines)], encoding="iso-8859-15")
    assert table(batch, "iso8859-15")[0]["EcritureLib"] == "Réglé 1 € ?"


def test_what_is_frozen_is_listed_with_its_reason_beside_the_file(tmp_path: Path) -> None:
    batch = write(tmp_path, a_year(), frozen=[Frozen(piece="FA-9", reason="doublon à lever")])
    assert "FA-9 : doublon à lever" in batch.description.read_text(encoding="utf-8")
    assert len(batch.frozen) == 1


def test_a_failed_export_leaves_the_earlier_file_as_it_was(tmp_path: Path) -> None:
    batch = write(tmp_path, a_year())
    before = batch.file.read_bytes()
    calls = 0

    def broken() -> Iterator[Entry]:
        nonlocal calls
        calls += 1
        yield from a_year()[:1]
        if calls == 2:
            raise OSError("the books are gone")

    entries: Entries = broken
    with pytest.raises(OSError, match="the books are gone"):
        write_fec(entries, an_organisation(), YEAR, tmp_path)
    assert batch.file.read_bytes() == before


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "occupied").write_bytes(b"")
    with pytest.raises(InvalidInput, match="export_folder_unwritable"):
        write(tmp_path / "occupied", a_year())


@pytest.mark.parametrize(
    ("text", "year_end", "expected"),
    [
        ("2026", "12-31", Period(date(2026, 1, 1), date(2026, 12, 31))),
        ("2026", "06-30", Period(date(2025, 7, 1), date(2026, 6, 30))),
        ("2028", "02-29", Period(date(2027, 3, 1), date(2028, 2, 29))),
        ("2026-02", "12-31", Period(date(2026, 2, 1), date(2026, 2, 28))),
        ("2026-12", "12-31", Period(date(2026, 12, 1), date(2026, 12, 31))),
        ("2026-01-15..2026-01-15", "12-31", Period(date(2026, 1, 15), date(2026, 1, 15))),
    ],
)
def test_a_period_is_a_fiscal_year_a_month_or_two_days(text: str, year_end: str, expected: Period) -> None:
    assert read_period(text, year_end) == expected


@pytest.mark.parametrize(
    "text", ["", "26", "2026-13", "2026-02-01", "2026-03-01..2026-02-01", "a..b", "2026-02-30..2026-03-01"]
)
def test_an_unreadable_period_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="export_period_unreadable"):
        read_period(text)


def test_a_file_is_of_one_fiscal_year(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="export_period_spans_years"):
        write(tmp_path, a_year(), Period(date(2026, 12, 1), date(2027, 1, 31)))


def test_a_shifted_fiscal_year_gives_its_own_closing_date(tmp_path: Path) -> None:
    organisation = an_organisation(fiscal_year_end="06-30")
    kept = a_year()
    batch = write_fec(lambda: iter(kept), organisation, read_period("2026-03"), tmp_path)
    assert batch.file.name == f"{organisation.siren}FEC20260630_2026030120260331.txt"
