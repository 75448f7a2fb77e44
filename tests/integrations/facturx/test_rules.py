"""Deliberately wrong documents: each is refused for its own reason, before anything leaves."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from billing.errors import InvalidInvoice
from billing.money import Money
from billing.party import Address
from integrations.facturx.amounts import build
from integrations.facturx.document import (
    Adjustment,
    Attachment,
    Deduction,
    Document,
    DocumentType,
    Endpoint,
    Instalment,
    Note,
    NoteSubject,
    Payment,
    Period,
    Preceding,
    Process,
    Treatment,
    Vat,
    VatCategory,
)
from integrations.facturx.maker import Renderer
from integrations.facturx.mentions import OUT_OF_SCOPE
from integrations.facturx.rules import findings_of
from integrations.facturx.xml import write_xml
from tests.integrations.facturx import documents as valid

INVERTED = Period(starts_on=date(2026, 2, 2), ends_on=date(2026, 2, 1))


def with_line(**changes: Any) -> Document:
    return valid.document(lines=(valid.line(**changes),))


def unpriced(**changes: Any) -> Document:
    """A line whose amount is kept as it is given."""
    return valid.document(lines=(replace(valid.line(), **changes),))


def attached(**changes: Any) -> Document:
    """One attachment, good but for what is said."""
    return valid.document(attachments=(replace(Attachment(name="c.pdf", content=b"%PDF"), **changes),))


WRONG: dict[str, Callable[[], Document]] = {
    "invoice_number_missing": lambda: valid.document(number=""),
    "invoice_number_malformed": lambda: valid.document(number="FA 2026/é"),
    "invoice_date_out_of_century": lambda: valid.document(delivered_on=date(1926, 2, 27)),
    "invoice_due_before_issue": lambda: valid.document(due_on=date(2026, 3, 1)),
    "invoice_due_date_missing": lambda: valid.document(due_on=None),
    "invoice_period_inverted": lambda: valid.document(period=INVERTED),
    "invoice_party_name_missing": lambda: valid.document(buyer=valid.buyer(name="")),
    "invoice_address_missing": lambda: valid.document(buyer=valid.buyer(address=Address(line="1 rue X"))),
    "invoice_siren_missing": lambda: valid.document(seller=valid.seller(siren="", siret="")),
    "invoice_siren_malformed": lambda: valid.document(seller=valid.seller(siren="732829321", siret="")),
    "invoice_siret_malformed": lambda: valid.document(buyer=valid.buyer(siret="55208131766523")),
    "invoice_siret_of_another": lambda: valid.document(buyer=valid.buyer(siret="73282932000074")),
    "invoice_seller_tax_number_missing": lambda: valid.document(seller=valid.seller(tax_number="")),
    "invoice_seller_vat_number_missing": lambda: with_line(vat=valid.TAXED),
    "invoice_endpoint_missing": lambda: valid.document(buyer=valid.buyer(endpoint=None)),
    "invoice_endpoint_foreign": lambda: valid.document(
        buyer=valid.buyer(endpoint=Endpoint(value="732829320")), treatment=Treatment.B2B
    ),
    "invoice_payer_needs_extended": lambda: valid.document(payer=valid.buyer()),
    "invoice_without_lines": lambda: valid.document(lines=()),
    "invoice_line_label_missing": lambda: with_line(label=""),
    "invoice_quantity_zero": lambda: with_line(quantity="0"),
    "invoice_quantity_too_fine": lambda: with_line(quantity="7.00001"),
    "invoice_price_too_fine": lambda: with_line(price="0.00001"),
    "invoice_price_negative": lambda: valid.document(lines=(valid.line(), valid.line(2, "1", "-5"))),
    "invoice_line_amount_wrong": lambda: unpriced(net=Money(85_751)),
    "invoice_vat_rate_unknown": lambda: valid.document(
        seller=valid.with_vat(), lines=(valid.line(vat=replace(valid.TAXED, rate=Decimal(21))),)
    ),
    "invoice_vat_category_and_rate": lambda: with_line(vat=replace(valid.exempt(), rate=Decimal(20))),
    "invoice_exemption_missing": lambda: with_line(vat=Vat(category=VatCategory.EXEMPT, rate=Decimal(0))),
    "invoice_two_exemptions": lambda: valid.document(
        lines=(valid.line(), valid.line(2, vat=valid.exempt("VATEX-FR-FRANCHISE")))
    ),
    "invoice_vat_breakdown_wrong": lambda: replace(valid.document(), groups=()),
    "invoice_totals_wrong": lambda: replace(
        valid.document(), totals=replace(valid.document().totals, due=Money(85_749))
    ),
    "invoice_total_negative": lambda: valid.document(prepaid=Money(90_000)),
    "invoice_paid_yet_due": lambda: valid.document(process=Process.SERVICES_PAID),
    "invoice_adjustment_incomplete": lambda: valid.document(adjustments=(Adjustment(amount=Money(100), reason=""),)),
    "invoice_mention_not_once": lambda: valid.document(
        notes=(*valid.document().notes, Note(text="Pas d’escompte.", subject=NoteSubject.DISCOUNT))
    ),
    "invoice_origin_missing": lambda: valid.document(type=DocumentType.CREDIT_NOTE),
    "invoice_deposit_is_not_final": lambda: valid.document(type=DocumentType.DEPOSIT, process=Process.SERVICES_FINAL),
    "invoice_final_without_deposit": lambda: valid.document(process=Process.SERVICES_FINAL),
    "invoice_deductions_wrong": lambda: valid.document(
        prepaid=Money(100), deductions=(Deduction(label="Acompte", amount=Money(99)),)
    ),
    "invoice_schedule_wrong": lambda: valid.document(
        schedule=(Instalment(due_on=date(2026, 4, 1), amount=Money(85_749)),)
    ),
    "invoice_schedule_unordered": lambda: valid.document(
        schedule=(Instalment(due_on=date(2026, 4, 2), amount=Money(85_750)),)
    ),
    "invoice_scope_mixed": lambda: valid.document(lines=(valid.line(), valid.line(2, vat=OUT_OF_SCOPE))),
    "invoice_scope_with_vat_number": lambda: valid.document(
        seller=valid.with_vat(), lines=(valid.line(vat=OUT_OF_SCOPE),)
    ),
    "invoice_attachment_name": lambda: attached(name="a/b.pdf"),
    "invoice_attachment_twice": lambda: attached(name="FACTUR-X.xml"),
    "invoice_attachment_empty": lambda: attached(content=b""),
    "invoice_attachment_kind": lambda: attached(media_type="text/html"),
    "invoice_iban_missing": lambda: valid.document(payment=Payment()),
    "invoice_iban_malformed": lambda: valid.document(payment=Payment(iban="FR7630006000011234567890188")),
    "invoice_character_unprintable": lambda: valid.document(buyer=valid.buyer(name="Fonds 学")),
}


@pytest.mark.parametrize(("code", "make"), WRONG.items(), ids=WRONG.keys())
def test_a_wrong_document_is_refused_for_its_own_reason(
    code: str, make: Callable[[], Document], renderer: Renderer
) -> None:
    wrong = make()
    assert [finding.code for finding in findings_of(wrong)] == [code]
    with pytest.raises(InvalidInvoice) as refusal:
        renderer.render(wrong)
    assert [finding.code for finding in refusal.value.findings] == [code]


def test_every_finding_comes_at_once_with_its_place() -> None:
    wrong = valid.document(
        number="",
        seller=valid.seller(tax_number=""),
        lines=(valid.line(label=""), valid.line(2, period=INVERTED)),
        payment=Payment(),
    )
    assert {(finding.code, finding.where) for finding in findings_of(wrong)} == {
        ("invoice_number_missing", ""),
        ("invoice_seller_tax_number_missing", "Vendeur"),
        ("invoice_line_label_missing", "Ligne 1"),
        ("invoice_period_inverted", "Ligne 2"),
        ("invoice_iban_missing", ""),
    }


def test_a_corrective_invoice_corrects_exactly_one() -> None:
    two = tuple(Preceding(number=f"FA-{index}", issue_on=date(2026, 1, index)) for index in (1, 2))
    wrong = valid.document(type=DocumentType.CORRECTIVE, preceding=two)
    assert [finding.code for finding in findings_of(wrong)] == ["invoice_origin_missing"]


def test_a_finding_never_shows_an_iban_or_a_name() -> None:
    wrong = valid.document(
        payment=Payment(iban="FR7630006000011234567890188"), learners=("DURAND 学",), buyer=valid.buyer(siret="1")
    )
    shown = " ".join(f"{finding.where} {dict(finding.values)}" for finding in findings_of(wrong))
    assert "7890188" not in shown
    assert "DURAND" not in shown


def test_no_number_is_wanted_while_a_preflight_is_asked(renderer: Renderer) -> None:
    assert renderer.check(valid.document(number=""), numbered=False) == ()


def test_an_xml_that_breaks_the_official_schema_is_told_with_its_place(renderer: Renderer) -> None:
    xml = write_xml(valid.document()).replace(b"<ram:TypeCode>380</ram:TypeCode>", b"")
    (finding,) = renderer._schemas.check(xml, valid.document().profile)  # no public door takes an XML yet
    assert finding.code == "invoice_xml_against_schema"
    assert finding.where == "CrossIndustryInvoice/ExchangedDocument/IssueDateTime"


@pytest.mark.parametrize(
    "xml",
    [b"", b"<a>", b"\xff\xfe", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", b"<a>" * 5000],
    ids=["empty", "cut", "not XML", "entities", "deep"],
)
def test_an_xml_of_nobody_gives_findings_and_no_failure(xml: bytes, renderer: Renderer) -> None:
    findings = renderer._schemas.check(xml, valid.document().profile)
    assert {finding.code for finding in findings} <= {"invoice_xml_unreadable", "invoice_xml_against_schema"}
    assert findings


def test_a_built_document_is_recomputed_whole() -> None:
    assert build(replace(valid.document(), groups=(), totals=replace(valid.document().totals, net=Money(1)))) == (
        valid.document()
    )
