"""CSV files as people's software really writes them."""

from pathlib import Path

import pytest

from billing.errors import InvalidInput
from billing.money import Money
from billing.usecases.take_in_rows import BadRow, Row
from integrations.files import Profile, choose_profile, inspect_file, own_profiles, read_file

PROFILE = Profile.model_validate(
    {
        "code": "prices",
        "label": "Tarifs",
        "kind": "price",
        "key": ["session_code"],
        "columns": [
            {"field": "session_code", "headers": ["Code session"], "type": "code", "required": True},
            {"field": "amount", "headers": ["Montant HT", "Montants HT"], "type": "money"},
            {"field": "scale_key", "headers": ["Barème"], "empty": "none"},
        ],
    }
)


def written(folder: Path, content: bytes | str, encoding: str = "utf-8") -> Path:
    path = folder / "export.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def rows_of(path: Path) -> list[Row | BadRow]:
    return list(read_file(path, PROFILE))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_encodings_delimiters_and_line_ends_are_found_out(
    tmp_path: Path, encoding: str, delimiter: str, ending: str
) -> None:
    lines = [["CODE  SESSION", "montant_ht", "bareme"], ["00é1", '"1 234,50"', "x"], ["", "", ""]]
    text = ending.join(delimiter.join(cells) for cells in lines) + ending
    (row,) = rows_of(written(tmp_path, text, encoding))
    assert isinstance(row, Row)
    assert row.values == {"session_code": "00é1", "amount": Money(123450), "scale_key": "x"}
    assert (row.line, row.key) == (2, "00é1")


def test_title_rows_are_skipped_and_lines_counted_from_the_top(tmp_path: Path) -> None:
    path = written(tmp_path, "Export du 12/03/2026;;\n\nCode session;Montant HT;Barème\nS1;10;\n")
    (row,) = rows_of(path)
    assert row.line == 4
    assert inspect_file(path, PROFILE).heading_line == 3


def test_two_lines_of_headings_are_joined(tmp_path: Path) -> None:
    path = written(tmp_path, "Code session;Montants;;Note\n;HT;TVA;\nS1;10;2;\n")
    (row,) = rows_of(path)
    assert row.values["amount"] == Money(1000)


def test_columns_come_in_any_order_and_unknown_ones_are_told_once(tmp_path: Path) -> None:
    path = written(tmp_path, "Remarque;Montant HT;Code session\nbla;10;S1\n")
    (row,) = rows_of(path)
    assert row.values == {"session_code": "S1", "amount": Money(1000)}
    told = inspect_file(path, PROFILE)
    assert told.unused == ("Remarque",)
    assert told.absent == ("Barème",)


def test_an_empty_cell_is_unknown_unless_the_profile_says_none(tmp_path: Path) -> None:
    (row,) = rows_of(written(tmp_path, "Code session;Montant HT;Barème\nS1;;\n"))
    assert row.values == {"session_code": "S1", "scale_key": ""}


def test_quotes_are_doubled_and_lines_may_break_inside_them(tmp_path: Path) -> None:
    path = written(tmp_path, 'Code session;Montant HT;Barème\nS1;1;"a ""b""\nc; d"\nS2;2;x\n')
    first, second = rows_of(path)
    assert first.values["scale_key"] == 'a "b"\nc; d'
    assert second.line == 4


def test_a_formula_stays_a_text(tmp_path: Path) -> None:
    (row,) = rows_of(written(tmp_path, "Code session;Montant HT;Barème\nS1;1;=HYPERLINK(x)\n"))
    assert row.values["scale_key"] == "=HYPERLINK(x)"


@pytest.mark.parametrize(
    ("line", "column", "code"),
    [
        ("S1;dix;x", "Montant HT", "not_a_number"),
        (";10;x", "Code session", "cell_empty"),
        ("S1;10", "", "row_too_short"),
        ("S1;10;x;y", "", "row_too_long"),
        ('S1;"10" ;x', "", "quotes_broken"),
    ],
)
def test_a_bad_row_says_where_and_why_and_the_next_one_is_read(
    tmp_path: Path, line: str, column: str, code: str
) -> None:
    bad, good = rows_of(written(tmp_path, f"Code session;Montant HT;Barème\n{line}\nS2;20;x\n"))
    assert isinstance(bad, BadRow)
    assert (bad.line, bad.column, bad.code, bad.raw) == (2, column, code, line)
    assert isinstance(good, Row)


def test_a_bad_row_keeps_its_key_so_that_a_correction_finds_it(tmp_path: Path) -> None:
    (bad,) = rows_of(written(tmp_path, "Code session;Montant HT;Barème\nS1;dix;x\n"))
    assert bad.key == "S1"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"Code session;Montant HT\nS1;1\0\n", "file_has_nul"),
        ("Code session;é\n".encode() + "S1;é\n".encode("cp1252"), "file_encoding_mixed"),
        (b"Code session;Montant HT\nS1;\x81\n", "file_encoding_unknown"),
        (b'Code session;Montant HT\nS1;"10\nS2;20\n', "file_cut"),
        ("Code session;é".encode()[:-1], "file_cut"),
        (b"PK\x03\x04rest", "file_wrong_type"),
        (b"<html><table></table></html>", "file_wrong_type"),
        (b"%PDF-1.7", "file_wrong_type"),
        (b"Nom;Montant HT\nS1;10\n", "headings_missing"),
        (b"Code session;code_session\nS1;S2\n", "heading_twice"),
        (b"Code session;Montant HT\nS1;" + b"9" * 200_000 + b"\n", "cell_too_big"),
        (b'Code session;Montant HT\nS1;"' + b"x\n" * 200_000, "cell_too_big"),
        (b"Code session;Montant HT\nS1" + b";" * 2_000 + b"\n", "too_many_columns"),
    ],
)
def test_a_whole_file_that_cannot_be_used_gives_one_error_before_any_row(
    tmp_path: Path, content: bytes, code: str
) -> None:
    path = written(tmp_path, content)
    with pytest.raises(InvalidInput) as caught:
        read_file(path, PROFILE)
    assert caught.value.code == code
    assert path.read_bytes() == content


def test_a_huge_cell_takes_no_time(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_file(written(tmp_path, b"Code session;Montant HT\nS1;" + b"9" * 10_000_000), PROFILE)
    assert caught.value.code == "cell_too_big"


def test_a_file_over_the_limit_is_refused_without_being_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.files.tables.FILE_BYTES_MAX", 10)
    with pytest.raises(InvalidInput) as caught:
        read_file(written(tmp_path, "Code session;Montant HT\n"), PROFILE)
    assert caught.value.code == "file_too_big"


def test_too_many_rows_are_refused_before_the_first_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.files.csv_tables.ROWS_MAX", 3)
    with pytest.raises(InvalidInput) as caught:
        read_file(written(tmp_path, "Code session\nS1\nS2\nS3\n"), PROFILE)
    assert caught.value.code == "too_many_rows"


def test_a_missing_file_and_an_unknown_type_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_file(tmp_path / "absent.csv", PROFILE)
    assert caught.value.code == "file_missing"
    odd = tmp_path / "export.ods"
    odd.write_bytes(b"x")
    with pytest.raises(InvalidInput) as caught:
        read_file(odd, PROFILE)
    assert caught.value.code == "file_type_unsupported"


def test_the_profile_is_chosen_by_headings_then_by_name(tmp_path: Path) -> None:
    path = written(tmp_path, "session_code;action_code;date_debut;date_fin\n")
    assert choose_profile(path, own_profiles()).code == "sessions"
    unknown = written(tmp_path, "colonne;autre\n1;2\n")
    with pytest.raises(InvalidInput) as caught:
        choose_profile(unknown, own_profiles())
    assert caught.value.code == "profile_unknown"
    assert caught.value.values["headings"] == "colonne, autre"


def test_two_profiles_that_fit_alike_are_not_chosen_between(tmp_path: Path) -> None:
    twin = PROFILE.model_copy(update={"code": "twin"})
    with pytest.raises(InvalidInput) as caught:
        choose_profile(written(tmp_path, "Code session;Montant HT\n"), [PROFILE, twin])
    assert caught.value.code == "profile_ambiguous"


def test_rows_are_streamed(tmp_path: Path) -> None:
    path = written(tmp_path, "Code session;Montant HT\n" + "".join(f"S{n};1,00\n" for n in range(50_000)))
    rows = read_file(path, PROFILE)
    assert next(rows).line == 2
    assert sum(1 for _ in rows) == 49_999
