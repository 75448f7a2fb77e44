"""Learners' rights to an income, and who has two of them (catalogue, part 6)."""

from collections.abc import Iterator
from datetime import date
from itertools import combinations

from reconciliation.rules.facts import Facts
from reconciliation.rules.logic import UNKNOWN, Maybe, Truth, after, both, either, known, negated, same
from reconciliation.rules.people import EntitlementFact, LearnerFact
from reconciliation.rules.thresholds import Thresholds
from reconciliation.rules.verdict import Moment, Verdict, shown


def duplicate_scheme_or_dossier(facts: Facts, _parameters: Thresholds, _moment: Moment) -> Iterator[Verdict]:
    """80: one person has two incomes on the same day, or two dossiers for the same session."""
    active = sorted((item for item in known(facts.entitlements) if item.active), key=_order)
    found: dict[str, list[tuple[Truth, EntitlementFact]]] = {}
    for earlier, later, same_person in _pairs(facts, active):
        truth = both(same_person, either(_share_a_day(earlier, later), _two_dossiers(facts, earlier, later)))
        found.setdefault(later.id, []).append((truth, earlier))
    for entitlement in active:
        if entitlement.id not in found:
            continue
        truth, earlier = min(found[entitlement.id], key=lambda item: (item[0] is not True, item[0] is not UNKNOWN))
        yield Verdict(
            kind="entitlement",
            id=entitlement.id,
            truth=truth,
            evidence=(
                shown("entitlement.scheme", entitlement.scheme),
                shown("entitlement.from", entitlement.from_),
                shown("other.scheme", earlier.scheme),
                shown("other.to", earlier.to),
                shown("other.id", earlier.id),
            ),
            key=(earlier.id,),
            on=entitlement.from_,
        )


def _pairs(facts: Facts, active: list[EntitlementFact]) -> Iterator[tuple[EntitlementFact, EntitlementFact, Truth]]:
    """Pairs that may be of one person: grouped by learner, by NIR and by name, so that growth stays linear."""
    groups: dict[tuple[str, ...], list[EntitlementFact]] = {}
    nameless: list[EntitlementFact] = []
    for entitlement in active:
        learner = facts.learner.one(entitlement.learner_id)
        groups.setdefault(("id", entitlement.learner_id), []).append(entitlement)
        names = (UNKNOWN, UNKNOWN) if learner is UNKNOWN else (_plain(learner.last_name), _plain(learner.first_name))
        if names[0] is UNKNOWN or names[1] is UNKNOWN:
            nameless.append(entitlement)
        else:
            groups.setdefault(("name", names[0], names[1]), []).append(entitlement)
        if learner is not UNKNOWN and learner.nir_hash is not UNKNOWN and learner.nir_hash is not None:
            groups.setdefault(("nir", learner.nir_hash), []).append(entitlement)
    pairs = {(one.id, two.id): (one, two) for group in groups.values() for one, two in combinations(group, 2)}
    for entitlement in nameless:
        other = next((item for item in active if _may_be_one(facts, item, entitlement)), None)
        if other is not None:
            one, two = sorted((other, entitlement), key=_order)
            pairs.setdefault((one.id, two.id), (one, two))
    for one, two in pairs.values():
        yield one, two, _same_person(facts, one, two)


def _order(entitlement: EntitlementFact) -> tuple[date, str]:
    return entitlement.from_, entitlement.id


def _may_be_one(facts: Facts, one: EntitlementFact, two: EntitlementFact) -> bool:
    return one.id != two.id and _same_person(facts, one, two) is not False


def _same_person(facts: Facts, one: EntitlementFact, two: EntitlementFact) -> Truth:
    if one.learner_id == two.learner_id:
        return True
    first, second = facts.learner.one(one.learner_id), facts.learner.one(two.learner_id)
    if first is UNKNOWN or second is UNKNOWN:
        return UNKNOWN
    by_name = both(*(same(a, b) for a, b in zip(_parts(first), _parts(second), strict=True)))
    if first.nir_hash is None or second.nir_hash is None:
        return by_name
    if first.nir_hash is UNKNOWN or second.nir_hash is UNKNOWN:
        return False if by_name is False else UNKNOWN
    return first.nir_hash == second.nir_hash


def _parts(learner: LearnerFact) -> tuple[Maybe[str], Maybe[str], Maybe[date | None]]:
    return _plain(learner.last_name), _plain(learner.first_name), learner.birth_date


def _plain(text: Maybe[str]) -> Maybe[str]:
    return UNKNOWN if text is UNKNOWN else text.strip().casefold()


def _share_a_day(earlier: EntitlementFact, later: EntitlementFact) -> Truth:
    """The earlier begins first: they share a day when it ends on or after the other's first day."""
    ended: Truth = False if earlier.to is None else after(later.from_, earlier.to)
    empty: Truth = False if later.to is None else after(later.from_, later.to)
    return both(negated(ended), negated(empty))


def _two_dossiers(facts: Facts, one: EntitlementFact, two: EntitlementFact) -> Truth:
    if not one.scheme == two.scheme == "rsfp":
        return False
    first, second = facts.enrolment.one(one.enrolment_id), facts.enrolment.one(two.enrolment_id)
    session: Truth = one.enrolment_id == two.enrolment_id
    if not session:
        session = UNKNOWN if first is UNKNOWN or second is UNKNOWN else first.session_id == second.session_id
    return both(session, negated(same(one.dossier_no, two.dossier_no)))
