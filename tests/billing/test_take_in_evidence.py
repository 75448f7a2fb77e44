"""Evidence comes in versions: what a claim was built from is never overwritten."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from billing.evidence import Evidence, EvidenceStatus, summarise
from billing.identity import derive_id
from billing.usecases.take_in import Counts, Source, take_in
from billing.usecases.take_in_rows import Part, Row
from tests.builders import a_learner, a_session, a_trainer, an_action, an_enrolment, an_organisation
from tests.fakes import FakeBooks

TODAY = date(2026, 10, 10)
DAY = date(2026, 9, 1)
ENROLMENT = derive_id("enrolment", "S1", "L1")
PLACE = {"session_code": "S1", "day": DAY, "starts_at": time(9), "trainer_code": "FORM1"}


@pytest.fixture
def home() -> FakeBooks:
    organisation = an_organisation()
    books = FakeBooks(organisation.id)
    with books.uow() as uow:
        uow.organisations.add(organisation)
        uow.actions.add(an_action())
        uow.sessions.add(a_session("S1"))
        uow.learners.add(a_learner("L1"))
        uow.trainers.add(a_trainer("FORM1"))
        uow.enrolments.add(an_enrolment("S1", "L1"))
        uow.commit()
    return books


def imported(home: FakeBooks, kind: str, *rows: dict[str, Any], sha: str = "1") -> Counts:
    source = Source(name="f.csv", sha256=sha, profile=kind, stream=kind)
    made = [
        Row(line=line, key=str(sorted(map(str, values.items()))), parts=(Part(kind=kind, values=values),), raw="")
        for line, values in enumerate(rows, start=2)
    ]
    return take_in(home.open_books, home.organisation_id, source, made, actor="test", today=TODAY)


def pieces(home: FakeBooks) -> list[Evidence]:
    with home.uow(read_only=True) as uow:
        return sorted(uow.evidence.find(), key=lambda piece: (piece.key, piece.version))


def refusals(home: FakeBooks) -> list[tuple[str, str]]:
    with home.uow(read_only=True) as uow:
        return [(item.column, item.code) for item in uow.quarantine.find(cleared=False)]


def slot(**more: Any) -> dict[str, Any]:
    return {**PLACE, "ends_at": time(12, 30), **more}


def attended(status: str, **more: Any) -> dict[str, Any]:
    return {**PLACE, "learner_code": "L1", "status": status, **more}


def hours(**more: Any) -> dict[str, Any]:
    return {"session_code": "S1", "learner_code": "L1", "month": "2026-09", **more}


def test_a_slot_counts_its_own_duration_unless_hours_are_given(home: FakeBooks) -> None:
    imported(home, "slot", slot(trainer_signed=True))
    with home.uow(read_only=True) as uow:
        (found,) = uow.slots.find()
    assert (found.starts_at, found.hours, found.trainer_signed) == (
        datetime.combine(DAY, time(9)),
        Decimal("3.5"),
        True,
    )
    assert found.id == derive_id("slot", "S1", "2026-09-01T09:00:00", "FORM1")


def test_a_slot_that_ends_before_it_starts_is_refused(home: FakeBooks) -> None:
    imported(home, "slot", slot(ends_at=time(8)))
    assert refusals(home) == [("ends_at", "times_reversed")]


def test_attendance_takes_the_hours_of_its_slot(home: FakeBooks) -> None:
    imported(home, "slot", slot())
    assert imported(home, "attendance", attended("done")) == Counts(read=1, new=1)
    (piece,) = pieces(home)
    assert (piece.status, piece.quantity, piece.occurred_on) == (EvidenceStatus.DONE, Decimal("3.5"), DAY)
    assert piece.key == f"{piece.slot_id}:L1"


def test_attendance_without_its_slot_says_what_to_import_first(home: FakeBooks) -> None:
    imported(home, "attendance", attended("done"))
    with home.uow(read_only=True) as uow:
        (refused,) = uow.quarantine.find(cleared=False)
    assert refused.code == "reference_missing"
    assert '"file": "creneaux.csv"' in refused.values


def test_a_correction_is_a_new_version_and_the_older_one_stays(home: FakeBooks) -> None:
    imported(home, "slot", slot())
    imported(home, "attendance", attended("unsigned"))
    assert imported(home, "attendance", attended("done"), sha="2") == Counts(read=1, changed=1)
    first, second = pieces(home)
    assert (first.version, first.current, first.status) == (1, False, EvidenceStatus.UNSIGNED)
    assert (second.version, second.current, second.status) == (2, True, EvidenceStatus.DONE)
    assert second.id == derive_id("evidence", ENROLMENT, "slot", second.key, "2")
    assert imported(home, "attendance", attended("done"), sha="2") == Counts(read=1, unchanged=1)
    assert imported(home, "attendance", attended("unsigned"), sha="3") == Counts(read=1, changed=1)
    assert [piece.current for piece in pieces(home)] == [False, False, True]


def test_monthly_hours_are_kept_by_status_and_the_rest_of_what_was_planned_is_unsigned(home: FakeBooks) -> None:
    row = hours(planned=Decimal(35), done=Decimal(28), justified=Decimal(3), unjustified=Decimal(2))
    assert imported(home, "hours", row) == Counts(read=1, new=1)
    summary = summarise(pieces(home))
    assert [summary.planned, summary.done, summary.justified, summary.unjustified, summary.unsigned] == [
        35,
        28,
        3,
        2,
        2,
    ]
    assert imported(home, "hours", row) == Counts(read=1, unchanged=1)


def test_hours_that_fall_to_zero_are_a_new_version_not_a_gap(home: FakeBooks) -> None:
    imported(home, "hours", hours(done=Decimal(28), unjustified=Decimal(7)))
    imported(home, "hours", hours(done=Decimal(35), unjustified=Decimal(0)), sha="2")
    summary = summarise(pieces(home))
    assert [summary.done, summary.unjustified] == [35, 0]


def test_more_hours_than_planned_are_refused(home: FakeBooks) -> None:
    imported(home, "hours", hours(planned=Decimal(10), done=Decimal(11)))
    assert refusals(home) == [("planned", "hours_over_planned")]


def test_hours_done_that_are_not_told_are_not_zero(home: FakeBooks) -> None:
    imported(home, "hours", hours(planned=Decimal(10)))
    assert refusals(home) == [("done", "field_missing")]
    assert pieces(home) == []


def test_a_certificate_is_one_for_each_month_or_for_the_whole(home: FakeBooks) -> None:
    span = {"session_code": "S1", "learner_code": "L1", "hours": Decimal(35), "starts_on": DAY, "ends_on": TODAY}
    imported(home, "certificate", span, {**span, "month": "2026-09", "hours": Decimal(20)})
    signed = {**span, "signed_on": TODAY}
    assert imported(home, "certificate", signed, sha="2") == Counts(read=1, changed=1)
    with home.uow(read_only=True) as uow:
        found = {item.month: (item.hours, item.signed_on) for item in uow.certificates.find()}
    assert found == {None: (Decimal(35), TODAY), "2026-09": (Decimal(20), None)}
