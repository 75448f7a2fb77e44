"""Between a noun and its row: one mapper for each table, made once, with its SQL and its converters.

Sealed fields are sealed and opened here, so that column types hold no key.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Generic, TypeVar

from sqlalchemy import Table

from integrations.database.keyring import Keyring
from integrations.database.tables.columns import DIGEST, OWNER, noun_of
from integrations.database.types import SQLITE, Converter, NounType

T = TypeVar("T")
Row = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Condition:
    """A part of a WHERE clause and what binds to it."""

    sql: str
    values: tuple[Any, ...]


def quoted(name: str) -> str:
    """Quote a name of ours: `open`, `values` and `column` are words of SQL too."""
    return f'"{name}"'


class Mapper(Generic[T]):
    """What is known of one noun's table on one engine: its columns in order, converters, and statements."""

    def __init__(self, table: Table, dialect: str) -> None:
        """Prepare everything that does not depend on a row."""
        self.table = table.name
        self.dialect = dialect
        self.noun: Callable[..., T] = noun_of(table)
        self.mark = "?" if dialect == SQLITE else "%s"
        columns = [column for column in table.columns if column.name != OWNER]
        self.columns = tuple(column.name for column in columns)
        self.fields = tuple(column.name for column in columns if "digest_of" not in column.info)
        types: dict[str, NounType] = {c.name: c.type for c in columns if isinstance(c.type, NounType)}
        self._writers = {name: types[name].writer(dialect) for name in self.columns}
        self._readers = [types[name].reader(dialect) for name in self.fields]
        self._write_order = [self._writers[name] for name in self.fields]
        self._sealed: dict[str, Callable[[str], Any]] = {
            c.name: c.info["sealed"] for c in columns if "sealed" in c.info
        }
        self._sealed_at = [(self.fields.index(name), name, make) for name, make in self._sealed.items()]
        self._get = attrgetter(*self.fields)
        self._statements(append_only=bool(table.info["append_only"]))

    def _statements(self, *, append_only: bool) -> None:
        table = quoted(self.table)
        stored = [*self.fields, *(name + DIGEST for name in self._sealed)]
        names = ", ".join(quoted(name) for name in (OWNER, *stored))
        marks = ", ".join([self.mark] * (len(stored) + 1))
        changed = ", ".join(f"{quoted(name)} = excluded.{quoted(name)}" for name in stored if name != "id")
        self.insert_sql = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 - names of our own tables
        upsert = f"{self.insert_sql} ON CONFLICT ({OWNER}, id) DO UPDATE SET {changed}"
        # What is never changed is only ever inserted: the second time is a conflict.
        self.upsert_sql = self.insert_sql if append_only else upsert
        fields = ", ".join(quoted(name) for name in self.fields)
        self.select_sql = f"SELECT {fields} FROM {table} WHERE {OWNER} = {self.mark}"  # noqa: S608 - same
        self.ids_sql = f"SELECT id FROM {table} WHERE {OWNER} = {self.mark}"  # noqa: S608 - same
        self.count_sql = f"SELECT count(*) FROM {table} WHERE {OWNER} = {self.mark}"  # noqa: S608 - same

    def row(self, organisation_id: str, thing: T, keyring: Keyring) -> tuple[Any, ...]:
        """Give what `insert_sql` binds for one noun."""
        values = [
            value if value is None or write is None else write(value)
            for value, write in zip(self._get(thing), self._write_order, strict=True)
        ]
        if not self._sealed_at:
            return (organisation_id, *values)
        digests: list[str | None] = []
        for index, name, _make in self._sealed_at:
            if values[index] is None:
                digests.append(None)
                continue
            secret = str(values[index])
            place = self._place(name, organisation_id, values[0])
            values[index] = keyring.seal(secret.encode(), place)
            digests.append(keyring.digest(organisation_id, secret))
        return (organisation_id, *values, *digests)

    def thing(self, organisation_id: str, row: Row, keyring: Keyring) -> T:
        """Give the noun of one row of `select_sql`."""
        values = [
            value if value is None or read is None else read(value)
            for value, read in zip(row, self._readers, strict=True)
        ]
        for index, name, make in self._sealed_at:
            if values[index] is not None:
                place = self._place(name, organisation_id, values[0])
                values[index] = make(keyring.unseal(bytes(values[index]), place).decode())
        return self.noun(**dict(zip(self.fields, values, strict=True)))

    def where(self, organisation_id: str, equals: Mapping[str, Any], keyring: Keyring) -> Condition | None:
        """Turn filters by field into SQL; None when nothing can match."""
        parts: list[str] = []
        values: list[Any] = []
        for field, wanted in equals.items():
            if field not in self._writers or field not in self.fields:
                raise TypeError(field)

            def stored(value: Any, field: str = field) -> Any:  # noqa: ANN401 - any field's value
                if field in self._sealed:
                    return keyring.digest(organisation_id, str(value))
                write = self._writers[field]
                return value if write is None else write(value)

            column = quoted(field + DIGEST if field in self._sealed else field)
            if wanted is None:
                parts.append(f"{column} IS NULL")
            elif isinstance(wanted, tuple | list | set | frozenset):
                part = self._one_of(column, wanted, stored, values)
                if part is None:
                    return None
                parts.append(part)
            else:
                parts.append(f"{column} = {self.mark}")
                values.append(stored(wanted))
        return Condition("".join(f" AND {part}" for part in parts), tuple(values))

    def _one_of(self, column: str, wanted: Iterable[Any], stored: Converter, values: list[Any]) -> str | None:
        """One bound list, however long: no limit on the number of variables is ever met."""
        candidates = list(wanted)
        null = any(value is None for value in candidates)
        listed = [stored(value) for value in candidates if value is not None]
        if not listed:
            return f"{column} IS NULL" if null else None
        if self.dialect == SQLITE:
            values.append(json.dumps(listed))
            part = f"{column} IN (SELECT value FROM json_each({self.mark}))"  # noqa: S608 - names of our own tables
        else:
            values.append(listed)
            part = f"{column} = ANY({self.mark})"
        return f"({part} OR {column} IS NULL)" if null else part

    def _place(self, column: str, organisation_id: str, id_: str) -> str:
        return f"{self.table}.{column}|{organisation_id}|{id_}"
