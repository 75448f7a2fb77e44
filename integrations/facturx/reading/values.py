"""Texts of an XML into numbers and days; what cannot be read is None, and its reader says so."""

import re
from datetime import date
from decimal import Decimal

_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{0,10})?|[+-]?\.[0-9]{1,10}")
_COMPACT = re.compile(r"[0-9]{8}")
_DASHED = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:Z|[+-][0-9]{2}:[0-9]{2})?")


def number(text: str) -> Decimal | None:
    """Read a number with a decimal point; no exponent, no comma, at most fifteen digits before the point."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def day(text: str) -> date | None:
    """Read `20260302` (CII) or `2026-03-02` (UBL); None when the day does not exist."""
    dashed = _DASHED.fullmatch(text)
    compact = "".join(dashed.groups()) if dashed else text
    if not _COMPACT.fullmatch(compact):
        return None
    try:
        return date(int(compact[:4]), int(compact[4:6]), int(compact[6:]))
    except ValueError:
        return None
