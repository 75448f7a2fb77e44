from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from billing.agreement import FundingAgreement, Instalment, LifeState, PlanRank, PlatformRecord, Scheme, Unit
from billing.asked import NotDue, excess
from billing.claim import Claim, ClaimKind, ClaimOrigin, ClaimRole
from billing.due import Case, DueClaim, due_today
from billing.evidence import Certificate, EvidenceSummary
from billing.money import ZERO, Money
from billing.training import Session

TODAY = date(2026, 11, 3)
AGREEMENT = FundingAgreement(
    id="a",
    funder_id="f",
    scheme=Scheme.PDC,
    reference="APC-1",
    enrolment_id="e",
    session_id="s",
    amount=Money(70000),
    unit=Unit.HOUR,
    hours=Decimal(35),
    unit_price=Decimal(20),
    bills_real_hours=True,
    state=LifeState.APPROVED,
)
SESSION = Session(
    id="s", code="S", action_id="x", site_id=None, starts_on=date(2026, 10, 26), ends_on=date(2026, 10, 30)
)
FULL = EvidenceSummary(planned=Decimal(35), done=Decimal(35), digest="d")


def case(**changes: Any) -> Case:
    base = Case(
        agreement=AGREEMENT,
        session=SESSION,
        enrolment=None,
        evidence=FULL,
        certificates=(),
        instalments=(),
        claims=(),
        record=None,
    )
    return replace(base, **changes)


def claim(gross: int, **changes: Any) -> Claim:
    base = Claim(
        id="c",
        business_key="k",
        kind=ClaimKind.INVOICE,
        role=ClaimRole.SINGLE,
        origin=ClaimOrigin.ISSUED,
        funder_id="f",
        agreement_id="a",
        enrolment_id="e",
        session_id="s",
        series="FA",
        number="FA-1",
        sequence=1,
        issue_on=TODAY,
        due_on=None,
        net=Money(gross),
        vat=ZERO,
        gross=Money(gross),
        hours=None,
        state=LifeState.SUBMITTED,
    )
    return replace(base, **changes)


def single(outcome: list[DueClaim] | NotDue) -> DueClaim:
    assert isinstance(outcome, list)
    assert len(outcome) == 1
    return outcome[0]


def test_hours_proven_are_due_at_the_agreed_price() -> None:
    due = single(due_today(case(), TODAY))
    assert (due.amount, due.hours, due.part) == (Money(70000), Decimal(35), "whole")


def test_absences_are_not_due_where_real_hours_are_billed() -> None:
    evidence = replace(FULL, done=Decimal("27.5"), justified=Decimal("7.5"))
    due = single(due_today(case(evidence=evidence), TODAY))
    assert (due.amount, due.hours) == (Money(55000), Decimal("27.5"))


def test_hours_beyond_the_agreement_are_not_due() -> None:
    due = single(due_today(case(evidence=replace(FULL, done=Decimal(40))), TODAY))
    assert (due.amount, due.hours) == (Money(70000), Decimal(35))


def test_without_a_unit_price_the_amount_is_pro_rata_and_rounded_half_up() -> None:
    agreement = replace(AGREEMENT, amount=Money(10001), unit=Unit.FLAT, unit_price=None, hours=Decimal(3))
    due = single(due_today(case(agreement=agreement, evidence=replace(FULL, done=Decimal("1.5"))), TODAY))
    assert due.amount == Money(5001)


HALF = EvidenceSummary(planned=Decimal(35), done=Decimal("17.5"), unjustified=Decimal("17.5"), digest="h")
BY_HOURS = ("pdc", "region")


@pytest.mark.parametrize(
    ("changes", "amount", "told"),
    [
        ({"unit": Unit.HOUR, "bills_real_hours": False}, 35_000, "billed_by_hours_done"),
        ({"unit": Unit.DAY, "unit_price": None, "bills_real_hours": False}, 35_000, "billed_by_hours_done"),
        ({"unit": Unit.FLAT, "unit_price": None, "bills_real_hours": False}, 35_000, "billed_by_hours_done"),
        ({"unit": Unit.FLAT, "unit_price": None, "bills_real_hours": True}, 35_000, None),
        (
            {"unit": Unit.FLAT, "scheme": Scheme.OTHER_FLAT, "bills_real_hours": False},
            70_000,
            "billed_whole_despite_absences",
        ),
        ({"unit": Unit.FLAT, "hours": None, "bills_real_hours": False}, 70_000, None),
    ],
)
def test_the_unit_and_the_scheme_say_whether_hours_missed_are_due(
    changes: dict[str, Any], amount: int, told: str | None
) -> None:
    due = single(due_today(case(agreement=replace(AGREEMENT, **changes), evidence=HALF, hour_schemes=BY_HOURS), TODAY))
    assert due.amount == Money(amount)
    assert (due.told.code if due.told else None) == told


def test_a_price_out_of_all_proportion_never_brings_more_than_what_was_agreed() -> None:
    agreement = replace(AGREEMENT, unit_price=Decimal(9999999999999))
    assert single(due_today(case(agreement=agreement), TODAY)).amount == Money(70_000)


def test_what_surprises_is_told_with_amounts_and_hours() -> None:
    flat = replace(AGREEMENT, unit=Unit.FLAT, unit_price=None, bills_real_hours=False)
    told = single(due_today(case(agreement=flat, evidence=HALF, hour_schemes=BY_HOURS), TODAY)).told
    assert told is not None
    assert dict(told.values) == {
        "amount": Money(35_000).french(),
        "agreed": Money(70_000).french(),
        "done": "17,5",
        "hours": "35",
    }


def test_absences_alone_are_told_as_such() -> None:
    absent = EvidenceSummary(planned=Decimal(35), justified=Decimal(7), unjustified=Decimal(28))
    outcome = due_today(case(evidence=absent), TODAY)
    assert outcome == NotDue(code="no_hour_attended", blocks=True, values={"absent": "35"})


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"agreement": replace(AGREEMENT, state=LifeState.ACKNOWLEDGED)}, "agreement_not_approved"),
        ({"agreement": replace(AGREEMENT, in_control=True)}, "agreement_under_control"),
        ({"agreement": replace(AGREEMENT, rank=PlanRank.TOP_UP)}, "top_up_is_inside_the_main_agreement"),
        ({"session": replace(SESSION, ends_on=TODAY)}, "training_not_over"),
        ({"evidence": replace(FULL, unsigned=Decimal("3.5"))}, "attendance_unsigned"),
        ({"evidence": EvidenceSummary()}, "evidence_missing"),
        ({"claims": (claim(70000),)}, "claimed_already"),
        ({"agreement": replace(AGREEMENT, needs_certificate=True)}, "certificate_missing"),
    ],
)
def test_what_is_not_due_says_why(changes: dict[str, Any], code: str) -> None:
    outcome = due_today(case(**changes), TODAY)
    assert isinstance(outcome, NotDue)
    assert outcome.code == code


@pytest.mark.parametrize(
    ("hours", "signed_on", "code"),
    [
        ("35", None, "certificate_unsigned"),
        ("35", date(2026, 10, 29), "certificate_unsigned"),
        ("34.5", date(2026, 10, 30), "certificate_hours_differ"),
    ],
)
def test_a_certificate_that_does_not_hold_blocks_the_claim(hours: str, signed_on: date | None, code: str) -> None:
    certificate = Certificate(
        id="k",
        enrolment_id="e",
        month=None,
        hours=Decimal(hours),
        starts_on=SESSION.starts_on,
        ends_on=SESSION.ends_on,
        signed_on=signed_on,
    )
    agreement = replace(AGREEMENT, needs_certificate=True)
    outcome = due_today(case(agreement=agreement, certificates=(certificate,)), TODAY)
    assert isinstance(outcome, NotDue)
    assert (outcome.code, outcome.blocks) == (code, True)


def test_instalments_that_fell_due_are_claimed_once_and_the_last_needs_evidence() -> None:
    agreement = replace(AGREEMENT, unit=Unit.INSTALMENT, amount=Money(100000))
    lines = tuple(
        Instalment(id=str(n), agreement_id="a", number=n, due_on=date(2026, 8 + n, 1), amount=Money(amount))
        for n, amount in ((1, 40000), (2, 30000), (3, 30000))
    )
    paid = claim(40000, instalment_number=1, role=ClaimRole.INSTALMENT)
    outcome = due_today(case(agreement=agreement, instalments=lines, claims=(paid,)), TODAY)
    assert isinstance(outcome, list)
    assert [(due.instalment_number, due.amount, due.role) for due in outcome] == [
        (2, Money(30000), ClaimRole.INSTALMENT),
        (3, Money(30000), ClaimRole.FINAL),
    ]
    unproven = due_today(
        case(agreement=agreement, instalments=lines, claims=(paid,), evidence=EvidenceSummary()), TODAY
    )
    assert isinstance(unproven, list)
    assert [due.instalment_number for due in unproven] == [2]


def test_what_the_platform_says_is_billable_is_due_and_nothing_else() -> None:
    agreement = replace(AGREEMENT, scheme=Scheme.CPF, amount=Money(150000))
    record = PlatformRecord(
        id="r",
        platform="p",
        external_id="9",
        subject_kind="agreement",
        subject_id="a",
        raw_status="x",
        state=LifeState.APPROVED,
        known=True,
        seen_at=datetime(2026, 11, 3, tzinfo=UTC),
        source="csv",
        ready_to_bill=True,
        amount_billable=Money(112500),
        amount_billed=None,
    )
    assert single(due_today(case(agreement=agreement, record=record), TODAY)).amount == Money(112500)
    unknown = due_today(case(agreement=agreement, record=replace(record, amount_billable=None)), TODAY)
    assert isinstance(unknown, NotDue)
    assert unknown.code == "billable_amount_unknown"


def test_a_credit_note_gives_room_under_the_agreement() -> None:
    claims = (claim(70000), claim(20000, kind=ClaimKind.CREDIT_NOTE))
    assert excess(AGREEMENT, claims, Money(20000)) == ZERO
    assert excess(AGREEMENT, claims, Money(20001)) == Money(1)
