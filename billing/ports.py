"""What the core needs of the world, as Protocols; the rooms above implement them.

A use case takes a `UnitOfWork` (opened for one organisation and one actor), a clock or a plain date, and
plain values. It rolls back unless `commit()` was called. What platforms do for the core is in
`billing.platform_ports`, and is imported from here as well.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Any, Protocol, TypeVar

from billing.agreement import FundingAgreement, Instalment, PlatformRecord
from billing.anomaly import Anomaly
from billing.claim import Claim, ClaimLine
from billing.compensation import AttendanceStatement, CompensationPayment, Entitlement
from billing.evidence import Certificate, Evidence
from billing.intake import ImportedFile, QuarantinedRow
from billing.journal import JournalLine, Plain
from billing.ledger import Entry
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
from billing.platform_ports import (
    Acceptance,
    Capability,
    Credentials,
    DeclaresAttendance,
    Grade,
    Parcel,
    Party,
    Platform,
    PlatformRole,
    Presence,
    ReportsStatuses,
    StatusSighting,
    SubmitsClaims,
    SubmitsRemuneration,
)
from billing.remuneration import PayrollVariable, TrainerOrder
from billing.route import Route
from billing.submission import Attempt, Submission
from billing.training import Action, Enrolment, Price, Session, Slot

__all__ = [
    "Acceptance",
    "Capability",
    "Clock",
    "Credentials",
    "DeclaresAttendance",
    "Grade",
    "OpenBooks",
    "Parcel",
    "Party",
    "Platform",
    "PlatformRole",
    "Presence",
    "ReportsStatuses",
    "Repository",
    "StatusSighting",
    "SubmitsClaims",
    "SubmitsRemuneration",
    "UnitOfWork",
]

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
