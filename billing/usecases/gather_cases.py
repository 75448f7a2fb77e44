"""Gather what decides whether agreements owe something today: each table is read once for a batch."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date

from billing.agreement import FundingAgreement, Instalment, LifeState, PlatformRecord
from billing.asked import reopening
from billing.claim import Claim
from billing.due import Case, may_owe
from billing.evidence import Certificate, Evidence, summarise
from billing.ports import UnitOfWork
from billing.submission import SubmissionState

NOT_THERE = frozenset({LifeState.DRAFT, LifeState.REJECTED, LifeState.CANCELLED})
"""States of a credit note that its payer does not have."""
FOR_A_PERSON = frozenset({SubmissionState.DRAFT, SubmissionState.HUMAN, SubmissionState.REJECTED})
"""States of a sending that stay as they are until a person acts."""


def gather_cases(
    uow: UnitOfWork, agreements: Sequence[FundingAgreement], *, opening_on: date, hour_schemes: Collection[str]
) -> Iterator[Case]:
    """Gather the cases of a batch of agreements that are not wholly claimed yet.

    Args:
        uow: the unit of work.
        agreements: the batch.
        opening_on: what ended before it belongs to the takeover.
        hour_schemes: schemes that pay hours attended.
    """
    ids = tuple(agreement.id for agreement in agreements)
    claims: dict[str, list[Claim]] = {}
    for claim in uow.claims.find(agreement_id=ids):
        claims.setdefault(claim.agreement_id or "", []).append(claim)
    instalments: dict[str, list[Instalment]] = {}
    for instalment in uow.instalments.find(agreement_id=ids):
        instalments.setdefault(instalment.agreement_id, []).append(instalment)
    left = [item for item in agreements if item.id in instalments or may_owe(claims.get(item.id, ()))]
    sessions = {item.id: item for item in uow.sessions.find(id=tuple({item.session_id for item in left}))}
    enrolment_ids = tuple({item.enrolment_id for item in left if item.enrolment_id})
    enrolments = {item.id: item for item in uow.enrolments.find(id=enrolment_ids)}
    evidence: dict[str, list[Evidence]] = {}
    for piece in uow.evidence.find(enrolment_id=enrolment_ids, current=True):
        evidence.setdefault(piece.enrolment_id, []).append(piece)
    certificates: dict[str, list[Certificate]] = {}
    for certificate in uow.certificates.find(enrolment_id=enrolment_ids):
        certificates.setdefault(certificate.enrolment_id, []).append(certificate)
    left_ids = tuple(item.id for item in left)
    records: dict[str, PlatformRecord] = {
        record.subject_id or "": record
        for record in uow.platform_records.find(subject_kind="agreement", subject_id=left_ids, latest=True)
    }
    waiting = _waiting(uow, [claim for item in left for claim in claims.get(item.id, ())])
    for agreement in left:
        session = sessions[agreement.session_id]
        if session.ends_on < opening_on:
            continue
        enrolment_id = agreement.enrolment_id or ""
        yield Case(
            agreement=agreement,
            session=session,
            enrolment=enrolments.get(enrolment_id),
            evidence=summarise(evidence.get(enrolment_id, ())),
            certificates=certificates.get(enrolment_id, ()),
            instalments=instalments.get(agreement.id, ()),
            claims=claims.get(agreement.id, ()),
            record=records.get(agreement.id),
            waiting=waiting,
            hour_schemes=hour_schemes,
        )


def _waiting(uow: UnitOfWork, claims: Iterable[Claim]) -> dict[str, bool]:
    """Tell which credit notes that reopen have not reached their payer, and whether a person must act."""
    notes = [note for note in reopening(claims) if note.state in NOT_THERE]
    if not notes:
        return {}
    rows = {row.subject_id: row for row in uow.submissions.find(subject_id=tuple(note.id for note in notes))}
    # Without a submission there is nothing to wait for: its invoice never left.
    return {note.id: rows[note.id].state in FOR_A_PERSON for note in notes if note.id in rows}
