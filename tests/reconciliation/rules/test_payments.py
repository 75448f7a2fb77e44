"""Each rule on payments and receivables: it fires, the near miss, the boundary, what cannot be checked."""

# ruff: noqa: E501 - a table: one case a line

from typing import Any

import pytest

from tests.reconciliation.rules.world import (
    AGREEMENT,
    ALLOCATION,
    CLAIM,
    CLAIM_SIGHTING,
    NOTE,
    RECEIPT,
    but,
    case,
    says,
)

SHORT = but(ALLOCATION, amount_cents=110_000)
LINE = {
    "id": "M1",
    "advice_id": "AV7",
    "invoice_no": "F-10",
    "billed_cents": 120_000,
    "refaction_cents": 10_000,
    "refaction_status": "open",
    "reason": "absence",
    "net_cents": 110_000,
}
AGAIN = but(RECEIPT, id="R2", date="2026-04-17")
ADVISED = but(RECEIPT, advice_id="AV7", amount_cents=110_000)
PUBLIC = but(AGREEMENT, funder_id="F3")
PAID_THERE = but(CLAIM_SIGHTING, raw_status="payee", paid_on="2026-05-01", iban=None)

# fmt: off
CASES: dict[str, list[tuple[str, dict[str, Any], list[str]]]] = {
    "payment_short": [
        ("100 euros missing", {"allocations": [SHORT]}, ["claim:C1:H"]),
        ("an advice explains them", {"allocations": [SHORT], "remittance_lines": [LINE]}, []),
        ("an advice without a reason", {"allocations": [SHORT], "remittance_lines": [but(LINE, reason=None)]}, ["claim:C1:H"]),
        ("another amount deducted", {"allocations": [SHORT], "remittance_lines": [but(LINE, refaction_cents=9_000)]}, ["claim:C1:H"]),
        ("advices not loaded", {"allocations": [SHORT], "remittance_lines": ...}, ["?claim:C1"]),
        ("nothing paid at all", {"allocations": []}, []),
        ("one cent is the tolerance", {"allocations": [but(ALLOCATION, amount_cents=119_999)]}, []),
        ("credited", {"allocations": [SHORT], "claims": [CLAIM, but(NOTE, ttc_cents=10_000)]}, []),
        ("a payment taken back wholly", {"allocations": [SHORT, but(SHORT, id="L2", amount_cents=-110_000)]}, []),
        ("allocations not loaded", {"allocations": ...}, []),
    ],
    "payment_over": [
        ("20 euros too much", {"allocations": [but(ALLOCATION, amount_cents=122_000)]}, ["claim:C1:H"]),
        ("given back", {"allocations": [but(ALLOCATION, amount_cents=122_000), but(ALLOCATION, id="L2", amount_cents=-2_000)]}, []),
        ("booked as a deposit", {"allocations": [ALLOCATION, but(ALLOCATION, id="L2", amount_cents=2_000, nature="deposit")]}, []),
        ("one cent is the tolerance", {"allocations": [but(ALLOCATION, amount_cents=120_001)]}, []),
        ("after a credit note", {"claims": [CLAIM, but(NOTE, ttc_cents=5_000)]}, ["claim:C1:H"]),
        ("a credit note of unknown origin", {"claims": [CLAIM, but(NOTE, origin_no=...)]}, ["?claim:C1"]),
    ],
    "duplicate_payment": [
        ("ten days apart", {"bank_receipts": [RECEIPT, AGAIN]}, ["receipt:R2:H"]),
        ("eleven days apart", {"bank_receipts": [RECEIPT, but(AGAIN, date="2026-04-18")]}, []),
        ("another reference", {"bank_receipts": [RECEIPT, but(AGAIN, reference="VIR 5502")]}, []),
        ("no reference", {"bank_receipts": [but(RECEIPT, reference=None), but(AGAIN, reference=None)]}, []),
        ("another amount", {"bank_receipts": [RECEIPT, but(AGAIN, amount_cents=119_000)]}, []),
        ("one advice twice", {"bank_receipts": [but(RECEIPT, advice_id="AV7"), but(AGAIN, advice_id="AV7", reference=None)]}, ["receipt:R2:H"]),
        ("money out", {"bank_receipts": [but(RECEIPT, amount_cents=-100), but(AGAIN, amount_cents=-100)]}, []),
        ("payer unknown", {"bank_receipts": [RECEIPT, but(AGAIN, payer_id=...)]}, ["?receipt:R2"]),
        ("payer unknown, another reference", {"bank_receipts": [RECEIPT, but(AGAIN, payer_id=..., reference="x")]}, []),
    ],
    "payment_unmatched": [
        ("six weeks, nothing explained", {"allocations": []}, ["receipt:R1:M"]),
        ("part explained", {"allocations": [SHORT]}, ["receipt:R1:M"]),
        ("put on the learner's account", {"allocations": [but(ALLOCATION, nature="learner_account")]}, []),
        # 12 May + five working days = 20 May (14 May 2026 is Ascension).
        ("the fifth working day", {"allocations": [], "bank_receipts": [but(RECEIPT, date="2026-05-12")]}, []),
        ("the sixth working day", {"allocations": [], "bank_receipts": [but(RECEIPT, date="2026-05-11")]}, ["receipt:R1:M"]),
        ("allocations not loaded", {"allocations": ...}, ["?receipt:R1"]),
        ("not loaded, but too fresh", {"allocations": ..., "bank_receipts": [but(RECEIPT, date="2026-05-18")]}, []),
    ],
    "remittance_total_mismatch": [
        ("ten euros less", {"bank_receipts": [but(ADVISED, amount_cents=109_000)], "remittance_lines": [LINE]}, ["receipt:R1:H"]),
        ("the bank kept a fee", {"bank_receipts": [but(ADVISED, amount_cents=109_000, fee_cents=1_000)], "remittance_lines": [LINE]}, []),
        ("it adds up", {"bank_receipts": [ADVISED], "remittance_lines": [LINE]}, []),
        ("no line of the advice", {"bank_receipts": [ADVISED], "remittance_lines": []}, ["?receipt:R1"]),
        ("a net unknown", {"bank_receipts": [ADVISED], "remittance_lines": [but(LINE, net_cents=...)]}, ["?receipt:R1"]),
        ("no advice", {}, []),
    ],
    "refaction_accepted_without_credit": [
        ("accepted", {"remittance_lines": [but(LINE, refaction_status="accepted")]}, ["remittance_line:M1:M"]),
        ("credited", {"remittance_lines": [but(LINE, refaction_status="accepted")], "claims": [CLAIM, but(NOTE, ttc_cents=10_000)]}, []),
        ("contested", {"remittance_lines": [but(LINE, refaction_status="contested")]}, []),
        ("status unknown", {"remittance_lines": [but(LINE, refaction_status=...)]}, ["?remittance_line:M1"]),
    ],
    "paid_status_no_cash": [
        ("19 days", {"platform_snapshots": [PAID_THERE], "allocations": []}, ["claim:C1:H"]),
        ("15 days", {"platform_snapshots": [but(PAID_THERE, paid_on="2026-05-05")], "allocations": []}, []),
        ("the money came", {"platform_snapshots": [PAID_THERE]}, []),
        ("day unknown", {"platform_snapshots": [but(PAID_THERE, paid_on=...)], "allocations": []}, ["?claim:C1"]),
    ],
    "cash_no_paid_status": [
        ("43 days after the money", {}, ["claim:C1:L"]),
        ("30 days", {"bank_receipts": [but(RECEIPT, date="2026-04-20")]}, []),
        ("shown as paid", {"claims": [but(CLAIM, state="paid")]}, []),
        ("receipts not loaded", {"bank_receipts": ...}, ["?claim:C1"]),
    ],
    "receivable_overdue": [
        ("42 days", {"allocations": []}, ["claim:C1:M"]),
        ("due today", {"allocations": [], "claims": [but(CLAIM, due_date="2026-05-20")]}, []),
        ("60 days", {"allocations": [], "claims": [but(CLAIM, due_date="2026-03-21")]}, ["claim:C1:M"]),
        ("61 days", {"allocations": [], "claims": [but(CLAIM, due_date="2026-03-20")]}, ["claim:C1:H"]),
        ("paid", {}, []),
        ("never due", {"allocations": [], "claims": [but(CLAIM, due_date=None)]}, []),
        ("not sent", {"allocations": [], "claims": [but(CLAIM, state="ready")]}, []),
        ("due date unknown", {"allocations": [], "claims": [but(CLAIM, due_date=...)]}, ["?claim:C1"]),
        ("due date unknown, but paid", {"claims": [but(CLAIM, due_date=...)]}, []),
    ],
    "payment_term_breach": [
        ("72 days, a region", {"allocations": [], "agreements": [PUBLIC], "claims": [but(CLAIM, suspensions=[])]}, ["claim:C1:M"]),
        ("an OPCO has no such term", {"allocations": [], "claims": [but(CLAIM, suspensions=[])]}, []),
        ("suspended for 42 days", {"allocations": [], "agreements": [PUBLIC], "claims": [but(CLAIM, suspensions=[{"from": "2026-03-20", "to": "2026-05-01"}])]}, []),
        ("suspended for 41 days", {"allocations": [], "agreements": [PUBLIC], "claims": [but(CLAIM, suspensions=[{"from": "2026-03-20", "to": "2026-04-30"}])]}, ["claim:C1:M"]),
        ("suspensions unknown", {"allocations": [], "agreements": [PUBLIC]}, ["?claim:C1"]),
        ("suspensions unknown, but paid", {"agreements": [PUBLIC]}, []),
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


def test_a_deduction_announced_on_the_schedule_explains_what_is_missing() -> None:
    line = {"no": 1, "from": "2026-03-02", "to": "2026-06-01", "due": "2026-03-02", "amount_cents": 120_000}
    agreement = but(
        AGREEMENT, scheme="apprenticeship", schedule=[{**line, "state": "billed", "deduction_cents": 10_000}]
    )
    claims = [but(CLAIM, instalment_no=1)]
    assert says("payment_short", case(agreements=[agreement], claims=claims, allocations=[SHORT])) == []
    unknown = but(agreement, schedule=...)
    assert says("payment_short", case(agreements=[unknown], claims=claims, allocations=[SHORT])) == ["?claim:C1"]
