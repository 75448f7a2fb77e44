"""The journal: appended to in the transaction of the act, numbered without gaps, chained by hashes."""

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from billing.errors import BrokenBooks
from billing.journal import JournalLine, Plain
from integrations.database.sequences import Head, store_head, take_head
from integrations.database.time_types import Day, Instant, instant_text
from integrations.database.transaction import Transaction
from integrations.database.types import Converter

TABLE = "journal"
_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
_LIST = json.JSONEncoder(ensure_ascii=False).encode
PAGE = 1_000
COLUMNS = (
    "organisation_id", "sequence", "recorded_at", "effective_on", "actor", "subject_kind", "subject_id",
    "type", "payload", "prev_hash", "hash",
)  # fmt: skip


class SqlJournal:
    """The journal of one organisation, seen by one unit of work.

    Lines wait in memory until `flush`, which takes the sequence's lock, numbers and chains them: the lock
    is held for a moment only, and always last.
    """

    def __init__(self, transaction: Transaction) -> None:
        """Begin with nothing waiting."""
        self._transaction = transaction
        self._waiting: list[tuple[date, str, str, str, str]] = []
        dialect = transaction.dialect
        self._day: Converter = Day().writer(dialect)
        self._instant: Converter = Instant().writer(dialect)
        marks = ", ".join([transaction.mark] * len(COLUMNS))
        self._insert = f"INSERT INTO journal ({', '.join(COLUMNS)}) VALUES ({marks})"  # noqa: S608 - no value in the text
        self._read_day = Day().reader(dialect) or _same
        self._read_instant = Instant().reader(dialect)

    def record(
        self, type_: str, subject_kind: str, subject_id: str, effective_on: date, payload: Mapping[str, Plain]
    ) -> None:
        """Keep one line for the end of the transaction."""
        self._transaction.writing()
        self._waiting.append((effective_on, subject_kind, subject_id, type_, canonical(dict(payload))))

    def flush(self) -> None:
        """Number, chain and write the lines that wait."""
        if not self._waiting:
            return
        transaction = self._transaction
        organisation, actor = transaction.organisation_id, transaction.actor
        at = transaction.recorded_at
        stored_at = self._instant(at)
        head = take_head(transaction, TABLE)
        number, previous = head.last, head.head
        rows = []
        for effective_on, kind, subject, type_, payload in self._waiting:
            number += 1
            texts = (organisation, str(number), actor, kind, subject, type_, payload, previous)
            digest = line_hash(at, effective_on, texts)
            day = self._day(effective_on)
            rows.append((organisation, number, stored_at, day, actor, kind, subject, type_, payload, previous, digest))
            previous = digest
        transaction.write(TABLE, self._insert, rows)
        store_head(transaction, TABLE, Head(number, previous))
        self._waiting.clear()

    def forget(self) -> None:
        """Drop the lines that wait (after a rollback)."""
        self._waiting.clear()

    def lines(self, after: int, about: str = "") -> Iterator[JournalLine]:
        """Read by sequence, page by page; `about` keeps those of one kind of subject."""
        for row in self._rows(after, about):
            yield JournalLine(
                sequence=row[0],
                recorded_at=self._read_instant(row[1]),
                effective_on=self._read_day(row[2]),
                actor=row[3],
                subject_kind=row[4],
                subject_id=row[5],
                type=row[6],
                payload=json.loads(row[7]),
            )

    def verify(self) -> int:
        """Follow the chain from its first line to the head; give the number of lines.

        Raises:
            BrokenBooks: a line was changed, dropped or slipped in; `sequence` is the first that does not fit.
        """
        expected, previous = 0, ""
        organisation = self._transaction.organisation_id
        for row in self._rows(0):
            expected += 1
            at, day = self._read_instant(row[1]), self._read_day(row[2])
            digest = line_hash(at, day, (organisation, str(row[0]), *row[3:8], previous))
            if row[0] != expected or row[8] != previous or row[9] != digest:
                raise BrokenBooks("journal_chain_broken", sequence=expected)
            previous = digest
        mark = self._transaction.mark
        head = self._transaction.read(
            "sequences",
            f"SELECT last, head FROM sequences WHERE organisation_id = {mark} AND name = {mark}",  # noqa: S608 - same
            (organisation, TABLE),
        )
        if (head[0][0], head[0][1]) != (expected, previous) if head else expected:
            raise BrokenBooks("journal_chain_broken", sequence=expected + 1)
        return expected

    def _rows(self, after: int, about: str = "") -> Iterator[Any]:
        mark = self._transaction.mark
        kind = f"AND subject_kind = {mark} " if about else ""
        sql = (
            f"SELECT {', '.join(COLUMNS[1:])} FROM journal WHERE organisation_id = {mark} AND sequence > {mark} "  # noqa: S608 - same
            f"{kind}ORDER BY sequence LIMIT {PAGE}"
        )
        while True:
            values = (self._transaction.organisation_id, after, *([about] if about else []))
            rows = self._transaction.read(TABLE, sql, values)
            yield from rows
            if len(rows) < PAGE:
                return
            after = rows[-1][0]


def canonical(payload: dict[str, Plain]) -> str:
    """Write a payload so that the same values always give the same text."""
    return _CANONICAL(payload)


def line_hash(recorded_at: datetime, effective_on: date, texts: tuple[str, ...]) -> str:
    """Hash a line: SHA-256 over the JSON list of its texts, the hash before it being the last of them."""
    content = [instant_text(recorded_at), effective_on.isoformat(), *texts]
    return sha256(_LIST(content).encode()).hexdigest()


def _same(value: Any) -> Any:  # noqa: ANN401 - a value as the driver gives it
    return value
