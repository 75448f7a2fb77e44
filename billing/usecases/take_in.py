"""Take in a file's rows: good ones into the books, bad ones into quarantine, each counted once.

Short transactions of `BATCH` rows; ids derive from natural keys, so that an import that was cut goes
on where it stopped, and the same file twice changes nothing. `read = new + changed + unchanged + quarantined`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from hashlib import blake2b
from itertools import islice
from typing import Any

from billing.errors import BrokenBooks, Finding, NotFound
from billing.identity import derive_id
from billing.intake import ImportedFile
from billing.parameters_book import ParameterBook
from billing.party import Organisation
from billing.ports import OpenBooks, UnitOfWork
from billing.usecases.take_in_desk import Desk, Outcome
from billing.usecases.take_in_kinds import KINDS
from billing.usecases.take_in_platforms import SIGHTING, no_longer_shown, parts_to_take
from billing.usecases.take_in_quarantine import BadOne, Quarantine, Source
from billing.usecases.take_in_rows import BadRow, Cells, Row, RowRefused

__all__ = ["Counts", "Source", "take_in"]

BATCH = 200
"""Rows in one transaction: below the 250 ms that a write transaction may last, also for invoices."""
WAITING_MAX = 5_000
"""Rows that may wait for the end of the file, because another row of it may bring what they refer to."""
GONE_BATCH = 200
NOTES_MAX = 50


@dataclass(slots=True, kw_only=True)
class Counts:
    """What became of the rows.

    Attributes:
        read: the sum of the four that follow.
        gone: no rows: things that a complete file no longer shows.
        tied: rows whose dossier was tied to an enrolment, unasked.
        dismissed: quarantined rows that somebody has dismissed, as they are: they wait for nobody.
        older: rows that say less than what was seen already; kept as history, nothing moved back.
        notes: what whoever gave the file should read, `NOTES_MAX` at most.
    """

    read: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    quarantined: int = 0
    gone: int = 0
    tied: int = 0
    older: int = 0
    dismissed: int = 0
    notes: list[Finding] = field(default_factory=list)


class _Intake:
    """One file on its way into the books."""

    def __init__(
        self,
        open_books: OpenBooks,
        organisation_id: str,
        source: Source,
        *,
        actor: str,
        today: date,
        parameters: ParameterBook | None,
        on_progress: Callable[[int], None] | None,
    ) -> None:
        self.open_books = open_books
        self.organisation_id = organisation_id
        self.source = source
        self.actor = actor
        self.today = today
        self.parameters = parameters
        self.on_progress = on_progress
        self.file_id = derive_id("imported_file", source.sha256, source.profile)
        self.counts = Counts()
        self.seen: dict[int, int] = {}
        self.shown: set[int] = set()
        self.ward = Quarantine(source, self.file_id)
        self.all_keys_known = True
        self.waiting: list[Row] = []
        self.again = False
        self.read_at: datetime | None = None
        self.told: list[tuple[datetime, date]] = []
        self.memory: dict[str, Any] = {}

    def run(self, rows: Iterable[Row | BadRow]) -> Counts:
        self._begin()
        iterator = iter(rows)
        while batch := list(islice(iterator, BATCH)):
            self._batch(batch, may_wait=True)
        waiting, self.waiting = iter(self.waiting), []
        while late := list(islice(waiting, BATCH)):
            self._batch(late, may_wait=False)
        self._end()
        return self.counts

    def _begin(self) -> None:
        """Write down that the file is being read: what follows points to it."""
        with self.open_books(self.organisation_id, self.actor) as uow:
            file = uow.imported_files.get(self.file_id)
            self.again = file is not None and file.read > 0
            self.read_at = file.recorded_at if file is not None and self.again else None
            self.ward.look(uow)
            self._look_at_days(uow)
            if file is None:
                uow.imported_files.add(self._file(uow))
                uow.commit()

    def _look_at_days(self, uow: UnitOfWork) -> None:
        """Remember which day each file of this stream bore, and until when it was read."""
        for file in uow.imported_files.find(stream=self.source.stream):
            day = self.source.day_of(file.name)
            if day is not None and file.read and file.id != self.file_id:
                self.told.append((file.recorded_at, day))
        self.told.sort()

    def _told_at(self, seen_at: datetime) -> date | None:
        """Tell the day of the file by which something was seen: the first that was read to its end since then."""
        end = next((end for end, _day in self.told if end >= seen_at), None)
        return max((day for instant, day in self.told if instant == end), default=None)

    def _file(self, uow: UnitOfWork) -> ImportedFile:
        source, counts = self.source, self.counts
        return ImportedFile(
            id=self.file_id,
            name=source.name,
            sha256=source.sha256,
            profile=source.profile,
            stream=source.stream,
            read=counts.read,
            new=counts.new,
            changed=counts.changed,
            unchanged=counts.unchanged,
            quarantined=counts.quarantined,
            gone=counts.gone,
            recorded_at=uow.recorded_at,
        )

    def _batch(self, batch: Sequence[Row | BadRow], *, may_wait: bool) -> None:
        """Take one batch in, in one transaction; counts move only once it is committed."""
        outcomes = dict.fromkeys(Outcome, 0)
        bad: list[BadOne] = []
        later: list[Row] = []
        with self.open_books(self.organisation_id, self.actor) as uow:
            organisation = uow.organisations.get(self.organisation_id)
            if organisation is None:
                raise NotFound("organisation_missing", organisation=self.organisation_id)
            desk = self._desk(uow, organisation)
            _fetch(desk, [row for row in batch if isinstance(row, Row)])
            for row in batch:
                if isinstance(row, BadRow):
                    self.all_keys_known &= bool(row.key)
                    self.shown.add(_digest(row.key))
                    self._repeated(row.key, row.raw)
                    bad.append(BadOne(row.line, row.key, row.column, row.code, row.values, row.raw))
                    continue
                outcome = self._row(desk, row, may_wait=may_wait)
                if isinstance(outcome, Outcome):
                    outcomes[outcome] += 1
                elif outcome is None:
                    later.append(row)
                else:
                    bad.append(outcome)
            desk.write()
            self.ward.admit(item.line for item in bad)
            waiting = {row.line for row in later}
            self.ward.clear(uow, (row for row in batch if row.line not in waiting))
            self.ward.keep(uow, bad)
            uow.commit()
        self.waiting.extend(later)
        counts = self.counts
        counts.read += len(batch) - len(later)
        counts.new += outcomes[Outcome.NEW]
        counts.changed += outcomes[Outcome.CHANGED]
        counts.unchanged += outcomes[Outcome.UNCHANGED]
        counts.quarantined += len(bad)
        counts.dismissed = self.ward.dismissed
        for name, told in desk.notes:
            setattr(counts, name, getattr(counts, name) + 1)
            if told is not None and len(counts.notes) < NOTES_MAX:
                counts.notes.append(told)
        if self.on_progress:
            self.on_progress(counts.read)

    def _desk(self, uow: UnitOfWork, organisation: Organisation) -> Desk:
        return Desk(
            uow,
            organisation,
            today=self.today,
            source=self.source.stream,
            parameters=self.parameters,
            again=self.again,
            read_at=self.read_at,
            told_on=self.source.day_of(self.source.name),
            told_at=self._told_at,
            memory=self.memory,
        )

    def _row(self, desk: Desk, row: Row, *, may_wait: bool) -> Outcome | BadOne | None:
        """Take one row in; None = it waits for the end of the file."""
        self.shown.update(_digest(str(part.values.get("reference"))) for part in row.parts if part.kind == SIGHTING)
        content = "\x1f".join(repr(sorted(part.values.items(), key=_first)) for part in row.parts)
        same = self._repeated(row.key, content) if may_wait else None
        if same is not None:
            if same:
                return Outcome.UNCHANGED
            return BadOne(row.line, row.key, "", "duplicate_in_file", {"key": row.key[:80]}, row.raw)
        headers: Mapping[str, str] = {}
        try:
            parts = parts_to_take(desk, row.parts)
        except RowRefused as refusal:
            desk.drop_row()
            headers = {field: heading for part in row.parts for field, heading in part.headers.items()}
            return BadOne(row.line, row.key, headers.get(refusal.field, ""), refusal.code, refusal.values, row.raw)
        try:
            for part in parts:
                kind, headers = KINDS[part.kind], part.headers
                if part.create_only and kind.coded and _is_there(desk, kind.coded, part.values):
                    continue
                kind.take(desk, part.values)
        except RowRefused as refusal:
            desk.drop_row()
            if may_wait and refusal.code == "reference_missing" and len(self.waiting) < WAITING_MAX:
                return None
            column = headers.get(refusal.field, refusal.field)
            return BadOne(row.line, row.key, column, refusal.code, refusal.values, row.raw)
        return desk.end_row()

    def _repeated(self, key: str, content: str) -> bool | None:
        """Tell whether a key was met before in this file: None = no, else whether it said the same."""
        if not key:
            return None
        short, digest = _digest(key), _digest(content)
        if short not in self.seen:
            self.seen[short] = digest
            return None
        return self.seen[short] == digest

    def _end(self) -> None:
        """Tell what is gone, clear what a complete file supersedes, and write the counts down."""
        if self.source.complete and self.counts.read and self.all_keys_known and not self.again:
            self._mark_gone()
        with self.open_books(self.organisation_id, self.actor) as uow:
            if self.source.complete and self.counts.read:
                self.ward.supersede(uow)
            for earlier in uow.imported_files.find(stream=self.source.stream, name=self.source.name):
                if earlier.id != self.file_id and self._corrects(earlier):
                    self.ward.correct(uow, earlier.id)
            counts = self.counts
            if not self.again or counts.new or counts.changed or counts.gone:
                uow.imported_files.put(self._file(uow))
            uow.commit()

    def _corrects(self, earlier: ImportedFile) -> bool:
        """Tell whether this file is an earlier one with its bad rows mended, also where the mistake was in a key.

        It bears the same name, shows every good row of the other again, and brings no more than its bad ones.
        """
        good = earlier.read - earlier.quarantined
        shown_again = self.counts.unchanged + self.counts.changed
        return earlier.quarantined > 0 and 0 < good <= shown_again and self.counts.new <= earlier.quarantined

    def _mark_gone(self) -> None:
        """Mark what the platform no longer shows: its last sighting stays, no longer the latest one."""
        with self.open_books(self.organisation_id, self.actor, read_only=True) as uow:
            shown = no_longer_shown(uow, self.source.stream)
            gone = [record.id for record in shown if _digest(record.external_id) not in self.shown]
        for start in range(0, len(gone), GONE_BATCH):
            with self.open_books(self.organisation_id, self.actor) as uow:
                for record in uow.platform_records.find(id=tuple(gone[start : start + GONE_BATCH]), latest=True):
                    uow.platform_records.put(replace(record, latest=False))
                    uow.record(
                        type_="agreement.gone",
                        subject_kind="agreement",
                        subject_id=record.subject_id or record.id,
                        effective_on=self.today,
                        payload={"platform": record.platform, "record": record.id, "file": self.file_id},
                    )
                    self.counts.gone += 1
                uow.commit()


def take_in(
    open_books: OpenBooks,
    organisation_id: str,
    source: Source,
    rows: Iterable[Row | BadRow],
    *,
    actor: str,
    today: date,
    parameters: ParameterBook | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Counts:
    """Take a file in.

    Args:
        open_books: factory of units of work.
        organisation_id: whose books.
        source: what the file is.
        rows: as a reader gives them, one by one; never held all at once.
        actor: who acts.
        today: the day (Europe/Paris).
        parameters: for a due date that neither the file nor the payer gives; None = left unknown.
        on_progress: called after each batch with the number of rows read.

    Returns:
        The counts; they always add up.

    Raises:
        NotFound: these books have no organisation yet.
        QuitusError: what the reader raises when the file ends badly; earlier batches stay, read it again.
    """
    intake = _Intake(
        open_books,
        organisation_id,
        source,
        actor=actor,
        today=today,
        parameters=parameters,
        on_progress=on_progress,
    )
    counts = intake.run(rows)
    if counts.read != counts.new + counts.changed + counts.unchanged + counts.quarantined:
        raise BrokenBooks("intake_counts_differ", file=source.name, read=counts.read)
    return counts


def _fetch(desk: Desk, rows: Sequence[Row]) -> None:
    """Read what a batch may need: by ids first, then what each kind asks for."""
    by_kind: dict[str, list[Cells]] = {}
    for row in rows:
        for part in row.parts:
            by_kind.setdefault(part.kind, []).append(part.values)
    desk.fetch(look for name, cells in by_kind.items() for one in cells for look in KINDS[name].look(one))
    for name, cells in by_kind.items():
        gather = KINDS[name].gather
        if gather is not None:
            gather(desk, cells)


def _is_there(desk: Desk, coded: tuple[str, str], cells: Cells) -> bool:
    repository, kind = coded
    return bool(cells.get("code")) and desk.get(repository, derive_id(kind, str(cells["code"]))) is not None


def _first(item: Iterator[object] | tuple[str, object]) -> str:
    return str(next(iter(item)))


def _digest(text: str) -> int:
    """Sixty-four bits are enough to tell rows of one file apart, and keep memory flat."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
