"""What a reader of bank files gives the core: statements and their movements, as plain values of any format.

Nothing here is stored: `billing.usecases.take_in_bank` makes bank lines of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from billing.errors import Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement of one account, as surveyed over the whole file. Amounts in cents, positive = in our favour.

    Attributes:
        reference: the bank's own number of the statement; some banks use it again each year.
        sequence: its electronic sequence number; empty when the bank gives none.
        account: IBAN, or another number of the account where the bank gives no IBAN.
        currency: ISO 4217; `*_cents` are hundredths of it.
        balanced: opening + movements = closing; None when the file lacks a balance.
        credits_cents, debits_cents: sums of what is booked; debits are negative.
        transactions: booked movements, batches split where their parts sum to the whole.
        unreadable: booked movements that cannot be read (an amount with a fraction of a cent…).
        pending: entries that are not booked yet, left out.
    """

    reference: str
    sequence: str
    account: str
    currency: str
    opening_cents: int | None
    closing_cents: int | None
    balanced: bool | None
    credits_cents: int
    debits_cents: int
    transactions: int
    unreadable: int
    pending: int
    first_on: date | None
    last_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """One booked movement of a statement. `amount_cents`: positive = received by us.

    Attributes:
        statement: index of its statement in the file.
        details: further texts of the bank, used to tell two movements apart, not to be read by people.
        operation: the bank's code of the operation, as it writes it.
        bank_reference: the bank's own reference of the movement; empty when it gives none worth the name.
        where, line: place in the file, for messages; line 0 where the format has no lines.
    """

    statement: int
    booked_on: date
    value_on: date | None
    amount_cents: int
    currency: str
    label: str
    counterparty_name: str
    counterparty_iban: str
    end_to_end_id: str
    bank_reference: str
    operation: str
    details: str
    where: str
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableLine:
    """One booked movement that cannot be used: kept as text, with the reason."""

    statement: int
    code: str
    column: str
    values: Values
    raw: str
    where: str
    line: int


class StatementFile(Protocol):
    """A bank file that was read once to its end: it can be taken in, or the reader would have refused it."""

    @property
    def name(self) -> str:
        """Its file name, without folders."""

    @property
    def format(self) -> str:
        """Its format, as users call it."""

    @property
    def media_type(self) -> str:
        """What kind of content it is."""

    @property
    def sha256(self) -> str:
        """The digest of its bytes."""

    @property
    def statements(self) -> tuple[Statement, ...]:
        """Its statements, pages joined, in the order of the file."""

    def content(self) -> bytes:
        """Read the whole file as it came, to keep it."""

    def lines(self) -> Iterator[Transaction | UnreadableLine]:
        """Read its booked movements in the order of the file, a few in memory at a time."""
