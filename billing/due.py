"""What is due: from an agreement and its evidence to the claims that may be issued today. Pure.

Deposits and instalments may precede evidence; evidence bounds the final claim (ARCHITECTURE.md).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing.agreement import (
    AmountBasis,
    FundingAgreement,
    Instalment,
    LifeState,
    PlanRank,
    PlatformRecord,
    Scheme,
    Unit,
)
from billing.claim import Claim, ClaimKind, ClaimRole
from billing.evidence import Certificate, EvidenceSummary
from billing.money import ZERO, Money, total
from billing.training import Enrolment, Session


@dataclass(frozen=True, slots=True, kw_only=True)
class DueClaim:
    """A claim that may be issued today.

    Attributes:
        part: `whole`, or `instalment:<number>`; with the agreement's reference it makes the business key.
        amount: on the agreement's basis (net or gross), never above what the agreement still allows.
        hours: None when the claim states none.
    """

    part: str
    role: ClaimRole
    amount: Money
    hours: Decimal | None
    unit_price: Decimal | None
    instalment_number: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotDue:
    """Why nothing may be issued today; `code` is a finding's code that a person can read."""

    code: str
    blocks: bool = False
    """True when somebody must do something (sign, complete); false when it simply is not the day yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Everything that decides what one agreement owes; `claims` are those that stand (not cancelled)."""

    agreement: FundingAgreement
    session: Session
    enrolment: Enrolment | None
    evidence: EvidenceSummary
    certificates: Sequence[Certificate]
    instalments: Sequence[Instalment]
    claims: Sequence[Claim]
    record: PlatformRecord | None


def due_today(case: Case, today: date) -> list[DueClaim] | NotDue:
    """Tell what may be issued today under one agreement.

    Returns:
        The claims, in order; or the first reason why there is none.
    """
    agreement = case.agreement
    if agreement.rank is PlanRank.TOP_UP:
        return NotDue(code="top_up_is_inside_the_main_agreement")
    if agreement.state is not LifeState.APPROVED:
        return NotDue(code="agreement_not_approved")
    if agreement.in_control:
        return NotDue(code="agreement_under_control", blocks=True)
    if agreement.unit is Unit.INSTALMENT:
        return _instalments(case, today)
    if any(claim.kind is not ClaimKind.CREDIT_NOTE for claim in case.claims):
        return NotDue(code="claimed_already")
    return _whole(case, today)


def standing(claims: Iterable[Claim]) -> list[Claim]:
    """Keep what stands: neither cancelled claims nor the credit notes that cancelled them."""
    claims = list(claims)
    cancelled = {claim.id for claim in claims if claim.state is LifeState.CANCELLED}
    return [
        claim for claim in claims if claim.state is not LifeState.CANCELLED and claim.origin_claim_id not in cancelled
    ]


def claimed_so_far(agreement: FundingAgreement, claims: Sequence[Claim]) -> Money:
    """Sum what stands under an agreement, on the agreement's own basis; credit notes lower it."""
    net = agreement.amount_basis is AmountBasis.NET
    return total(
        Money((-1 if claim.kind is ClaimKind.CREDIT_NOTE else 1) * (claim.net if net else claim.gross).cents)
        for claim in claims
        if claim.kind is not ClaimKind.INDEMNITY and claim.role is not ClaimRole.EMPLOYER_CONTRIBUTION
    )


def _instalments(case: Case, today: date) -> list[DueClaim] | NotDue:
    done = {claim.instalment_number for claim in case.claims if claim.kind is not ClaimKind.CREDIT_NOTE}
    lines = sorted(case.instalments, key=lambda line: line.number)
    left = case.agreement.amount - claimed_so_far(case.agreement, case.claims)
    due: list[DueClaim] = []
    for line in lines:
        if line.number in done or line.due_on > today or line.state == "cancelled":
            continue
        final = line.number == lines[-1].number
        if final and case.evidence.done == 0:
            return due or NotDue(code="evidence_missing", blocks=True)
        amount = min(line.amount, left)
        if amount.cents <= 0:
            break
        left -= amount
        due.append(
            DueClaim(
                part=f"instalment:{line.number}",
                role=ClaimRole.FINAL if final else ClaimRole.INSTALMENT,
                amount=amount,
                hours=None,
                unit_price=None,
                instalment_number=line.number,
            )
        )
    return due or NotDue(code="no_instalment_due")


def _whole(case: Case, today: date) -> list[DueClaim] | NotDue:
    agreement, evidence = case.agreement, case.evidence
    end = case.session.ends_on
    if case.enrolment is not None and case.enrolment.exit_on is not None:
        end = min(end, case.enrolment.exit_on)
    if end >= today:
        return NotDue(code="training_not_over")
    if agreement.scheme is Scheme.CPF:
        return _cpf(case)
    problem = _evidence_problem(case, today)
    if problem:
        return NotDue(code=problem, blocks=True)
    amount, hours = _amount_and_hours(agreement, evidence)
    if amount.cents <= 0:
        return NotDue(code="nothing_delivered", blocks=True)
    return [DueClaim(part="whole", role=ClaimRole.SINGLE, amount=amount, hours=hours, unit_price=agreement.unit_price)]


def _cpf(case: Case) -> list[DueClaim] | NotDue:
    """The platform computes what may be billed; we never bill another amount (funders.md §1.2, documented)."""
    record = case.record
    if record is None or not record.ready_to_bill:
        return NotDue(code="service_not_validated")
    amount = record.amount_billable if record.amount_billable is not None else None
    if amount is None:
        return NotDue(code="billable_amount_unknown", blocks=True)
    if amount.cents <= 0:
        return NotDue(code="nothing_billable")
    if record.amount_billed is not None and record.amount_billed.cents > 0:
        return NotDue(code="billed_on_the_platform_already", blocks=True)
    return [DueClaim(part="whole", role=ClaimRole.SINGLE, amount=amount, hours=None, unit_price=None)]


def _evidence_problem(case: Case, today: date) -> str:
    if case.evidence.unsigned > 0:
        return "attendance_unsigned"
    if case.evidence.done == 0:
        return "evidence_missing"
    return _certificate_problem(case, today) if case.agreement.needs_certificate else ""


def _certificate_problem(case: Case, today: date) -> str:
    whole = [certificate for certificate in case.certificates if certificate.month is None] or list(case.certificates)
    if not whole:
        return "certificate_missing"
    if any(item.signed_on is None or item.signed_on < item.ends_on or item.signed_on > today for item in whole):
        return "certificate_unsigned"
    if sum((item.hours for item in whole), Decimal(0)) != case.evidence.done:
        return "certificate_hours_differ"
    return ""


def _amount_and_hours(agreement: FundingAgreement, evidence: EvidenceSummary) -> tuple[Money, Decimal | None]:
    if not agreement.bills_real_hours:
        return agreement.amount, evidence.done if agreement.hours is not None else None
    hours = evidence.done if agreement.hours is None else min(evidence.done, agreement.hours)
    if agreement.unit_price is not None and agreement.unit is Unit.HOUR:
        return min(Money.rounded(agreement.unit_price * hours), agreement.amount), hours
    if agreement.hours is None or agreement.hours == 0:
        return agreement.amount, hours
    return min(agreement.amount.times(hours / agreement.hours), agreement.amount), hours


def excess(agreement: FundingAgreement, claims: Sequence[Claim], amount: Money) -> Money:
    """Tell by how much a new claim would exceed its agreement (invariant of the books: must be zero).

    Args:
        agreement: the agreement.
        claims: those that stand under it.
        amount: of the new claim, on the agreement's basis.
    """
    over = claimed_so_far(agreement, claims) + amount - agreement.amount
    return over if over.cents > 0 else ZERO
