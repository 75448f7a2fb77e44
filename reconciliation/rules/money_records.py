"""What rules read about claims, bank lines, advices and exports. Same conventions as `reconciliation.rules.records`."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from reconciliation.rules.logic import UNKNOWN, Maybe
from reconciliation.rules.training_records import Span


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
class DunningFact:
    """A reminder, draft or sent, and whom it addresses."""

    id: str
    claim_id: str
    recipient_id: str


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
