"""One turn of the engine on real books: what is committed before and after each request, and what a crash leaves."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from billing.agreement import LifeState
from billing.errors import AccessDenied, ContractChanged, OutcomeUnknown, PlatformError, Refused, RetryLater
from billing.submission import Absence, Effect, HumanFound, HumanProvedAbsent, Submission, SubmissionState
from billing.usecases.submit import Engine, Outcome, carry, decide
from integrations.database import Books
from tests.billing.usecases.test_prepare import prepare
from tests.billing.usecases.world import (
    ORGANISATION,
    TODAY,
    FakeClock,
    FakePlatform,
    context,
    open_filled,
    parcel_of,
)

S = SubmissionState
BEGIN = datetime(2026, 11, 3, 22, 0, tzinfo=UTC)


class Killed(BaseException):
    """Stands for SIGKILL: nothing may catch it."""


class Bench:
    """Books with one claim that is ready, a clock, a platform."""

    def __init__(self, books: Books) -> None:
        open_filled(books.open_books)
        prepare(books.open_books)
        self.books = books
        self.clock = FakeClock(BEGIN)
        self.platform = FakePlatform()
        self.over = True
        self.turn_number = 0
        self.kill_at = ""

    def row(self) -> Submission:
        with self.books.open_books(ORGANISATION.id, "test", read_only=True) as uow:
            (found,) = uow.submissions.find()
        return found

    def _pass(self, point: str) -> None:
        if point == self.kill_at:
            raise Killed(point)

    def turn(self) -> Outcome | None:
        self.turn_number += 1
        engine = Engine(
            open_books=self.books.open_books,
            clock=self.clock,
            make_parcel=parcel_of,
            owner_is_over=lambda _owner: self.over,
            crash_point=self._pass,
        )
        return carry(
            engine,
            ORGANISATION.id,
            self.row().id,
            owner=f"run:{self.turn_number}",
            carrier=self.platform,
            today=TODAY,
        )

    def state(self) -> SubmissionState:
        return self.row().state


@pytest.fixture
def bench(books: Books) -> Bench:
    return Bench(books)


def test_an_accepted_claim_bears_its_reference_and_its_day(bench: Bench) -> None:
    assert bench.turn() == Outcome(state=S.ACCEPTED, effect=Effect.NOTHING, act=Effect.SEND)
    with bench.books.open_books(ORGANISATION.id, "test", read_only=True) as uow:
        (claim,) = uow.claims.find()
        (attempt,) = uow.attempts.find()
    assert (claim.state, claim.sent_on, claim.external_reference) == (LifeState.SUBMITTED, TODAY, "REF-FA-2026-00001")
    assert (attempt.act, attempt.outcome) == ("send", "TheyAccepted")


def test_the_row_says_sending_before_the_request_leaves(bench: Bench) -> None:
    seen: list[SubmissionState] = []
    bench.platform.on_send = lambda: seen.append(bench.state())
    bench.turn()
    assert seen == [S.SENDING]


def test_a_turn_on_a_row_that_ended_does_nothing(bench: Bench) -> None:
    bench.turn()
    assert bench.turn() is None
    assert bench.platform.taken == ["FA-2026-00001"]


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (RetryLater("throttled", context=context(), retry_after=timedelta(seconds=5)), S.READY),
        (AccessDenied("refused", context=context()), S.READY),
        (OutcomeUnknown("timeout", context=context()), S.IN_DOUBT),
        (ContractChanged("html", context=context()), S.IN_DOUBT),
        (PlatformError("odd", context=context()), S.IN_DOUBT),
        (Refused("no", context=context(their_code="REJ", their_label="Doublon")), S.REJECTED),
    ],
)
def test_each_error_leads_where_it_says(bench: Bench, error: PlatformError, state: SubmissionState) -> None:
    bench.platform.raises = error
    bench.turn()
    assert bench.state() is state


def test_a_refusal_reaches_the_claim_with_their_words(bench: Bench) -> None:
    bench.platform.raises = Refused("no", context=context(their_code="REJ", their_label="Doublon"))
    bench.turn()
    with bench.books.open_books(ORGANISATION.id, "test", read_only=True) as uow:
        (claim,) = uow.claims.find()
    assert (claim.state, claim.rejection_code, claim.rejection_label) == (LifeState.REJECTED, "REJ", "Doublon")


def test_a_lost_answer_is_asked_about_and_found(bench: Bench) -> None:
    bench.platform.raises = OutcomeUnknown("timeout", context=context())
    bench.platform.takes_before_raising = True
    bench.turn()
    bench.clock.forward(120)
    bench.turn()
    assert bench.state() is S.ACCEPTED
    assert bench.platform.taken == ["FA-2026-00001"]


def test_what_never_arrived_is_sent_again_only_after_the_settle_window(bench: Bench) -> None:
    bench.platform.raises = OutcomeUnknown("timeout", context=context())
    bench.turn()
    bench.platform.raises = None
    bench.clock.forward(61)
    bench.turn()
    assert (bench.state(), bench.platform.taken) == (S.IN_DOUBT, [])
    bench.clock.forward(300)
    bench.turn()
    bench.turn()
    assert (bench.state(), bench.platform.taken) == (S.ACCEPTED, ["FA-2026-00001"])


def test_absence_that_proves_nothing_ends_in_front_of_a_human_who_decides(bench: Bench) -> None:
    bench.platform.contract = replace(bench.platform.contract, absence=Absence.PROVES_NOTHING)
    bench.platform.raises = OutcomeUnknown("timeout", context=context())
    bench.turn()
    bench.platform.raises = None
    bench.clock.forward(600)
    bench.turn()
    assert bench.state() is S.HUMAN
    with bench.books.open_books(ORGANISATION.id, "test") as uow:
        decide(
            uow,
            bench.row().id,
            HumanProvedAbsent(),
            now=bench.clock.now(),
            contract=bench.platform.contract,
            today=TODAY,
        )
        uow.commit()
    bench.turn()
    assert bench.platform.taken == ["FA-2026-00001"]


def test_what_a_person_found_closes_the_doubt(bench: Bench) -> None:
    bench.platform.by_hand = True
    bench.turn()
    assert (bench.state(), bench.platform.taken) == (S.HUMAN, [])
    with bench.books.open_books(ORGANISATION.id, "test") as uow:
        decide(
            uow,
            bench.row().id,
            HumanFound(reference="PORTAIL-7"),
            now=bench.clock.now(),
            contract=bench.platform.contract,
            today=TODAY,
        )
        uow.commit()
    with bench.books.open_books(ORGANISATION.id, "test", read_only=True) as uow:
        (claim,) = uow.claims.find()
    assert (claim.state, claim.external_reference) == (LifeState.SUBMITTED, "PORTAIL-7")


def test_a_platform_that_is_down_for_days_brings_the_claim_to_a_person_who_may_send_it_as_it_is(bench: Bench) -> None:
    bench.platform.raises = RetryLater("throttled", context=context())
    for night in range(1, 6):
        for _ in range(5):
            bench.turn()
            bench.clock.forward(16)
        row = bench.row()
        assert (row.state, row.attempt) == (S.READY if night < 5 else S.HUMAN, 0)
        bench.clock.forward(24 * 3600 - 5 * 16)
    assert bench.row().human_reason == "platform_silent"
    with bench.books.open_books(ORGANISATION.id, "test") as uow:
        contract = bench.platform.contract
        decide(uow, bench.row().id, HumanProvedAbsent(), now=bench.clock.now(), contract=contract, today=TODAY)
        uow.commit()
    bench.clock.forward(1)
    bench.turn()
    assert bench.state() is S.READY  # still down: the days are counted anew from what the person saw
    bench.platform.raises = None
    bench.clock.forward(16)
    bench.turn()
    assert (bench.state(), bench.platform.taken) == (S.ACCEPTED, ["FA-2026-00001"])


def test_a_doubt_about_which_the_platform_says_nothing_for_days_is_never_sent_again(bench: Bench) -> None:
    bench.platform.raises = OutcomeUnknown("timeout", context=context())
    bench.platform.takes_before_raising = True
    bench.turn()
    bench.platform.blind = True
    for _ in range(4):
        assert bench.state() is S.IN_DOUBT
        bench.clock.forward(24 * 3600)
        bench.turn()
    assert (bench.state(), bench.row().human_reason) == (S.HUMAN, "checks_exhausted")
    assert bench.platform.taken == ["FA-2026-00001"]


def test_the_fence_stops_a_sender_that_was_stalled(bench: Bench) -> None:
    taken = bench.platform

    def stall(point: str) -> None:
        if point == "after_claim":
            bench.clock.forward(3600)

    engine = Engine(
        open_books=bench.books.open_books,
        clock=bench.clock,
        make_parcel=parcel_of,
        owner_is_over=lambda _owner: True,
        crash_point=stall,
    )
    carry(engine, ORGANISATION.id, bench.row().id, owner="run:x", carrier=taken, today=TODAY)
    assert (bench.state(), taken.taken) == (S.READY, [])


POINTS = (
    "before_claim_commit",
    "after_claim",
    "before_send",
    "after_send",
    "before_conclude",
    "before_conclude_commit",
    "after_conclude",
)


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("lost", [False, True], ids=["answered", "answer lost"])
def test_a_kill_at_any_point_bills_once_and_loses_nothing(bench: Bench, point: str, *, lost: bool) -> None:
    bench.kill_at = point
    if lost:
        bench.platform.raises = OutcomeUnknown("timeout", context=context())
        bench.platform.takes_before_raising = True
    with pytest.raises(Killed):
        bench.turn()
    bench.kill_at = ""
    bench.platform.raises = None
    for _ in range(6):
        bench.clock.forward(200)
        bench.turn()
    assert bench.state() is S.ACCEPTED
    assert bench.platform.taken == ["FA-2026-00001"]


@pytest.mark.parametrize("point", ["after_claim", "before_check", "after_check", "before_conclude_commit"])
def test_a_kill_while_asking_leads_to_asking_again_and_never_to_a_second_send(bench: Bench, point: str) -> None:
    bench.platform.raises = OutcomeUnknown("timeout", context=context())
    bench.platform.takes_before_raising = True
    bench.turn()
    bench.platform.raises = None
    bench.clock.forward(120)
    bench.kill_at = point
    with pytest.raises(Killed):
        bench.turn()
    bench.kill_at = ""
    bench.clock.forward(600)
    bench.turn()
    assert (bench.state(), bench.platform.taken) == (S.ACCEPTED, ["FA-2026-00001"])


def test_an_answer_that_comes_after_the_lease_changes_nothing_that_was_found_meanwhile(bench: Bench) -> None:
    other: list[Outcome | None] = []

    def overtaken() -> None:
        bench.platform.on_send = lambda: None
        bench.platform.taken.append("FA-2026-00001")
        bench.clock.forward(600)
        other.append(bench.turn())
        bench.platform.taken.clear()

    bench.platform.on_send = overtaken
    bench.turn()
    assert other[0] is not None
    assert bench.state() is S.ACCEPTED
