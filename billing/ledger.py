"""Entries: every money fact balances. The ledger reads entries only; ageing reads claims and allocations only."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from billing.errors import BrokenBooks
from billing.money import ZERO, Money, total

CUSTOMERS = "411000"
SUSPENSE = "471000"
OPENING = "890000"
WRITE_OFF = "658000"
VAT_COLLECTED = "445710"
SALES_TRAINING = "706000"
SALES_OTHER = "708000"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryLine:
    """One side of an entry; exactly one of debit and credit is above zero."""

    account: str
    debit: Money = ZERO
    credit: Money = ZERO
    auxiliary: str = ""
    auxiliary_label: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A balanced entry.

    Attributes:
        journal: VE sales, BQ bank, OD other, AN opening.
        sequence: order of recording in the organisation, given by the books (0 until stored).
        subject_kind, subject_id: the money fact that it books; a fact is booked once for each `fact`.
        fact: issue, credit, receipt, allocation, undo, write_off, refund, set_aside, opening.
    """

    id: str
    journal: str
    fact: str
    subject_kind: str
    subject_id: str
    effective_on: date
    recorded_at: datetime
    piece: str
    piece_on: date
    label: str
    lines: tuple[EntryLine, ...]
    sequence: int = 0


def post(entry: Entry) -> Entry:
    """Check an entry before it is stored; the only door to the ledger.

    Raises:
        BrokenBooks: it does not balance, has fewer than two lines, or a line has both sides or none.
    """
    for line in entry.lines:
        one_sided = (line.debit.cents > 0) != (line.credit.cents > 0)
        if not one_sided or line.debit.cents < 0 or line.credit.cents < 0:
            raise BrokenBooks("entry_line_not_one_sided", piece=entry.piece, account=line.account)
    debit, credit = total(line.debit for line in entry.lines), total(line.credit for line in entry.lines)
    if debit != credit or len(entry.lines) < 2:  # noqa: PLR2004 - double entry
        raise BrokenBooks("entry_unbalanced", piece=entry.piece, debit=debit.french(), credit=credit.french())
    return entry


def sided(account: str, amount: Money, *, auxiliary: str = "", auxiliary_label: str = "", label: str = "") -> EntryLine:
    """Make a line from a signed amount: positive = debit."""
    return EntryLine(
        account=account,
        debit=amount if amount.cents > 0 else ZERO,
        credit=-amount if amount.cents < 0 else ZERO,
        auxiliary=auxiliary,
        auxiliary_label=auxiliary_label,
        label=label,
    )


def balance(entries: Iterable[Entry], account_prefixes: tuple[str, ...]) -> Money:
    """Sum debits less credits of the accounts that begin with one of the prefixes."""
    return Money(
        sum(
            line.debit.cents - line.credit.cents
            for entry in entries
            for line in entry.lines
            if line.account.startswith(account_prefixes)
        )
    )
