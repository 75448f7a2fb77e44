"""An in-memory twin of the books, for tests that need no database.

It keeps the contract of `tests/contracts/test_unit_of_work.py`, which runs on it as on the real engines:
unique keys, parents at commit, append-only nouns, one writer at a time, rollback unless committed.
"""


# ruff: noqa: ARG002 - the repository protocol takes any noun and any field, and names what a fake ignores

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, cast

from billing.errors import BrokenBooks, Conflict, Locked
from billing.journal import JournalLine, Plain
from billing.ledger import Entry
from billing.ledger import post as checked
from billing.ports import UnitOfWork
from billing.submission import SubmissionState, is_due
from integrations.database.tables import REPOSITORIES
from integrations.database.tables.columns import DIGEST, Unique

BUSY_SECONDS = 10
NOON = datetime(2025, 6, 2, 12, 0, tzinfo=UTC)

# The conditions of `where=` in the declared keys, and the rules of the tables, said in Python.
COUNTED_IN_KEY: dict[tuple[str, tuple[str, ...]], Callable[[Any], bool]] = {
    ("claims", ("business_key",)): lambda claim: claim.origin == "issued" and claim.state != "cancelled",
    ("submissions", ("platform", "business_key")): lambda row: row.state != "rejected",
}
RULES: dict[str, Callable[[Any, str], bool]] = {
    "organisations": lambda organisation, owner: organisation.id == owner,
    "series": lambda series, _: series.next_sequence >= 1,
    "bank_lines": lambda line, _: line.amount == line.allocated + line.refunded + line.set_aside + line.unallocated,
}


@dataclass(slots=True)
class State:
    """What is committed for one organisation; its dictionaries are never changed, only replaced."""

    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    keys: dict[tuple[str, Unique], dict[tuple[Any, ...], str]] = field(default_factory=dict)
    entries: tuple[Entry, ...] = ()
    journal: tuple[JournalLine, ...] = ()
    documents: dict[str, bytes | None] = field(default_factory=dict)


class FakeBooks:
    """Books in memory. `organisation_id` is only the one that `uow()` opens; any may be opened."""

    def __init__(self, organisation_id: str = "org", *, now: Callable[[], datetime] = lambda: NOON) -> None:
        self.organisation_id = organisation_id
        self.now = now
        self.states: dict[str, State] = {}
        self.writer = threading.Lock()
        self.writing_thread: int | None = None

    @contextmanager
    def open_books(self, organisation_id: str, actor: str, *, read_only: bool = False) -> Iterator[UnitOfWork]:
        uow = FakeUnitOfWork(self, organisation_id, actor, read_only=read_only)
        try:
            yield cast("UnitOfWork", uow)
        finally:
            uow.rollback()

    @contextmanager
    def uow(self, actor: str = "test", *, read_only: bool = False) -> Iterator[UnitOfWork]:
        with self.open_books(self.organisation_id, actor, read_only=read_only) as uow:
            yield uow

    def organisations(self) -> list[Any]:
        found = [thing for state in self.states.values() for thing in state.tables.get("organisations", {}).values()]
        return sorted(found, key=lambda organisation: organisation.slug)

    def acquire(self) -> None:
        mine = self.writing_thread == threading.get_ident()
        if not self.writer.acquire(timeout=0.0 if mine else BUSY_SECONDS):
            raise Locked("books_busy")
        self.writing_thread = threading.get_ident()

    def release(self) -> None:
        self.writing_thread = None
        self.writer.release()


class FakeUnitOfWork:
    """One transaction in memory, begun at its first use."""

    def __init__(self, books: FakeBooks, organisation_id: str, actor: str, *, read_only: bool) -> None:
        self.organisation_id = organisation_id
        self.actor = actor
        self.read_only = read_only
        self._books = books
        self._recorded_at: datetime | None = None
        self._view: State | None = None
        self._copied: set[Any] = set()
        self._changed: dict[str, set[str]] = {}
        self._waiting_entries: list[Entry] = []
        self._waiting_lines: list[JournalLine] = []
        self._failed = False
        for name in REPOSITORIES:
            setattr(self, name, FakeRepository(self, name))

    # --- the transaction ---

    @property
    def recorded_at(self) -> datetime:
        if self._recorded_at is None:
            self.view()
            self._recorded_at = self._books.now().astimezone(UTC)
        return self._recorded_at

    def view(self) -> State:
        if self._failed:
            raise BrokenBooks("books_must_roll_back")
        if self._view is None:
            if not self.read_only:
                self._books.acquire()
            committed = self._books.states.get(self.organisation_id) or State()
            self._view = replace(committed, tables=dict(committed.tables), keys=dict(committed.keys))
        return self._view

    def writing(self) -> State:
        if self.read_only:
            raise BrokenBooks("books_opened_read_only")
        return self.view()

    def fail(self, error: Exception) -> Exception:
        self._failed = True
        return error

    def table(self, name: str) -> dict[str, Any]:
        """Give this transaction's own copy of a table."""
        tables = self.writing().tables
        if name not in self._copied:
            tables[name] = dict(tables.get(name, {}))
            self._copied.add(name)
        return tables[name]

    def key(self, name: str, unique: Unique) -> dict[tuple[Any, ...], str]:
        """Give this transaction's own copy of a unique key."""
        keys = self.writing().keys
        if (name, unique) not in self._copied:
            keys[name, unique] = dict(keys.get((name, unique), {}))
            self._copied.add((name, unique))
        return keys[name, unique]

    def touch(self, name: str, id_: str) -> None:
        self._changed.setdefault(name, set()).add(id_)

    def commit(self) -> None:
        if self._failed:
            raise BrokenBooks("books_must_roll_back")
        if self._view is None:
            return
        self._flush()
        self._check_parents()
        if not self.read_only:
            self._books.states[self.organisation_id] = self._view
        self._end()

    def rollback(self) -> None:
        self._failed = False
        self._waiting_entries.clear()
        self._waiting_lines.clear()
        self._end()

    def _end(self) -> None:
        if self._view is not None and not self.read_only:
            self._books.release()
        self._view = None
        self._copied.clear()
        self._changed.clear()

    def _check_parents(self) -> None:
        tables = self.view().tables
        for name, ids in self._changed.items():
            for link in REPOSITORIES[name].info.get("parents", ()):
                for id_ in ids:
                    parent = getattr(tables[name][id_], link.column)
                    if parent is not None and parent not in tables.get(link.table, {}):
                        raise self.fail(Conflict("parent_missing", table=name))

    # --- journal, entries, documents ---

    def post(self, *entries: Entry) -> None:
        view = self.writing()
        booked = {(e.subject_kind, e.subject_id, e.fact) for e in (*view.entries, *self._waiting_entries)}
        for entry in entries:
            key = (entry.subject_kind, entry.subject_id, entry.fact)
            if key in booked:
                raise self.fail(Conflict("fact_already_booked", subject=key[0], id=key[1], fact=key[2]))
            booked.add(key)
            self._waiting_entries.append(checked(entry))

    def entries(self, *, up_to: date | None = None, known_at: datetime | None = None) -> Iterator[Entry]:
        self.view()
        self._flush()
        return iter(
            [
                entry
                for entry in self.view().entries
                if (up_to is None or entry.effective_on <= up_to)
                and (known_at is None or entry.recorded_at <= known_at)
            ]
        )

    def record(
        self, *, type_: str, subject_kind: str, subject_id: str, effective_on: date, payload: Mapping[str, Plain]
    ) -> None:
        self.writing()
        self._waiting_lines.append(
            JournalLine(
                sequence=0,
                recorded_at=self.recorded_at,
                effective_on=effective_on,
                actor=self.actor,
                subject_kind=subject_kind,
                subject_id=subject_id,
                type=type_,
                payload=dict(payload),
            )
        )

    def journal(self, *, after: int = 0, about: str = "") -> Iterator[JournalLine]:
        self.view()
        self._flush()
        return iter([line for line in self.view().journal[after:] if not about or line.subject_kind == about])

    def _flush(self) -> None:
        view = self.view()
        start = len(view.entries)
        view.entries += tuple(replace(e, sequence=start + n) for n, e in enumerate(self._waiting_entries, start=1))
        start = len(view.journal)
        view.journal += tuple(replace(li, sequence=start + n) for n, li in enumerate(self._waiting_lines, start=1))
        self._waiting_entries.clear()
        self._waiting_lines.clear()

    def store_document(self, content: bytes, media_type: str, name: str) -> str:
        digest = sha256(content).hexdigest()
        view = self.writing()
        view.documents = {**view.documents, digest: content}
        return digest

    def document(self, sha256: str) -> bytes | None:
        return self.view().documents.get(sha256)

    def destroy_document_key(self, sha256: str) -> bool:
        view = self.writing()
        there = view.documents.get(sha256) is not None
        view.documents = {**view.documents, sha256: None}
        return there

    def claim_due_submissions(self, now: datetime, limit: int, *, platforms: Iterable[str] | None = None) -> list[str]:
        wanted = None if platforms is None else set(platforms)
        due = [
            row
            for row in self.view().tables.get("submissions", {}).values()
            if is_due(row, now) and (wanted is None or row.platform in wanted)
        ]
        due.sort(key=lambda row: (row.state is SubmissionState.READY, row.priority, row.not_before, row.id))
        return [row.id for row in due[:limit]]


class FakeRepository:
    """The things of one noun, in memory."""

    def __init__(self, uow: FakeUnitOfWork, name: str) -> None:
        self._uow = uow
        self._name = name
        info = REPOSITORIES[name].info
        self._unique: list[Unique] = info.get("unique", [])
        self._append_only: bool = info["append_only"]
        self._fields = frozenset(info["noun"].__slots__)

    def get(self, id_: str, /, *, lock: bool = False) -> Any | None:
        return self._uow.view().tables.get(self._name, {}).get(id_)

    def find(self, **equals: Any) -> list[Any]:
        if unknown := set(equals) - self._fields:
            raise TypeError(min(unknown))
        things = self._uow.view().tables.get(self._name, {})
        wanted = {name: _wanted(value) for name, value in equals.items()}
        return [
            things[id_]
            for id_ in sorted(things)
            if all(_comparable(getattr(things[id_], name)) in values for name, values in wanted.items())
        ]

    def stream(self, **equals: Any) -> Iterator[Any]:
        return iter(self.find(**equals))

    def count(self, **equals: Any) -> int:
        return len(self.find(**equals))

    def add(self, *things: Any) -> None:
        self._write(things, new=True)

    def put(self, *things: Any) -> None:
        self._write(things, new=self._append_only)

    def _write(self, things: tuple[Any, ...], *, new: bool) -> None:
        uow, name = self._uow, self._name
        uow.writing()
        for thing in things:
            table = uow.table(name)
            before = table.get(thing.id)
            if new and before is not None:
                raise uow.fail(Conflict("already_there", table=name, key="id"))
            if name in RULES and not RULES[name](thing, uow.organisation_id):
                raise uow.fail(BrokenBooks("books_rule_broken", rule=name))
            for unique in self._unique:
                self._take_key(unique, before, thing)
            table[thing.id] = thing
            uow.touch(name, thing.id)

    def _take_key(self, unique: Unique, before: Any | None, thing: Any) -> None:
        taken = self._uow.key(self._name, unique)
        before_key = self._key(unique, before) if before is not None else None
        if before_key is not None:
            taken.pop(before_key, None)
        key = self._key(unique, thing)
        if key is None:
            return
        if taken.get(key, thing.id) != thing.id:
            raise self._uow.fail(Conflict("already_there", table=self._name, key=", ".join(unique.columns)))
        taken[key] = thing.id

    def _key(self, unique: Unique, thing: Any) -> tuple[Any, ...] | None:
        counted = COUNTED_IN_KEY[self._name, unique.columns] if unique.where else None
        if counted is not None and not counted(thing):
            return None
        values = tuple(getattr(thing, column.removesuffix(DIGEST)) for column in unique.columns)
        return None if None in values else values


def _wanted(value: Any) -> list[Any]:
    values = list(value) if isinstance(value, tuple | list | set | frozenset) else [value]
    return [_comparable(item) for item in values]


def _comparable(value: Any) -> Any:
    """Decimals are stored as texts: 7 and 7.00 are two of them."""
    return format(value, "f") if isinstance(value, Decimal) else value
