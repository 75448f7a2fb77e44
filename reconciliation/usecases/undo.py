"""Undo what was decided on a bank line: opposite allocations, on their own day; nothing is erased."""

from dataclasses import replace
from datetime import date

from billing.booking import entry_of_allocation
from billing.errors import BrokenBooks, NotFound
from billing.identity import new_id
from billing.money import total
from billing.party import Funder
from billing.payment import Allocation, BankLine, Nature, explained
from billing.ports import UnitOfWork
from billing.usecases.recording import keep
from reconciliation.facts import FORGOTTEN
from reconciliation.usecases.applying import change_claim
from reconciliation.usecases.confirm import waiting_line
from reconciliation.usecases.learn import forget
from reconciliation.usecases.loading import FACT_EARLIER, HUMAN

FACT_REFUND = "refund_line="


def undo(uow: UnitOfWork, line_id: str, *, today: date) -> tuple[Allocation, ...]:
    """Reverse every standing allocation of a line; the caller commits. Both legs of a refund go together.

    The line then waits again, and is only ever suggested: a person said no once. Each reversal takes effect
    today, so that past days and closed periods stay as they were reported.

    Raises:
        NotFound: no such line, or nothing stands on it.
        BrokenBooks: the money was taken back by a later line that still stands: undo that one first.
    """
    line = waiting_line(uow, line_id)
    standing = standing_allocations(uow, line_id)
    if not standing:
        raise NotFound("nothing_to_undo", line=line_id)
    made = _reverse(uow, line, standing, today)
    for other_id in _other_legs(standing):
        other = waiting_line(uow, other_id)
        refunds = [one for one in standing_allocations(uow, other_id) if one.nature is Nature.REFUND]
        made += _reverse(uow, other, refunds, today)
    return tuple(made)


def standing_allocations(uow: UnitOfWork, line_id: str) -> list[Allocation]:
    """List the allocations of a line that were not undone, in the order of their recording."""
    everything = uow.allocations.find(bank_line_id=line_id)
    undone = {allocation.reverses_id for allocation in everything}
    standing = [one for one in everything if one.reverses_id is None and one.id not in undone]
    return sorted(standing, key=lambda one: (one.recorded_at, one.id))


def _other_legs(standing: list[Allocation]) -> list[str]:
    return list(
        dict.fromkeys(
            fact.removeprefix(mark)
            for allocation in standing
            if allocation.nature is Nature.REFUND
            for fact in allocation.evidence
            for mark in (FACT_REFUND, FACT_EARLIER)
            if fact.startswith(mark)
        )
    )


def _reverse(uow: UnitOfWork, line: BankLine, standing: list[Allocation], today: date) -> list[Allocation]:
    made: list[Allocation] = []
    for allocation in standing:
        reversal = replace(
            allocation,
            id=new_id(),
            amount=-allocation.amount,
            effective_on=max(today, allocation.effective_on),
            recorded_at=uow.recorded_at,
            actor=uow.actor,
            rule=HUMAN,
            evidence=(),
            reverses_id=allocation.id,
        )
        keep(uow, None, reversal, type_="allocation.undone", on=reversal.effective_on)
        piece, funder = line.bank_reference, _funder(uow, line, None)
        if allocation.claim_id is not None:
            claim = uow.claims.get(allocation.claim_id, lock=True)
            if claim is None:
                raise NotFound("claim_missing", claim=allocation.claim_id)
            if (claim.allocated + reversal.amount).cents < 0:
                raise BrokenBooks("undo_return_first", line=line.id, claim=claim.number)
            change_claim(uow, claim, reversal.amount, reversal.effective_on)
            piece, funder = claim.number or "", _funder(uow, line, claim.funder_id)
            forget(uow, line, claim.funder_id)
        uow.post(entry_of_allocation(reversal, line, funder, piece))
        made.append(reversal)
    for nature in Nature:
        net = total(one.amount for one in made if one.nature is nature)
        if net:
            line = explained(line, nature, net)
    reason = "" if not line.set_aside else line.set_aside_reason
    uow.bank_lines.put(replace(line, set_aside_reason=reason, funder_id=_payer_by_account(uow, line)))
    return made


def _payer_by_account(uow: UnitOfWork, line: BankLine) -> str | None:
    """Say who paid as the import did: a payer that came with the decision goes with it."""
    if not line.counterparty_iban:
        return None
    known = (one for one in uow.funder_accounts.find() if one.iban.value == line.counterparty_iban)
    return next((one.funder_id for one in known if one.source != FORGOTTEN), None)


def _funder(uow: UnitOfWork, line: BankLine, funder_id: str | None) -> Funder | None:
    known = funder_id or line.funder_id
    return uow.funders.get(known) if known else None
