"""Claims made elsewhere: kept as they are, booked once, never changed in silence."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from billing.agreement import LifeState
from billing.claim import Claim, ClaimKind, ClaimOrigin, LineKind, settled
from billing.identity import derive_id
from billing.ledger import CUSTOMERS, OPENING, SALES_OTHER, SALES_TRAINING, VAT_COLLECTED, balance
from billing.money import Money
from billing.usecases.recording import keep
from billing.usecases.take_in import Counts, Source, take_in
from billing.usecases.take_in_claims import received_id
from billing.usecases.take_in_rows import Part, Row
from tests.builders import a_claim, a_funder, an_organisation
from tests.fakes import FakeBooks

TODAY = date(2026, 10, 10)
IN_SEPTEMBER = date(2026, 9, 30)


@pytest.fixture
def home() -> FakeBooks:
    organisation = an_organisation(opening_on=date(2026, 1, 1))
    books = FakeBooks(organisation.id)
    with books.uow() as uow:
        uow.organisations.add(organisation)
        uow.funders.add(a_funder("OPCO1", payment_term_days=30))
        uow.commit()
    return books


def invoice(line: int, number: str, gross: int = 120_000, **more: Any) -> Row:
    values: dict[str, Any] = {
        "number": number,
        "issue_on": IN_SEPTEMBER,
        "funder_code": "OPCO1",
        "net": Money(gross),
        "vat": Money(0),
        "gross": Money(gross),
        **more,
    }
    return Row(line=line, key=number, parts=(Part(kind="claim", values=values),), raw=number)


def credit_note(line: int, number: str, origin: str, gross: int) -> Row:
    return invoice(line, number, gross, kind="credit_note", origin_number=origin)


def opening(line: int, number: str, owed: int = 64_000, **more: Any) -> Row:
    values: dict[str, Any] = {
        "number": number,
        "issue_on": date(2025, 11, 5),
        "funder_code": "OPCO1",
        "open": Money(owed),
        **more,
    }
    return Row(line=line, key=number, parts=(Part(kind="opening", values=values),), raw=number)


def imported(home: FakeBooks, *rows: Row, sha: str = "1") -> Counts:
    source = Source(name="factures.csv", sha256=sha, profile="factures", stream="factures")
    return take_in(home.open_books, home.organisation_id, source, rows, actor="test", today=TODAY)


def claim_of(home: FakeBooks, number: str) -> Claim:
    with home.uow(read_only=True) as uow:
        found = uow.claims.get(received_id(number))
    assert found is not None
    return found


def refusals(home: FakeBooks) -> list[tuple[int, str, str]]:
    with home.uow(read_only=True) as uow:
        return [(item.line, item.column, item.code) for item in uow.quarantine.find(cleared=False)]


def owed(home: FakeBooks, *accounts: str) -> int:
    with home.uow(read_only=True) as uow:
        return balance(list(uow.entries()), accounts).cents


def test_a_received_invoice_keeps_its_number_and_is_booked(home: FakeBooks) -> None:
    row = invoice(2, "FA-2026-0101", net=Money(100_000), vat=Money(20_000), sent_on=date(2026, 10, 1))
    assert imported(home, row) == Counts(read=1, new=1)
    claim = claim_of(home, "FA-2026-0101")
    assert (claim.origin, claim.kind, claim.state) == (ClaimOrigin.RECEIVED, ClaimKind.INVOICE, LifeState.SUBMITTED)
    assert (claim.series, claim.sequence) == ("FA-2026-", 101)
    assert (claim.due_on, claim.open) == (date(2026, 10, 30), Money(120_000))
    assert owed(home, CUSTOMERS) == 120_000
    assert owed(home, SALES_TRAINING) == -100_000
    assert owed(home, VAT_COLLECTED) == -20_000


def test_what_is_no_training_is_booked_as_other_sales(home: FakeBooks) -> None:
    imported(home, invoice(2, "F1", line_kind="room_hire"))
    assert owed(home, SALES_OTHER) == -120_000


def test_amounts_that_do_not_add_up_are_quarantined(home: FakeBooks) -> None:
    imported(home, invoice(2, "F1", net=Money(100_000), vat=Money(19_999)))
    assert refusals(home) == [(2, "gross", "amounts_do_not_add_up")]
    assert owed(home, CUSTOMERS) == 0


def test_an_invoice_from_before_the_takeover_is_refused(home: FakeBooks) -> None:
    imported(home, invoice(2, "F1", issue_on=date(2025, 12, 31)), invoice(3, "F2", issue_on=date(2026, 1, 1)))
    assert refusals(home) == [(2, "issue_on", "claim_before_opening")]


@pytest.mark.parametrize(
    ("field", "value"),
    [("gross", None), ("issue_on", date(2026, 9, 29)), ("kind", "indemnity")],
)
def test_a_booked_invoice_never_changes_in_silence(home: FakeBooks, field: str, value: Any) -> None:
    imported(home, invoice(2, "F1"))
    before = claim_of(home, "F1")
    other = invoice(2, "F1", 130_000) if field == "gross" else invoice(2, "F1", **{field: value})
    assert imported(home, other, sha="2") == Counts(read=1, quarantined=1)
    assert [code for _line, _column, code in refusals(home)] == ["received_claim_differs"]
    assert claim_of(home, "F1") == before
    assert owed(home, CUSTOMERS) == 120_000


def test_harmless_fields_follow_a_later_file(home: FakeBooks) -> None:
    imported(home, invoice(2, "F1"))
    later = invoice(2, "F1", sent_on=date(2026, 10, 2), raw_status="Rejetée", state="rejected", known=True)
    assert imported(home, later, sha="2") == Counts(read=1, changed=1)
    claim = claim_of(home, "F1")
    assert (claim.sent_on, claim.state, claim.raw_status) == (date(2026, 10, 2), LifeState.REJECTED, "Rejetée")
    assert imported(home, later, sha="2") == Counts(read=1, unchanged=1)


def test_a_file_that_says_paid_proves_no_money(home: FakeBooks) -> None:
    imported(home, invoice(2, "F1", raw_status="Payée", state="paid", known=True))
    assert claim_of(home, "F1").state is LifeState.SCHEDULED


def test_a_file_no_longer_says_the_state_once_the_platform_has(home: FakeBooks) -> None:
    imported(home, invoice(2, "F1"))
    with home.uow() as uow:
        before = claim_of(home, "F1")
        seen = replace(before, state=LifeState.APPROVED, raw_status="MANDATEE", seen_at=uow.recorded_at)
        keep(uow, before, seen, type_="claim.seen", on=TODAY)
        uow.commit()
    imported(home, invoice(2, "F1", raw_status="Rejetée", state="rejected", known=True), sha="2")
    assert claim_of(home, "F1").state is LifeState.APPROVED


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"raw_status": "Annulée", "state": "cancelled", "known": True}, "claim_cancelled_without_credit"),
        ({"raw_status": "Brouillon", "state": "draft", "known": True}, "claim_is_draft"),
        ({"raw_status": "Mystère", "known": False}, "word_not_ours"),
        ({"gross": -100}, "claim_not_positive"),
        ({"agreement_reference": "R9"}, "reference_missing"),
    ],
)
def test_what_cannot_be_booked_is_refused(home: FakeBooks, more: dict[str, Any], code: str) -> None:
    assert imported(home, invoice(2, "F1", **more)).quarantined == 1
    assert [refused for _line, _column, refused in refusals(home)] == [code]


@pytest.mark.parametrize("first", ["invoice", "credit note"])
def test_a_credit_note_lowers_its_invoice_whichever_comes_first(home: FakeBooks, first: str) -> None:
    rows = [invoice(2, "F1"), credit_note(3, "AV1", "F1", 20_000)]
    imported(home, *(rows if first == "invoice" else reversed(rows)))
    claim, note = claim_of(home, "F1"), claim_of(home, "AV1")
    assert (claim.credited, claim.open, claim.state) == (Money(20_000), Money(100_000), LifeState.SUBMITTED)
    assert (note.kind, note.gross, note.open) == (ClaimKind.CREDIT_NOTE, Money(20_000), Money(0))
    assert note.origin_claim_id == claim.id
    assert owed(home, CUSTOMERS) == 100_000


def test_a_credit_note_waits_for_an_invoice_of_a_later_file(home: FakeBooks) -> None:
    imported(home, credit_note(3, "AV1", "F1", 20_000))
    imported(home, invoice(2, "F1"), sha="2")
    assert claim_of(home, "F1").credited == Money(20_000)
    assert claim_of(home, "AV1").origin_claim_id == received_id("F1")


def test_reading_invoices_and_credit_notes_again_changes_nothing(home: FakeBooks) -> None:
    rows = [invoice(2, "F1", raw_status="Envoyée", state="submitted", known=True), credit_note(3, "AV1", "F1", 120_000)]
    imported(home, *rows)
    assert claim_of(home, "F1").state is LifeState.CANCELLED
    assert imported(home, *rows) == Counts(read=2, unchanged=2)
    assert claim_of(home, "F1").credited == Money(120_000)


def test_a_credit_note_may_be_written_with_negative_amounts(home: FakeBooks) -> None:
    imported(home, invoice(2, "F1"), credit_note(3, "AV1", "F1", -5_000))
    assert claim_of(home, "F1").credited == Money(5_000)


def test_an_invoice_that_quitus_issued_is_recognised_when_it_comes_back(home: FakeBooks) -> None:
    with home.uow() as uow:
        issued = settled(
            a_claim(
                number="FQ-2026-00001",
                funder_id=derive_id("funder", "OPCO1"),
                issue_on=IN_SEPTEMBER,
                net=Money(120_000),
                vat=Money(0),
                gross=Money(120_000),
            )
        )
        keep(uow, None, issued, type_="claim.prepared", on=IN_SEPTEMBER)
        uow.commit()
    assert imported(home, invoice(2, "FQ-2026-00001")) == Counts(read=1, unchanged=1)
    assert imported(home, invoice(2, "FQ-2026-00001", 1), sha="2") == Counts(read=1, quarantined=1)


def test_an_opening_receivable_is_owed_from_the_takeover_day(home: FakeBooks) -> None:
    assert imported(home, opening(2, "OLD-1")) == Counts(read=1, new=1)
    claim = claim_of(home, "OLD-1")
    assert (claim.origin, claim.open, claim.sequence, claim.series) == (ClaimOrigin.OPENING, Money(64_000), None, "")
    assert (owed(home, CUSTOMERS), owed(home, OPENING)) == (64_000, -64_000)
    with home.uow(read_only=True) as uow:
        (entry,) = uow.entries()
    assert entry.effective_on == date(2026, 1, 1)
    assert imported(home, opening(2, "OLD-1")) == Counts(read=1, unchanged=1)
    assert imported(home, opening(2, "OLD-1", 65_000), sha="2") == Counts(read=1, quarantined=1)


def test_an_opening_receivable_dates_from_before_the_takeover(home: FakeBooks) -> None:
    imported(home, opening(2, "OLD-1", issue_on=date(2026, 1, 1)))
    assert refusals(home) == [(2, "issue_on", "opening_not_before")]


def test_lines_replace_the_one_that_stood_for_the_whole(home: FakeBooks) -> None:
    imported(home, invoice(2, "F1"))

    def line(position: int, cents: int, kind: str) -> Row:
        values = {
            "number": "F1",
            "position": position,
            "label": f"L{position}",
            "quantity": Money(cents).euros / Money(cents).euros,
            "unit_price": Money(cents).euros,
            "net": Money(cents),
            "vat_rate": Money(0).euros,
            "vat": Money(0),
            "gross": Money(cents),
            "line_kind": kind,
        }
        return Row(line=position, key=f"F1|{position}", parts=(Part(kind="claim_line", values=values),), raw="")

    imported(home, line(1, 100_000, "training"), line(2, 20_000, "annex"), sha="2")
    with home.uow(read_only=True) as uow:
        lines = sorted(uow.claim_lines.find(claim_id=received_id("F1")), key=lambda item: item.position)
    assert [(item.label, item.kind, item.net.cents) for item in lines] == [
        ("L1", LineKind.TRAINING, 100_000),
        ("L2", LineKind.ANNEX, 20_000),
    ]
