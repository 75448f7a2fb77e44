"""Which of a statement's balances open and close it (ISO 20022: OPBD, PRCD, CLBD, ITBD).

`*AV` (available), INFO and the rest say other things and are left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from billing.errors import InvalidInput
from integrations.bank.camt_values import read_amount, read_day, read_sign
from integrations.bank.xml_stream import Element, at, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """One balance. `cents` is signed: negative = overdrawn.

    Attributes:
        with_credit_line: the bank counted its credit line in.
        page: number of the page that bears it, 0 for a statement in one piece.
    """

    kind: str
    cents: int
    currency: str
    with_credit_line: bool
    page: int = 0
    on: date | None = None


def read_balance(element: Element, page: int) -> Balance:
    """Read `Bal`; version .01 has its code directly under `Tp`.

    Raises:
        InvalidInput: amount or sign cannot be read.
    """
    kind = text(element, "Tp", "CdOrPrtry", "Cd") or text(element, "Tp", "Cd")
    amount = read_amount(at(element, "Amt"), "Bal/Amt")
    lines = element.iterchildren("{*}CdtLine")
    return Balance(
        kind=kind,
        cents=read_sign(element, "Bal/CdtDbtInd") * amount.cents,
        currency=amount.currency,
        with_credit_line=any(text(line, "Incl") in {"true", "1"} for line in lines),
        page=page,
        on=_day(element),
    )


def _day(element: Element) -> date | None:
    try:
        return read_day(element, "Dt")
    except InvalidInput:
        return None  # only orders statements without movements


def opening_of(balances: Sequence[Balance], currency: str, *, paged: bool) -> Balance | None:
    """Find the balance before the first movement: OPBD, else PRCD, else (pages only) the first page's ITBD."""
    edge = min((one.page for one in balances), default=0)
    first = [one for one in balances if one.page == edge]
    found = _best(first, "OPBD", currency) or _best(first, "PRCD", currency)
    return found or (_page_edge(first, currency, closing=False) if paged else None)


def closing_of(balances: Sequence[Balance], currency: str, *, paged: bool) -> Balance | None:
    """Find the balance after the last movement: CLBD, else (pages only) the last page's ITBD."""
    edge = max((one.page for one in balances), default=0)
    last = [one for one in balances if one.page == edge]
    return _best(last, "CLBD", currency) or (_page_edge(last, currency, closing=True) if paged else None)


def _best(balances: Sequence[Balance], kind: str, currency: str) -> Balance | None:
    """Of several of one kind, prefer the account's currency, then the one without the credit line."""
    found = [one for one in balances if one.kind == kind]
    return min(found, key=lambda one: (one.currency != currency, one.with_credit_line), default=None)


def _page_edge(balances: Sequence[Balance], currency: str, *, closing: bool) -> Balance | None:
    """Take the interim balance at one edge of a page of a longer statement.

    Beside a balance of the other edge there is one; a middle page has two, in order.
    """
    interim = [one for one in balances if one.kind == "ITBD" and one.currency in {currency, ""}]
    others = {"OPBD", "PRCD"} if closing else {"CLBD"}
    if any(one.kind in others for one in balances):
        return interim[-1 if closing else 0] if interim else None
    if len(interim) == 2:  # noqa: PLR2004 - the two edges of a middle page
        return interim[1 if closing else 0]
    return None
