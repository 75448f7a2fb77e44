"""What rules read about agreements, claims, platforms and money: neutral records, three-valued.

Field names are those of the neutral schema (a final `_` avoids a keyword of Python). A field that may be
unknown is `Maybe[…]` and defaults to UNKNOWN; None means "known, and there is none". Amounts are integer
cents, positive unless said; hours and rates are Decimal; days are plain dates (Europe/Paris).
"""

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
class LineFact:
    """One line of a claim; `vat_rate` in percent."""

    type: str
    ht_cents: int
    vat_rate: Decimal
    exemption_code: str | None
    taxable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimFact:
    """What one payer is asked for. `state` also says `ready` and `in_doubt` (states of the sending).

    Attributes:
        ht_cents: before VAT; needed only under an agreement whose amount is before VAT.
        written_off_cents: no longer asked for.
        opening: a receivable of the takeover: raises nothing.
        followed: a payer's platform shows where it stands; false where nobody could say "paid" but the bank.
    """

    id: str
    kind: str
    role: str
    no: str | None
    agreement_id: str | None
    enrolment_id: str | None
    ttc_cents: int
    issue_date: date
    sent_at: date | None
    state: str
    bpf_excluded: bool = False
    series: Maybe[str] = UNKNOWN
    seq: Maybe[int] = UNKNOWN
    buyer_id: Maybe[str] = UNKNOWN
    buyer_siret: Maybe[str | None] = UNKNOWN
    hours: Maybe[Decimal | None] = UNKNOWN
    due_date: Maybe[date | None] = UNKNOWN
    instalment_no: Maybe[int | None] = UNKNOWN
    period: Maybe[str | None] = UNKNOWN
    origin_no: Maybe[str | None] = UNKNOWN
    mentions: Maybe[tuple[str, ...] | str] = UNKNOWN
    lines: Maybe[tuple[LineFact, ...]] = UNKNOWN
    bpf_line: Maybe[str | None] = UNKNOWN
    suspensions: Maybe[tuple[Span, ...]] = UNKNOWN
    ht_cents: Maybe[int] = UNKNOWN
    written_off_cents: int = 0
    opening: bool = False
    followed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptFact:
    """A bank line; `amount_cents` negative = out, `fee_cents` = bank fee kept on the way."""

    id: str
    date: date
    amount_cents: int
    advice_id: str | None
    fee_cents: int = 0
    payer_id: Maybe[str | None] = UNKNOWN
    reference: Maybe[str | None] = UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationFact:
    """A part of a receipt explained; only nature `payment` lowers what is open. Negative = given back."""

    id: str
    receipt_id: str
    claim_id: str | None
    agreement_id: str | None
    amount_cents: int
    nature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemittanceLineFact:
    """One line of a payer's advice."""

    id: str
    advice_id: str
    invoice_no: str | None
    billed_cents: int
    refaction_cents: Maybe[int] = UNKNOWN
    refaction_status: Maybe[str] = UNKNOWN
    reason: Maybe[str | None] = UNKNOWN
    net_cents: Maybe[int] = UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What a platform's word means to us."""

    state: str
    rank: int | None = None
    service_done: bool = False
    ready: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What a platform showed of an agreement or a claim at one moment.

    Attributes:
        object: `agreement` or `claim`; `agreement_id`, `claim_id` None = matched to nothing.
        status: the word's meaning; None = a word that the mapping does not know, or no word.
        status_since: UNKNOWN = the first sighting of the present unbroken run.
        amount_billable_cents, amount_billed_cents: None = the column exists and is empty, so unknown too.
    """

    id: str
    platform: str
    external_id: str
    object: str
    seen_at: datetime
    source: str
    agreement_id: Maybe[str | None] = UNKNOWN
    claim_id: Maybe[str | None] = UNKNOWN
    raw_status: Maybe[str | None] = UNKNOWN
    status_since: Maybe[date] = UNKNOWN
    in_control: Maybe[bool | None] = UNKNOWN
    dispute: Maybe[bool] = UNKNOWN
    rejection_code: Maybe[str | None] = UNKNOWN
    iban: Maybe[str | None] = UNKNOWN
    amount_agreed_cents: Maybe[int | None] = UNKNOWN
    hours_agreed: Maybe[Decimal | None] = UNKNOWN
    rate: Maybe[Decimal | None] = UNKNOWN
    amount_billable_cents: Maybe[int | None] = UNKNOWN
    amount_billed_cents: Maybe[int | None] = UNKNOWN
    force_majeure: Maybe[bool] = UNKNOWN
    bill_number: Maybe[str | None] = UNKNOWN
    paid_on: Maybe[date | None] = UNKNOWN
    status: Status | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFact:
    """A platform's export of agreements; `complete` = it shows all those of its span."""

    id: str
    platform: str
    seen_at: datetime
    from_: date
    to: date
    external_ids: tuple[str, ...]
    complete: Maybe[bool] = UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionFact:
    """One sending of one claim (or other thing).

    `outcome`: accepted, timeout, server_error, client_error; or to_key, when a person carries it and has not yet.
    """

    id: str
    claim_id: str
    channel: str
    sent_at: datetime
    outcome: str
    body_sent: Maybe[bool] = UNKNOWN
    funder_ref: Maybe[str | None] = UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class DunningFact:
    """A reminder, draft or sent, and whom it addresses."""

    id: str
    claim_id: str
    recipient_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFact:
    """An entry or an exit, and the day on which it was declared (None = not declared)."""

    id: str
    enrolment_id: str
    kind: str
    date: Day
    declared_on: Maybe[Day | None] = UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchItem:
    """One item of an accounting export."""

    kind: str
    id: str
    debit_cents: int
    credit_cents: int
    reversal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchFact:
    """One accounting export, draft or exported."""

    id: str
    state: str
    created_on: date
    items: tuple[BatchItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedFact:
    """An anomaly that is known already."""

    id: str
    code: str
    severity: str
    subject_kind: str
    subject_id: str
    state: str


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
