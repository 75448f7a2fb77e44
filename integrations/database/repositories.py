"""The stored things of one noun, behind `billing.ports.Repository`."""

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

from integrations.database.mapping import Condition, Mapper
from integrations.database.transaction import Transaction
from integrations.database.types import SQLITE

T = TypeVar("T")

WRITE_BATCH = 1_000
"""Rows sent to the database at once."""
PAGE = 1_000
"""Rows read at once by a stream in books that are being written."""


class SqlRepository(Generic[T]):
    """One noun's table, seen by one organisation."""

    def __init__(self, transaction: Transaction, mapper: Mapper[T]) -> None:
        """Keep both; nothing is read yet."""
        self._transaction = transaction
        self._mapper = mapper

    def get(self, id_: str, /, *, lock: bool = False) -> T | None:
        """Find by id; `lock` holds the row until the end of the unit of work (on SQLite all are held)."""
        transaction, mapper = self._transaction, self._mapper
        sql = f"{mapper.select_sql} AND id = {mapper.mark}"
        if lock and transaction.dialect != SQLITE and not transaction.read_only:
            sql += " FOR UPDATE"
        rows = transaction.read(mapper.table, sql, (transaction.organisation_id, id_))
        return self._thing(rows[0]) if rows else None

    def find(self, **equals: Any) -> list[T]:  # noqa: ANN401 - any field's value
        """List the things whose fields have these values, by id."""
        condition = self._where(equals)
        if condition is None:
            return []
        sql = f"{self._mapper.select_sql}{condition.sql}{self._by_id(condition)}"
        rows = self._transaction.read(self._mapper.table, sql, (self._transaction.organisation_id, *condition.values))
        return [self._thing(row) for row in rows]

    def stream(self, **equals: Any) -> Iterator[T]:  # noqa: ANN401 - any field's value
        """Give them one after the other, by id, without holding them all.

        Books opened for reading are read by one cursor, at one moment. Books being written are read page
        by page, so that commits between two pages are allowed.
        """
        condition = self._where(equals)
        if condition is None:
            return iter(())
        if self._transaction.read_only:
            return self._by_cursor(condition)
        return self._by_ids(equals, condition) if equals else self._by_page()

    def count(self, **equals: Any) -> int:  # noqa: ANN401 - any field's value
        """Count the things whose fields have these values."""
        condition = self._where(equals)
        if condition is None:
            return 0
        rows = self._transaction.read(
            self._mapper.table,
            f"{self._mapper.count_sql}{condition.sql}",
            (self._transaction.organisation_id, *condition.values),
        )
        return int(rows[0][0])

    def add(self, *things: T) -> None:
        """Store new things.

        Raises:
            Conflict: one of them is there already, or breaks a unique key; the unit of work must roll back.
        """
        self._write(self._mapper.insert_sql, things)

    def put(self, *things: T) -> None:
        """Store things, new or changed, by id."""
        self._write(self._mapper.upsert_sql, things)

    def _write(self, sql: str, things: tuple[T, ...]) -> None:
        transaction, mapper = self._transaction, self._mapper
        transaction.writing()
        for start in range(0, len(things), WRITE_BATCH):
            rows = [
                mapper.row(transaction.organisation_id, thing, transaction.keyring)
                for thing in things[start : start + WRITE_BATCH]
            ]
            transaction.write(mapper.table, sql, rows)

    def _where(self, equals: dict[str, Any]) -> Condition | None:
        return self._mapper.where(self._transaction.organisation_id, equals, self._transaction.keyring)

    def _by_cursor(self, condition: Condition) -> Iterator[T]:
        sql = f"{self._mapper.select_sql}{condition.sql}{self._by_id(condition)}"
        values = (self._transaction.organisation_id, *condition.values)
        for rows in self._transaction.read_in_batches(self._mapper.table, sql, values):
            for row in rows:
                yield self._thing(row)

    def _by_page(self) -> Iterator[T]:
        mark = self._mapper.mark
        sql = f"{self._mapper.select_sql} AND id > {mark} ORDER BY id LIMIT {PAGE}"
        last = ""
        while True:
            rows = self._transaction.read(self._mapper.table, sql, (self._transaction.organisation_id, last))
            for row in rows:
                yield self._thing(row)
            if len(rows) < PAGE:
                return
            last = rows[-1][0]

    def _by_ids(self, equals: dict[str, Any], condition: Condition) -> Iterator[T]:
        """Page through what a filter finds: the ids are read once, the filter holds again at each page."""
        sql = f"{self._mapper.ids_sql}{condition.sql}{self._by_id(condition)}"
        values = (self._transaction.organisation_id, *condition.values)
        ids = [row[0] for row in self._transaction.read(self._mapper.table, sql, values)]
        for start in range(0, len(ids), PAGE):
            yield from self.find(**{**equals, "id": ids[start : start + PAGE]})

    def _by_id(self, condition: Condition) -> str:
        # Asked for the order of ids, SQLite would walk the whole table by its primary key rather than use the
        # index of the filter; the sign keeps it from that.
        return " ORDER BY +id" if condition.sql and self._transaction.dialect == SQLITE else " ORDER BY id"

    def _thing(self, row: Any) -> T:  # noqa: ANN401 - a row as the driver gives it
        return self._mapper.thing(self._transaction.organisation_id, row, self._transaction.keyring)
