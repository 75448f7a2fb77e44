"""One transaction on the books of one organisation: `billing.ports.UnitOfWork` over SQL."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

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
from billing.remuneration import PayrollVariable, TrainerOrder
from billing.route import Route
from billing.submission import Attempt, Submission
from billing.training import Action, Enrolment, Price, Session, Slot
from integrations.database.documents import destroy_key, read_document, store_document
from integrations.database.journal import SqlJournal
from integrations.database.ledger import SqlLedger
from integrations.database.mapping import Mapper
from integrations.database.repositories import SqlRepository
from integrations.database.submissions import due_submissions
from integrations.database.transaction import Transaction

Mappers = Mapping[str, Mapper[Any]]


class SqlUnitOfWork:
    """What a use case works with; leaving it without `commit` forgets everything."""

    organisations: SqlRepository[Organisation]
    validities: SqlRepository[Validity]
    sites: SqlRepository[Site]
    bank_accounts: SqlRepository[BankAccount]
    users: SqlRepository[User]
    funders: SqlRepository[Funder]
    funder_accounts: SqlRepository[FunderAccount]
    prescribers: SqlRepository[Prescriber]
    employers: SqlRepository[Employer]
    learners: SqlRepository[Learner]
    trainers: SqlRepository[Trainer]
    actions: SqlRepository[Action]
    sessions: SqlRepository[Session]
    slots: SqlRepository[Slot]
    enrolments: SqlRepository[Enrolment]
    prices: SqlRepository[Price]
    agreements: SqlRepository[FundingAgreement]
    instalments: SqlRepository[Instalment]
    platform_records: SqlRepository[PlatformRecord]
    evidence: SqlRepository[Evidence]
    certificates: SqlRepository[Certificate]
    series: SqlRepository[Series]
    claims: SqlRepository[Claim]
    claim_lines: SqlRepository[ClaimLine]
    submissions: SqlRepository[Submission]
    attempts: SqlRepository[Attempt]
    bank_statements: SqlRepository[BankStatement]
    bank_lines: SqlRepository[BankLine]
    remittances: SqlRepository[Remittance]
    remittance_lines: SqlRepository[RemittanceLine]
    allocations: SqlRepository[Allocation]
    orders: SqlRepository[TrainerOrder]
    payroll_variables: SqlRepository[PayrollVariable]
    entitlements: SqlRepository[Entitlement]
    attendance_statements: SqlRepository[AttendanceStatement]
    compensation_payments: SqlRepository[CompensationPayment]
    routes: SqlRepository[Route]
    anomalies: SqlRepository[Anomaly]
    parameters: SqlRepository[Parameter]
    imported_files: SqlRepository[ImportedFile]
    quarantine: SqlRepository[QuarantinedRow]

    def __init__(self, transaction: Transaction, mappers: Mappers) -> None:
        """Give each noun its repository; nothing is opened before it is used."""
        self._transaction = transaction
        self._journal = SqlJournal(transaction)
        self._ledger = SqlLedger(transaction)
        for name, mapper in mappers.items():
            setattr(self, name, SqlRepository(transaction, mapper))

    @property
    def organisation_id(self) -> str:
        """Whose books these are."""
        return self._transaction.organisation_id

    @property
    def actor(self) -> str:
        """Who acts."""
        return self._transaction.actor

    @property
    def recorded_at(self) -> datetime:
        """The instant at which the first transaction of this unit of work began."""
        return self._transaction.recorded_at

    def post(self, *entries: Entry) -> None:
        """Book entries: checked now, numbered and written at the end of the transaction (or before a read).

        Raises:
            Conflict: this fact is booked already.
        """
        self._ledger.post(entries)

    def entries(self, *, up_to: date | None = None, known_at: datetime | None = None) -> Iterator[Entry]:
        """Read entries by sequence, effective on or before `up_to`, recorded at or before `known_at`."""
        self._ledger.flush()
        return self._ledger.entries(up_to, known_at)

    def record(
        self,
        *,
        type_: str,
        subject_kind: str,
        subject_id: str,
        effective_on: date,
        payload: Mapping[str, Plain],
    ) -> None:
        """Append one line to the journal: numbered, chained and written at the end of the transaction."""
        self._journal.record(type_, subject_kind, subject_id, effective_on, payload)

    def journal(self, *, after: int = 0, about: str = "") -> Iterator[JournalLine]:
        """Read journal lines by sequence, after one of them; `about` keeps those of one kind of subject."""
        self._journal.flush()
        return self._journal.lines(after, about)

    def verify_journal(self) -> int:
        """Follow the journal's chain of hashes; give its number of lines.

        Raises:
            BrokenBooks: a line was changed, dropped or slipped in.
        """
        self._journal.flush()
        return self._journal.verify()

    def store_document(self, content: bytes, media_type: str, name: str) -> str:
        """Store a document once, encrypted with its own sealed key; give its SHA-256."""
        return store_document(self._transaction, content, media_type, name)

    def document(self, sha256: str) -> bytes | None:
        """Read a document back; None when there is none or its key was destroyed."""
        return read_document(self._transaction, sha256)

    def destroy_document_key(self, sha256: str) -> bool:
        """Purge a document's content and keep its hash; tell whether there was one."""
        return destroy_key(self._transaction, sha256)

    def claim_due_submissions(self, now: datetime, limit: int, *, platforms: Iterable[str] | None = None) -> list[str]:
        """List ids of submissions that are due: in doubt and checking first, then by priority and age."""
        return due_submissions(self._transaction, now, limit, platforms)

    def commit(self) -> None:
        """Make everything of this unit of work last.

        Raises:
            Conflict: a parent is missing, or somebody booked the same fact meanwhile.
        """
        self._ledger.flush()
        self._journal.flush()
        self._transaction.commit()

    def rollback(self) -> None:
        """Forget everything since the last commit."""
        self._ledger.forget()
        self._journal.forget()
        self._transaction.rollback()
