"""Gap-free series of document numbers (CGI ann. II, 242 nonies A): taken in the transaction that uses them."""

from dataclasses import dataclass, replace

from billing.errors import InvalidInput

B2G_NUMBER_LENGTH = 20
"""A public buyer's platform takes no longer number (DSE Chorus Pro 1.1 §3.2.1.4.2, documented)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One series of one calendar year; `next_sequence` is the number that the next document takes."""

    id: str
    code: str
    year: int
    next_sequence: int = 1
    digits: int = 5


def take(series: Series) -> tuple[Series, int, str]:
    """Take the next number.

    The caller holds the row locked and stores the series in the same transaction as the document, so
    that a crash or a refusal gives the number back.

    Raises:
        InvalidInput: the number would be too long for a public buyer.
    """
    number = f"{series.code}-{series.year}-{series.next_sequence:0{series.digits}d}"
    if len(number) > B2G_NUMBER_LENGTH:
        raise InvalidInput("series_code_too_long", series=series.code)
    return replace(series, next_sequence=series.next_sequence + 1), series.next_sequence, number
