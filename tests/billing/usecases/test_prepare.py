import threading
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from billing.agreement import Scheme
from billing.claim import LineKind
from billing.due import Case, DueClaim
from billing.errors import BrokenBooks, Finding
from billing.evidence import EvidenceStatus, EvidenceSummary
from billing.money import Money
from billing.ports import OpenBooks
from billing.submission import SubmissionState
from billing.usecases.prepare import Prepared, issue, prepare_due_claims, read_shelf
from integrations.database import Books
from tests import builders
from tests.billing.usecases.world import ORGANISATION, TODAY, PlainDocuments, open_filled, parameters
from tests.fakes import FakeBooks


def prepare(open_books: OpenBooks, documents: PlainDocuments | None = None, **options: Any) -> Prepared:
    return prepare_due_claims(
        open_books,
        ORGANISATION.id,
        actor="test",
        today=TODAY,
        parameters=parameters(),
        documents=documents or PlainDocuments(),
        **options,
    )


def test_what_is_due_becomes_a_numbered_claim_with_document_entry_and_submission(books: Books) -> None:
    open_filled(books.open_books)
    prepared = prepare(books.open_books)
    with books.open_books(ORGANISATION.id, "test", read_only=True) as uow:
        (claim,) = uow.claims.find()
        (row,) = uow.submissions.find()
        entries = [entry for entry in uow.entries() if entry.subject_id == claim.id]
        assert prepared.claims == [claim.id]
        assert (claim.number, claim.gross, claim.open) == ("FA-2026-00001", builders.PRICE, builders.PRICE)
        assert uow.document(claim.document) == b"FA-2026-00001 140000"
        assert (row.state, row.platform, row.business_key) == (SubmissionState.READY, "platform-a", claim.business_key)
        assert [entry.fact for entry in entries] == ["issue"]
        assert [line.kind for line in uow.claim_lines.find(claim_id=claim.id)] == [LineKind.TRAINING]


def test_preparing_twice_makes_nothing_twice(books: Books) -> None:
    open_filled(books.open_books, "DOS-001", "DOS-002")
    assert len(prepare(books.open_books).claims) == 2
    assert prepare(books.open_books).claims == []


def test_a_claim_that_would_not_be_valid_takes_no_number_and_says_everything() -> None:
    books = FakeBooks(ORGANISATION.id)
    open_filled(books.open_books)
    findings = (Finding(code="one"), Finding(code="two"))
    prepared = prepare(books.open_books, PlainDocuments(findings))
    assert [blocked.findings for blocked in prepared.blocked] == [findings]
    with books.open_books(ORGANISATION.id, "test") as uow:
        assert uow.claims.find() == []
        assert uow.series.find() == []


def test_a_frozen_agreement_is_left_alone() -> None:
    books = FakeBooks(ORGANISATION.id)
    open_filled(books.open_books)
    frozen = frozenset({("agreement", builders.an_agreement().id)})
    assert prepare(books.open_books, frozen=frozen).claims == []


def test_sending_waits_for_a_person_until_it_is_switched_on_for_the_payer() -> None:
    books = FakeBooks(ORGANISATION.id)
    open_filled(books.open_books)
    with books.open_books(ORGANISATION.id, "test") as uow:
        uow.funders.put(builders.a_funder(sending=False))
        uow.commit()
    prepare(books.open_books)
    with books.open_books(ORGANISATION.id, "test") as uow:
        assert [row.state for row in uow.submissions.find()] == [SubmissionState.DRAFT]


def test_numbers_have_no_gap_when_eight_threads_issue_at_once(books: Books) -> None:
    references = tuple(f"DOS-{number:03d}" for number in range(24))
    open_filled(books.open_books, *references)
    failures: list[BaseException] = []

    def work(part: tuple[str, ...]) -> None:
        try:
            ids = [builders.an_agreement(reference).id for reference in part]
            prepare(books.open_books, only_agreements=ids)
        except BaseException as error:  # noqa: BLE001 - told by the test below
            failures.append(error)

    threads = [threading.Thread(target=work, args=(references[start::8],)) for start in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with books.open_books(ORGANISATION.id, "test", read_only=True) as uow:
        numbers = sorted(claim.sequence or 0 for claim in uow.claims.find())
    assert failures == []
    assert numbers == list(range(1, 25))


def test_a_crash_before_the_commit_gives_the_number_back(books: Books) -> None:
    open_filled(books.open_books, "DOS-001", "DOS-002")

    class DyingDocuments(PlainDocuments):
        deaths = 1

        def render(self, facts: object) -> bytes:
            if self.deaths:
                self.deaths -= 1
                raise MemoryError
            return super().render(facts)  # type: ignore[arg-type]

    documents = DyingDocuments()
    with pytest.raises(MemoryError):
        prepare(books.open_books, documents)
    prepare(books.open_books, documents)
    with books.open_books(ORGANISATION.id, "test", read_only=True) as uow:
        assert sorted(claim.number or "" for claim in uow.claims.find()) == ["FA-2026-00001", "FA-2026-00002"]


def test_nothing_is_issued_beyond_the_agreement() -> None:
    books = FakeBooks(ORGANISATION.id)
    open_filled(books.open_books)
    with books.open_books(ORGANISATION.id, "test") as uow:
        shelf = read_shelf(uow, ORGANISATION.id, parameters(), frozenset(), today=TODAY)
        case = Case(
            agreement=builders.an_agreement(enrolment_id=builders.an_enrolment().id),
            session=builders.a_session(),
            enrolment=None,
            evidence=EvidenceSummary(),
            certificates=(),
            instalments=(),
            claims=(),
            record=None,
        )
        too_much = DueClaim(
            part="whole", role=builders.a_claim().role, amount=Money(140_001), hours=None, unit_price=None
        )
        with pytest.raises(BrokenBooks) as caught:
            issue(uow, shelf, case, too_much, today=TODAY, documents=PlainDocuments())
        assert caught.value.code == "claim_over_agreement"


def test_what_a_platform_computes_beyond_its_agreement_stops_that_one_alone() -> None:
    books = FakeBooks(ORGANISATION.id)
    open_filled(books.open_books, "DOS-001", "DOS-002")
    with books.open_books(ORGANISATION.id, "test") as uow:
        (agreement,) = uow.agreements.find(reference="DOS-001")
        uow.agreements.put(replace(agreement, scheme=Scheme.CPF))
        uow.platform_records.put(
            builders.a_platform_record(
                subject_id=agreement.id, ready_to_bill=True, amount_billable=builders.PRICE + Money(1)
            )
        )
        uow.commit()
    prepared = prepare(books.open_books)
    assert len(prepared.claims) == 1
    assert [(one.agreement_id, one.findings[0].code) for one in prepared.blocked] == [
        (agreement.id, "billable_over_agreement")
    ]


def test_hours_missed_are_not_billed_and_it_is_told_and_printed() -> None:
    books = FakeBooks(ORGANISATION.id)
    open_filled(books.open_books)
    with books.open_books(ORGANISATION.id, "test") as uow:
        (piece, *_others) = uow.evidence.find(occurred_on=date(2026, 9, 15))
        uow.evidence.put(replace(piece, status=EvidenceStatus.UNJUSTIFIED_ABSENCE))
        uow.commit()
    prepared = prepare(books.open_books)
    with books.open_books(ORGANISATION.id, "test") as uow:
        (claim,) = uow.claims.find()
        (line,) = uow.claim_lines.find(claim_id=claim.id)
    assert (claim.gross, claim.hours) == (Money(70_000), Decimal(7))
    assert line.label.endswith(" – 7 h réalisées sur 14 h")
    assert [finding.code for finding in prepared.told] == ["billed_by_hours_done"]


def test_vat_is_charged_where_the_organisation_is_not_exempt() -> None:
    books = FakeBooks(ORGANISATION.id)
    open_filled(books.open_books)
    with books.open_books(ORGANISATION.id, "test") as uow:
        from billing.party import VatRegime  # noqa: PLC0415 - one test's need

        uow.organisations.put(replace(ORGANISATION, vat_regime=VatRegime.STANDARD))
        uow.commit()
    prepare(books.open_books)
    with books.open_books(ORGANISATION.id, "test") as uow:
        (claim,) = uow.claims.find()
        assert (claim.net, claim.vat, claim.gross) == (Money(116_667), Money(23_333), Money(140_000))
