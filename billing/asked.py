"""What was asked already under an agreement, and what may be asked again. Pure.

A credit note closes what it takes back, unless its author said that it is to be billed again: then one more
claim may follow, once the credit note has reached the payer.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from billing.agreement import AmountBasis, FundingAgreement, LifeState
from billing.claim import Claim, ClaimKind, ClaimRole
from billing.errors import NO_VALUES, Values
from billing.money import ZERO, Money, total


@dataclass(frozen=True, slots=True, kw_only=True)
class NotDue:
    """Why nothing may be issued today; `code` is a finding's code that a person can read."""

    code: str
    blocks: bool = False
    """True when somebody must do something (sign, complete); false when it simply is not the day yet."""
    values: Values = field(default_factory=lambda: NO_VALUES)


def standing(claims: Iterable[Claim]) -> list[Claim]:
    """Keep what stands: neither cancelled claims nor the credit notes that cancelled them."""
    claims = list(claims)
    cancelled = {claim.id for claim in claims if claim.state is LifeState.CANCELLED}
    return [
        claim for claim in claims if claim.state is not LifeState.CANCELLED and claim.origin_claim_id not in cancelled
    ]


def requests(claims: Iterable[Claim]) -> list[Claim]:
    """Keep what asks for money: everything but credit notes."""
    return [claim for claim in claims if claim.kind is not ClaimKind.CREDIT_NOTE]


def amount_of(agreement: FundingAgreement, claim: Claim) -> Money:
    """Give a claim's amount on its agreement's own basis."""
    return claim.net if agreement.amount_basis is AmountBasis.NET else claim.gross


def claimed_so_far(agreement: FundingAgreement, claims: Iterable[Claim]) -> Money:
    """Sum what stands under an agreement, on the agreement's own basis; credit notes lower it."""
    return total(
        Money((-1 if claim.kind is ClaimKind.CREDIT_NOTE else 1) * amount_of(agreement, claim).cents)
        for claim in claims
        if claim.kind is not ClaimKind.INDEMNITY and claim.role is not ClaimRole.EMPLOYER_CONTRIBUTION
    )


def excess(agreement: FundingAgreement, claims: Sequence[Claim], amount: Money) -> Money:
    """Tell by how much a new claim would exceed its agreement (invariant of the books: must be zero).

    Args:
        agreement: the agreement.
        claims: those that stand under it.
        amount: of the new claim, on the agreement's basis.
    """
    over = claimed_so_far(agreement, claims) + amount - agreement.amount
    return over if over.cents > 0 else ZERO


def reopening(claims: Iterable[Claim]) -> list[Claim]:
    """Keep the credit notes after which something is to be asked again, oldest first."""
    notes = [claim for claim in claims if claim.kind is ClaimKind.CREDIT_NOTE and claim.role is ClaimRole.REOPENS]
    return sorted(notes, key=lambda note: (note.issue_on, note.sequence or 0))


def refusal(claims: Sequence[Claim], waiting: Mapping[str, bool]) -> NotDue | None:
    """Tell why nothing more may be asked for one part of an agreement; None when something may.

    The first claim is free; each further one needs a credit note that reopens.

    Args:
        claims: all of the part, cancelled ones and credit notes included.
        waiting: ids of credit notes that have not reached their payer; true = a person must act.
    """
    asked, again = requests(claims), reopening(claims)
    if not asked:
        return None
    if len(asked) > len(again):
        return _closed(claims, asked)
    late = [note for note in again if note.id in waiting]
    if not late:
        return None
    values = {"note": late[0].number, "claim": late[0].origin_number}
    return NotDue(code="credit_note_not_there_yet", blocks=any(waiting[note.id] for note in late), values=values)


def _closed(claims: Sequence[Claim], asked: Sequence[Claim]) -> NotDue:
    if requests(standing(claims)):
        return NotDue(code="claimed_already")
    if any(claim.kind is ClaimKind.CREDIT_NOTE for claim in claims):
        return NotDue(code="credited_for_good")
    # The payer's platform says that it is cancelled; our books still hold it.
    return NotDue(code="cancelled_without_credit", blocks=True, values={"claim": asked[-1].number})


def ceiling(agreement: FundingAgreement, claims: Sequence[Claim], due: Money) -> Money:
    """Lower what is due for one part by what was given up for good."""
    given_up = total(
        amount_of(agreement, claim)
        for claim in claims
        if claim.kind is ClaimKind.CREDIT_NOTE and claim.role is not ClaimRole.REOPENS
    )
    if not given_up:
        return due
    most = max((amount_of(agreement, claim) for claim in requests(claims)), default=ZERO)
    return min(due, most - given_up)
