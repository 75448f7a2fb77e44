"""Entries, numbered without gaps; each money fact is booked once."""

from collections.abc import Iterator
from datetime import date, datetime
from itertools import groupby
from typing import Any

from billing.errors import Conflict
from billing.ledger import Entry, EntryLine
from billing.ledger import post as checked
from billing.money import Money
from integrations.database.sequences import Head, store_head, take_head
from integrations.database.time_types import Day, Instant
from integrations.database.transaction import Transaction

TABLE = "entries"
PAGE = 500
ENTRY = (
    "id", "sequence", "journal", "fact", "subject_kind", "subject_id", "effective_on", "recorded_at",
    "piece", "piece_on", "label",
)  # fmt: skip
LINE = ("account", "debit", "credit", "auxiliary", "auxiliary_label", "label")


class SqlLedger:
    """The ledger of one organisation, seen by one unit of work; entries wait until `flush`, as lines of the journal."""

    def __init__(self, transaction: Transaction) -> None:
        """Begin with nothing waiting."""
        self._transaction = transaction
        self._waiting: dict[tuple[str, str, str], Entry] = {}
        dialect, mark = transaction.dialect, transaction.mark
        self._day, self._instant = Day().writer(dialect), Instant().writer(dialect)
        self._read_day, self._read_instant = Day().reader(dialect), Instant().reader(dialect)
        self._insert = _insert("entries", ("organisation_id", *ENTRY), mark)
        self._insert_line = _insert("entry_lines", ("organisation_id", "entry_id", "position", *LINE), mark)

    def post(self, entries: tuple[Entry, ...]) -> None:
        """Check entries and keep them for the end of the transaction.

        Raises:
            BrokenBooks: one does not balance.
            Conflict: its fact is booked already.
        """
        self._transaction.writing()
        for entry in entries:
            key = (entry.subject_kind, entry.subject_id, entry.fact)
            if key in self._waiting or self._is_booked(key):
                self._transaction.fail()
                raise Conflict("fact_already_booked", subject=entry.subject_kind, id=entry.subject_id, fact=entry.fact)
            self._waiting[key] = checked(entry)

    def flush(self) -> None:
        """Number and write the entries that wait."""
        if not self._waiting:
            return
        transaction = self._transaction
        organisation = transaction.organisation_id
        number = take_head(transaction, TABLE).last
        rows, lines = [], []
        for entry in self._waiting.values():
            number += 1
            rows.append(
                (
                    organisation,
                    entry.id,
                    number,
                    entry.journal,
                    entry.fact,
                    entry.subject_kind,
                    entry.subject_id,
                    self._day(entry.effective_on),
                    self._instant(entry.recorded_at),
                    entry.piece,
                    self._day(entry.piece_on),
                    entry.label,
                )
            )
            lines += [
                (organisation, entry.id, position, line.account, line.debit.cents, line.credit.cents,
                 line.auxiliary, line.auxiliary_label, line.label)
                for position, line in enumerate(entry.lines, start=1)
            ]  # fmt: skip
        transaction.write(TABLE, self._insert, rows)
        transaction.write("entry_lines", self._insert_line, lines)
        store_head(transaction, TABLE, Head(number, ""))
        self._waiting.clear()

    def forget(self) -> None:
        """Drop the entries that wait (after a rollback)."""
        self._waiting.clear()

    def entries(self, up_to: date | None, known_at: datetime | None) -> Iterator[Entry]:
        """Read entries with their lines, by sequence, page by page."""
        mark, organisation = self._transaction.mark, self._transaction.organisation_id
        condition, values = "", []
        if up_to is not None:
            condition += f" AND effective_on <= {mark}"
            values.append(self._day(up_to))
        if known_at is not None:
            condition += f" AND recorded_at <= {mark}"
            values.append(self._instant(known_at))
        page = (
            f"SELECT {', '.join(ENTRY)} FROM entries WHERE organisation_id = {mark}{condition} "  # noqa: S608 - no value in the text
            f"AND sequence > {mark} ORDER BY sequence LIMIT {PAGE}"
        )
        last = 0
        while True:
            rows = self._transaction.read(TABLE, page, (organisation, *values, last))
            if rows:
                lines = self._lines([row[0] for row in rows])
                yield from (self._entry(row, lines.get(row[0], ())) for row in rows)
            if len(rows) < PAGE:
                return
            last = rows[-1][1]

    def _is_booked(self, key: tuple[str, str, str]) -> bool:
        mark = self._transaction.mark
        sql = (
            f"SELECT 1 FROM entries WHERE organisation_id = {mark} AND subject_kind = {mark} "  # noqa: S608 - same
            f"AND subject_id = {mark} AND fact = {mark}"
        )
        return bool(self._transaction.read(TABLE, sql, (self._transaction.organisation_id, *key)))

    def _lines(self, ids: list[str]) -> dict[str, tuple[EntryLine, ...]]:
        mark = self._transaction.mark
        sql = (
            f"SELECT entry_id, {', '.join(LINE)} FROM entry_lines WHERE organisation_id = {mark} "  # noqa: S608 - same
            f"AND entry_id IN ({', '.join([mark] * len(ids))}) ORDER BY entry_id, position"
        )
        rows = self._transaction.read("entry_lines", sql, (self._transaction.organisation_id, *ids))
        return {id_: tuple(_line(row) for row in group) for id_, group in groupby(rows, key=lambda row: row[0])}

    def _entry(self, row: Any, lines: tuple[EntryLine, ...]) -> Entry:  # noqa: ANN401 - a row as the driver gives it
        values = dict(zip(ENTRY, row, strict=True))
        for name in ("effective_on", "piece_on"):
            values[name] = self._read_day(values[name]) if self._read_day else values[name]
        values["recorded_at"] = self._read_instant(values["recorded_at"])
        return Entry(lines=lines, **values)


def _line(row: Any) -> EntryLine:  # noqa: ANN401 - a row as the driver gives it
    _, account, debit, credit, auxiliary, auxiliary_label, label = row
    return EntryLine(
        account=account,
        debit=Money(debit),
        credit=Money(credit),
        auxiliary=auxiliary,
        auxiliary_label=auxiliary_label,
        label=label,
    )


def _insert(table: str, columns: tuple[str, ...], mark: str) -> str:
    marks = ", ".join([mark] * len(columns))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - names of our own tables
