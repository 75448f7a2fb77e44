"""The period of an export: `YYYY`, `YYYY-MM` or `FROM..TO`, and the fiscal year that it lies in."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from billing.errors import InvalidInput

_YEAR = re.compile(r"20\d{2}", re.ASCII)
_MONTH = re.compile(r"20\d{2}-(?:0[1-9]|1[0-2])", re.ASCII)
_YEAR_END = re.compile(r"(\d{2})-(\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Days, both included."""

    first: date
    last: date

    def __str__(self) -> str:
        return f"{self.first.isoformat()}..{self.last.isoformat()}"

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


def read_period(text: str, fiscal_year_end: str = "12-31") -> Period:
    """Read a period; a bare year is the fiscal year that closes in it.

    Raises:
        InvalidInput: it is none of the three forms, or ends before it begins.
    """
    text = text.strip()
    if _YEAR.fullmatch(text):
        return fiscal_year_closing(int(text), fiscal_year_end)
    if _MONTH.fullmatch(text):
        return Period(date.fromisoformat(f"{text}-01"), _month_end(int(text[:4]), int(text[5:])))
    first, dots, last = text.partition("..")
    try:
        if dots:
            period = Period(date.fromisoformat(first), date.fromisoformat(last))
            if period.first <= period.last:
                return period
    except ValueError as cause:
        raise InvalidInput("export_period_unreadable", text=text[:40]) from cause
    raise InvalidInput("export_period_unreadable", text=text[:40])


def _month_end(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def fiscal_year_closing(year: int, fiscal_year_end: str) -> Period:
    """Give the twelve months that close in a year.

    Raises:
        InvalidInput: the end of the fiscal year is not `MM-DD`.
    """
    last = _closing(year, fiscal_year_end)
    return Period(_closing(year - 1, fiscal_year_end) + timedelta(days=1), last)


def _closing(year: int, fiscal_year_end: str) -> date:
    shape = _YEAR_END.fullmatch(fiscal_year_end)
    month = int(shape.group(1)) if shape else 0
    if shape is None or not 1 <= month <= 12:  # noqa: PLR2004 - months
        raise InvalidInput("fiscal_year_end_unreadable", text=fiscal_year_end[:20])
    return date(year, month, min(int(shape.group(2)), _month_end(year, month).day))


def fiscal_year_of(period: Period, fiscal_year_end: str) -> Period:
    """Find the fiscal year of a period.

    Raises:
        InvalidInput: the period touches two of them; a FEC is of one.
    """
    year = fiscal_year_closing(period.first.year, fiscal_year_end)
    if period.first > year.last:
        year = fiscal_year_closing(period.first.year + 1, fiscal_year_end)
    if period.last > year.last:
        raise InvalidInput("export_period_spans_years", period=str(period), closing=year.last.isoformat())
    return year
