"""Learners' incomes: attendance declared, amounts paid, accounts (catalogue, part 6)."""

from collections.abc import Iterator
from datetime import date, timedelta

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
from reconciliation.rules.meaning import NO_HOURS, any_of, evidence_of, sum_cents
from reconciliation.rules.people import CompensationFact, DeclarationFact, EntitlementFact
from reconciliation.rules.records import EvidenceFact
from reconciliation.rules.thresholds import Thresholds
from reconciliation.rules.verdict import Moment, Verdict, shown
from reconciliation.rules.working_days import first_day, last_day, months_after, months_between

MOD97 = 97


def month_id(entitlement_id: str, month: str) -> str:
    """Name a month of an entitlement."""
    return f"{entitlement_id}|{month}"


def is_rsfp(entitlement: EntitlementFact) -> bool:
    """Tell whether the public remuneration of trainees applies: some rules are for it alone."""
    return entitlement.active and entitlement.scheme == "rsfp"


def attendance_statement_not_sent(facts: Facts, parameters: Thresholds, moment: Moment) -> Iterator[Verdict]:
    """72: the payer's cut-off day of the next month has passed, and a month's statement was not sent."""
    for entitlement in known(facts.entitlements):
        if not is_rsfp(entitlement):
            continue
        sure_end, last_end = _ends(facts, entitlement)
        cutoff_day = _cutoff_day(facts, entitlement, parameters)
        for month in months_between(entitlement.entry_date, min(last_end, moment.today)):
            cutoff = _cutoff(month, cutoff_day)
            late = after(moment.today, cutoff)
            if month in entitlement.idle_months or late is False:
                continue
            runs: Truth = True if first_day(month) <= sure_end else UNKNOWN
            yield Verdict(
                kind="entitlement_month",
                id=month_id(entitlement.id, month),
                truth=both(late, runs, negated(_sent(facts, entitlement, month))),
                evidence=(shown("month", month), shown("payer.cutoff", cutoff)),
                on=last_day(month),
            )


def _ends(facts: Facts, entitlement: EntitlementFact) -> tuple[date, date]:
    """Bound the last day of an entitlement: min(to, exit, end of the session), any of which may be unknown."""
    enrolment = facts.enrolment.one(entitlement.enrolment_id)
    session = UNKNOWN if enrolment is UNKNOWN else facts.session.one(enrolment.session_id)
    ends: list[Maybe[date | None]] = [
        entitlement.to,
        UNKNOWN if enrolment is UNKNOWN else enrolment.exit_date,
        UNKNOWN if session is UNKNOWN else session.end,
    ]
    most = min((end for end in ends if end is not UNKNOWN and end is not None), default=date.max)
    return (date.min if any(end is UNKNOWN for end in ends) else most), most


def _cutoff_day(facts: Facts, entitlement: EntitlementFact, parameters: Thresholds) -> Maybe[int]:
    payer = facts.funder.one(entitlement.payer_id)
    if payer is UNKNOWN:
        return UNKNOWN
    return parameters.attendance_cutoff_day if payer.attendance_cutoff_day is None else payer.attendance_cutoff_day


def _cutoff(month: str, day: Maybe[int]) -> Maybe[date]:
    """Give the cut-off day of the month that follows."""
    return UNKNOWN if day is UNKNOWN else months_after(first_day(month), 1) + timedelta(days=day - 1)


def _sent(facts: Facts, entitlement: EntitlementFact, month: str) -> Truth:
    found = facts.declarations_by_month.of((entitlement.id, month))
    return UNKNOWN if found is UNKNOWN else any_of(negated(absent(item.sent_on)) for item in found)


def month_evidence(facts: Facts, entitlement: EntitlementFact, month: str) -> Maybe[EvidenceFact]:
    """Give the hours of a month, cut to the entitlement's days where they were summed so."""
    own = facts.evidence_by_entitlement.one((entitlement.id, month))
    return own if own is not UNKNOWN else evidence_of(facts, entitlement.enrolment_id, month)


def declared_vs_attended_gap(facts: Facts, parameters: Thresholds, _moment: Moment) -> Iterator[Verdict]:
    """73: what was declared to the payer is not what was signed."""
    for declaration in known(facts.attendance_declarations):
        entitlement = facts.entitlement.one(declaration.entitlement_id)
        if declaration.sent_on is None or entitlement is UNKNOWN:
            continue
        row = month_evidence(facts, entitlement, declaration.month)
        signed = UNKNOWN if row is UNKNOWN else row.signed_h
        unjustified = UNKNOWN if row is UNKNOWN else row.unjust_abs_h
        payer = facts.funder.one(entitlement.payer_id)
        if payer is UNKNOWN:
            signed = UNKNOWN
        elif payer.justified_counts_as_done and row is not UNKNOWN:
            signed = total((row.signed_h, row.just_abs_h), NO_HOURS)
        truth = either(
            apart(declaration.done_h, signed, parameters.tol_hours),
            apart(declaration.unjust_abs_h, unjustified, parameters.tol_hours),
        )
        yield Verdict(
            kind="entitlement_month",
            id=month_id(entitlement.id, declaration.month),
            truth=both(negated(absent(declaration.sent_on)), truth),
            evidence=(
                shown("declared.done_hours", declaration.done_h),
                shown("evidence.done_hours", signed),
                shown("declared.unjustified_hours", declaration.unjust_abs_h),
                shown("evidence.unjustified_hours", unjustified),
            ),
            on=last_day(declaration.month),
        )


def unjustified_absence_undeclared(facts: Facts, parameters: Thresholds, moment: Moment) -> Iterator[Verdict]:
    """74: the time to justify an absence is over, and the payer was not told of it."""
    for entitlement in known(facts.entitlements):
        if not is_rsfp(entitlement):
            continue
        for row in _monthly_rows(facts, entitlement):
            month = row.month or ""
            last = row.last_unjust_on
            late: Truth = UNKNOWN
            if last is not UNKNOWN:
                late = last is not None and (moment.today - last).days > parameters.motive_days
            truth = both(
                over(row.unjust_abs_h, NO_HOURS, NO_HOURS),
                late,
                negated(_told(facts.declarations_by_month.of((entitlement.id, month)), row)),
            )
            yield Verdict(
                kind="entitlement_month",
                id=month_id(entitlement.id, month),
                truth=truth,
                evidence=(shown("evidence.unjustified_hours", row.unjust_abs_h), shown("evidence.last_on", last)),
                on=last_day(month),
            )


def _monthly_rows(facts: Facts, entitlement: EntitlementFact) -> Iterator[EvidenceFact]:
    for row in facts.evidence_by_enrolment.there(entitlement.enrolment_id):
        if row.month is not None and row.entitlement_id in {None, entitlement.id}:
            best = month_evidence(facts, entitlement, row.month)
            if best is row:
                yield row


def _told(declarations: Maybe[tuple[DeclarationFact, ...]], row: EvidenceFact) -> Truth:
    if declarations is UNKNOWN:
        return UNKNOWN
    return any_of(
        both(negated(absent(item.sent_on)), negated(over(row.unjust_abs_h, item.unjust_abs_h, NO_HOURS)))
        for item in declarations
    )


def compensation_amount_gap(facts: Facts, parameters: Thresholds, _moment: Moment) -> Iterator[Verdict]:
    """77: the amount paid for a month is not the expected one."""
    for (entitlement_id, month), payments in facts.paid_by_month.groups().items():
        done = [item for item in payments if item.status == "paid"]
        if not done:
            continue
        amount = sum(item.amount_cents + item.recovered_cents for item in done)
        expected = _expected(facts, entitlement_id, month)
        yield Verdict(
            kind="entitlement_month",
            id=month_id(entitlement_id, month),
            truth=apart(amount, expected, parameters.tol_comp_cents),
            evidence=(shown("paid.cents", amount), shown("expected.cents", expected)),
            on=last_day(month),
        )


def _expected(facts: Facts, entitlement_id: str, month: str) -> Maybe[int]:
    found = facts.expected_by_month.there((entitlement_id, month))
    return sum(item.amount_cents for item in found) if found else UNKNOWN


def compensation_overpaid(facts: Facts, parameters: Thresholds, _moment: Moment) -> Iterator[Verdict]:
    """78: over the months paid, more came than was due; or a month after the learner's exit was paid."""
    for entitlement_id, payments in facts.paid_by_entitlement.groups().items():
        done = [item for item in payments if item.status == "paid"]
        if not done:
            continue
        months = sorted({item.month for item in done})
        paid = sum(item.amount_cents for item in done)
        expected = sum_cents(_expected(facts, entitlement_id, month) for month in months)
        yield Verdict(
            kind="entitlement",
            id=entitlement_id,
            truth=either(
                over(paid, expected, parameters.tol_comp_cents), _after_exit(facts, entitlement_id, months[-1], done)
            ),
            evidence=(shown("paid.cents", paid), shown("expected.cents", expected), shown("months", ",".join(months))),
            on=last_day(months[-1]),
        )


def _after_exit(facts: Facts, entitlement_id: str, last_month: str, done: list[CompensationFact]) -> Truth:
    if not any(item.amount_cents > 0 for item in done):
        return False
    entitlement = facts.entitlement.one(entitlement_id)
    enrolment = UNKNOWN if entitlement is UNKNOWN else facts.enrolment.one(entitlement.enrolment_id)
    exit_date = UNKNOWN if enrolment is UNKNOWN else enrolment.exit_date
    if exit_date is UNKNOWN or exit_date is None:
        return UNKNOWN if exit_date is UNKNOWN else False
    return last_month > f"{exit_date:%Y-%m}"


def compensation_underpaid_or_unpaid(facts: Facts, parameters: Thresholds, moment: Moment) -> Iterator[Verdict]:
    """79: some days after the pay day, a month is not paid or not wholly."""
    for (entitlement_id, month), rows in facts.expected_by_month.groups().items():
        expected = sum(item.amount_cents for item in rows)
        if expected <= 0:
            continue
        paid: Maybe[int] = UNKNOWN
        payments = facts.paid_by_month.of((entitlement_id, month))
        if payments is not UNKNOWN:
            paid = sum(item.amount_cents + item.recovered_cents for item in payments if item.status == "paid")
        pay_date = rows[0].pay_date
        late: Truth = UNKNOWN if pay_date is UNKNOWN else (moment.today - pay_date).days > parameters.pay_grace_days
        yield Verdict(
            kind="entitlement_month",
            id=month_id(entitlement_id, month),
            truth=both(late, over(minus(expected, paid), 0, parameters.tol_comp_cents)),
            evidence=(
                shown("expected.cents", expected),
                shown("paid.cents", paid),
                shown("pay_day", pay_date),
                shown("payments.status", ",".join(sorted({item.status for item in known(payments)})) or None),
            ),
            on=last_day(month),
        )


def learner_iban_invalid(facts: Facts, _parameters: Thresholds, _moment: Moment) -> Iterator[Verdict]:
    """81: a learner's account fails its check digits, is a third party's without mandate, or was refused."""
    for entitlement in known(facts.entitlements):
        if not entitlement.active:
            continue
        payments = facts.paid_by_entitlement.of(entitlement.id)
        refused: Truth = UNKNOWN if payments is UNKNOWN else any(item.status == "rejected" for item in payments)
        iban = entitlement.iban
        wrong: Truth = UNKNOWN if iban is UNKNOWN else iban is not None and not iban_is_valid(iban)
        foreign: Truth = UNKNOWN if entitlement.iban_holder is UNKNOWN else entitlement.iban_holder == "third_party"
        yield Verdict(
            kind="entitlement",
            id=entitlement.id,
            truth=either(refused, wrong, both(foreign, negated(entitlement.iban_mandate))),
            evidence=(
                shown("payment.refused", refused),
                shown("iban.check_fails", wrong),
                shown("iban.third_party", foreign),
            ),
        )


def iban_is_valid(iban: str) -> bool:
    """Tell whether the check digits hold (ISO 13616, mod 97); blanks and case ignored."""
    text = "".join(iban.split()).upper()
    if not (text.isascii() and text.isalnum() and len(text) > 4):  # noqa: PLR2004 - country and check digits
        return False
    return int("".join(str(int(char, 36)) for char in text[4:] + text[:4])) % MOD97 == 1
