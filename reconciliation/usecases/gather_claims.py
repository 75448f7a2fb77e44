"""Claims, their certificates and their sendings, as rules read them: two tracks folded into one state."""

from dataclasses import dataclass
from datetime import UTC, datetime

from billing.agreement import LifeState
from billing.claim import Claim, ClaimKind, ClaimOrigin, ClaimRole
from billing.evidence import Certificate
from billing.ports import UnitOfWork
from billing.submission import Submission, SubmissionKind, SubmissionState
from reconciliation.rules.logic import UNKNOWN, Maybe
from reconciliation.rules.records import CertificateFact, ClaimFact, SubmissionFact
from reconciliation.rules.submissions import TO_KEY

BY_HAND = "by_hand"
LOST = frozenset({SubmissionState.IN_DOUBT, SubmissionState.CHECKING})
LOST_REASONS = frozenset({"absence_proves_nothing", "checks_exhausted"})
"""Why a human decides about something that may be there (billing/submission.py)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What was read; `plain` keeps the books' own claims by id, for the platforms' records."""

    claims: tuple[ClaimFact, ...]
    certificates: tuple[CertificateFact, ...]
    submissions: tuple[SubmissionFact, ...]
    refused: tuple[Claim, ...]
    """Claims whose own state is a refusal."""


def read_claims(uow: UnitOfWork) -> Claims:
    """Read claims, certificates and submissions."""
    rows: dict[str, Submission] = {}
    doubts: list[SubmissionFact] = []
    for row in uow.submissions.stream():
        if row.kind is SubmissionKind.CLAIM:
            rows[row.subject_id] = row
        if _is_lost(row):
            doubts.append(_doubt(row))
        elif row.kind is SubmissionKind.CLAIM and row.state is SubmissionState.HUMAN and row.human_reason == BY_HAND:
            doubts.append(_to_key(row))
    shown = {record.subject_id for record in uow.platform_records.stream(latest=True, subject_kind="claim")}
    facts: list[ClaimFact] = []
    refused: list[Claim] = []
    ready: dict[str, list[str]] = {}
    for claim in uow.claims.stream():
        fact = _claim(claim, rows.get(claim.id), followed=claim.id in shown)
        facts.append(fact)
        if fact.state == "ready" and fact.enrolment_id is not None:
            ready.setdefault(fact.enrolment_id, []).append(fact.id)
        if claim.state is LifeState.REJECTED:
            refused.append(claim)
    certificates = [fact for item in uow.certificates.stream() for fact in _certificate(item, ready)]
    return Claims(
        claims=tuple(facts),
        certificates=tuple(certificates),
        submissions=tuple(doubts),
        refused=tuple(refused),
    )


def local(moment: datetime) -> datetime:
    """Write an instant without its zone, all in UTC: rules compare them with one another alone."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).replace(tzinfo=None)


def _is_lost(row: Submission) -> bool:
    return row.state in LOST or (row.state is SubmissionState.HUMAN and row.human_reason in LOST_REASONS)


def _doubt(row: Submission) -> SubmissionFact:
    sent_at = row.send_by or row.settle_until or row.not_before
    return SubmissionFact(
        id=row.id,
        claim_id=row.subject_id,
        channel="api",
        sent_at=local(sent_at),
        outcome="timeout",
        body_sent=True,
    )


def _to_key(row: Submission) -> SubmissionFact:
    return SubmissionFact(
        id=row.id,
        claim_id=row.subject_id,
        channel=row.platform,
        sent_at=local(row.not_before),
        outcome=TO_KEY,
        body_sent=False,
    )


def _claim(claim: Claim, row: Submission | None, *, followed: bool) -> ClaimFact:
    numbered = claim.number is not None and claim.origin is not ClaimOrigin.OPENING
    return ClaimFact(
        id=claim.id,
        kind=claim.kind.value,
        role=claim.role.value,
        no=claim.number,
        agreement_id=claim.agreement_id,
        enrolment_id=claim.enrolment_id,
        ttc_cents=claim.gross.cents,
        ht_cents=claim.net.cents,
        written_off_cents=claim.written_off.cents,
        issue_date=claim.issue_on,
        sent_at=claim.sent_on,
        state=_state(claim, row),
        series=claim.series if numbered else UNKNOWN,
        seq=claim.sequence if numbered and claim.sequence is not None else UNKNOWN,
        buyer_id=claim.funder_id,
        hours=claim.hours,
        due_date=claim.due_on,
        instalment_no=_instalment(claim),
        period=claim.period or _span(claim),
        origin_no=claim.origin_number if claim.kind is ClaimKind.CREDIT_NOTE else None,
        bpf_line=claim.bpf_line,
        opening=claim.origin is ClaimOrigin.OPENING,
        followed=followed,
    )


def _state(claim: Claim, row: Submission | None) -> str:
    """A claim that quitus issued is numbered before it leaves: its sending says where it stands."""
    if claim.state is not LifeState.DRAFT or claim.number is None:
        return claim.state.value
    if row is None:
        return "ready"
    if row.state in {SubmissionState.SENDING, *LOST} or _is_lost(row):
        return "in_doubt"
    if row.state is SubmissionState.ACCEPTED:
        return "submitted"
    return "rejected" if row.state is SubmissionState.REJECTED else "ready"


def _instalment(claim: Claim) -> Maybe[int | None]:
    """A part whose number nobody gave may be any part."""
    part = claim.role in {ClaimRole.DEPOSIT, ClaimRole.INSTALMENT}
    return UNKNOWN if part and claim.instalment_number is None else claim.instalment_number


def _span(claim: Claim) -> str | None:
    if claim.period_starts_on is None or claim.period_ends_on is None:
        return None
    return f"{claim.period_starts_on}/{claim.period_ends_on}"


def _certificate(item: Certificate, ready: dict[str, list[str]]) -> list[CertificateFact]:
    """A certificate is attached to what is about to leave for its learner, unless it names its claim."""
    claims: list[str | None] = [item.claim_id]
    if item.claim_id is None and item.enrolment_id in ready:
        claims = [*ready[item.enrolment_id]]
    return [
        CertificateFact(
            id=item.id,
            enrolment_id=item.enrolment_id,
            claim_id=claim_id,
            month=item.month,
            hours=item.hours,
            from_=item.starts_on,
            to=item.ends_on,
            signed_on=item.signed_on,
        )
        for claim_id in claims
    ]
