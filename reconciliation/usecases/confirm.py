"""A person says what a bank line pays."""

import re
from collections.abc import Sequence

from billing.errors import BrokenBooks, InvalidInput, NotFound
from billing.payment import Allocation, BankLine
from billing.ports import UnitOfWork
from reconciliation.matching.model import Part
from reconciliation.usecases import applying
from reconciliation.usecases.ageing import AGED_ACCOUNTS
from reconciliation.usecases.learn import learn
from reconciliation.usecases.loading import HUMAN


def confirm(
    uow: UnitOfWork, line_id: str, parts: Sequence[Part], *, evidence: tuple[str, ...] = ()
) -> tuple[Allocation, ...]:
    """Allocate parts of a waiting line to claims, as the unit of work's actor decided; the caller commits.

    Args:
        uow: the unit of work.
        line_id: the bank line.
        parts: claims and cents, signed like money received; each claim once.
        evidence: what the person saw (a suggestion's facts), kept on the allocations.

    Raises:
        NotFound: no such line or claim.
        InvalidInput: no part, a part of zero, or a claim given twice.
        BrokenBooks: more than the line or a claim has left, or the claim is no receivable.
    """
    line = waiting_line(uow, line_id)
    _check(uow, line, parts)
    claims = {part.claim_id: uow.claims.get(part.claim_id) for part in parts}
    funder_ids = sorted({claim.funder_id for claim in claims.values() if claim is not None})
    funders = {funder.id: funder for funder in uow.funders.find(id=funder_ids)}
    made = applying.pay(uow, line, parts, funders, rule=HUMAN, evidence=evidence)
    if len(funder_ids) == 1 and line.amount.cents > 0:
        learn(uow, line, funder_ids[0])
    return made


_ACCOUNT = re.compile(r"[1-9][0-9]{2,11}")


def set_aside(uow: UnitOfWork, line_id: str, account: str, reason: str) -> Allocation:
    """Book what is unexplained of a line on an account that a person names; the caller commits.

    Raises:
        NotFound: no such line.
        InvalidInput: nothing is unexplained, or the account is no account to set aside on: digits, and neither the
            customers' nor the suspense account, which say what is owed.
    """
    line = waiting_line(uow, line_id)
    if not line.unallocated or not _ACCOUNT.fullmatch(account) or account.startswith(AGED_ACCOUNTS):
        raise InvalidInput("set_aside_refused", line=line_id, account=account[:20])
    return applying.set_aside(uow, line, reason, account, rule=HUMAN, evidence=())


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
        raise BrokenBooks("bank_line_over_explained", line=line.id, cents=net)
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
                cents=part.amount_cents,
                open=claim.open.cents,
            )
        if claim.allocated.cents + part.amount_cents < 0:
            raise BrokenBooks("allocation_below_zero", claim=claim.number or claim.id, cents=part.amount_cents)
