"""Credit notes: an issued claim is never changed; it is credited, in whole or in part, citing its origin."""

from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from billing.agreement import AmountBasis, LifeState
from billing.booking import entry_of_claim
from billing.claim import AfterCredit, Claim, ClaimKind, ClaimLine, ClaimOrigin, ClaimRole, advance, credited, settled
from billing.errors import BrokenBooks, InvalidInvoice, NotFound
from billing.identity import derive_id
from billing.invoice_facts import DocumentMaker
from billing.money import ZERO, Money
from billing.numbering import Series, take
from billing.ports import UnitOfWork
from billing.pricing import amounts_of, line_of
from billing.submission import Absence, HumanGaveUp, SubmissionContract, SubmissionKind, SubmissionState, step
from billing.usecases.after_credit import check_reissue, record_choice
from billing.usecases.prepare import Shelf, gather_facts, submission_of
from billing.usecases.recording import keep

UNSENT_STATES = frozenset({SubmissionState.DRAFT, SubmissionState.READY})
ANY_CONTRACT = SubmissionContract(absence=Absence.PROVES_NOTHING)
"""Giving up asks nothing of a platform: any contract serves."""


def credit(
    uow: UnitOfWork,
    shelf: Shelf,
    claim_id: str,
    amount: Money,
    *,
    reason: str,
    today: date,
    documents: DocumentMaker,
    then: AfterCredit | None = None,
) -> Claim:
    """Issue a credit note against a numbered claim.

    Args:
        uow: the unit of work; the caller commits.
        shelf: what every claim needs (`read_shelf`).
        claim_id: the claim credited.
        amount: gross cents to credit, above zero, at most what was not credited yet.
        reason: French text printed on the note.
        today: issue date.
        documents: makes and checks documents.
        then: what follows; None = nobody said: final, until somebody says otherwise (`choose_after_credit`).

    Raises:
        NotFound: no such claim.
        BrokenBooks: the amount exceeds what is left to credit, or the claim cannot be credited.
        InvalidInput: nothing says from what it could be billed again.
        InvalidInvoice: the note would not be valid; nothing is written.
    """
    origin = uow.claims.get(claim_id, lock=True)
    if origin is None:
        raise NotFound("claim_missing", claim=claim_id)
    left = origin.gross - origin.credited
    if origin.kind is ClaimKind.CREDIT_NOTE or origin.number is None:
        raise BrokenBooks("credit_of_no_invoice", claim=origin.number or claim_id)
    if not 0 < amount.cents <= left.cents:
        raise BrokenBooks(
            "credit_refused" if left else "credited_wholly_already",
            claim=origin.number,
            asked=amount.french(),
            left=left.french(),
        )
    if then is AfterCredit.REISSUE:
        check_reissue(origin)
    note, lines = _draft(uow, origin, amount, reason, today, shelf)
    if then is AfterCredit.REISSUE:
        note = replace(note, role=ClaimRole.REOPENS)
    facts = gather_facts(uow, shelf.organisation, note, lines, shelf, today)
    findings = documents.preflight(facts) if origin.kind is not ClaimKind.PLATFORM else ()
    if findings:
        raise InvalidInvoice("credit_note_invalid", tuple(findings), claim=origin.number)
    code = shelf.parameters.text("series.credit_note", today)
    series_id = derive_id("series", code, str(today.year))
    series = uow.series.get(series_id, lock=True) or Series(id=series_id, code=code, year=today.year)
    series, sequence, number = take(series)
    uow.series.put(series)
    note = settled(replace(note, number=number, sequence=sequence, series=code))
    if origin.kind is not ClaimKind.PLATFORM:
        pdf = documents.render(replace(facts, claim=note))
        note = replace(note, document=uow.store_document(pdf, "application/pdf", f"{number}.pdf"))
    funder = shelf.funders[origin.funder_id]
    keep(uow, None, note, type_="claim.prepared", on=today)
    record_choice(uow, note, then or AfterCredit.FINAL, said=then is not None, on=today)
    uow.claim_lines.add(*lines)
    uow.post(entry_of_claim(note, lines, funder, uow.recorded_at))
    lowered = credited(origin, amount)
    if lowered.credited == lowered.gross and lowered.allocated == ZERO:
        lowered = advance(lowered, LifeState.CANCELLED)
    keep(uow, origin, lowered, type_="claim.credited", on=today)
    unsent = lowered.state is LifeState.CANCELLED and _give_up(uow, origin, today)
    if note.platform and not unsent:
        keep(uow, None, submission_of(uow, note, funder), type_="submission.prepared", on=today)
    return note


def _give_up(uow: UnitOfWork, origin: Claim, today: date) -> bool:
    """Stop the sending of a claim that is cancelled; when it never left, its credit note has nowhere to go.

    What a person was to carry is no more to be carried, but may have been without a word: its credit note leaves.
    """
    rows = uow.submissions.find(kind=SubmissionKind.CLAIM, subject_id=origin.id)
    unsent = [row for row in rows if row.attempt == 0 and row.state in UNSENT_STATES]
    carried = [row for row in rows if row.attempt == 0 and row.state is SubmissionState.HUMAN]
    for row in (*unsent, *carried):
        after, _effect = step(row, HumanGaveUp(reason="credited"), uow.recorded_at, ANY_CONTRACT)
        keep(uow, row, after, type_="submission.rejected", on=today)
    return bool(unsent) and len(unsent) == len(rows)


def _draft(
    uow: UnitOfWork, origin: Claim, amount: Money, reason: str, today: date, shelf: Shelf
) -> tuple[Claim, list[ClaimLine]]:
    earlier = uow.claims.count(origin_claim_id=origin.id, kind=ClaimKind.CREDIT_NOTE)
    business_key = f"credit|{origin.number}|{earlier + 1}"
    note_id = derive_id("claim", "issued", business_key)
    first = next(iter(uow.claim_lines.find(claim_id=origin.id)), None)
    kind = first.kind if first else None
    rate = first.vat_rate if first else shelf.parameters.decimal("vat_rate.standard", today)
    if kind is None:
        raise BrokenBooks("credit_of_no_invoice", claim=origin.number)
    line = line_of(
        note_id,
        position=1,
        kind=kind,
        label=f"Avoir sur la facture {origin.number} – {reason}",
        amount=amount,
        basis=AmountBasis.GROSS,
        regime=shelf.organisation.vat_regime,
        standard_rate=rate,
    )
    sums = amounts_of((line,))
    note = replace(
        origin,
        id=note_id,
        business_key=business_key,
        kind=ClaimKind.CREDIT_NOTE,
        origin=ClaimOrigin.ISSUED,
        number=None,
        sequence=None,
        issue_on=today,
        due_on=None,
        net=sums.net,
        vat=sums.vat,
        gross=sums.gross,
        hours=_hours(origin, amount),
        state=LifeState.DRAFT,
        sent_on=None,
        credited=ZERO,
        allocated=ZERO,
        written_off=ZERO,
        origin_number=origin.number,
        origin_claim_id=origin.id,
        document="",
        external_reference="",
        raw_status="",
        raw_label="",
        seen_at=None,
        rejection_code="",
        rejection_label="",
        recorded_at=uow.recorded_at,
        open=ZERO,
    )
    return note, [line]


def _hours(origin: Claim, amount: Money) -> Decimal | None:
    """Take back hours in proportion to money, so that hours billed can be compared with hours proven."""
    if origin.hours is None:
        return None
    share = origin.hours * amount.euros / origin.gross.euros
    return share.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
