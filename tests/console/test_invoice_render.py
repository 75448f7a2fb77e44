"""`quitus invoice render` and `quitus schema`: files from JSON, no database, nothing overwritten."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from console.invoice_files import file_name
from tests.homes import Quitus
from tests.integrations.facturx.cases import FOLDER

GOOD = FOLDER / "exempt_opco_billed.json"


def case(**changes: Any) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(GOOD.read_text(encoding="utf-8"))
    return read | changes


@pytest.fixture
def bare(cli: Quitus, tmp_path: Path) -> Quitus:
    cli.at(tmp_path / "nowhere")
    return cli


def given(folder: Path, value: object) -> str:
    file = folder / "entree.json"
    file.write_text(json.dumps(value), encoding="utf-8")
    return str(file)


def test_one_invoice_is_one_object_and_one_file(bare: Quitus, tmp_path: Path) -> None:
    out = tmp_path / "pdf"
    made = bare.json("invoice", "render", str(GOOD), "--out", str(out))
    assert (made["number"], made["profile"], made["findings"]) == ("FA-2026-001", "EN 16931", [])
    assert Path(made["pdf"]) == out / "FA-2026-001.pdf"
    assert Path(made["pdf"]).read_bytes().startswith(b"%PDF-")
    assert [file.name for file in out.iterdir()] == ["FA-2026-001.pdf"]
    assert not (tmp_path / "nowhere").exists()


def test_a_bad_invoice_is_refused_whole_and_the_others_are_written(bare: Quitus, tmp_path: Path) -> None:
    bad = case(number="FA-2", nom="x", issue_on="hier")
    made = bare.json(
        *("invoice", "render", given(tmp_path, [case(), bad, case(number="FA-3")])),
        *("--out", str(tmp_path / "pdf")),
        code=3,
    )
    assert [(item["index"], item["number"], bool(item["pdf"])) for item in made] == [
        (0, "FA-2026-001", True),
        (1, "FA-2", False),
        (2, "FA-3", True),
    ]
    assert [(item["path"], item["code"]) for item in made[1]["findings"]] == [
        ("/issue_on", "input_value_wrong"),
        ("/nom", "input_key_unknown"),
    ]
    assert made[1]["findings"][1]["text"].startswith("/nom : la clé « nom » n’existe pas")
    assert sorted(file.name for file in (tmp_path / "pdf").iterdir()) == ["FA-2026-001.pdf", "FA-3.pdf"]


def test_nothing_made_is_a_failure_that_people_can_read(bare: Quitus, tmp_path: Path) -> None:
    wrong = case()
    del wrong["seller"]["declaration"]
    ran = bare("invoice", "render", given(tmp_path, wrong), "--out", str(tmp_path / "pdf"))
    assert ran.code == 1
    assert "FA-2026-001 : REFUSÉE, 1 point à corriger" in ran.out
    assert "le numéro de déclaration d’activité manque" in ran.out


def test_rendering_again_leaves_the_same_file_and_another_one_is_never_replaced(bare: Quitus, tmp_path: Path) -> None:
    out = str(tmp_path / "pdf")
    first = bare.json("invoice", "render", str(GOOD), "--out", out)
    assert bare.json("invoice", "render", str(GOOD), "--out", out) == first
    other = bare.json("invoice", "render", given(tmp_path, case(issue_on="2026-03-03")), "--out", out, code=1)
    assert [item["code"] for item in other["findings"]] == ["render_file_differs"]
    assert bare.json("invoice", "render", str(GOOD), "--out", out) == first


def test_a_link_is_not_followed(bare: Quitus, tmp_path: Path) -> None:
    out, secret = tmp_path / "pdf", tmp_path / "secret"
    out.mkdir()
    secret.write_text("à garder", encoding="utf-8")
    (out / "FA-2026-001.pdf").symlink_to(secret)
    made = bare.json("invoice", "render", str(GOOD), "--out", str(out), code=1)
    assert [item["code"] for item in made["findings"]] == ["render_file_differs"]
    assert secret.read_text(encoding="utf-8") == "à garder"


def test_two_invoices_of_one_number_are_one_too_many(bare: Quitus, tmp_path: Path) -> None:
    made = bare.json("invoice", "render", given(tmp_path, [case(), case()]), "--out", str(tmp_path / "pdf"), code=3)
    assert [[item["code"] for item in one["findings"]] for one in made] == [[], ["render_number_twice"]]


def test_what_is_no_json_is_one_sentence(bare: Quitus, tmp_path: Path) -> None:
    file = tmp_path / "f.json"
    file.write_text("{", encoding="utf-8")
    ran = bare("invoice", "render", str(file), "--out", str(tmp_path / "pdf"))
    assert (ran.code, ran.out) == (1, "")
    assert "n’est pas du JSON" in ran.err
    assert not (tmp_path / "pdf").exists()


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("FA-2026-001", r"FA-2026-001\.pdf"),
        ("FA+1_2", r"FA\+1_2\.pdf"),
        ("FA/2026/1", r"facture-FA-2026-1-[0-9a-f]{8}\.pdf"),
        ("../../etc/passwd", r"facture-------etc-passwd-[0-9a-f]{8}\.pdf"),
        ("-rf", r"facture--rf-[0-9a-f]{8}\.pdf"),
        ("CON", r"facture-CON-[0-9a-f]{8}\.pdf"),
        ("", r"facture--[0-9a-f]{8}\.pdf"),
    ],
)
def test_a_number_of_any_kind_gives_a_safe_name(number: str, name: str) -> None:
    assert re.fullmatch(name, file_name(number))


def test_two_numbers_never_meet_in_one_name() -> None:
    assert len({file_name(number) for number in ("A/1", "A-1", "A_1", "A.1", "A 1")}) == 5


def test_the_schema_is_printed_and_another_name_is_wrong_usage(bare: Quitus) -> None:
    schema = json.loads(bare("schema", "invoice").out)
    assert schema["$id"] == "urn:quitus:schema:invoice:1"
    ran = bare("schema", "facture")
    assert (ran.code, ran.out) == (2, "")
    assert "Schémas publiés : invoice." in ran.err


def test_the_help_costs_no_pydantic() -> None:
    code = "import sys, console.cli; sys.exit(any(name in sys.modules for name in ('pydantic', 'lxml', 'typst')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
