import csv
import io
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from billing.money import Money
from billing.remuneration import Rubric
from integrations.payroll import CsvDataFiles, PayrollLine, payroll_csv
from integrations.payroll.sheet import amount, number, safe, sheet
from tests.builders import (
    a_learner,
    a_payroll_variable,
    a_session,
    a_trainer,
    an_attendance_statement,
    an_entitlement,
)

VARIABLE = a_payroll_variable(
    "2026-09",
    rubric=Rubric.FFP,
    quantity=Decimal("7.50"),
    rate=Decimal("42.5"),
    amount=Money(31_875),
    reason="",
    evidence_digest="abc123",
)


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))


def test_a_payroll_variable_is_one_french_line() -> None:
    content = CsvDataFiles().payroll(VARIABLE, a_trainer(employee_number="0042"), a_session("S1"))
    header, line = content.decode("utf-8-sig").split("\r\n")[:2]
    assert content.startswith(b"\xef\xbb\xbf")
    assert header == ("matricule;rubrique;periode;date_debut;date_fin;unite;quantite;taux;montant;session;motif;preuve")
    assert line == "0042;FFP;2026-09;01/09/2026;30/09/2026;h;7,5;42,5;318,75;S1;;abc123"


def test_an_amount_that_is_not_known_is_empty_and_says_why_never_zero() -> None:
    unknown = replace(VARIABLE, rate=None, amount=None, reason="no_order")
    (row,) = rows(CsvDataFiles().payroll(unknown, a_trainer(employee_number="0042"), a_session()))
    assert (row["taux"], row["montant"], row["motif"]) == ("", "", "aucune commande")


def test_a_trainer_without_employee_number_is_named_by_his_code() -> None:
    (row,) = rows(CsvDataFiles().payroll(VARIABLE, a_trainer("FORM9", employee_number=None), a_session()))
    assert row["matricule"] == "FORM9"


def test_a_month_of_several_trainers_is_in_the_same_order_whatever_order_it_was_given_in() -> None:
    lines = [
        PayrollLine(
            variable=replace(VARIABLE, month=month), trainer=a_trainer(employee_number=who), session=a_session()
        )
        for who, month in (("0002", "2026-09"), ("0001", "2026-10"), ("0001", "2026-09"))
    ]
    content = payroll_csv(lines)
    assert [(row["matricule"], row["periode"]) for row in rows(content)] == [
        ("0001", "2026-09"),
        ("0001", "2026-10"),
        ("0002", "2026-09"),
    ]
    assert payroll_csv(reversed(lines)) == content


def test_an_attendance_statement_carries_the_record_of_the_payers_of_learners() -> None:
    statement = an_attendance_statement(
        "2026-09",
        version=2,
        planned=Decimal(140),
        done=Decimal("126.00"),
        justified=Decimal(0),
        unjustified=Decimal(14),
        evidence_digest="d1",
    )
    entitlement = an_entitlement(
        "REM-1", approval_number="AGR-7", entry_on=date(2026, 9, 14), starts_on=date(2026, 9, 14), ends_on=None
    )
    content = CsvDataFiles().attendance(statement, entitlement, a_learner(), a_session("S1"))
    (row,) = rows(content)
    assert (row["session"], row["agrement"], row["dossier"], row["periode"], row["version"]) == (
        "S1",
        "AGR-7",
        "REM-1",
        "2026-09",
        "2",
    )
    assert (row["heures_prevues_centre"], row["heures_realisees_centre"], row["absence_non_justifiee"]) == (
        "140",
        "126",
        "14",
    )
    assert (row["evenement"], row["date_evenement"], row["preuve"]) == ("ENTREE", "14/09/2026", "d1")
    assert CsvDataFiles().attendance(statement, entitlement, a_learner(), a_session("S1")) == content


def test_the_end_of_the_entitlement_is_said_in_its_month() -> None:
    entitlement = an_entitlement(entry_on=date(2026, 9, 1), ends_on=date(2026, 9, 25))
    (row,) = rows(CsvDataFiles().attendance(an_attendance_statement(), entitlement, a_learner(), a_session()))
    assert (row["evenement"], row["date_evenement"]) == ("SORTIE", "25/09/2026")


@pytest.mark.parametrize("text", ["=1+1", "+33", "-2", "@SUM(A1)", "\t=1", "\r=1", "  =HYPERLINK()"])
def test_no_free_text_is_run_by_a_spreadsheet(text: str) -> None:
    learner = a_learner(last_name=text)
    (row,) = rows(CsvDataFiles().attendance(an_attendance_statement(), an_entitlement(), learner, a_session()))
    assert row["nom"].startswith("'")


def test_separators_quotes_and_line_ends_inside_a_text_break_no_line() -> None:
    assert sheet(["a"], [['x;"y"']]) == b'\xef\xbb\xbfa\r\n"x;""y"""\r\n'
    assert safe("a\nb") == "a b"


def test_numbers_are_french_exact_and_without_useless_zeros() -> None:
    assert [number(Decimal(text)) for text in ("7.50", "140", "0.00", "1E+2", "33.3333")] == [
        "7,5",
        "140",
        "0",
        "100",
        "33,3333",
    ]
    assert (amount(Money(-5)), amount(None)) == ("-0,05", "")
