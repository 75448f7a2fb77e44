"""Amounts, days and signs as ISO 20022 writes them; an unreadable one is an error, never zero."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing.errors import InvalidInput
from billing.money import Money
from integrations.bank.xml_stream import Element, at, text

_AMOUNT = re.compile(r"\+?(?:\d{1,12}(?:\.\d{0,8})?|\.\d{1,8})", re.ASCII)
_DAY = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,12})?)?)?(?:Z|[+-]\d{2}:\d{2})?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount in hundredths of its currency; the sign is said beside it."""

    cents: int
    currency: str


def read_amount(element: Element | None, column: str = "Amt") -> Amount:
    """Read `<Amt Ccy="EUR">12.50</Amt>`: plain decimals, up to five digits of which those past the cent are zeros.

    Raises:
        InvalidInput: none, not a plain decimal (`1e3`, `12,50`, `-5`), or a fraction of a cent.
    """
    written = text(element)
    if element is None or not _AMOUNT.fullmatch(written):
        raise InvalidInput("bank_amount_unreadable", column=column, text=written[:40])
    try:
        cents = Money.exact(Decimal(written)).cents
    except InvalidInput as cause:
        raise InvalidInput("bank_amount_fraction_of_cent", column=column, text=written[:40]) from cause
    return Amount(cents=cents, currency=str(element.get("Ccy") or "").strip().upper())


def read_sign(element: Element, column: str = "CdtDbtInd") -> int:
    """Give 1 for a credit of our account, -1 for a debit.

    Raises:
        InvalidInput: the indicator is missing or another word.
    """
    match text(element, "CdtDbtInd"):
        case "CRDT":
            return 1
        case "DBIT":
            return -1
        case other:
            raise InvalidInput("bank_sign_unreadable", column=column, text=other[:40])


def read_day(parent: Element, name: str) -> date | None:
    """Read `Dt` or `DtTm` (a choice in every version), the day as the bank writes it; None when absent.

    Raises:
        InvalidInput: it is there and is no date.
    """
    holder = at(parent, name)
    if holder is None:
        return None
    written = text(holder, "Dt") or text(holder, "DtTm") or text(holder)
    shape = _DAY.fullmatch(written)
    try:
        if shape:
            return date.fromisoformat(shape.group(1))
    except ValueError as cause:
        raise InvalidInput("bank_date_unreadable", column=name, text=written[:40]) from cause
    raise InvalidInput("bank_date_unreadable", column=name, text=written[:40])


def is_true(element: Element, name: str) -> bool:
    """Read an XML boolean, false when absent."""
    return text(element, name) in {"true", "1"}
