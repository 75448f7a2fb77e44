"""From a claim to its document, and everything that is said before a number is taken."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from billing.claim import Claim, ClaimKind, ClaimLine, ClaimRole
from billing.errors import InvalidInvoice
from billing.identity import Iban, Siret
from billing.invoice_facts import DocumentMaker, InvoiceFacts
from billing.money import Money
from billing.party import Address, FunderClass, VatRegime
from integrations.facturx.document import DocumentType, Endpoint, Preceding, References, Treatment, VatCategory
from integrations.facturx.facts import document_of
from integrations.facturx.maker import FacturxDocuments, Renderer
from integrations.facturx.schematron import Schematrons
from integrations.facturx.xml import write_xml
from tests.builders import (
    a_bank_account,
    a_claim,
    a_claim_line,
    a_funder,
    a_session,
    a_site,
    an_action,
    an_agreement,
    an_organisation,
)

PERIOD: dict[str, Any] = {"period_starts_on": date(2026, 9, 14), "period_ends_on": date(2026, 9, 15)}


def facts(claim: Claim | None = None, lines: tuple[ClaimLine, ...] | None = None, **changes: Any) -> InvoiceFacts:
    claim = claim or a_claim(**PERIOD)
    made = InvoiceFacts(
        claim=claim,
        lines=(a_claim_line(claim),) if lines is None else lines,
        organisation=an_organisation(nda_region="Île-de-France", legal_mentions="SAS au capital de 1 000 €"),
        site=a_site(),
        account=a_bank_account(),
        funder=a_funder(),
        agreement=an_agreement(),
        session=a_session(),
        action=an_action(),
        learners=("DURAND Élodie",),
        penalty_rate="trois fois le taux d’intérêt légal",
    )
    return replace(made, **changes)


@pytest.fixture(scope="module")
def maker(renderer: Renderer) -> DocumentMaker:
    return FacturxDocuments(renderer)


def codes(maker: DocumentMaker, wrong: InvoiceFacts) -> list[str]:
    return [finding.code for finding in maker.preflight(wrong)]


def test_a_claim_gives_its_document() -> None:
    made = document_of(facts())
    assert (made.number, made.type, made.issue_on, made.due_on) == (
        "FA-2026-00001",
        DocumentType.INVOICE,
        date(2026, 9, 16),
        date(2026, 10, 16),
    )
    assert (made.totals.net, made.totals.vat, made.totals.due) == (Money(140_000), Money(0), Money(140_000))
    assert made.references == References(dossier="DOS-001", training="Bureautique – session S1")
    assert (made.seller.siren, made.seller.siret, made.seller.tax_number) == (
        "732829320",
        "73282932000074",
        "732829320",
    )
    assert (made.buyer.siret, made.buyer.endpoint) == ("55208131766522", Endpoint(value="552081317"))
    assert made.treatment is Treatment.OUT_OF_SCOPE
    (line,) = made.lines
    assert (line.description, line.dossier) == ("Stagiaire : DURAND Élodie – Dossier DOS-001", "DOS-001")
    assert (line.vat.category, line.vat.exemption_code) == (VatCategory.EXEMPT, "VATEX-FR-CGI261-4")


def test_a_valid_claim_passes_its_preflight_with_and_without_number(maker: DocumentMaker) -> None:
    assert maker.preflight(facts()) == ()
    assert maker.preflight(facts(a_claim(None, **PERIOD))) == ()


def test_a_rendered_claim_passes_the_official_rule_books(maker: DocumentMaker, official: Schematrons) -> None:
    assert maker.render(facts())[:8] == b"%PDF-1.7"
    made = document_of(facts())
    assert official.check(write_xml(made), made.profile) == ()


def test_a_credit_note_cites_the_invoice_and_asks_for_nothing(maker: DocumentMaker) -> None:
    note = a_claim("AV-2026-00001", kind=ClaimKind.CREDIT_NOTE, due_on=None)
    given = facts(note, origin_number="FA-2026-00001", origin_issue_on=date(2026, 9, 16))
    assert maker.preflight(given) == ()
    made = document_of(given)
    assert (made.type, made.due_on) == (DocumentType.CREDIT_NOTE, None)
    assert made.preceding == (Preceding(number="FA-2026-00001", issue_on=date(2026, 9, 16)),)
    assert codes(maker, replace(given, origin_number="")) == ["invoice_origin_missing"]


def test_a_deposit_is_a_386() -> None:
    assert document_of(facts(a_claim(role=ClaimRole.DEPOSIT, **PERIOD))).type is DocumentType.DEPOSIT


def test_a_taxed_person_pays_by_b2c(maker: DocumentMaker) -> None:
    claim = a_claim(net=Money(10_000), vat=Money(2_000), gross=Money(12_000), **PERIOD)
    line = a_claim_line(
        claim, vat_rate=Decimal(20), vat=Money(2_000), gross=Money(12_000), exemption_code="", taxable=True
    )
    organisation = an_organisation(vat_regime=VatRegime.STANDARD, vat_number="FR44732829320")
    someone = a_funder(
        funder_class=FunderClass.PERSON, siret=None, name="Camille Martin", email="camille@courriel.example"
    )
    given = facts(claim, (line,), organisation=organisation, funder=someone, agreement=None)
    assert maker.preflight(given) == ()
    made = document_of(given)
    assert made.treatment is Treatment.B2C
    assert made.buyer.endpoint == Endpoint(value="camille@courriel.example", scheme="EM")
    assert made.totals.gross == Money(12_000)


def test_a_person_without_e_mail_is_served_at_the_sellers_address(maker: DocumentMaker) -> None:
    given = facts(funder=a_funder(funder_class=FunderClass.PERSON, siret=None))
    assert document_of(given).buyer.endpoint == Endpoint(value="732829320")
    assert maker.preflight(given) == ()


def test_the_establishment_named_by_the_agreement_is_invoiced() -> None:
    given = facts(agreement=an_agreement(payer_siret="404 833 048 00022"))
    assert document_of(given).buyer.siret == "40483304800022"


def test_blanks_line_breaks_and_split_accents_are_tidied() -> None:
    made = document_of(facts(learners=("DURAND\u00a0 E\u0301lodie\n",), agreement=an_agreement(" DOS\t001 ")))
    assert made.learners == ("DURAND Élodie",)
    assert made.references.dossier == "DOS 001"


PUBLIC = a_funder(funder_class=FunderClass.REGION, requires_engagement=True, requires_service_code=True)

BLOCKED = {
    "no line": (facts(lines=()), ["invoice_without_lines"]),
    "no bank account": (facts(account=None), ["invoice_iban_missing"]),
    "no declaration of activity": (facts(organisation=an_organisation(nda=None)), ["invoice_nda_missing"]),
    "no VAT number though taxed": (
        facts(organisation=an_organisation(vat_regime=VatRegime.STANDARD)),
        ["invoice_seller_tax_number_missing"],
    ),
    "a payer's SIRET that is wrong": (
        facts(funder=a_funder(siret=None, siret_as_given="55208131766523")),
        ["invoice_siret_malformed"],
    ),
    "an agreement's SIRET that is wrong": (
        facts(agreement=an_agreement(payer_siret="123")),
        ["invoice_siret_malformed"],
    ),
    "a payer's SIRET that is unknown": (facts(funder=a_funder(siret=None)), ["invoice_buyer_siret_missing"]),
    "a payer's address that is unknown": (facts(funder=a_funder(address=Address())), ["invoice_address_missing"]),
    "no engagement nor service": (
        facts(funder=PUBLIC),
        ["invoice_engagement_missing", "invoice_service_code_missing"],
    ),
    "no dossier number": (facts(agreement=an_agreement(" ")), ["invoice_dossier_missing"]),
    "a number too long for the State": (
        facts(a_claim("FORMATION-2026-000001", **PERIOD), funder=a_funder(funder_class=FunderClass.STATE)),
        ["invoice_number_too_long_for_public"],
    ),
    "a period that ends before it starts": (
        facts(a_claim(period_starts_on=date(2026, 9, 15), period_ends_on=date(2026, 9, 14))),
        ["invoice_period_inverted", "invoice_period_inverted"],
    ),
    "a due date before the issue": (facts(a_claim(due_on=date(2026, 9, 15))), ["invoice_due_before_issue"]),
    "hours × price that do not give the line": (
        facts(lines=(a_claim_line(quantity=Decimal(14), unit="HUR", unit_price=Decimal("100.01")),)),
        ["invoice_line_amount_wrong"],
    ),
    "lines that do not give the claim": (
        facts(lines=(a_claim_line(net=Money(139_999), unit_price=Decimal("1399.99")),)),
        ["invoice_differs_from_claim"],
    ),
    "an exemption that nobody knows": (
        facts(lines=(a_claim_line(exemption_code=""),)),
        ["invoice_exemption_missing"],
    ),
    "a name that cannot be printed": (facts(learners=("DURAND 学",)), ["invoice_character_unprintable"]),
}


@pytest.mark.parametrize(("wrong", "expected"), BLOCKED.values(), ids=BLOCKED.keys())
def test_what_is_wrong_is_said_before_a_number_is_taken(
    wrong: InvoiceFacts, expected: list[str], maker: DocumentMaker
) -> None:
    draft = wrong if "too_long" in expected[0] else replace(wrong, claim=replace(wrong.claim, number=None))
    assert codes(maker, draft) == expected
    with pytest.raises(InvalidInvoice):
        maker.render(wrong)


def test_everything_is_said_at_once(maker: DocumentMaker) -> None:
    wrong = facts(
        a_claim(None, due_on=date(2026, 9, 1)),
        account=None,
        funder=replace(PUBLIC, siret=None, siret_as_given="12"),
        organisation=an_organisation(nda=None),
    )
    assert set(codes(maker, wrong)) == {
        "invoice_nda_missing",
        "invoice_siret_malformed",
        "invoice_engagement_missing",
        "invoice_service_code_missing",
        "invoice_due_before_issue",
        "invoice_iban_missing",
    }


def test_the_same_facts_give_the_same_bytes_in_another_program() -> None:
    first, second = (FacturxDocuments(Renderer()).render(facts()) for _ in range(2))
    assert first == second


def test_a_site_of_somebody_else_is_not_shown_as_ours() -> None:
    given = facts(site=a_site(siret=Siret("55208131766522")))
    assert document_of(given).seller.siret == ""


def test_the_account_is_shown_whole_to_the_payer() -> None:
    account = a_bank_account(bic="AGRI FRPP")
    made = document_of(facts(account=replace(account, iban=Iban("FR1420041010050500013M02606"))))
    assert (made.payment.iban, made.payment.bic) == ("FR1420041010050500013M02606", "AGRIFRPP")
