"""Claims followed on their platforms: every sighting kept, states derived, nothing guessed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from billing.agreement import LifeState
from billing.money import Money
from billing.ports import StatusSighting
from billing.submission import SubmissionState
from billing.usecases.follow import Followed, follow_claims
from integrations.database import Books
from tests.billing.usecases.test_submit import Bench
from tests.billing.usecases.world import ORGANISATION, TODAY, FakePlatform
from tests.fakes import FakeBooks, FakeRepository

SEEN = datetime(2026, 11, 4, 8, 0, tzinfo=UTC)


def sighting(state: LifeState | None = LifeState.ACKNOWLEDGED, **changes: object) -> StatusSighting:
    base = StatusSighting(
        number="FA-2026-00001",
        external_reference="EXT-1",
        raw_status="MOT",
        raw_label="libellé",
        state=state,
        since=SEEN,
        seen_at=SEEN,
    )
    return replace(base, **changes)  # type: ignore[arg-type]  # a test sets any field


def follow(books: Books | FakeBooks, *sightings: StatusSighting) -> Followed:
    return follow_claims(
        books.open_books,
        ORGANISATION.id,
        "platform-a",
        sightings,
        actor="test",
        today=TODAY,
        contract=FakePlatform().contract,
    )


def sent(books: Books) -> Bench:
    bench = Bench(books)
    bench.turn()
    return bench


def claim_state(books: Books) -> tuple[LifeState, str]:
    with books.open_books(ORGANISATION.id, "test", read_only=True) as uow:
        (claim,) = uow.claims.find()
    return claim.state, claim.raw_status


def test_their_word_moves_the_claim_and_is_kept(books: Books) -> None:
    sent(books)
    followed = follow(books, sighting())
    assert (followed.seen, followed.moved) == (1, 1)
    assert claim_state(books) == (LifeState.ACKNOWLEDGED, "MOT")


def test_an_unknown_word_is_kept_and_moves_nothing(books: Books) -> None:
    sent(books)
    followed = follow(books, sighting(None, raw_status="INCONNU"))
    assert (followed.unknown_words, followed.moved) == (1, 0)
    assert claim_state(books) == (LifeState.SUBMITTED, "INCONNU")
    with books.open_books(ORGANISATION.id, "test", read_only=True) as uow:
        (record,) = uow.platform_records.find()
    assert (record.known, record.raw_status) == (False, "INCONNU")


def test_the_same_thing_seen_twice_changes_nothing(books: Books) -> None:
    sent(books)
    follow(books, sighting())
    again = follow(books, sighting(seen_at=SEEN + timedelta(days=1)))
    assert again.moved == 0
    with books.open_books(ORGANISATION.id, "test", read_only=True) as uow:
        assert uow.platform_records.count() == 1


def test_any_status_may_follow_any_other(books: Books) -> None:
    sent(books)
    for state in (LifeState.SCHEDULED, LifeState.DISPUTED, LifeState.ACKNOWLEDGED, LifeState.APPROVED):
        follow(books, sighting(state, raw_status=state.upper(), seen_at=SEEN + timedelta(hours=1)))
        assert claim_state(books)[0] is state


def test_paid_is_their_word_and_the_bank_alone_proves_it(books: Books) -> None:
    sent(books)
    follow(books, sighting(LifeState.PAID))
    assert claim_state(books)[0] is LifeState.SCHEDULED
    with books.open_books(ORGANISATION.id, "test", read_only=True) as uow:
        (claim,) = uow.claims.find()
    assert claim.open == Money(140_000)


def test_a_late_silent_rejection_reaches_claim_and_submission(books: Books) -> None:
    bench = sent(books)
    follow(books, sighting(LifeState.REJECTED, rejection_code="REJ_COH", raw_label="Fournisseur inconnu"))
    assert claim_state(books)[0] is LifeState.REJECTED
    assert bench.state() is SubmissionState.REJECTED


def test_a_number_that_our_books_do_not_know_is_kept_for_a_rule(books: Books) -> None:
    sent(books)
    followed = follow(books, sighting(number="AUTRE-1", external_reference="EXT-9"))
    assert followed.unmatched == 1
    with books.open_books(ORGANISATION.id, "test", read_only=True) as uow:
        (record,) = uow.platform_records.find()
    assert record.subject_id is None


def test_what_a_person_carried_is_closed_by_the_platforms_own_export(books: Books) -> None:
    bench = Bench(books)
    bench.platform.by_hand = True
    bench.turn()
    assert bench.state() is SubmissionState.HUMAN
    follow(books, sighting())
    assert bench.state() is SubmissionState.ACCEPTED


def test_what_was_seen_before_is_asked_once_for_a_parcel(monkeypatch: pytest.MonkeyPatch) -> None:
    books = FakeBooks(ORGANISATION.id)
    asked: list[object] = []
    real = FakeRepository.find

    def counted(self: Any, **equals: Any) -> Any:
        asked.extend([equals["external_id"]] if "external_id" in equals else [])
        return real(self, **equals)

    monkeypatch.setattr(FakeRepository, "find", counted)
    many = [sighting(number=f"X-{rank}", external_reference=f"EXT-{rank}") for rank in range(30)]
    assert follow(books, *many).unmatched == 30
    assert len(asked) == 1


def test_a_thing_seen_twice_in_one_parcel_has_one_last_sighting(books: Books) -> None:
    sent(books)
    later = SEEN + timedelta(hours=1)
    told = follow(
        books,
        sighting(),
        sighting(seen_at=later),
        sighting(LifeState.APPROVED, raw_status="VALIDE", seen_at=later),
        sighting(LifeState.APPROVED, raw_status="VALIDE", seen_at=later + timedelta(hours=1)),
    )
    assert (told.seen, told.moved) == (4, 2)
    with books.open_books(ORGANISATION.id, "test", read_only=True) as uow:
        (last,) = uow.platform_records.find(latest=True)
        assert uow.platform_records.count() == 2
    assert (last.raw_status, last.seen_at) == ("VALIDE", later + timedelta(hours=1))
