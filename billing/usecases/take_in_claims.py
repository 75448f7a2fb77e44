"""Taking in claims made elsewhere: invoices received, their lines, credit notes, and opening receivables.

A received invoice is kept as it is: its number is never changed, and once it is booked its amounts, its
dates and its payer are not either. A later file that says otherwise is a finding: the row is quarantined.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from billing.agreement import LifeState
from billing.booking import entry_of_claim
from billing.claim import (
    Claim,
    ClaimKind,
    ClaimLine,
    ClaimOrigin,
    ClaimRole,
    LineKind,
    advance,
    credited,
    settled,
)
from billing.identity import derive_id
from billing.money import ZERO, Money
from billing.party import Funder, FunderClass
from billing.pricing import VATEX
from billing.usecases.take_in_desk import Desk, Look
from billing.usecases.take_in_rows import Cells, RowRefused, member, need
from billing.usecases.take_in_training import enrolment_id, in_order, looked, needed

_TRAILING_DIGITS = re.compile(r"^(.*?)(\d{1,9})$")
BOOKED = ("kind", "funder_id", "issue_on", "net", "vat", "gross", "origin_number")
"""What the books were told when the claim came in: a later file cannot change it."""


def take_claim(desk: Desk, cells: Cells) -> None:
    """Take in an invoice or a credit note that the organisation's own software issued."""
    number = str(need(cells, "number"))
    funder: Funder = needed(desk, cells, "funder")
    issue_on: date = need(cells, "issue_on")
    if issue_on < desk.organisation.opening_on:
        raise RowRefused(
            "claim_before_opening",
            "issue_on",
            number=number,
            opening=f"{desk.organisation.opening_on:%d/%m/%Y}",
        )
    if cells.get("known") is False:
        raise RowRefused("word_not_ours", "raw_status", word=str(cells.get("raw_status"))[:40])
    draft = _received(desk, cells, number, funder)
    before: Claim | None = desk.get("claims", draft.id) or same_number(desk, number)
    if before is not None:
        _again(desk, cells, before, draft)
        return
    claim = settled(replace(draft, state=LifeState.SUBMITTED))
    if claim.kind is ClaimKind.CREDIT_NOTE:
        claim = _crediting(desk, claim)
    told = _told(cells, claim)
    if told is not None and told is not claim.state:
        claim = advance(claim, told, reported=True)
    desk.keep_claim(None, claim, type_="claim.received", on=issue_on)
    line = _only_line(desk, cells, claim)
    desk.put("claim_lines", line, main=False, fresh=True)
    desk.post(entry_of_claim(claim, [line], funder, desk.uow.recorded_at))
    if claim.kind is not ClaimKind.CREDIT_NOTE:
        _credit_waiting(desk, claim)


def received_id(number: str) -> str:
    """Derive the id of a claim made elsewhere (a received one, or an opening receivable)."""
    return derive_id("claim", "received", number)


def _received(desk: Desk, cells: Cells, number: str, funder: Funder) -> Claim:
    kind = member(cells, "kind", ClaimKind) if cells.get("kind") else kind_of(funder)
    net, vat, gross = (need(cells, name) for name in ("net", "vat", "gross"))
    if net + vat != gross:
        values = {"net": net.french(), "vat": vat.french(), "gross": gross.french()}
        raise RowRefused("amounts_do_not_add_up", "gross", **values)
    if kind is ClaimKind.CREDIT_NOTE:
        net, vat, gross = abs(net), abs(vat), abs(gross)
    elif gross.cents <= 0:
        raise RowRefused("claim_not_positive", "gross", number=number)
    agreement = agreement_of(desk, cells, funder)
    enrolment_of = agreement.enrolment_id if agreement else None
    session_of = agreement.session_id if agreement else None
    if enrolment_of is None and cells.get("session_code") and cells.get("learner_code"):
        shown = f"{cells['session_code']} / {cells['learner_code']}"
        enrolment_of = desk.need("enrolments", enrolment_id(cells), "learner_code", shown).id
    if session_of is None and cells.get("session_code"):
        session_of = needed(desk, cells, "session").id
    series, sequence = _place_in_series(cells, number)
    in_order(cells, "period_starts_on", "period_ends_on")
    instalment = cells.get("instalment_number")
    return Claim(
        id=received_id(number),
        business_key=f"received|{number}",
        kind=kind,
        role=ClaimRole.INSTALMENT if instalment else ClaimRole.SINGLE,
        origin=ClaimOrigin.RECEIVED,
        funder_id=funder.id,
        agreement_id=agreement.id if agreement else None,
        enrolment_id=enrolment_of,
        session_id=session_of,
        series=series,
        number=number,
        sequence=sequence,
        issue_on=cells["issue_on"],
        due_on=None if kind is ClaimKind.CREDIT_NOTE else due_on(desk, cells, funder),
        net=net,
        vat=vat,
        gross=gross,
        hours=cells.get("hours"),
        state=LifeState.DRAFT,
        period_starts_on=cells.get("period_starts_on"),
        period_ends_on=cells.get("period_ends_on"),
        instalment_number=instalment,
        platform=str(cells.get("platform") or ""),
        sent_on=cells.get("sent_on"),
        origin_number=str(cells["origin_number"]) if cells.get("origin_number") else None,
        external_reference=str(cells.get("external_reference") or ""),
        raw_status=str(cells.get("raw_status") or ""),
        recorded_at=desk.uow.recorded_at,
    )


def kind_of(funder: Funder) -> ClaimKind:
    """The CDC takes billing data on its platform, no document (documented, funders.md §1.2)."""
    return ClaimKind.PLATFORM if funder.funder_class is FunderClass.CDC else ClaimKind.INVOICE


def agreement_of(desk: Desk, cells: Cells, funder: Funder) -> Any | None:  # noqa: ANN401 - as the desk gives it
    """Give the payer's agreement that the row names; None when it names none."""
    reference = cells.get("agreement_reference")
    if not reference:
        return None
    id_ = derive_id("agreement", funder.code, str(reference))
    return desk.need("agreements", id_, "agreement_reference", f"{funder.code} / {reference}")


def _place_in_series(cells: Cells, number: str) -> tuple[str, int | None]:
    """Tell the series and the rank: as given, else what comes before the last digits, and these digits."""
    found = _TRAILING_DIGITS.match(number)
    series = cells.get("series") or (found.group(1) if found else "")
    sequence = cells.get("sequence")
    if sequence is None and found:
        sequence = int(found.group(2))
    return str(series), sequence


def due_on(desk: Desk, cells: Cells, funder: Funder) -> date | None:
    """Tell the due date: given, or from the payer's own term, or from the term of its class; None = not known."""
    if cells.get("due_on") is not None:
        given: date = cells["due_on"]
        return given
    term = funder.payment_term_days
    if term is None and desk.parameters is not None:
        found = desk.parameters.find(f"payment_term_days.{funder.funder_class}", cells["issue_on"])
        term = int(found.value) if found else None
    issue_on: date = cells["issue_on"]
    return issue_on + timedelta(days=term) if term is not None else None


def _told(cells: Cells, claim: Claim) -> LifeState | None:
    """Read the state that the file tells; "paid" is a word, and only the bank proves money."""
    if not cells.get("state"):
        return None
    told = member(cells, "state", LifeState)
    if told is LifeState.CANCELLED and claim.state is not LifeState.CANCELLED:
        raise RowRefused("claim_cancelled_without_credit", "state", number=claim.number)
    if told is LifeState.DRAFT:
        raise RowRefused("claim_is_draft", "state", number=claim.number)
    return LifeState.SCHEDULED if told is LifeState.PAID and claim.open.cents > 0 else told


def same_number(desk: Desk, number: str) -> Claim | None:
    """Find a claim of ours that bears the number: one that quitus issued, or an opening receivable."""
    return desk.current(f"claim|{number}")


def _again(desk: Desk, cells: Cells, before: Claim, draft: Claim) -> None:
    """Compare a claim that the books hold with what a later file says of it."""
    names = BOOKED if before.origin is ClaimOrigin.RECEIVED else ("funder_id", "issue_on", "gross")
    for name in names:
        old, new = getattr(before, name), getattr(draft, name)
        if old != new and not (name == "origin_number" and new is None):
            field = {"funder_id": "funder_code"}.get(name, name)
            raise RowRefused("received_claim_differs", field, number=before.number, old=as_told(old), new=as_told(new))
    if before.origin is not ClaimOrigin.RECEIVED:
        return
    after = replace(
        before,
        sent_on=draft.sent_on or before.sent_on,
        due_on=draft.due_on if cells.get("due_on") else before.due_on,
        external_reference=draft.external_reference or before.external_reference,
        hours=before.hours if draft.hours is None else draft.hours,
        agreement_id=before.agreement_id or draft.agreement_id,
        enrolment_id=before.enrolment_id or draft.enrolment_id,
        session_id=before.session_id or draft.session_id,
    )
    spoken = before.seen_at is not None or before.state is LifeState.CANCELLED
    if draft.raw_status and draft.raw_status != before.raw_status and not spoken:
        told = _told(cells, before)
        after = replace(after, raw_status=draft.raw_status)
        if told is not None:
            after = advance(after, told, reported=True)
    desk.keep_claim(before, after, type_="claim.seen", on=desk.today)


def as_told(value: object) -> str:
    """Write a value as a person reads it, for a message."""
    if isinstance(value, Money):
        return value.french()
    return f"{value:%d/%m/%Y}" if isinstance(value, date) else str(value)[:40]


def _only_line(desk: Desk, cells: Cells, claim: Claim) -> ClaimLine:
    """Make the line that stands for the whole, until a file of lines gives the real ones."""
    regime = desk.organisation.vat_regime
    exempt = claim.vat == ZERO
    rate = cells.get("vat_rate")
    if rate is None:
        rate = Decimal(0) if exempt or claim.net == ZERO else round(claim.vat.euros * 100 / claim.net.euros, 1)
    kind = member(cells, "line_kind", LineKind) if cells.get("line_kind") else LineKind.TRAINING
    return ClaimLine(
        id=derive_id("claim_line", claim.id, "1"),
        claim_id=claim.id,
        position=1,
        kind=kind,
        label=str(cells.get("label") or f"Facture {claim.number}"),
        quantity=Decimal(1),
        unit="C62",
        unit_price=claim.net.euros,
        net=claim.net,
        vat_rate=rate,
        vat=claim.vat,
        gross=claim.gross,
        exemption_code=VATEX.get(regime, "") if exempt else "",
        taxable=not exempt,
    )


def _crediting(desk: Desk, note: Claim) -> Claim:
    """Tie a credit note to the claim that it credits, when the books hold it."""
    if note.origin_number is None:
        return note
    origin = same_number(desk, note.origin_number)
    if origin is None or origin.kind is ClaimKind.CREDIT_NOTE:
        waiting = f"credits|{note.origin_number}"
        desk.renew(waiting, (*(desk.current(waiting) or ()), note))
        return note
    _lower(desk, origin, note)
    return replace(
        note,
        origin_claim_id=origin.id,
        agreement_id=note.agreement_id or origin.agreement_id,
        enrolment_id=note.enrolment_id or origin.enrolment_id,
        session_id=note.session_id or origin.session_id,
    )


def _lower(desk: Desk, origin: Claim, note: Claim) -> None:
    lowered = credited(origin, note.gross)
    if lowered.credited == lowered.gross and lowered.allocated == ZERO and lowered.state is not LifeState.CANCELLED:
        lowered = advance(lowered, LifeState.CANCELLED)
    desk.keep_claim(origin, lowered, type_="claim.credited", on=note.issue_on, main=False)


def _credit_waiting(desk: Desk, claim: Claim) -> None:
    """Tie the credit notes that came before the invoice that they credit."""
    for note in desk.current(f"credits|{claim.number}") or ():
        origin: Claim = desk.current(f"claim|{claim.number}") or claim
        _lower(desk, origin, note)
        tied = replace(note, origin_claim_id=claim.id, agreement_id=note.agreement_id or claim.agreement_id)
        desk.keep_claim(note, tied, type_="claim.tied", on=desk.today, main=False)


def look_claim(cells: Cells) -> Iterable[Look]:
    """Look up the claim and what it points to."""
    yield from looked(cells, "funder", "session")
    if cells.get("number"):
        yield "claims", received_id(str(cells["number"]))
    if cells.get("funder_code") and cells.get("agreement_reference"):
        yield "agreements", derive_id("agreement", str(cells["funder_code"]), str(cells["agreement_reference"]))
    if cells.get("session_code") and cells.get("learner_code"):
        yield "enrolments", enrolment_id(cells)


def gather_claims(desk: Desk, rows: Sequence[Cells]) -> None:
    """Read the claims that bear the batch's numbers, and the credit notes that wait for them."""
    numbers = {str(cells[name]) for cells in rows for name in ("number", "origin_number") if cells.get(name)}
    found: list[Claim] = desk.find("claims", number=tuple(numbers))
    desk.currents(found, lambda claim: f"claim|{claim.number}")
    waiting: dict[str, list[Claim]] = {}
    for note in desk.find(
        "claims", origin_number=tuple(numbers), kind=ClaimKind.CREDIT_NOTE, origin=ClaimOrigin.RECEIVED
    ):
        if note.origin_claim_id is None:
            waiting.setdefault(note.origin_number, []).append(note)
    desk.currents((tuple(notes) for notes in waiting.values()), lambda notes: f"credits|{notes[0].origin_number}")
