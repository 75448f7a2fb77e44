"""`quitus bank`, `reconcile`, `ageing`, `export accounting`, `fec check`: money, and files of it."""

import csv
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from tests.e2e.small_facts import IBAN
from tests.homes import Quitus, spaced
from tests.integrations.bank import camt_files

SUMS = ("allocated_cents", "refunded_cents", "set_aside_cents", "unallocated_cents")
STRANGER = "VIR INST SOCIETE INCONNUE REGLT DIVERS"


def the_stranger(cli: Quitus) -> dict[str, Any]:
    [line] = cli.json("bank", "lines", "--waiting")
    assert line["label"] == STRANGER
    found: dict[str, Any] = line
    return found


def a_statement(folder: Path, closing: str = "110.00") -> Path:
    return camt_files.a_file(
        folder,
        camt_files.document(
            camt_files.statement(
                camt_files.balance("OPBD", "100.00"),
                camt_files.balance("CLBD", closing),
                camt_files.entry("10.00", label="VIR", name="X", reference="R1"),
            )
        ),
    )


def test_inspecting_a_statement_needs_no_home(cli: Quitus, tmp_path: Path) -> None:
    cli.at(tmp_path / "nowhere")
    document = cli.json("bank", "inspect", str(a_statement(tmp_path)))
    assert document["format"].startswith("camt.053")
    [statement] = document["statements"]
    assert statement["balanced"] is True
    assert (statement["opening_cents"], statement["closing_cents"]) == (10000, 11000)
    assert (statement["credits_cents"], statement["debits_cents"], statement["transactions"]) == (1000, 0, 1)
    assert {"account", "currency"} <= statement.keys()
    shown = cli("bank", "inspect", str(a_statement(tmp_path)))
    assert "ouverture 100,00 €, clôture 110,00 €, les soldes sont justes" in spaced(shown.out)


def test_several_statements_are_an_array_and_one_that_does_not_add_up_exits_1(cli: Quitus, tmp_path: Path) -> None:
    good, bad = tmp_path / "a", tmp_path / "b"
    good.mkdir()
    bad.mkdir()
    files = [str(a_statement(good)), str(a_statement(bad, closing="120.00"))]
    documents = cli.json("bank", "inspect", *files, code=1)
    assert [item["statements"][0]["balanced"] for item in documents] == [True, False]


@pytest.mark.parametrize(
    "content", [b"", b"garbage", b"<Document>", b"\xff\xfe\x00", b"<!DOCTYPE x [<!ENTITY a 'b'>]><x/>"]
)
def test_a_file_that_is_no_statement_is_told_on_standard_error_and_exits_1(
    cli: Quitus, home: Path, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "releve.xml"
    path.write_bytes(content)
    assert cli.json("bank", "inspect", str(path), code=1) == []
    assert "releve.xml" in cli("bank", "inspect", str(path)).err
    document = cli.json("bank", "import", str(path), code=1)
    assert (document["new"], document["statements"], document["files_refused"]) == (0, 0, 1)


def test_the_same_statement_again_brings_nothing(cli: Quitus, home: Path) -> None:
    [path] = (home / "inbox" / "lus").rglob("releve-2026-10.xml")
    document = cli.json("bank", "import", str(path))
    assert {key: document[key] for key in ("statements", "new", "known", "gaps", "refused")} == {
        "statements": 1,
        "new": 0,
        "known": 8,
        "gaps": 0,
        "refused": 0,
    }


@pytest.mark.parametrize("words", [("bank", "import"), ("import",)])
def test_a_statement_that_does_not_follow_is_taken_in_and_waits_for_a_person(
    cli: Quitus, home: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    path = camt_files.a_file(
        tmp_path,
        camt_files.document(
            camt_files.statement(
                camt_files.balance("OPBD", "99.00"),  # October closed on 15,909.60
                camt_files.balance("CLBD", "109.00"),
                camt_files.entry("10.00", day="<Dt>2026-11-02</Dt>", label="VIR", name="X", reference="R1"),
                reference="2026-11",
                account=f"<IBAN>{IBAN}</IBAN>",
                period=camt_files.period("2026-11-01", "2026-11-03"),
            )
        ),
    )
    ran = cli(*words, str(path))
    assert ran.code == 3
    assert ran.err.strip()
    assert len(cli.json("bank", "lines")) == 9


def test_what_reconciling_tells_is_all_the_lines_to_the_cent(cli: Quitus, home: Path) -> None:
    document = cli.json("reconcile", code=3)
    assert (document["lines"], document["auto"], document["suggested"], document["queued"]) == (8, 0, 0, 1)
    lines = cli.json("bank", "lines")
    assert sum(document[name] for name in SUMS) == sum(line["amount_cents"] for line in lines) == 590960
    for name in SUMS:
        assert document[name] == sum(line[name] for line in lines)


def test_a_line_is_explained_confirmed_undone_and_set_aside(cli: Quitus, home: Path) -> None:
    line = the_stranger(cli)["line"]
    explained = cli.json("reconcile", "explain", line)
    assert explained["line"] == line
    assert (explained["amount_cents"], explained["allocations"], explained["suggestion"]) == (43210, [], None)
    refused = cli("reconcile", "confirm", line)
    assert refused.code == 1
    assert "NUMÉRO=MONTANT" in refused.err
    done = cli("reconcile", "confirm", line, "OF25-000092=417,00", "OF26-000104=15,10")
    assert done.code == 0, done.err
    assert cli.json("bank", "lines", "--waiting") == []
    assert cli("reconcile").code == 0
    [first, second] = cli.json("reconcile", "explain", line)["allocations"]
    assert {first["amount"], second["amount"]} == {41700, 1510}
    undone = cli("reconcile", "undo", line)
    assert undone.code == 0
    assert the_stranger(cli)["unallocated_cents"] == 43210
    aside = cli("reconcile", "set-aside", line, "758000", "--reason", "Don d'un ancien stagiaire")
    assert aside.code == 0
    assert cli.json("reconcile")["set_aside_cents"] == 43210 - 181250
    assert cli.json("ageing")["ties"] is True
    assert cli.json("audit", "verify")["ok"] is True


@pytest.mark.parametrize(
    "parts",
    [
        ("OF25-000092=432,11",),
        ("OF25-000092=0",),
        ("OF25-000092=-5",),
        ("OF25-000092",),
        ("OF25-000092=",),
        ("=5",),
        ("",),
        ("FA-0=5",),
        ("OF25-000092=417,00", "OF25-000092=417,00"),
        ("OF25-000092=99999999999999999999999",),
        ("OF25-000092=5\u200b",),
    ],
)
def test_parts_that_cannot_stand_are_refused_whole(cli: Quitus, home: Path, parts: tuple[str, ...]) -> None:
    line = the_stranger(cli)["line"]
    ran = cli("reconcile", "confirm", line, *parts)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.strip()
    assert the_stranger(cli)["unallocated_cents"] == 43210
    assert cli.json("audit", "verify")["ok"] is True


@pytest.mark.parametrize("line", ["", "x", "ÿ🤷", "9" * 3000])
@pytest.mark.parametrize("verb", ["explain", "confirm", "undo"])
def test_a_line_that_is_not_there_exits_1(cli: Quitus, home: Path, verb: str, line: str) -> None:
    ran = cli("reconcile", verb, line)
    assert (ran.code, ran.out) == (1, "")
    assert "Aucune ligne bancaire" in ran.err


@pytest.mark.parametrize("account", ["", "abc", "411000", "471000", "9" * 40, "6 27", "62²", "027"])
def test_an_account_that_cannot_take_a_line_is_refused(cli: Quitus, home: Path, account: str) -> None:
    ran = cli("reconcile", "set-aside", the_stranger(cli)["line"], account)
    assert (ran.code, ran.out) == (1, "")
    assert "ni client (411) ni d’attente (471)" in ran.err
    assert the_stranger(cli)["unallocated_cents"] == 43210
    assert cli.json("audit", "verify")["ok"] is True


# --- aged balance ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["funder", "scheme", "site", "age", "dispute"])
@pytest.mark.parametrize("basis", ["due", "invoice"])
def test_the_aged_balance_ties_whatever_its_rows(cli: Quitus, home: Path, by: str, basis: str) -> None:
    document = cli.json("ageing", "--by", by, "--basis", basis)
    assert document.keys() >= {"as_of", "buckets", "rows", "unallocated_cents", "ledger_balance_cents", "ties"}
    assert document["as_of"] == "2026-11-03"
    assert document["ties"] is True
    assert sum(row["total_cents"] for row in document["rows"]) == 1373700
    assert document["unallocated_cents"] == -43210
    assert document["ledger_balance_cents"] == 1373700 - 43210
    assert all(sum(row["buckets"].values()) == row["total_cents"] for row in document["rows"])


@pytest.mark.parametrize("day", ["0001-01-01", "2025-12-31", "2026-01-01", "2026-10-14", "2026-10-31", "9999-12-31"])
def test_the_aged_balance_of_any_day_ties(cli: Quitus, home: Path, day: str) -> None:
    document = cli.json("ageing", "--as-of", day)
    assert (document["as_of"], document["ties"]) == (day, True)


def test_what_was_not_known_yet_is_left_out(cli: Quitus, home: Path) -> None:
    document = cli.json("ageing", "--known-at", "2020-01-01")
    assert (document["rows"], document["ledger_balance_cents"], document["ties"]) == ([], 0, True)


def test_the_aged_balance_is_written_as_csv_and_workbook(cli: Quitus, home: Path, tmp_path: Path) -> None:
    target = tmp_path / "balance.csv"
    assert cli("ageing", "--format", "csv", "--out", str(target)).code == 0
    with target.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file, delimiter=";"))
    assert rows[0][:2] == ["cle", "libelle"]
    total = rows[0].index("total")
    assert sum(int(row[total].replace(",", "")) for row in rows[1:]) == 1373700 - 43210
    printed = cli("ageing", "--format", "csv")
    assert printed.out.splitlines()[0] == ";".join(rows[0])
    book = tmp_path / "balance.xlsx"
    assert cli("ageing", "--format", "xlsx", "--out", str(book)).code == 0
    cells = CalamineWorkbook.from_path(str(book)).get_sheet_by_index(0).to_python()
    assert cells[0] == rows[0]
    assert round(sum(100 * float(str(row[total])) for row in cells[1:])) == 1373700 - 43210
    shown = cli("ageing")
    assert "Égale au grand livre (411 et 471) : 13 304,90 €." in spaced(shown.out)


@pytest.mark.parametrize("format_", ["csv", "xlsx"])
def test_a_place_that_cannot_be_written_exits_1(cli: Quitus, home: Path, tmp_path: Path, format_: str) -> None:
    for place in (tmp_path, tmp_path / "no" / "folder.x", Path("/dev/null/x")):
        ran = cli("ageing", "--format", format_, "--out", str(place))
        assert (ran.code, ran.out) == (1, "")
        assert "ne peut être ni lu ni écrit" in ran.err


# --- accounting -----------------------------------------------------------------------------------------


def test_the_export_is_balanced_repeated_byte_for_byte_and_passes_its_own_check(
    cli: Quitus, home: Path, tmp_path: Path
) -> None:
    words = ("export", "accounting", "--period", "2026", "--format", "fec", "--out", str(tmp_path / "out"))
    document = cli.json(*words)
    assert document.keys() >= {"batch", "entries", "debit_cents", "credit_cents", "file", "sha256"}
    assert document["debit_cents"] == document["credit_cents"] > 0
    first = Path(document["file"]).read_bytes()
    assert cli.json(*words) == document
    assert Path(document["file"]).read_bytes() == first
    checked = cli.json("fec", "check", document["file"])
    assert checked["ok"] is True
    assert checked["entries"] == document["entries"]
    assert all(item["severity"] != "error" for item in checked["findings"])


def test_a_broken_fec_exits_1_with_what_is_wrong(cli: Quitus, home: Path, tmp_path: Path) -> None:
    made = cli.json("export", "accounting", "--period", "2026", "--out", str(tmp_path / "out"))
    path = Path(made["file"])
    lines = path.read_bytes().split(b"\r\n")
    path.write_bytes(b"\r\n".join([lines[0], *lines[2:]]))  # one side of the first entry is gone
    document = cli.json("fec", "check", str(path), code=1)
    assert document["ok"] is False
    assert document["findings"]
    assert all(item.keys() >= {"rule", "severity", "text"} for item in document["findings"])


@pytest.mark.parametrize(
    "period", ["", "2026-13", "99999", "2026-12-31..2026-01-01", "hier", "2026-02-30..2026-03-01", "２０２６"]
)
def test_a_period_that_cannot_be_read_exits_1(cli: Quitus, home: Path, period: str) -> None:
    ran = cli("export", "accounting", "--period", period)
    assert (ran.code, ran.out) == (1, "")
    assert "Écrivez une année (2026)" in ran.err


@pytest.mark.parametrize("content", [None, b"", b"\x00" * 100, b"a;b\n", b"\xff" * 50])
def test_a_file_that_is_no_fec_exits_1(cli: Quitus, tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "x.txt"
    if content is not None:
        path.write_bytes(content)
    for target in (path, tmp_path):
        ran = cli("fec", "check", str(target))
        assert ran.code == 1
        assert (ran.out + ran.err).strip()


def test_what_waits_is_listed_with_its_reason_and_explained_in_sentences(cli: Quitus, home: Path) -> None:
    [row] = cli.json("reconcile", "list")
    assert (row["label"], row["unallocated_cents"], row["reasons"]) == (STRANGER, 43210, ["unidentified"])
    assert row["why"] == ["Ni le payeur ni une référence ne sont reconnus."]
    assert "Ni le payeur ni une référence" in spaced(cli("reconcile", "list").out)
    shown = spaced(cli("reconcile", "explain", row["line"]).out)
    assert "En attente : 432,10 € à expliquer." in shown
    assert "unidentified" not in shown


def test_money_of_a_known_payer_pays_another_ones_invoice_only_with_a_word(cli: Quitus, home: Path) -> None:
    paid = next(line for line in cli.json("bank", "lines") if line["allocated_cents"] > 0)
    own = set(cli.json("reconcile", "explain", paid["line"])["numbers"].values())
    cli("reconcile", "undo", paid["line"])
    for claim in cli.json("claims", "list"):
        if claim["number"] not in own:
            ran = cli("reconcile", "confirm", paid["line"], f"{claim['number']}=1,00")
            if ran.code == 1 and "--other-payer" in ran.err:
                break
            cli("reconcile", "undo", paid["line"])
    else:
        pytest.fail("no claim of another payer was refused")
    done = cli("reconcile", "confirm", paid["line"], f"{claim['number']}=1,00", "--other-payer", "fusion")
    assert done.code == 0, done.err
    explained = cli.json("reconcile", "explain", paid["line"])
    assert "other_payer=fusion" in explained["allocations"][-1]["evidence"]
    assert any("motif donné : fusion" in sentence for sentence in explained["sentences"])
    assert cli.json("ageing")["ties"] is True
    assert cli.json("audit", "verify")["ok"] is True


def test_a_late_entry_leaves_in_a_second_batch_and_the_first_file_stays(cli: Quitus, home: Path) -> None:
    words = ("export", "accounting", "--period", "2026")
    first = cli.json(*words)
    kept = Path(first["file"]).read_bytes()
    line = the_stranger(cli)["line"]
    assert cli("reconcile", "set-aside", line, "758000").code == 0
    second = cli.json(*words)
    assert Path(first["file"]).read_bytes() == kept
    assert (second["number"], second["entries"]) == (2, 1)
    assert second["debit_cents"] == second["credit_cents"] == 43210
    assert cli.json(*words) == second
    assert cli.json("fec", "check", second["file"])["ok"] is True
    assert cli.json("audit", "verify")["ok"] is True


def test_the_provisional_file_of_the_night_is_called_provisional(cli: Quitus, home: Path) -> None:
    [path] = (home / "outbox").rglob("*_provisoire.txt")
    ran = cli("fec", "check", str(path))
    assert ran.code == 0
    assert "écritures : provisoire, sans défaut." in ran.out
    assert ran.out.count("fichier : ") == 1
    assert cli.json("fec", "check", str(path))["provisional"] is True
