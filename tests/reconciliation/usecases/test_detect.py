"""Detection on books: what our nouns become for the rules, and what a run writes."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from billing.agreement import LifeState, Scheme, Unit
from billing.anomaly import AnomalyState
from billing.claim import ClaimKind, ClaimOrigin, ClaimRole
from billing.compensation import AttendanceStatement, CompensationPayment, CompensationScheme, Entitlement
from billing.errors import Misconfigured
from billing.evidence import Evidence, EvidenceKind, EvidenceStatus
from billing.money import Money
from billing.parameters_book import ParameterBook
from billing.submission import Submission, SubmissionKind, SubmissionState
from reconciliation.usecases import detect as module
from reconciliation.usecases.detect import DetectResult, detect, not_checkable
from reconciliation.usecases.frozen import frozen_subjects
from tests.builders import (
    NOW,
    a_bank_account,
    a_certificate,
    a_claim,
    a_funder,
    a_learner,
    a_piece_of_evidence,
    a_platform_record,
    a_session,
    a_site,
    a_slot,
    a_trainer,
    an_action,
    an_agreement,
    an_enrolment,
    an_organisation,
    both_days,
)
from tests.fakes import FakeBooks
from workers.catalogue import shipped_parameters

TODAY = date(2026, 9, 30)
PARAMETERS = ParameterBook(shipped_parameters())


def books(**more: Any) -> FakeBooks:
    """Books in which nothing is wrong on 30 September 2026; `more` replaces what a repository holds."""
    made = FakeBooks(an_organisation().id)
    held: dict[str, list[Any]] = {
        "organisations": [an_organisation()],
        "sites": [a_site()],
        "bank_accounts": [a_bank_account()],
        "funders": [a_funder()],
        "learners": [a_learner()],
        "trainers": [a_trainer()],
        "actions": [an_action()],
        "sessions": [a_session()],
        "enrolments": [an_enrolment()],
        "agreements": [an_agreement()],
        "slots": [a_slot()],
        "evidence": both_days(),
        "certificates": [a_certificate()],
        "claims": [a_claim()],
    }
    with made.uow() as uow:
        for name, things in (held | more).items():
            getattr(uow, name).add(*things)
        uow.commit()
    return made


def run(made: FakeBooks, today: date = TODAY) -> DetectResult:
    return detect(made.open_books, made.organisation_id, actor="night", today=today, now=NOW, parameters=PARAMETERS)


def codes(made: FakeBooks, today: date = TODAY) -> list[str]:
    run(made, today)
    with made.uow(read_only=True) as uow:
        return sorted(case.code for case in uow.anomalies.find(state=AnomalyState.NEW))


def lines(made: FakeBooks) -> list[str]:
    with made.uow(read_only=True) as uow:
        return [line.type for line in uow.journal()]


def test_sound_books_raise_nothing() -> None:
    assert codes(books()) == []


def test_what_is_wrong_opens_one_case_and_a_second_run_changes_nothing() -> None:
    made = books(claims=[a_claim(gross=Money(150_000))])
    first = run(made)
    written = lines(made)
    assert (first.opened, first.still_open) == (1, 0)
    assert run(made) == DetectResult(still_open=1, not_checkable=first.not_checkable)
    assert lines(made) == written


def test_mended_books_close_the_case_and_broken_again_open_it_again() -> None:
    made = books(claims=[a_claim(gross=Money(150_000))])
    run(made)
    for gross, expected in ((140_000, AnomalyState.RESOLVED), (150_000, AnomalyState.NEW)):
        with made.uow() as uow:
            uow.claims.put(a_claim(gross=Money(gross)))
            uow.commit()
        run(made)
        with made.uow(read_only=True) as uow:
            (case,) = uow.anomalies.find()
            assert (case.code, case.state) == ("billed_over_agreement", expected)
    assert case.times_opened == 2


def test_every_change_of_a_case_is_in_the_journal() -> None:
    made = books(claims=[a_claim(gross=Money(150_000))])
    run(made)
    assert lines(made) == ["anomaly.opened"]


def test_evidence_names_both_values_the_rule_and_the_parameters() -> None:
    made = books(claims=[a_claim(gross=Money(150_000))])
    run(made)
    with made.uow(read_only=True) as uow:
        (case,) = uow.anomalies.find()
    names = [part.partition("=")[0] for part in case.evidence]
    assert case.evidence[:2] == ("claims.cents=150000", "agreement.cents=140000")
    assert names[2:] == ["rule.version", "parameters"]


def test_what_cannot_be_checked_is_counted_and_kept() -> None:
    made = books()
    result = run(made)
    assert result.not_checkable == {"qualiopi_or_nda_lapsed": 1}  # these books hold no certificate of ours
    with made.uow(read_only=True) as uow:
        assert not_checkable(uow) == {"qualiopi_or_nda_lapsed": 1}


def test_counts_are_empty_before_the_first_run() -> None:
    with books().uow(read_only=True) as uow:
        assert not_checkable(uow) == {}


def test_an_opening_receivable_raises_nothing_even_long_overdue() -> None:
    opening = replace(
        a_claim("OLD-7"), origin=ClaimOrigin.OPENING, agreement_id=None, issue_on=date(2025, 11, 3),
        due_on=date(2025, 12, 3), enrolment_id=None, session_id=None,
    )  # fmt: skip
    assert codes(books(claims=[a_claim(), opening])) == []


def test_what_lies_before_the_takeover_raises_nothing() -> None:
    organisation = an_organisation(opening_on=date(2026, 9, 20))
    assert codes(books(organisations=[organisation], claims=[a_claim(gross=Money(150_000))])) == []


def test_a_session_that_began_before_the_takeover_is_not_accused_of_hours_that_did_not_come_in() -> None:
    organisation = an_organisation(opening_on=date(2026, 9, 15))
    made = books(
        organisations=[organisation],
        agreements=[an_agreement(bills_real_hours=True)],
        evidence=[a_piece_of_evidence(date(2026, 9, 15))],
    )
    result = run(made)
    assert result.opened == 0
    assert result.not_checkable["hours_billed_over_attended"] == 1


SHORT = [a_piece_of_evidence(date(2026, 9, 14))]
"""Seven hours proven of the fourteen agreed, for 1 400 €."""
OVER_ATTENDED = ["hours_billed_over_attended"]


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"bills_real_hours": True}, OVER_ATTENDED),
        ({"unit": Unit.HOUR, "unit_price": Decimal(100)}, OVER_ATTENDED),
        ({}, OVER_ATTENDED),
        ({"hours": None}, []),
        ({"scheme": Scheme.OTHER_FLAT}, []),
        ({"scheme": Scheme.OTHER_FLAT, "unit": Unit.DAY}, OVER_ATTENDED),
    ],
)
def test_hours_missed_may_be_billed_only_where_a_flat_price_is_owed_whole(
    changes: dict[str, Any], found: list[str]
) -> None:
    assert codes(books(evidence=SHORT, certificates=[], agreements=[an_agreement(**changes)])) == found


def test_an_amount_billed_whole_is_found_although_it_states_the_hours_really_done() -> None:
    made = books(evidence=SHORT, certificates=[], claims=[a_claim(hours=Decimal(7))])
    run(made)
    with made.uow() as uow:
        (case,) = uow.anomalies.find()
    assert set(case.evidence) >= {
        "claims.hours=7",
        "claims.cents=140000",
        "evidence.signed_hours=7",
        "due.cents=70000",
    }


def test_a_price_by_the_hour_that_was_rounded_is_no_over_billing() -> None:
    agreement = an_agreement(unit=Unit.HOUR, unit_price=Decimal("100.01"))
    claim = a_claim(gross=Money(70_007), hours=Decimal(7))
    assert codes(books(evidence=SHORT, certificates=[], agreements=[agreement], claims=[claim])) == []


def test_hours_billed_and_not_done_are_settled_by_a_credit_note_or_by_the_signatures() -> None:
    credited = books(evidence=SHORT, certificates=[])
    signed = books(evidence=SHORT, certificates=[])
    assert (run(credited).opened, run(signed).opened) == (1, 1)
    note = a_claim(
        "AV-2026-00001",
        kind=ClaimKind.CREDIT_NOTE,
        gross=Money(70_000),
        net=Money(70_000),
        hours=Decimal(7),
        origin_number=a_claim().number,
        origin_claim_id=a_claim().id,
        state=LifeState.SUBMITTED,
    )
    with credited.uow() as uow:
        uow.claims.add(note)
        uow.commit()
    with signed.uow() as uow:
        uow.evidence.add(a_piece_of_evidence(date(2026, 9, 15)))
        uow.commit()
    assert (run(credited).closed, run(signed).closed) == (1, 1)


def test_what_is_billed_ahead_of_the_training_is_not_compared_with_hours_yet() -> None:
    ahead = books(evidence=SHORT, certificates=[], claims=[a_claim(hours=None)])
    assert run(ahead, date(2026, 9, 15)).opened == 0
    assert run(ahead, date(2026, 9, 16)).opened == 1
    deposit = a_claim(hours=None, role=ClaimRole.DEPOSIT)
    assert codes(books(evidence=SHORT, certificates=[], claims=[deposit])) == []


def test_an_unsigned_half_day_is_found_and_an_absence_is_not_one() -> None:
    def day(status: EvidenceStatus) -> FakeBooks:
        piece = a_piece_of_evidence(date(2026, 9, 14), status=status, slot_id=a_slot().id)
        evidence = [piece, a_piece_of_evidence(date(2026, 9, 15))]
        return books(evidence=evidence, certificates=[], agreements=[an_agreement(hours=None)])

    assert codes(day(EvidenceStatus.UNSIGNED)) == ["attendance_half_day_unsigned"]
    assert codes(day(EvidenceStatus.JUSTIFIED_ABSENCE)) == []


def test_a_claim_that_the_platform_refused_is_found_without_a_sighting() -> None:
    refused = a_claim(state=LifeState.REJECTED, rejection_code="R1")
    assert codes(books(claims=[refused])) == ["claim_rejected"]


def test_a_word_that_nobody_knows_is_reported_by_its_own_rule_alone() -> None:
    record = a_platform_record(raw_status="GELE", known=False, ready_to_bill=True)
    assert codes(books(platform_records=[record])) == ["unknown_platform_status"]


def a_submission(state: SubmissionState, **changes: Any) -> Submission:
    return Submission(
        id="sub-1", kind=SubmissionKind.CLAIM, subject_id=a_claim().id, platform="p", business_key="k",
        state=state, not_before=NOW, attempt=1, **changes,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("row", "found"),
    [
        (a_submission(SubmissionState.IN_DOUBT), True),
        (a_submission(SubmissionState.HUMAN, human_reason="absence_proves_nothing"), True),
        (a_submission(SubmissionState.HUMAN, human_reason="by_hand"), False),
        (a_submission(SubmissionState.HUMAN, human_reason="attempts_exhausted"), False),
        (a_submission(SubmissionState.ACCEPTED), False),
    ],
)
def test_only_a_lost_answer_is_an_unknown_outcome(row: Submission, *, found: bool) -> None:
    assert ("submission_outcome_unknown" in codes(books(submissions=[row]))) is found


def test_a_sheet_that_nobody_keys_is_a_case_that_closes_by_itself_once_it_is_done() -> None:
    waiting = a_submission(SubmissionState.HUMAN, human_reason="by_hand")
    made = books(submissions=[waiting])
    issued = a_claim().issue_on
    assert "sheet_not_keyed" not in codes(made, issued + timedelta(days=10))
    assert "sheet_not_keyed" in codes(made, issued + timedelta(days=11))
    with made.uow() as uow:
        uow.submissions.put(replace(waiting, state=SubmissionState.ACCEPTED, human_reason=""))
        uow.commit()
    assert "sheet_not_keyed" not in codes(made, issued + timedelta(days=11))


def test_a_lost_answer_freezes_its_claim() -> None:
    made = books(submissions=[a_submission(SubmissionState.IN_DOUBT)])
    run(made)
    with made.uow(read_only=True) as uow:
        assert frozen_subjects(uow) == {("submission", "sub-1"), ("claim", a_claim().id)}


def test_a_frozen_agreement_freezes_its_claims_but_not_the_credit_note_that_mends_it() -> None:
    made = books(claims=[a_claim(gross=Money(150_000))])
    run(made)
    with made.uow(read_only=True) as uow:
        assert frozen_subjects(uow) == {("agreement", an_agreement().id), ("claim", a_claim().id)}


def test_a_waived_case_freezes_nothing() -> None:
    made = books(claims=[a_claim(gross=Money(150_000))])
    run(made)
    with made.uow() as uow:
        (case,) = uow.anomalies.find()
        uow.anomalies.put(replace(case, state=AnomalyState.WAIVED, waived_until=TODAY))
        uow.commit()
        assert frozen_subjects(uow) == frozenset()


def test_a_threshold_that_has_no_value_on_the_day_stops_the_run() -> None:
    made = books()
    with pytest.raises(Misconfigured) as raised:
        detect(
            made.open_books, made.organisation_id, actor="n", today=date(1999, 12, 31), now=NOW, parameters=PARAMETERS
        )
    assert raised.value.code == "parameter_missing"


def test_a_case_that_somebody_changed_meanwhile_is_left_to_the_next_run(monkeypatch: pytest.MonkeyPatch) -> None:
    made = books(claims=[a_claim(gross=Money(150_000))])
    run(made)
    real = vars(module)["changes_of"]

    def slow(*args: Any, **named: Any) -> Any:
        changes = list(real(*args, **named))
        with made.uow() as uow:
            (case,) = uow.anomalies.find()
            uow.anomalies.put(replace(case, assignee="claire", state=AnomalyState.ASSIGNED))
            uow.commit()
        return changes

    monkeypatch.setattr(module, "changes_of", slow)
    run(made, TODAY + timedelta(days=1))
    with made.uow(read_only=True) as uow:
        (case,) = uow.anomalies.find()
    assert (case.assignee, case.state) == ("claire", AnomalyState.ASSIGNED)


def test_a_trainer_in_two_rooms_at_once_is_found_from_slots_of_the_books() -> None:
    other = replace(a_session("S2"), starts_on=date(2026, 9, 14))
    twin = replace(a_slot(), id="twin", session_id=other.id, starts_at=datetime(2026, 9, 14, 16), hours=Decimal(1))  # noqa: DTZ001 - local time
    assert codes(books(sessions=[a_session(), other], slots=[a_slot(), twin])) == ["trainer_slot_overlap"]


def a_right(**changes: Any) -> Entitlement:
    made = Entitlement(
        id="right-1",
        learner_id=a_learner().id,
        enrolment_id=an_enrolment().id,
        scheme=CompensationScheme.RSFP,
        payer_id=a_funder().id,
        dossier_number="D-1",
        entry_on=date(2026, 9, 14),
        starts_on=date(2026, 9, 14),
        ends_on=date(2026, 9, 15),
        monthly_rate=Money(60_000),
    )
    return replace(made, **changes)


def incomes(**more: Any) -> FakeBooks:
    """A learner paid 40.00 € (two days of thirty at 600.00 €) for September, in books read in November."""
    statement = AttendanceStatement(
        id="st-1", entitlement_id="right-1", month="2026-09", planned=Decimal(14), done=Decimal(14),
        justified=Decimal(0), unjustified=Decimal(0), evidence_digest="", sent_on=date(2026, 10, 2),
    )  # fmt: skip
    payment = CompensationPayment(
        id="pay-1", entitlement_id="right-1", month="2026-09", gross=Money(4_000), pay_due_on=date(2026, 10, 20)
    )
    held: dict[str, Any] = {
        "entitlements": [a_right()],
        "attendance_statements": [statement],
        "compensation_payments": [payment],
        "claims": [],
        "slots": [],
    }
    return books(**(held | more))


def income_codes(made: FakeBooks) -> tuple[list[str], set[str]]:
    result = run(made, date(2026, 11, 3))
    with made.uow(read_only=True) as uow:
        return sorted(case.code for case in uow.anomalies.find()), set(result.not_checkable)


def test_an_income_paid_as_its_rule_says_raises_nothing() -> None:
    assert income_codes(incomes()) == ([], {"qualiopi_or_nda_lapsed"})


def test_an_income_of_another_amount_is_found_twice_once_as_a_gap_and_once_as_too_little() -> None:
    short = CompensationPayment(
        id="pay-1", entitlement_id="right-1", month="2026-09", gross=Money(3_000), pay_due_on=date(2026, 10, 20)
    )
    codes_found, _unchecked = income_codes(incomes(compensation_payments=[short]))
    assert codes_found == ["compensation_amount_gap", "compensation_underpaid_or_unpaid"]


def test_benefits_that_the_payer_deducts_are_expected() -> None:
    paid = CompensationPayment(
        id="pay-1", entitlement_id="right-1", month="2026-09", gross=Money(3_000),
        retention_benefits=Money(1_000), pay_due_on=date(2026, 10, 20),
    )  # fmt: skip
    assert income_codes(incomes(compensation_payments=[paid]))[0] == []


def test_without_a_payment_the_pay_day_is_not_guessed() -> None:
    codes_found, unchecked = income_codes(incomes(compensation_payments=[]))
    assert codes_found == []
    assert "compensation_underpaid_or_unpaid" in unchecked


def monthly(done: str) -> list[Evidence]:
    return [
        a_piece_of_evidence(
            date(2026, 9, 1), kind=EvidenceKind.HOURS_STATEMENT, key="2026-09:done", quantity=Decimal(done)
        )
    ]


def test_a_monthly_statement_counts_for_a_right_that_covers_the_session_and_not_for_a_part_of_it() -> None:
    assert income_codes(incomes(evidence=monthly("14")))[0] == []
    assert "declared_vs_attended_gap" in income_codes(incomes(evidence=monthly("7")))[0]
    part = a_right(starts_on=date(2026, 9, 15))
    codes_found, unchecked = income_codes(incomes(evidence=monthly("7"), entitlements=[part]))
    assert "declared_vs_attended_gap" not in codes_found
    assert "declared_vs_attended_gap" in unchecked
