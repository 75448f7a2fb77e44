"""The sample organisation, told by the real command: every euro explained, everything planted found, nothing else."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from billing.ports import UnitOfWork
from console.demo.files import write_templates
from console.demo.judge import judge
from console.demo.sample import make, write_files
from tests.homes import OTHER_SEED, SEED, Night, Quitus
from workers.bootstrap import build

DONE, WAITING = 0, 3
PUBLIC = "chorus-pro"


@contextmanager
def books_of(home: Path) -> Iterator[UnitOfWork]:
    with build(environment={"QUITUS_HOME": str(home)}) as runtime:
        organisation_id, _slug = runtime.organisation()
        with runtime.books.open_books(organisation_id, "test", read_only=True) as uow:
            yield uow


@pytest.fixture(params=["sample_night", "other_night"])
def night(request: pytest.FixtureRequest) -> Night:
    found: Night = request.getfixturevalue(request.param)
    return found


def test_the_demo_ends_well_and_says_that_every_euro_is_explained(night: Night) -> None:
    assert night.first.code in {DONE, WAITING}, night.first.out + night.first.err
    assert "chacun une seule fois." in night.first.out
    assert "Balance âgée et grand livre : égaux au centime près." in night.first.out
    assert "Journal, projections et écritures : prouvés." in night.first.out
    assert "25 facture(s) due(s) cette nuit" in night.first.out
    assert "Traceback" not in night.first.err


def test_bank_lines_are_allocated_refunded_set_aside_or_queued_to_the_cent(night: Night) -> None:
    with books_of(night.home) as uow:
        lines = list(uow.bank_lines.stream())
        refused = uow.quarantine.count(cleared=False)
    assert len(lines) > 200
    assert refused == 0
    for line in lines:
        assert line.amount == line.allocated + line.refunded + line.set_aside + line.unallocated
    assert any(line.allocated for line in lines)
    assert any(line.set_aside for line in lines)
    # The stranger's transfer, the one that pays twice, the one that pays too much, the one that its advice contradicts.
    assert sum(1 for line in lines if line.unallocated) == 4


def test_the_sandbox_accepted_each_claim_once(night: Night) -> None:
    lines = night.received[0]
    accepted = [line for line in lines if line["outcome"] == "accepted"]
    assert all(line["platform"] == PUBLIC for line in lines)
    assert len({line["business_key"] for line in accepted}) == len(accepted)
    with books_of(night.home) as uow:
        ours = {
            claim.number: claim.gross.cents
            for row in uow.submissions.find(state="accepted", platform=PUBLIC)
            if (claim := uow.claims.get(row.subject_id)) is not None
        }
    assert {line["number"]: line["amount_cents"] for line in accepted} == ours
    assert accepted


@pytest.mark.parametrize(("fixture", "seed"), [("sample_night", SEED), ("other_night", OTHER_SEED)])
def test_what_was_planted_is_found_and_nothing_else(request: pytest.FixtureRequest, fixture: str, seed: int) -> None:
    night: Night = request.getfixturevalue(fixture)
    with books_of(night.home) as uow:
        verdict = judge(uow, make(seed, 1).troubles)
    assert (verdict.missed, verdict.unplanted) == ((), ())
    assert verdict.expected >= 50
    shown = f"précision {verdict.precision}, rappel {verdict.recall}"
    assert shown in night.first.out
    assert shown.count("100,0 %") == 2


def test_some_thirty_stories_are_planted_and_each_has_its_own_findings() -> None:
    troubles = make(SEED, 1).troubles
    assert len(troubles) >= 30
    assert all(trouble.story and trouble.expected for trouble in troubles)
    findings = Counter(found for trouble in troubles for found in trouble.expected)
    assert [found for found, times in findings.items() if times > 1] == []
    codes = {code for code, _kind, _name in findings}
    assert len(codes) >= 25
    assert sum(code.startswith("trainer_") for code in codes) >= 2
    assert sum("compensation" in code or "entitle" in code or "learner" in code for code in codes) >= 3


def test_the_same_seed_gives_the_same_files_and_another_seed_others(tmp_path: Path) -> None:
    told = []
    for name, seed in (("one", SEED), ("two", SEED), ("other", OTHER_SEED)):
        made = make(seed, 1)
        write_files(made, tmp_path / name)
        files = {path.name: path.read_bytes() for path in sorted((tmp_path / name).iterdir())}
        told.append((files, made.troubles, made.dossiers, made.rejected))
    assert told[0] == told[1]
    assert told[0][0] != told[2][0]


@pytest.mark.parametrize("seed", range(100, 104))
def test_every_seed_has_something_to_break(seed: int, tmp_path: Path) -> None:
    made = make(seed, 1)
    assert len(made.troubles) == len(make(SEED, 1).troubles)
    assert len({row["code"] for row in made.sample.rows["learner"]}) == 400
    assert write_templates(made.sample, tmp_path)


def test_twice_the_scale_is_twice_the_learners_and_the_same_troubles() -> None:
    one, two = make(SEED, 1), make(SEED, 2)
    assert len(two.sample.rows["learner"]) == 2 * len(one.sample.rows["learner"])
    assert [trouble.story for trouble in two.troubles] == [trouble.story for trouble in one.troubles]


def test_the_sample_enters_by_files_that_were_read_and_put_away(sample_night: Night) -> None:
    inbox = sample_night.home / "inbox"
    assert [path.name for path in inbox.iterdir()] == ["lus"]
    read = {path.name for path in inbox.rglob("*.*") if path.is_file()}
    assert {"organisme.csv", "stagiaires.csv", "releve-2026-10.xml"} <= read
    assert sum(name.startswith("Export_") for name in read) == 2


def test_a_folder_that_is_no_demo_is_refused_and_left_alone(cli: Quitus, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mes notes", encoding="utf-8")
    refused = cli.at(tmp_path)("demo", "--no-serve")
    assert refused.code == 5
    assert "choisissez un autre QUITUS_HOME" in refused.err
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_load_only_drops_the_files_and_runs_no_night(cli: Quitus, tmp_path: Path) -> None:
    loaded = cli.at(tmp_path / "home")("demo", "--load-only", "--no-serve")
    assert loaded.code == 0, loaded.err
    assert "quitus nightly" in loaded.err
    assert "plateformes d'essai se sont arrêtées" in loaded.err
    assert (tmp_path / "home" / "inbox" / "stagiaires.csv").exists()
    assert cli.json("claims", "list") == []


def test_an_earlier_example_outlives_a_sandbox_that_does_not_answer(cli: Quitus, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "demo.txt").write_text("exemple", encoding="utf-8")
    (home / "quitus.toml").write_text("workers = 2\n", encoding="utf-8")
    refused = cli.at(home)("demo", "--no-serve", "--sandbox-url", "http://127.0.0.1:1")
    assert refused.code == 1
    assert "ne répond pas" in refused.err
    assert (home / "quitus.toml").read_text(encoding="utf-8") == "workers = 2\n"
