"""What each kind of submission carries, as plain values that no adapter has to look behind."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol, TypeVar

from billing.claim import Claim
from billing.compensation import AttendanceStatement, Entitlement
from billing.errors import NotFound
from billing.money import ZERO
from billing.party import Funder, Learner, Organisation, Trainer
from billing.ports import Parcel, Party, UnitOfWork
from billing.remuneration import PayrollVariable
from billing.submission import Submission, SubmissionKind
from billing.training import Session

T = TypeVar("T")


class DataFiles(Protocol):
    """Writes the data files that some platforms take; implemented by integrations.payroll."""

    def payroll(self, variable: PayrollVariable, trainer: Trainer, session: Session) -> bytes:
        """Write one payroll variable."""

    def attendance(
        self, statement: AttendanceStatement, entitlement: Entitlement, learner: Learner, session: Session
    ) -> bytes:
        """Write one attendance statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcels:
    """Makes the parcel of a stored submission; the same row gives the same parcel."""

    files: DataFiles

    def __call__(self, uow: UnitOfWork, row: Submission) -> Parcel:
        """Gather what the row carries.

        Raises:
            NotFound: the thing that it carries is gone from the books.
        """
        match row.kind:
            case SubmissionKind.CLAIM:
                return _claim_parcel(uow, row)
            case SubmissionKind.ATTENDANCE:
                return self._attendance_parcel(uow, row)
            case SubmissionKind.REMUNERATION:
                return self._remuneration_parcel(uow, row)

    def _attendance_parcel(self, uow: UnitOfWork, row: Submission) -> Parcel:
        statement = _there(uow.attendance_statements.get(row.subject_id), row)
        entitlement = _there(uow.entitlements.get(statement.entitlement_id), row)
        learner = _there(uow.learners.get(entitlement.learner_id), row)
        enrolment = _there(uow.enrolments.get(entitlement.enrolment_id), row)
        session = _there(uow.sessions.get(enrolment.session_id), row)
        payer = uow.funders.get(entitlement.payer_id)
        number = f"{entitlement.dossier_number}-{statement.month}-v{statement.version}"
        return _data_parcel(
            uow,
            row,
            number=number,
            content=self.files.attendance(statement, entitlement, learner, session),
            buyer=_payer(payer) if payer else None,
            facts={
                "dossier": entitlement.dossier_number,
                "month": statement.month,
                "approval": entitlement.approval_number,
                "done_hours": format(statement.done, "f"),
                "unjustified_hours": format(statement.unjustified, "f"),
            },
        )

    def _remuneration_parcel(self, uow: UnitOfWork, row: Submission) -> Parcel:
        variable = _there(uow.payroll_variables.get(row.subject_id), row)
        trainer = _there(uow.trainers.get(variable.trainer_id), row)
        session = _there(uow.sessions.get(variable.session_id), row)
        return _data_parcel(
            uow,
            row,
            number=f"{trainer.code}-{session.code}-{variable.month}-{variable.rubric}",
            content=self.files.payroll(variable, trainer, session),
            buyer=None,
            facts={
                "employee_number": trainer.employee_number or "",
                "month": variable.month,
                "rubric": variable.rubric,
                "quantity": format(variable.quantity, "f"),
                "rate": format(variable.rate or Decimal(0), "f"),
            },
        )


def month_end(month: str) -> date:
    """Give the last day of a month `YYYY-MM`: the date that a monthly declaration bears."""
    year, number = int(month[:4]), int(month[5:])
    return date.fromordinal(date(year + number // 12, number % 12 + 1, 1).toordinal() - 1)


def _there(thing: T | None, row: Submission) -> T:
    if thing is None:
        raise NotFound("submission_subject_missing", row=row.id, kind=row.kind)
    return thing


def _data_parcel(
    uow: UnitOfWork, row: Submission, *, number: str, content: bytes, buyer: Party | None, facts: dict[str, str]
) -> Parcel:
    return Parcel(
        submission_id=row.id,
        business_key=row.business_key,
        number=number,
        issue_on=month_end(facts["month"]),
        amount=ZERO,
        net=ZERO,
        vat=ZERO,
        document=content,
        document_name=f"{number}.csv",
        buyer=buyer,
        seller=_seller(uow),
        facts=facts,
    )


def _claim_parcel(uow: UnitOfWork, row: Submission) -> Parcel:
    claim: Claim = _there(uow.claims.get(row.subject_id), row)
    funder = _there(uow.funders.get(claim.funder_id), row)
    agreement = uow.agreements.get(claim.agreement_id) if claim.agreement_id else None
    number = claim.number or ""
    facts = {
        "dossier": agreement.reference if agreement else "",
        "engagement_number": agreement.engagement_number if agreement else "",
        "service_code": agreement.service_code if agreement else "",
        "contract_number": agreement.contract_number if agreement else "",
        "instalment": str(claim.instalment_number or ""),
        "external_reference": row.external_reference,
        "hours": format(claim.hours, "f") if claim.hours is not None else "",
        "period_starts_on": claim.period_starts_on.isoformat() if claim.period_starts_on else "",
        "period_ends_on": claim.period_ends_on.isoformat() if claim.period_ends_on else "",
    }
    return Parcel(
        submission_id=row.id,
        business_key=row.business_key,
        number=number,
        issue_on=claim.issue_on,
        amount=claim.gross,
        net=claim.net,
        vat=claim.vat,
        document=(uow.document(claim.document) or b"") if claim.document else b"",
        document_name=f"{number}.pdf",
        buyer=_payer(funder),
        seller=_seller(uow),
        facts=facts,
    )


def _payer(funder: Funder) -> Party:
    return Party(
        name=funder.name,
        siret=str(funder.siret) if funder.siret else "",
        address_line=funder.address.line,
        postcode=funder.address.postcode,
        city=funder.address.city,
        country=funder.address.country,
    )


def _seller(uow: UnitOfWork) -> Party | None:
    organisation: Organisation | None = uow.organisations.get(uow.organisation_id)
    if organisation is None:
        return None
    site = next(iter(uow.sites.find()), None)
    return Party(
        name=organisation.name,
        siret=str(site.siret) if site else "",
        address_line=organisation.address.line,
        postcode=organisation.address.postcode,
        city=organisation.address.city,
        country=organisation.address.country,
    )
