"""Each rule on trainers and on learners' incomes: it fires, the near miss, the boundary, what cannot be checked."""

# ruff: noqa: E501 - a table: one case a line

from typing import Any

import pytest

from tests.reconciliation.rules.world import (
    DECLARATION,
    ENROLMENT,
    ENTITLEMENT,
    EVIDENCE,
    EXPECTED,
    INVOICE,
    LEARNER,
    MARCH,
    ORDER,
    PAID,
    REGION,
    SESSION,
    SLOT,
    VARIABLE,
    but,
    case,
    says,
)

ABROAD = but(SLOT, id="SL2", session_id="S2", start="2026-03-02T12:00", end="2026-03-02T15:00")
DAYS = but(INVOICE["lines"][0], unit="d", qty="0.5")
ABSENT = but(MARCH, signed_h="14", unjust_abs_h="7", last_unjust_on="2026-03-04")
TWIN = but(ENTITLEMENT, id="I2", scheme="aref", dossier_no="D-2", from_="2026-03-20")
OTHER_PERSON = but(LEARNER, id="P2")


def invoice(**line: Any) -> dict[str, Any]:
    """The trainer's invoice with its line changed."""
    return but(INVOICE, lines=[but(INVOICE["lines"][0], **line)])


# fmt: off
CASES: dict[str, list[tuple[str, dict[str, Any], list[str]]]] = {
    "trainer_hours_over_signed": [
        ("four hours paid, three and a half signed", {"payroll_variables": [but(VARIABLE, qty="4")]}, ["trainer_month:T1|S1|2026-03:B"]),
        ("paid twice: payroll and invoice", {"trainer_invoices": [INVOICE]}, ["trainer_month:T1|S1|2026-03:B"]),
        ("the invoice was rejected", {"trainer_invoices": [but(INVOICE, state="rejected")]}, []),
        ("preparation is another rubric", {"payroll_variables": [VARIABLE, but(VARIABLE, id="PV2", rubric="PRAA", qty="2")]}, []),
        ("the tolerance itself", {"payroll_variables": [but(VARIABLE, qty="3.51")]}, []),
        ("the trainer did not sign", {"slots": [but(SLOT, trainer_signed=False)]}, ["trainer_month:T1|S1|2026-03:B"]),
        ("signature unknown", {"slots": [but(SLOT, trainer_signed=...)]}, ["?trainer_month:T1|S1|2026-03"]),
        ("signature unknown, beyond all the same", {"slots": [but(SLOT, trainer_signed=...)], "payroll_variables": [but(VARIABLE, qty="4")]}, ["trainer_month:T1|S1|2026-03:B"]),
        ("days without equivalence", {"payroll_variables": [], "trainer_invoices": [but(INVOICE, lines=[DAYS])]}, ["?trainer_month:T1|S1|2026-03"]),
        ("half a day of seven hours", {"payroll_variables": [], "trainer_invoices": [but(INVOICE, lines=[DAYS])], "orders": [but(ORDER, hours_per_day="7")]}, []),
        ("invoices not loaded", {"trainer_invoices": ...}, ["?trainer_month:T1|S1|2026-03"]),
    ],
    "trainer_hours_under_signed": [
        ("nothing paid", {"payroll_variables": []}, ["trainer_month:T1|S1|2026-03:H"]),
        ("one hour is missing", {"payroll_variables": [but(VARIABLE, qty="2.5")]}, ["trainer_month:T1|S1|2026-03:H"]),
        ("less than one hour", {"payroll_variables": [but(VARIABLE, qty="2.51")]}, []),
        ("invoiced", {"payroll_variables": [], "trainer_invoices": [INVOICE]}, []),
        ("the order is closed", {"payroll_variables": [], "orders": [but(ORDER, state="closed")]}, []),
        ("April is still open", {"payroll_variables": [], "slots": [but(SLOT, start="2026-04-02T09:00", end="2026-04-02T12:30")]}, []),
        ("payroll not loaded", {"payroll_variables": ...}, ["?trainer_month:T1|S1|2026-03"]),
        ("orders not loaded", {"payroll_variables": [], "orders": ...}, ["?trainer_month:T1|S1|2026-03"]),
    ],
    "trainer_order_exceeded": [
        ("no order", {"trainer_invoices": [but(INVOICE, order_id=None)]}, ["trainer_invoice:TI1:B"]),
        ("the last day of the order", {"trainer_invoices": [invoice(service_date="2026-03-31")]}, []),
        ("the day after", {"trainer_invoices": [invoice(service_date="2026-04-01")]}, ["trainer_invoice:TI1:B"]),
        ("more than the ceiling", {"trainer_invoices": [invoice(qty="21.01")]}, ["order:OR1:B"]),
        ("the ceiling itself", {"trainer_invoices": [invoice(qty="21")]}, []),
        ("no ceiling", {"trainer_invoices": [invoice(qty="99")], "orders": [but(ORDER, max_qty=None)]}, []),
        ("payroll draws on the order too", {"trainer_invoices": [invoice(qty="20")], "payroll_variables": [but(VARIABLE, order_id="OR1")]}, ["order:OR1:B"]),
        ("day of service unknown", {"trainer_invoices": [invoice(service_date=...)]}, ["?trainer_invoice:TI1"]),
        ("quantity unknown", {"trainer_invoices": [invoice(qty=...)]}, ["?order:OR1"]),
    ],
    "trainer_slot_overlap": [
        ("half an hour in two rooms", {"slots": [SLOT, ABROAD]}, ["slot:SL2:H"]),
        ("back to back", {"slots": [SLOT, but(ABROAD, start="2026-03-02T12:30")]}, []),
        ("one room", {"slots": [SLOT, but(ABROAD, session_id="S1")]}, []),
        ("two trainers", {"slots": [SLOT, but(ABROAD, trainer_id="T2")]}, []),
        ("one is not signed", {"slots": [SLOT, but(ABROAD, trainer_signed=False)]}, []),
        ("signature unknown", {"slots": [SLOT, but(ABROAD, trainer_signed=...)]}, ["?slot:SL2"]),
    ],
    "attendance_statement_not_sent": [
        ("never sent", {"attendance_declarations": [but(DECLARATION, sent_on=None)]}, ["entitlement_month:I1|2026-03:H"]),
        ("no statement", {"attendance_declarations": []}, ["entitlement_month:I1|2026-03:H"]),
        ("sent late", {"attendance_declarations": [but(DECLARATION, sent_on="2026-05-19")]}, []),
        ("another scheme", {"attendance_declarations": [], "entitlements": [but(ENTITLEMENT, scheme="aref")]}, []),
        ("the payer's own day", {"attendance_declarations": [], "funders": [but(REGION, attendance_cutoff_day=25)]}, ["entitlement_month:I1|2026-03:H"]),
        ("April too, until the end of the right", {"attendance_declarations": [], "entitlements": [but(ENTITLEMENT, to="2026-04-02")], "sessions": [but(SESSION, end="2026-04-30")]}, ["entitlement_month:I1|2026-03:H", "entitlement_month:I1|2026-04:H"]),
        ("not loaded", {"attendance_declarations": ...}, ["?entitlement_month:I1|2026-03"]),
        ("end unknown: April may be due", {"entitlements": [but(ENTITLEMENT, to=...)], "sessions": [but(SESSION, end="2026-04-30")]}, ["?entitlement_month:I1|2026-04"]),
    ],
    "declared_vs_attended_gap": [
        ("seven hours too many", {"evidence": [but(MARCH, signed_h="14")]}, ["entitlement_month:I1|2026-03:H"]),
        ("absence not told", {"evidence": [but(MARCH, unjust_abs_h="3.5")]}, ["entitlement_month:I1|2026-03:H"]),
        ("the payer counts justified absence", {"evidence": [but(MARCH, signed_h="14", just_abs_h="7")], "funders": [but(REGION, justified_counts_as_done=True)]}, []),
        ("it does not", {"evidence": [but(MARCH, signed_h="14", just_abs_h="7")]}, ["entitlement_month:I1|2026-03:H"]),
        ("not sent", {"evidence": [but(MARCH, signed_h="14")], "attendance_declarations": [but(DECLARATION, sent_on=None)]}, []),
        ("the tolerance itself", {"evidence": [but(MARCH, signed_h="20.99")]}, []),
        ("no row of the month", {"evidence": [EVIDENCE]}, ["?entitlement_month:I1|2026-03"]),
    ],
    "unjustified_absence_undeclared": [
        ("seven hours, none told", {"evidence": [ABSENT]}, ["entitlement_month:I1|2026-03:H"]),
        ("told", {"evidence": [ABSENT], "attendance_declarations": [but(DECLARATION, done_h="14", unjust_abs_h="7")]}, []),
        ("told in part", {"evidence": [ABSENT], "attendance_declarations": [but(DECLARATION, unjust_abs_h="3.5")]}, ["entitlement_month:I1|2026-03:H"]),
        ("three days ago", {"evidence": [but(ABSENT, month="2026-05", last_unjust_on="2026-05-17")]}, []),
        ("four days ago, the month still runs", {"evidence": [but(ABSENT, month="2026-05", last_unjust_on="2026-05-16")]}, ["entitlement_month:I1|2026-05:H"]),
        ("justified", {"evidence": [but(ABSENT, just_abs_h="7", unjust_abs_h="0")]}, []),
        ("another scheme", {"evidence": [ABSENT], "entitlements": [but(ENTITLEMENT, scheme="rff")]}, []),
        ("hours unknown", {"evidence": [but(ABSENT, unjust_abs_h=...)]}, ["?entitlement_month:I1|2026-03"]),
    ],
    "compensation_amount_gap": [
        ("ten euros less", {"compensation_payments": [but(PAID, amount_cents=67_500)]}, ["entitlement_month:I1|2026-03:H"]),
        ("five cents is the tolerance", {"compensation_payments": [but(PAID, amount_cents=68_505)]}, []),
        ("six cents", {"compensation_payments": [but(PAID, amount_cents=68_506)]}, ["entitlement_month:I1|2026-03:H"]),
        ("an older debt was kept", {"compensation_payments": [but(PAID, amount_cents=60_000, recovered_cents=8_500)]}, []),
        ("not paid yet", {"compensation_payments": [but(PAID, amount_cents=1, status="pending")]}, []),
        ("nothing to compare with", {"expected_compensations": []}, ["?entitlement_month:I1|2026-03"]),
    ],
    "compensation_overpaid": [
        ("ten euros too much", {"compensation_payments": [but(PAID, amount_cents=69_500)]}, ["entitlement:I1:H"]),
        ("netted the next month", {"compensation_payments": [but(PAID, amount_cents=69_500), but(PAID, id="Y2", month="2026-04", amount_cents=67_500)], "expected_compensations": [EXPECTED, but(EXPECTED, id="X2", month="2026-04")]}, []),
        ("a month after the exit", {"enrolments": [but(ENROLMENT, exit_date="2026-02-27")]}, ["entitlement:I1:H"]),
        ("the month of the exit", {"enrolments": [but(ENROLMENT, exit_date="2026-03-03")]}, []),
        ("expected unknown", {"expected_compensations": ...}, ["?entitlement:I1"]),
        ("exit unknown", {"enrolments": [but(ENROLMENT, exit_date=...)]}, ["?entitlement:I1"]),
    ],
    "compensation_underpaid_or_unpaid": [
        ("nothing", {"compensation_payments": []}, ["entitlement_month:I1|2026-03:H"]),
        ("refused by the bank", {"compensation_payments": [but(PAID, status="rejected")]}, ["entitlement_month:I1|2026-03:H"]),
        ("seven days of patience", {"compensation_payments": [], "expected_compensations": [but(EXPECTED, pay_date="2026-05-13")]}, []),
        ("the eighth day", {"compensation_payments": [], "expected_compensations": [but(EXPECTED, pay_date="2026-05-12")]}, ["entitlement_month:I1|2026-03:H"]),
        ("in two payments", {"compensation_payments": [but(PAID, amount_cents=30_000), but(PAID, id="Y2", amount_cents=38_500)]}, []),
        ("pay day unknown", {"compensation_payments": [], "expected_compensations": [but(EXPECTED, pay_date=...)]}, ["?entitlement_month:I1|2026-03"]),
        ("pay day unknown, but paid", {"expected_compensations": [but(EXPECTED, pay_date=...)]}, []),
        ("payments not loaded", {"compensation_payments": ...}, ["?entitlement_month:I1|2026-03"]),
    ],
    "duplicate_scheme_or_dossier": [
        ("two schemes share days", {"entitlements": [ENTITLEMENT, TWIN]}, ["entitlement:I2:H"]),
        ("they share the last day", {"entitlements": [ENTITLEMENT, but(TWIN, from_="2026-03-31")]}, ["entitlement:I2:H"]),
        ("the second begins the next day", {"entitlements": [ENTITLEMENT, but(TWIN, from_="2026-04-01", to=None)]}, []),
        ("the second is not active", {"entitlements": [ENTITLEMENT, but(TWIN, active=False)]}, []),
        ("one person under two codes", {"learners": [LEARNER, but(OTHER_PERSON, last_name=" UNTEL ")], "entitlements": [ENTITLEMENT, but(TWIN, learner_id="P2")]}, ["entitlement:I2:H"]),
        ("same name, another NIR", {"learners": [but(LEARNER, nir_hash="a"), but(OTHER_PERSON, nir_hash="b")], "entitlements": [ENTITLEMENT, but(TWIN, learner_id="P2")]}, []),
        ("another name, same NIR", {"learners": [but(LEARNER, nir_hash="a"), but(OTHER_PERSON, last_name="Autre", nir_hash="a")], "entitlements": [ENTITLEMENT, but(TWIN, learner_id="P2")]}, ["entitlement:I2:H"]),
        ("two dossiers for one session, one after the other", {"entitlements": [ENTITLEMENT, but(TWIN, scheme="rsfp", from_="2026-04-01", to=None)]}, ["entitlement:I2:H"]),
        ("end of the first unknown", {"entitlements": [but(ENTITLEMENT, to=...), TWIN]}, ["?entitlement:I2"]),
        ("birth unknown", {"learners": [LEARNER, but(OTHER_PERSON, birth_date=...)], "entitlements": [ENTITLEMENT, but(TWIN, learner_id="P2")]}, ["?entitlement:I2"]),
    ],
    "learner_iban_invalid": [
        ("one digit wrong", {"entitlements": [but(ENTITLEMENT, iban="FR7630006000011234567890188")]}, ["entitlement:I1:H"]),
        ("blanks and small letters", {"entitlements": [but(ENTITLEMENT, iban="fr76 3000 6000 0112 3456 7890 189")]}, []),
        ("not collected yet", {"entitlements": [but(ENTITLEMENT, iban=None)]}, []),
        ("a third party", {"entitlements": [but(ENTITLEMENT, iban_holder="third_party")]}, ["entitlement:I1:H"]),
        ("a third party with a mandate", {"entitlements": [but(ENTITLEMENT, iban_holder="third_party", iban_mandate=True)]}, []),
        ("the bank refused", {"compensation_payments": [but(PAID, status="rejected")]}, ["entitlement:I1:H"]),
        ("not active", {"entitlements": [but(ENTITLEMENT, iban="FR76", active=False)]}, []),
        ("account unknown", {"entitlements": [but(ENTITLEMENT, iban=...)]}, ["?entitlement:I1"]),
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
