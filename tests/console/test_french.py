"""Everything that people read on the command line is in French, without a code of the program's own.

Commands, options and the values that are typed after them are a contract, in English; a word that may be typed is told
apart below. `--json` is for machines and is not looked at.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from billing.submission import SubmissionState
from console.cli import app
from reconciliation.rules.catalogue import BY_CODE
from tests.homes import Quitus
from workers.catalogue import shipped_parameters

ENGLISH = re.compile(
    r"\b(usage:|error|invalid|missing|required|default|show this|exit\.|commands|did you mean|no such|must|should|"
    r"does not|is not|not found|found|expected|expecting|unexpected|input|none|true|false|null|traceback|exception|"
    r"the|and|with|from|this|that|have|please|try '|aborted|argument\(s\)|got|extra|possible options|"
    r"line \d|column \d|unable|failed|cannot|denied|errno)\b",
    re.IGNORECASE,
)
CODE = re.compile(r"\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b")
KEYS = frozenset(part for item in shipped_parameters() for part in item.key.split("."))
TYPED = frozenset({*SubmissionState, *BY_CODE, *KEYS, "stagiaire_code", "a_echoir", "dont_litige"})
"""Words that people type: states (`claims list --state`), rules (`anomalies list --code`), keys, columns of files."""
OPTION = re.compile(r"--[a-z-]+|\bquitus [a-z-]+(?: [a-z-]+)?|\[[^\]]*\.platforms\.[^\]]*\]|/\S+|\S+\.(?:csv|toml)\b")
"""Options, commands, sections, paths and file names are typed or read as they are."""


def commands(group: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    group = group or typer.main.get_command(app)
    yield path
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name)


def foreign(text: str, typed: frozenset[str] = TYPED) -> list[str]:
    """What is English or a code in a text for people."""
    plain = OPTION.sub(" ", text)
    codes = [code for code in CODE.findall(plain) if code not in typed and not code.startswith("quitus_")]
    return [*(found.group(0) for found in ENGLISH.finditer(plain)), *codes]


@pytest.mark.parametrize("words", [pytest.param(path, id=" ".join(path) or "quitus") for path in commands()])
def test_every_help_page_is_in_french(cli: Quitus, words: tuple[str, ...]) -> None:
    ran = cli(*words, "--help")
    assert (ran.code, ran.err) == (0, "")
    page = re.sub(r"\b(?:funder\|scheme\|site\|age\|dispute|due\|invoice|table\|json\|csv\|xlsx)\b", "", ran.out)
    assert page.startswith("Utilisation : quitus")
    assert foreign(page) == []
    assert "<" not in page


WRONG = [
    "nonsense",
    "claim",
    "claims lst",
    "claims list --nope",
    "claims list --state nope",
    "claims list --state",
    "claims list --limit x",
    "claims list --limit -3",
    "claims list --open=3",
    "claims list extra words",
    "claims list --organisation zzz",
    "claims show",
    "claims show NOPE",
    "claims submit NOPE",
    "claims decide NOPE",
    "claims decide NOPE --absent",
    "claims credit OF26-000101 abc --reason x",
    "claims credit OF26-000101 1,234 --reason x",
    "claims credit OF26-000101 99999999 --reason x",
    "claims reissue NOPE",
    "claims sheet NOPE",
    "init --slug autre",
    "init --siren 123",
    "doctor --organisation zzz",
    "templates",
    "templates FILE",
    "templates /proc/nowhere",
    "import",
    "import /nowhere",
    "import FILE",
    "nightly more",
    "quarantine dismiss abc",
    "quarantine dismiss abc --reason x",
    "quarantine reopen abc",
    "profile check /nowhere",
    "profile check FILE",
    "profile try FILE",
    "profile try /nowhere",
    "invoice save NOPE",
    "invoice save FA-2026-00001 --out FILE",
    "invoice render /nowhere --out OUT",
    "invoice render FILE --out OUT",
    "invoice check FILE --processes 0",
    "schema nope",
    "bank inspect /nowhere",
    "bank inspect FILE",
    "bank import /nowhere",
    "bank import FILE",
    "reconcile explain nope",
    "reconcile confirm nope",
    "reconcile undo nope",
    "reconcile set-aside nope 627000",
    "anomalies list --code nope",
    "anomalies show nope",
    "anomalies assign nope x",
    "anomalies waive nope x",
    "anomalies waive nope x --until 2026-13-01",
    "ageing --as-of yesterday",
    "ageing --known-at yesterday",
    "ageing --by nope",
    "ageing --format nope",
    "ageing --format csv --out OUT",
    "ageing --format xlsx --out /nowhere/x.xlsx",
    "export accounting",
    "export accounting --period nope",
    "export accounting --period 2026 --format nope",
    "export accounting --period 2026 --out FILE",
    "fec check /nowhere",
    "audit nope",
    "parameters set nope 3 --from 2026-01-01 --source x",
    "parameters set payment_term_days.region abc --from 2026-01-01 --source x",
    "parameters set payment_term_days.region 30 --from 2026-01-45 --source x",
    "parameters set anomaly.tol_cents abc€ --from 2026-01-01 --source x",
    "parameters confirm nope",
    "sandbox serve --port 99999999",
    "sandbox serve --port abc",
    "bench reconcile /nowhere --out OUT",
    "bench anomalies /nowhere --out OUT",
    "bench anomalies FILE --out OUT",
    "demo --scale 0",
    "demo --seed x",
]


@pytest.mark.parametrize("line", WRONG)
def test_every_refusal_is_in_french(cli: Quitus, home: Path, tmp_path: Path, line: str) -> None:
    file = tmp_path / "fichier.txt"
    file.write_text("ceci n'est rien\n", encoding="utf-8")
    (tmp_path / "dossier").mkdir()
    places = {"FILE": str(file), "OUT": str(tmp_path / "dossier")}
    ran = cli(*(places.get(word, word) for word in line.split()))
    assert ran.code in {1, 2, 5}
    told = ran.out + ran.err
    assert told.strip()
    typed = frozenset(re.split(r"[\s.€]+", line))
    said = re.sub(r"« (?:--)?(?:nope|nonsense|lst|yesterday|extra words) »|: (?:extra words|more)\.", "", told)
    assert foreign(said, TYPED | typed) == []


TOLD = [
    "doctor",
    "audit verify",
    "quarantine",
    "quarantine --dismissed",
    "profile check",
    "claims list",
    "claims show FA-2026-00001",
    "claims sheet",
    "claims prepare",
    "bank lines",
    "reconcile",
    "reconcile list",
    "anomalies list",
    "anomalies list --all",
    "anomalies rules",
    "ageing",
    "ageing --by scheme",
    "ageing --by site",
    "ageing --by age",
    "ageing --by dispute",
    "ageing --format csv",
    "export accounting --period 2026",
    "remuneration list",
    "compensation list",
    "platforms list",
    "parameters confirm payment_term_days.region",
    "parameters set anomaly.waive_amount_cents 750,00€ --from 2026-01-01 --source délibération",
    "init",
    "nightly",
]


@pytest.mark.parametrize("line", TOLD)
def test_every_result_is_in_french(cli: Quitus, home: Path, line: str) -> None:
    ran = cli(*line.split())
    assert ran.code in {0, 1, 3, 4}
    assert foreign(ran.out + ran.err) == []
    assert re.search(r"\d\.\d{2,4}\b(?!\.)", re.sub(r"\S+/\S+", "", ran.out)) is None or "Secondes" in ran.out


def test_parameters_are_listed_by_name_with_euros_and_words(cli: Quitus, home: Path) -> None:
    ran = cli("parameters", "list")
    assert foreign(ran.out) == []
    told = " ".join(ran.out.split())
    assert "2 400,00 €" in told.replace("\u202f", " ").replace("\xa0", " ")
    assert "240000" not in told
    assert "Agefiph, État" in told


def test_every_case_tells_what_was_compared_and_what_happened(cli: Quitus, home: Path) -> None:
    for item in cli.json("anomalies", "list")["items"]:
        ran = cli("anomalies", "show", item["id"])
        assert ran.code == 0
        assert foreign(ran.out, frozenset()) == []
        assert "rule.version" not in ran.out
        assert re.search(r"[a-f0-9]{8}-[a-f0-9]{4}-", ran.out) is None
        assert "ouverte" in ran.out


def test_an_amount_of_a_parameter_is_typed_in_euros(cli: Quitus, home: Path) -> None:
    key = "anomaly.waive_amount_cents"
    ran = cli("parameters", "set", key, "1 250,50 €", "--from", "2026-01-01", "--source", "délibération du 3 mai")
    assert ran.code == 0
    assert "1 250,50 €" in ran.out.replace("\u202f", " ").replace("\xa0", " ")
    kept = [row for row in cli.json("parameters", "list") if row["key"] == key and not row["shipped"]]
    assert [row["value"] for row in kept] == ["125050"]
    ran = cli("parameters", "set", key, "12,345 €", "--from", "2026-01-01", "--source", "x")
    assert ran.code == 1
    assert "12,345" in ran.err


def test_a_yes_or_no_is_typed_in_french(cli: Quitus, home: Path) -> None:
    ran = cli("parameters", "set", "anomaly.closing", "oui", "--from", "2026-12-01", "--source", "clôture")
    assert (ran.code, ran.err) == (0, "")
    assert ": oui à partir du 01/12/2026" in ran.out
    kept = [row["value"] for row in cli.json("parameters", "list") if row["key"] == "anomaly.closing"]
    assert kept == ["false", "true"]
    assert cli("parameters", "set", "anomaly.closing", "peut-être", "--from", "2026-12-01", "--source", "x").code == 1
