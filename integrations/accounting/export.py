"""Each entry leaves once: an exported batch never changes, and what comes late leaves in the next one.

A batch is one line of the journal: which entries it took (all of its period up to a sequence, save those held
back and those of earlier batches), its sums, its hash, and its file, kept as a document. Exporting again gives
that file back as it was, whatever happened to the books or to this program since.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from billing.errors import BrokenBooks, Conflict, NotFound
from billing.journal import JournalLine
from billing.ledger import Entry
from billing.party import Organisation
from billing.ports import OpenBooks, UnitOfWork
from integrations.accounting.batch import Batch, Frozen, Place
from integrations.accounting.fec import describe_beside, write_fec
from integrations.accounting.period import Period, fiscal_year_of, read_period
from reconciliation.usecases.frozen import frozen_causes

SUBJECT = "accounting_batch"
EXPORTED = "accounting.exported"
FEC = "fec"
CHUNK = 1024 * 1024
ReasonOf = Callable[[str], str]
"""Gives the French name of an anomaly by its code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A batch as the journal tells it.

    Attributes:
        number: of the batches of this very period, from 1.
        entries, lines, letters: how many it holds; the next batch of the year counts on from there.
        up_to: sequence of the last entry that was there; `held`: ids of entries up to it that stayed behind.
        sha256: of the file; `document`: where its compressed bytes are.
    """

    batch: str
    period: Period
    number: int
    entries: int
    lines: int
    letters: int
    debit_cents: int
    credit_cents: int
    up_to: int
    held: frozenset[str]
    sha256: str
    document: str
    file: str

    def took(self, entry: Entry) -> bool:
        """Tell whether an entry left in this batch or in an earlier one."""
        return entry.effective_on in self.period and entry.sequence <= self.up_to and entry.id not in self.held


def export_fec(
    open_books: OpenBooks,
    organisation_id: str,
    period_text: str,
    out_dir: Path,
    *,
    actor: str,
    reason_of: ReasonOf,
    provisional: bool = False,
) -> Batch:
    """Write what is new of a period as its next batch, or give the latest one back when nothing is.

    Entries whose claim or receipt an open anomaly freezes stay behind, each with its reason, and leave once it
    is settled. A provisional file is a picture of the whole period: it is no batch and takes nothing away.

    Raises:
        NotFound: no such organisation.
        InvalidInput: the period cannot be read, spans two fiscal years, or the folder cannot be written.
        Conflict: another export of this organisation ended first.
    """
    with open_books(organisation_id, actor, read_only=True) as uow:
        organisation = uow.organisations.get(organisation_id)
        if organisation is None:
            raise NotFound("organisation_missing", organisation=organisation_id)
        period = read_period(period_text, organisation.fiscal_year_end)
        if provisional:
            return write_provisional(uow, organisation, period, out_dir, reason_of)
        earlier = exported_batches(uow)
        same = [one for one in earlier if one.period == period]
        choice = _choose(uow, period, earlier, reason_of)
        if not choice.new and same:
            given_back = [_give_back(uow, organisation, one, out_dir) for one in same]
            return replace(given_back[-1], frozen=choice.frozen)
        year = fiscal_year_of(period, organisation.fiscal_year_end)
        of_year = [one for one in earlier if one.period.first in year]
        place = Place(
            number=len(same) + 1,
            first_entry=sum(one.entries for one in of_year) + 1,
            first_letter=sum(one.letters for one in of_year),
        )

        def remember(batch: Batch, unfinished: Path) -> None:
            if batch.entries:
                _remember(open_books, organisation_id, actor, batch, period, choice, unfinished, len(earlier))

        return write_fec(
            lambda: (entry for entry in uow.entries() if choice.takes(entry)),
            organisation,
            period,
            out_dir,
            frozen=choice.frozen,
            place=place,
            before_publishing=remember,
        )


def write_provisional(
    uow: UnitOfWork, organisation: Organisation, period: Period, out_dir: Path, reason_of: ReasonOf
) -> Batch:
    """Write the whole period as it stands now, without numbers or validation, frozen entries left out."""
    choice = _choose(uow, period, [], reason_of)
    return write_fec(
        lambda: (entry for entry in uow.entries() if choice.takes(entry)),
        organisation,
        period,
        out_dir,
        provisional=True,
        frozen=choice.frozen,
    )


def exported_batches(uow: UnitOfWork) -> list[Stored]:
    """Read every batch that left, in order."""
    return [_read(line) for line in uow.journal(about=SUBJECT) if line.type == EXPORTED]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    """Which entries a batch takes; fixed at one sequence, however often the books are read."""

    period: Period
    earlier: list[Stored]
    up_to: int
    held: frozenset[str]
    new: int
    frozen: tuple[Frozen, ...]

    def takes(self, entry: Entry) -> bool:
        return (
            entry.effective_on in self.period
            and entry.sequence <= self.up_to
            and entry.id not in self.held
            and not any(one.took(entry) for one in self.earlier)
        )


def _choose(uow: UnitOfWork, period: Period, earlier: list[Stored], reason_of: ReasonOf) -> _Choice:
    causes = _held_subjects(uow)
    up_to = new = 0
    held: dict[str, Frozen] = {}
    for entry in uow.entries():
        up_to = max(up_to, entry.sequence)
        if entry.effective_on not in period or any(one.took(entry) for one in earlier):
            continue
        code = causes.get((entry.subject_kind, entry.subject_id))
        if code is None:
            new += 1
        else:
            held[entry.id] = Frozen(piece=entry.piece or "-", reason=reason_of(code))
    return _Choice(
        period=period,
        earlier=earlier,
        up_to=up_to,
        held=frozenset(held),
        new=new,
        frozen=tuple(dict.fromkeys(held.values())),
    )


def _held_subjects(uow: UnitOfWork) -> dict[tuple[str, str], str]:
    """Give what is booked and frozen, with the anomaly's code: claims, and allocations on them or of frozen money.

    A bank line itself always leaves: the money is on the account, whatever it turns out to pay.
    """
    causes = frozen_causes(uow)
    claims = {id_: code for (kind, id_), code in causes.items() if kind == "claim"}
    receipts = {id_: code for (kind, id_), code in causes.items() if kind == "receipt"}
    held = {("claim", id_): code for id_, code in claims.items()}
    for name, of in (("claim_id", claims), ("bank_line_id", receipts)):
        for allocation in uow.allocations.find(**{name: tuple(of)}) if of else ():
            held.setdefault(("allocation", allocation.id), of[getattr(allocation, name)])
    return held


def _remember(
    open_books: OpenBooks,
    organisation_id: str,
    actor: str,
    batch: Batch,
    period: Period,
    choice: _Choice,
    unfinished: Path,
    known: int,
) -> None:
    """Journal a batch and keep its bytes, before its file gets its name: a kill in between loses nothing."""
    packed = _packed(unfinished)
    with open_books(organisation_id, actor) as uow:
        if len(exported_batches(uow)) != known:
            raise Conflict("export_overtaken", period=str(period))
        document = uow.store_document(packed, "application/zlib", f"{batch.file.name}.zlib")
        uow.record(
            type_=EXPORTED,
            subject_kind=SUBJECT,
            subject_id=batch.batch,
            effective_on=uow.recorded_at.date(),
            payload={
                "format": FEC,
                "first": period.first.isoformat(),
                "last": period.last.isoformat(),
                "number": batch.number,
                "entries": batch.entries,
                "lines": batch.lines,
                "letters": batch.letters,
                "debit_cents": batch.debit_cents,
                "credit_cents": batch.credit_cents,
                "up_to": choice.up_to,
                "held": sorted(choice.held),
                "sha256": batch.sha256,
                "document": document,
                "file": batch.file.name,
            },
        )
        uow.commit()


def _packed(path: Path) -> bytes:
    packer = zlib.compressobj()
    with path.open("rb") as file:
        pieces = [packer.compress(piece) for piece in iter(lambda: file.read(CHUNK), b"")]
    return b"".join([*pieces, packer.flush()])


def _read(line: JournalLine) -> Stored:
    told = line.payload
    held = told["held"]
    return Stored(
        batch=line.subject_id,
        period=read_period(f"{told['first']}..{told['last']}"),
        number=_int(told["number"]),
        entries=_int(told["entries"]),
        lines=_int(told["lines"]),
        letters=_int(told["letters"]),
        debit_cents=_int(told["debit_cents"]),
        credit_cents=_int(told["credit_cents"]),
        up_to=_int(told["up_to"]),
        held=frozenset(held if isinstance(held, list) else ()),
        sha256=str(told["sha256"]),
        document=str(told["document"]),
        file=str(told["file"]),
    )


def _int(value: object) -> int:
    return int(str(value))


def _give_back(uow: UnitOfWork, organisation: Organisation, stored: Stored, out_dir: Path) -> Batch:
    """Put a batch's file back as it left, where it is missing or was changed.

    Raises:
        BrokenBooks: its bytes are no longer those that left.
    """
    batch = Batch(
        batch=stored.batch,
        entries=stored.entries,
        lines=stored.lines,
        debit_cents=stored.debit_cents,
        credit_cents=stored.credit_cents,
        file=out_dir / stored.file,
        sha256=stored.sha256,
        description=(out_dir / stored.file).with_name(f"{Path(stored.file).stem}_description.txt"),
        number=stored.number,
        letters=stored.letters,
        new=False,
    )
    packed = uow.document(stored.document)
    content = zlib.decompress(packed) if packed is not None else b""
    if sha256(content).hexdigest() != stored.sha256:
        raise BrokenBooks("export_batch_lost", file=stored.file)
    describe_beside(batch, organisation, stored.period, content=content)
    return batch
