"""What is taught: actions, sessions, slots, the enrolment of a learner, and the price."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from billing.money import ZERO, Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A training action of the catalogue."""

    id: str
    code: str
    title: str
    planned_hours: Decimal | None = None
    certification: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One run of an action. Days are plain dates (Europe/Paris), both included."""

    id: str
    code: str
    action_id: str
    site_id: str | None
    starts_on: date
    ends_on: date
    planned_hours: Decimal | None = None
    remuneration_approval: str = ""
    """Number of the agrément de rémunération, empty when the session has none."""
    approval_starts_on: date | None = None
    approval_ends_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A half-day or other span of a session. Times are local (Europe/Paris), naive on purpose."""

    id: str
    session_id: str
    starts_at: datetime
    ends_at: datetime
    hours: Decimal
    trainer_id: str | None = None
    trainer_signed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """A learner in a session.

    Attributes:
        funded: somebody other than the learner is to pay.
        self_paid: the learner's own part of the price.
        discount: named line "pris en charge par l'organisme / remise".
        exit_on: early exit; None = still in training or finished.
        compensation_expected: an income from a scheme is expected.
    """

    id: str
    session_id: str
    learner_id: str
    funded: bool
    sale_price: Money
    self_paid: Money = ZERO
    discount: Money = ZERO
    employer_id: str | None = None
    prescriber_id: str | None = None
    exit_on: date | None = None
    exit_reason: str = ""
    exit_declared_on: date | None = None
    compensation_expected: bool = False


class PriceBasis(StrEnum):
    """What one price is for."""

    LEARNER = "learner"
    GROUP = "group"
    HOUR_GROUP = "hour_group"
    SCALE = "scale"


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """A price of a session; for a scale, `scale_key` names the effective-dated parameter."""

    id: str
    session_id: str
    basis: PriceBasis
    amount: Money
    scale_key: str = ""
