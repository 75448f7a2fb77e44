"""Amounts and days as the official tool takes them, with what it says of each."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing.money import CENTS_MAX

_NUMBER = re.compile(r"[+-]?\d{1,15}(?:,\d{1,6})?(?:[eE][+-]?\d{1,2})?[+-]?", re.ASCII)
_DOTTED = re.compile(r"[+-]?\d{1,15}\.\d{1,6}[+-]?", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:[ .\u202f]\d{3})+(?:,\d{1,6})?[+-]?", re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})[-/.]?(\d{2})[-/.]?(\d{2})(?:[ T].*)?", re.ASCII)
_DAY_FIRST = re.compile(r"(\d{2})[-/.](\d{2})[-/.](\d{4})(?:[ T].*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Read:
    """A value, and the code of what is wrong with how it is written; the value is kept where it can be."""

    cents: int | None = None
    day: date | None = None
    code: str = ""


def read_cents(text: str) -> Read:
    """Read an amount: decimal comma, no thousands, a sign before or after; empty is zero for the official tool."""
    if not text:
        return Read(cents=0)
    if _NUMBER.fullmatch(text):
        return _cents(text, "")
    if _DOTTED.fullmatch(text):
        return _cents(text, "fec_amount_dot")
    if _GROUPED.fullmatch(text):
        return _cents(re.sub(r"[ .\u202f]", "", text), "fec_amount_grouped")
    return Read(code="fec_amount_unreadable")


def _cents(text: str, code: str) -> Read:
    sign = -1 if "-" in (text[0], text[-1]) else 1
    cents = Decimal(text.strip("+-").replace(",", ".")) * 100
    if abs(cents) > CENTS_MAX:
        return Read(code="fec_amount_unreadable")
    whole = cents.to_integral_value()
    return Read(cents=sign * int(whole), code=code or ("" if whole == cents else "fec_amount_fraction"))


def read_day(text: str) -> Read:
    """Read a day: `AAAAMMJJ`; other separators and the day first are understood, and said."""
    if not text:
        return Read()
    strict = _YEAR_FIRST.fullmatch(text)
    other = _DAY_FIRST.fullmatch(text)
    if strict:
        year, month, day = (int(part) for part in strict.groups())
    elif other:
        day, month, year = (int(part) for part in other.groups())
    else:
        return Read(code="fec_date_unreadable")
    try:
        found = date(year, month, day)
    except ValueError:
        return Read(code="fec_date_unreadable")
    return Read(day=found, code="" if re.fullmatch(r"\d{8}", text) else "fec_date_form")
