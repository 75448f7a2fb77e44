"""What the tables hold is what the journal and the entries say; whoever changes a file by hand is found out."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from billing.journal import replay, snapshot
from console import ledger_proof
from integrations.database.unit_of_work import SqlUnitOfWork
from reconciliation.usecases.ageing import ageing
from tests.homes import Night, Quitus
from workers.bootstrap import Runtime, build

PROJECTED = {"claim": "claims", "allocation": "allocations", "submission": "submissions", "anomaly": "anomalies"}
Tampering = Callable[[sqlite3.Connection], None]


@pytest.fixture
def runtime(sample_night: Night) -> Iterator[Runtime]:
    with build(environment={"QUITUS_HOME": str(sample_night.home)}) as opened:
        yield opened


@pytest.fixture
def uow(runtime: Runtime) -> Iterator[SqlUnitOfWork]:
    organisation_id, _slug = runtime.organisation()
    with runtime.books.open_sql(organisation_id, "test", read_only=True) as opened:
        yield opened


@pytest.mark.parametrize("kind", PROJECTED)
def test_every_projection_is_rebuilt_from_the_journal(uow: SqlUnitOfWork, kind: str) -> None:
    rebuilt = {id_: state for (of, id_), state in replay(uow.journal()).items() if of == kind}
    stored = {noun.id: snapshot(noun) for noun in getattr(uow, PROJECTED[kind]).stream()}
    assert stored
    assert rebuilt == stored


def test_the_ledger_from_entries_is_what_claims_bank_and_allocations_make(uow: SqlUnitOfWork) -> None:
    booked, expected = ledger_proof.booked(uow), ledger_proof.expected(uow)
    sales = {key: cents for key, cents in booked.items() if key[0][:3] in {"706", "708", "445", "890"}}
    assert {key: cents for key, cents in booked.items() if key not in sales} == expected
    assert sum(booked.values()) == 0
    assert {account for account, _payer in expected} >= {"411000", "471000", "512000"}
    # The bank account holds what the last statement says, less what it held before the first.
    lines = [line.amount.cents for line in uow.bank_lines.stream()]
    assert expected["512000", ""] == sum(lines)
    assert expected["471000", ""] == -sum(line.unallocated.cents for line in uow.bank_lines.stream())


def test_what_customers_owe_is_the_open_part_of_their_claims_less_credit_notes_that_cite_nothing(
    uow: SqlUnitOfWork,
) -> None:
    owed: dict[tuple[str, str], int] = {}
    codes = {funder.id: funder.code for funder in uow.funders.stream()}
    for claim in uow.claims.stream():
        key = ("411000", codes[claim.funder_id])
        loose = claim.gross.cents if claim.kind == "credit_note" and claim.origin_claim_id is None else 0
        owed[key] = owed.get(key, 0) + claim.open.cents - loose
    customers = {key: cents for key, cents in ledger_proof.booked(uow).items() if key[0] == "411000"}
    assert customers == {key: cents for key, cents in owed.items() if cents}


@pytest.mark.parametrize("day", ["2025-12-31", "2026-03-31", "2026-06-30", "2026-09-30", "2026-11-03"])
def test_the_aged_balance_of_any_day_equals_the_ledger_of_that_day(
    runtime: Runtime, uow: SqlUnitOfWork, day: str
) -> None:
    balance = ageing(uow, as_of=runtime.clock.today().fromisoformat(day))
    assert balance.ties
    assert balance.rows_cents > 0


def test_an_untouched_home_is_proven(cli: Quitus, sample_night: Night) -> None:
    document = cli.at(sample_night.home).json("audit", "verify")
    assert document["ok"] is True
    assert document["first_broken"] is None
    assert document["problems"] == []
    assert document["entries"] > 1000


def _change(table: str, column: str, where: str = "1 = 1") -> Tampering:
    """Add one cent to the first row that fits."""

    def tamper(database: sqlite3.Connection) -> None:
        row = database.execute(f"SELECT rowid FROM {table} WHERE {where} ORDER BY rowid LIMIT 1").fetchone()  # noqa: S608 - names of the test
        database.execute(f"UPDATE {table} SET {column} = {column} + 1 WHERE rowid = ?", row)  # noqa: S608 - same

    return tamper


def _sql(sql: str) -> Tampering:
    def tamper(database: sqlite3.Connection) -> None:
        database.execute(sql)

    return tamper


TAMPERINGS: dict[str, tuple[Tampering, str]] = {
    "a claim's amount": (_change("claims", "gross"), "la table ne dit pas ce que dit le journal"),
    "a claim's open part": (_change("claims", "open", "open > 0"), "le reste dû est faux"),
    "a claim's state": (
        _sql(
            "UPDATE claims SET state = 'paid' "
            "WHERE rowid = (SELECT rowid FROM claims WHERE state = 'submitted' LIMIT 1)"
        ),
        "la table ne dit pas ce que dit le journal",
    ),
    "an anomaly that is gone": (
        _sql("DELETE FROM anomalies WHERE rowid = (SELECT rowid FROM anomalies LIMIT 1)"),
        "la table ne dit pas ce que dit le journal",
    ),
    "an allocation's amount": (_change("allocations", "amount"), "la table ne dit pas ce que dit le journal"),
    "a journal line's payload": (
        _sql("UPDATE journal SET payload = replace(payload, '1', '2') WHERE sequence = 700"),
        "journal est rompu",
    ),
    "a journal line that is gone": (_sql("DELETE FROM journal WHERE sequence = 500"), "journal est rompu"),
    "the journal's last line": (
        _sql("DELETE FROM journal WHERE sequence = (SELECT max(sequence) FROM journal)"),
        "journal est rompu",
    ),
    "one side of an entry": (_change("entry_lines", "debit", "debit > 0"), "débit et crédit diffèrent"),
    "both sides of an entry": (
        _sql(
            "UPDATE entry_lines SET debit = debit + (debit > 0), credit = credit + (credit > 0) "
            "WHERE entry_id = (SELECT entry_id FROM entry_lines WHERE account = '512000' LIMIT 1)"
        ),
        "les écritures disent",
    ),
    "an entry on another payer": (
        _sql(
            "UPDATE entry_lines SET auxiliary = 'REG' WHERE rowid = "
            "(SELECT rowid FROM entry_lines WHERE auxiliary = 'DEP' LIMIT 1)"
        ),
        "les écritures disent",
    ),
    "a bank line and its unexplained part": (
        _sql(
            "UPDATE bank_lines SET amount = amount + 1, unallocated = unallocated + 1 "
            "WHERE rowid = (SELECT rowid FROM bank_lines LIMIT 1)"
        ),
        "les écritures disent",
    ),
}


@pytest.mark.parametrize("what", TAMPERINGS)
def test_whoever_changes_the_file_by_hand_is_found_out(
    cli: Quitus, sample_night: Night, tmp_path: Path, what: str
) -> None:
    tamper, told = TAMPERINGS[what]
    home = tmp_path / "home"
    home.mkdir()
    for name in ("quitus.toml", "quitus.sqlite3"):
        shutil.copy(sample_night.home / name, home / name)
    shutil.copytree(sample_night.home / "secrets", home / "secrets")
    with closing(sqlite3.connect(home / "quitus.sqlite3", isolation_level=None)) as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        database.execute("PRAGMA ignore_check_constraints = ON")
        before = database.total_changes
        tamper(database)
        assert database.total_changes > before
    document: dict[str, Any] = cli.at(home).json("audit", "verify", code=1)
    assert document["ok"] is False
    assert any(told in problem for problem in document["problems"]), document["problems"]
    assert (document["first_broken"] is not None) == ("journal" in told and "rompu" in told)


def test_the_database_itself_refuses_to_change_what_is_only_added(sample_night: Night, tmp_path: Path) -> None:
    shutil.copy(sample_night.home / "quitus.sqlite3", tmp_path / "copy.sqlite3")
    with closing(sqlite3.connect(tmp_path / "copy.sqlite3", isolation_level=None)) as database:
        for table in ("journal", "entries", "entry_lines", "allocations"):
            for sql in (f"DELETE FROM {table}", f"UPDATE {table} SET organisation_id = organisation_id"):  # noqa: S608 - same
                with pytest.raises(sqlite3.IntegrityError, match="append_only"):
                    database.execute(sql)
