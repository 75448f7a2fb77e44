"""Credit notes, and what follows them: nothing by itself; again, corrected, only when a person says so."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from billing.agreement import LifeState, Unit
from billing.claim import AfterCredit, Claim, ClaimKind, advance, allocated
from billing.errors import BrokenBooks, IllegalTransition, InvalidInput
from billing.money import Money
from billing.submission import SubmissionState
from billing.usecases.after_credit import CHOICE, choose_after_credit, hand_over
from billing.usecases.credit import credit
from billing.usecases.prepare import Prepared, prepare_due_claims, read_shelf
from billing.usecases.recording import keep
from billing.usecases.submit import apply
from tests import builders
from tests.billing.usecases.world import ORGANISATION, TODAY, PlainDocuments, open_filled, parameters
from tests.fakes import FakeBooks

NOW = datetime(2026, 11, 3, 21, 0, tzinfo=UTC)
FIRST, SECOND = "FA-2026-00001", "FA-2026-00002"


def issued(**changes: Any) -> FakeBooks:
    """One claim of 1 400 € prepared, not sent yet; `changes` are the agreement's."""
    books = FakeBooks(ORGANISATION.id)
    open_filled(books.open_books, **changes)
    night(books)
    return books


def night(books: FakeBooks, today: date = TODAY) -> Prepared:
    return prepare_due_claims(
        books.open_books,
        ORGANISATION.id,
        actor="night",
        today=today,
        parameters=parameters(),
        documents=PlainDocuments(),
    )


def bear(books: FakeBooks, number: str) -> Claim:
    with books.open_books(ORGANISATION.id, "test") as uow:
        (claim,) = uow.claims.find(number=number)
    return claim


def numbers(books: FakeBooks) -> list[str]:
    with books.open_books(ORGANISATION.id, "test") as uow:
        return sorted(claim.number or "" for claim in uow.claims.find(kind=ClaimKind.INVOICE))


def credit_of(books: FakeBooks, cents: int, then: AfterCredit | None = None, number: str = FIRST) -> Claim:
    claim = bear(books, number)
    with books.open_books(ORGANISATION.id, "user:claire") as uow:
        shelf = read_shelf(uow, ORGANISATION.id, parameters(), frozenset(), today=TODAY)
        note = credit(
            uow, shelf, claim.id, Money(cents), reason="erreur", today=TODAY, documents=PlainDocuments(), then=then
        )
        uow.commit()
    return note


def say(books: FakeBooks, note: Claim, then: AfterCredit) -> None:
    with books.open_books(ORGANISATION.id, "user:paul") as uow:
        choose_after_credit(uow, note.id, then, today=TODAY)
        uow.commit()


def move_to(books: FakeBooks, claim: Claim, state: SubmissionState) -> None:
    """Let the platform (or a person) settle what was to be sent of a claim."""
    with books.open_books(ORGANISATION.id, "test") as uow:
        (row,) = uow.submissions.find(subject_id=claim.id)
        apply(uow, row, replace(row, state=state, attempt=1), today=TODAY)
        uow.commit()


def sent() -> FakeBooks:
    books = issued()
    move_to(books, bear(books, FIRST), SubmissionState.ACCEPTED)
    return books


def choices(books: FakeBooks) -> list[tuple[str, object, object]]:
    with books.open_books(ORGANISATION.id, "test") as uow:
        return [(line.actor, line.payload["then"], line.payload["said"]) for line in uow.journal(about=CHOICE)]


def test_a_credit_note_cites_its_origin_has_its_own_series_and_lowers_what_is_owed() -> None:
    books = issued()
    note = credit_of(books, 40_000)
    claim = bear(books, FIRST)
    assert (note.number, note.origin_number, note.gross) == ("AV-2026-00001", FIRST, Money(40_000))
    assert (claim.credited, claim.open, claim.gross) == (Money(40_000), Money(100_000), builders.PRICE)
    with books.open_books(ORGANISATION.id, "test") as uow:
        assert sorted(entry.fact for entry in uow.entries()) == ["credit", "issue"]


def test_a_credit_note_takes_back_hours_in_proportion_to_money() -> None:
    assert credit_of(issued(), 40_000).hours == 4  # 14 h for 1 400 €


def test_what_is_wholly_credited_is_not_billed_again_by_itself() -> None:
    books = issued()
    credit_of(books, 140_000)
    assert bear(books, FIRST).state is LifeState.CANCELLED
    first, second = night(books), night(books)
    assert (first.claims, first.blocked, second.claims) == ([], [], [])
    assert numbers(books) == [FIRST]
    assert choices(books) == [("user:claire", "final", False)]


def test_final_said_by_a_person_is_journalled_as_said() -> None:
    books = issued()
    credit_of(books, 140_000, AfterCredit.FINAL)
    assert night(books).claims == []
    assert choices(books) == [("user:claire", "final", True)]


def test_what_never_left_is_billed_again_the_next_night_once_and_names_what_it_follows() -> None:
    books = issued()
    credit_of(books, 140_000, AfterCredit.REISSUE)
    assert len(night(books).claims) == 1
    assert [len(night(books).claims) for _night in range(2)] == [0, 0]
    claim = bear(books, SECOND)
    with books.open_books(ORGANISATION.id, "test") as uow:
        (line,) = uow.claim_lines.find(claim_id=claim.id)
    assert line.label.endswith(f"après l'avoir AV-2026-00001 sur la facture {FIRST}")
    assert (claim.gross, claim.hours) == (builders.PRICE, Decimal(14))
    assert choices(books) == [("user:claire", "reissue", True)]


@pytest.mark.parametrize("state", [SubmissionState.READY, SubmissionState.IN_DOUBT, SubmissionState.CHECKING])
def test_the_replacement_waits_in_silence_while_its_credit_note_is_on_its_way(state: SubmissionState) -> None:
    books = sent()
    note = credit_of(books, 140_000, AfterCredit.REISSUE)
    move_to(books, note, state)
    waiting = night(books)
    assert (waiting.claims, waiting.blocked) == ([], [])
    move_to(books, note, SubmissionState.ACCEPTED)
    assert len(night(books).claims) == 1
    assert night(books).claims == []
    assert numbers(books) == [FIRST, SECOND]


@pytest.mark.parametrize("state", [SubmissionState.HUMAN, SubmissionState.DRAFT, SubmissionState.REJECTED])
def test_a_credit_note_that_a_person_must_settle_is_told_every_night(state: SubmissionState) -> None:
    books = sent()
    move_to(books, credit_of(books, 140_000, AfterCredit.REISSUE), state)
    for _night in range(2):
        told = night(books)
        assert told.claims == []
        [finding] = told.blocked[0].findings
        assert (finding.code, dict(finding.values)) == (
            "credit_note_not_there_yet",
            {"note": "AV-2026-00001", "claim": FIRST},
        )


@pytest.mark.parametrize(
    ("state", "after"),
    [
        (SubmissionState.READY, SubmissionState.ACCEPTED),
        (SubmissionState.HUMAN, SubmissionState.ACCEPTED),
        (SubmissionState.REJECTED, SubmissionState.REJECTED),
    ],
)
def test_a_credit_note_handed_over_otherwise_is_sent_no_more_and_frees_its_replacement(
    state: SubmissionState, after: SubmissionState
) -> None:
    books = sent()
    note = credit_of(books, 140_000, AfterCredit.REISSUE)
    move_to(books, note, state)
    with books.open_books(ORGANISATION.id, "user:paul") as uow:
        handed = hand_over(uow, note.id, "courriel du 3 novembre", today=TODAY, now=NOW)
        uow.commit()
    with books.open_books(ORGANISATION.id, "test") as uow:
        assert [row.state for row in uow.submissions.find(subject_id=note.id)] == [after]
    assert (handed.state, handed.external_reference) == (LifeState.SUBMITTED, "courriel du 3 novembre")
    assert len(night(books).claims) == 1


def test_a_credit_note_that_is_leaving_now_cannot_be_handed_over_otherwise() -> None:
    books = sent()
    note = credit_of(books, 140_000, AfterCredit.REISSUE)
    move_to(books, note, SubmissionState.SENDING)
    with books.open_books(ORGANISATION.id, "test") as uow, pytest.raises(IllegalTransition):
        hand_over(uow, note.id, "x", today=TODAY, now=NOW)


def test_a_person_may_say_later_that_it_is_billed_again_and_change_their_mind_until_it_is() -> None:
    books = issued()
    note = credit_of(books, 140_000)
    say(books, note, AfterCredit.REISSUE)
    say(books, note, AfterCredit.REISSUE)
    say(books, note, AfterCredit.FINAL)
    assert night(books).claims == []
    say(books, note, AfterCredit.REISSUE)
    assert len(night(books).claims) == 1
    with pytest.raises(InvalidInput) as caught:
        say(books, note, AfterCredit.FINAL)
    assert caught.value.code == "reissued_already"
    assert [(who, then) for who, then, _said in choices(books)] == [
        ("user:claire", "final"),
        ("user:paul", "reissue"),
        ("user:paul", "final"),
        ("user:paul", "reissue"),
    ]


def test_a_part_credited_for_good_leaves_nothing_to_bill() -> None:
    books = issued()
    credit_of(books, 40_000, AfterCredit.FINAL)
    assert night(books).claims == []


def test_a_part_to_bill_again_is_billed_for_its_amount_and_for_another_period_key() -> None:
    books = sent()
    note = credit_of(books, 40_000, AfterCredit.REISSUE)
    assert night(books).claims == []
    move_to(books, note, SubmissionState.ACCEPTED)
    assert len(night(books).claims) == 1
    assert night(books).claims == []
    claim = bear(books, SECOND)
    assert (claim.gross, claim.hours, claim.period) == (Money(40_000), Decimal(4), "whole:rest:1")
    assert bear(books, FIRST).open == Money(100_000)


def test_what_was_given_up_for_good_is_not_billed_with_the_rest() -> None:
    books = issued()
    credit_of(books, 10_000, AfterCredit.FINAL)
    credit_of(books, 130_000, AfterCredit.REISSUE)
    night(books)
    assert bear(books, SECOND).gross == Money(130_000)
    credit_of(books, 130_000, AfterCredit.REISSUE, number=SECOND)
    night(books)
    assert bear(books, "FA-2026-00003").gross == Money(130_000)


def test_what_was_paid_then_wholly_credited_is_billed_again_whole() -> None:
    books = sent()
    claim = bear(books, FIRST)
    with books.open_books(ORGANISATION.id, "test") as uow:
        keep(uow, claim, allocated(claim, Money(50_000)), type_="claim.allocated", on=TODAY)
        uow.commit()
    note = credit_of(books, 140_000, AfterCredit.REISSUE)
    move_to(books, note, SubmissionState.ACCEPTED)
    assert night(books).claims != []
    assert (bear(books, SECOND).gross, bear(books, FIRST).open) == (Money(140_000), Money(-50_000))


def test_an_instalment_credited_is_due_again_only_when_a_person_says_so() -> None:
    books = FakeBooks(ORGANISATION.id)
    open_filled(books.open_books, unit=Unit.INSTALMENT)
    with books.open_books(ORGANISATION.id, "test") as uow:
        uow.instalments.put(builders.an_instalment(1), builders.an_instalment(2))
        uow.commit()
    assert len(night(books).claims) == 2
    note = credit_of(books, 70_000)
    assert night(books).claims == []
    say(books, note, AfterCredit.REISSUE)
    assert len(night(books).claims) == 1
    assert night(books).claims == []
    again = bear(books, "FA-2026-00003")
    assert (again.instalment_number, again.gross) == (bear(books, FIRST).instalment_number, Money(70_000))


def test_a_claim_that_the_payer_cancelled_waits_for_its_credit_note() -> None:
    books = sent()
    claim = bear(books, FIRST)
    with books.open_books(ORGANISATION.id, "test") as uow:
        keep(uow, claim, advance(claim, LifeState.CANCELLED, reported=True), type_="claim.seen", on=TODAY)
        uow.commit()
    told = night(books)
    assert told.claims == []
    assert [finding.code for finding in told.blocked[0].findings] == ["cancelled_without_credit"]


@pytest.mark.parametrize(("cents", "code"), [(40_001, "credit_refused"), (0, "credit_refused")])
def test_more_than_what_is_left_cannot_be_credited(cents: int, code: str) -> None:
    books = issued()
    credit_of(books, 100_000)
    with pytest.raises(BrokenBooks) as caught:
        credit_of(books, cents)
    assert (caught.value.code, caught.value.values["left"]) == (code, Money(40_000).french())


def test_what_is_wholly_credited_cannot_be_credited_twice() -> None:
    books = issued()
    credit_of(books, 140_000)
    with pytest.raises(BrokenBooks) as caught:
        credit_of(books, 140_000)
    assert caught.value.code == "credited_wholly_already"


def test_what_rests_on_no_agreement_cannot_be_billed_again() -> None:
    books = issued()
    claim = bear(books, FIRST)
    with books.open_books(ORGANISATION.id, "test") as uow:
        keep(uow, claim, replace(claim, agreement_id=None), type_="claim.seen", on=TODAY)
        uow.commit()
    with pytest.raises(InvalidInput) as caught:
        credit_of(books, 140_000, AfterCredit.REISSUE)
    assert caught.value.code == "reissue_without_agreement"
    assert bear(books, FIRST).credited == Money(0)


def test_what_a_person_was_to_carry_and_is_credited_whole_is_no_more_to_be_carried() -> None:
    books = issued()
    with books.open_books(ORGANISATION.id, "test") as uow:
        (row,) = uow.submissions.find(subject_id=bear(books, FIRST).id)
        apply(uow, row, replace(row, state=SubmissionState.HUMAN, human_reason="by_hand"), today=TODAY)
        uow.commit()
    note = credit_of(books, 140_000, AfterCredit.REISSUE)
    with books.open_books(ORGANISATION.id, "test") as uow:
        left = {item.subject_id: item.state for item in uow.submissions.find()}
    # A person may have carried it without a word: the credit note leaves, and the replacement waits for it.
    assert left == {row.subject_id: SubmissionState.REJECTED, note.id: SubmissionState.READY}
    assert night(books).claims == []
