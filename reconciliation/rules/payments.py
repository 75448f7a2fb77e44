"""Payments, remittances and receivables (catalogue, part 4)."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from billing.identity import normalised_reference
from reconciliation.rules.facts import Facts
from reconciliation.rules.logic import (
    UNKNOWN,
    Maybe,
    Truth,
    absent,
    apart,
    both,
    either,
    known,
    minus,
    negated,
    over,
    same,
)
from reconciliation.rules.meaning import (
    ISSUED,
    any_of,
    claim_day,
    credited_cents,
    open_cents,
    paid_cents,
    sum_cents,
    tier,
)
from reconciliation.rules.records import ClaimFact, ReceiptFact
from reconciliation.rules.thresholds import Thresholds
from reconciliation.rules.verdict import Moment, Verdict, shown
from reconciliation.rules.working_days import working_days_after


def payment_short(facts: Facts, parameters: Thresholds, _moment: Moment) -> Iterator[Verdict]:
    """42: a claim is paid in part, and neither an advice nor a schedule says why the rest is missing."""
    for claim, paid in _paid_claims(facts):
        left = open_cents(facts, claim)
        yield Verdict(
            kind="claim",
            id=claim.id,
            truth=both(over(left, 0, parameters.tol_cents), negated(_documented(facts, claim, left, parameters))),
            evidence=(
                shown("claim.cents", claim.ttc_cents),
                shown("paid.cents", paid),
                shown("open.cents", left),
            ),
            on=claim_day(claim),
        )


def _paid_claims(facts: Facts) -> Iterator[tuple[ClaimFact, int]]:
    for claim in known(facts.claims):
        if claim.state in ISSUED and claim.kind != "credit_note":
            paid = paid_cents(facts, claim)
            if paid is not UNKNOWN and paid > 0:
                yield claim, paid


def _documented(facts: Facts, claim: ClaimFact, left: Maybe[int], parameters: Thresholds) -> Truth:
    by_advice: Truth = UNKNOWN
    lines = facts.lines_by_number.of(normalised_reference(claim.no) if claim.no else None)
    if lines is not UNKNOWN:
        by_advice = any_of(
            both(negated(apart(line.refaction_cents, left, parameters.tol_cents)), negated(absent(line.reason)))
            for line in lines
        )
    return either(by_advice, _scheduled_deduction(facts, claim, left, parameters))


def _scheduled_deduction(facts: Facts, claim: ClaimFact, left: Maybe[int], parameters: Thresholds) -> Truth:
    """A deduction announced on the instalment's line documents it too (employer's share of apprenticeship)."""
    if claim.agreement_id is None or claim.instalment_no is None:
        return False
    agreement = facts.agreement.one(claim.agreement_id)
    if agreement is not UNKNOWN and agreement.scheme != "apprenticeship" and agreement.schedule is UNKNOWN:
        return False
    if agreement is UNKNOWN or agreement.schedule is UNKNOWN:
        return UNKNOWN
    return any_of(
        both(same(line.no, claim.instalment_no), negated(apart(line.deduction_cents, left, parameters.tol_cents)))
        for line in agreement.schedule
        if line.deduction_cents
    )


def payment_over(facts: Facts, parameters: Thresholds, _moment: Moment) -> Iterator[Verdict]:
    """44: more was paid on a claim than it asks for; a refund is a negative allocation."""
    for claim, paid in _paid_claims(facts):
        asked = minus(claim.ttc_cents, credited_cents(facts, claim))
        yield Verdict(
            kind="claim",
            id=claim.id,
            truth=over(paid, asked, parameters.tol_cents),
            evidence=(shown("claim.cents", asked), shown("paid.cents", paid)),
            on=claim_day(claim),
        )


def duplicate_payment(facts: Facts, parameters: Thresholds, _moment: Moment) -> Iterator[Verdict]:
    """45: two receipts of one payer, amount and reference within some days, or of one advice."""
    incoming = sorted(
        (item for item in known(facts.bank_receipts) if item.amount_cents > 0), key=lambda item: (item.date, item.id)
    )
    found: dict[str, list[tuple[Truth, ReceiptFact]]] = {}
    for earlier, later, truth in _repeats(incoming, parameters.duplicate_payment_days):
        found.setdefault(later.id, []).append((truth, earlier))
    for receipt in incoming:
        if receipt.id not in found:
            continue
        truth, earlier = min(found[receipt.id], key=lambda item: item[0] is not True)
        yield Verdict(
            kind="receipt",
            id=receipt.id,
            truth=truth,
            evidence=(
                shown("receipt.cents", receipt.amount_cents),
                shown("receipt.date", receipt.date),
                shown("other.date", earlier.date),
                shown("other.id", earlier.id),
            ),
            key=(earlier.id,),
            on=receipt.date,
        )


def _repeats(incoming: list[ReceiptFact], days: int) -> Iterator[tuple[ReceiptFact, ReceiptFact, Truth]]:
    by_advice: dict[str, ReceiptFact] = {}
    firm: dict[tuple[str, int, str], ReceiptFact] = {}
    earlier: dict[int, list[ReceiptFact]] = {}
    vague: dict[int, list[ReceiptFact]] = {}
    for receipt in incoming:
        if receipt.advice_id is not None:
            if receipt.advice_id in by_advice:
                yield by_advice[receipt.advice_id], receipt, True
            by_advice.setdefault(receipt.advice_id, receipt)
        if receipt.payer_id is None or receipt.reference is None:
            continue
        if receipt.payer_id is UNKNOWN or receipt.reference is UNKNOWN:
            # Only what is not known could tell the pair apart; the first such pair suffices.
            yield from _vague_repeat(receipt, earlier.get(receipt.amount_cents, []), days)
            vague.setdefault(receipt.amount_cents, []).append(receipt)
        else:
            key = (receipt.payer_id, receipt.amount_cents, normalised_reference(receipt.reference))
            last = firm.get(key)
            if last is not None and (receipt.date - last.date).days <= days:
                yield last, receipt, True
            firm[key] = receipt
            yield from _vague_repeat(receipt, vague.get(receipt.amount_cents, []), days)
        earlier.setdefault(receipt.amount_cents, []).append(receipt)


def _vague_repeat(
    receipt: ReceiptFact, earlier_ones: list[ReceiptFact], days: int
) -> Iterator[tuple[ReceiptFact, ReceiptFact, Truth]]:
    for earlier in reversed(earlier_ones):
        if (receipt.date - earlier.date).days > days:
            return
        truth = both(same(receipt.payer_id, earlier.payer_id), same(_reference(receipt), _reference(earlier)))
        if truth is not False:
            yield earlier, receipt, truth
            return


def _reference(receipt: ReceiptFact) -> Maybe[str | None]:
    if receipt.reference is UNKNOWN or receipt.reference is None:
        return receipt.reference
    return normalised_reference(receipt.reference)


def payment_unmatched(facts: Facts, parameters: Thresholds, moment: Moment) -> Iterator[Verdict]:
    """46: money came in some working days ago and part of it is not explained."""
    for receipt in known(facts.bank_receipts):
        if receipt.amount_cents <= 0:
            continue
        late = working_days_after(receipt.date, parameters.unmatched_working_days) < moment.today
        rest = minus(receipt.amount_cents, _explained(facts, receipt))
        yield Verdict(
            kind="receipt",
            id=receipt.id,
            truth=both(late, over(rest, 0, parameters.tol_cents)),
            evidence=(shown("receipt.cents", receipt.amount_cents), shown("unexplained.cents", rest)),
            on=receipt.date,
        )


def _explained(facts: Facts, receipt: ReceiptFact) -> Maybe[int]:
    found = facts.allocations_by_receipt.of(receipt.id)
    return UNKNOWN if found is UNKNOWN else sum(item.amount_cents for item in found)


def remittance_total_mismatch(facts: Facts, parameters: Thresholds, _moment: Moment) -> Iterator[Verdict]:
    """47: the advice does not add up to its transfer, the bank's fee apart."""
    for receipt in known(facts.bank_receipts):
        if receipt.advice_id is None:
            continue
        lines = facts.lines_by_advice.there(receipt.advice_id)
        announced = sum_cents(line.net_cents for line in lines) if lines else UNKNOWN
        expected = minus(announced, receipt.fee_cents)
        yield Verdict(
            kind="receipt",
            id=receipt.id,
            truth=apart(expected, receipt.amount_cents, parameters.tol_cents),
            evidence=(shown("advice.cents", expected), shown("receipt.cents", receipt.amount_cents)),
            on=receipt.date,
        )


def receivable_overdue(facts: Facts, parameters: Thresholds, moment: Moment) -> Iterator[Verdict]:
    """50: a claim is past its due date and not wholly paid."""
    for claim in known(facts.claims):
        if claim.state not in ISSUED or claim.kind == "credit_note" or claim.due_date is None:
            continue
        left = open_cents(facts, claim)
        due = claim.due_date
        late = UNKNOWN if due is UNKNOWN else due < moment.today
        long_late = due is not UNKNOWN and (moment.today - due).days > parameters.overdue_high_days
        yield Verdict(
            kind="claim",
            id=claim.id,
            truth=both(late, over(left, 0, parameters.tol_cents)),
            severity=tier(high=long_late),
            evidence=(shown("open.cents", left), shown("claim.due_on", due)),
            on=claim_day(claim),
        )


def refaction_accepted_without_credit(facts: Facts, parameters: Thresholds, _moment: Moment) -> Iterator[Verdict]:
    """43: we accepted that a payer deducts, and no credit note says so."""
    for line in known(facts.remittance_lines):
        refaction = line.refaction_cents
        credit_notes = facts.credits_by_origin.of(normalised_reference(line.invoice_no) if line.invoice_no else None)
        covered: Truth = UNKNOWN
        if credit_notes is not UNKNOWN:
            covered = any_of(
                negated(apart(note.ttc_cents, refaction, parameters.tol_cents))
                for note in credit_notes
                if note.state in ISSUED or note.state == "ready"
            )
        yield Verdict(
            kind="remittance_line",
            id=line.id,
            truth=both(
                over(refaction, 0, parameters.tol_cents), same(line.refaction_status, "accepted"), negated(covered)
            ),
            evidence=(shown("line.refaction_cents", refaction), shown("line.invoice_no", line.invoice_no)),
        )


def paid_status_no_cash(facts: Facts, parameters: Thresholds, moment: Moment) -> Iterator[Verdict]:
    """48: the platform says "paid", and no money came within some days of that day."""
    organisation = facts.organisation
    factors = UNKNOWN if organisation is UNKNOWN else organisation.factor_ibans
    for sighting in facts.latest:
        if sighting.object != "claim" or sighting.claim_id is UNKNOWN or sighting.claim_id is None:
            continue
        if sighting.status is None or sighting.status.state != "paid":
            continue
        paid_on = sighting.paid_on
        to_factor: Truth = UNKNOWN
        if sighting.iban is None:
            to_factor = False
        elif sighting.iban is not UNKNOWN and factors is not UNKNOWN:
            to_factor = compact(sighting.iban) in {compact(iban) for iban in factors}
        late: Truth = UNKNOWN
        came: Truth = UNKNOWN
        if paid_on is not UNKNOWN and paid_on is not None:
            late = (moment.today - paid_on).days > parameters.paid_no_cash_days
            came = _came_by(facts, sighting.claim_id, paid_on.toordinal() + parameters.paid_no_cash_days)
        elif not facts.allocations_by_claim.there(sighting.claim_id):
            came = UNKNOWN if facts.allocations is UNKNOWN else False
        yield Verdict(
            kind="claim",
            id=sighting.claim_id,
            truth=both(late, negated(came), negated(to_factor)),
            evidence=(shown("record.paid_on", paid_on),),
        )


def _came_by(facts: Facts, claim_id: str, last: int) -> Truth:
    found = facts.allocations_by_claim.of(claim_id)
    if found is UNKNOWN:
        return UNKNOWN
    truths: list[Truth] = []
    for item in found:
        if item.nature == "payment" and item.amount_cents > 0:
            receipt = facts.receipt.one(item.receipt_id)
            truths.append(UNKNOWN if receipt is UNKNOWN else receipt.date.toordinal() <= last)
    return any_of(truths)


def compact(iban: str) -> str:
    """Write an account without blanks, in capitals."""
    return "".join(iban.split()).upper()


def cash_no_paid_status(facts: Facts, parameters: Thresholds, moment: Moment) -> Iterator[Verdict]:
    """49: the money came long ago, and the claim is still shown as unpaid."""
    for claim in known(facts.claims):
        if claim.state not in {"submitted", "acknowledged", "approved", "scheduled"} or not claim.followed:
            continue
        first, unread = _first_payment(facts, claim)
        if first is None and not unread:
            continue
        old: Truth = False if first is None else (moment.today.toordinal() - first) > parameters.cash_no_paid_days
        yield Verdict(
            kind="claim",
            id=claim.id,
            truth=either(old, UNKNOWN if unread else False),
            evidence=(shown("claim.state", claim.state),),
            on=claim_day(claim),
        )


def _first_payment(facts: Facts, claim: ClaimFact) -> tuple[int | None, bool]:
    days: list[int] = []
    unread = False
    for item in facts.allocations_by_claim.there(claim.id):
        if item.nature == "payment" and item.amount_cents > 0:
            receipt = facts.receipt.one(item.receipt_id)
            if receipt is UNKNOWN:
                unread = True
            else:
                days.append(receipt.date.toordinal())
    return min(days, default=None), unread


def payment_term_breach(facts: Facts, parameters: Thresholds, moment: Moment) -> Iterator[Verdict]:
    """51: a public payer has let its term pass; the clock stops while it suspends the claim."""
    for claim in known(facts.claims):
        if claim.state not in ISSUED - {"rejected"} or claim.kind not in {"invoice", "platform"}:
            continue
        if claim.role == "employer_contribution" or claim.agreement_id is None or claim.sent_at is None:
            continue
        agreement = facts.agreement.one(claim.agreement_id)
        funder = UNKNOWN if agreement is UNKNOWN else facts.funder.one(agreement.funder_id)
        if funder is UNKNOWN or funder.class_ not in parameters.public_payer_classes:
            continue
        term = parameters.public_term_days if funder.payment_term_days is None else funder.payment_term_days
        elapsed = (moment.today - claim.sent_at).days
        late: Truth = elapsed > term
        if late and claim.suspensions is UNKNOWN:
            late = UNKNOWN
        elif claim.suspensions is not UNKNOWN:
            stopped: Iterable[int] = (
                max(((span.to or moment.today) - span.from_).days, 0) for span in claim.suspensions
            )
            late = elapsed - sum(stopped) > term
        left = open_cents(facts, claim)
        yield Verdict(
            kind="claim",
            id=claim.id,
            truth=both(late, over(left, 0, parameters.tol_cents)),
            evidence=(
                shown("claim.sent_on", claim.sent_at),
                shown("term.ends_on", claim.sent_at + timedelta(days=term)),
                shown("open.cents", left),
            ),
            on=claim_day(claim),
        )
