"""What rules read about trainers and about learners' incomes: neutral records, three-valued.

Same conventions as `reconciliation.rules.records`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from reconciliation.rules.logic import UNKNOWN, Maybe


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnerFact:
    """A person in training; held in memory only, never in evidence."""

    id: str
    last_name: Maybe[str] = UNKNOWN
    first_name: Maybe[str] = UNKNOWN
    birth_date: Maybe[date | None] = UNKNOWN
    nir_hash: Maybe[str | None] = UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Vigilance:
    """One attestation de vigilance."""

    issued_on: date
    valid_to: date


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainerFact:
    """A person or organisation that teaches. `invoices_followed` false: its invoices are not in these books."""

    id: str
    status: str
    siret: Maybe[str | None] = UNKNOWN
    address: Maybe[str | None] = UNKNOWN
    nda: Maybe[str | None] = UNKNOWN
    qualiopi_to: Maybe[date | None] = UNKNOWN
    subcontract: Maybe[bool] = UNKNOWN
    micro: Maybe[bool] = UNKNOWN
    micro_turnover_cents: Maybe[int] = UNKNOWN
    vigilance: Maybe[tuple[Vigilance, ...]] = UNKNOWN
    iban_changed_on: Maybe[date | None] = UNKNOWN
    iban_callback_verified: Maybe[bool] = UNKNOWN
    vop_result: Maybe[str] = UNKNOWN
    self_billing_mandate_on: Maybe[date | None] = UNKNOWN
    category: Maybe[str] = UNKNOWN
    ratio_waived: Maybe[bool] = UNKNOWN
    invoices_followed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFact:
    """What was agreed with a trainer for a session; `unit` h or d, `max_qty` None = no ceiling."""

    id: str
    trainer_id: str
    session_id: str
    unit: str
    from_: date
    to: date
    state: str
    rate_cents: Maybe[Decimal] = UNKNOWN
    max_qty: Maybe[Decimal | None] = UNKNOWN
    amount_ht_cents: Maybe[int] = UNKNOWN
    hours_per_day: Maybe[Decimal | None] = UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainerLine:
    """One line of a trainer's invoice: ffp (teaching), prep or expense."""

    type: str
    amount_cents: int
    qty: Maybe[Decimal] = UNKNOWN
    unit: Maybe[str] = UNKNOWN
    rate_cents: Maybe[Decimal] = UNKNOWN
    service_date: Maybe[date] = UNKNOWN
    receipt: Maybe[bool] = UNKNOWN
    cap_cents: Maybe[int | None] = UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainerInvoiceFact:
    """What a trainer invoiced for one month of one session."""

    id: str
    trainer_id: str
    order_id: str | None
    issue_date: date
    session_id: str
    month: str
    lines: tuple[TrainerLine, ...]
    ht_cents: int
    state: str
    self_billed: bool
    no: Maybe[str] = UNKNOWN
    vat_cents: Maybe[int] = UNKNOWN
    taxable_activity: Maybe[bool] = UNKNOWN
    self_billing_mention: Maybe[bool] = UNKNOWN
    accepted: Maybe[bool] = UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainerPaymentFact:
    """What was paid to a trainer, VAT included."""

    id: str
    trainer_id: str
    date: date
    amount_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Das2List:
    """The payees declared for a year."""

    year: int
    trainer_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableFact:
    """One payroll variable; `order_id` when our books know which order it draws on."""

    id: str
    trainer_id: str
    session_id: str
    month: str
    rubric: str
    qty: Maybe[Decimal] = UNKNOWN
    sent_at: Maybe[datetime | None] = UNKNOWN
    rejected: Maybe[bool] = UNKNOWN
    order_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CutoffFact:
    """The last day on which payroll takes the variables of a month."""

    month: str
    date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """One allowance claimed by a learner; `proof` and `declared_km` None = none."""

    kind: str
    bracket_exempt: bool
    proof: Maybe[str | None] = UNKNOWN
    declared_km: Maybe[Decimal | None] = UNKNOWN
    measured_km: Maybe[Decimal] = UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class EntitlementFact:
    """The right of a learner to an income. `idle_months`: nothing is taught, so nothing is to be declared."""

    id: str
    learner_id: str
    enrolment_id: str
    scheme: str
    payer_id: str
    active: bool
    entry_date: date
    from_: date
    allowances: tuple[Allowance, ...] = ()
    to: Maybe[date | None] = UNKNOWN
    dossier_no: Maybe[str | None] = UNKNOWN
    rs1_complete_on: Maybe[date | None] = UNKNOWN
    agrement_no: Maybe[str | None] = UNKNOWN
    agrement_from: Maybe[date | None] = UNKNOWN
    agrement_to: Maybe[date | None] = UNKNOWN
    agrement_max_hours: Maybe[Decimal | None] = UNKNOWN
    planned_h: Maybe[Decimal] = UNKNOWN
    situation: Maybe[str] = UNKNOWN
    rate_notified_cents: Maybe[int] = UNKNOWN
    iban: Maybe[str | None] = UNKNOWN
    iban_holder: Maybe[str] = UNKNOWN
    iban_mandate: Maybe[bool] = UNKNOWN
    idle_months: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclarationFact:
    """One month of attendance declared to the payer; `sent_on` None = not sent."""

    id: str
    entitlement_id: str
    month: str
    sent_on: Maybe[date | None] = UNKNOWN
    done_h: Maybe[Decimal] = UNKNOWN
    unjust_abs_h: Maybe[Decimal] = UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class SituationFact:
    """A sick leave or a job of a learner; `to` None = still running."""

    id: str
    learner_id: str
    kind: str
    from_: date
    to: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedFact:
    """What the payer should pay for a month, and when."""

    id: str
    entitlement_id: str
    month: str
    amount_cents: int
    pay_date: Maybe[date] = UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class CompensationFact:
    """What the payer says it paid to a learner for a month; `recovered_cents`: kept for an older overpayment."""

    id: str
    entitlement_id: str
    month: str
    amount_cents: int
    recovered_cents: int
    status: str
    retention_absence_cents: Maybe[int] = UNKNOWN
    retention_ijss_cents: Maybe[int] = UNKNOWN
    deduction_flag: Maybe[bool] = UNKNOWN
