"""French CSV: `;`, decimal comma, CR LF, UTF-8 with a BOM so that spreadsheets read accents.

The same values give the same bytes.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from billing.money import Money

BOM = "\ufeff"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for a formula at the beginning of a cell (OWASP, CSV injection)."""


def sheet(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Write a table; each cell is already text."""
    lines = [";".join(cell(value) for value in row) for row in (header, *rows)]
    return (BOM + "".join(f"{line}\r\n" for line in lines)).encode()


def cell(value: str) -> str:
    """Quote a cell where it must be; numbers come as they are written by `number` and `amount`."""
    if any(mark in value for mark in ';"\r\n'):
        return '"' + value.replace('"', '""') + '"'
    return value


def safe(text: str) -> str:
    """Make a free text that no spreadsheet runs: what looks like a formula gets an apostrophe before it."""
    plain = "".join(char if char.isprintable() else " " for char in text)
    return f"'{plain}" if text.startswith(_FORMULA) or plain.lstrip().startswith(_FORMULA) else plain


def number(value: Decimal | None) -> str:
    """Write a quantity or a rate with a decimal comma and no useless zero; empty when there is none."""
    if value is None:
        return ""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return (text or "0").replace(".", ",")


def amount(value: Money | None) -> str:
    """Write an amount with two decimals; empty when it is not known, never zero."""
    return "" if value is None else format(value.euros, "f").replace(".", ",")


def day(value: date | None) -> str:
    """Write a day as `JJ/MM/AAAA`."""
    return "" if value is None else f"{value:%d/%m/%Y}"
