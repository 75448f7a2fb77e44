"""One booked entry of a camt statement → one movement, or several where the batch's parts sum to the entry.

Sources: the schemas camt.052/053/054 .001.01 to .14 (documented); the reading rules of public importers for
batches, fees and reversals (seen in code). Where they differ, the entry's own amount and sign prevail.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from lxml import etree

from billing.errors import InvalidInput
from billing.statement import Transaction, UnreadableLine
from integrations.bank import limits
from integrations.bank.camt_texts import Texts, read_texts, reference_of
from integrations.bank.camt_values import Amount, is_true, read_amount, read_day, read_sign
from integrations.bank.xml_stream import Element, at, text

_BOOKED = "BOOK"
_PENDING = frozenset({"PDNG", "INFO", "FUTR"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What an entry says of itself, its details apart. `sign` is as written: reversals are not flipped here."""

    sign: int
    amount: Amount
    reversal: bool
    booked_on: date
    value_on: date | None
    operation: str
    reference: str
    extra: str

    @property
    def cents(self) -> int:
        """Signed amount as the entry's own indicator says."""
        return self.sign * self.amount.cents


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an entry stands: index of its statement, its number in the file, its line."""

    statement: int
    number: int
    line: int

    def __str__(self) -> str:
        return f"écriture {self.number}, ligne {self.line}"


def _status(element: Element) -> str:
    """Read `Sts` (text up to .06) or `Sts/Cd` (from .07); empty when there is none."""
    return text(element, "Sts", "Cd") or text(element, "Sts")


def is_pending(element: Element) -> bool:
    """Tell whether an entry only announces: it is left out, and comes again once it is booked."""
    return _status(element) in _PENDING


def is_reversal(element: Element) -> bool:
    """Tell whether an entry gives an earlier one back."""
    return is_true(element, "RvslInd")


def lines_of(
    element: Element, place: Place, *, flip: bool, bare: bool = False
) -> Iterator[Transaction | UnreadableLine]:
    """Give the movements of a booked entry, or the entry itself with the reason why it cannot be used.

    Args:
        element: the entry.
        place: where it stands.
        flip: this statement's balances prove that its bank writes reversals with the original's sign.
        bare: only days and amounts are wanted, to add them up.
    """
    try:
        entry = read_entry(element)
    except InvalidInput as cause:
        yield _unreadable(element, place, cause)
        return
    yield from _transactions(element, entry, place, flip=flip, bare=bare)


def read_entry(element: Element) -> Entry:
    """Read an entry's own values.

    Raises:
        InvalidInput: one of them cannot be read; `column` names it.
    """
    status = _status(element)
    if status != _BOOKED:
        raise InvalidInput("bank_status_unknown", column="Sts", text=status[:40])
    sign = read_sign(element)
    amount = read_amount(at(element, "Amt"))
    value_on = read_day(element, "ValDt")
    booked_on = read_day(element, "BookgDt") or value_on
    if booked_on is None:
        raise InvalidInput("bank_date_unreadable", column="BookgDt", text="")
    return Entry(
        sign=sign,
        amount=amount,
        reversal=is_reversal(element),
        booked_on=booked_on,
        value_on=value_on,
        operation=_operation(element),
        reference=reference_of(element),
        extra=text(element, "AddtlNtryInf"),
    )


def _operation(element: Element) -> str:
    code = at(element, "BkTxCd")
    if code is None:
        return ""
    domain = at(code, "Domn")
    parts = (
        text(domain, "Cd"),
        text(domain, "Fmly", "Cd"),
        text(domain, "Fmly", "SubFmlyCd"),
        text(code, "Prtry", "Cd"),
    )
    return "-".join(part for part in parts if part)


def _transactions(element: Element, entry: Entry, place: Place, *, flip: bool, bare: bool) -> Iterator[Transaction]:
    details = _details(element)
    turned = -1 if flip and entry.reversal else 1
    parts = _parts(details, entry)
    pieces = [(details, entry.cents)] if parts is None else [([one], cents) for one, cents in parts]
    for shown, cents in pieces:
        texts = read_texts(() if bare else shown, credited=cents > 0, reversal=entry.reversal)
        yield _transaction(entry, texts, turned * cents, place)


def _details(element: Element) -> list[Element]:
    """List `NtryDtls/TxDtls`; in version .01 of 052 and 054 `TxDtls` stands directly in the entry."""
    inside = [detail for group in element.iterchildren("{*}NtryDtls") for detail in group.iterchildren("{*}TxDtls")]
    return inside or list(element.iterchildren("{*}TxDtls"))


def _parts(details: list[Element], entry: Entry) -> list[tuple[Element, int]] | None:
    """Give a batch's parts with their signed amounts, None when it must stay whole.

    It stays whole when a part has no readable amount in the entry's currency, or when they do not sum to
    the entry (fees kept apart, totals repeated on each part).
    """
    if len(details) < 2:  # noqa: PLR2004 - one detail only describes its entry
        return None
    parts = []
    for detail in details:
        cents = _part(detail, entry)
        if cents is None:
            return None
        parts.append((detail, cents))
    amounts = [cents for _, cents in parts]
    return parts if sum(amounts) == entry.cents and 0 not in amounts else None


def _part(detail: Element, entry: Entry) -> int | None:
    """Read a part: `Amt` (.03 on), else `AmtDtls/TxAmt/Amt`, else `AmtDtls/InstdAmt/Amt` (.02 and .07 on)."""
    amounts = at(detail, "AmtDtls")
    for holder in (at(detail, "Amt"), at(amounts, "TxAmt", "Amt"), at(amounts, "InstdAmt", "Amt")):
        if holder is not None and str(holder.get("Ccy") or "").strip().upper() == entry.amount.currency:
            break
    else:
        return None
    try:
        sign = entry.sign if at(detail, "CdtDbtInd") is None else read_sign(detail)
        return sign * read_amount(holder).cents
    except InvalidInput:
        return None  # the entry's own amount stands; the part only loses its split


def _transaction(entry: Entry, texts: Texts, cents: int, place: Place) -> Transaction:
    return Transaction(
        statement=place.statement,
        booked_on=entry.booked_on,
        value_on=entry.value_on,
        amount_cents=cents,
        currency=entry.amount.currency,
        label=texts.label or entry.extra,
        counterparty_name=texts.name,
        counterparty_iban=texts.iban,
        end_to_end_id=texts.end_to_end_id,
        bank_reference=texts.reference or entry.reference,
        operation=entry.operation,
        details=" ".join(part for part in (texts.details, entry.extra) if part),
        where=str(place),
        line=place.line,
    )


def _unreadable(element: Element, place: Place, cause: InvalidInput) -> UnreadableLine:
    """Keep an entry that cannot be used, with the reason."""
    return UnreadableLine(
        statement=place.statement,
        code=cause.code,
        column=str(cause.values.get("column", "")),
        values={key: value for key, value in cause.values.items() if key != "column"},
        raw=etree.tostring(element, encoding="unicode", with_tail=False)[: limits.RAW_MAX],
        where=str(place),
        line=place.line,
    )
