"""Whether an account's statements follow one another: each opens where the one before closed.

Where two overlap, the movements of the common days are taken off first. A gap is a flag for people, never
a reason to refuse; it goes away when the missing statement comes in.
"""

from bisect import bisect_left
from dataclasses import dataclass, replace
from datetime import date, timedelta

from billing.payment import BankStatement
from billing.ports import UnitOfWork

SPAN_MAX = timedelta(days=400)
"""No statement covers more; bounds the search for overlaps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dated:
    """A statement with its days, both known."""

    first_on: date
    last_on: date
    stored: BankStatement


def follow_on(uow: UnitOfWork, account_id: str, *, since: date | None) -> set[str]:
    """Set the gap flag of the statements of an account that end on or after a day.

    Args:
        uow: the unit of work.
        account_id: whose statements.
        since: first day of what just came in; None = all.

    Returns:
        The ids, among those, of the statements that do not follow.
    """
    dated = sorted(
        (
            _Dated(first_on=one.first_on, last_on=one.last_on, stored=one)
            for one in uow.bank_statements.find(account_id=account_id)
            if one.first_on and one.last_on
        ),
        key=lambda one: (one.last_on, one.first_on, one.stored.id),
    )
    ends = [one.last_on for one in dated]
    gaps = set()
    changed = []
    for one in dated if since is None else dated[bisect_left(ends, since) :]:
        gap = not _follows(uow, one, dated, ends)
        if gap:
            gaps.add(one.stored.id)
        if gap != one.stored.gap:
            changed.append(replace(one.stored, gap=gap))
    uow.bank_statements.put(*changed)
    return gaps


def _follows(uow: UnitOfWork, one: _Dated, dated: list[_Dated], ends: list[date]) -> bool:
    """Tell whether a statement opens where some neighbour says; true when there is nothing to compare with."""
    if one.stored.opening is None:
        return True
    start = bisect_left(ends, one.first_on)
    before = [item for item in dated[:start][-1:] for item in dated[bisect_left(ends, item.last_on) : start]]
    stop = bisect_left(ends, one.first_on + SPAN_MAX)
    over = [item for item in dated[start:stop] if item is not one and item.first_on <= one.first_on]
    compared = [item for item in (*before, *over) if item.stored.closing is not None]
    if not compared or any(item.stored.closing == one.stored.opening for item in compared):
        return True
    return any(_cents_before(uow, item, one.first_on) == one.stored.opening.cents for item in over)


def _cents_before(uow: UnitOfWork, item: _Dated, day: date) -> int | None:
    """Give the balance before a day that a statement covers: its closing less what moved from that day on."""
    if item.stored.closing is None:
        return None
    days = tuple(day + timedelta(days=more) for more in range((item.last_on - day).days + 1))
    moved = uow.bank_lines.stream(account_id=item.stored.account_id, booked_on=days)
    return item.stored.closing.cents - sum(line.amount.cents for line in moved)
