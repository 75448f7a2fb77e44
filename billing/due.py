"""What is due: from an agreement and its evidence to the claims that may be issued today. Pure.

Deposits and instalments may precede evidence; evidence bounds the final claim (ARCHITECTURE.md).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from billing.agreement import (
    FundingAgreement,
    Instalment,
    LifeState,
    PlanRank,
    PlatformRecord,
    Scheme,
    Unit,
    pays_real_hours,
)
from billing.asked import NotDue, ceiling, claimed_so_far, refusal, reopening, requests, standing
from billing.claim import Claim, ClaimRole
from billing.errors import Finding, Severity
from billing.evidence import Certificate, EvidenceSummary
from billing.money import Money
from billing.training import Enrolment, Session

HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class DueClaim:
    """A claim that may be issued today.

    Attributes:
        part: `whole`, `instalment:<number>`, or one of these with `:rest:<n>` (what a credit note took back of a
            claim that still stands); with the agreement's reference it makes the business key.
        amount: on the agreement's basis (net or gross), never above what the agreement still allows.
        hours: None when the claim states none.
        after: the credit note that reopened it, None for a first claim.
        told: what whoever prepares should read, because the amount may surprise.
    """

    part: str
    role: ClaimRole
    amount: Money
    hours: Decimal | None
    unit_price: Decimal | None
    instalment_number: int | None = None
    after: Claim | None = None
    told: Finding | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Everything that decides what one agreement owes.

    Attributes:
        claims: all of the agreement, cancelled ones and credit notes included.
        waiting: ids of its credit notes that have not reached their payer; true = a person must act.
        hour_schemes: schemes that pay hours attended (parameter `anomaly.real_hours_schemes`).
    """

    agreement: FundingAgreement
    session: Session
    enrolment: Enrolment | None
    evidence: EvidenceSummary
    certificates: Sequence[Certificate]
    instalments: Sequence[Instalment]
    claims: Sequence[Claim]
    record: PlatformRecord | None
    waiting: Mapping[str, bool] = field(default_factory=dict)
    hour_schemes: Collection[str] = ()


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
    refused = refusal(case.claims, case.waiting)
    if refused is not None:
        return refused
    due = _whole(case, today)
    if isinstance(due, NotDue):
        return due
    due = _after_credit(agreement, case.claims, due)
    return [due] if due.amount.cents > 0 else NotDue(code="claimed_already")


def may_owe(claims: Sequence[Claim]) -> bool:
    """Tell whether an agreement that is not paid by instalments is worth looking at: cheap, and never wrong on no."""
    refused = refusal(claims, {})
    return refused is None or refused.blocks


def _instalments(case: Case, today: date) -> list[DueClaim] | NotDue:
    agreement = case.agreement
    lines = sorted(case.instalments, key=lambda line: line.number)
    left = agreement.amount - claimed_so_far(agreement, standing(case.claims))
    due: list[DueClaim] = []
    stopped: NotDue | None = None
    for line in lines:
        claims = [claim for claim in case.claims if claim.instalment_number == line.number]
        if line.due_on > today or line.state == "cancelled":
            continue
        refused = refusal(claims, case.waiting)
        if refused is not None:
            stopped = stopped or (refused if refused.blocks else None)
            continue
        final = line.number == lines[-1].number
        if final and case.evidence.done == 0:
            stopped = _nothing_done(case.evidence)
            break
        part = f"instalment:{line.number}"
        role = ClaimRole.FINAL if final else ClaimRole.INSTALMENT
        one = DueClaim(
            part=part, role=role, amount=line.amount, hours=None, unit_price=None, instalment_number=line.number
        )
        one = _after_credit(agreement, claims, one)
        amount = min(one.amount, left)
        if amount.cents <= 0:
            continue
        left -= amount
        due.append(replace(one, amount=amount))
    return due or stopped or NotDue(code="no_instalment_due")


def _after_credit(agreement: FundingAgreement, claims: Sequence[Claim], due: DueClaim) -> DueClaim:
    """Lower what is due for a part by what stands and what was given up; say which credit note reopened it."""
    if not claims:
        return due
    kept = standing(claims)
    amount = ceiling(agreement, claims, due.amount) - claimed_so_far(agreement, kept)
    asked, hours = len(requests(claims)), due.hours
    if hours is not None and amount != due.amount:
        hours = (hours * amount.euros / due.amount.euros).quantize(HUNDREDTH, rounding=ROUND_HALF_UP)
    part = f"{due.part}:rest:{asked}" if requests(kept) else due.part
    return replace(due, part=part, amount=amount, hours=hours, after=next(iter(reopening(claims)[-1:]), None))


def _whole(case: Case, today: date) -> DueClaim | NotDue:
    agreement, evidence = case.agreement, case.evidence
    end = case.session.ends_on
    if case.enrolment is not None and case.enrolment.exit_on is not None:
        end = min(end, case.enrolment.exit_on)
    if end >= today:
        return NotDue(code="training_not_over")
    if agreement.scheme is Scheme.CPF:
        return _cpf(case)
    if evidence.unsigned > 0:
        return NotDue(code="attendance_unsigned", blocks=True)
    if evidence.done == 0:
        return _nothing_done(evidence)
    problem = _certificate_problem(case, today) if agreement.needs_certificate else ""
    if problem:
        return NotDue(code=problem, blocks=True)
    amount, hours = _amount_and_hours(case)
    if amount.cents <= 0:
        return NotDue(code="nothing_delivered", blocks=True)
    return DueClaim(
        part="whole",
        role=ClaimRole.SINGLE,
        amount=amount,
        hours=hours,
        unit_price=agreement.unit_price,
        told=_told(case, amount),
    )


def _cpf(case: Case) -> DueClaim | NotDue:
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
    return DueClaim(part="whole", role=ClaimRole.SINGLE, amount=amount, hours=None, unit_price=None)


def _nothing_done(evidence: EvidenceSummary) -> NotDue:
    """Tell apart nothing recorded at all, and absences alone."""
    absent = evidence.justified + evidence.unjustified
    if absent == 0:
        return NotDue(code="evidence_missing", blocks=True)
    return NotDue(code="no_hour_attended", blocks=True, values={"absent": french_hours(absent)})


def french_hours(hours: Decimal) -> str:
    """Write hours as people do: `17,5`."""
    return format(hours.normalize(), "f").replace(".", ",")


def _certificate_problem(case: Case, today: date) -> str:
    whole = [certificate for certificate in case.certificates if certificate.month is None] or list(case.certificates)
    if not whole:
        return "certificate_missing"
    if any(item.signed_on is None or item.signed_on < item.ends_on or item.signed_on > today for item in whole):
        return "certificate_unsigned"
    if sum((item.hours for item in whole), Decimal(0)) != case.evidence.done:
        return "certificate_hours_differ"
    return ""


def _amount_and_hours(case: Case) -> tuple[Money, Decimal | None]:
    agreement, evidence = case.agreement, case.evidence
    if not pays_real_hours(agreement, case.hour_schemes):
        return agreement.amount, evidence.done if agreement.hours is not None else None
    hours = evidence.done if agreement.hours is None else min(evidence.done, agreement.hours)
    if agreement.unit_price is not None and agreement.unit is Unit.HOUR:
        return Money.rounded(min(agreement.unit_price * hours, agreement.amount.euros)), hours
    if agreement.hours is None or agreement.hours == 0:
        return agreement.amount, hours
    return min(agreement.amount.times(hours / agreement.hours), agreement.amount), hours


def _told(case: Case, amount: Money) -> Finding | None:
    """Say what is not plain from the agreement: a flat amount brought to the hours done, or billed in spite of them."""
    agreement, done = case.agreement, case.evidence.done
    if agreement.bills_real_hours or agreement.hours is None or done >= agreement.hours:
        return None
    return Finding(
        code="billed_by_hours_done" if amount < agreement.amount else "billed_whole_despite_absences",
        where=agreement.reference,
        severity=Severity.INFORMATION,
        values={
            "amount": amount.french(),
            "agreed": agreement.amount.french(),
            "done": french_hours(done),
            "hours": french_hours(agreement.hours),
        },
    )
