"""The words that several rules share: what is issued, counted, open, active (the catalogue's decisions)."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from billing.identity import normalised_reference
from reconciliation.rules.facts import Facts
from reconciliation.rules.logic import UNKNOWN, Maybe, Truth, either, known, minus, over, total
from reconciliation.rules.records import AgreementFact, ClaimFact, EnrolmentFact, EvidenceFact, Sighting
from reconciliation.rules.thresholds import Thresholds

ISSUED = frozenset({"submitted", "acknowledged", "rejected", "disputed", "approved", "scheduled", "paid", "in_doubt"})
"""It has left us (not: it is numbered)."""
COUNTED = ISSUED | {"ready"}
SUBMITTED = ISSUED - {"rejected"}
"""Never claim these again; a doubt counts as submitted."""
ACTIVE = frozenset({"submitted", "acknowledged", "approved", "disputed"})
APPROVED = frozenset({"approved", "disputed"})
REQUESTS = frozenset({"invoice", "platform"})
NO_HOURS = Decimal(0)


def is_active(agreement: AgreementFact) -> bool:
    """Somebody still promises, or examines, to pay."""
    return agreement.status in ACTIVE


def active_agreements(facts: Facts, enrolment: EnrolmentFact) -> Maybe[tuple[AgreementFact, ...]]:
    """List the active agreements about a learner, those of the whole group included."""
    if facts.agreements is UNKNOWN:
        return UNKNOWN
    own = facts.agreements_by_enrolment.there(enrolment.id)
    group = facts.group_agreements.there(enrolment.session_id)
    return tuple(agreement for agreement in (*own, *group) if is_active(agreement))


def claims_of(facts: Facts, agreement: AgreementFact) -> Maybe[tuple[ClaimFact, ...]]:
    """List the counted invoices and billings of an agreement, the employer's contribution apart."""
    found = facts.claims_by_agreement.of(agreement.id)
    if found is UNKNOWN:
        return UNKNOWN
    return tuple(claim for claim in found if counts(claim) and claim.role != "employer_contribution")


def counts(claim: ClaimFact) -> bool:
    """Tell whether an invoice or billing is ready or has left."""
    return claim.state in COUNTED and claim.kind in REQUESTS


def credit_notes_of(facts: Facts, agreement: AgreementFact) -> tuple[ClaimFact, ...]:
    """List the counted credit notes under an agreement."""
    return tuple(
        claim
        for claim in facts.claims_by_agreement.there(agreement.id)
        if claim.kind == "credit_note" and claim.state in COUNTED
    )


def has_submitted_claim(facts: Facts, agreement: AgreementFact) -> Truth:
    """Tell whether the agreement was claimed already."""
    found = claims_of(facts, agreement)
    return UNKNOWN if found is UNKNOWN else any(claim.state in SUBMITTED for claim in found)


def credited_cents(facts: Facts, claim: ClaimFact) -> Maybe[int]:
    """Sum the counted credit notes of a claim; unknown when one under its agreement cites an unknown origin."""
    if claim.no is None:
        return 0
    stray = any(
        other.kind == "credit_note" and other.state in COUNTED and other.origin_no is UNKNOWN
        for other in facts.claims_by_agreement.there(claim.agreement_id)
    )
    if stray:
        return UNKNOWN
    found = facts.credits_by_origin.there(normalised_reference(claim.no))
    return sum(other.ttc_cents for other in found if other.state in COUNTED)


def paid_cents(facts: Facts, claim: ClaimFact) -> Maybe[int]:
    """Sum what was allocated to a claim as payment; deposits and accounts do not lower what is open."""
    found = facts.allocations_by_claim.of(claim.id)
    if found is UNKNOWN:
        return UNKNOWN
    return sum(item.amount_cents for item in found if item.nature == "payment")


def open_cents(facts: Facts, claim: ClaimFact) -> Maybe[int]:
    """Tell what is still owed on a claim."""
    owed = minus(claim.ttc_cents - claim.written_off_cents, credited_cents(facts, claim))
    return minus(owed, paid_cents(facts, claim))


def hours_range(claims: Iterable[ClaimFact], notes: Iterable[ClaimFact]) -> tuple[Maybe[Decimal], Maybe[Decimal]]:
    """Bound the hours claimed, credit notes deducted; a claim that states no hours counts none.

    Returns:
        The least and the most that they may be; UNKNOWN = no bound on that side.
    """
    plus_known, plus_open = _hours(claims)
    less_known, less_open = _hours(notes)
    sure = plus_known - less_known
    return (UNKNOWN if less_open else sure), (UNKNOWN if plus_open else sure)


def exceeds(bounds: tuple[Maybe[Decimal], Maybe[Decimal]], limit: Maybe[Decimal], tolerance: Decimal) -> Truth:
    """Tell whether a bounded quantity exceeds a limit that is never negative."""
    least, most = bounds
    if over(least, limit, tolerance) is True:
        return True
    within = over(most, limit if limit is not UNKNOWN else NO_HOURS, tolerance)
    return False if within is False else UNKNOWN


def evidence_of(facts: Facts, enrolment_id: str | None, month: str | None) -> Maybe[EvidenceFact]:
    """Give the summed hours of a learner, for a month or the whole action; UNKNOWN when there is no row."""
    return facts.evidence_by_span.one((enrolment_id, month)) if enrolment_id is not None else UNKNOWN


def signed_hours(facts: Facts, enrolment_id: str | None, month: str | None) -> Maybe[Decimal]:
    """Give the hours signed by learner and trainer."""
    row = evidence_of(facts, enrolment_id, month)
    return UNKNOWN if row is UNKNOWN else row.signed_h


def session_end(facts: Facts, agreement: AgreementFact) -> date | None:
    """Give the last day of what an agreement is about, None when it is not known."""
    session_id = agreement.session_id
    if session_id is None:
        enrolment = facts.enrolment.one(agreement.enrolment_id)
        session_id = None if enrolment is UNKNOWN else enrolment.session_id
    session = facts.session.one(session_id)
    return None if session is UNKNOWN else session.end


def claim_day(claim: ClaimFact) -> date:
    """Give the day on which a claim counts; what the takeover brought lies before everything."""
    return date.min if claim.opening else claim.issue_date


def matched_records(facts: Facts) -> Iterable[tuple[str, str, Sighting]]:
    """List (kind, id, last sighting) of the platform records that are matched to something of ours."""
    for sighting in facts.latest:
        kind = sighting.object
        subject = sighting.claim_id if kind == "claim" else sighting.agreement_id
        if subject is not UNKNOWN and subject is not None:
            yield kind, subject, sighting


def agreement_records(facts: Facts) -> Iterable[tuple[AgreementFact, Sighting]]:
    """List our agreements beside the last sighting of their record."""
    for kind, subject, sighting in matched_records(facts):
        agreement = facts.agreement.one(subject) if kind == "agreement" else UNKNOWN
        if agreement is not UNKNOWN:
            yield agreement, sighting


def day_of_agreement(facts: Facts, agreement: AgreementFact) -> date | None:
    """Give the day that decides whether an agreement lies before the takeover."""
    return session_end(facts, agreement)


def sum_cents(values: Iterable[Maybe[int]]) -> Maybe[int]:
    """Sum amounts that may be unknown."""
    return total(values, 0)


def tier(*, high: bool, low: str = "M") -> str:
    """Choose between a rule's usual severity and the high one."""
    return "H" if high else low


def buyer_class(facts: Facts, claim: ClaimFact) -> Maybe[str]:
    """Give the class of the party that is invoiced."""
    buyer = facts.funder.one(claim.buyer_id) if claim.buyer_id is not UNKNOWN else UNKNOWN
    return UNKNOWN if buyer is UNKNOWN else buyer.class_


def needs_real_hours(agreement: AgreementFact, parameters: Thresholds) -> bool:
    """Tell whether only hours attended may be billed."""
    if agreement.real_hours is not UNKNOWN:
        return agreement.real_hours
    return agreement.scheme in parameters.real_hours_schemes


def any_of(truths: Iterable[Truth]) -> Truth:
    """Kleene's "or" over many."""
    return either(*truths)


def there(values: Maybe[tuple[ClaimFact, ...]]) -> tuple[ClaimFact, ...]:
    """Give the claims that are loaded."""
    return known(values)


def _hours(claims: Iterable[ClaimFact]) -> tuple[Decimal, bool]:
    known_hours, unknown = NO_HOURS, False
    for claim in claims:
        if claim.hours is UNKNOWN:
            unknown = True
        elif claim.hours is not None:
            known_hours += claim.hours
    return known_hours, unknown
