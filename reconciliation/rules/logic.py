"""Three-valued logic (Kleene) over values that may not be known.

`UNKNOWN` means "not loaded: it could be anything"; `None` means "known, and there is none". A condition
is true, false or UNKNOWN; a rule fires on true, is silent on false, and is not checkable on UNKNOWN.
`true or unknown` is true, `false and unknown` is false.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Final, NoReturn, TypeAlias, TypeVar


class Unknown(Enum):
    """The type of the one unknown value; it has no truth value, so that no rule can forget it."""

    UNKNOWN = "unknown"

    def __bool__(self) -> NoReturn:
        raise TypeError("an unknown value is neither true nor false: ask `is True` or `is False`")

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown.UNKNOWN

T = TypeVar("T")
Number = TypeVar("Number", int, Decimal)
Maybe: TypeAlias = T | Unknown
Truth: TypeAlias = bool | Unknown


def both(*truths: Truth) -> Truth:
    """False as soon as one is false, else unknown as soon as one is unknown."""
    if any(truth is False for truth in truths):
        return False
    return UNKNOWN if any(truth is UNKNOWN for truth in truths) else True


def either(*truths: Truth) -> Truth:
    """True as soon as one is true, else unknown as soon as one is unknown."""
    if any(truth is True for truth in truths):
        return True
    return UNKNOWN if any(truth is UNKNOWN for truth in truths) else False


def negated(truth: Truth) -> Truth:
    """The contrary; the contrary of unknown is unknown."""
    return UNKNOWN if truth is UNKNOWN else not truth


def same(value: object, other: object) -> Truth:
    """Tell whether two values are equal."""
    return UNKNOWN if value is UNKNOWN or other is UNKNOWN else value == other


def absent(value: object) -> Truth:
    """Tell whether a value is known to be missing."""
    return UNKNOWN if value is UNKNOWN else value is None


def over(value: Maybe[Number], limit: Maybe[Number], tolerance: Number) -> Truth:
    """Tell whether a value exceeds its limit by more than the tolerance."""
    if value is UNKNOWN or limit is UNKNOWN:
        return UNKNOWN
    return value - limit > tolerance


def apart(value: Maybe[Number], other: Maybe[Number], tolerance: Number) -> Truth:
    """Tell whether two values differ by more than the tolerance."""
    if value is UNKNOWN or other is UNKNOWN:
        return UNKNOWN
    return abs(value - other) > tolerance


def after(day: Maybe[date], other: Maybe[date]) -> Truth:
    """Tell whether a day comes after another."""
    return UNKNOWN if day is UNKNOWN or other is UNKNOWN else day > other


def outside(day: Maybe[date], first: Maybe[date | None], last: Maybe[date | None]) -> Truth:
    """Tell whether a day is out of a span; bounds included, None = open."""
    return either(
        False if first is None else after(first, day),
        False if last is None else after(day, last),
    )


def total(values: Iterable[Maybe[Number]], zero: Number) -> Maybe[Number]:
    """Sum values; unknown as soon as one is unknown."""
    result = zero
    for value in values:
        if value is UNKNOWN:
            return UNKNOWN
        result += value
    return result


def minus(value: Maybe[Number], other: Maybe[Number]) -> Maybe[Number]:
    """Subtract; unknown as soon as one is unknown."""
    return UNKNOWN if value is UNKNOWN or other is UNKNOWN else value - other


def known(values: Maybe[T]) -> T | tuple[()]:
    """Give a list that is loaded, or nothing when it is not: a rule looks only at objects that are there."""
    return () if values is UNKNOWN else values
