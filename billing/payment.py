"""Money that moved: bank statements and lines, the payers' remittance advices, and our allocations."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from billing.errors import BrokenBooks
from billing.money import ZERO, Money


@dataclass(frozen=True, slots=True, kw_only=True)
class BankStatement:
    """One statement of one of our accounts. `balanced` is None when it has no balances to check."""

    id: str
    account_id: str
    reference: str
    document: str
    first_on: date | None
    last_on: date | None
    opening: Money | None
    closing: Money | None
    balanced: bool | None
    gap: bool
    lines: int
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BankLine:
    """One booked movement. `amount`: cents, positive = received by us.

    `allocated + refunded + set_aside + unallocated = amount` for each line, to the cent.
    """

    id: str
    account_id: str
    statement_id: str
    booked_on: date
    value_on: date | None
    amount: Money
    label: str
    counterparty_name: str
    counterparty_iban: str
    end_to_end_id: str
    bank_reference: str
    fingerprint: str
    occurrence: int
    recorded_at: datetime
    funder_id: str | None = None
    allocated: Money = ZERO
    refunded: Money = ZERO
    set_aside: Money = ZERO
    set_aside_reason: str = ""
    unallocated: Money = ZERO


class Nature(StrEnum):
    """What an allocation does with a part of a bank line."""

    PAYMENT = "payment"
    DEPOSIT = "deposit"
    REFUND = "refund"
    SET_ASIDE = "set_aside"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """A part of a bank line explained. Never changed; undone by its opposite (`reverses_id`).

    Attributes:
        amount: signed like the bank line; negative on a claim = taken back.
        rule: the rule and version that decided, or `human`.
        evidence: facts that decided, each `name=value`, in the order in which they were found.
    """

    id: str
    bank_line_id: str
    claim_id: str | None
    nature: Nature
    amount: Money
    effective_on: date
    recorded_at: datetime
    actor: str
    rule: str
    evidence: tuple[str, ...] = ()
    agreement_id: str | None = None
    reverses_id: str | None = None
    account: str = ""
    """For what is set aside: the ledger account that it is booked on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remittance:
    """A payer's own explanation of a transfer (avis de règlement, bordereau)."""

    id: str
    funder_id: str
    reference: str
    payment_reference: str
    issued_on: date
    total: Money
    document: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RemittanceLine:
    """One line of an advice; `net = billed − refaction` as the payer states it."""

    id: str
    remittance_id: str
    position: int
    invoice_reference: str
    dossier_reference: str
    billed: Money
    refaction: Money
    refaction_status: str
    reason: str
    net: Money


def explained(line: BankLine, nature: Nature, amount: Money) -> BankLine:
    """Book one more explanation on a bank line, keeping its conservation.

    Raises:
        BrokenBooks: more would be explained than the line holds.
    """
    match nature:
        case Nature.PAYMENT | Nature.DEPOSIT:
            line = replace(line, allocated=line.allocated + amount)
        case Nature.REFUND:
            line = replace(line, refunded=line.refunded + amount)
        case Nature.SET_ASIDE:
            line = replace(line, set_aside=line.set_aside + amount)
    rest = line.amount - line.allocated - line.refunded - line.set_aside
    if rest.cents * line.amount.cents < 0 or abs(rest) > abs(line.amount):
        left = line.unallocated.french()
        raise BrokenBooks("bank_line_over_explained", line=line.id, asked=amount.french(), left=left)
    return replace(line, unallocated=rest)
