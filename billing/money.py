"""Money in integer cents, quantities in Decimal. No float, no I/O, no tolerance.

The only rounding of the house is `Money.rounded`: half up, at line level.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from billing.errors import InvalidInput

CENTS_MAX = 10**15  # ten thousand billion euros: no sum of ours reaches it
GIVEN_CENTS_MAX = 10**12  # ten billion euros: beyond it, one amount that a person or a file gives is surely broken

_SPACES: dict[int, str | None] = {**dict.fromkeys(map(ord, " \u00a0\u202f\u2009\t"), None), ord("\u2212"): "-"}
"""Blanks between thousands, and the typographic minus."""
_FRENCH_AMOUNT = re.compile(r"^[+-]?[0-9]{1,13}(?:[.,][0-9]{1,6})?$")
_TOO_LONG = re.compile(r"^[+-]?[0-9]{14,}(?:[.,][0-9]{1,6})?$")


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount of euros as an integer number of cents; the sign is said by each user of it."""

    cents: int

    def __post_init__(self) -> None:
        if type(self.cents) is not int or abs(self.cents) > CENTS_MAX:
            raise InvalidInput("amount_out_of_range", amount=_shown(self.cents))

    @classmethod
    def rounded(cls, euros: Decimal) -> "Money":
        """Round an exact amount of euros to the cent, half away from zero ("half up")."""
        return cls(int((euros * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP)))

    @classmethod
    def exact(cls, euros: Decimal) -> "Money":
        """Take an amount of euros that must have no fraction of a cent.

        Raises:
            InvalidInput: there is a fraction of a cent.
        """
        cents = euros * 100
        if cents != cents.to_integral_value():
            raise InvalidInput("amount_has_fraction_of_cent", amount=format(euros, "f")[:40].replace(".", ","))
        return cls(int(cents))

    @property
    def euros(self) -> Decimal:
        """The amount in euros, with exactly two decimals."""
        return Decimal(self.cents).scaleb(-2)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.cents + other.cents)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.cents - other.cents)

    def __neg__(self) -> "Money":
        return Money(-self.cents)

    def __abs__(self) -> "Money":
        return Money(abs(self.cents))

    def __bool__(self) -> bool:
        return self.cents != 0

    def times(self, factor: Decimal) -> "Money":
        """Multiply and round half up to the cent."""
        return Money.rounded(self.euros * factor)

    def split(self, weights: Sequence[Decimal | int]) -> tuple["Money", ...]:
        """Share the amount by weights so that the parts sum to the whole (largest remainder, first wins ties).

        Raises:
            InvalidInput: no weight, a negative weight, or weights that sum to zero.
        """
        total = sum((Decimal(weight) for weight in weights), Decimal(0))
        if total <= 0 or any(Decimal(weight) < 0 for weight in weights):
            raise InvalidInput("split_without_weights", weights=len(weights))
        sign = -1 if self.cents < 0 else 1
        exact = [Decimal(abs(self.cents)) * Decimal(weight) / total for weight in weights]
        parts = [int(share) for share in exact]
        by_remainder = sorted(range(len(parts)), key=lambda index: (parts[index] - exact[index], index))
        for index in by_remainder[: abs(self.cents) - sum(parts)]:
            parts[index] += 1
        return tuple(Money(sign * part) for part in parts)

    def french(self) -> str:
        """Write the amount as French people read it: `1 234,56 €` with non-breaking spaces."""
        whole, fraction = divmod(abs(self.cents), 100)
        grouped = f"{whole:,}".replace(",", "\u202f")
        return f"{'-' if self.cents < 0 else ''}{grouped},{fraction:02d}\u00a0€"


def _shown(cents: object) -> str:
    """Write what is no amount of ours, cents as euros when it is a whole number of them."""
    if type(cents) is not int:
        return repr(cents)[:40]
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100} €" if abs(cents) < 10**40 else "…"


ZERO = Money(0)


def total(amounts: Iterable[Money]) -> Money:
    """Sum amounts; nothing sums to zero."""
    return Money(sum(amount.cents for amount in amounts))


def read_decimal(text: str) -> Decimal:
    """Read a French or plain number: `1 234,50`, `1234.5`, `-3`.

    A comma or a dot is a decimal mark; blanks (also non-breaking) separate thousands; a currency
    sign may follow. Grouping by dots or commas (`1.234,50`) is accepted only when unambiguous.

    Raises:
        InvalidInput: `not_a_number` (an empty text is not a number either, and never zero), `amount_out_of_range`.
    """
    compact = text.translate(_SPACES).removesuffix("€").removesuffix("EUR")
    if "," in compact and "." in compact:
        grouping, mark = (".", ",") if compact.rindex(",") > compact.rindex(".") else (",", ".")
        groups = compact.split(mark)[0].lstrip("+-").split(grouping)
        if compact.count(mark) == 1 and all(len(group) == 3 for group in groups[1:]):  # noqa: PLR2004 - thousands
            compact = compact.replace(grouping, "")
    if _TOO_LONG.match(compact):
        raise InvalidInput("amount_out_of_range", amount=text[:40])
    if not _FRENCH_AMOUNT.match(compact):
        raise InvalidInput("not_a_number", text=text[:40])
    try:
        return Decimal(compact.replace(",", "."))
    except InvalidOperation as cause:  # pragma: no cover - the pattern admits only decimals
        raise InvalidInput("not_a_number", text=text[:40]) from cause


def read_money(text: str) -> Money:
    """Read an amount of euros; a fraction of a cent or an unreadable text is an error, never zero."""
    return given_money(read_decimal(text))


def given_money(euros: Decimal) -> Money:
    """Take one amount that a person or a file gives.

    Raises:
        InvalidInput: `amount_out_of_range`, or there is a fraction of a cent.
    """
    if abs(euros) * 100 > GIVEN_CENTS_MAX:
        raise InvalidInput("amount_out_of_range", amount=format(euros, "f")[:40])
    return Money.exact(euros)
