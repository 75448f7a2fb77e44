"""A delimited layout as a table: columns in order, how amounts and days are written. One table for each product.

Fixed-width products take the same table with widths; they come with their own files.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from billing.money import Money
from integrations.accounting.rows import Row

_UNWANTED = re.compile(r"[\t|\r\n\0\u00a0\u202f\u2028\u2029\ufeff\x01-\x1f\x7f]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: its name in the header, and what it takes of a row."""

    name: str
    value: Callable[[Row], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How one product wants its file."""

    code: str
    columns: tuple[Column, ...]
    separator: str
    end_of_line: str

    def header(self) -> str:
        """Write the first line."""
        return self.separator.join(column.name for column in self.columns) + self.end_of_line

    def line(self, row: Row) -> str:
        """Write one row; separators inside texts become blanks."""
        return self.separator.join(clean(column.value(row)) for column in self.columns) + self.end_of_line


def clean(text: str) -> str:
    """Drop what would break a delimited file: tabs, bars, ends of line, control characters, odd blanks."""
    return " ".join(_UNWANTED.sub(" ", text).split())


def compact_day(day: date | None) -> str:
    """Write a day as `AAAAMMJJ`."""
    return f"{day:%Y%m%d}" if day else ""


def comma_amount(amount: Money) -> str:
    """Write an amount as `1234,56`."""
    return format(amount.euros, "f").replace(".", ",")
