"""From entries to numbered, dated, lettered rows, in the order of the file, in two readings; only totals are held."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from zoneinfo import ZoneInfo

from billing.ledger import CUSTOMERS, Entry, EntryLine
from billing.money import Money
from integrations.accounting.batch import ALONE, Place
from integrations.accounting.period import Period

PARIS = ZoneInfo("Europe/Paris")
OPENING_JOURNAL = "AN"

Entries = Callable[[], Iterable[Entry]]
"""Gives the entries in the order in which they were recorded; called twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of an entry, ready to be written.

    Attributes:
        number: of its entry in the batch, from 1; None in a provisional file.
        valid_on: day of validation, never before the one of the entry above; None in a provisional file.
    """

    entry: Entry
    line: EntryLine
    number: int | None
    valid_on: date | None
    letter: str
    lettered_on: date | None


@dataclass(slots=True)
class _Group:
    """Lines of one customer and one document: they are lettered once they sum to zero."""

    cents: int = 0
    lines: int = 0
    last_on: date = date.min
    order: int = 0


@dataclass(slots=True)
class Totals:
    """What was written."""

    entries: int = 0
    lines: int = 0
    letters: int = 0
    debit: Money = field(default_factory=lambda: Money(0))
    credit: Money = field(default_factory=lambda: Money(0))


def rows(entries: Entries, period: Period, totals: Totals, *, provisional: bool, place: Place = ALONE) -> Iterator[Row]:
    """Give the rows of a period: opening entries first, then the others in the order of their validation.

    An entry is validated when it is recorded, append-only books knowing no draft; its day of validation is
    never before its own day, nor before the one of the entry above it.
    """
    openings, letters = _survey(entries, period, place.first_letter)
    totals.letters = len(letters)
    others = (entry for entry in entries() if entry.effective_on in period and entry.journal != OPENING_JOURNAL)
    valid_on = date.min
    for entry in chain(openings, others):
        totals.entries += 1
        valid_on = max(valid_on, entry.recorded_at.astimezone(PARIS).date(), entry.effective_on)
        for line in entry.lines:
            letter, lettered_on = (
                letters.get((line.auxiliary, entry.piece), ("", None)) if _letterable(line) else ("", None)
            )
            totals.lines += 1
            totals.debit += line.debit
            totals.credit += line.credit
            yield Row(
                entry=entry,
                line=line,
                number=None if provisional else place.first_entry + totals.entries - 1,
                valid_on=None if provisional else valid_on,
                letter=letter,
                lettered_on=lettered_on,
            )


def _letterable(line: EntryLine) -> bool:
    return line.account == CUSTOMERS and bool(line.auxiliary)


Letters = dict[tuple[str, str], tuple[str, date]]


def _survey(entries: Entries, period: Period, first_letter: int) -> tuple[list[Entry], Letters]:
    """Keep the opening entries, which stand first in the file, and letter the documents that are settled.

    A (customer, document) is settled when its lines of the period sum to zero; codes in order of appearance.
    """
    openings: list[Entry] = []
    groups: dict[tuple[str, str], _Group] = {}
    for entry in entries():
        if entry.effective_on not in period:
            continue
        if entry.journal == OPENING_JOURNAL:
            openings.append(entry)
        for line in entry.lines:
            if _letterable(line):
                group = groups.setdefault((line.auxiliary, entry.piece), _Group(order=len(groups)))
                group.cents += line.debit.cents - line.credit.cents
                group.lines += 1
                group.last_on = max(group.last_on, entry.effective_on)
    closed = [(key, group) for key, group in groups.items() if group.cents == 0 and group.lines > 1]
    closed.sort(key=lambda pair: pair[1].order)
    return openings, {
        key: (_code(position), group.last_on) for position, (key, group) in enumerate(closed, start=first_letter)
    }


def _code(position: int) -> str:
    """Write 0, 1, … as AAA, AAB, …, ZZZ, then four letters."""
    width, span = 3, 26**3
    while position >= span:
        position -= span
        width, span = width + 1, span * 26
    letters = ""
    for _ in range(width):
        position, rest = divmod(position, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
