"""Invoices and billing on platforms (catalogue, part 2)."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import combinations, pairwise

from billing.identity import normalised_reference
from reconciliation.rules.facts import Facts
from reconciliation.rules.logic import (
    UNKNOWN,
    Maybe,
    Truth,
    apart,
    both,
    either,
    known,
    negated,
    over,
    same,
)
from reconciliation.rules.meaning import (
    COUNTED,
    agreement_records,
    claim_day,
    counts,
    credited_cents,
    day_of_agreement,
    has_submitted_claim,
    signed_hours,
    tier,
)
from reconciliation.rules.records import ClaimFact
from reconciliation.rules.thresholds import Thresholds
from reconciliation.rules.verdict import Moment, Verdict, shown

PERCENT = Decimal(100)


def duplicate_claim(facts: Facts, parameters: Thresholds, _moment: Moment) -> Iterator[Verdict]:
    """19: the same thing is claimed twice: same number, or same agreement, instalment and period; or very likely."""
    standing = {claim.id: _stands(facts, claim) for claim in sorted(known(facts.claims), key=_order) if counts(claim)}
    claims = [claim for claim in sorted(known(facts.claims), key=_order) if standing.get(claim.id, False) is not False]
    found: dict[str, list[tuple[str, Truth, ClaimFact]]] = {}
    for earlier, later, certain in _sure_pairs(claims):
        truth = both(certain, standing[earlier.id], standing[later.id])
        found.setdefault(later.id, []).append(("B", truth, earlier))
    for earlier, later in _likely_pairs(claims, parameters.fuzzy_duplicate_days):
        truth = both(standing[earlier.id], standing[later.id])
        found.setdefault(later.id, []).append(("M", truth, earlier))
    by_id = {claim.id: claim for claim in claims}
    for later_id in sorted(found):
        severity, truth, earlier = min(
            found[later_id], key=lambda item: (item[1] is not True, item[0], _order(item[2]))
        )
        claim = by_id[later_id]
        yield Verdict(
            kind="claim",
            id=later_id,
            truth=truth,
            severity=severity,
            evidence=(
                shown("claim.no", claim.no),
                shown("other.no", earlier.no),
                shown("claim.cents", claim.ttc_cents),
            ),
            key=(earlier.id,),
            on=claim_day(claim),
        )


def _order(claim: ClaimFact) -> tuple[date, str]:
    return claim.issue_date, claim.id


def _stands(facts: Facts, claim: ClaimFact) -> Truth:
    """Not wholly credited."""
    return over(claim.ttc_cents, credited_cents(facts, claim), 0)


def _sure_pairs(claims: list[ClaimFact]) -> Iterator[tuple[ClaimFact, ClaimFact, Truth]]:
    by_number: dict[str, list[ClaimFact]] = {}
    by_agreement: dict[str, list[ClaimFact]] = {}
    for claim in claims:
        if claim.no:
            by_number.setdefault(normalised_reference(claim.no), []).append(claim)
        if claim.agreement_id is not None and claim.role != "employer_contribution":
            by_agreement.setdefault(claim.agreement_id, []).append(claim)
    for group in by_number.values():
        yield from ((group[0], later, True) for later in group[1:])
    for group in by_agreement.values():
        yield from _same_part(group)


def _same_part(group: list[ClaimFact]) -> Iterator[tuple[ClaimFact, ClaimFact, Truth]]:
    """Two claims of one agreement for the same instalment and period; None = not split."""
    firm: dict[tuple[int | None, str | None], ClaimFact] = {}
    vague: list[ClaimFact] = []
    for claim in group:
        if claim.instalment_no is UNKNOWN or claim.period is UNKNOWN:
            vague.append(claim)
            continue
        part = (claim.instalment_no, claim.period)
        if part in firm:
            yield firm[part], claim, True
        firm.setdefault(part, claim)
    for claim in vague:
        others = [other for other in group if other.id != claim.id]
        for other in others:
            truth = both(same(claim.instalment_no, other.instalment_no), same(claim.period, other.period))
            if truth is not False:
                earlier, later = sorted((claim, other), key=_order)
                yield earlier, later, truth
                break


def _likely_pairs(claims: list[ClaimFact], days: int) -> Iterator[tuple[ClaimFact, ClaimFact]]:
    groups: dict[tuple[str, int], list[ClaimFact]] = {}
    for claim in claims:
        if claim.enrolment_id is not None:
            groups.setdefault((claim.enrolment_id, claim.ttc_cents), []).append(claim)
    for group in groups.values():
        for earlier, later in combinations(group, 2) if len(group) < _FEW else pairwise(group):
            close = (later.issue_date - earlier.issue_date).days <= days
            if close and (earlier.agreement_id is None or later.agreement_id is None):
                yield earlier, later


_FEW = 50
"""Beyond so many claims of one amount for one learner, neighbours alone are compared (no quadratic growth)."""


def invoice_number_gap(facts: Facts, parameters: Thresholds, _moment: Moment) -> Iterator[Verdict]:
    """20: a number is missing in a series, or numbers go up while dates go down."""
    numbered = [claim for claim in known(facts.claims) if claim.no is not None and claim.state != "draft"]
    numbered = [claim for claim in numbered if not claim.opening]
    if len(numbered) < 2:  # noqa: PLR2004 - a pair
        return
    organisation = facts.organisation
    declared = UNKNOWN if organisation is UNKNOWN else organisation.series
    series: dict[tuple[str, int], list[tuple[int, date, str, ClaimFact]]] = {}
    vague: dict[int, ClaimFact] = {}
    for claim in numbered:
        year = claim.issue_date.year
        if claim.series is UNKNOWN or claim.seq is UNKNOWN:
            vague.setdefault(year, claim)
            continue
        series.setdefault((claim.series, year), []).append((claim.seq, claim.issue_date, claim.id, claim))
    for claim in vague.values():
        yield Verdict(kind="claim", id=claim.id, truth=UNKNOWN, on=claim.issue_date)
    taken = {key: sorted({row[0] for row in rows}) for key, rows in series.items()}
    for (name, year), rows in sorted(series.items()):
        elsewhere = [
            (other, numbers) for (other, its_year), numbers in taken.items() if its_year == year and other != name
        ]
        for before, this in pairwise(sorted(rows, key=lambda row: row[:3])):
            missing = _missing(before[0], this[0], elsewhere, declared)
            gap = either(both(missing, UNKNOWN if year in vague else True), this[0] > before[0] and this[1] < before[1])
            yield Verdict(
                kind="claim",
                id=this[2],
                truth=gap,
                severity=tier(high=parameters.closing),
                evidence=(
                    shown("series", name),
                    shown("number.before", before[3].no),
                    shown("number", this[3].no),
                    shown("date.before", before[1]),
                    shown("date", this[1]),
                ),
                on=min(before[1], this[1]),
            )


def _missing(low: int, high: int, elsewhere: list[tuple[str, list[int]]], declared: Maybe[tuple[str, ...]]) -> Truth:
    """Tell whether an integer between two numbers is borne by no claim of another declared series."""
    between = high - low - 1
    if between <= 0:
        return False
    borne: set[int] = set()
    for name, numbers in elsewhere:
        if declared is UNKNOWN or name in declared:
            borne.update(numbers[bisect_right(numbers, low) : bisect_left(numbers, high)])
    if len(borne) < between:
        return True
    return UNKNOWN if declared is UNKNOWN else False


def ready_not_billed(facts: Facts, parameters: Thresholds, moment: Moment) -> Iterator[Verdict]:
    """24: the platform has waited for some days to be billed; an empty column is unknown, not zero."""
    for agreement, sighting in agreement_records(facts):
        if sighting.status is None or not sighting.status.ready or sighting.status_since is UNKNOWN:
            continue
        days = (moment.today - sighting.status_since).days
        billable, billed = sighting.amount_billable_cents, sighting.amount_billed_cents
        truth = both(
            days > parameters.ready_days,
            negated(has_submitted_claim(facts, agreement)),
            UNKNOWN if billable is UNKNOWN or billable is None else billable > 0,
            UNKNOWN if billed is UNKNOWN or billed is None else billed == 0,
        )
        yield Verdict(
            kind="agreement",
            id=agreement.id,
            truth=truth,
            severity=tier(high=days > parameters.ready_high_days),
            evidence=(
                shown("record.ready_since", sighting.status_since),
                shown("record.billable_cents", billable),
                shown("record.billed_cents", billed),
            ),
            on=day_of_agreement(facts, agreement),
        )


def realisation_rate_mismatch(facts: Facts, parameters: Thresholds, _moment: Moment) -> Iterator[Verdict]:
    """26: the rate declared to the platform is not the one attended."""
    for agreement, sighting in agreement_records(facts):
        if sighting.status is None or not sighting.status.service_done:
            continue
        if sighting.rate is None or agreement.hours is None:
            continue
        signed = signed_hours(facts, agreement.enrolment_id, None)
        attended: Maybe[Decimal] = UNKNOWN
        if signed is not UNKNOWN and agreement.hours is not UNKNOWN and agreement.hours:
            attended = PERCENT * signed / agreement.hours
        shown_rate = UNKNOWN if attended is UNKNOWN else round(attended, 2)
        yield Verdict(
            kind="agreement",
            id=agreement.id,
            truth=apart(sighting.rate, attended, parameters.rate_gap_points),
            evidence=(shown("record.rate", sighting.rate), shown("attended.rate", shown_rate)),
            on=day_of_agreement(facts, agreement),
        )


def credit_note_without_origin(facts: Facts, parameters: Thresholds, _moment: Moment) -> Iterator[Verdict]:
    """31: a credit note cites no invoice of ours, or credits more than its invoice, earlier notes included."""
    so_far: dict[str, int] = {}
    for note in sorted(known(facts.claims), key=_order):
        if note.kind != "credit_note" or note.state not in COUNTED:
            continue
        truth: Truth = UNKNOWN
        left: int | None = None
        if note.origin_no is None:
            truth = True
        elif note.origin_no is not UNKNOWN:
            number = normalised_reference(note.origin_no)
            origins = facts.claims_by_number.there(number)
            so_far[number] = so_far.get(number, 0) + note.ttc_cents
            left = max((origin.ttc_cents for origin in origins), default=0)
            truth = not origins or over(so_far[number], left, parameters.tol_cents)
        yield Verdict(
            kind="claim",
            id=note.id,
            truth=truth,
            evidence=(
                shown("note.no", note.no),
                shown("origin.no", note.origin_no),
                shown("note.cents", note.ttc_cents),
                shown("origin.cents", left),
            ),
            on=claim_day(note),
        )
