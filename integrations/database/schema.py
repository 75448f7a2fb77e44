"""The one history of the schema, driven in code; and the refusal to work on one that does not fit."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from billing.errors import BrokenBooks, Misconfigured
from integrations.database.failures import translated

MIGRATIONS = Path(__file__).parent / "migrations"
_ADVISORY_LOCK = 7_061_955  # any number, always the same: one program migrates at a time


def migrate(engine: Engine, revision: str = "head") -> None:
    """Bring the schema to a revision, in one transaction.

    Raises:
        Misconfigured: the schema is newer than this program.
        BrokenBooks: rows would be left without their parent.
    """
    with translated(), engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")
        _refuse_newer(connection)
        command.upgrade(_config(connection), revision)
        _check_parents(connection)


def unmigrate(engine: Engine, revision: str = "base") -> None:
    """Take the schema back to an earlier revision (tests; a user restores a backup instead)."""
    with translated(), engine.begin() as connection:
        command.downgrade(_config(connection), revision)
        _check_parents(connection)


def check_schema(engine: Engine) -> None:
    """Refuse a schema that is not exactly this program's.

    Raises:
        Misconfigured: `schema_newer_than_program`, `schema_not_migrated` (run `quitus init`), or
            `database_unreachable`.
    """
    try:
        _check(engine)
    except BrokenBooks as error:
        if error.code != "database_failed":
            raise
        raise Misconfigured("database_unreachable", reason=error.values["reason"]) from error


def _check(engine: Engine) -> None:
    with translated(), engine.connect() as connection:
        _refuse_newer(connection)
        current = current_revision(connection)
        head = _known()[-1]
        if current != head:
            raise Misconfigured("schema_not_migrated", current=current or "", expected=head)


def current_revision(connection: Connection) -> str | None:
    """Read the revision of a schema; None when there is none."""
    return MigrationContext.configure(connection).get_current_revision()


def revisions() -> list[str]:
    """List the revisions that this program knows, oldest first."""
    return list(_known())


@cache
def _known() -> tuple[str, ...]:
    """Reading the history compiles every revision (25 ms): once for each process is enough, also for short commands."""
    scripts = ScriptDirectory(str(MIGRATIONS))
    return tuple(script.revision for script in reversed(list(scripts.walk_revisions())))


def _refuse_newer(connection: Connection) -> None:
    current = current_revision(connection)
    if current is not None and current not in revisions():
        raise Misconfigured("schema_newer_than_program", current=current)


def _check_parents(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if orphans:
            raise BrokenBooks("parent_missing", table=str(orphans[0][0]))


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
