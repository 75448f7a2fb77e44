"""The aged balance from the books: claims and allocations on one side, entries on the other."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from billing.agreement import LifeState
from billing.claim import Claim, ClaimKind, ClaimOrigin
from billing.ledger import balance
from billing.payment import Nature
from billing.ports import UnitOfWork
from reconciliation.ageing import Ageing, Basis, Dimension, Moment, Receivable, age

AGED_ACCOUNTS = ("411", "471")
NOT_SAID = "—"
Row = tuple[str, str]


def ageing(
    uow: UnitOfWork,
    *,
    as_of: date,
    known_at: datetime | None = None,
    by: Dimension = Dimension.FUNDER,
    basis: Basis = Basis.DUE,
) -> Ageing:
    """Compute the aged balance of one day, as known at one instant; reads only.

    Args:
        uow: the unit of work.
        as_of: facts that took effect after this day are left out.
        known_at: facts recorded after this instant are left out; None = everything known now.
        by: what makes a row.
        basis: due date or invoice date.
    """
    moment = Moment(as_of=as_of, known_at=known_at)
    organisation = uow.organisations.get(uow.organisation_id)
    facts = _read_facts(uow, moment)
    opening_on = organisation.opening_on if organisation else None
    return age(
        _receivables(uow, facts, moment, by, opening_on),
        moment=moment,
        by=by,
        basis=basis,
        unallocated_cents=-_unallocated(uow, facts, moment),
        credits_cents=-facts.loose_credits,
        ledger_balance_cents=balance(uow.entries(up_to=as_of, known_at=known_at), AGED_ACCOUNTS).cents,
    )


@dataclass(slots=True)
class _Facts:
    """Dated facts on claims, each summed twice: all of them, and those that count at the moment."""

    paid: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    paid_then: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    credited: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    credited_then: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    written_off: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    written_off_then: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    aside_then: int = 0
    loose_credits: int = 0


def _read_facts(uow: UnitOfWork, moment: Moment) -> _Facts:
    facts = _Facts()
    for allocation in uow.allocations.stream():
        counts = moment.includes(allocation.effective_on, allocation.recorded_at)
        if allocation.claim_id is not None:
            facts.paid[allocation.claim_id] += allocation.amount.cents
            if counts:
                facts.paid_then[allocation.claim_id] += allocation.amount.cents
        elif allocation.nature is Nature.SET_ASIDE and counts:
            facts.aside_then += allocation.amount.cents
    reduced: set[str] = set()
    for claim in uow.claims.stream():
        if claim.written_off:
            reduced.add(claim.id)
        if claim.kind is not ClaimKind.CREDIT_NOTE or not _stands(claim):
            continue
        counts = moment.includes(claim.issue_on, claim.recorded_at)
        if claim.origin_claim_id is None:
            facts.loose_credits += claim.gross.cents if counts else 0
            continue
        facts.credited[claim.origin_claim_id] += claim.gross.cents
        if counts:
            facts.credited_then[claim.origin_claim_id] += claim.gross.cents
    if reduced:
        _read_written_off(uow, moment, facts, reduced)
    return facts


def _read_written_off(uow: UnitOfWork, moment: Moment, facts: _Facts, claim_ids: set[str]) -> None:
    """Follow in the journal what was written off, and when; the claim itself only holds the sum."""
    for line in uow.journal(about="claim"):
        if line.subject_id not in claim_ids:
            continue
        after = line.payload.get("written_off")
        if not isinstance(after, int):
            continue
        change = after - facts.written_off[line.subject_id]
        facts.written_off[line.subject_id] = after
        if moment.includes(line.effective_on, line.recorded_at):
            facts.written_off_then[line.subject_id] += change


def _stands(claim: Claim) -> bool:
    return claim.number is not None and claim.state is not LifeState.CANCELLED


def _receivables(
    uow: UnitOfWork, facts: _Facts, moment: Moment, by: Dimension, opening_on: date | None
) -> Iterator[Receivable]:
    row_of = _rows(uow, by)
    for claim in uow.claims.stream():
        if not _is_aged(claim, facts):
            continue
        starts_on = claim.issue_on
        if claim.origin is ClaimOrigin.OPENING and opening_on is not None:
            starts_on = max(starts_on, opening_on)
        if not moment.includes(starts_on, claim.recorded_at):
            continue
        key, label = row_of(claim)
        yield Receivable(
            key=key,
            label=label,
            open_cents=_open_then(claim, facts),
            issue_on=claim.issue_on,
            due_on=claim.due_on,
            disputed=claim.disputed or claim.state is LifeState.DISPUTED,
        )


def _is_aged(claim: Claim, facts: _Facts) -> bool:
    """A numbered claim is aged; a cancelled one only where credit notes or payments tell its story."""
    if claim.kind is ClaimKind.CREDIT_NOTE or claim.number is None:
        return False
    return claim.state is not LifeState.CANCELLED or claim.id in facts.credited or claim.id in facts.paid


def _open_then(claim: Claim, facts: _Facts) -> int:
    """Take from the gross amount what counts at the moment.

    What the claim holds beyond its dated facts came with it (a receivable taken over half paid).
    """
    came_with_it = (
        max(claim.allocated.cents - facts.paid[claim.id], 0)
        + max(claim.credited.cents - facts.credited[claim.id], 0)
        + max(claim.written_off.cents - facts.written_off[claim.id], 0)
    )
    since = facts.paid_then[claim.id] + facts.credited_then[claim.id] + facts.written_off_then[claim.id]
    return claim.gross.cents - came_with_it - since


def _unallocated(uow: UnitOfWork, facts: _Facts, moment: Moment) -> int:
    """Sum what was received less what went to claims and what was set aside.

    A refund changes nothing here: both of its legs stay on the payer's account and cancel out.
    """
    received = sum(
        line.amount.cents for line in uow.bank_lines.stream() if moment.includes(line.booked_on, line.recorded_at)
    )
    return received - sum(facts.paid_then.values()) - facts.aside_then


def _rows(uow: UnitOfWork, by: Dimension) -> Callable[[Claim], Row]:
    """Give the function that puts a claim in its row."""
    match by:
        case Dimension.FUNDER:
            names = {funder.id: (funder.code, funder.name) for funder in uow.funders.stream()}
            return lambda claim: names.get(claim.funder_id, (claim.funder_id, NOT_SAID))
        case Dimension.SCHEME:
            schemes = {agreement.id: agreement.scheme.value for agreement in uow.agreements.stream()}
            return lambda claim: _twice(schemes.get(claim.agreement_id or ""))
        case Dimension.SITE:
            sites = {site.id: (site.code, site.name) for site in uow.sites.stream()}
            site_of = {session.id: session.site_id for session in uow.sessions.stream()}
            return lambda claim: sites.get(site_of.get(claim.session_id or "") or "", (NOT_SAID, NOT_SAID))
        case Dimension.DISPUTE:
            return lambda claim: _twice(
                "disputed" if claim.disputed or claim.state is LifeState.DISPUTED else "undisputed"
            )
        case Dimension.AGE:
            return lambda _: (NOT_SAID, NOT_SAID)


def _twice(value: str | None) -> Row:
    return (value, value) if value else (NOT_SAID, NOT_SAID)
