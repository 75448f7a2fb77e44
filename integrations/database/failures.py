"""What the database refuses, in the words of `billing.errors`: nothing of SQLAlchemy leaves this room."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError

from billing.errors import BrokenBooks, Conflict, InvalidInput, Locked, QuitusError

_SQLITE_UNIQUE = re.compile(r"UNIQUE constraint failed: (?P<columns>.+)")
_SQLITE_CHECK = re.compile(r"CHECK constraint failed: (?P<name>\S+)")
_APPEND_ONLY = "append_only"
_MEANWHILE = {"40001", "40P01"}  # serialization failure, deadlock
_WAITED = {"55P03", "57014"}  # lock timeout, statement timeout


@contextmanager
def translated(table: str = "") -> Iterator[None]:
    """Turn the driver's errors into ours; `table` is what was being worked on.

    Raises:
        Conflict: somebody else was first (id, unique key), or a parent is missing.
        BrokenBooks: a rule of the books, or an append-only table.
        InvalidInput: a text that cannot be stored.
        Locked: the write lock was not given in time.
    """
    try:
        yield
    except DBAPIError as error:
        raise _ours(error, table) from error
    except UnicodeEncodeError as error:
        raise InvalidInput("text_not_storable", table=table) from error


def _ours(error: DBAPIError, table: str) -> QuitusError:
    message = str(error.orig)
    state = getattr(error.orig, "sqlstate", None) or ""
    if _APPEND_ONLY in message:
        return BrokenBooks("books_append_only", table=table)
    if isinstance(error, IntegrityError):
        return _integrity(error, message, table)
    if state in _MEANWHILE:
        return Conflict("books_changed_meanwhile", table=table)
    if state in _WAITED or (isinstance(error, OperationalError) and "locked" in message):
        return Locked("books_busy")
    if isinstance(error, DataError):
        return InvalidInput("text_not_storable", table=table)
    return BrokenBooks("database_failed", reason=message.splitlines()[0][:200] if message else type(error).__name__)


def _integrity(error: IntegrityError, message: str, table: str) -> QuitusError:
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None:
        return _postgresql(diagnosis.constraint_name or "", diagnosis.table_name or table, error)
    if unique := _SQLITE_UNIQUE.search(message):
        names = unique["columns"].split(", ")
        table = names[0].partition(".")[0]
        key = ", ".join(name.partition(".")[2] for name in names[1:])
        return Conflict("already_there", table=table, key=key)
    if check := _SQLITE_CHECK.search(message):
        return BrokenBooks("books_rule_broken", rule=check["name"])
    if "FOREIGN KEY" in message:
        return Conflict("parent_missing", table=table)
    return BrokenBooks("books_rule_broken", rule=message[:200])


def _postgresql(constraint: str, table: str, error: IntegrityError) -> QuitusError:
    match getattr(error.orig, "sqlstate", ""):
        case "23505":
            return Conflict("already_there", table=table, key=constraint)
        case "23503":
            return Conflict("parent_missing", table=table)
        case _:
            return BrokenBooks("books_rule_broken", rule=constraint)
