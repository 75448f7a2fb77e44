"""From the books to the engine: payers, claims as open items, advices, bank lines, and what was decided before."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from billing.agreement import LifeState
from billing.claim import Claim, ClaimKind
from billing.payment import Allocation, BankLine, Nature
from billing.ports import UnitOfWork
from reconciliation.facts import FORGOTTEN
from reconciliation.matching.engine import LATE_ADVICE, Engine, Past, run
from reconciliation.matching.model import (
    Advice,
    AdviceLine,
    Decision,
    ItemKind,
    Line,
    OpenItem,
    Part,
    Payer,
    Status,
)
from reconciliation.matching.settings import Settings
from reconciliation.matching.text import name_key
from reconciliation.usecases.frozen import frozen_subjects

HUMAN = "human"
FACT_ADVICE = "advice="
FACT_EARLIER = "earlier_line="


@dataclass(slots=True, kw_only=True)
class Played:
    """The engine after all that the books hold, and what it decides of the lines that wait.

    Attributes:
        decisions: last decision by line, in the order of days; only of lines with nothing explained.
        lines: the waiting lines, as the engine sees them.
    """

    engine: Engine
    decisions: dict[str, Decision]
    lines: dict[str, Line]


@dataclass(slots=True, kw_only=True)
class _Books:
    lines: list[Line] = field(default_factory=list)
    explained: set[str] = field(default_factory=set)
    active: dict[str, list[Allocation]] = field(default_factory=dict)
    undone: set[str] = field(default_factory=set)


def play(uow: UnitOfWork, settings: Settings, frozen_claims: frozenset[str]) -> Played:
    """Read the books of the organisation and run the engine over them; writes nothing.

    What open anomalies freeze is read here, claims and receipts; `frozen_claims` only adds to it.
    """
    books = _read_lines(uow)
    past = _past(uow, books)
    frozen = frozen_subjects(uow)
    frozen_claims |= {id_ for kind, id_ in frozen if kind == "claim"}
    lines = [
        replace(
            line,
            held=line.held or line.id in books.undone,
            undone=line.id in books.undone,
            frozen=("receipt", line.id) in frozen,
        )
        for line in books.lines
    ]
    waiting = {line.id: line for line in lines if line.id not in past}
    own = frozenset(account.iban.value for account in uow.bank_accounts.stream())
    engine = Engine(replace(settings, own_ibans=settings.own_ibans | own), frozen_claims)
    if not waiting:
        return Played(engine=engine, decisions={}, lines={})
    for payer in payers(uow):
        engine.add_payer(payer)
    paid: dict[str, int] = defaultdict(int)
    for allocations in books.active.values():
        for allocation in allocations:
            if allocation.claim_id:
                paid[allocation.claim_id] += allocation.amount.cents
    decisions = run(engine, items=open_items(uow, paid), advices=advices(uow), lines=lines, past=past)
    return Played(engine=engine, decisions=decisions, lines=waiting)


def payers(uow: UnitOfWork) -> Iterator[Payer]:
    """Read the payers with their names and accounts."""
    ibans: dict[str, list[str]] = defaultdict(list)
    for account in uow.funder_accounts.stream():
        if account.source != FORGOTTEN:
            ibans[account.funder_id].append(account.iban.value)
    for funder in uow.funders.stream():
        yield Payer(
            id=funder.id,
            kind=funder.funder_class.value,
            name=funder.name,
            aliases=funder.aliases,
            ibans=tuple(ibans.get(funder.id, ())),
        )


def open_items(uow: UnitOfWork, paid_cents: dict[str, int]) -> Iterator[OpenItem]:
    """Read the numbered claims, each with what was open before the payments given.

    Paid and cancelled ones too: a second payment of them must be recognised. Credit notes are already
    counted in their origin.
    """
    references = {
        agreement.id: (agreement.reference, agreement.engagement_number) for agreement in uow.agreements.stream()
    }
    learners = {
        learner.id: (
            name_key(learner.last_name + learner.first_name),
            name_key(learner.first_name + learner.last_name),
        )
        for learner in uow.learners.stream()
    }
    learner_of = {enrolment.id: enrolment.learner_id for enrolment in uow.enrolments.stream()}
    for claim in uow.claims.stream():
        if claim.number is None:
            continue
        paid = paid_cents.get(claim.id, 0)
        known = references.get(claim.agreement_id or "", ())
        yield OpenItem(
            id=claim.id,
            number=claim.number,
            payer_id=claim.funder_id,
            issued_on=claim.issue_on,
            due_on=claim.due_on,
            open_cents=max(claim.open.cents + paid, 0) if claim.is_receivable else 0,
            allocated_cents=claim.allocated.cents - paid,
            references=tuple(one for one in (*known, claim.external_reference) if one),
            kind=_kind(claim),
            learner_keys=learners.get(learner_of.get(claim.enrolment_id or "", ""), ()),
            credit_of=claim.origin_claim_id,
        )


def _kind(claim: Claim) -> ItemKind:
    if claim.kind is ClaimKind.CREDIT_NOTE:
        return ItemKind.CREDIT_NOTE
    return ItemKind.CANCELLED if claim.state is LifeState.CANCELLED else ItemKind.INVOICE


def advices(uow: UnitOfWork) -> Iterator[Advice]:
    """Read the payers' advices with their lines."""
    lines: dict[str, list[AdviceLine]] = defaultdict(list)
    for line in uow.remittance_lines.stream():
        lines[line.remittance_id].append(
            AdviceLine(
                position=line.position,
                invoice_reference=line.invoice_reference,
                dossier=line.dossier_reference,
                billed_cents=line.billed.cents,
                refaction_cents=line.refaction.cents,
                net_cents=line.net.cents,
            )
        )
    for remittance in uow.remittances.stream():
        yield Advice(
            id=remittance.id,
            payer_id=remittance.funder_id,
            issued_on=remittance.issued_on,
            payment_reference=remittance.payment_reference or remittance.reference,
            total_cents=remittance.total.cents,
            lines=tuple(sorted(lines.get(remittance.id, ()), key=lambda one: one.position)),
        )


def line_of(line: BankLine, *, held: bool) -> Line:
    """Show a bank line to the engine."""
    return Line(
        id=line.id,
        on=line.booked_on,
        amount_cents=line.amount.cents,
        label=line.label,
        counterparty_name=line.counterparty_name,
        counterparty_iban=line.counterparty_iban,
        end_to_end_id=line.end_to_end_id,
        held=held,
    )


def _read_lines(uow: UnitOfWork) -> _Books:
    """Read lines and allocations; money from before the takeover day is never matched by itself."""
    books = _Books()
    organisation = uow.organisations.get(uow.organisation_id)
    for line in uow.bank_lines.stream():
        if not line.amount:
            continue
        if line.unallocated != line.amount:
            books.explained.add(line.id)
        before = organisation is not None and line.booked_on < organisation.opening_on
        books.lines.append(line_of(line, held=before))
    reversed_ids: set[str] = set()
    everything: list[Allocation] = []
    for allocation in uow.allocations.stream():
        if allocation.reverses_id:
            reversed_ids.add(allocation.reverses_id)
            books.undone.add(allocation.bank_line_id)
        else:
            everything.append(allocation)
    for allocation in everything:
        if allocation.id not in reversed_ids:
            books.active.setdefault(allocation.bank_line_id, []).append(allocation)
    return books


def _past(uow: UnitOfWork, books: _Books) -> dict[str, Past]:
    """Say what was decided before on each line that is explained, even in part."""
    issued = {remittance.id: remittance.issued_on for remittance in uow.remittances.stream()}
    past: dict[str, Past] = {}
    for line in books.lines:
        if line.id not in books.explained:
            continue
        allocations = books.active.get(line.id, [])
        decision = _decision(line.id, allocations)
        at = line.on
        if any(LATE_ADVICE in allocation.evidence for allocation in allocations):
            at = max([at, *(issued[one] for one in decision.advice_ids if one in issued)])
        if any(allocation.rule == HUMAN for allocation in allocations):
            at = max([at, *(allocation.recorded_at.date() for allocation in allocations)])
        past[line.id] = Past(decision=decision, at=at)
    return past


def _decision(line_id: str, allocations: list[Allocation]) -> Decision:
    facts = [fact for allocation in allocations for fact in allocation.evidence]
    earlier = next((fact.removeprefix(FACT_EARLIER) for fact in facts if fact.startswith(FACT_EARLIER)), None)
    natures = {allocation.nature for allocation in allocations}
    parts = tuple(
        Part(claim_id=allocation.claim_id, amount_cents=allocation.amount.cents)
        for allocation in allocations
        if allocation.claim_id
    )
    status = Status.AUTO
    if natures == {Nature.SET_ASIDE}:
        status = Status.SET_ASIDE
    elif natures == {Nature.REFUND} and earlier:
        status = Status.REFUNDED
    return Decision(
        line_id=line_id,
        status=status,
        parts=parts,
        advice_ids=tuple(
            dict.fromkeys(fact.removeprefix(FACT_ADVICE) for fact in facts if fact.startswith(FACT_ADVICE))
        ),
        refund_of=earlier if status is Status.REFUNDED else None,
        reverses_line=earlier if parts else None,
    )
