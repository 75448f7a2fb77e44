"""What the official tool does not check: balances, continuity, order of validation, days, lettering."""

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from billing.errors import Severity
from billing.money import CENTS_MAX, Money
from integrations.accounting.fec_report import Report
from integrations.accounting.fec_values import Read

FISCAL_YEAR_DAYS_MAX = 731
"""A fiscal year may last up to twenty-four months in rare cases (first one); usual ones last twelve."""
_DIGITS = re.compile(r"(.*?)(\d{1,18})\Z", re.DOTALL | re.ASCII)


@dataclass(slots=True)
class _Entry:
    """An entry: its first line, its balance, its number."""

    line: int
    journal: str
    number: str
    cents: int = 0


@dataclass(slots=True)
class BookChecks:
    """Adds up what the lines of a file say together."""

    report: Report
    closing: date | None
    entries: int = 0
    debit: int = 0
    credit: int = 0
    _by_number: dict[tuple[str, str, int], _Entry] = field(default_factory=dict)
    _unnumbered: int = 0
    _valid_on: date = date.min
    _groups: dict[tuple[str, str, str], list[int]] = field(default_factory=dict)

    def line(self, number: int, row: dict[str, str], days: dict[str, Read], debit: int, credit: int) -> None:
        """Take one line in."""
        self.debit += debit
        self.credit += credit
        journal, name = row.get("JournalCode", ""), row.get("EcritureNum", "")
        key = (journal, name, 0 if name else self._unnumbered)
        entry = self._by_number.get(key)
        if entry is None:
            entry = self._by_number[key] = _Entry(number, journal, name)
        entry.cents += debit - credit
        if not name and not entry.cents:  # without numbers, an entry ends where it balances
            self._unnumbered += 1
        self._check_days(number, days)
        self._letter(number, row, debit - credit)

    def _check_days(self, number: int, days: dict[str, Read]) -> None:
        written = days.get("EcritureDate", Read()).day
        valid = days.get("ValidDate", Read()).day
        if written and self.closing:
            if written > self.closing or (self.closing - written).days >= FISCAL_YEAR_DAYS_MAX:
                self._say("fec_date_outside_year", number, "EcritureDate", closing=self.closing.strftime("%d/%m/%Y"))
            elif written <= _a_year_before(self.closing):
                self._warn("fec_date_outside_year", number, "EcritureDate", closing=self.closing.strftime("%d/%m/%Y"))
        if valid and written and valid < written:
            self._warn("fec_valid_before_entry", number, "ValidDate")
        if valid:
            if valid < self._valid_on:
                self._warn("fec_valid_not_in_order", number, "ValidDate")
            self._valid_on = max(self._valid_on, valid)

    def _letter(self, number: int, row: dict[str, str], cents: int) -> None:
        letter, has_day = row.get("EcritureLet", ""), bool(row.get("DateLet", ""))
        if bool(letter) != has_day:
            self._warn("fec_lettering_incomplete", number, "EcritureLet")
        if letter:
            key = (row.get("CompteNum", ""), row.get("CompAuxNum", ""), letter)
            group = self._groups.setdefault(key, [number, 0])
            group[1] += cents

    def finish(self) -> None:
        """Say what is wrong with the whole."""
        self.entries = len(self._by_number)
        if self.debit != self.credit:
            self.report.say("fec_unbalanced", debit=_euros(self.debit), credit=_euros(self.credit))
        for entry in self._by_number.values():
            if entry.cents:
                self.report.say(
                    "fec_entry_unbalanced",
                    line=entry.line,
                    column="EcritureNum",
                    entry=f"{entry.journal} {entry.number}".strip()[:40] or "?",
                    difference=_euros(entry.cents),
                )
        for (account, auxiliary, letter), (line, cents) in self._groups.items():
            if cents:
                self._warn(
                    "fec_lettering_unbalanced",
                    line,
                    "EcritureLet",
                    letter=letter[:10],
                    account=f"{account} {auxiliary}".strip()[:40],
                    difference=_euros(cents),
                )
        self._check_numbers()

    def _check_numbers(self) -> None:
        """Numbers follow one another over the whole file, or in each journal; the law admits both."""
        numbered = [entry for entry in self._by_number.values() if entry.number]
        whole = _breaks(numbered)
        by_journal: dict[str, list[_Entry]] = {}
        for entry in numbered:
            by_journal.setdefault(entry.journal, []).append(entry)
        each = [found for entries in by_journal.values() for found in _breaks(entries)]
        for entry, expected in min(whole, each, key=len):
            self._say("fec_number_gap", entry.line, "EcritureNum", entry=entry.number[:40], expected=expected)
        for entry in numbered:
            if not entry.number.strip("0"):
                self._say("fec_number_zero", entry.line, "EcritureNum", journal=entry.journal[:20])

    def _say(self, code: str, line: int, column: str, **values: str) -> None:
        self.report.say(code, line=line, column=column, severity=Severity.ERROR, **values)

    def _warn(self, code: str, line: int, column: str, **values: str) -> None:
        self.report.say(code, line=line, column=column, severity=Severity.WARNING, **values)


def _breaks(entries: list[_Entry]) -> list[tuple[_Entry, str]]:
    """List the entries whose number is not the one after the number above, in the order of the file.

    The fixed part before the last digits may change (a new month, a new year): counting then begins anew.
    """
    found = []
    above: tuple[str, int] | None = None
    for entry in entries:
        shape = _DIGITS.match(entry.number)
        if shape is None:
            found.append((entry, "?"))
            continue
        prefix, value = shape.group(1), int(shape.group(2))
        if above and above[0] == prefix and value != above[1] + 1:
            found.append((entry, f"{prefix}{above[1] + 1}"[:40]))
        above = (prefix, value)
    return found


def _a_year_before(day: date) -> date:
    """Give the closing date of the year before: what is later belongs to the year."""
    last = day.replace(day=1)
    before = last.replace(year=last.year - 1)
    month_end = (before + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return before.replace(day=min(day.day, month_end.day))


def _euros(cents: int) -> str:
    return Money(cents).french() if abs(cents) <= CENTS_MAX else f"{Decimal(cents).scaleb(-2):.2E} €"
