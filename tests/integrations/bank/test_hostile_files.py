import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from billing.errors import InvalidInput
from integrations.bank import limits, open_statement_file
from tests.integrations.bank.camt_files import a_file, document, entry, statement

GOOD = document(statement(entry()))
LAUGHS = (
    '<!DOCTYPE Document [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)
OUTSIDE = '<!DOCTYPE Document [<!ENTITY e SYSTEM "file:///etc/passwd">]>'


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(InvalidInput) as caught:
        act()
    return caught.value.code


def refusal(tmp_path: Path, content: bytes) -> str:
    return code_of(lambda: open_statement_file(a_file(tmp_path, content)))


@pytest.mark.parametrize("prolog", [LAUGHS, OUTSIDE, "<!DOCTYPE Document>", "<!-- x --><!doctype Document>"])
def test_a_doctype_is_refused_before_anything_is_parsed(tmp_path: Path, prolog: str) -> None:
    assert refusal(tmp_path, document(statement(entry(label="&e;")), prolog=prolog)) == "bank_file_doctype"


def test_a_doctype_is_seen_in_utf_16_too(tmp_path: Path) -> None:
    text = document(statement(entry()), prolog=LAUGHS).decode().replace("UTF-8", "UTF-16")
    assert refusal(tmp_path, text.encode("utf-16")) == "bank_file_doctype"
    assert refusal(tmp_path, text.encode("utf-16-be")) == "bank_file_doctype"


def test_a_doctype_is_not_hidden_by_a_long_prolog(tmp_path: Path) -> None:
    prolog = f"<!--{' ' * limits.PROLOG_BYTES}-->{OUTSIDE}"
    assert refusal(tmp_path, document(statement(entry()), prolog=prolog)) in {
        "bank_file_doctype",
        "bank_format_unknown",
        "bank_file_not_xml",
    }


def test_an_encoding_in_which_a_doctype_could_hide_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, GOOD.replace(b"UTF-8", b"UTF-7")) == "bank_file_encoding"


def test_bytes_that_are_not_of_the_announced_encoding_are_refused(tmp_path: Path) -> None:
    latin = document(statement(entry(label="Règlement"))).decode().encode("latin-1")
    assert refusal(tmp_path, latin) == "bank_file_encoding"


def test_a_file_in_latin_9_that_says_so_is_read(tmp_path: Path) -> None:
    text = document(statement(entry(label="Règlement 10 €"))).decode().replace("UTF-8", "ISO-8859-15")
    (line,) = open_statement_file(a_file(tmp_path, text.encode("iso8859-15"))).lines()
    assert getattr(line, "label", "") == "Règlement 10 €"


@pytest.mark.parametrize("part", [3, 2])
def test_a_file_cut_short_is_refused_whole(tmp_path: Path, part: int) -> None:
    content = document(statement(*[entry() for _ in range(300)]))
    assert refusal(tmp_path, content[: len(content) * (part - 1) // part]) == "bank_file_cut"


@pytest.mark.parametrize("content", [b"", b"   \n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(tmp_path: Path, content: bytes) -> None:
    assert refusal(tmp_path, content) == "bank_file_empty"


def test_a_message_without_a_statement_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, document()) == "bank_file_without_statement"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"date;libelle;montant\n", "bank_file_not_xml"),
        (b"<html><body>Session expir\xc3\xa9e</body></html>", "bank_format_unknown"),
        (b"%PDF-1.7", "bank_format_not_supported"),
        (b"{1:F01BANKFRPPXXXX}", "bank_format_not_supported"),
        (b":20:STARTUMS\r\n", "bank_format_not_supported"),
        (b"OFXHEADER:100\r\n", "bank_format_not_supported"),
        (b"0130006    00001EUR2 12345678901  010926", "bank_format_not_supported"),
        (GOOD.replace(b"</Stmt>", b"</Smtt>"), "bank_file_not_xml"),
    ],
)
def test_what_is_not_a_camt_file_is_named_and_refused(tmp_path: Path, content: bytes, code: str) -> None:
    assert refusal(tmp_path, content) == code


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert code_of(lambda: open_statement_file(tmp_path / "absent.xml")) == "bank_file_unreachable"


def test_a_huge_text_is_refused_without_holding_it(tmp_path: Path) -> None:
    path = tmp_path / "releve.xml"
    head, tail = GOOD.split(b"VIR OPCO1")
    with path.open("wb") as file:
        file.write(head)
        for _ in range(100):
            file.write(b"A" * 1024 * 1024)
        file.write(tail)
    tracemalloc.start()
    assert code_of(lambda: open_statement_file(path)) in {"bank_file_element_too_large", "bank_file_not_xml"}
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * 1024 * 1024


def test_an_endless_entry_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ELEMENT_BYTES_MAX", 200_000)
    content = document(statement(entry(details="<TxDtls/>" * 50_000)))
    assert refusal(tmp_path, content) == "bank_file_element_too_large"


def test_a_zip_bomb_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "bombe.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as container:
        container.writestr("releve.xml", b" " * 20_000_000)
    assert code_of(lambda: open_statement_file(path)) == "bank_zip_too_large"


def test_too_many_members_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ZIP_MEMBERS_MAX", 3)
    path = tmp_path / "tas.zip"
    with zipfile.ZipFile(path, "w") as container:
        for number in range(4):
            container.writestr(f"{number}.xml", GOOD)
    assert code_of(lambda: open_statement_file(path)) == "bank_zip_too_many_members"


def test_a_zip_in_a_zip_is_refused(tmp_path: Path) -> None:
    inner = tmp_path / "inner.zip"
    with zipfile.ZipFile(inner, "w") as container:
        container.writestr("releve.xml", GOOD)
    path = tmp_path / "outer.zip"
    with zipfile.ZipFile(path, "w") as container:
        container.write(inner, "inner.zip")
    assert code_of(lambda: open_statement_file(path)) == "bank_zip_nested"


def test_a_damaged_zip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "abime.zip"
    with zipfile.ZipFile(path, "w") as container:
        container.writestr("releve.xml", GOOD)
    path.write_bytes(path.read_bytes()[:-30])
    assert code_of(lambda: open_statement_file(path)) == "bank_zip_damaged"


def test_path_names_in_a_zip_write_nothing(tmp_path: Path) -> None:
    path = tmp_path / "ailleurs.zip"
    with zipfile.ZipFile(path, "w") as container:
        container.writestr("../../evil.xml", GOOD)
    assert len(list(open_statement_file(path).lines())) == 1
    assert [one.name for one in tmp_path.iterdir()] == ["ailleurs.zip"]


def test_memory_stays_flat_over_many_entries(tmp_path: Path) -> None:
    def peak_of(entries: int) -> int:
        path = a_file(tmp_path, document(statement(*[entry() for _ in range(entries)])))
        tracemalloc.start()
        found = open_statement_file(path)
        assert sum(1 for _ in found.lines()) == entries
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak

    assert peak_of(3_000) < peak_of(300) + 500_000
