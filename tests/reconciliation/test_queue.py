"""What one run changes in the queue."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from billing.anomaly import Anomaly, AnomalySeverity, AnomalyState
from reconciliation.queue import Change, changes_of, rank, sentence_values
from reconciliation.rules.engine import Detection, Found, fingerprint_of
from tests.builders import an_anomaly

DAY = date(2026, 5, 20)
NOW = datetime(2026, 5, 20, 20, tzinfo=UTC)
CODES = frozenset({"payment_short"})


def found(subject: str = "C1", *, severity: str = "H", evidence: tuple[str, ...] = ("open.cents=100",)) -> Found:
    return Found(
        code="payment_short",
        subject_kind="claim",
        subject_id=subject,
        severity=severity,
        freezes=False,
        evidence=(*evidence, "rule.version=1", "parameters=abc"),
        fingerprint=fingerprint_of("payment_short", "claim", subject),
    )


def run(known: list[Anomaly], *troubles: Found, unchecked: tuple[str, ...] = (), today: date = DAY) -> list[Change]:
    detection = Detection(found=troubles, unchecked=tuple(("payment_short", "claim", id_) for id_ in unchecked))
    return list(changes_of(known, detection, codes=CODES, today=today, recorded_at=NOW))


def opened(**changes: object) -> Anomaly:
    (change,) = run([], found())
    return replace(change.after, **changes)  # type: ignore[arg-type]


def test_a_new_trouble_opens_a_case() -> None:
    (change,) = run([], found())
    assert change.type_ == "anomaly.opened"
    assert (change.after.state, change.after.first_seen_on, change.after.times_opened) == (AnomalyState.NEW, DAY, 1)


def test_the_same_trouble_on_the_same_day_changes_nothing() -> None:
    assert run([opened()], found()) == []


def test_the_same_trouble_the_next_day_is_the_same_case() -> None:
    (change,) = run([opened()], found(), today=DAY + timedelta(days=1))
    assert change.type_ == "anomaly.seen"
    assert change.after == replace(opened(), last_seen_on=DAY + timedelta(days=1))


def test_a_case_whose_condition_is_false_is_closed_by_the_rule() -> None:
    (change,) = run([opened(state=AnomalyState.ASSIGNED, assignee="claire")])
    assert (change.type_, change.after.state) == ("anomaly.closed", AnomalyState.RESOLVED)
    assert (change.after.closed_by, change.after.closed_on, change.after.assignee) == ("rule", DAY, "claire")


def test_what_cannot_be_checked_stays_open() -> None:
    assert run([opened()], unchecked=("C1",)) == []


def test_a_closed_case_that_comes_back_is_opened_again_with_its_history() -> None:
    closed = run([opened()])[0].after
    (change,) = run([closed], found(), today=DAY + timedelta(days=9))
    assert change.type_ == "anomaly.reopened"
    assert (change.after.id, change.after.first_seen_on, change.after.times_opened) == (closed.id, DAY, 2)
    assert (change.after.state, change.after.closed_on, change.after.closed_by) == (AnomalyState.NEW, None, "")


def test_a_case_that_a_person_resolved_too_early_is_opened_again() -> None:
    resolved = opened(state=AnomalyState.RESOLVED, closed_by="user:claire", closed_on=DAY)
    assert [change.type_ for change in run([resolved], found())] == ["anomaly.reopened"]


def test_a_waiver_holds_on_its_last_day_and_no_longer() -> None:
    waived = opened(state=AnomalyState.WAIVED, waived_until=DAY + timedelta(days=3))
    (seen,) = run([waived], found(), today=DAY + timedelta(days=3))
    assert (seen.type_, seen.after.state) == ("anomaly.seen", AnomalyState.WAIVED)
    (again,) = run([waived], found(), today=DAY + timedelta(days=4))
    assert (again.type_, again.after.state) == ("anomaly.reopened", AnomalyState.NEW)


def test_a_waiver_covers_only_the_facts_that_were_accepted() -> None:
    waived = opened(state=AnomalyState.WAIVED, waived_until=DAY + timedelta(days=30))
    (change,) = run([waived], found(evidence=("open.cents=999",)))
    assert change.type_ == "anomaly.reopened"


def test_a_waived_case_whose_cause_is_gone_is_closed() -> None:
    waived = opened(state=AnomalyState.WAIVED, waived_until=DAY + timedelta(days=30))
    assert [change.type_ for change in run([waived])] == ["anomaly.closed"]


def test_a_heavier_tier_is_the_same_case() -> None:
    (change,) = run([opened(severity=AnomalySeverity.MEDIUM)], found(severity="H"))
    assert (change.type_, change.after.severity) == ("anomaly.seen", AnomalySeverity.HIGH)


def test_cases_of_rules_that_did_not_run_are_left_alone() -> None:
    assert run([an_anomaly("another_rule")]) == []


def test_the_queue_is_sorted_by_severity_then_age() -> None:
    young = an_anomaly("x", severity=AnomalySeverity.BLOCKER, first_seen_on=DAY)
    old = an_anomaly("y", severity=AnomalySeverity.HIGH, first_seen_on=DAY - timedelta(days=40))
    older = an_anomaly("z", severity=AnomalySeverity.HIGH, first_seen_on=DAY - timedelta(days=41))
    assert sorted([old, older, young], key=rank) == [young, older, old]


def test_a_sentence_shows_euros_days_and_commas() -> None:
    case = an_anomaly(evidence=("open.cents=123456", "claim.due_on=2026-04-08", "signed.hours=3.5", "claim.no=F-1"))
    assert sentence_values(case) == {
        "open_cents": "1\u202f234,56\u00a0€",
        "claim_due_on": "08/04/2026",
        "signed_hours": "3,5",
        "claim_no": "F-1",
    }


def test_a_sentence_says_times_as_people_do() -> None:
    case = an_anomaly(evidence=("slot.start=2026-04-08T09:00:00", "trainer.signed=non"))
    values = sentence_values(case)
    assert (values["slot_start"], values["trainer_signed"]) == ("08/04/2026 09:00", "non")
