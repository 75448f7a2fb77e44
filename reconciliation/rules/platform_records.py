"""What rules read of what platforms show and of what they were sent. Conventions of `reconciliation.rules.records`."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from reconciliation.rules.logic import UNKNOWN, Maybe


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
