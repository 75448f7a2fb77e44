"""Working days: Monday to Friday without the eleven national holidays (C. trav. art. L.3133-1, documented)."""

from calendar import monthrange
from datetime import date, timedelta
from functools import cache

SATURDAY = 5


@cache
def holidays(year: int) -> frozenset[date]:
    """List the national holidays of a year."""
    easter = _easter(year)
    fixed = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
    moving = (1, 39, 50)  # Easter Monday, Ascension, Whit Monday
    return frozenset(
        {date(year, month, day) for month, day in fixed} | {easter + timedelta(days=days) for days in moving}
    )


def working_days_after(day: date, count: int) -> date:
    """Give the count-th working day after a day."""
    while count > 0:
        day += timedelta(days=1)
        count -= day.weekday() < SATURDAY and day not in holidays(day.year)
    return day


def months_after(day: date, count: int) -> date:
    """Give the same day some months later, cut to the end of a shorter month."""
    index = day.year * 12 + day.month - 1 + count
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def first_day(month: str) -> date:
    """Give the first day of a month written `YYYY-MM`."""
    return date.fromisoformat(f"{month}-01")


def last_day(month: str) -> date:
    """Give the last day of a month written `YYYY-MM`."""
    return months_after(first_day(month), 1) - timedelta(days=1)


def months_between(first: date, last: date) -> list[str]:
    """Name the months from one day to another, both included; none when the last comes first."""
    begin, end = first.year * 12 + first.month - 1, last.year * 12 + last.month - 1
    return [f"{index // 12:04d}-{index % 12 + 1:02d}" for index in range(begin, end + 1)] if first <= last else []


def _easter(year: int) -> date:
    """Compute Easter Sunday (Gregorian computus, anonymous algorithm of 1876, public domain)."""
    century, rest = divmod(year, 100)
    cycle = year % 19
    epact = (19 * cycle + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    shift = (cycle + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * shift + 114, 31)
    return date(year, month, day + 1)
