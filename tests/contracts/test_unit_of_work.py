"""One suite for every implementation of `billing.ports.UnitOfWork`: SQLite, PostgreSQL, and the in-memory twin."""

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from billing.agreement import LifeState
from billing.anomaly import AnomalyState
from billing.claim import ClaimOrigin
from billing.errors import BrokenBooks, Conflict, Locked, QuitusError
from billing.evidence import EvidenceStatus
from billing.identity import Iban
from billing.money import ZERO, Money
from billing.ports import OpenBooks, UnitOfWork
from billing.submission import Submission, SubmissionKind, SubmissionState
from tests import builders as a
from tests.books import (
    books_at,
    postgres_books_url,
    postgres_template,
    sqlite_books_url,
    sqlite_template,
)
from tests.fakes import FakeBooks

__all__ = ["postgres_books_url", "postgres_template", "sqlite_books_url", "sqlite_template"]

ORG = "org-1"
NOW = datetime(2026, 9, 30, 20, 0, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql", "fake"])
def open_books(request: pytest.FixtureRequest) -> Iterator[OpenBooks]:
    if request.param == "fake":
        yield FakeBooks(ORG, now=lambda: NOW).open_books
        return
    name = "sqlite_books_url" if request.param == "sqlite" else "postgres_books_url"
    books = books_at(request.getfixturevalue(name))
    yield books.open_books
    books.close()


def write(open_books: OpenBooks) -> AbstractContextManager[UnitOfWork]:
    return open_books(ORG, "test")


def read(open_books: OpenBooks) -> AbstractContextManager[UnitOfWork]:
    return open_books(ORG, "test", read_only=True)


def keep(open_books: OpenBooks, **things: Any) -> None:
    """Commit things by repository name; one or a list."""
    with write(open_books) as uow:
        for name, given in things.items():
            getattr(uow, name).put(*(given if isinstance(given, list) else [given]))
        uow.commit()


def a_submission(key: str = "k1", **changes: Any) -> Submission:
    values: dict[str, Any] = {
        "id": f"sub-{key}",
        "kind": SubmissionKind.CLAIM,
        "subject_id": "claim-1",
        "platform": "platform-a",
        "business_key": key,
        "state": SubmissionState.READY,
        "not_before": NOW,
    }
    return Submission(**(values | changes))


# --- transactions ---------------------------------------------------------------------------------------


def test_what_is_committed_is_read_back_as_it_was(open_books: OpenBooks) -> None:
    funder = a.a_funder(aliases=("OPCO UN", "O.P.C.O. «1»"))
    keep(open_books, funders=funder)
    with read(open_books) as uow:
        assert uow.funders.get(funder.id) == funder


def test_what_is_not_committed_is_forgotten(open_books: OpenBooks) -> None:
    with write(open_books) as uow:
        uow.funders.add(a.a_funder())
        assert uow.funders.count() == 1
    with read(open_books) as uow:
        assert uow.funders.count() == 0


def test_an_error_forgets_everything(open_books: OpenBooks) -> None:
    def fails() -> None:
        with write(open_books) as uow:
            uow.funders.add(a.a_funder())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    with read(open_books) as uow:
        assert uow.funders.count() == 0


def test_a_commit_in_the_middle_keeps_the_first_half_only(open_books: OpenBooks) -> None:
    with write(open_books) as uow:
        uow.funders.add(a.a_funder("A"))
        uow.commit()
        uow.funders.add(a.a_funder("B"))
    with read(open_books) as uow:
        assert [funder.code for funder in uow.funders.find()] == ["A"]


def test_a_rollback_forgets_since_the_last_commit_and_work_goes_on(open_books: OpenBooks) -> None:
    with write(open_books) as uow:
        uow.funders.add(a.a_funder("A"))
        uow.commit()
        uow.funders.add(a.a_funder("B"))
        uow.record(type_="t", subject_kind="k", subject_id="s", effective_on=a.TODAY, payload={})
        uow.post(a.an_entry())
        uow.rollback()
        uow.funders.add(a.a_funder("C"))
        uow.commit()
    with read(open_books) as uow:
        assert sorted(funder.code for funder in uow.funders.find()) == ["A", "C"]
        assert list(uow.journal()) == []
        assert list(uow.entries()) == []


def test_a_reader_does_not_see_what_is_not_committed(open_books: OpenBooks) -> None:
    with write(open_books) as writer, read(open_books) as reader:
        writer.funders.add(a.a_funder())
        assert reader.funders.count() == 0


def test_a_reader_keeps_the_moment_at_which_it_began_to_read(open_books: OpenBooks) -> None:
    with read(open_books) as reader:
        assert reader.funders.count() == 0
        keep(open_books, funders=a.a_funder())
        assert reader.funders.count() == 0


def test_reading_books_refuses_to_write(open_books: OpenBooks) -> None:
    with read(open_books) as uow:
        for act in (
            lambda: uow.funders.put(a.a_funder()),
            lambda: uow.post(a.an_entry()),
            lambda: uow.record(type_="t", subject_kind="k", subject_id="s", effective_on=a.TODAY, payload={}),
            lambda: uow.store_document(b"x", "text/plain", "x.txt"),
        ):
            with pytest.raises(BrokenBooks) as caught:
                act()
            assert caught.value.code == "books_opened_read_only"


def test_organisations_do_not_see_each_other(open_books: OpenBooks) -> None:
    keep(open_books, funders=a.a_funder())
    with open_books("org-2", "test") as uow:
        assert uow.funders.count() == 0
        uow.funders.add(replace(a.a_funder(), name="another"))
        uow.commit()
    with read(open_books) as uow:
        assert [funder.name for funder in uow.funders.find()] == [a.a_funder().name]


def test_the_unit_of_work_says_who_acts_when_and_for_whom(open_books: OpenBooks) -> None:
    with open_books(ORG, "user:claire") as uow:
        assert (uow.organisation_id, uow.actor, uow.recorded_at) == (ORG, "user:claire", NOW)
        assert uow.recorded_at.tzinfo is UTC


# --- repositories ---------------------------------------------------------------------------------------


def test_things_come_in_the_order_of_their_ids(open_books: OpenBooks) -> None:
    ids = ["a1", "é", "a-1", "B", "a"]
    ordered = ["B", "a", "a-1", "a1", "é"]  # by their bytes, whatever the machine's language
    keep(open_books, funders=[replace(a.a_funder(id_), id=id_) for id_ in ids])
    for mode in (read, write):
        with mode(open_books) as uow:
            assert [funder.id for funder in uow.funders.find()] == ordered
            assert [funder.id for funder in uow.funders.stream()] == ordered
            assert [funder.id for funder in uow.funders.find(id=("é", "zzz", "B"))] == ["B", "é"]
            assert [funder.id for funder in uow.funders.stream(closed=False)] == ordered


def test_filters_are_equality_membership_and_null(open_books: OpenBooks) -> None:
    paid = replace(a.an_anomaly("one"), state=AnomalyState.RESOLVED, closed_on=date(2026, 9, 2))
    keep(open_books, anomalies=[paid, a.an_anomaly("two"), a.an_anomaly("three")])
    with read(open_books) as uow:
        found = uow.anomalies
        assert [x.code for x in found.find(code="two")] == ["two"]
        assert {x.code for x in found.find(code={"two", "one", "none"})} == {"one", "two"}
        assert {x.code for x in found.find(closed_on=None)} == {"two", "three"}
        assert {x.code for x in found.find(closed_on=[None, date(2026, 9, 2)])} == {"one", "two", "three"}
        assert [x.code for x in found.find(state=AnomalyState.RESOLVED, closed_on=date(2026, 9, 2))] == ["one"]
        assert found.find(code=()) == []
        assert list(found.stream(code=[])) == []
        assert found.count(code=()) == 0
        assert found.count(code=["one", "two"]) == 2


def test_a_field_that_does_not_exist_is_a_mistake_of_the_caller(open_books: OpenBooks) -> None:
    with read(open_books) as uow, pytest.raises(TypeError):
        uow.funders.find(organisation="x")


def test_a_list_of_forty_thousand_ids_is_one_filter(open_books: OpenBooks) -> None:
    keep(open_books, funders=[a.a_funder("A"), a.a_funder("B")])
    with read(open_books) as uow:
        wanted = [f"no-{number}" for number in range(40_000)] + [a.a_funder("B").id]
        assert [funder.code for funder in uow.funders.find(id=wanted)] == ["B"]


def test_sealed_fields_are_found_by_equality(open_books: OpenBooks) -> None:
    account = a.a_bank_account()
    keep(open_books, bank_accounts=account)
    with read(open_books) as uow:
        assert uow.bank_accounts.find(iban=account.iban) == [account]
        assert uow.bank_accounts.find(iban=Iban("FR1420041010050500013M02606")) == []


def test_putting_again_changes_the_thing(open_books: OpenBooks) -> None:
    keep(open_books, funders=a.a_funder(name="before"))
    keep(open_books, funders=a.a_funder(name="after"))
    with read(open_books) as uow:
        assert [funder.name for funder in uow.funders.find()] == ["after"]


def test_decimals_keep_every_digit(open_books: OpenBooks) -> None:
    exact = Decimal("0.10000000000000000000000000000000001")
    keep(open_books, actions=a.an_action(), sessions=a.a_session(), slots=a.a_slot(hours=exact))
    with read(open_books) as uow:
        assert str(uow.slots.find()[0].hours) == str(exact)


def test_a_stream_goes_on_over_commits(open_books: OpenBooks) -> None:
    keep(open_books, funders=[a.a_funder(f"F{number:05d}") for number in range(2_500)])
    seen = 0
    with write(open_books) as uow:
        for funder in uow.funders.stream():
            seen += 1
            uow.funders.put(replace(funder, closed=True))
            if seen % 700 == 0:
                uow.commit()
        uow.commit()
    with read(open_books) as uow:
        assert (seen, uow.funders.count(closed=True)) == (2_500, 2_500)
        assert sum(1 for _ in uow.funders.stream(closed=True)) == 2_500


def test_a_thing_read_under_lock_is_what_was_committed(open_books: OpenBooks) -> None:
    keep(open_books, series=a.a_series())
    with write(open_books) as uow:
        assert uow.series.get(a.a_series().id, lock=True) == a.a_series()
        assert uow.series.get("nobody", lock=True) is None


# --- what is refused ------------------------------------------------------------------------------------


def refusal(open_books: OpenBooks, act: Any) -> QuitusError:
    """Do something that must be refused, at once or at commit, and see that only a rollback is then possible."""

    def whole(uow: UnitOfWork) -> None:
        act(uow)
        uow.commit()

    with write(open_books) as uow:
        with pytest.raises(QuitusError) as caught:
            whole(uow)
        with pytest.raises(BrokenBooks) as after:
            uow.commit()
        assert after.value.code == "books_must_roll_back"
        uow.rollback()
        assert uow.funders.count() >= 0
    return caught.value


def test_adding_twice_is_a_conflict(open_books: OpenBooks) -> None:
    keep(open_books, funders=a.a_funder())
    error = refusal(open_books, lambda uow: uow.funders.add(a.a_funder()))
    assert (type(error), error.code, error.values["table"]) == (Conflict, "already_there", "funders")


def test_after_a_conflict_nothing_of_the_act_lasts(open_books: OpenBooks) -> None:
    keep(open_books, funders=a.a_funder("A"))
    with write(open_books) as uow:
        uow.funders.add(a.a_funder("B"))
        with pytest.raises(Conflict):
            uow.funders.add(a.a_funder("C"), a.a_funder("A"))
        with pytest.raises(BrokenBooks):
            uow.funders.count()
    with read(open_books) as uow:
        assert [funder.code for funder in uow.funders.find()] == ["A"]


def test_one_series_never_holds_a_number_twice_whoever_made_the_claim(open_books: OpenBooks) -> None:
    keep(open_books, funders=a.a_funder(), claims=a.a_claim("FA-1"))
    received = a.a_claim("FA-1", id="other", business_key="other", origin=ClaimOrigin.RECEIVED)
    error = refusal(open_books, lambda uow: uow.claims.add(received))
    assert (error.code, error.values["table"]) == ("already_there", "claims")


def test_claims_without_number_do_not_collide(open_books: OpenBooks) -> None:
    first = a.a_claim(None, id="one", business_key="one")
    keep(open_books, funders=a.a_funder(), claims=[first, replace(first, id="two", business_key="two")])
    with read(open_books) as uow:
        assert uow.claims.count(number=None) == 2


def test_a_business_key_is_issued_once_until_it_is_cancelled(open_books: OpenBooks) -> None:
    first = a.a_claim("FA-1", id="one", business_key="dossier")
    second = replace(first, id="two", number="FA-2")
    keep(open_books, funders=a.a_funder(), claims=first)
    assert refusal(open_books, lambda uow: uow.claims.add(second)).code == "already_there"
    keep(open_books, claims=replace(first, state=LifeState.CANCELLED))
    keep(open_books, claims=second)
    with read(open_books) as uow:
        assert uow.claims.count(business_key="dossier") == 2


def test_a_platform_gets_a_business_key_once_until_it_rejects_it(open_books: OpenBooks) -> None:
    keep(open_books, submissions=a_submission("k"))
    again = a_submission("k", id="again")
    assert refusal(open_books, lambda uow: uow.submissions.add(again)).code == "already_there"
    keep(open_books, submissions=a_submission("k", state=SubmissionState.REJECTED))
    keep(open_books, submissions=again)


def test_an_anomaly_is_one_case_for_ever(open_books: OpenBooks) -> None:
    keep(open_books, anomalies=a.an_anomaly("one"))
    twin = replace(a.an_anomaly("one"), id="twin")
    assert refusal(open_books, lambda uow: uow.anomalies.put(twin)).code == "already_there"


def test_a_child_without_parent_is_refused_at_commit(open_books: OpenBooks) -> None:
    error = refusal(open_books, lambda uow: uow.slots.add(a.a_slot()))
    assert (type(error), error.code) == (Conflict, "parent_missing")


def test_a_child_may_come_before_its_parent_in_one_transaction(open_books: OpenBooks) -> None:
    with write(open_books) as uow:
        uow.slots.add(a.a_slot())
        uow.sessions.add(a.a_session())
        uow.actions.add(a.an_action())
        uow.commit()
    with read(open_books) as uow:
        assert uow.slots.count() == 1


def test_each_cent_of_a_bank_line_is_somewhere(open_books: OpenBooks) -> None:
    lost = a.a_bank_line(amount=Money(100), allocated=Money(40), unallocated=Money(59), set_aside=ZERO)
    error = refusal(open_books, lambda uow: uow.bank_lines.put(lost))
    assert (type(error), error.code) == (BrokenBooks, "books_rule_broken")


def test_an_allocation_is_never_changed_and_undone_once(open_books: OpenBooks) -> None:
    done = a.an_allocation(id="done", claim_id=None, reverses_id=None)
    undone = replace(done, id="undone", amount=-done.amount, reverses_id="done")
    keep(
        open_books,
        bank_accounts=a.a_bank_account(),
        bank_statements=a.a_bank_statement(),
        bank_lines=a.a_bank_line(),
        allocations=[done, undone],
    )
    assert refusal(open_books, lambda uow: uow.allocations.put(replace(done, rule="x"))).code == "already_there"
    assert refusal(open_books, lambda uow: uow.allocations.add(replace(undone, id="2"))).code == "already_there"


def test_evidence_has_each_version_once(open_books: OpenBooks) -> None:
    first = a.a_piece_of_evidence()
    keep(
        open_books,
        actions=a.an_action(),
        sessions=a.a_session(),
        learners=a.a_learner(),
        enrolments=a.an_enrolment(),
        evidence=[replace(first, current=False), replace(first, id="v2", version=2)],
    )
    twin = replace(first, id="twin", status=EvidenceStatus.UNSIGNED)
    assert refusal(open_books, lambda uow: uow.evidence.add(twin)).code == "already_there"


def test_an_organisation_lives_in_its_own_books(open_books: OpenBooks) -> None:
    stranger = replace(a.an_organisation(), id="somebody else")
    assert refusal(open_books, lambda uow: uow.organisations.put(stranger)).code == "books_rule_broken"


def test_a_second_writer_in_the_same_thread_is_told_so(sqlite_books_url: str) -> None:
    # PostgreSQL locks rows only, and SQLite would wait its ten seconds: the twin alone can tell at once.
    del sqlite_books_url
    books = FakeBooks(ORG)
    with books.uow() as first, books.uow() as second:
        first.funders.add(a.a_funder())
        with pytest.raises(Locked):
            second.funders.count()


# --- journal and entries --------------------------------------------------------------------------------


def record(uow: UnitOfWork, subject: str, **payload: Any) -> None:
    uow.record(type_="claim.seen", subject_kind="claim", subject_id=subject, effective_on=a.TODAY, payload=payload)


def test_journal_lines_are_numbered_without_gaps_even_after_a_rollback(open_books: OpenBooks) -> None:
    with write(open_books) as uow:
        record(uow, "one", cents=1, label="é", open=True, none=None, items=["x", "y"])
        record(uow, "two")
        uow.commit()
    with write(open_books) as uow:
        record(uow, "lost")
    with write(open_books) as uow:
        record(uow, "three")
        assert [line.sequence for line in uow.journal()] == [1, 2, 3]
        uow.commit()
    with read(open_books) as uow:
        lines = list(uow.journal())
        assert [(line.sequence, line.subject_id) for line in lines] == [(1, "one"), (2, "two"), (3, "three")]
        assert lines[0].payload == {"cents": 1, "label": "é", "open": True, "none": None, "items": ["x", "y"]}
        assert (lines[0].actor, lines[0].recorded_at, lines[0].effective_on) == ("test", NOW, a.TODAY)
        assert [line.sequence for line in uow.journal(after=2)] == [3]
        assert [line.sequence for line in uow.journal(after=1, about="claim")] == [2, 3]
        assert list(uow.journal(about="invoice")) == []


def test_each_organisation_has_its_own_numbers(open_books: OpenBooks) -> None:
    for organisation in (ORG, "org-2"):
        with open_books(organisation, "test") as uow:
            record(uow, "one")
            uow.post(a.an_entry())
            uow.commit()
    with open_books("org-2", "test", read_only=True) as uow:
        assert [line.sequence for line in uow.journal()] == [1]
        assert [entry.sequence for entry in uow.entries()] == [1]


def test_entries_are_numbered_and_keep_their_lines_in_order(open_books: OpenBooks) -> None:
    first, second = a.an_entry(), a.an_entry(id="e2", subject_id="other")
    with write(open_books) as uow:
        uow.post(first, second)
        uow.commit()
    with read(open_books) as uow:
        assert list(uow.entries()) == [replace(first, sequence=1), replace(second, sequence=2)]


def test_entries_are_read_as_of_a_day_and_as_known_at_an_instant(open_books: OpenBooks) -> None:
    early = a.an_entry(id="e1", subject_id="1", effective_on=date(2026, 9, 1), recorded_at=NOW)
    late = a.an_entry(id="e2", subject_id="2", effective_on=date(2026, 9, 2), recorded_at=NOW + timedelta(hours=1))
    with write(open_books) as uow:
        uow.post(late, early)
        uow.commit()
    with read(open_books) as uow:
        assert [entry.id for entry in uow.entries(up_to=date(2026, 9, 1))] == ["e1"]
        assert [entry.id for entry in uow.entries(known_at=NOW)] == ["e1"]
        assert [entry.id for entry in uow.entries(known_at=NOW + timedelta(hours=1))] == ["e2", "e1"]


@pytest.mark.parametrize("committed", [True, False])
def test_a_fact_is_booked_once(open_books: OpenBooks, committed: bool) -> None:  # noqa: FBT001 - parametrised
    def twice(uow: UnitOfWork) -> None:
        if not committed:
            uow.post(a.an_entry())
        uow.post(a.an_entry(id="another id"))

    if committed:
        with write(open_books) as uow:
            uow.post(a.an_entry())
            uow.commit()
    assert refusal(open_books, twice).code == "fact_already_booked"


def test_an_entry_that_does_not_balance_is_refused(open_books: OpenBooks) -> None:
    entry = a.an_entry()
    with write(open_books) as uow, pytest.raises(BrokenBooks) as caught:
        uow.post(replace(entry, lines=entry.lines[:1]))
    assert caught.value.code == "entry_unbalanced"


# --- documents ------------------------------------------------------------------------------------------


def test_a_document_is_stored_once_by_its_content(open_books: OpenBooks) -> None:
    with write(open_books) as uow:
        first = uow.store_document(b"%PDF", "application/pdf", "FA-1.pdf")
        assert uow.store_document(b"%PDF", "application/pdf", "copy.pdf") == first
        uow.commit()
    with read(open_books) as uow:
        assert uow.document(first) == b"%PDF"
        assert first == hashlib.sha256(b"%PDF").hexdigest()
        assert uow.document("0" * 64) is None


# --- submissions ----------------------------------------------------------------------------------------


def test_what_may_have_left_comes_before_new_work_then_priority_and_age(open_books: OpenBooks) -> None:
    past, future = NOW - timedelta(hours=1), NOW + timedelta(seconds=1)
    state = SubmissionState
    rows = [
        a_submission("new", not_before=past),
        a_submission("click", priority=0, not_before=NOW),
        a_submission("older", not_before=past - timedelta(hours=1)),
        a_submission("later", not_before=future),
        a_submission("doubt", state=state.IN_DOUBT, not_before=past),
        a_submission("doubt-later", state=state.IN_DOUBT, not_before=future),
        a_submission("checking", state=state.CHECKING, lease_until=past, not_before=past - timedelta(days=1)),
        a_submission("leased", state=state.SENDING, lease_until=NOW),
        a_submission("expired", state=state.SENDING, lease_until=past, not_before=NOW),
        a_submission("human", state=state.HUMAN),
        a_submission("done", state=state.ACCEPTED),
        a_submission("elsewhere", platform="platform-b", not_before=past, priority=20),
    ]
    keep(open_books, submissions=rows)
    with write(open_books) as uow:
        due = [id_.removeprefix("sub-") for id_ in uow.claim_due_submissions(NOW, 100)]
        assert due == ["checking", "doubt", "expired", "click", "older", "new", "elsewhere"]
        assert uow.claim_due_submissions(NOW, 2) == ["sub-checking", "sub-doubt"]
        assert uow.claim_due_submissions(NOW, 100, platforms=["platform-b"]) == ["sub-elsewhere"]
        assert uow.claim_due_submissions(NOW, 100, platforms=[]) == []
