"""Each rule on agreements: it fires, the near miss, the boundary, and what cannot be checked."""

# ruff: noqa: E501 - a table: one case a line

from typing import Any

import pytest

from tests.reconciliation.rules.world import (
    AGREEMENT,
    CERTIFICATE,
    CLAIM,
    ENROLMENT,
    EVIDENCE,
    MARCH,
    NOTE,
    SECOND,
    SLOT,
    but,
    case,
    says,
)

READY = but(CLAIM, state="ready", sent_at=None)
OTHER_PAYER = but(AGREEMENT, id="A2", funder_id="F2", amount_cents=20_000)
MARK = SLOT["marks"][0]


def slot(**changes: Any) -> dict[str, Any]:
    """The slot, with the learner's mark changed by `mark_…`."""
    mark = {name.removeprefix("mark_"): value for name, value in changes.items() if name.startswith("mark_")}
    rest = {name: value for name, value in changes.items() if not name.startswith("mark_")}
    return but(SLOT, marks=[but(MARK, **mark)], **rest)


# fmt: off
CASES: dict[str, list[tuple[str, dict[str, Any], list[str]]]] = {
    "started_without_agreement": [
        ("under review on the first day", {"agreements": [but(AGREEMENT, status="acknowledged")]}, ["enrolment:N1:H"]),
        ("decided the day after the start", {"agreements": [but(AGREEMENT, decided_on="2026-03-03")]}, ["enrolment:N1:H"]),
        ("decided on the first day", {"agreements": [but(AGREEMENT, decided_on="2026-03-02")]}, []),
        ("no agreement at all", {"agreements": []}, ["enrolment:N1:H"]),
        ("the learner pays", {"agreements": [], "enrolments": [but(ENROLMENT, funded=False)]}, []),
        ("a rejected one beside an approved one", {"agreements": [AGREEMENT, but(OTHER_PAYER, status="rejected")]}, []),
        ("agreements not loaded", {"agreements": ...}, ["?enrolment:N1"]),
        ("day of decision unknown", {"agreements": [but(AGREEMENT, decided_on=...)]}, ["?enrolment:N1"]),
    ],
    "billed_over_agreement": [
        ("ten euros above", {"claims": [but(CLAIM, ttc_cents=121_000)]}, ["agreement:A1:B"]),
        ("one cent above is the tolerance", {"claims": [but(CLAIM, ttc_cents=120_001)]}, []),
        ("two cents above", {"claims": [but(CLAIM, ttc_cents=120_002)]}, ["agreement:A1:B"]),
        ("the excess is credited", {"claims": [but(CLAIM, ttc_cents=130_000), but(NOTE, ttc_cents=10_000)]}, []),
        ("a ready claim counts", {"claims": [but(READY, ttc_cents=121_000)]}, ["agreement:A1:B"]),
        ("a draft does not", {"claims": [CLAIM, but(SECOND, state="draft")]}, []),
        ("an indemnity does not", {"claims": [CLAIM, but(SECOND, kind="indemnity")]}, []),
        ("amount agreed unknown", {"agreements": [but(AGREEMENT, amount_cents=...)]}, ["?agreement:A1"]),
    ],
    "hours_over_agreement": [
        ("one hour above", {"claims": [but(CLAIM, hours="22")]}, ["agreement:A1:B"]),
        ("equal", {}, []),
        ("the tolerance itself", {"claims": [but(CLAIM, hours="21.01")]}, []),
        ("the agreement counts no hours", {"claims": [but(CLAIM, hours="22")], "agreements": [but(AGREEMENT, hours=None)]}, []),
        ("hours of the claim unknown", {"claims": [but(CLAIM, hours=...)]}, ["?agreement:A1"]),
        ("the known ones exceed already", {"claims": [but(CLAIM, hours="22"), but(SECOND, hours=...)]}, ["agreement:A1:B"]),
        ("a credit note of unknown hours may lower them", {"claims": [but(CLAIM, hours="22"), but(NOTE, hours=...)]}, ["?agreement:A1"]),
        ("a credit note of unknown hours cannot raise them", {"claims": [CLAIM, but(NOTE, hours=...)]}, []),
    ],
    "hours_billed_over_attended": [
        ("half a day missing", {"evidence": [but(EVIDENCE, signed_h="17.5")]}, ["agreement:A1:B"]),
        ("justified absence is not attendance", {"evidence": [but(EVIDENCE, signed_h="17.5", just_abs_h="3.5")]}, ["agreement:A1:B"]),
        ("flat scheme", {"evidence": [but(EVIDENCE, signed_h="17.5")], "agreements": [but(AGREEMENT, scheme="cpf")]}, []),
        ("the tolerance itself", {"evidence": [but(EVIDENCE, signed_h="20.99")]}, []),
        ("no row for the whole action", {"evidence": [MARCH]}, ["?agreement:A1"]),
        ("no row, but nothing is claimed", {"evidence": [], "claims": [but(CLAIM, hours=None)]}, []),
    ],
    "certificate_hours_mismatch": [
        ("certificate above attendance", {"certificates": [but(CERTIFICATE, hours="22")]}, ["certificate:K1:B"]),
        ("rounding", {"certificates": [but(CERTIFICATE, hours="21.005")]}, []),
        ("the claim states no hours", {"claims": [but(CLAIM, hours=None)]}, []),
        ("the claim states others", {"claims": [but(CLAIM, hours="20")]}, ["certificate:K1:B"]),
        ("attendance unknown", {"evidence": ...}, ["?certificate:K1"]),
        ("attendance unknown, the claim differs", {"evidence": ..., "claims": [but(CLAIM, hours="20")]}, ["certificate:K1:B"]),
    ],
    "certificate_missing_or_unsigned": [
        ("none", {"claims": [READY], "certificates": []}, ["claim:C1:B"]),
        ("unsigned", {"claims": [READY], "certificates": [but(CERTIFICATE, signed_on=None)]}, ["claim:C1:B"]),
        ("signed before the end", {"claims": [READY], "certificates": [but(CERTIFICATE, signed_on="2026-03-03")]}, ["claim:C1:B"]),
        ("signed on the last day", {"claims": [READY]}, []),
        ("gone already", {"certificates": []}, []),
        ("a deposit needs none", {"claims": [but(READY, role="deposit")], "certificates": []}, []),
        ("not required", {"claims": [READY], "certificates": [], "agreements": [but(AGREEMENT, requires_certificate=False)]}, []),
        ("nobody knows whether it is required", {"claims": [READY], "certificates": [], "agreements": [but(AGREEMENT, requires_certificate=...)]}, ["?claim:C1"]),
        ("unknown too, but the certificate is fine", {"claims": [READY], "agreements": [but(AGREEMENT, requires_certificate=...)]}, []),
        ("certificates not loaded", {"claims": [READY], "certificates": ...}, ["?claim:C1"]),
    ],
    "attendance_half_day_unsigned": [
        ("the learner did not sign", {"slots": [slot(mark_signed=False)]}, ["slot:SL1:H"]),
        ("the trainer did not sign", {"slots": [slot(trainer_signed=False)]}, ["slot:SL1:H"]),
        ("declared absent", {"slots": [slot(mark_signed=False, mark_absence="unjustified", trainer_signed=False)]}, []),
        ("yesterday", {"slots": [slot(mark_signed=False, start="2026-05-19T09:00", end="2026-05-19T12:30")]}, []),
        ("two days ago", {"slots": [slot(mark_signed=False, start="2026-05-18T09:00", end="2026-05-18T12:30")]}, ["slot:SL1:H"]),
        ("signature unknown", {"slots": [slot(mark_signed=...)]}, ["?slot:SL1"]),
        ("trainer's unknown, learner absent", {"slots": [slot(trainer_signed=..., mark_absence="justified")]}, []),
    ],
    "dates_outside_agreement": [
        ("the day after", {"slots": [slot(start="2026-03-05T09:00", end="2026-03-05T12:00")]}, ["agreement:A1:H"]),
        ("the last day", {"slots": [slot(start="2026-03-04T09:00", end="2026-03-04T12:00")]}, []),
        ("the day before", {"slots": [slot(start="2026-03-01T09:00", end="2026-03-01T12:00")]}, ["agreement:A1:H"]),
        ("unbounded", {"slots": [slot(start="2026-04-05T09:00", end="2026-04-05T12:00")], "agreements": [but(AGREEMENT, to=None)]}, []),
        ("cancelled", {"slots": [slot(start="2026-03-05T09:00", end="2026-03-05T12:00")], "agreements": [but(AGREEMENT, status="cancelled")]}, []),
        ("another learner's slot", {"slots": [slot(mark_learner_id="P9", start="2026-03-05T09:00", end="2026-03-05T12:00")]}, []),
        ("end unknown", {"agreements": [but(AGREEMENT, to=...)]}, ["?agreement:A1"]),
        ("end unknown, begins too early", {"slots": [slot(start="2026-03-01T09:00", end="2026-03-01T12:00")], "agreements": [but(AGREEMENT, to=...)]}, ["agreement:A1:H"]),
    ],
    "multi_funding_gap": [
        ("100 euros nobody has", {"agreements": [but(AGREEMENT, amount_cents=110_000)]}, ["enrolment:N1:H"]),
        ("the learner pays them", {"agreements": [but(AGREEMENT, amount_cents=110_000)], "enrolments": [but(ENROLMENT, self_paid_cents=10_000)]}, []),
        ("two payers add up", {"agreements": [but(AGREEMENT, amount_cents=100_000), OTHER_PAYER]}, []),
        ("one cent is the tolerance", {"agreements": [but(AGREEMENT, amount_cents=119_999)]}, []),
        ("too much", {"agreements": [AGREEMENT, OTHER_PAYER]}, ["enrolment:N1:H"]),
        ("no agreement", {"agreements": []}, []),
        ("price unknown", {"enrolments": [but(ENROLMENT, sale_price_cents=...)]}, ["?enrolment:N1"]),
    ],
    "double_funding": [
        ("two payers promise it all", {"agreements": [AGREEMENT, but(OTHER_PAYER, amount_cents=120_000)]}, ["enrolment:N1:B"]),
        ("they share it", {"agreements": [but(AGREEMENT, amount_cents=100_000), OTHER_PAYER]}, []),
        ("one payer twice, same days", {"agreements": [AGREEMENT, but(AGREEMENT, id="A2", amount_cents=10_000)]}, ["enrolment:N1:B"]),
        ("one payer, following days", {"agreements": [AGREEMENT, but(AGREEMENT, id="A2", from_="2026-03-05", to="2026-03-06")]}, []),
        ("amount unknown", {"agreements": [AGREEMENT, but(OTHER_PAYER, amount_cents=...)]}, ["?enrolment:N1"]),
    ],
    "qualiopi_or_nda_lapsed": [
        ("ends on the second day", {"organisation": {"id": "O1", "qualiopi": [{"from": "2023-01-01", "to": "2026-03-03"}], "nda": [{"from": "2019-01-01", "to": None}]}}, ["session:S1:B"]),
        ("renewed without a hole", {"organisation": {"id": "O1", "qualiopi": [{"from": "2023-01-01", "to": "2026-03-03"}, {"from": "2026-03-04", "to": None}], "nda": [{"from": "2019-01-01", "to": None}]}}, []),
        ("ends on the last day", {"organisation": {"id": "O1", "qualiopi": [{"from": "2023-01-01", "to": "2026-03-04"}], "nda": [{"from": "2019-01-01", "to": None}]}}, []),
        ("the employer pays", {"organisation": {"id": "O1", "qualiopi": [], "nda": []}, "agreements": [but(AGREEMENT, funder_id="F2")]}, []),
        ("certificates unknown", {"organisation": {"id": "O1"}}, ["?session:S1"]),
        ("Qualiopi unknown, NDA lapsed", {"organisation": {"id": "O1", "nda": [{"from": "2019-01-01", "to": "2025-12-31"}]}}, ["session:S1:B"]),
    ],
}
# fmt: on


@pytest.mark.parametrize(
    ("code", "changes", "expected"),
    [
        pytest.param(code, changes, told, id=f"{code}: {name}")
        for code, rows in CASES.items()
        for name, changes, told in rows
    ],
)
def test_a_rule_says_what_its_row_of_the_catalogue_says(
    code: str, changes: dict[str, Any], expected: list[str]
) -> None:
    assert says(code, case(**changes)) == expected
