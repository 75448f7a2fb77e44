"""What a learner should receive from whom: entitlements, monthly attendance statements, payments, expected amounts."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from billing.evidence import EvidenceSummary
from billing.money import ZERO, Money


class CompensationScheme(StrEnum):
    """The schemes under which somebody else pays the learner; one at a date (funders.md §4.2)."""

    RSFP = "rsfp"
    AREF = "aref"
    RFF = "rff"
    RFFT = "rfft"
    SALARY = "salary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitlement:
    """The right of a learner to an income during a session.

    Attributes:
        payer_id: the funder that pays the learner (never us).
        dossier_number: the payer's reference of the learner.
        monthly_rate: notified monthly amount, None = not known yet.
        approval_number: agrément de rémunération, empty = none.
    """

    id: str
    learner_id: str
    enrolment_id: str
    scheme: CompensationScheme
    payer_id: str
    dossier_number: str
    entry_on: date
    starts_on: date
    ends_on: date | None
    monthly_rate: Money | None
    active: bool = True
    approval_number: str = ""
    approval_starts_on: date | None = None
    approval_ends_on: date | None = None
    situation: str = "standard"
    complete_on: date | None = None
    iban_given: str = ""
    iban_holder: str = "learner"
    iban_mandate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendanceStatement:
    """One month of attendance of one entitlement, as declared to the payer (état de fréquentation).

    Attributes:
        done, justified, unjustified: hours; `done` counts justified absence only where the payer's rule says so.
        origin: `computed` by quitus, or `received` (declared by the organisation's own software).
        version: a correction is a new version; `current` is true on the last one.
    """

    id: str
    entitlement_id: str
    month: str
    planned: Decimal
    done: Decimal
    justified: Decimal
    unjustified: Decimal
    evidence_digest: str
    origin: str = "computed"
    version: int = 1
    current: bool = True
    sent_on: date | None = None


class PaymentStatus(StrEnum):
    """What the payer says of a payment to a learner."""

    PAID = "paid"
    REJECTED = "rejected"
    PENDING = "pending"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class CompensationPayment:
    """What the payer says it paid to a learner for a month; amounts in cents, positive."""

    id: str
    entitlement_id: str
    month: str
    gross: Money
    recovered: Money = ZERO
    retention_absence: Money = ZERO
    retention_benefits: Money = ZERO
    status: PaymentStatus = PaymentStatus.PAID
    paid_on: date | None = None
    pay_due_on: date | None = None


def declared_hours(summary: EvidenceSummary, *, justified_counts_as_done: bool) -> Decimal:
    """Tell the hours to declare as done under the payer's rule on justified absence."""
    return summary.done + (summary.justified if justified_counts_as_done else Decimal(0))


def expected_amount(monthly_rate: Money, summary: EvidenceSummary, *, paid_days: int | None = None) -> Money | None:
    """Compute what the payer should pay for one month.

    Full months: rate × (1 − unjustified hours ÷ planned hours), retention in proportion to the absence
    (R.6341-45, documented). First and last months: one thirtieth by day (professional knowledge), the
    retention applying to what is left. Example: 685 €, 140 h planned, 14 h unjustified → 616.50 €.

    Args:
        monthly_rate: notified amount for a full month.
        summary: attendance of the month.
        paid_days: days in training of a partial month (0–30); None = a whole month.

    Returns:
        None when no hour was planned (nothing to compute from).
    """
    if summary.planned == 0:
        return None
    share = Decimal(1) - summary.unjustified / summary.planned
    days = Decimal(1) if paid_days is None else Decimal(min(paid_days, 30)) / 30
    return Money.rounded(monthly_rate.euros * share * days)


def paid_days_of_month(month: str, starts_on: date, ends_on: date | None) -> int | None:
    """Count the days of a month between two bounds, both included; None when the month is whole."""
    year, number = int(month[:4]), int(month[5:])
    first = date(year, number, 1)
    next_first = date(year + number // 12, number % 12 + 1, 1)
    last = date.fromordinal(next_first.toordinal() - 1)
    begin = max(first, starts_on)
    end = min(last, ends_on) if ends_on else last
    if begin == first and end == last:
        return None
    return max((end - begin).days + 1, 0)
