"""The runs of the night: what was asked for, who works on it, how far it is.

A run is progress shown to people, no business fact: it is no part of a unit of work, and each change is
committed at once so that another process sees it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from billing.errors import Conflict, NotFound
from billing.identity import derive_id
from billing.journal import Plain
from integrations.database.books import Books
from integrations.database.time_types import Instant
from integrations.database.transaction import Transaction
from integrations.database.types import SQLITE, JsonText

TABLE = "night_runs"
COLUMNS = ("id", "slot", "requested_by", "state", "owner", "filed_at", "started_at", "ended_at", "steps")
LISTED_MAX = 100

Step = Mapping[str, Plain]
"""`name` and whatever the night says of it: `state`, `done`, `of`, `seconds`…"""


class RunState(StrEnum):
    """Where a run stands."""

    FILED = "filed"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class NightRun:
    """One run.

    Attributes:
        slot: what it was asked for (`night:2026-09-30`, `click:<id>`); filed once, however often it is asked for.
        owner: process that works on it; empty while nobody does.
        steps: in the order in which they began.
    """

    id: str
    slot: str
    requested_by: str
    state: RunState
    owner: str
    filed_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    steps: tuple[Step, ...]


class NightRuns:
    """The runs of one organisation."""

    def __init__(self, books: Books, organisation_id: str) -> None:
        """Keep whose runs these are."""
        self._books = books
        self._organisation_id = organisation_id

    def file_run(self, slot: str, requested_by: str) -> NightRun:
        """Ask for a run; the same slot gives the same run, whatever became of it."""
        id_ = derive_id("night_run", self._organisation_id, slot)
        transaction = self._open()
        try:
            mark = transaction.mark
            marks = ", ".join([mark] * 8)
            transaction.write(
                TABLE,
                "INSERT INTO night_runs (organisation_id, id, slot, requested_by, state, owner, filed_at, steps) "  # noqa: S608 - no value in the text
                f"VALUES ({marks}) ON CONFLICT (organisation_id, slot) DO NOTHING",
                [(self._organisation_id, id_, slot, requested_by, RunState.FILED.value, "", _now(transaction), "[]")],
            )
            run = self._one(transaction, id_)
            transaction.commit()
            return run
        finally:
            transaction.close()

    def take_run(self, owner: str, *, orphans: bool = False) -> NightRun | None:
        """Take the oldest run that waits; None when there is none.

        Args:
            owner: the process that will work on it.
            orphans: also take a run that another process began; only for who knows that process to be dead.
        """
        transaction = self._open()
        try:
            mark = transaction.mark
            states = f"state = '{RunState.FILED.value}'"
            if orphans:
                states = f"({states} OR (state = '{RunState.RUNNING.value}' AND owner <> {mark}))"
            lock = "" if transaction.dialect == SQLITE else " FOR UPDATE SKIP LOCKED"
            values = (self._organisation_id, owner) if orphans else (self._organisation_id,)
            rows = transaction.read(
                TABLE,
                f"SELECT id FROM night_runs WHERE organisation_id = {mark} AND {states} "  # noqa: S608 - same
                f"ORDER BY filed_at, id LIMIT 1{lock}",
                values,
            )
            if not rows:
                return None
            self._set(transaction, rows[0][0], state=RunState.RUNNING.value, owner=owner, started_at=_now(transaction))
            run = self._one(transaction, rows[0][0])
            transaction.commit()
            return run
        finally:
            transaction.close()

    def update_step(self, run_id: str, owner: str, name: str, **facts: Plain) -> None:
        """Say how far a step is; what was said of it before and is not said again stays.

        Raises:
            Conflict: another process took the run.
        """
        transaction = self._open()
        try:
            run = self._owned(transaction, run_id, owner)
            steps = [dict(step) for step in run.steps]
            for step in steps:
                if step["name"] == name:
                    step.update(facts)
                    break
            else:
                steps.append({"name": name, **facts})
            self._set(transaction, run_id, steps=JsonText().writer(transaction.dialect)(steps))
            transaction.commit()
        finally:
            transaction.close()

    def end_run(self, run_id: str, owner: str, state: RunState) -> None:
        """Say that a run is over.

        Raises:
            Conflict: another process took the run.
        """
        transaction = self._open()
        try:
            self._owned(transaction, run_id, owner)
            self._set(transaction, run_id, state=state.value, ended_at=_now(transaction))
            transaction.commit()
        finally:
            transaction.close()

    def read_run(self, run_id: str) -> NightRun:
        """Read one run.

        Raises:
            NotFound: there is none.
        """
        transaction = self._open(read_only=True)
        try:
            return self._one(transaction, run_id)
        finally:
            transaction.close()

    def last_runs(self, limit: int = LISTED_MAX) -> list[NightRun]:
        """List the newest runs first."""
        transaction = self._open(read_only=True)
        try:
            mark = transaction.mark
            rows = transaction.read(
                TABLE,
                f"SELECT {', '.join(COLUMNS)} FROM night_runs WHERE organisation_id = {mark} "  # noqa: S608 - same
                f"ORDER BY filed_at DESC, id LIMIT {mark}",
                (self._organisation_id, min(limit, LISTED_MAX)),
            )
            return [_run(row, transaction.dialect) for row in rows]
        finally:
            transaction.close()

    def _open(self, *, read_only: bool = False) -> Transaction:
        return self._books.transaction(self._organisation_id, "night", read_only=read_only)

    def _one(self, transaction: Transaction, run_id: str) -> NightRun:
        mark = transaction.mark
        lock = "" if transaction.dialect == SQLITE or transaction.read_only else " FOR UPDATE"
        rows = transaction.read(
            TABLE,
            f"SELECT {', '.join(COLUMNS)} FROM night_runs WHERE organisation_id = {mark} AND id = {mark}{lock}",  # noqa: S608 - same
            (self._organisation_id, run_id),
        )
        if not rows:
            raise NotFound("night_run_unknown", run=run_id)
        return _run(rows[0], transaction.dialect)

    def _owned(self, transaction: Transaction, run_id: str, owner: str) -> NightRun:
        run = self._one(transaction, run_id)
        if run.owner != owner or run.state is not RunState.RUNNING:
            raise Conflict("night_run_not_owned", run=run_id)
        return run

    def _set(self, transaction: Transaction, run_id: str, **columns: Any) -> None:  # noqa: ANN401 - any column's value
        mark = transaction.mark
        changes = ", ".join(f"{name} = {mark}" for name in columns)
        transaction.write(
            TABLE,
            f"UPDATE night_runs SET {changes} WHERE organisation_id = {mark} AND id = {mark}",  # noqa: S608 - same
            [(*columns.values(), self._organisation_id, run_id)],
        )


def _now(transaction: Transaction) -> Any:  # noqa: ANN401 - as the engine stores it
    return Instant().writer(transaction.dialect)(transaction.recorded_at)


def _run(row: Any, dialect: str) -> NightRun:  # noqa: ANN401 - a row as the driver gives it
    values = dict(zip(COLUMNS, row, strict=True))
    read = Instant().reader(dialect)
    for name in ("filed_at", "started_at", "ended_at"):
        values[name] = values[name] and read(values[name])
    values["state"] = RunState(values["state"])
    values["steps"] = tuple(JsonText().reader(dialect)(values["steps"]))
    return NightRun(**values)
