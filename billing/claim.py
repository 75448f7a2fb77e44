"""The claim: what we ask to be paid, as an invoice, a platform billing, or a credit note.

Two tracks are kept apart: `state` is commercial (what the payer makes of it); the submission
(billing/submission.py) is technical (whether it has safely left).
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from billing.agreement import LifeState
from billing.errors import BrokenBooks, IllegalTransition
from billing.money import ZERO, Money


class ClaimKind(StrEnum):
    """What the claim is to the law."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    PLATFORM = "platform"
    """Billing data keyed on the funder's platform; no document is sent (CPF)."""
    INDEMNITY = "indemnity"


class ClaimRole(StrEnum):
    """The place of the claim in what an agreement owes."""

    SINGLE = "single"
    DEPOSIT = "deposit"
    INSTALMENT = "instalment"
    FINAL = "final"
    EMPLOYER_CONTRIBUTION = "employer_contribution"
    REOPENS = "reopens"
    """A credit note whose author said that what it takes back is to be asked again, corrected. Any other credit
    note bears the role of its claim: nothing more is asked for what it takes back."""


class AfterCredit(StrEnum):
    """What follows a credit note; a person says it."""

    FINAL = "final"
    """Nothing more is asked for what it takes back (réfaction, dédit, abandon)."""
    REISSUE = "reissue"
    """It is asked again, corrected, once the credit note has reached the payer."""


class ClaimOrigin(StrEnum):
    """Who made the claim."""

    ISSUED = "issued"
    """By quitus: number, document and entry are made when it becomes ready."""
    RECEIVED = "received"
    """By the organisation's own software: number, date and lines kept, never renumbered."""
    OPENING = "opening"
    """A receivable of the takeover: no anomaly, no sending, no number gap."""


class LineKind(StrEnum):
    """What a line sells."""

    TRAINING = "training"
    ROOM_HIRE = "room_hire"
    INDEMNITY = "indemnity"
    DEDIT = "dedit"
    PENALTY = "penalty"
    ANNEX = "annex"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimLine:
    """One line; `net = quantity × unit_price` rounded half up, `gross = net + vat`.

    Attributes:
        unit: UN/ECE code: HUR hours, DAY days, C62 pieces or flat amounts.
        vat_rate: percent.
        exemption_code: VATEX code when the rate is 0; empty otherwise.
    """

    id: str
    claim_id: str
    position: int
    kind: LineKind
    label: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    net: Money
    vat_rate: Decimal
    vat: Money
    gross: Money
    exemption_code: str = ""
    taxable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What one payer is asked for.

    Attributes:
        business_key: agreement reference and instalment or period; unique among what is issued and not cancelled.
        number, sequence: None until `ready`.
        funder_id: the debtor, and the buyer on the document.
        gross, credited, allocated, written_off: cents, positive = owed to us (a credit note is positive too).
        evidence_digest: the evidence versions that it was built from.
        document: SHA-256 of its PDF; empty when there is none.
        origin_number: for a credit note, the number that it credits.
        sent_on: day on which it left (issued claims: when the platform accepted it).
    """

    id: str
    business_key: str
    kind: ClaimKind
    role: ClaimRole
    origin: ClaimOrigin
    funder_id: str
    agreement_id: str | None
    enrolment_id: str | None
    session_id: str | None
    series: str
    number: str | None
    sequence: int | None
    issue_on: date
    due_on: date | None
    net: Money
    vat: Money
    gross: Money
    hours: Decimal | None
    state: LifeState
    period_starts_on: date | None = None
    period_ends_on: date | None = None
    period: str | None = None
    instalment_number: int | None = None
    platform: str = ""
    sent_on: date | None = None
    credited: Money = ZERO
    allocated: Money = ZERO
    written_off: Money = ZERO
    origin_number: str | None = None
    origin_claim_id: str | None = None
    evidence_digest: str = ""
    document: str = ""
    external_reference: str = ""
    raw_status: str = ""
    raw_label: str = ""
    seen_at: datetime | None = None
    rejection_code: str = ""
    rejection_label: str = ""
    bpf_line: str | None = None
    disputed: bool = False
    recorded_at: datetime | None = None
    open: Money = ZERO
    """Kept by `settled`: gross − credited − allocated − written off; zero for credit notes, drafts, cancelled."""

    @property
    def is_receivable(self) -> bool:
        """A numbered invoice, billing or indemnity that still stands."""
        return (
            self.kind is not ClaimKind.CREDIT_NOTE and self.number is not None and self.state is not LifeState.CANCELLED
        )


def settled(claim: Claim) -> Claim:
    """Recompute what is open after any change of money or state."""
    owed = claim.gross - claim.credited - claim.allocated - claim.written_off
    return replace(claim, open=owed if claim.is_receivable else ZERO)


# Source: ARCHITECTURE.md. Public payers may put any status after any other, so what a platform reports is
# derived from events and always allowed between the reported states; what we do ourselves follows this table.
OUR_MOVES: dict[LifeState, frozenset[LifeState]] = {
    LifeState.DRAFT: frozenset({LifeState.SUBMITTED, LifeState.REJECTED, LifeState.CANCELLED}),
    LifeState.SUBMITTED: frozenset({LifeState.CANCELLED, LifeState.REJECTED}),
    LifeState.REJECTED: frozenset({LifeState.CANCELLED, LifeState.SUBMITTED}),
}
REPORTED_STATES = frozenset(LifeState) - {LifeState.DRAFT}


def advance(claim: Claim, to: LifeState, *, reported: bool = False) -> Claim:
    """Move a claim's commercial state; the only writer of it.

    Args:
        claim: the claim.
        to: the new state.
        reported: the payer's platform says so (any order is possible); otherwise it is an act of ours.

    Raises:
        IllegalTransition: we tried a move that the table does not allow.
    """
    if to is claim.state:
        return claim
    allowed = REPORTED_STATES if reported else OUR_MOVES.get(claim.state, frozenset({LifeState.CANCELLED}))
    if to not in allowed or (reported and claim.state is LifeState.CANCELLED):
        raise IllegalTransition("claim_move_refused", claim=claim.number or claim.id, old=claim.state, new=to)
    return settled(replace(claim, state=to))


def allocated(claim: Claim, amount: Money) -> Claim:
    """Add an allocation (negative when it is given back) to a receivable.

    Raises:
        BrokenBooks: the claim is no receivable, or less than nothing would be allocated to it.
    """
    if not claim.is_receivable:
        raise BrokenBooks("allocation_on_no_receivable", claim=claim.number or claim.id)
    if (claim.allocated + amount).cents < 0:
        raise BrokenBooks("allocation_below_zero", claim=claim.number or claim.id, asked=(-amount).french())
    return settled(replace(claim, allocated=claim.allocated + amount))


def credited(claim: Claim, amount: Money) -> Claim:
    """Add a credit note's gross amount to the claim that it credits."""
    return settled(replace(claim, credited=claim.credited + amount))
