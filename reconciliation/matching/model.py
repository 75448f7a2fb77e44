"""What the engine reads and what it decides. Amounts are integer cents; days are plain dates."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from reconciliation.evidence import Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """Somebody who pays. `kind` is a class of payer (words of law); `ibans` without blanks."""

    id: str
    kind: str
    name: str
    aliases: tuple[str, ...] = ()
    ibans: tuple[str, ...] = ()


class ItemKind(StrEnum):
    """What a reference may point to."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenItem:
    """A claim as the engine sees it; also a paid one, so that a second payment of it is recognised.

    Attributes:
        number: as issued.
        references: other names of it: dossier, agreement, commitment.
        open_cents: what is owed on it when it is given to the engine; zero when paid.
        allocated_cents: what was allocated to it before (bounds what can be taken back).
        learner_keys: names of learners, as `text.name_key` makes them.
        credit_of: for a credit note, the item that it reduces.
    """

    id: str
    number: str
    payer_id: str
    issued_on: date
    open_cents: int
    references: tuple[str, ...] = ()
    due_on: date | None = None
    kind: ItemKind = ItemKind.INVOICE
    allocated_cents: int = 0
    learner_keys: tuple[str, ...] = ()
    credit_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceLine:
    """One line of a payer's advice; `net = billed − refaction`; a negative net takes money back."""

    position: int
    invoice_reference: str
    dossier: str
    billed_cents: int
    refaction_cents: int
    net_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """A payer's explanation of one transfer."""

    id: str
    payer_id: str
    issued_on: date
    payment_reference: str
    total_cents: int
    lines: tuple[AdviceLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A bank line; positive = received.

    Attributes:
        held: a person undid a decision on it, or it is older than the takeover: no claim is paid by itself.
        undone: a person undid a decision on it: it is not set aside or given back by itself either.
        frozen: an open anomaly stops it: nothing at all is automatic, and what it names is spoken for.
    """

    id: str
    on: date
    amount_cents: int
    label: str
    counterparty_name: str = ""
    counterparty_iban: str = ""
    end_to_end_id: str = ""
    held: bool = False
    undone: bool = False
    frozen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a line on one claim; signed like money received (negative = taken back)."""

    claim_id: str
    amount_cents: int


class Status(StrEnum):
    """What becomes of a line."""

    AUTO = "auto"
    SUGGESTED = "suggested"
    QUEUED = "queued"
    SET_ASIDE = "set_aside"
    REFUNDED = "refunded"


class Reason(StrEnum):
    """Why a line waits for a person, or what is to be known of a decision."""

    UNIDENTIFIED = "unidentified"
    """Neither payer nor reference is known."""
    NO_OPEN_CLAIM = "no_open_claim"
    AMBIGUOUS = "ambiguous"
    AMOUNT_DIFFERS = "amount_differs"
    UNKNOWN_REFERENCE = "unknown_reference"
    CONTRADICTION = "contradiction"
    PAYER_DIFFERS = "payer_differs"
    PAYER_UNKNOWN = "payer_unknown"
    DUPLICATE = "duplicate"
    ALREADY_PAID = "already_paid"
    CANCELLED_CLAIM = "cancelled_claim"
    FROZEN = "frozen"
    RECEIPT_FROZEN = "receipt_frozen"
    """An open anomaly stops this line itself."""
    SPOKEN_FOR = "spoken_for"
    """Money that is frozen, or that a person set aside, came before for the same claim."""
    HELD = "held"
    """A person undid a decision on this line."""
    ADVICE_TOTAL_DIFFERS = "advice_total_differs"
    ADVICE_LINE_UNRESOLVED = "advice_line_unresolved"
    ADVICE_ALREADY_PAID = "advice_already_paid"
    LABEL_CUT = "label_cut"
    DEBIT_TO_PAYER = "debit_to_payer"
    RETURN_NOT_FOUND = "return_not_found"
    SHORT = "short"
    OVER = "over"
    DEDUCTION = "deduction"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One explanation of a line.

    Attributes:
        rule: `id@version` of the rule that found it.
        reasons: what is to be known of it (short, over, deduction), also when it is automatic.
        advice_ids: the advices that it uses up.
        reverses_line: the earlier line that this one gives back.
        credit_notes: what the payer took off by naming a credit note; already inside `parts`, on its origin.
    """

    rule: str
    parts: tuple[Part, ...]
    evidence: Evidence
    reasons: tuple[Reason, ...] = ()
    advice_ids: tuple[str, ...] = ()
    reverses_line: str | None = None
    credit_notes: tuple[Part, ...] = ()

    @property
    def total_cents(self) -> int:
        """What it explains of the line."""
        return sum(part.amount_cents for part in self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the engine makes of one line. What `parts` do not cover of an `auto` line stays unexplained.

    Attributes:
        rule: `id@version`; empty when no rule decided.
        facts: `name=value`, no personal data.
        candidates: ranked explanations for a person, best first.
        code, account: for what is set aside: its named rule, and the account that it is booked on.
        refund_of, payer_id: for a refund, the earlier line whose unexplained rest is given back, and to whom.
    """

    line_id: str
    status: Status
    rule: str = ""
    parts: tuple[Part, ...] = ()
    facts: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    advice_ids: tuple[str, ...] = ()
    code: str = ""
    account: str = ""
    refund_of: str | None = None
    payer_id: str | None = None
    reverses_line: str | None = None
    credit_notes: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one rule says of a line: explanations, a doubt that ends the search, or a full decision."""

    candidates: tuple[Candidate, ...] = ()
    doubts: tuple[Reason, ...] = ()
    decision: Decision | None = None
