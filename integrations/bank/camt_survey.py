"""The first reading of a camt file: its statements with balances and sums, pages joined, reversals proven."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from billing.errors import InvalidInput
from billing.statement import Statement, Transaction, UnreadableLine
from integrations.bank import limits
from integrations.bank.camt_balances import Balance, closing_of, opening_of
from integrations.bank.camt_walk import Head


@dataclass(slots=True, kw_only=True)
class _Tally:
    """One statement while it is read; `reversals` is the signed sum of its reversal entries, as written."""

    head: Head
    pages: set[int] = field(default_factory=set)
    balances: list[Balance] = field(default_factory=list)
    credits: int = 0
    debits: int = 0
    reversal_credits: int = 0
    reversal_debits: int = 0
    transactions: int = 0
    unreadable: int = 0
    pending: int = 0
    first_on: date | None = None
    last_on: date | None = None
    currency: str = ""


@dataclass(slots=True, kw_only=True)
class Survey:
    """Adds up what a walk through a file shows.

    Attributes:
        index: the statement that is being read.
        page: number of its page, 0 for a statement in one piece.
        pages: for each head in order, the index of its statement.
        flipped: statements whose balances tie only when reversals get the opposite sign.
    """

    file: str
    index: int = -1
    page: int = 0
    pages: list[int] = field(default_factory=list)
    flipped: set[int] = field(default_factory=set)
    _tallies: list[_Tally] = field(default_factory=list)
    _paged: dict[tuple[str, str], int] = field(default_factory=dict)

    def begin(self, head: Head) -> None:
        """Begin a statement, or the next page of one: pages share account and number."""
        key = (head.account, head.reference)
        known = self._paged.get(key) if head.page is not None else None
        if known is None or head.page in self._tallies[known].pages:
            known = len(self._tallies)
            self._tallies.append(_Tally(head=head, currency=head.currency))
        if head.page is not None:
            self._paged[key] = known
            self._tallies[known].pages.add(head.page)
        self.index, self.page = known, head.page or 0
        self.pages.append(known)

    def balance(self, balance: Balance) -> None:
        """Keep one balance.

        Raises:
            InvalidInput: no bank states so many.
        """
        tally = self._tallies[self.index]
        if len(tally.balances) >= limits.BALANCES_MAX:
            raise InvalidInput("bank_file_too_many_entries", file=self.file, limit=limits.BALANCES_MAX)
        tally.balances.append(balance)

    def pending(self) -> None:
        """Count an entry that is not booked."""
        self._tallies[self.index].pending += 1

    def lines(self, lines: Iterable[Transaction | UnreadableLine], *, reversal: bool) -> None:
        """Add the movements of one entry, as written."""
        tally = self._tallies[self.index]
        for line in lines:
            if isinstance(line, UnreadableLine):
                tally.unreadable += 1
                continue
            tally.transactions += 1
            tally.currency = tally.currency or line.currency
            tally.first_on = min(tally.first_on or line.booked_on, line.booked_on)
            tally.last_on = max(tally.last_on or line.booked_on, line.booked_on)
            credit, debit = max(line.amount_cents, 0), min(line.amount_cents, 0)
            tally.credits += credit
            tally.debits += debit
            if reversal:
                tally.reversal_credits += credit
                tally.reversal_debits += debit

    def finish(self) -> tuple[Statement, ...]:
        """Close every statement; one without an opening balance opens where the one before it closed."""
        closings: dict[tuple[str, str], int] = {}
        statements = []
        for index, tally in enumerate(self._tallies):
            statement = self._close(index, tally, closings)
            if statement.closing_cents is not None:
                closings[statement.account, statement.currency] = statement.closing_cents
            statements.append(statement)
        return tuple(statements)

    def _close(self, index: int, tally: _Tally, closings: dict[tuple[str, str], int]) -> Statement:
        currency = tally.currency or next((one.currency for one in tally.balances), "")
        paged = bool(tally.pages)
        opening = opening_of(tally.balances, currency, paged=paged)
        closing = closing_of(tally.balances, currency, paged=paged)
        opening_cents = opening.cents if opening else None
        if opening_cents is None and closing is not None:
            opening_cents = closings.get((tally.head.account, currency))
        balanced = None
        if opening_cents is not None and closing is not None:
            rest = closing.cents - opening_cents - tally.credits - tally.debits
            reversed_cents = tally.reversal_credits + tally.reversal_debits
            if rest != 0 and rest == -2 * reversed_cents:
                self.flipped.add(index)
                tally.credits += -tally.reversal_credits - tally.reversal_debits
                tally.debits += -tally.reversal_debits - tally.reversal_credits
                rest = 0
            same = {one.currency for one in (opening, closing) if one} <= {currency}
            balanced = rest == 0 and same and tally.unreadable == 0
        first_on, last_on = _span(tally, opening, closing)
        return Statement(
            reference=tally.head.reference,
            sequence=tally.head.sequence,
            account=tally.head.account,
            currency=currency,
            opening_cents=opening_cents,
            closing_cents=closing.cents if closing else None,
            balanced=balanced,
            credits_cents=tally.credits,
            debits_cents=tally.debits,
            transactions=tally.transactions,
            unreadable=tally.unreadable,
            pending=tally.pending,
            first_on=first_on,
            last_on=last_on,
        )


def _span(tally: _Tally, opening: Balance | None, closing: Balance | None) -> tuple[date | None, date | None]:
    """Give the days that a statement covers: as it says where that holds its movements, else its movements' own."""
    head = tally.head
    if tally.first_on is None or tally.last_on is None:
        first = head.first_on or (opening.on if opening else None)
        last = head.last_on or (closing.on if closing else None)
        return first or last, last or first
    holds = head.first_on and head.last_on and head.first_on <= tally.first_on and tally.last_on <= head.last_on
    return (head.first_on, head.last_on) if holds else (tally.first_on, tally.last_on)
