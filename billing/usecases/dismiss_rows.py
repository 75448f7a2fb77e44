"""Dismiss rows of the quarantine that nobody will ever correct, or take a dismissal back.

A dismissed row stays in the books with who dismissed it and why. It no longer waits for anybody, also when a
later file of its stream shows it again; it waits again as soon as its content, or what is wrong with it, changes.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from billing.errors import InvalidInput, NotFound
from billing.intake import QuarantinedRow
from billing.ports import UnitOfWork

PREFIX_MIN = 8
REASON_MAX = 2_000


def dismiss_rows(uow: UnitOfWork, rows: Sequence[str], reason: str, *, by: str, today: date) -> list[QuarantinedRow]:
    """Dismiss rows; the reason stays out of the journal, since it may name a person.

    Args:
        uow: the unit of work; the caller commits.
        rows: numbers of rows that wait, or at least their first eight characters.
        reason: why they will not be corrected.
        by: name of who decides so.
        today: the day.

    Returns:
        The rows as they are now.

    Raises:
        InvalidInput: no reason, no name, or a reason without end.
        NotFound: no such row waits, or several begin so.
    """
    if not reason.strip() or not by.strip():
        raise InvalidInput("dismissal_without_reason")
    if len(reason) > REASON_MAX:
        raise InvalidInput("dismissal_reason_too_long", length=len(reason), limit=REASON_MAX)
    waiting = uow.quarantine.find(cleared=False)
    found = {row.id: row for row in (_one(waiting, number) for number in rows)}
    after = [
        replace(row, cleared=True, dismissed=True, dismissed_by=by.strip(), dismissed_reason=reason.strip())
        for row in found.values()
    ]
    _store(uow, after, "quarantine.dismissed", today)
    return after


def take_dismissals_back(uow: UnitOfWork, rows: Sequence[str], *, today: date) -> list[QuarantinedRow]:
    """Let dismissed rows wait again.

    Raises:
        NotFound: no such row is dismissed, or several begin so.
    """
    dismissed = uow.quarantine.find(dismissed=True)
    found = {row.id: row for row in (_one(dismissed, number) for number in rows)}
    after = [
        replace(row, cleared=False, dismissed=False, dismissed_by="", dismissed_reason="") for row in found.values()
    ]
    _store(uow, after, "quarantine.reopened", today)
    return after


def _one(rows: Sequence[QuarantinedRow], number: str) -> QuarantinedRow:
    prefix = number.strip().lower()
    found = [row for row in rows if row.id.startswith(prefix)] if len(prefix) >= PREFIX_MIN else []
    if len(found) != 1:
        raise NotFound("quarantined_row_missing", row=number[:40], found=len(found))
    return found[0]


def _store(uow: UnitOfWork, rows: Sequence[QuarantinedRow], type_: str, today: date) -> None:
    uow.quarantine.put(*rows)
    for row in rows:
        uow.record(
            type_=type_,
            subject_kind="quarantine",
            subject_id=row.id,
            effective_on=today,
            payload={"file": row.file_id, "line": row.line, "code": row.code},
        )
