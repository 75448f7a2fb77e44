"""What the core needs of platforms, as Protocols and plain values; adapters implement them.

A capability is one small Protocol. What is declared (`Platform.capabilities`) and what is implemented must agree.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, runtime_checkable

from billing.agreement import LifeState
from billing.money import Money
from billing.submission import SubmissionContract


class PlatformRole(StrEnum):
    """What a platform is to us."""

    FUNDER = "funder"
    PRESCRIBER = "prescriber"
    LEARNER_PAYER = "learner_payer"
    PAYROLL = "payroll"


class Grade(StrEnum):
    """How far an adapter has been proven."""

    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"


class Capability(StrEnum):
    """What a platform can do for us; each is one Protocol below."""

    SUBMITS_CLAIMS = "submits_claims"
    REPORTS_STATUSES = "reports_statuses"
    LISTS_PAYMENTS = "lists_payments"
    LISTS_AGREEMENTS = "lists_agreements"
    DECLARES_ATTENDANCE = "declares_attendance"
    SUBMITS_REMUNERATION = "submits_remuneration"
    RECEIVES_EVENTS = "receives_events"


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """What an adapter says of one platform that it serves.

    Attributes:
        by_hand: a person carries what is prepared (deposit pack or fill-in sheet); no request is sent.
        answers: somebody else's machine answers over a network; False = what is sent is a file written here.
        rate_per_second: requests allowed; None = not documented, the adapter's slow default applies.
        source: document, version and date read.
    """

    code: str
    display_name: str
    operator: str
    role: PlatformRole
    capabilities: frozenset[Capability]
    contract: SubmissionContract
    grade: Grade
    source: str
    by_hand: bool = False
    answers: bool = True
    rate_per_second: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Who issues or pays, as printed on a document."""

    name: str
    siret: str
    address_line: str
    postcode: str
    city: str
    country: str = "FR"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """Everything that an adapter needs to submit one thing; plain values, no lookup behind it.

    Attributes:
        submission_id, business_key: ours, stored before anything leaves.
        number: of the document or declaration.
        document: the PDF or data file, empty when the platform takes none.
        facts: further values by neutral name (`dossier`, `engagement_number`, `service_code`, `hours`…).
    """

    submission_id: str
    business_key: str
    number: str
    issue_on: date
    amount: Money
    net: Money
    vat: Money
    document: bytes
    document_name: str
    buyer: Party | None
    seller: Party | None
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """A platform took a parcel in. `final` is false when it only received it and may still reject it."""

    reference: str
    final: bool
    response_digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """What a platform answers when asked about a parcel.

    `found` false = it does not know it (worth what its contract of absence says); `rejected` = it knows
    it and said no.
    """

    found: bool
    reference: str = ""
    rejected: bool = False
    code: str = ""
    label: str = ""
    response_digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusSighting:
    """What a platform shows of a claim at one moment; `state` None = a word that the mapping does not know."""

    number: str
    external_reference: str
    raw_status: str
    raw_label: str
    state: LifeState | None
    since: datetime | None
    seen_at: datetime
    rejection_code: str = ""
    paid_on: date | None = None
    bill_number: str | None = None


@runtime_checkable
class SubmitsClaims(Protocol):
    """Takes claims in."""

    def submit_claim(self, parcel: Parcel) -> Acceptance:
        """Send one claim, once, within the contract's deadline.

        Raises:
            RetryLater, AccessDenied: nothing was accepted.
            OutcomeUnknown: it may have been accepted.
            Refused: they said no.
            ContractChanged: the answer cannot be read (after a send: treated as unknown).
        """

    def find_claim(self, parcel: Parcel) -> Presence:
        """Ask whether this claim is there, by our number; never writes.

        Raises:
            PlatformError: no usable answer.
        """


@runtime_checkable
class ReportsStatuses(Protocol):
    """Tells where claims stand."""

    def statuses(self, since: datetime | None, numbers: Iterable[str]) -> Iterator[StatusSighting]:
        """Read the claims whose state changed since an instant (None: all of `numbers`).

        Where `numbers` is a mapping from our number to their reference (`external_reference`), a platform that
        first only receives is also asked about the references that its listing does not show: that is where a late,
        silent rejection is found.
        """


@runtime_checkable
class DeclaresAttendance(Protocol):
    """Takes learners' attendance statements in."""

    def declare_attendance(self, parcel: Parcel) -> Acceptance:
        """Declare one month, once; same errors as `submit_claim`."""

    def find_attendance(self, parcel: Parcel) -> Presence:
        """Ask whether the declaration is there."""


@runtime_checkable
class SubmitsRemuneration(Protocol):
    """Takes trainers' pay variables in."""

    def submit_remuneration(self, parcel: Parcel) -> Acceptance:
        """Send one month of one trainer, once; same errors as `submit_claim`."""

    def find_remuneration(self, parcel: Parcel) -> Presence:
        """Ask whether the variables are there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What the organisation's settings say of one platform; secrets never in a repr."""

    base_url: str
    token_url: str
    secrets: Mapping[str, str]
    options: Mapping[str, str]
    timeout: timedelta

    def __repr__(self) -> str:
        return f"Credentials({self.base_url!r}, …)"
