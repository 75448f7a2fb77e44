"""The funding agreement (accord de financement): who pays, for whom, up to how much, in which units."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from billing.money import Money


class Scheme(StrEnum):
    """The legal scheme (dispositif) under which training is paid."""

    PDC = "pdc"
    PRO = "pro"
    APPRENTICESHIP = "apprenticeship"
    CPF = "cpf"
    AIF = "aif"
    AFC = "afc"
    REGION = "region"
    PTP = "ptp"
    FAF = "faf"
    EMPLOYER = "employer"
    SELF = "self"
    OTHER_FLAT = "other_flat"


class LifeState(StrEnum):
    """The common life cycle; agreements and claims each follow their own copy of it."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    ACKNOWLEDGED = "acknowledged"
    REJECTED = "rejected"
    DISPUTED = "disputed"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    PAID = "paid"
    CANCELLED = "cancelled"


APPROVED_STATES = frozenset({LifeState.APPROVED, LifeState.DISPUTED})
ACTIVE_STATES = frozenset({LifeState.SUBMITTED, LifeState.ACKNOWLEDGED, LifeState.APPROVED, LifeState.DISPUTED})


class AmountBasis(StrEnum):
    """Whether the agreed amount is before or after VAT."""

    NET = "net"
    GROSS = "gross"


class Unit(StrEnum):
    """What an agreement counts."""

    HOUR = "hour"
    DAY = "day"
    FLAT = "flat"
    INSTALMENT = "instalment"


class PlanRank(StrEnum):
    """The place of an agreement among several for one enrolment."""

    MAIN = "main"
    COFINANCING = "cofinancing"
    """Its own claim, to its own payer."""
    TOP_UP = "top_up"
    """An abondement: inside the main agreement's amount, never claimed apart."""
    REMAINDER = "remainder"
    """The rest, owed by the learner or the employer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FundingAgreement:
    """One promise to pay.

    Attributes:
        reference: the funder's own reference (dossier, APC, bon de commande); opaque, zeros kept.
        enrolment_id: the learner concerned; None for an agreement about a whole group (`session_id`).
        amount: what is promised, on `amount_basis`.
        hours: agreed hours; None = the agreement counts none.
        unit_price: price of one unit; None for a flat amount.
        bills_real_hours: only hours evidenced are due (pro rata); otherwise see `says_real_hours`.
        starts_on, ends_on: window of the training days covered, both included; None = unbounded.
        subrogation: the funder pays us in the employer's place; None = not known yet.
        needs_certificate: a signed certificat de réalisation must go with the claim.
        parent_id: for a top-up, the agreement that contains it.
        engagement_number, service_code, contract_number: what a public buyer demands on the invoice.
        payer_siret: 14 digits that must be invoiced, as given; empty = not known yet.
        raw_status, raw_label, seen_at: the platform's own word, kept as it came.
    """

    id: str
    funder_id: str
    scheme: Scheme
    reference: str
    enrolment_id: str | None
    session_id: str
    amount: Money
    amount_basis: AmountBasis = AmountBasis.GROSS
    unit: Unit = Unit.FLAT
    hours: Decimal | None = None
    unit_price: Decimal | None = None
    bills_real_hours: bool = False
    starts_on: date | None = None
    ends_on: date | None = None
    decided_on: date | None = None
    ordered_on: date | None = None
    state: LifeState = LifeState.DRAFT
    subrogation: bool | None = None
    needs_certificate: bool = False
    claim_deadline_on: date | None = None
    rank: PlanRank = PlanRank.MAIN
    parent_id: str | None = None
    engagement_number: str = ""
    service_code: str = ""
    contract_number: str = ""
    payer_siret: str = ""
    platform: str = ""
    raw_status: str = ""
    raw_label: str = ""
    seen_at: datetime | None = None
    in_control: bool | None = None


def says_real_hours(agreement: FundingAgreement) -> bool | None:
    """Tell whether the agreement itself says that only hours really done are due; None = its scheme decides.

    One that sells hours or days pays those that took place. A flat amount for counted hours follows the habit of
    its scheme (parameter `anomaly.real_hours_schemes`: professional knowledge); without hours, it is owed whole.
    """
    if agreement.bills_real_hours or agreement.unit in {Unit.HOUR, Unit.DAY}:
        return True
    return None if agreement.unit is Unit.FLAT and agreement.hours is not None else False


def pays_real_hours(agreement: FundingAgreement, schemes: Collection[str]) -> bool:
    """Tell whether only hours really done are due, `schemes` being those that pay hours attended."""
    said = says_real_hours(agreement)
    return agreement.scheme.value in schemes if said is None else said


@dataclass(frozen=True, slots=True, kw_only=True)
class Instalment:
    """One line of an agreement's payment schedule."""

    id: str
    agreement_id: str
    number: int
    due_on: date
    amount: Money
    state: str = "scheduled"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformRecord:
    """What a platform showed of an agreement or a claim at one moment; the sightings are its history.

    Attributes:
        subject_kind: `agreement` or `claim`.
        subject_id: our object, None when nothing of ours matches.
        amounts, hours, rate: None = not published, or an empty column (unknown, not zero).
        known: the adapter's mapping knew the status word; otherwise `state` keeps the last known one.
    """

    id: str
    platform: str
    external_id: str
    subject_kind: str
    subject_id: str | None
    raw_status: str
    state: LifeState | None
    known: bool
    seen_at: datetime
    source: str
    status_since: date | None = None
    service_done: bool = False
    ready_to_bill: bool = False
    in_control: bool | None = None
    rejection_code: str = ""
    rejection_label: str = ""
    amount_agreed: Money | None = None
    hours_agreed: Decimal | None = None
    amount_billable: Money | None = None
    amount_billed: Money | None = None
    rate: Decimal | None = None
    force_majeure: bool | None = None
    bill_number: str | None = None
    paid_on: date | None = None
    latest: bool = True
