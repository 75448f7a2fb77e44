"""What the core needs of the world, as Protocols; the rooms above implement them.

A use case takes a `UnitOfWork` (opened for one organisation and one actor), a clock or a plain date, and
plain values. It rolls back unless `commit()` was called.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol, TypeVar, runtime_checkable

from billing.agreement import FundingAgreement, Instalment, LifeState, PlatformRecord
from billing.anomaly import Anomaly
from billing.claim import Claim, ClaimLine
from billing.compensation import AttendanceStatement, CompensationPayment, Entitlement
from billing.evidence import Certificate, Evidence
from billing.intake import ImportedFile, QuarantinedRow
from billing.journal import JournalLine, Plain
from billing.ledger import Entry
from billing.money import Money
from billing.numbering import Series
from billing.parameters_book import Parameter
from billing.party import (
    BankAccount,
    Employer,
    Funder,
    FunderAccount,
    Learner,
    Organisation,
    Prescriber,
    Site,
    Trainer,
    User,
    Validity,
)
from billing.payment import Allocation, BankLine, BankStatement, Remittance, RemittanceLine
from billing.remuneration import PayrollVariable, TrainerOrder
from billing.route import Route
from billing.submission import Attempt, Submission, SubmissionContract
from billing.training import Action, Enrolment, Price, Session, Slot

T = TypeVar("T")


class Clock(Protocol):
    """The time, from outside."""

    def now(self) -> datetime:
        """Give the instant, UTC-aware."""

    def today(self) -> date:
        """Give the day in Europe/Paris (or the replayed one, `QUITUS_TODAY`)."""


class Repository(Protocol[T]):
    """The stored things of one noun, in one organisation.

    Filters are equalities by field name; a tuple, list or set of values means "one of them"; None
    means "is null". Results come in the order of their ids unless said otherwise.
    """

    def get(self, id_: str, /, *, lock: bool = False) -> T | None:
        """Find by id; `lock` holds the row until the end of the unit of work."""

    def find(self, **equals: Any) -> list[T]:  # noqa: ANN401 - any field's value
        """List the things whose fields have these values."""

    def stream(self, **equals: Any) -> Iterator[T]:  # noqa: ANN401 - any field's value
        """Same, without holding them all in memory."""

    def count(self, **equals: Any) -> int:  # noqa: ANN401 - any field's value
        """Count the things whose fields have these values."""

    def add(self, *things: T) -> None:
        """Store new things.

        Raises:
            Conflict: one of them is there already, or breaks a unique key.
        """

    def put(self, *things: T) -> None:
        """Store things, new or changed, by id."""


class UnitOfWork(Protocol):
    """One transaction on the books of one organisation, by one actor."""

    @property
    def organisation_id(self) -> str:
        """Whose books these are."""

    @property
    def actor(self) -> str:
        """Who acts: `night`, `user:<login>`, …."""

    @property
    def recorded_at(self) -> datetime:
        """The instant at which this unit of work was opened, UTC; what `recorded_at` columns get."""

    @property
    def organisations(self) -> Repository[Organisation]: ...
    @property
    def validities(self) -> Repository[Validity]: ...
    @property
    def sites(self) -> Repository[Site]: ...
    @property
    def bank_accounts(self) -> Repository[BankAccount]: ...
    @property
    def users(self) -> Repository[User]: ...
    @property
    def funders(self) -> Repository[Funder]: ...
    @property
    def funder_accounts(self) -> Repository[FunderAccount]: ...
    @property
    def prescribers(self) -> Repository[Prescriber]: ...
    @property
    def employers(self) -> Repository[Employer]: ...
    @property
    def learners(self) -> Repository[Learner]: ...
    @property
    def trainers(self) -> Repository[Trainer]: ...
    @property
    def actions(self) -> Repository[Action]: ...
    @property
    def sessions(self) -> Repository[Session]: ...
    @property
    def slots(self) -> Repository[Slot]: ...
    @property
    def enrolments(self) -> Repository[Enrolment]: ...
    @property
    def prices(self) -> Repository[Price]: ...
    @property
    def agreements(self) -> Repository[FundingAgreement]: ...
    @property
    def instalments(self) -> Repository[Instalment]: ...
    @property
    def platform_records(self) -> Repository[PlatformRecord]: ...
    @property
    def evidence(self) -> Repository[Evidence]: ...
    @property
    def certificates(self) -> Repository[Certificate]: ...
    @property
    def series(self) -> Repository[Series]: ...
    @property
    def claims(self) -> Repository[Claim]: ...
    @property
    def claim_lines(self) -> Repository[ClaimLine]: ...
    @property
    def submissions(self) -> Repository[Submission]: ...
    @property
    def attempts(self) -> Repository[Attempt]: ...
    @property
    def bank_statements(self) -> Repository[BankStatement]: ...
    @property
    def bank_lines(self) -> Repository[BankLine]: ...
    @property
    def remittances(self) -> Repository[Remittance]: ...
    @property
    def remittance_lines(self) -> Repository[RemittanceLine]: ...
    @property
    def allocations(self) -> Repository[Allocation]: ...
    @property
    def orders(self) -> Repository[TrainerOrder]: ...
    @property
    def payroll_variables(self) -> Repository[PayrollVariable]: ...
    @property
    def entitlements(self) -> Repository[Entitlement]: ...
    @property
    def attendance_statements(self) -> Repository[AttendanceStatement]: ...
    @property
    def compensation_payments(self) -> Repository[CompensationPayment]: ...
    @property
    def routes(self) -> Repository[Route]: ...
    @property
    def anomalies(self) -> Repository[Anomaly]: ...
    @property
    def parameters(self) -> Repository[Parameter]: ...
    @property
    def imported_files(self) -> Repository[ImportedFile]: ...
    @property
    def quarantine(self) -> Repository[QuarantinedRow]: ...

    def post(self, *entries: Entry) -> None:
        """Store entries checked by `billing.ledger.post`, each once by (subject, fact); give their sequence.

        Raises:
            Conflict: this fact is booked already.
        """

    def entries(self, *, up_to: date | None = None, known_at: datetime | None = None) -> Iterator[Entry]:
        """Read entries by sequence, effective on or before `up_to`, recorded at or before `known_at`."""

    def record(
        self,
        *,
        type_: str,
        subject_kind: str,
        subject_id: str,
        effective_on: date,
        payload: Mapping[str, Plain],
    ) -> None:
        """Append one line to the journal, in this transaction."""

    def journal(self, *, after: int = 0, about: str = "") -> Iterator[JournalLine]:
        """Read journal lines by sequence, after one of them; `about` keeps those of one kind of subject."""

    def store_document(self, content: bytes, media_type: str, name: str) -> str:
        """Store a document once, by its content, encrypted with its own sealed key; give its SHA-256."""

    def document(self, sha256: str) -> bytes | None:
        """Read a document back; None when there is none or its key was destroyed."""

    def claim_due_submissions(self, now: datetime, limit: int, *, platforms: Iterable[str] | None = None) -> list[str]:
        """List ids of submissions that are due: in doubt and checking first, then by priority and age."""

    def commit(self) -> None:
        """Make everything of this unit of work last."""

    def rollback(self) -> None:
        """Forget everything since the last commit."""


class OpenBooks(Protocol):
    """The factory of units of work."""

    def __call__(
        self, organisation_id: str, actor: str, *, read_only: bool = False
    ) -> AbstractContextManager[UnitOfWork]:
        """Open the books of one organisation for one actor; read-only ones never take the write lock."""


# --- platforms ------------------------------------------------------------------------------------------


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
