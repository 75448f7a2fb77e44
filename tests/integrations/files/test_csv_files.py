"""CSV files as people's software really writes them."""

import tracemalloc
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
        (b"Code session;Montant HT\n" + b"S1;\0\0\n" * 20, "file_has_nul"),
        ("Code session;Montant HT\n" + "S1;10;Ren\u00c3\u00a9\n" * 20, "file_encoding_spoilt"),
        (b"Code session;Montant HT\nS1;\x81\n", "file_encoding_unknown"),
        (b'Code session;Montant HT\nS1;"10\nS2;20\n', "file_cut"),
        ("Code session;é".encode()[:-1], "file_cut"),
        (b"PK\x03\x04rest", "file_wrong_type"),
        (b"<html><table></table></html>", "file_wrong_type"),
        (b"%PDF-1.7", "file_wrong_type"),
        (b"Nom;Montant HT\nS1;10\n", "headings_missing"),
        (b"Code session;code_session\nS1;S2\n", "heading_twice"),
        (b'Code session;Montant HT\nS1;"' + b"x\n" * 200_000, "cell_too_big"),
        (b"Code session;Montant HT\nS1" + b";" * 2_000 + b"\n", "too_many_columns"),
    ],
)
def test_a_whole_file_that_cannot_be_used_gives_one_error_before_any_row(
    tmp_path: Path, content: bytes | str, code: str
) -> None:
    path = written(tmp_path, content)
    content = path.read_bytes()
    with pytest.raises(InvalidInput) as caught:
        read_file(path, PROFILE)
    assert caught.value.code == code
    assert path.read_bytes() == content


HUGE = "9" * 5_000_000


@pytest.mark.parametrize(
    "huge",
    [
        f"S2;{HUGE};x\n",
        f'S2;"{HUGE}";x\n',
        f'S2;"a\n{HUGE}\nb";x\n',
        'S2;"' + "ligne citée\n" * 200_000 + '";x\n',
        f"S2;{HUGE[:200_000]};x\n",
    ],
    ids=["bare", "quoted", "within three lines", "of many lines", "under a line's limit"],
)
def test_a_huge_cell_sets_its_row_apart_and_the_others_are_read(tmp_path: Path, huge: str) -> None:
    lines = ["Code session;Montant HT;Barème\n", "S1;10;x\n", huge, "S3;30;x\n", 'S4;"40";"a\nb"\n']
    path = written(tmp_path, "".join(lines))
    tracemalloc.start()
    rows = rows_of(path)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [(row.line, row.code) for row in rows if isinstance(row, BadRow)] == [(3, "cell_too_big")]
    assert [row.key for row in rows if isinstance(row, Row)] == ["S1", "S3", "S4"]
    assert all(len(row.raw) <= 10_000 for row in rows)
    assert peak < 40_000_000


def test_each_line_is_read_by_its_own_encoding(tmp_path: Path) -> None:
    head, one, other = "Code session;Montant HT;Barème\n", "S1;10;Zoé\n", "S2;20;Noël – 5 €\n"
    path = written(tmp_path, (head + one).encode() + other.encode("cp1252") + one.replace("S1", "S3").encode())
    assert [row.values["scale_key"] for row in rows_of(path)] == ["Zoé", "Noël – 5 €", "Zoé"]
    assert inspect_file(path, PROFILE).encoding == "utf-8 + cp1252"


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "marked"])
def test_a_line_pasted_into_a_text_in_utf_8_is_read(tmp_path: Path, mark: bytes) -> None:
    path = written(tmp_path, mark + b"Code session;Montant HT;Bareme\nS1;10;Ren\xe9\nS2;20;Ren\xc3\xa9\n")
    assert [row.values["scale_key"] for row in rows_of(path)] == ["René", "René"]


@pytest.mark.parametrize(
    ("cells", "code", "shown"),
    [
        ("S1;10;Ren\u00c3\u00a9".encode(), "line_encoding_spoilt", "\u00c3\u00a9"),
        ("S1;10;l\u00e2\u20ac\u2122an".encode(), "line_encoding_spoilt", "\u00e2\u20ac\u2122"),
        ("S1;10;Ren\ufffd".encode(), "line_encoding_spoilt", "\ufffd"),
        (b"S1;10;Ren\xe9 et Zo\xc3\xab", "line_encoding_spoilt", "\u00c3\u00ab"),
        ("S1;10;Amélie".encode("cp850"), "line_encoding_spoilt", "\u201a"),
        (b"S1;10;\x81", "line_encoding_unknown", None),
        (b"S1;10;a\0b", "line_has_nul", None),
    ],
)
def test_spoilt_letters_are_never_stored_in_silence(tmp_path: Path, cells: bytes, code: str, shown: str | None) -> None:
    path = written(tmp_path, "Code session;Montant HT;Barème\n".encode() + cells + "\nS2;20;Zoé\n".encode())
    bad, good = rows_of(path)
    assert isinstance(bad, BadRow)
    assert (bad.line, bad.code, bad.key) == (2, code, "S1")
    assert shown is None or bad.values["text"] == shown
    assert isinstance(good, Row)
    assert good.values["scale_key"] == "Zoé"


@pytest.mark.parametrize("name", ["CHÂTEAU ÂGÉ", "JOÃO", "Señor « É »", "À l’été – 5 €", "Šimek Ž", "crème brûlée ½"])
def test_letters_that_are_right_are_left_alone(tmp_path: Path, name: str) -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"):
        (row,) = rows_of(written(tmp_path, f"Code session;Montant HT;Barème\nS1;10;{name}\n", encoding))
        assert row.values["scale_key"] == name


def test_a_text_in_windows_1252_that_ends_with_an_accent_is_not_cut(tmp_path: Path) -> None:
    (row,) = rows_of(written(tmp_path, "Code session;Montant HT;Barème\nS1;10;René", "cp1252"))
    assert row.values["scale_key"] == "René"


def test_headings_met_again_are_told_for_what_they_are(tmp_path: Path) -> None:
    one = "Code session;Montant HT;Barème\nS{};10;x\n"
    first, bad, last = rows_of(written(tmp_path, one.format(1) + "\ufeff" + one.format(2)))
    assert isinstance(bad, BadRow)
    assert (bad.line, bad.code) == (3, "headings_again")
    assert (first.key, last.key) == ("S1", "S2")


@pytest.mark.parametrize("line", ["TOTAL;;;123", "Total général;1 234,00;", "Sous-total;12"])
def test_a_total_below_the_rows_is_told_for_what_it_is(tmp_path: Path, line: str) -> None:
    good, bad = rows_of(
        written(tmp_path, f"Code session;Montant HT;Barème\nS1;10;x\n{line}\n".replace("1 234,00", "x"))
    )
    assert isinstance(good, Row)
    assert isinstance(bad, BadRow)
    assert (bad.line, bad.code) == (3, "totals_row")


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
