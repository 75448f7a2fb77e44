"""Agreement against claims and plan of financing (catalogue, part 1): the rules that compare promises."""

from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import combinations

from reconciliation.rules.facts import Facts
from reconciliation.rules.logic import (
    UNKNOWN,
    Maybe,
    Truth,
    absent,
    after,
    apart,
    both,
    either,
    known,
    minus,
    negated,
    over,
    total,
)
from reconciliation.rules.meaning import (
    APPROVED,
    active_agreements,
    any_of,
    claims_of,
    credit_notes_of,
    day_of_agreement,
    exceeds,
    hours_range,
    is_active,
    needs_real_hours,
    session_end,
    signed_hours,
)
from reconciliation.rules.records import AgreementFact, ClaimFact, EnrolmentFact
from reconciliation.rules.thresholds import Thresholds
from reconciliation.rules.verdict import Moment, Verdict, shown


def started_without_agreement(facts: Facts, _parameters: Thresholds, moment: Moment) -> Iterator[Verdict]:
    """1: a funded learner started, and no agreement was decided by then."""
    for enrolment in known(facts.enrolments):
        if not enrolment.funded:
            continue
        session = facts.session.one(enrolment.session_id)
        start = session.start if session is not UNKNOWN else UNKNOWN
        agreements = active_agreements(facts, enrolment)
        truth = both(negated(after(start, moment.today)), _undecided(agreements, start))
        if truth is not False:
            statuses = sorted({agreement.status for agreement in known(agreements)})
            evidence = (shown("session.start", start), shown("agreement.status", ",".join(statuses) or None))
            day = start if start is not UNKNOWN else None
            yield Verdict(kind="enrolment", id=enrolment.id, truth=truth, evidence=evidence, on=day)


def _undecided(agreements: Maybe[tuple[AgreementFact, ...]], start: Maybe[date]) -> Truth:
    if agreements is UNKNOWN:
        return UNKNOWN
    if not agreements:
        return True
    return any_of(
        True if agreement.status not in APPROVED or agreement.decided_on is None else after(agreement.decided_on, start)
        for agreement in agreements
    )


def billed_over_agreement(facts: Facts, parameters: Thresholds, _moment: Moment) -> Iterator[Verdict]:
    """2: claims, credit notes deducted, exceed the amount agreed; a ready claim counts, to stop its sending."""
    for agreement, claims in _claimed(facts):
        billed = total((_amount(agreement, claim) for claim in claims), 0)
        credited = total((_amount(agreement, note) for note in credit_notes_of(facts, agreement)), 0)
        asked = minus(billed, credited)
        yield Verdict(
            kind="agreement",
            id=agreement.id,
            truth=over(asked, agreement.amount_cents, parameters.tol_cents),
            evidence=(shown("claims.cents", asked), shown("agreement.cents", agreement.amount_cents)),
            on=day_of_agreement(facts, agreement),
        )


def _claimed(facts: Facts) -> Iterator[tuple[AgreementFact, tuple[ClaimFact, ...]]]:
    for agreement in known(facts.agreements):
        claims = known(claims_of(facts, agreement))
        if claims:
            yield agreement, claims


def _amount(agreement: AgreementFact, claim: ClaimFact) -> Maybe[int]:
    return claim.ht_cents if agreement.net else claim.ttc_cents


def hours_over_agreement(facts: Facts, parameters: Thresholds, _moment: Moment) -> Iterator[Verdict]:
    """3: hours claimed exceed the hours agreed."""
    for agreement, claims in _claimed(facts):
        if agreement.hours is None:
            continue
        bounds = hours_range(claims, credit_notes_of(facts, agreement))
        yield Verdict(
            kind="agreement",
            id=agreement.id,
            truth=exceeds(bounds, agreement.hours, parameters.tol_hours),
            evidence=(shown("claims.hours", bounds[0]), shown("agreement.hours", agreement.hours)),
            on=day_of_agreement(facts, agreement),
        )


def hours_billed_over_attended(facts: Facts, parameters: Thresholds, moment: Moment) -> Iterator[Verdict]:
    """4: hours claimed exceed the hours signed, where only real hours are paid; absence is not attendance.

    In our books, money counts too once the training is over: an amount agreed for all hours, billed whole, bills
    the hours missed. Deposits and instalments alone are paid ahead of evidence.
    """
    for agreement, claims in _claimed(facts):
        if not needs_real_hours(agreement, parameters):
            continue
        notes = credit_notes_of(facts, agreement)
        bounds = hours_range(claims, notes)
        signed = signed_hours(facts, agreement.enrolment_id, None)
        by_hours = exceeds(bounds, signed, parameters.tol_hours)
        asked = minus(_asked(agreement, claims), _asked(agreement, notes))
        due = _worth(agreement, signed)
        end = session_end(facts, agreement)
        over_by_now = end is not None and end < moment.today
        whole = over_by_now and any(claim.role not in {"deposit", "instalment"} for claim in claims)
        # What exceeds the agreement itself is rule 2's alone.
        by_money = whole and over(_within(asked, agreement), due, parameters.tol_cents) is True
        yield Verdict(
            kind="agreement",
            id=agreement.id,
            truth=True if by_money else by_hours,
            evidence=(
                shown("claims.hours", bounds[0]),
                shown("claims.cents", asked),
                shown("evidence.signed_hours", signed),
                shown("due.cents", due),
            ),
            on=day_of_agreement(facts, agreement),
        )


def _asked(agreement: AgreementFact, claims: tuple[ClaimFact, ...]) -> Maybe[int]:
    return total((_amount(agreement, claim) for claim in claims), 0)


def _within(cents: Maybe[int], agreement: AgreementFact) -> Maybe[int]:
    agreed = agreement.amount_cents
    return UNKNOWN if cents is UNKNOWN or agreed is UNKNOWN else min(cents, agreed)


def _worth(agreement: AgreementFact, signed: Maybe[Decimal]) -> Maybe[int]:
    """Tell in cents what hours are worth under an agreement; UNKNOWN where money is not compared with hours."""
    price, agreed, amount = agreement.hour_price, agreement.hours, agreement.amount_cents
    if price is UNKNOWN or agreed is UNKNOWN or not agreed or amount is UNKNOWN or signed is UNKNOWN:
        return UNKNOWN
    paid = min(signed, agreed)
    share = Decimal(amount) * paid / agreed
    worth = share if price is None else max(share, price * 100 * paid)
    return min(int(worth.to_integral_value(ROUND_HALF_UP)), amount)


def multi_funding_gap(facts: Facts, parameters: Thresholds, _moment: Moment) -> Iterator[Verdict]:
    """9: what is promised and paid by the learner does not add up to the price."""
    for enrolment in known(facts.enrolments):
        agreements = known(active_agreements(facts, enrolment))
        if not agreements:
            continue
        promised = total((_share(agreement) for agreement in agreements), 0)
        planned = total((promised, enrolment.self_paid_cents), 0)
        yield Verdict(
            kind="enrolment",
            id=enrolment.id,
            truth=apart(planned, enrolment.sale_price_cents, parameters.tol_cents),
            evidence=(shown("plan.cents", planned), shown("price.cents", enrolment.sale_price_cents)),
            on=_end(facts, enrolment),
        )


def _share(agreement: AgreementFact) -> Maybe[int]:
    """A group's agreement says nothing of one learner's share."""
    return agreement.amount_cents if agreement.enrolment_id is not None else UNKNOWN


def _end(facts: Facts, enrolment: EnrolmentFact) -> date | None:
    session = facts.session.one(enrolment.session_id)
    return None if session is UNKNOWN else session.end


def double_funding(facts: Facts, parameters: Thresholds, _moment: Moment) -> Iterator[Verdict]:
    """10: two payers each promise the whole price, or one payer promises twice for the same days."""
    for enrolment in known(facts.enrolments):
        agreements = known(active_agreements(facts, enrolment))
        if len(agreements) < 2:  # noqa: PLR2004 - a pair
            continue
        pairs = [_doubled(one, two, enrolment, parameters.tol_cents) for one, two in combinations(agreements, 2)]
        yield Verdict(
            kind="enrolment",
            id=enrolment.id,
            truth=any_of(pairs),
            evidence=(shown("agreements", len(agreements)), shown("price.cents", enrolment.sale_price_cents)),
            on=_end(facts, enrolment),
        )


def _doubled(one: AgreementFact, two: AgreementFact, enrolment: EnrolmentFact, tolerance: int) -> Truth:
    if one.funder_id == two.funder_id:
        return both(_begins_by(one.from_, two.to), _begins_by(two.from_, one.to))
    price = enrolment.sale_price_cents
    return both(
        negated(over(price, _share(one), tolerance)),
        negated(over(price, _share(two), tolerance)),
        over(total((_share(one), _share(two)), 0), price, tolerance),
    )


def _begins_by(first: Maybe[date | None], last: Maybe[date | None]) -> Truth:
    if first is None or last is None:
        return True
    return negated(after(first, last))


def dates_outside_agreement(facts: Facts, _parameters: Thresholds, _moment: Moment) -> Iterator[Verdict]:
    """8: a slot marked for the learner lies outside the days of his agreement."""
    days = _marked_days(facts)
    for agreement in known(facts.agreements):
        if not is_active(agreement):
            continue
        span = days.get(_marked_key(facts, agreement))
        if span is None:
            continue
        first, last = span
        truth = either(
            False if agreement.from_ is None else after(agreement.from_, first),
            False if agreement.to is None else after(last, agreement.to),
        )
        yield Verdict(
            kind="agreement",
            id=agreement.id,
            truth=truth,
            evidence=(
                shown("slots.first", first),
                shown("slots.last", last),
                shown("agreement.from", agreement.from_),
                shown("agreement.to", agreement.to),
            ),
            on=last,
        )


def _marked_key(facts: Facts, agreement: AgreementFact) -> tuple[str, str | None]:
    enrolment = facts.enrolment.one(agreement.enrolment_id)
    if enrolment is UNKNOWN:
        return agreement.session_id or "", None
    return enrolment.session_id, enrolment.learner_id


def _marked_days(facts: Facts) -> dict[tuple[str, str | None], tuple[date, date]]:
    """First and last marked day, by session and learner, and by session alone (None)."""
    days: dict[tuple[str, str | None], tuple[date, date]] = {}
    for slot in known(facts.slots):
        day = slot.start.date()
        learners: list[str | None] = [mark.learner_id for mark in slot.marks]
        for learner_id in [*learners, None] if learners else []:
            key = (slot.session_id, learner_id)
            first, last = days.get(key, (day, day))
            days[key] = (min(first, day), max(last, day))
    return days


def attendance_half_day_unsigned(facts: Facts, parameters: Thresholds, moment: Moment) -> Iterator[Verdict]:
    """7: a slot ended some days ago, and a learner who was not absent, or the trainer, has not signed."""
    for slot in known(facts.slots):
        if (moment.today - slot.end.date()).days < parameters.unsigned_days:
            continue
        trainer_missing = negated(slot.trainer_signed)
        truths = [both(absent(mark.absence), either(negated(mark.signed), trainer_missing)) for mark in slot.marks]
        if not truths or all(truth is False for truth in truths):
            continue
        missing = sum(truth is True for truth in truths)
        evidence = (shown("marks.unsigned", missing), shown("trainer.signed", slot.trainer_signed))
        yield Verdict(kind="slot", id=slot.id, truth=any_of(truths), evidence=evidence, on=slot.start.date())


def certificate_hours_mismatch(facts: Facts, parameters: Thresholds, _moment: Moment) -> Iterator[Verdict]:
    """5: the certificate says other hours than attendance, or than its claim."""
    for certificate in known(facts.certificates):
        signed = signed_hours(facts, certificate.enrolment_id, certificate.month)
        claimed: Maybe[Decimal | None] = None
        if certificate.claim_id is not None:
            claim = facts.claim.one(certificate.claim_id)
            claimed = UNKNOWN if claim is UNKNOWN else claim.hours
        truth = either(
            apart(certificate.hours, signed, parameters.tol_hours),
            False if claimed is None else apart(certificate.hours, claimed, parameters.tol_hours),
        )
        yield Verdict(
            kind="certificate",
            id=certificate.id,
            truth=truth,
            evidence=(
                shown("certificate.hours", certificate.hours),
                shown("evidence.signed_hours", signed),
                shown("claim.hours", claimed),
            ),
            on=certificate.to,
        )


def certificate_missing_or_unsigned(facts: Facts, _parameters: Thresholds, _moment: Moment) -> Iterator[Verdict]:
    """6: a claim is ready, its agreement demands a certificate, and none is attached and signed in time."""
    for claim in known(facts.claims):
        if (
            claim.state != "ready"
            or claim.kind not in {"invoice", "platform"}
            or claim.role in {"deposit", "employer_contribution"}
            or claim.agreement_id is None
        ):
            continue
        agreement = facts.agreement.one(claim.agreement_id)
        demanded = UNKNOWN if agreement is UNKNOWN else agreement.requires_certificate
        attached = facts.certificates_by_claim.of(claim.id)
        wrong: Truth = UNKNOWN
        if attached is not UNKNOWN:
            wrong = not attached or any_of(
                either(absent(item.signed_on), False if item.signed_on is None else after(item.to, item.signed_on))
                for item in attached
            )
        yield Verdict(
            kind="claim",
            id=claim.id,
            truth=both(demanded, wrong),
            evidence=(shown("certificates", len(known(attached))), shown("agreement.requires", demanded)),
            on=claim.issue_date,
        )


def qualiopi_or_nda_lapsed(facts: Facts, parameters: Thresholds, _moment: Moment) -> Iterator[Verdict]:
    """16: a publicly funded session has a day that no Qualiopi, or no NDA, covers."""
    funded = {
        _marked_key(facts, agreement)[0]
        for agreement in known(facts.agreements)
        if is_active(agreement) and _is_public(facts, agreement, parameters)
    }
    organisation = facts.organisation
    for session in known(facts.sessions):
        if session.id not in funded:
            continue
        truths = []
        for spans in (UNKNOWN, UNKNOWN) if organisation is UNKNOWN else (organisation.qualiopi, organisation.nda):
            covered: Maybe[bool] = UNKNOWN
            if spans is not UNKNOWN:
                covered = _covered([(span.from_, span.to or date.max) for span in spans], session.start, session.end)
            truths.append(negated(covered))
        evidence = (shown("session.start", session.start), shown("session.end", session.end))
        yield Verdict(kind="session", id=session.id, truth=any_of(truths), evidence=evidence, on=session.end)


def _is_public(facts: Facts, agreement: AgreementFact, parameters: Thresholds) -> bool:
    funder = facts.funder.one(agreement.funder_id)
    return funder is not UNKNOWN and funder.class_ in parameters.public_classes


def _covered(spans: list[tuple[date, date]], first: date, last: date) -> bool:
    reached = first.toordinal()
    for begin, end in sorted(spans):
        if begin.toordinal() > reached:
            break
        reached = max(reached, end.toordinal() + 1)
    return reached > last.toordinal()
