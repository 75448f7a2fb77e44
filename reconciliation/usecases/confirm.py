"""A person says what a bank line pays."""

import re
from collections.abc import Collection, Sequence
from datetime import date

from billing.claim import Claim
from billing.errors import BrokenBooks, InvalidInput, NotFound
from billing.money import Money
from billing.payment import Allocation, BankLine
from billing.ports import UnitOfWork
from reconciliation.evidence import Agreement
from reconciliation.matching.model import Part
from reconciliation.matching.payers import PayerIndex
from reconciliation.usecases import applying
from reconciliation.usecases.ageing import AGED_ACCOUNTS
from reconciliation.usecases.explain import explain
from reconciliation.usecases.learn import learn
from reconciliation.usecases.loading import HUMAN, line_of, payers

FACT_OTHER_PAYER = "other_payer="
REASON_MAX = 200


def confirm(
    uow: UnitOfWork,
    line_id: str,
    parts: Sequence[Part],
    *,
    today: date,
    evidence: tuple[str, ...] = (),
    other_payer: str = "",
) -> tuple[Allocation, ...]:
    """Allocate parts of a waiting line to claims, as the unit of work's actor decided; the caller commits.

    Money of a payer that is recognised pays its own claims. It pays another's where the engine itself proposed
    so, or where the person says why; neither teaches anything about the debtor.

    Args:
        uow: the unit of work.
        line_id: the bank line.
        parts: claims and cents, signed like money received; each claim once.
        today: the day of the decision; on a line that was undone it takes effect then.
        evidence: what the person saw (a suggestion's facts), kept on the allocations.
        other_payer: why this payer pays another's claim, kept on the allocations; empty when it does not.

    Raises:
        NotFound: no such line or claim.
        InvalidInput: no part, a part of zero, a claim given twice, or a claim of another payer without a word.
        BrokenBooks: more than the line or a claim has left, or the claim is no receivable.
    """
    line = waiting_line(uow, line_id)
    _check(uow, line, parts)
    claims = [claim for part in parts if (claim := uow.claims.get(part.claim_id)) is not None]
    funder_ids = sorted({claim.funder_id for claim in claims})
    funders = {funder.id: funder for funder in uow.funders.find(id=funder_ids)}
    may_be = _may_be(uow, line)
    strangers = [claim for claim in claims if may_be and claim.funder_id not in may_be]
    why = " ".join(other_payer.split())[:REASON_MAX]
    if strangers and why:
        evidence = (*evidence, f"{FACT_OTHER_PAYER}{why}")
    elif strangers:
        if not _proposed(uow, line, {part.claim_id for part in parts}):
            raise _refusal(uow, line, may_be, strangers[0])
        evidence = (*evidence, f"agreement={Agreement.OTHER.value}")
    made = applying.pay(uow, line, parts, funders, rule=HUMAN, evidence=evidence, decided_on=today)
    if len(funder_ids) == 1 and line.amount.cents > 0 and not strangers:
        learn(uow, line, funder_ids[0])
    return made


def _may_be(uow: UnitOfWork, line: BankLine) -> frozenset[str]:
    """List the payers that the line's account, name or label says; none when it says nobody."""
    index = PayerIndex()
    for payer in payers(uow):
        index.add(payer)
    return index.claimed_by(line_of(line, held=False))


def _proposed(uow: UnitOfWork, line: BankLine, claim_ids: Collection[str]) -> bool:
    """Tell whether the engine proposes these very claims, saying itself that the payer is not their debtor."""
    decision = explain(uow, line.id).decision
    return decision is not None and any(
        candidate.evidence.agreement is Agreement.OTHER and {part.claim_id for part in candidate.parts} == claim_ids
        for candidate in decision.candidates
    )


def _refusal(uow: UnitOfWork, line: BankLine, may_be: frozenset[str], claim: Claim) -> InvalidInput:
    names = {funder.id: funder.name for funder in uow.funders.find(id=(*sorted(may_be), claim.funder_id))}
    return InvalidInput(
        "confirm_other_payer",
        line=line.id,
        payer=", ".join(names[one] for one in sorted(may_be)),
        claim=claim.number or claim.id,
        debtor=names[claim.funder_id],
    )


_ACCOUNT = re.compile(r"[1-9][0-9]{2,11}")


def set_aside(uow: UnitOfWork, line_id: str, account: str, reason: str, *, today: date) -> Allocation:
    """Book what is unexplained of a line on an account that a person names; the caller commits.

    `today` is the day of the decision: on a line that was undone it takes effect then.

    Raises:
        NotFound: no such line.
        InvalidInput: nothing is unexplained, or the account is no account to set aside on: digits, and neither the
            customers' nor the suspense account, which say what is owed.
    """
    line = waiting_line(uow, line_id)
    if not line.unallocated or not _ACCOUNT.fullmatch(account) or account.startswith(AGED_ACCOUNTS):
        raise InvalidInput("set_aside_refused", line=line_id, account=account[:20])
    return applying.set_aside(uow, line, reason, account, rule=HUMAN, evidence=(), decided_on=today)


def waiting_line(uow: UnitOfWork, line_id: str) -> BankLine:
    """Find a line, held until the end of the unit of work."""
    line = uow.bank_lines.get(line_id, lock=True)
    if line is None:
        raise NotFound("bank_line_missing", line=line_id)
    return line


def _check(uow: UnitOfWork, line: BankLine, parts: Sequence[Part]) -> None:
    ids = [part.claim_id for part in parts]
    if not parts or len(set(ids)) != len(ids) or any(part.amount_cents == 0 for part in parts):
        raise InvalidInput("confirm_without_parts", line=line.id)
    net = sum(part.amount_cents for part in parts)
    if net * line.amount.cents < 0 or abs(net) > abs(line.unallocated.cents):
        asked, left = Money(net).french(), line.unallocated.french()
        raise BrokenBooks("bank_line_over_explained", line=line.id, asked=asked, left=left)
    for part in parts:
        claim = uow.claims.get(part.claim_id, lock=True)
        if claim is None:
            raise NotFound("claim_missing", claim=part.claim_id)
        if not claim.is_receivable:
            raise BrokenBooks("allocation_on_no_receivable", claim=claim.number or claim.id)
        if part.amount_cents > claim.open.cents:
            raise BrokenBooks(
                "allocation_over_open",
                claim=claim.number or claim.id,
                asked=Money(part.amount_cents).french(),
                open=claim.open.french(),
            )
        if claim.allocated.cents + part.amount_cents < 0:
            asked = Money(-part.amount_cents).french()
            raise BrokenBooks("allocation_below_zero", claim=claim.number or claim.id, asked=asked)
