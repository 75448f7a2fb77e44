"""The rows that could not be used: kept whole, with what to do, until a later row of their stream has the same key."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from billing.errors import Values
from billing.identity import derive_id
from billing.intake import QuarantinedRow
from billing.ports import UnitOfWork
from billing.usecases.take_in_rows import BadRow, Row


def no_day(_name: str) -> date | None:
    """Read no day in a file's name."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The file that is taken in.

    Attributes:
        name: file name, for messages.
        sha256: of its bytes.
        profile: code of the profile that reads it.
        stream: what the file continues (profile, and site or account where there are several).
        complete: a file of this stream shows everything: what a later one leaves out is gone.
        day_of: reads the day that a file of this stream bears in its name; None = it bears none.
    """

    name: str
    sha256: str
    profile: str
    stream: str
    complete: bool = False
    day_of: Callable[[str], date | None] = no_day


@dataclass(frozen=True, slots=True)
class BadOne:
    """A row for the quarantine."""

    line: int
    key: str
    column: str
    code: str
    values: Values
    raw: str


class Quarantine:
    """The quarantine of one stream, while one of its files is read."""

    def __init__(self, source: Source, file_id: str) -> None:
        """Keep what is read; nothing is in quarantine yet."""
        self.source = source
        self.file_id = file_id
        self._lines: set[int] = set()
        self._may_clear = False
        self._dismissed: dict[tuple[str, str], QuarantinedRow] = {}
        self.dismissed = 0

    def look(self, uow: UnitOfWork) -> None:
        """See whether there is anything to clear at all."""
        self._may_clear = uow.quarantine.count(stream=self.source.stream, cleared=False) > 0
        for row in uow.quarantine.find(stream=self.source.stream, dismissed=True):
            self._dismissed[row.code, row.raw] = row

    def admit(self, lines: Iterable[int]) -> None:
        """Remember which lines of this very file are in quarantine: no other line of it clears them."""
        self._lines.update(lines)

    def clear(self, uow: UnitOfWork, rows: Iterable[Row | BadRow]) -> None:
        """Clear what earlier files (or this one, read before) left under the keys of these rows."""
        if not self._may_clear:
            return
        keys: set[str] = set()
        for row in rows:
            keys.add(self._place(row.line))
            if row.key:
                keys.add(row.key)
        for item in uow.quarantine.find(stream=self.source.stream, row_key=tuple(keys), cleared=False):
            if item.file_id != self.file_id or item.line not in self._lines:
                uow.quarantine.put(replace(item, cleared=True))

    def keep(self, uow: UnitOfWork, bad: Sequence[BadOne]) -> None:
        """Keep what could not be used; what is there already is left as it was written."""
        if not bad:
            return
        rows = [self._row(uow, item) for item in bad]
        there = {row.id: row for row in uow.quarantine.find(id=tuple(row.id for row in rows))}
        changed = []
        for row in rows:
            before = there.get(row.id)
            decided = self._dismissed.get((row.code, row.raw))
            if decided is not None:
                self.dismissed += 1
                if before is None or not before.dismissed:
                    changed.append(_as_decided(row, decided))
            elif before is None or _as_stored(row, before) != before:
                changed.append(row)
            elif before.cleared:
                changed.append(replace(before, cleared=False))
        uow.quarantine.put(*changed)

    def supersede(self, uow: UnitOfWork) -> None:
        """A complete file says everything anew: what older ones left no longer matters."""
        for item in uow.quarantine.find(stream=self.source.stream, cleared=False):
            if item.file_id != self.file_id:
                uow.quarantine.put(replace(item, cleared=True))

    def correct(self, uow: UnitOfWork, earlier_id: str) -> None:
        """A file that was given again, corrected: its rows stand for those of the first one, whatever their keys."""
        for item in uow.quarantine.find(file_id=earlier_id, cleared=False):
            uow.quarantine.put(replace(item, cleared=True))

    def _row(self, uow: UnitOfWork, item: BadOne) -> QuarantinedRow:
        return QuarantinedRow(
            id=derive_id("quarantine", self.file_id, str(item.line)),
            file_id=self.file_id,
            file_name=self.source.name,
            stream=self.source.stream,
            row_key=item.key or self._place(item.line),
            line=item.line,
            column=item.column,
            code=item.code,
            values=json.dumps(dict(item.values), ensure_ascii=False, sort_keys=True),
            raw=item.raw,
            recorded_at=uow.recorded_at,
        )

    def _place(self, line: int) -> str:
        """Stand for a key that cannot be read."""
        return f"{self.source.name}:{line}"


def _as_decided(row: QuarantinedRow, decided: QuarantinedRow) -> QuarantinedRow:
    """Set apart again what somebody has dismissed, word for word: it waits for nobody."""
    return replace(
        row,
        cleared=True,
        dismissed=True,
        dismissed_by=decided.dismissed_by,
        dismissed_reason=decided.dismissed_reason,
    )


def _as_stored(row: QuarantinedRow, before: QuarantinedRow) -> QuarantinedRow:
    """Write a row as one that is there already, where they say the same."""
    return replace(
        row,
        recorded_at=before.recorded_at,
        cleared=before.cleared,
        dismissed=before.dismissed,
        dismissed_by=before.dismissed_by,
        dismissed_reason=before.dismissed_reason,
    )
