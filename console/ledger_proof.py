"""Prove the ledger: what entries say of customers, bank, suspense and set-aside accounts, rebuilt without them."""

from collections import defaultdict
from datetime import date

from billing.claim import ClaimKind
from billing.ledger import CUSTOMERS, SUSPENSE
from billing.money import Money
from billing.payment import Nature
from billing.ports import UnitOfWork

Account = tuple[str, str]
"""Account, and the payer's code on customers' accounts."""
UNNAMED_ASIDE = "580000"


def booked(uow: UnitOfWork, as_of: date | None = None) -> dict[Account, int]:
    """Sum the entries up to a day: debit less credit in cents, by account and payer; what is zero is left out."""
    sums: dict[Account, int] = defaultdict(int)
    for entry in uow.entries(up_to=as_of):
        for line in entry.lines:
            sums[line.account, line.auxiliary] += line.debit.cents - line.credit.cents
    return _without_zeros(sums)


def expected(uow: UnitOfWork, as_of: date | None = None) -> dict[Account, int]:
    """Compute the same from claims, bank lines and allocations alone.

    A refund stands on its payer's account twice, once each way, and leaves nothing there. What was written off
    and what was taken over count on every day.
    """
    last = as_of or date.max
    sums: dict[Account, int] = defaultdict(int)
    codes = {funder.id: funder.code for funder in uow.funders.stream()}
    payer_of: dict[str, Account] = {}
    for claim in uow.claims.stream():
        payer_of[claim.id] = account = (CUSTOMERS, codes.get(claim.funder_id, ""))
        if claim.number is not None and claim.issue_on <= last:
            sign = -1 if claim.kind is ClaimKind.CREDIT_NOTE else 1
            sums[account] += sign * claim.gross.cents - claim.written_off.cents
    accounts = {account.id: account.ledger_account for account in uow.bank_accounts.stream()}
    for line in uow.bank_lines.stream():
        if line.booked_on > last:
            continue
        sums[accounts[line.account_id], ""] += line.amount.cents
        sums[SUSPENSE, ""] -= line.amount.cents
    for item in uow.allocations.stream():
        if item.effective_on > last:
            continue
        sums[SUSPENSE, ""] += item.amount.cents
        if item.nature is Nature.SET_ASIDE:
            sums[item.account or UNNAMED_ASIDE, ""] -= item.amount.cents
        elif item.claim_id is not None:
            sums[payer_of[item.claim_id]] -= item.amount.cents
    return _without_zeros(sums)


def broken(uow: UnitOfWork, as_of: date | None = None) -> list[str]:
    """List the accounts on which entries and facts disagree; French sentences."""
    by_facts, by_entries = expected(uow, as_of), booked(uow, as_of)
    balanced = {account for account, _payer in by_facts} | {CUSTOMERS, SUSPENSE}
    keys = by_facts.keys() | {key for key in by_entries if key[0] in balanced}
    return [
        f"Compte {' '.join(key).strip()} : les écritures disent {Money(by_entries.get(key, 0)).french()}, "
        f"les factures et la banque {Money(by_facts.get(key, 0)).french()}."
        for key in sorted(keys)
        if by_entries.get(key, 0) != by_facts.get(key, 0)
    ]


def _without_zeros(sums: dict[Account, int]) -> dict[Account, int]:
    return {account: cents for account, cents in sums.items() if cents}
