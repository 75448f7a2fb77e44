"""Writing a decision in the books: allocations, claim, bank line and entry change together, or nothing does."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from billing.agreement import LifeState
from billing.booking import entry_of_allocation
from billing.claim import Claim, ClaimOrigin, advance, allocated
from billing.identity import new_id
from billing.money import ZERO, Money
from billing.party import Funder
from billing.payment import Allocation, BankLine, Nature, explained
from billing.ports import UnitOfWork
from billing.usecases.recording import keep
from reconciliation.matching.model import Decision, Part, Status

PAID_BY_MONEY = "claim.paid"
ALLOCATED = "claim.allocated"


def apply(uow: UnitOfWork, decision: Decision, funders: dict[str, Funder]) -> bool:
    """Write an automatic decision; give False, and write nothing, when the books have moved since."""
    line = uow.bank_lines.get(decision.line_id, lock=True)
    if line is None or line.unallocated != line.amount:
        return False
    match decision.status:
        case Status.AUTO:
            if not _still_fits(uow, decision.parts):
                return False
            pay(uow, line, decision.parts, funders, rule=decision.rule, evidence=decision.facts)
        case Status.SET_ASIDE:
            set_aside(uow, line, decision.code, decision.account, rule=decision.rule, evidence=decision.facts)
        case Status.REFUNDED:
            return _refund(uow, line, decision, funders)
        case _:
            return False
    return True


def _still_fits(uow: UnitOfWork, parts: Iterable[Part]) -> bool:
    for part in parts:
        claim = uow.claims.get(part.claim_id, lock=True)
        if claim is None or not claim.is_receivable:
            return False
        if part.amount_cents > claim.open.cents or claim.allocated.cents + part.amount_cents < 0:
            return False
    return True


def pay(
    uow: UnitOfWork,
    line: BankLine,
    parts: Sequence[Part],
    funders: dict[str, Funder],
    *,
    rule: str,
    evidence: tuple[str, ...],
    decided_on: date | None = None,
) -> tuple[Allocation, ...]:
    """Allocate parts of a line to claims. It takes effect when the money came, at the earliest when issued.

    What takes the place of something undone takes effect after the undo, and on `decided_on`, the day on which
    a person decided: a past day never holds both the first explanation and the one that replaced it.
    """
    made: list[Allocation] = []
    not_before = _after_undo(uow, decided_on, bank_line_id=line.id)
    funder_ids: dict[str, None] = {}
    for part in parts:
        claim = uow.claims.get(part.claim_id, lock=True)
        assert claim is not None  # noqa: S101 - checked by every caller before the first write
        funder_ids[claim.funder_id] = None
        allocation = Allocation(
            id=new_id(),
            bank_line_id=line.id,
            claim_id=claim.id,
            nature=Nature.PAYMENT,
            amount=Money(part.amount_cents),
            effective_on=max(
                line.booked_on, _starts_on(uow, claim), not_before, _after_undo(uow, None, claim_id=claim.id)
            ),
            recorded_at=uow.recorded_at,
            actor=uow.actor,
            rule=rule,
            evidence=evidence,
            agreement_id=claim.agreement_id,
        )
        keep(uow, None, allocation, type_="allocation.made", on=allocation.effective_on)
        change_claim(uow, claim, allocation.amount, allocation.effective_on)
        uow.post(entry_of_allocation(allocation, line, funders[claim.funder_id], claim.number or ""))
        made.append(allocation)
    net = Money(sum(part.amount_cents for part in parts))
    after = explained(line, Nature.PAYMENT, net)
    if line.funder_id is None and len(funder_ids) == 1:
        after = replace(after, funder_id=next(iter(funder_ids)))
    uow.bank_lines.put(after)
    return tuple(made)


def _after_undo(uow: UnitOfWork, decided_on: date | None, **of: str) -> date:
    """Give the first day on which a line or a claim is free again; the beginning of time when nothing was undone."""
    undone = [one.effective_on for one in uow.allocations.find(**of) if one.reverses_id is not None]
    return max([*undone, decided_on or date.min]) if undone else date.min


def _starts_on(uow: UnitOfWork, claim: Claim) -> date:
    """Give the day from which a claim stands in these books: a receivable taken over, from the takeover day."""
    if claim.origin is ClaimOrigin.OPENING:
        organisation = uow.organisations.get(uow.organisation_id)
        if organisation is not None:
            return max(claim.issue_on, organisation.opening_on)
    return claim.issue_on


def change_claim(uow: UnitOfWork, claim: Claim, amount: Money, on: date) -> None:
    """Add an allocation to a claim and move its commercial state.

    Nothing open any more: the money says `paid`, whatever the payer's word was. Open again after having been
    paid: the payer's last known word on its platform, or `submitted` when there is none.
    """
    after = allocated(claim, amount)
    if after.open == ZERO and after.allocated.cents > 0:
        after = advance(after, LifeState.PAID, reported=True)
    elif after.open.cents > 0 and after.state is LifeState.PAID and amount.cents < 0:
        after = advance(after, _last_word(uow, claim), reported=True)
    keep(uow, claim, after, type_=PAID_BY_MONEY if after.state is LifeState.PAID else ALLOCATED, on=on)


def _last_word(uow: UnitOfWork, claim: Claim) -> LifeState:
    records = uow.platform_records.find(subject_kind="claim", subject_id=claim.id, latest=True)
    for record in records:
        if record.state not in {None, LifeState.DRAFT, LifeState.CANCELLED}:
            assert record.state is not None  # noqa: S101 - for the type checker
            return record.state
    return LifeState.SUBMITTED


def set_aside(
    uow: UnitOfWork,
    line: BankLine,
    code: str,
    account: str,
    *,
    rule: str,
    evidence: tuple[str, ...],
    decided_on: date | None = None,
) -> Allocation:
    """Book what is unexplained of a line on an account, by a named rule; `decided_on` as for `pay`."""
    allocation = _allocation(
        uow, line, Nature.SET_ASIDE, line.unallocated, rule=rule, evidence=evidence, account=account
    )
    free_on = _after_undo(uow, decided_on, bank_line_id=line.id)
    allocation = replace(allocation, effective_on=max(line.booked_on, free_on))
    keep(uow, None, allocation, type_="allocation.set_aside", on=allocation.effective_on)
    uow.post(entry_of_allocation(allocation, line, None, line.bank_reference))
    uow.bank_lines.put(replace(explained(line, Nature.SET_ASIDE, allocation.amount), set_aside_reason=code))
    return allocation


def _refund(uow: UnitOfWork, line: BankLine, decision: Decision, funders: dict[str, Funder]) -> bool:
    """Book both legs: the money that came without a reason, and the debit that gives it back."""
    earlier = uow.bank_lines.get(decision.refund_of or "", lock=True)
    funder = funders.get(decision.payer_id or "")
    if earlier is None or funder is None or earlier.unallocated != -line.amount:
        return False
    back = tuple(fact for fact in decision.facts if not fact.startswith("earlier_line="))
    # Both legs on one day, or the payer's account would be out by the amount in between.
    free_on = max(_after_undo(uow, None, bank_line_id=one.id) for one in (earlier, line))
    effective_on = max(line.booked_on, earlier.booked_on, free_on)
    for one, amount, facts in (
        (earlier, -line.amount, (*back, f"refund_line={line.id}")),
        (line, line.amount, decision.facts),
    ):
        allocation = replace(
            _allocation(uow, one, Nature.REFUND, amount, rule=decision.rule, evidence=facts), effective_on=effective_on
        )
        keep(uow, None, allocation, type_="allocation.refunded", on=effective_on)
        uow.post(entry_of_allocation(allocation, one, funder, one.bank_reference))
        uow.bank_lines.put(replace(explained(one, Nature.REFUND, amount), funder_id=one.funder_id or funder.id))
    return True


def _allocation(
    uow: UnitOfWork,
    line: BankLine,
    nature: Nature,
    amount: Money,
    *,
    rule: str,
    evidence: tuple[str, ...],
    account: str = "",
) -> Allocation:
    return Allocation(
        id=new_id(),
        bank_line_id=line.id,
        claim_id=None,
        nature=nature,
        amount=amount,
        effective_on=line.booked_on,
        recorded_at=uow.recorded_at,
        actor=uow.actor,
        rule=rule,
        evidence=evidence,
        account=account,
    )
