"""The books of every organisation in one database: the factory of units of work."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from billing.party import Organisation
from billing.ports import UnitOfWork
from integrations.database import schema
from integrations.database.engines import create_engines, migration_engine
from integrations.database.failures import translated
from integrations.database.keyring import Keyring
from integrations.database.mapping import Mapper
from integrations.database.tables import REPOSITORIES
from integrations.database.transaction import Transaction
from integrations.database.unit_of_work import SqlUnitOfWork


class Books:
    """One database. Nothing is opened before it is used; `close` gives every connection back."""

    def __init__(self, url: str, keyring: Keyring, *, now: Callable[[], datetime]) -> None:
        """Keep where the books are and what opens their seals.

        Args:
            url: `sqlite:///path/to/file` or `postgresql://user@host/database`.
            keyring: the keys of the house.
            now: the clock; gives UTC-aware instants.
        """
        self._url = url
        self._keyring = keyring
        self._now = now
        self._engines = create_engines(url)
        self._mappers: dict[str, Mapper[Any]] = {
            name: Mapper(table, self._engines.dialect) for name, table in REPOSITORIES.items()
        }

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._engines.dialect

    @contextmanager
    def open_books(self, organisation_id: str, actor: str, *, read_only: bool = False) -> Iterator[UnitOfWork]:
        """Open the books of one organisation; whatever was not committed is forgotten at the end."""
        with self.open_sql(organisation_id, actor, read_only=read_only) as uow:
            yield uow

    @contextmanager
    def open_sql(self, organisation_id: str, actor: str, *, read_only: bool = False) -> Iterator[SqlUnitOfWork]:
        """Same, with what only this room offers: verifying the journal, destroying a document's key."""
        transaction = self._transaction(organisation_id, actor, read_only=read_only)
        try:
            yield SqlUnitOfWork(transaction, self._mappers)
        finally:
            transaction.close()

    def transaction(self, organisation_id: str, actor: str, *, read_only: bool = False) -> Transaction:
        """Make a bare transaction, for the stores of this room that are no part of a unit of work."""
        return self._transaction(organisation_id, actor, read_only=read_only)

    def organisations(self) -> list[Organisation]:
        """List every organisation in these books, by slug."""
        mapper: Mapper[Organisation] = self._mappers["organisations"]
        fields = ", ".join(f'"{name}"' for name in mapper.fields)
        sql = f"SELECT {fields} FROM organisations ORDER BY slug"  # noqa: S608 - names of our own table
        with translated("organisations"), self._engines.read.connect() as connection:
            rows = connection.exec_driver_sql(sql).fetchall()
        return [mapper.thing(row[0], row, self._keyring) for row in rows]

    def migrate(self) -> None:
        """Bring the schema to this program's; a new database gets all of it.

        Raises:
            Misconfigured: the schema is newer than this program.
        """
        engine = migration_engine(self._url)
        try:
            schema.migrate(engine)
        finally:
            engine.dispose()

    def check_schema(self) -> None:
        """Refuse a schema that is not this program's.

        Raises:
            Misconfigured: `schema_newer_than_program`, or `schema_not_migrated` (run `quitus init`).
        """
        schema.check_schema(self._engines.read)

    def close(self) -> None:
        """Give every connection back."""
        self._engines.close()

    def _transaction(self, organisation_id: str, actor: str, *, read_only: bool) -> Transaction:
        return Transaction(
            self._engines.read if read_only else self._engines.write,
            organisation_id=organisation_id,
            actor=actor,
            keyring=self._keyring,
            now=self._now,
            read_only=read_only,
        )
