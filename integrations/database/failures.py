"""What the database refuses, in the words of `billing.errors`: nothing of SQLAlchemy leaves this room."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

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
    except (DBAPIError, UnicodeEncodeError) as error:
        raise refusal(error, table) from error


def refusal(error: Exception, table: str) -> QuitusError:
    """Say one error of a driver, or of SQLAlchemy around it, in our words."""
    cause: BaseException = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    kinds = {kind.__name__ for kind in type(cause).__mro__}
    message = str(cause)
    state = getattr(cause, "sqlstate", None) or ""
    if _APPEND_ONLY in message:
        return BrokenBooks("books_append_only", table=table)
    if "IntegrityError" in kinds:
        return _integrity(cause, message, table)
    if state in _MEANWHILE:
        return Conflict("books_changed_meanwhile", table=table)
    if state in _WAITED or ("OperationalError" in kinds and "locked" in message):
        return Locked("books_busy")
    if kinds & {"DataError", "UnicodeEncodeError"}:
        return InvalidInput("text_not_storable", table=table)
    return BrokenBooks("database_failed", reason=message.splitlines()[0][:200] if message else type(cause).__name__)


def _integrity(cause: BaseException, message: str, table: str) -> QuitusError:
    diagnosis = getattr(cause, "diag", None)
    if diagnosis is not None:
        state = str(getattr(cause, "sqlstate", ""))
        return _postgresql(state, diagnosis.constraint_name or "", diagnosis.table_name or table)
    if unique := _SQLITE_UNIQUE.search(message):
        names = unique["columns"].split(", ")
        key = ", ".join(name.partition(".")[2] for name in names[1:])
        return Conflict("already_there", table=names[0].partition(".")[0], key=key)
    if check := _SQLITE_CHECK.search(message):
        return BrokenBooks("books_rule_broken", rule=check["name"])
    if "FOREIGN KEY" in message:
        return Conflict("parent_missing", table=table)
    return BrokenBooks("books_rule_broken", rule=message[:200])


def _postgresql(state: str, constraint: str, table: str) -> QuitusError:
    match state:
        case "23505":
            return Conflict("already_there", table=table, key=constraint)
        case "23503":
            return Conflict("parent_missing", table=table)
        case _:
            return BrokenBooks("books_rule_broken", rule=constraint)
