"""The values of law that a request needs on its day; who starts the program reads them from the dated parameters."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalTerms:
    """What the law says on one day.

    Attributes:
        late_penalty_rate, late_penalty_rate_public: percent a year as a number, or the rate in words.
        retraction_days, retraction_days_at_distance: days during which a person may withdraw.
        share_before_start: part of the price, from 0 to 1, that may be asked of a person before the training.
        holdback_percent_max: of a public market.
    """

    late_penalty_rate: str
    late_penalty_rate_public: str
    retraction_days: int
    retraction_days_at_distance: int
    share_before_start: Decimal
    holdback_percent_max: Decimal


TermsOf = Callable[[date], LegalTerms]
