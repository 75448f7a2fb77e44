"""Keep what a person's decision teaches about a payer: its account, and the name that its bank writes."""

from dataclasses import replace

from billing.errors import NotFound
from billing.identity import derive_id
from billing.party import FunderAccount
from billing.payment import BankLine
from billing.ports import UnitOfWork
from reconciliation.facts import FORGOTTEN, LEARNED, Lesson, lesson
from reconciliation.matching.text import name_key


def learn(uow: UnitOfWork, line: BankLine, funder_id: str) -> Lesson:
    """Learn the account and the name of a line that belongs to this payer; the caller commits.

    Raises:
        NotFound: no such payer.
    """
    funder = uow.funders.get(funder_id)
    if funder is None:
        raise NotFound("funder_missing", funder=funder_id)
    taught = lesson(line, funder, uow.funders.stream(), uow.funder_accounts.stream())
    if taught.iban is not None:
        known = [one for one in uow.funder_accounts.find(funder_id=funder_id) if one.iban == taught.iban]
        account_id = known[0].id if known else derive_id("funder_account", funder_id, taught.iban.value)
        uow.funder_accounts.put(FunderAccount(id=account_id, funder_id=funder_id, iban=taught.iban, source=LEARNED))
        _record(uow, line, funder_id, "funder.account_learned", account_id)
    if taught.alias is not None:
        uow.funders.put(replace(funder, aliases=(*funder.aliases, taught.alias)))
        _record(uow, line, funder_id, "funder.alias_learned", "")
    return taught


def forget(uow: UnitOfWork, line: BankLine, funder_id: str) -> None:
    """Stop trusting what was learned from a line whose decision is undone; what people typed stays."""
    for account in uow.funder_accounts.find(funder_id=funder_id, source=LEARNED):
        if account.iban.value == line.counterparty_iban:
            uow.funder_accounts.put(replace(account, source=FORGOTTEN))
            _record(uow, line, funder_id, "funder.account_forgotten", account.id)
    funder = uow.funders.get(funder_id)
    key = name_key(line.counterparty_name)
    if funder is not None and key:
        kept = tuple(alias for alias in funder.aliases if name_key(alias) != key)
        if kept != funder.aliases and _was_learned(uow, line, funder_id):
            uow.funders.put(replace(funder, aliases=kept))
            _record(uow, line, funder_id, "funder.alias_forgotten", "")


def _was_learned(uow: UnitOfWork, line: BankLine, funder_id: str) -> bool:
    return any(
        entry.type == "funder.alias_learned" and entry.subject_id == funder_id and entry.payload["line"] == line.id
        for entry in uow.journal(about="funder")
    )


def _record(uow: UnitOfWork, line: BankLine, funder_id: str, type_: str, account_id: str) -> None:
    uow.record(
        type_=type_,
        subject_kind="funder",
        subject_id=funder_id,
        effective_on=line.booked_on,
        payload={"line": line.id, "account": account_id},
    )
