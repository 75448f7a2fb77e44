"""Walking through a camt file: heads of statements, their balances, their entries, in order, memory flat."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from billing.errors import InvalidInput
from integrations.bank import limits
from integrations.bank.camt_values import read_day
from integrations.bank.source import Source
from integrations.bank.xml_stream import Element, at, elements, local, text

STATEMENTS = ("Stmt", "Rpt", "Ntfctn")
_PAGING = ("StmtPgntn", "RptPgntn", "NtfctnPgntn")
_TAGS = (*STATEMENTS, "Ntry", "Bal", "MsgPgntn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What a statement element says before its balances and entries.

    Attributes:
        page: number of the page when the statement has several, None otherwise.
    """

    reference: str
    sequence: str
    account: str
    currency: str
    page: int | None
    first_on: date | None
    last_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceSeen:
    """A balance of the last head."""

    element: Element


@dataclass(frozen=True, slots=True, kw_only=True)
class EntrySeen:
    """An entry of the last head; `number` counts entries in the file, from 1."""

    element: Element
    number: int


def walk(source: Source) -> Iterator[Head | BalanceSeen | EntrySeen]:
    """Give what a file holds; an element that was given is emptied when the next one is asked for.

    Raises:
        InvalidInput: the file cannot be read to its end, or is out of bounds.
    """
    number = 0
    for member in source.members:
        file = f"{source.name}/{member}" if member else source.name
        for seen in _walk_member(source, member, file):
            if isinstance(seen, Head | BalanceSeen):
                yield seen
                continue
            number += 1
            if number > limits.ENTRIES_MAX:
                raise InvalidInput("bank_file_too_many_entries", file=file, limit=limits.ENTRIES_MAX)
            yield EntrySeen(element=seen, number=number)
            _drop(seen)


def _walk_member(source: Source, member: str, file: str) -> Iterator[Head | BalanceSeen | Element]:
    current: Element | None = None
    headed = False
    group: Element | None = None
    for event, element in elements(source.chunks(member), _TAGS, file):
        name = local(element)
        if event == "start" and name in STATEMENTS and current is None:
            current, headed = element, False
        elif name == "MsgPgntn":
            group = element
        elif current is None:
            continue
        elif event == "start":
            if not headed and element.getparent() is current:
                yield _head(current, group)
                headed = True
        elif element is current:
            if not headed:
                yield _head(current, group)
            current = None
            _drop(element)
        elif element.getparent() is current and name == "Ntry":
            yield element
        elif element.getparent() is current and name == "Bal":
            yield BalanceSeen(element=element)
            _drop(element)


def _drop(element: Element) -> None:
    """Forget what was used: the element's content, and everything before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _head(element: Element, group: Element | None) -> Head:
    account = at(element, "Acct")
    paging = next((found for name in _PAGING if (found := at(element, name)) is not None), group)
    return Head(
        reference=text(element, "Id"),
        sequence=text(element, "ElctrncSeqNb") or text(element, "LglSeqNb"),
        account=_account(account),
        currency=text(account, "Ccy").upper(),
        page=_page(paging),
        first_on=_edge(element, "FrDtTm"),
        last_on=_edge(element, "ToDtTm"),
    )


def _account(account: Element | None) -> str:
    """Give the IBAN, else the other number (`Othr/Id`; `PrtryAcct/Id`, `BBAN` in the oldest versions)."""
    holder = at(account, "Id")
    found = (
        text(holder, "IBAN")
        or text(holder, "Othr", "Id")
        or text(holder, "BBAN")
        or text(holder, "PrtryAcct", "Id")
        or text(holder, "UPIC")
    )
    return found.replace(" ", "").upper()


def _page(paging: Element | None) -> int | None:
    """Give the page of a statement of several; a first page that is also the last is a whole statement."""
    number = text(paging, "PgNb")
    if not number.isdecimal() or len(number) > 5:  # noqa: PLR2004 - `Max5NumericText`
        return None
    whole = int(number) == 1 and text(paging, "LastPgInd") in {"true", "1"}
    return None if whole else int(number)


def _edge(element: Element, name: str) -> date | None:
    period = at(element, "FrToDt")
    if period is None:
        return None
    try:
        return read_day(period, name)
    except InvalidInput:
        return None  # only orders statements; the movements bear their own days
