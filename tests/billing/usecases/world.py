"""The builders' small world put into real books, ready for a claim, and hand-written twins of what use cases need."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from billing.errors import ErrorContext, Finding, PlatformError
from billing.identity import derive_id
from billing.invoice_facts import InvoiceFacts
from billing.parameters_book import ParameterBook
from billing.ports import Acceptance, OpenBooks, Parcel, Presence, UnitOfWork
from billing.route import Act, Route
from billing.submission import Absence, Submission, SubmissionContract, SubmissionKind
from tests import builders
from workers.catalogue import shipped_parameters

ORGANISATION = builders.an_organisation()
TODAY = date(2026, 11, 3)


class PlainDocuments:
    """Makes a text in place of a PDF: the use case is under test, not the page."""

    def __init__(self, findings: tuple[Finding, ...] = ()) -> None:
        self.findings = findings

    def preflight(self, facts: InvoiceFacts) -> tuple[Finding, ...]:
        del facts
        return self.findings

    def render(self, facts: InvoiceFacts) -> bytes:
        return f"{facts.claim.number} {facts.claim.gross.cents}".encode()


def parameters() -> ParameterBook:
    return ParameterBook(shipped_parameters())


def fill(uow: UnitOfWork, references: tuple[str, ...] = ("DOS-001",), **changes: Any) -> None:
    """Store an organisation with one proven enrolment for each agreement; `changes` are the agreement's."""
    funder = builders.a_funder(sending=True)
    uow.organisations.put(ORGANISATION)
    uow.funders.put(funder)
    uow.actions.put(builders.an_action())
    uow.sites.put(builders.a_site())
    uow.sessions.put(builders.a_session())
    uow.bank_accounts.put(builders.a_bank_account())
    uow.routes.put(
        Route(id=derive_id("route", "claims"), act=Act.CLAIM, platform="platform-a", starts_on=date(2026, 1, 1)),
        Route(id=derive_id("route", "att"), act=Act.ATTENDANCE, platform="platform-b", starts_on=date(2026, 1, 1)),
        Route(id=derive_id("route", "pay"), act=Act.REMUNERATION, platform="platform-c", starts_on=date(2026, 1, 1)),
    )
    for number, reference in enumerate(references, start=1):
        learner = builders.a_learner(f"APP{number}")
        enrolment = builders.an_enrolment(learner_code=learner.code)
        uow.learners.put(learner)
        uow.enrolments.put(enrolment)
        uow.agreements.put(builders.an_agreement(reference, funder, enrolment_id=enrolment.id, **changes))
        uow.evidence.put(*builders.both_days(enrolment))


@dataclass
class FakeClock:
    """A clock that moves when told."""

    instant: datetime

    def now(self) -> datetime:
        return self.instant

    def today(self) -> date:
        return self.instant.date()

    def forward(self, seconds: float) -> None:
        self.instant += timedelta(seconds=seconds)


@dataclass
class FakePlatform:
    """A platform in memory: what it took by number, and what it does next."""

    taken: list[str] = field(default_factory=list)
    raises: PlatformError | None = None
    takes_before_raising: bool = False
    blind: bool = False
    by_hand: bool = False
    on_send: Callable[[], None] = lambda: None
    contract: SubmissionContract = field(
        default_factory=lambda: SubmissionContract(
            absence=Absence.REFUSES_DUPLICATES, listing_delay=timedelta(seconds=60)
        )
    )

    def send(self, kind: SubmissionKind, parcel: Parcel) -> Acceptance:
        del kind
        self.on_send()
        if self.raises is not None:
            if self.takes_before_raising:
                self.taken.append(parcel.number)
            raise self.raises
        self.taken.append(parcel.number)
        return Acceptance(reference=f"REF-{parcel.number}", final=True)

    def find(self, kind: SubmissionKind, parcel: Parcel) -> Presence:
        del kind
        if self.blind:
            raise PlatformError("platform_down", context=context())
        return Presence(found=parcel.number in self.taken, reference=f"REF-{parcel.number}")


def context(**changes: Any) -> ErrorContext:
    return ErrorContext(**({"platform": "platform-a"} | changes))


def parcel_of(uow: UnitOfWork, row: Submission) -> Parcel:
    claim = uow.claims.get(row.subject_id)
    number = claim.number if claim else row.subject_id
    return Parcel(
        submission_id=row.id,
        business_key=row.business_key,
        number=number or "",
        issue_on=TODAY,
        amount=builders.PRICE,
        net=builders.PRICE,
        vat=replace(builders.PRICE, cents=0),
        document=b"",
        document_name="x.pdf",
        buyer=None,
        seller=None,
        facts={},
    )


def open_filled(open_books: OpenBooks, *references: str, **changes: Any) -> None:
    with open_books(ORGANISATION.id, "test") as uow:
        fill(uow, references or ("DOS-001",), **changes)
        uow.commit()


HOURS = Decimal(14)
