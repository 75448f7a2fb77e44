"""Invoices of trainers and subcontractors: each file once, to the right supplier, and never to ourselves."""

import json
from dataclasses import replace
from datetime import date
from hashlib import sha256
from typing import Any

import pytest

from billing.errors import Finding
from billing.identity import Iban, Siret
from billing.money import Money
from billing.party import Trainer, TrainerStatus
from billing.supplier import SupplierInvoice
from billing.usecases.take_in_suppliers import (
    STREAM,
    SupplierOutcome,
    SupplierTakenIn,
    received_invoices,
    take_in_supplier_invoice,
)
from tests.builders import a_trainer, an_organisation
from tests.fakes import FakeBooks

IBAN = "FR7630006000011234567890189"


def freelance(code: str = "FORM1", siret: str | None = "40483304800022", **changes: Any) -> Trainer:
    return a_trainer(
        code, status=TrainerStatus.FREELANCE, employee_number=None, siret=Siret(siret) if siret else None, **changes
    )


def invoice(**changes: Any) -> SupplierInvoice:
    made = SupplierInvoice(
        sha256="",
        number="2026-017",
        type="380",
        is_credit=False,
        issue_on=date(2026, 9, 30),
        due_on=date(2026, 10, 30),
        net=Money(100_000),
        vat=Money(20_000),
        gross=Money(120_000),
        seller_name="Camille Petit",
        seller_siren="404833048",
        seller_siret="40483304800022",
        buyer_name="Acme Formation",
        buyer_siren="732829320",
        iban=IBAN,
    )
    return replace(made, **changes)


@pytest.fixture
def books() -> FakeBooks:
    made = FakeBooks(an_organisation().id)
    with made.uow() as uow:
        uow.organisations.add(an_organisation())
        uow.commit()
    return made


def know(books: FakeBooks, *trainers: Trainer) -> None:
    with books.uow() as uow:
        uow.trainers.put(*trainers)
        uow.commit()


def take(books: FakeBooks, given: SupplierInvoice, content: bytes = b"%PDF-1") -> SupplierTakenIn:
    named = replace(given, sha256=sha256(content).hexdigest())
    return take_in_supplier_invoice(
        books.open_books,
        books.organisation_id,
        named,
        content,
        name="f.pdf",
        media_type="application/pdf",
        actor="test",
    )


def received(books: FakeBooks) -> list[tuple[str, str, int]]:
    with books.uow(read_only=True) as uow:
        return [(item.trainer_id, item.number, item.gross.cents) for item in received_invoices(uow)]


def waiting(books: FakeBooks) -> list[str]:
    with books.uow(read_only=True) as uow:
        return [row.code for row in uow.quarantine.find(stream=STREAM, cleared=False)]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"seller_siret": "40483304800030"},
        {"seller_siret": "", "seller_siren": ""},
        {"seller_siret": "", "seller_siren": "", "seller_vat_number": "FR83404833048"},
    ],
    ids=["siret", "another establishment", "name is not enough", "vat number"],
)
def test_the_supplier_is_found_by_what_identifies_it(books: FakeBooks, changes: dict[str, str]) -> None:
    know(books, freelance(), freelance("OTHER", "55208131766522"))
    taken = take(books, invoice(**changes))
    if changes.get("seller_siren") == "" and "seller_vat_number" not in changes:
        assert taken.outcome is SupplierOutcome.QUARANTINED  # its trainer has a SIRET, which the invoice does not tell
        return
    assert (taken.outcome, taken.findings) == (SupplierOutcome.NEW, ())
    assert received(books) == [(freelance().id, "2026-017", 120_000)]


def test_a_name_alone_is_believed_where_nothing_contradicts_it_and_that_is_told(books: FakeBooks) -> None:
    know(books, freelance(siret=None))
    taken = take(books, invoice(seller_name="PETIT, Camille"))
    assert taken.trainer_id == freelance().id
    assert [finding.code for finding in taken.findings] == ["supplier_matched_by_name"]


def test_two_trainers_of_one_name_are_not_chosen_between(books: FakeBooks) -> None:
    know(books, freelance(siret=None), freelance("FORM2", None))
    assert take(books, invoice()).outcome is SupplierOutcome.QUARANTINED
    assert waiting(books) == ["supplier_ambiguous"]


def test_an_unknown_supplier_waits_with_its_remedy_and_the_same_file_given_again_places_it(books: FakeBooks) -> None:
    taken = take(books, invoice())
    assert [finding.code for finding in taken.findings] == ["supplier_unknown"]
    assert (waiting(books), received(books)) == (["supplier_unknown"], [])
    know(books, freelance())
    assert take(books, invoice()).outcome is SupplierOutcome.NEW
    assert (waiting(books), len(received(books))) == ([], 1)


def test_the_same_file_twice_changes_nothing(books: FakeBooks) -> None:
    know(books, freelance())
    take(books, invoice())
    assert take(books, invoice()).outcome is SupplierOutcome.KNOWN
    assert len(received(books)) == 1


def test_one_number_under_two_contents_is_not_taken_twice(books: FakeBooks) -> None:
    know(books, freelance())
    take(books, invoice())
    again = take(books, invoice(number="2026 - 017".replace(" ", "")), b"%PDF-2")
    assert [finding.code for finding in again.findings] == ["supplier_invoice_number_seen"]
    assert len(received(books)) == 1


def test_our_own_invoice_is_never_a_suppliers(books: FakeBooks) -> None:
    know(books, freelance(siret="73282932000074"))
    taken = take(books, invoice(seller_siren="732829320", seller_siret="73282932000074", buyer_siren="404833048"))
    assert [finding.code for finding in taken.findings] == ["supplier_invoice_is_ours"]
    assert received(books) == []


def test_an_invoice_to_somebody_else_is_not_ours_to_pay(books: FakeBooks) -> None:
    know(books, freelance())
    taken = take(books, invoice(buyer_siren="552081317"))
    assert [finding.code for finding in taken.findings] == ["supplier_invoice_of_another_buyer"]


def test_another_account_than_the_known_one_is_told(books: FakeBooks) -> None:
    know(books, freelance(iban=Iban("FR1420041010050500013M02606")))
    taken = take(books, invoice())
    assert taken.outcome is SupplierOutcome.NEW
    assert [finding.code for finding in taken.findings] == ["supplier_iban_differs"]
    assert IBAN not in str(taken.findings)


def test_what_is_wrong_in_an_invoice_never_refuses_it_and_is_kept(books: FakeBooks) -> None:
    know(books, freelance())
    wrong = Finding(code="official_rule", values={"rule": "BR-FR-05"})
    assert take(books, invoice(findings=(wrong,))).outcome is SupplierOutcome.NEW
    with books.uow(read_only=True) as uow:
        [line] = [line for line in uow.journal() if line.type == "supplier_invoice.received"]
        assert (line.payload["errors"], line.payload["rules"]) == (1, "BR-FR-05")
        assert uow.document(str(line.payload["document"])) == b"%PDF-1"


def test_no_name_enters_the_journal_nor_the_values_of_a_finding(books: FakeBooks) -> None:
    know(books, freelance(siret=None))
    taken = [take(books, invoice(seller_name="Camille Petit")), take(books, invoice(seller_name="Inconnu"), b"2")]
    with books.uow(read_only=True) as uow:
        told = json.dumps([dict(line.payload) for line in uow.journal()]) + str([item.findings for item in taken])
        told += "".join(row.values for row in uow.quarantine.find())
    assert "Petit" not in told
    assert "Inconnu" not in told


def test_a_suppliers_invoice_is_no_claim_and_enters_no_account(books: FakeBooks) -> None:
    know(books, freelance())
    take(books, invoice())
    with books.uow(read_only=True) as uow:
        assert uow.claims.count() == 0
        assert list(uow.entries()) == []
