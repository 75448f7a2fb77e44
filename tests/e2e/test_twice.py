"""Twice is once: a second night, every file again, two nights at the same time, a night whose engine dies."""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from adapters.sandbox import SandboxServer
from integrations.database.tables import REPOSITORIES
from tests.homes import Night, Quitus, fill_small, received, without_settings
from workers.bootstrap import build

WAITING = 3
RECORDED = frozenset({"seen_at"})
COMMAND = [sys.executable, "-c", "from console.cli import main; main()", "nightly", "--json"]
HOLD = (
    "import sys; from pathlib import Path; from workers.lock import engine_lock\n"
    "with engine_lock(Path(sys.argv[1])):\n"
    "    print('held', flush=True); sys.stdin.read()\n"
)
FOLLOWS = "Un moteur travaille déjà dans ce dossier"


@pytest.fixture(params=["sample_night", "small_night"])
def night(request: pytest.FixtureRequest) -> Night:
    found: Night = request.getfixturevalue(request.param)
    return found


def told(home: Path) -> dict[str, list[str]]:
    """Tell everything in the books but when a platform was last asked, chapter by chapter."""
    chapters: dict[str, list[str]] = {}
    with build(environment={"QUITUS_HOME": str(home)}) as runtime:
        organisation_id, _slug = runtime.organisation()
        with runtime.books.open_books(organisation_id, "test", read_only=True) as uow:
            for name in REPOSITORIES:
                nouns = getattr(uow, name).stream()
                chapters[name] = sorted(
                    str([(item.name, getattr(noun, item.name)) for item in fields(noun) if item.name not in RECORDED])
                    for noun in nouns
                )
            chapters["entries"] = [str(entry) for entry in uow.entries()]
            chapters["journal"] = [str(line) for line in uow.journal() if line.type != "ageing.snapshot"]
    return chapters


def counts_of(document: dict[str, Any]) -> dict[str, dict[str, int]]:
    return {step["name"]: step["counts"] for step in document["steps"]}


def test_a_second_night_changes_nothing(night: Night) -> None:
    first, second = told(night.home), told(night.again)
    assert first.keys() == second.keys()
    assert {name: lines for name, lines in first.items() if lines != second[name]} == {}
    assert len(first["claims"]) > 10
    assert first["entries"]
    assert first["anomalies"]


def test_a_second_night_sends_nothing_and_says_so(night: Night) -> None:
    assert night.received[0] == night.received[1]
    assert night.second.code == night.first.code == WAITING
    counts = counts_of(json.loads(night.second.out))
    assert counts["inbox"]["files"] == 0
    assert (counts["claims"]["prepared"], counts["claims"]["blocked"]) == (0, 0)
    assert counts["remuneration"]["variables"] == counts["attendance"]["statements"] == 0
    assert counts["submit"]["turns"] == 0
    assert counts["statuses"]["moved"] == 0
    assert counts["reconcile"]["auto"] == 0
    assert (counts["anomalies"]["opened"], counts["anomalies"]["closed"], counts["anomalies"]["reopened"]) == (0, 0, 0)
    assert counts["ageing"]["ties"] == 1


def test_every_file_again_is_read_and_changes_nothing(cli: Quitus, night: Night, tmp_path: Path) -> None:
    home = night.copy(tmp_path / "home")
    files = [str(path) for path in sorted((home / "inbox" / "lus").rglob("*")) if path.is_file()]
    before = told(home)
    tables = [path for path in files if not path.endswith(".xml")]
    bad = before["quarantine"]
    document = cli.at(home).json("import", *tables, code=WAITING if bad else 0)
    assert (document["new"], document["changed"], document["gone"]) == (0, 0, 0)
    assert document["read"] == document["unchanged"] + document["quarantined"]
    assert document["quarantined"] == len(bad)
    assert document["read"] > 150
    bank = cli.json("bank", "import", *(path for path in files if path.endswith(".xml")))
    assert (bank["new"], bank["gaps"], bank["refused"]) == (0, 0, 0)
    assert bank["known"] == len(before["bank_lines"])
    after = told(home)
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= {"journal", "imported_files", "bank_statements"}


def test_a_bad_row_is_shown_with_file_line_column_and_remedy_and_the_counts_add_up(
    cli: Quitus, small_night: Night, tmp_path: Path
) -> None:
    cli.at(small_night.copy(tmp_path / "home"))
    earlier = cli.json("quarantine", code=WAITING)
    people = tmp_path / "stagiaires.csv"
    rows = ["L91;Aubert;Alix;01/02/1990", "L92;Blondel;Camille;31/02/1990", "L93;Carlier;Sacha;", ";Dumas;Lou;"]
    people.write_text("code;nom;prenom;date_naissance\n" + "\n".join(rows) + "\n", encoding="cp1252")
    document = cli.json("import", str(people), code=WAITING)
    assert document["read"] == 4
    assert (document["new"], document["changed"], document["unchanged"], document["quarantined"]) == (2, 0, 0, 2)
    shown = [row for row in cli.json("quarantine", code=WAITING) if row not in earlier]
    assert [(row["file"], row["line"], row["column"]) for row in shown] == [
        ("stagiaires.csv", 3, "date_naissance"),
        ("stagiaires.csv", 5, "code"),
    ]
    assert all(row["text"] and "«code»" not in row["text"] for row in shown)


def test_a_corrected_file_clears_its_quarantine(cli: Quitus, small_night: Night, tmp_path: Path) -> None:
    cli.at(small_night.copy(tmp_path / "home"))
    [missing] = cli.json("quarantine", code=WAITING)
    assert missing["file"] == "heures.csv"
    assert "Importez d’abord inscriptions.csv" in missing["text"]
    (hours,) = (small_night.home / "inbox" / "lus").rglob("heures.csv")
    corrected = tmp_path / "heures.csv"
    text = hours.read_text(encoding="utf-8-sig")
    assert text.count("L99") == 1
    corrected.write_text(text.replace("S-DEP;L99;2026-10", "S-DEP;L01;2026-11"), encoding="utf-8")
    document = cli.json("import", str(corrected))
    assert (document["new"], document["quarantined"]) == (1, 0)
    assert cli.json("quarantine") == []


@pytest.fixture
def full_home(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """The small organisation's files, dropped and not read yet, beside a sandbox that runs."""
    with SandboxServer() as server:
        fill_small(tmp_path / "home", server.url, server.settings())
        yield tmp_path / "home", server.url


def start(home: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        COMMAND,
        env={**without_settings(), "QUITUS_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_nights_at_once_do_the_work_of_one(full_home: tuple[Path, str], small_night: Night) -> None:
    home, url = full_home
    both = [start(home), start(home)]
    ended = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [WAITING, WAITING], ended
    assert sorted(FOLLOWS in err for _out, err in ended) == [False, True]
    one, two = (counts_of(json.loads(out)) for out, _err in ended)
    assert one == two
    assert one["claims"]["prepared"] == 12
    accepted = [line["business_key"] for line in received(url) if line["outcome"] == "accepted"]
    assert len(accepted) == len(set(accepted)) == 6
    books, alone = told(home), told(small_night.home)
    for name in ("claims", "bank_lines", "submissions", "anomalies", "allocations", "entries", "series"):
        assert len(books[name]) == len(alone[name]), name


def test_who_follows_an_engine_that_dies_does_its_work(full_home: tuple[Path, str]) -> None:
    home, url = full_home
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home / "engine.lock")],
        env=without_settings(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        follower = start(home)
        assert follower.stderr is not None
        assert FOLLOWS in follower.stderr.readline()
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.communicate(timeout=30)
    out, _err = follower.communicate(timeout=120)
    assert follower.returncode == WAITING
    assert counts_of(json.loads(out))["claims"]["prepared"] == 12
    assert len([line for line in received(url) if line["outcome"] == "accepted"]) == 6


def test_a_locked_engine_does_not_lock_the_books(cli: Quitus, small_night: Night, tmp_path: Path) -> None:
    home = small_night.copy(tmp_path / "home")
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home / "engine.lock")],
        env=without_settings(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        cli.at(home)
        assert len(cli.json("claims", "list")) == 22
        assert cli("anomalies", "comment", cli.json("anomalies", "list")["items"][0]["id"], "Vu.").code == 0
    finally:
        holder.communicate(input="", timeout=30)
        shutil.rmtree(home)
