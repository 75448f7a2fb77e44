"""What rules read about promises to pay and what was delivered. Same conventions as `reconciliation.rules.records`."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

from reconciliation.rules.logic import UNKNOWN, Maybe

Day: TypeAlias = date
"""For records that have a field named `date`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Days during which something holds, both included; `to` None = open."""

    from_: date
    to: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationFact:
    """The training organisation. `opening_on`: nothing before it raises anything (None = no takeover)."""

    id: str
    vat_exempt: Maybe[bool] = UNKNOWN
    ibans: Maybe[tuple[str, ...]] = UNKNOWN
    factor_ibans: Maybe[tuple[str, ...]] = UNKNOWN
    series: Maybe[tuple[str, ...]] = UNKNOWN
    qualiopi: Maybe[tuple[Span, ...]] = UNKNOWN
    nda: Maybe[tuple[Span, ...]] = UNKNOWN
    opening_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FunderFact:
    """Every party that may pay. A missing own value of review, term or cut-off means the default."""

    id: str
    name: str
    class_: str
    platform: str | None = None
    siret: Maybe[str | None] = UNKNOWN
    closed: Maybe[bool] = UNKNOWN
    opco: Maybe[str | None] = UNKNOWN
    claim_deadline_months: Maybe[int | None] = UNKNOWN
    review_days: int | None = None
    payment_term_days: int | None = None
    attendance_cutoff_day: int | None = None
    justified_counts_as_done: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFact:
    """One run of an action."""

    id: str
    start: date
    end: date


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentFact:
    """A learner in a session. `sale_price_cents` is after the organisation's own discount."""

    id: str
    session_id: str
    learner_id: str
    funded: bool
    compensation_expected: bool = False
    sale_price_cents: Maybe[int] = UNKNOWN
    self_paid_cents: Maybe[int] = UNKNOWN
    employer_id: Maybe[str | None] = UNKNOWN
    exit_date: Maybe[date | None] = UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class YearOfPrice:
    """The annual price of one year of an apprenticeship contract."""

    year: int
    annual_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleLine:
    """One line of an agreement's payment schedule; `deduction_cents` is announced by the payer."""

    no: int
    from_: date
    to: date
    due: date
    amount_cents: int
    state: str = "scheduled"
    deduction_cents: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementFact:
    """One promise to pay, for one enrolment.

    Attributes:
        enrolment_id: None for an agreement about a whole group: what depends on one learner is unknown then.
        net: the amount is before VAT, and is compared with claims before VAT.
        real_hours: only hours attended may be billed; UNKNOWN = by scheme.
        hour_price: euros agreed for one hour; None = the amount is for all the hours together; UNKNOWN = money is
            not compared with hours.
    """

    id: str
    ref: str
    funder_id: str
    scheme: str
    enrolment_id: str | None
    status: str
    session_id: str | None = None
    net: bool = False
    real_hours: Maybe[bool] = UNKNOWN
    hour_price: Maybe[Decimal | None] = UNKNOWN
    amount_cents: Maybe[int] = UNKNOWN
    hours: Maybe[Decimal | None] = UNKNOWN
    from_: Maybe[date | None] = UNKNOWN
    to: Maybe[date | None] = UNKNOWN
    decided_on: Maybe[date | None] = UNKNOWN
    subrogation: Maybe[bool] = UNKNOWN
    claim_deadline: Maybe[date | None] = UNKNOWN
    requires_certificate: Maybe[bool] = UNKNOWN
    payer_siret: Maybe[str | None] = UNKNOWN
    ordered_on: Maybe[date | None] = UNKNOWN
    contract_from: Maybe[date] = UNKNOWN
    contract_to: Maybe[date] = UNKNOWN
    probation_end: Maybe[date | None] = UNKNOWN
    rupture_date: Maybe[date | None] = UNKNOWN
    level: Maybe[int] = UNKNOWN
    previous_rupture: Maybe[bool] = UNKNOWN
    engagement_cents: Maybe[int | None] = UNKNOWN
    npec: Maybe[tuple[YearOfPrice, ...]] = UNKNOWN
    schedule: Maybe[tuple[ScheduleLine, ...]] = UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceFact:
    """Hours of one enrolment, summed; `month` None = the whole action. `signed_h`: by learner and trainer.

    `entitlement_id` is set when the sums are cut to the days of one entitlement.
    """

    id: str
    enrolment_id: str
    month: str | None
    planned_h: Maybe[Decimal] = UNKNOWN
    signed_h: Maybe[Decimal] = UNKNOWN
    just_abs_h: Maybe[Decimal] = UNKNOWN
    unjust_abs_h: Maybe[Decimal] = UNKNOWN
    last_unjust_on: Maybe[date | None] = UNKNOWN
    entitlement_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What the sheet of a slot says of one learner; `absence` None = not declared absent."""

    learner_id: str
    signed: Maybe[bool] = UNKNOWN
    absence: Maybe[str | None] = UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotFact:
    """One half-day of a session; times are local (Europe/Paris)."""

    id: str
    session_id: str
    start: datetime
    end: datetime
    hours: Decimal
    trainer_id: str | None
    trainer_signed: Maybe[bool] = UNKNOWN
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFact:
    """A certificat de réalisation; `claim_id` None = attached to no claim."""

    id: str
    enrolment_id: str
    claim_id: str | None
    month: str | None
    from_: date
    to: date
    hours: Maybe[Decimal] = UNKNOWN
    signed_on: Maybe[date | None] = UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFact:
    """An entry or an exit, and the day on which it was declared (None = not declared)."""

    id: str
    enrolment_id: str
    kind: str
    date: Day
    declared_on: Maybe[Day | None] = UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentOn:
    """An amount on a day."""

    date: date
    amount_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalmentOf:
    """An amount due on a day."""

    due: date
    amount_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractFact:
    """A contract with a person (B2C); `instalments` None = no schedule agreed."""

    id: str
    enrolment_id: str
    payer_id: str
    signed_on: Maybe[date] = UNKNOWN
    distance: Maybe[bool] = UNKNOWN
    price_cents: Maybe[int] = UNKNOWN
    payments: Maybe[tuple[PaymentOn, ...]] = UNKNOWN
    instalments: Maybe[tuple[InstalmentOf, ...] | None] = UNKNOWN
