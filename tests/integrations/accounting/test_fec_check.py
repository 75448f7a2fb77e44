from collections.abc import Callable
from pathlib import Path

import pytest

from billing.errors import InvalidInput, Severity
from integrations.accounting import Checked, check_fec

NAME = "732829320FEC20261231.txt"
HEADER = [
    *("JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib"),
    *("CompAuxNum", "CompAuxLib", "PieceRef", "PieceDate", "EcritureLib", "Debit"),
    *("Credit", "EcritureLet", "DateLet", "ValidDate", "Montantdevise", "Idevise"),
]


def a_row(number: str = "1", debit: str = "0,00", credit: str = "0,00", **changes: str) -> list[str]:
    row = {
        "JournalCode": "VE",
        "JournalLib": "Ventes",
        "EcritureNum": number,
        "EcritureDate": "20260302",
        "CompteNum": "411000",
        "CompteLib": "Clients",
        "CompAuxNum": "",
        "CompAuxLib": "",
        "PieceRef": "FA-1",
        "PieceDate": "20260302",
        "EcritureLib": "Facture",
        "Debit": debit,
        "Credit": credit,
        "EcritureLet": "",
        "DateLet": "",
        "ValidDate": "20260303",
        "Montantdevise": "",
        "Idevise": "",
    } | changes
    return list(row.values())


def an_entry(number: str = "1", amount: str = "10,00", **changes: str) -> list[list[str]]:
    return [a_row(number, debit=amount, **changes), a_row(number, credit=amount, **changes)]


def content(
    rows: list[list[str]],
    *,
    separator: str = "\t",
    end: str = "\r\n",
    header: list[str] = HEADER,
    encoding: str = "utf-8",
) -> bytes:
    return "".join(separator.join(row) + end for row in [header, *rows]).encode(encoding)


def check(tmp_path: Path, given: bytes, name: str = NAME) -> Checked:
    path = tmp_path / name
    path.write_bytes(given)
    return check_fec(path)


def found(checked: Checked, severity: Severity = Severity.ERROR) -> list[tuple[str, str]]:
    return [(finding.code, finding.where) for finding in checked.findings if finding.severity is severity]


GOOD = [*an_entry("1"), *an_entry("2")]


def test_a_sound_file_has_nothing_to_say(tmp_path: Path) -> None:
    checked = check(tmp_path, content(GOOD))
    assert (checked.ok, checked.findings, checked.lines, checked.entries) == (True, (), 4, 2)


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("separator", ["\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "iso8859-15"])
def test_every_lawful_writing_is_read(tmp_path: Path, end: str, separator: str, encoding: str) -> None:
    rows = an_entry("1", EcritureLib="Réglé")
    assert check(tmp_path, content(rows, end=end, separator=separator, encoding=encoding)).findings == ()


def test_dirt_of_real_files_is_swallowed_and_said(tmp_path: Path) -> None:
    rows = [[cell.ljust(12) for cell in row] + [""] for row in an_entry("1", amount="000000000003000,00")]
    given = b"\xef\xbb\xbf" + content(rows, header=[*HEADER, ""], end="\r\r\n")
    checked = check(tmp_path, given)
    assert (checked.ok, checked.lines, checked.debit_cents) == (True, 2, 300_000)
    assert [code for code, _ in found(checked, Severity.WARNING)] == [
        "fec_bom",
        "fec_trailing_separator",
        "fec_line_ends_mixed",
    ]


def test_the_treasury_books_of_other_regimes_add_columns(tmp_path: Path) -> None:
    header = [*HEADER, "DateRglt", "ModeRglt", "NatOp", "IdClient"]
    rows = [[*row, "20260401", "VIR", "", ""] for row in an_entry("1", ValidDate="", JournalLib="")]
    checked = check(tmp_path, content(rows, header=header))
    assert found(checked) == []
    assert [code for code, _ in found(checked, Severity.WARNING)] == ["fec_column_has_empty"] * 2


def test_amount_and_side_stand_for_debit_and_credit(tmp_path: Path) -> None:
    header = [{"Debit": "Montant", "Credit": "Sens"}.get(name, name) for name in HEADER]
    rows = [a_row("1", debit="10,00", credit="D"), a_row("1", debit="10,00", credit="c")]
    checked = check(tmp_path, content(rows, header=header))
    assert (checked.findings, checked.debit_cents, checked.credit_cents) == ((), 1_000, 1_000)


def test_column_names_compare_without_case_and_accents(tmp_path: Path) -> None:
    header = [{"EcritureNum": "ÉCRITURENUM", "Debit": "Débit"}.get(name, name) for name in HEADER]
    assert check(tmp_path, content(GOOD, header=header)).findings == ()


@pytest.mark.parametrize(
    ("changes", "code", "column"),
    [
        ({"EcritureNum": ""}, "fec_field_empty", "EcritureNum"),
        ({"CompteNum": ""}, "fec_field_empty", "CompteNum"),
        ({"CompteLib": ""}, "fec_field_empty", "CompteLib"),
        ({"EcritureLib": ""}, "fec_field_empty", "EcritureLib"),
        ({"EcritureDate": ""}, "fec_field_empty", "EcritureDate"),
        ({"EcritureDate": "20260230"}, "fec_date_unreadable", "EcritureDate"),
        ({"EcritureDate": "20261301"}, "fec_date_unreadable", "EcritureDate"),
        ({"PieceDate": "hier"}, "fec_date_unreadable", "PieceDate"),
        ({"EcritureDate": "20270101", "ValidDate": "20270101"}, "fec_date_outside_year", "EcritureDate"),
        ({"Debit": "10.00"}, "fec_amount_dot", "Debit"),
        ({"Debit": "1 010,00"}, "fec_amount_grouped", "Debit"),
        ({"Debit": "dix"}, "fec_amount_unreadable", "Debit"),
        ({"Debit": "10,001"}, "fec_amount_fraction", "Debit"),
        ({"Debit": "1e99"}, "fec_amount_unreadable", "Debit"),
        ({"Montantdevise": "x"}, "fec_amount_unreadable", "Montantdevise"),
    ],
)
def test_a_wrong_field_is_an_error_at_its_line_and_column(
    tmp_path: Path, changes: dict[str, str], code: str, column: str
) -> None:
    checked = check(
        tmp_path, content([*an_entry("1"), a_row("2", **({"Debit": "10,00"} | changes)), a_row("2", credit="10,00")])
    )
    assert not checked.ok
    assert (code, f"ligne 4, colonne {column}") in found(checked)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"CompteNum": "C411"}, "fec_account_form"),
        ({"EcritureDate": "2026-03-02"}, "fec_date_form"),
        ({"EcritureDate": "02/03/2026"}, "fec_date_form"),
        ({"PieceDate": "21050101"}, "fec_date_year"),
        ({"EcritureDate": "20251231"}, "fec_date_outside_year"),
        ({"ValidDate": "20260301"}, "fec_valid_before_entry"),
        ({"EcritureLet": "AA"}, "fec_lettering_incomplete"),
        ({"EcritureLet": "AA", "DateLet": "20260304"}, "fec_lettering_unbalanced"),
    ],
)
def test_an_alert_leaves_the_file_sound(tmp_path: Path, changes: dict[str, str], code: str) -> None:
    checked = check(tmp_path, content([a_row("1", debit="10,00", **changes), a_row("1", credit="10,00")]))
    assert checked.ok
    assert code in [code for code, _ in found(checked, Severity.WARNING)]


@pytest.mark.parametrize("column", ["JournalCode", "JournalLib", "PieceRef", "PieceDate", "ValidDate"])
def test_an_empty_cell_in_a_column_of_the_verdict_makes_the_file_not_conform(tmp_path: Path, column: str) -> None:
    checked = check(tmp_path, content(an_entry("1", **{column: ""})))
    assert found(checked) == [("fec_column_has_empty", f"colonne {column}")]
    assert checked.findings[0].values["count"] == 2


def test_a_missing_column_makes_the_file_not_conform(tmp_path: Path) -> None:
    rows = [row[:-1] for row in GOOD]
    assert found(check(tmp_path, content(rows, header=HEADER[:-1]))) == [
        ("fec_column_missing", "ligne 1, colonne Idevise")
    ]


def test_columns_out_of_the_order_of_the_law_are_an_error(tmp_path: Path) -> None:
    header = [HEADER[1], HEADER[0], *HEADER[2:]]
    rows = [[row[1], row[0], *row[2:]] for row in GOOD]
    assert found(check(tmp_path, content(rows, header=header))) == [("fec_columns_order", "ligne 1")]


def test_a_line_with_another_number_of_fields_and_an_empty_line_are_errors(tmp_path: Path) -> None:
    given = (
        content(an_entry("1"))
        + b"\r\n"
        + content([["a", "b"]]).split(b"\r\n", 1)[1]
        + content(an_entry("2")).split(b"\r\n", 1)[1]
    )
    assert found(check(tmp_path, given)) == [("fec_line_empty", "ligne 4"), ("fec_fields_count", "ligne 5")]


def test_blank_lines_at_the_end_of_the_file_are_no_fault(tmp_path: Path) -> None:
    assert check(tmp_path, content(GOOD) + b"\r\n\r\n\x1a").findings == ()


def test_both_sides_on_a_line_are_an_error_and_none_an_alert(tmp_path: Path) -> None:
    checked = check(tmp_path, content([a_row("1", debit="1,00", credit="1,00"), a_row("1")]))
    assert found(checked) == [("fec_both_sides", "ligne 2")]
    assert found(checked, Severity.WARNING) == [("fec_no_side", "ligne 3")]


def test_an_entry_that_does_not_balance_is_found_even_when_the_file_does(tmp_path: Path) -> None:
    rows = [a_row("1", debit="10,00"), a_row("1", credit="9,00"), a_row("2", debit="9,00"), a_row("2", credit="10,00")]
    checked = check(tmp_path, content(rows))
    assert [code for code, _ in found(checked)] == ["fec_entry_unbalanced"] * 2
    assert [finding.values["difference"] for finding in checked.findings] == ["1,00\u00a0€", "-1,00\u00a0€"]


def test_a_file_whose_sides_differ_says_both_totals(tmp_path: Path) -> None:
    assert found(check(tmp_path, content(GOOD[:-1])))[0] == ("fec_unbalanced", "fichier")


def test_a_lost_entry_is_seen_by_its_number(tmp_path: Path) -> None:
    checked = check(tmp_path, content([*an_entry("7"), *an_entry("9")]))
    assert found(checked) == [("fec_number_gap", "ligne 4, colonne EcritureNum")]
    assert checked.findings[0].values["expected"] == "8"


def test_numbers_may_follow_in_each_journal(tmp_path: Path) -> None:
    rows = [
        *an_entry("VE0001"),
        *an_entry("BQ0001", JournalCode="BQ"),
        *an_entry("VE0002"),
        *an_entry("BQ0002", JournalCode="BQ"),
    ]
    assert check(tmp_path, content(rows)).findings == ()


def test_a_journal_whose_numbers_are_all_zero_is_an_error(tmp_path: Path) -> None:
    assert [code for code, _ in found(check(tmp_path, content([*an_entry("0"), *an_entry("0")])))] == [
        "fec_number_zero"
    ]


def test_validation_out_of_order_is_an_alert(tmp_path: Path) -> None:
    rows = [*an_entry("1", ValidDate="20260401"), *an_entry("2", ValidDate="20260331")]
    checked = check(tmp_path, content(rows))
    assert [code for code, _ in found(checked, Severity.WARNING)] == ["fec_valid_not_in_order"] * 2


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("732829320FEC20261231", []),
        ("732829320FEC20261231_1.txt", []),
        ("732829321FEC20261231.txt", ["fec_name_siren"]),
        ("exportFEC20261231.txt", ["fec_name_siren"]),
        ("journal.txt", ["fec_name"]),
        ("732829320FEC20260231.txt", ["fec_name"]),
    ],
)
def test_the_name_says_whose_file_it_is_and_of_which_year(tmp_path: Path, name: str, codes: list[str]) -> None:
    assert [code for code, _ in found(check(tmp_path, content(GOOD), name))] == codes


def test_the_same_fault_on_every_line_is_listed_a_few_times_then_counted(tmp_path: Path) -> None:
    rows = [row for number in range(1, 51) for row in an_entry(str(number), CompteLib="")]
    checked = check(tmp_path, content(rows))
    assert len(checked.findings) == 21
    assert (checked.findings[-1].code, checked.findings[-1].values["count"]) == ("fec_more_of_same", 80)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (b"", "fec_empty"),
        (b"\xef\xbb\xbf \r\n", "fec_empty"),
        (b"<?xml version='1.0'?><comptabilite/>", "fec_xml"),
        (b"PK\x03\x04", "fec_not_text"),
        (b"a\0b", "fec_not_text"),
        (content([["x" * 70_000]]), "fec_line_too_long"),
    ],
)
def test_what_is_no_fec_at_all_is_one_clear_error(tmp_path: Path, given: bytes, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check(tmp_path, given)
    assert caught.value.code == code


def test_a_missing_file_is_one_clear_error(tmp_path: Path) -> None:
    act: Callable[[], Checked] = lambda: check_fec(tmp_path / NAME)  # noqa: E731 - the act under test
    with pytest.raises(InvalidInput, match="fec_unreachable"):
        act()


def test_any_text_gives_findings_and_never_breaks_the_check(tmp_path: Path) -> None:
    checked = check(tmp_path, b"bonjour\nceci n'est pas un FEC\n")
    assert not checked.ok


def provisional(tmp_path: Path, number: str = "") -> Checked:
    """Check two entries without numbers or validation, in a file that says so; the last line may have a number."""
    rows = [*an_entry("", ValidDate=""), *an_entry("", ValidDate="")]
    rows[-1][HEADER.index("EcritureNum")] = number
    return check(tmp_path, content(rows), NAME.replace(".txt", "_provisoire.txt"))


def test_a_provisional_file_is_no_fault_and_counts_its_entries(tmp_path: Path) -> None:
    checked = provisional(tmp_path)
    assert found(checked) == []
    assert found(checked, Severity.WARNING) == [("fec_provisional", "fichier")]
    assert (checked.ok, checked.provisional, checked.entries) == (True, True, 2)


def test_a_file_is_provisional_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    checked = provisional(tmp_path, number="7")
    assert not checked.ok
    assert not checked.provisional
    assert ("fec_column_has_empty", "colonne EcritureNum") in found(checked)
