"""Each entry leaves once: a batch that left never changes, what comes late leaves in the next one."""

from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest

from billing.anomaly import AnomalyState
from billing.errors import BrokenBooks, Conflict
from billing.usecases.recording import keep
from integrations.accounting import Batch, check_fec, export_fec
from reconciliation.usecases.reconcile import reconcile
from tests import builders as a
from tests.fakes import FakeUnitOfWork
from tests.reconciliation.usecases.world import FIRST, SECOND, World

YEAR = "2026"


def export(world: World, folder: Path, period: str = YEAR, *, provisional: bool = False) -> Batch:
    return export_fec(
        world.books.open_books,
        world.organisation_id,
        period,
        folder,
        actor="user:claire",
        reason_of=lambda code: f"motif {code}",
        provisional=provisional,
    )


def rows(batch: Batch) -> list[tuple[str, str, str]]:
    """Journal, number of the entry, piece."""
    cells = [line.split("\t") for line in batch.file.read_text(encoding="utf-8").split("\n")[1:-1]]
    return [(row[0], row[2], row[8]) for row in cells]


def freeze(world: World, kind: str, id_: str) -> None:
    with world.books.uow() as uow:
        case = a.an_anomaly("over_claimed", subject_kind=kind, subject_id=id_, freezes=True)
        keep(uow, None, case, type_="anomaly.opened", on=case.first_seen_on)
        uow.commit()


def thaw(world: World) -> None:
    with world.books.uow() as uow:
        (case,) = uow.anomalies.find()
        keep(uow, case, replace(case, state=AnomalyState.RESOLVED), type_="anomaly.resolved", on=case.first_seen_on)
        uow.commit()


def test_a_late_entry_leaves_in_the_next_batch_and_the_first_stays_as_it_was(tmp_path: Path) -> None:
    world = World()
    first = export(world, tmp_path)
    before = first.file.read_bytes()
    world.receive("REMISE CHEQUES", 12_300, booked_on=date(2026, 3, 1), bank_reference="R-9")
    second = export(world, tmp_path)
    assert first.file.read_bytes() == before
    assert sha256(before).hexdigest() == first.sha256
    assert (first.number, first.entries, second.number, second.entries) == (1, 2, 2, 1)
    assert second.file.name == first.file.name.replace(".txt", "_2.txt")
    assert rows(second) == [("BQ", "3", "R-9"), ("BQ", "3", "R-9")]
    assert first.batch != second.batch
    assert check_fec(second.file).ok


def test_exporting_again_gives_the_same_bytes_back_even_where_the_file_was_lost_or_changed(tmp_path: Path) -> None:
    world = World()
    first = export(world, tmp_path)
    content, notice = first.file.read_bytes(), first.description.read_bytes()
    first.file.write_bytes(b"spoilt")
    again = export(world, tmp_path)
    assert (again.batch, again.sha256, again.entries, again.new) == (first.batch, first.sha256, 2, False)
    assert first.file.read_bytes() == content
    elsewhere = export(world, tmp_path / "elsewhere")
    assert elsewhere.file.read_bytes() == content
    assert elsewhere.description.read_bytes() == notice


def test_a_month_that_left_does_not_leave_again_with_its_year(tmp_path: Path) -> None:
    world = World()
    world.receive("VIREMENT", 5_000, booked_on=date(2026, 3, 1), bank_reference="MARS")
    month = export(world, tmp_path, "2026-03")
    year = export(world, tmp_path)
    assert rows(month) == [("BQ", "1", "MARS")] * 2
    assert {row[2] for row in rows(year)} == {FIRST, SECOND}
    assert {row[1] for row in rows(year)} == {"2", "3"}
    nothing = export(world, tmp_path, "2026-09")
    assert (nothing.entries, nothing.new) == (0, True)


def test_an_empty_period_is_no_batch_yet(tmp_path: Path) -> None:
    world = World()
    assert export(world, tmp_path, "2026-03").entries == 0
    world.receive("VIREMENT", 5_000, booked_on=date(2026, 3, 1))
    later = export(world, tmp_path, "2026-03")
    assert (later.number, later.entries) == (1, 1)


def test_a_frozen_claim_and_what_pays_it_stay_behind_until_it_is_settled(tmp_path: Path) -> None:
    world = World()
    world.receive(f"VIR {FIRST}", bank_reference="R-1")
    reconcile(world.books.open_books, world.organisation_id)
    freeze(world, "claim", world.claim(FIRST).id)
    first = export(world, tmp_path)
    assert {row[2] for row in rows(first)} == {SECOND, "R-1"}
    assert [(item.piece, item.reason) for item in first.frozen] == [(FIRST, "motif over_claimed")]
    assert f"{FIRST} : motif over_claimed" in first.description.read_text(encoding="utf-8")
    thaw(world)
    second = export(world, tmp_path)
    assert (second.entries, {row[2] for row in rows(second)}, second.frozen) == (2, {FIRST}, ())


def test_what_frozen_money_pays_stays_behind_the_bank_line_does_not(tmp_path: Path) -> None:
    world = World()
    line = world.receive(f"VIR {FIRST}", bank_reference="R-1")
    reconcile(world.books.open_books, world.organisation_id)
    freeze(world, "receipt", line.id)
    assert [row for row in rows(export(world, tmp_path)) if row[0] != "VE"] == [("BQ", "3", "R-1")] * 2


def test_a_provisional_file_takes_nothing_away_and_is_another_one_once_it_differs(tmp_path: Path) -> None:
    world = World()
    before = export(world, tmp_path, provisional=True)
    assert export(world, tmp_path, provisional=True).batch == before.batch
    assert export(world, tmp_path).entries == 2
    world.receive("VIREMENT", 5_000)
    after = export(world, tmp_path, provisional=True)
    assert (after.entries, after.file) == (3, before.file)
    assert after.batch != before.batch


def test_letters_go_on_from_one_batch_of_the_year_to_the_next(tmp_path: Path) -> None:
    world = World()
    world.receive(f"VIR {FIRST}")
    reconcile(world.books.open_books, world.organisation_id)
    assert export(world, tmp_path, "2026-09").letters == 1
    world.receive("VIREMENT", 5_000, booked_on=date(2026, 9, 29))
    assert export(world, tmp_path, "2026-09").letters == 0


def test_of_two_exports_at_once_only_the_first_is_a_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    known = FakeUnitOfWork.entries
    calls = 0

    def slow(uow: FakeUnitOfWork, **limits: object) -> object:
        nonlocal calls
        calls += 1
        if calls == 2:
            export(world, tmp_path / "other")
        return known(uow, **limits)  # type: ignore[arg-type]

    monkeypatch.setattr(FakeUnitOfWork, "entries", slow)
    with pytest.raises(Conflict, match="export_overtaken"):
        export(world, tmp_path)
    assert list(tmp_path.glob("*FEC*.txt")) == []


def test_a_batch_whose_bytes_are_gone_is_said_to_be(tmp_path: Path) -> None:
    world = World()
    export(world, tmp_path)
    with world.books.uow() as uow:
        (line,) = uow.journal(about="accounting_batch")
        uow.destroy_document_key(str(line.payload["document"]))  # type: ignore[attr-defined]
        uow.commit()
    with pytest.raises(BrokenBooks, match="export_batch_lost"):
        export(world, tmp_path)
