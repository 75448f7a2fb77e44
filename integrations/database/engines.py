"""The two engines of one database: one that writes, one that never takes the write lock.

SQLite: WAL, synchronous=FULL (a commit survives a power cut: a lost one could send an invoice twice),
`BEGIN IMMEDIATE` for each write transaction. Measured before this was chosen: with the driver's default
transactions, four processes lost 1,610 of 2,000 updates without one error; with BEGIN IMMEDIATE none.
PostgreSQL: READ COMMITTED under one lock for each organisation (`transaction.ONE_WRITER`) for writing, one
snapshot for reading.
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import URL, Connection, Engine, event, make_url
from sqlalchemy import create_engine as sqlalchemy_engine
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from billing.errors import Misconfigured

BUSY_SECONDS = 10
POOL_SIZE = 8
POOL_OVERFLOW = 24
CACHE_KIB = 32 * 1024
MMAP_BYTES = 256 * 1024 * 1024
STATEMENT_TIMEOUT_MS = 120_000


@dataclass(frozen=True, slots=True)
class Engines:
    """Where to write and where to read."""

    write: Engine
    read: Engine

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.write.dialect.name

    def close(self) -> None:
        """Give every connection back; SQLite first refreshes its statistics."""
        if self.dialect == "sqlite":
            # Statistics are a comfort: a file that cannot be opened is told by whoever needed it.
            with suppress(DBAPIError), self.write.connect() as connection:
                connection.exec_driver_sql("PRAGMA optimize")
                connection.commit()
        self.write.dispose()
        self.read.dispose()


def create_engines(url: str) -> Engines:
    """Make both engines; nothing is opened before it is used.

    Args:
        url: `sqlite:///path/to/file` or `postgresql://user@host/database`.

    Raises:
        Misconfigured: no such kind of database, or SQLite in memory (its transactions would not be real).
    """
    try:
        parsed = make_url(url)
    except ArgumentError as cause:
        raise Misconfigured("database_url_unreadable") from cause
    match parsed.get_backend_name():
        case "sqlite" if parsed.database and parsed.database != ":memory:":
            return Engines(_sqlite(parsed, begin="BEGIN IMMEDIATE"), _sqlite(parsed, begin="BEGIN", query_only=True))
        case "postgresql":
            url_ = parsed.set(drivername="postgresql+psycopg")
            return Engines(_postgresql(url_, "READ COMMITTED"), _postgresql(url_, "REPEATABLE READ", read_only=True))
        case other:
            raise Misconfigured("database_not_supported", kind=other)


def migration_engine(url: str) -> Engine:
    """Make an engine for changes of schema: on SQLite without foreign keys, which a rebuilt table would break."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed, begin="BEGIN IMMEDIATE", foreign_keys=False)
    return _postgresql(parsed.set(drivername="postgresql+psycopg"), "READ COMMITTED")


def _sqlite(url: URL, *, begin: str, query_only: bool = False, foreign_keys: bool = True) -> Engine:
    engine = sqlalchemy_engine(
        url,
        # The driver's own transactions are switched off: ours begin below.
        connect_args={"isolation_level": None, "timeout": BUSY_SECONDS, "check_same_thread": False},
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
    )

    def on_connect(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout={BUSY_SECONDS * 1000}",
            "journal_mode=WAL",
            "synchronous=FULL",
            f"foreign_keys={'ON' if foreign_keys else 'OFF'}",
            f"cache_size=-{CACHE_KIB}",
            f"mmap_size={MMAP_BYTES}",
            "temp_store=MEMORY",
            "secure_delete=ON",
            f"query_only={'ON' if query_only else 'OFF'}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)
    return engine


def _postgresql(url: URL, isolation: Any, *, read_only: bool = False) -> Engine:  # noqa: ANN401 - SQLAlchemy's literal
    options = f"-c timezone=UTC -c lock_timeout={BUSY_SECONDS}s -c statement_timeout={STATEMENT_TIMEOUT_MS}"
    engine = sqlalchemy_engine(
        url,
        isolation_level=isolation,
        connect_args={"options": options, "connect_timeout": BUSY_SECONDS},
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
        pool_pre_ping=True,
    )
    return engine.execution_options(postgresql_readonly=True) if read_only else engine
