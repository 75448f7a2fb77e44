"""The CII XML of a document (Factur-X 1.09, UN/CEFACT D22B), written as text in the order of the schema.

Text is faster than a tree by an order of magnitude; the schema check that follows every writing proves the
structure. Empty values write nothing. Source: the XSD of each profile (documented). Read by nobody but tests:
received files go through `read.py`.
"""

import base64
from datetime import date
from decimal import Decimal
from xml.sax.saxutils import escape, quoteattr

from billing.money import Money
from billing.party import Address
from integrations.facturx.document import (
    Adjustment,
    Attachment,
    Document,
    Endpoint,
    Instalment,
    Line,
    Party,
    Payment,
    Period,
    Preceding,
    Profile,
    Vat,
    VatGroup,
)
from integrations.facturx.printing import tidy

_OPENING = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    "<rsm:CrossIndustryInvoice"
    ' xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"'
    ' xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"'
    ' xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"'
    ' xmlns:qdt="urn:un:unece:uncefact:data:standard:QualifiedDataType:100">'
)


def write_xml(document: Document) -> bytes:
    """Write a built document as UTF-8 XML; the same document gives the same bytes."""
    context = _tag("BusinessProcessSpecifiedDocumentContextParameter", _text("ID", document.process)) + _tag(
        "GuidelineSpecifiedDocumentContextParameter", _text("ID", document.profile)
    )
    body = (
        f"<rsm:ExchangedDocumentContext>{context}</rsm:ExchangedDocumentContext>"
        f"<rsm:ExchangedDocument>{_header(document)}</rsm:ExchangedDocument>"
        f"<rsm:SupplyChainTradeTransaction>{''.join(_line(line, document.profile) for line in document.lines)}"
        f"{_agreement(document)}{_delivery(document)}{_settlement(document)}</rsm:SupplyChainTradeTransaction>"
    )
    return f"{_OPENING}{body}</rsm:CrossIndustryInvoice>".encode()


def number_text(value: Decimal) -> str:
    """Write a number without exponent, without idle zeros after the point, never `-0`."""
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", ""} else text


def rate_text(rate: Decimal) -> str:
    """Write a rate in its one spelling: two decimals, the same in lines and breakdown (BR-S-08, BR-FR-16)."""
    return format(rate.quantize(Decimal("0.01")), "f")


def _header(document: Document) -> str:
    notes = [(note.text, str(note.subject)) for note in document.notes]
    if document.treatment is not None:
        notes.append((document.treatment, "BAR"))
    return (
        _text("ID", document.number)
        + _text("TypeCode", document.type)
        + _moment("IssueDateTime", document.issue_on)
        + "".join(_tag("IncludedNote", _text("Content", text) + _text("SubjectCode", code)) for text, code in notes)
    )


def _line(line: Line, profile: Profile) -> str:
    product = (
        _text("Name", line.label)
        + _text("Description", line.description)
        + "".join(
            _tag("ApplicableProductCharacteristic", _text("Description", name) + _text("Value", value))
            for name, value in line.attributes
        )
    )
    agreement = _tag("BuyerOrderReferencedDocument", _text("LineID", line.order_line)) + _tag(
        "NetPriceProductTradePrice", _text("ChargeAmount", number_text(line.unit_price))
    )
    settlement = (
        _tag("ApplicableTradeTax", _vat(line.vat, profile))
        + _period(line.period)
        + "".join(_adjustment(item) for item in line.adjustments)
        + _tag("SpecifiedTradeSettlementLineMonetarySummation", _amount("LineTotalAmount", line.net))
        + _object_reference(line.dossier)
    )
    return _tag(
        "IncludedSupplyChainTradeLineItem",
        _tag("AssociatedDocumentLineDocument", _text("LineID", line.number))
        + _tag("SpecifiedTradeProduct", product)
        + _tag("SpecifiedLineTradeAgreement", agreement)
        + _tag(
            "SpecifiedLineTradeDelivery",
            _text("BilledQuantity", number_text(line.quantity), f" unitCode={quoteattr(line.unit)}"),
        )
        + _tag("SpecifiedLineTradeSettlement", settlement),
    )


def _agreement(document: Document) -> str:
    references = document.references
    project = references.project and _text("ID", references.project) + _text(
        "Name", references.project_name or references.project
    )
    return _tag(
        "ApplicableHeaderTradeAgreement",
        _text("BuyerReference", references.service_code)
        + _tag("SellerTradeParty", _party(document.seller, is_seller=True))
        + _tag("BuyerTradeParty", _party(document.buyer))
        + _tag("BuyerOrderReferencedDocument", _text("IssuerAssignedID", references.engagement))
        + _tag("ContractReferencedDocument", _text("IssuerAssignedID", references.contract))
        + _object_reference(references.dossier)
        + "".join(_attachment(index, item) for index, item in enumerate(document.attachments, start=1))
        + _tag("SpecifiedProcuringProject", project),
    )


def _delivery(document: Document) -> str:
    event = document.delivered_on and _moment("OccurrenceDateTime", document.delivered_on)
    delivered = _tag("ActualDeliverySupplyChainEvent", event or "")
    return f"<ram:ApplicableHeaderTradeDelivery>{delivered}</ram:ApplicableHeaderTradeDelivery>"


def _settlement(document: Document) -> str:
    payer = document.payer if document.profile is Profile.EXTENDED else None
    terms = _text("Description", " ".join(filter(None, (document.payment.terms, _schedule(document.schedule))))) + (
        _moment("DueDateDateTime", document.due_on) if document.due_on else ""
    )
    return _tag(
        "ApplicableHeaderTradeSettlement",
        _text("PaymentReference", document.payment.reference)
        + _text("InvoiceCurrencyCode", "EUR")
        + (_tag("PayeeTradeParty", _payee(document.payee)) if document.payee else "")
        + (_tag("PayerTradeParty", _party(payer)) if payer else "")
        + _means(document.payment)
        + "".join(_group(group, document.vat_due_code) for group in document.groups)
        + _period(document.period)
        + "".join(_adjustment(item) for item in document.adjustments)
        + _tag("SpecifiedTradePaymentTerms", terms)
        + _summation(document)
        + "".join(_preceding(item) for item in document.preceding),
    )


def _schedule(schedule: tuple[Instalment, ...]) -> str:
    """Say in words (BT-20) on which day which part is payable: the norm has one due date alone."""
    parts = (
        f"{tidy(item.amount.french())} le {item.due_on:%d/%m/%Y}{f' ({item.label})' if item.label else ''}"
        for item in schedule
    )
    return f"Échéances : {' ; '.join(parts)}." if schedule else ""


def _summation(document: Document) -> str:
    totals = document.totals
    return _tag(
        "SpecifiedTradeSettlementHeaderMonetarySummation",
        _amount("LineTotalAmount", totals.lines)
        + (_amount("ChargeTotalAmount", totals.charges) if totals.charges else "")
        + (_amount("AllowanceTotalAmount", totals.allowances) if totals.allowances else "")
        + _amount("TaxBasisTotalAmount", totals.net)
        + _amount("TaxTotalAmount", totals.vat, ' currencyID="EUR"')
        + _amount("GrandTotalAmount", totals.gross)
        + (_amount("TotalPrepaidAmount", totals.prepaid) if totals.prepaid else "")
        + _amount("DuePayableAmount", totals.due),
    )


def _party(party: Party, *, is_seller: bool = False) -> str:
    registrations = [(party.vat_number, "VA"), (party.tax_number if is_seller else "", "FC")]
    contact = (
        _text("PersonName", party.contact)
        + _tag("TelephoneUniversalCommunication", _text("CompleteNumber", party.phone))
        + _tag("EmailURIUniversalCommunication", _text("URIID", party.email))
    )
    return (
        _text("GlobalID", party.siret, ' schemeID="0009"')
        + _text("Name", party.name)
        + _text("Description", party.legal if is_seller else "")
        + _tag("SpecifiedLegalOrganization", _text("ID", party.siren, ' schemeID="0002"'))
        + _tag("DefinedTradeContact", contact)
        + _tag("PostalTradeAddress", _address(party.address))
        + _endpoint(party.endpoint)
        + "".join(
            _tag("SpecifiedTaxRegistration", _text("ID", number, f' schemeID="{scheme}"'))
            for number, scheme in registrations
        )
    )


def _payee(party: Party) -> str:
    return (
        _text("GlobalID", party.siret, ' schemeID="0009"')
        + _text("Name", party.name)
        + _tag("SpecifiedLegalOrganization", _text("ID", party.siren, ' schemeID="0002"'))
    )


def _address(address: Address) -> str:
    return (
        _text("PostcodeCode", address.postcode)
        + _text("LineOne", address.line)
        + _text("CityName", address.city)
        + _text("CountryID", address.country)
    )


def _endpoint(endpoint: Endpoint | None) -> str:
    if endpoint is None:
        return ""
    return _tag("URIUniversalCommunication", _text("URIID", endpoint.value, f" schemeID={quoteattr(endpoint.scheme)}"))


def _means(payment: Payment) -> str:
    if not payment.iban:
        return ""
    account = _text("IBANID", payment.iban) + _text("AccountName", payment.account_name)
    return _tag(
        "SpecifiedTradeSettlementPaymentMeans",
        _text("TypeCode", payment.means)
        + _tag("PayeePartyCreditorFinancialAccount", account)
        + _tag("PayeeSpecifiedCreditorFinancialInstitution", _text("BICID", payment.bic)),
    )


def _vat(vat: Vat, profile: Profile = Profile.EN16931) -> str:
    extended = profile is Profile.EXTENDED  # it alone wants the reason on each line (BR-FXEXT-E-08)
    return (
        _text("TypeCode", "VAT")
        + _text("ExemptionReason", vat.exemption_text if extended else "")
        + _text("CategoryCode", vat.category)
        + _text("ExemptionReasonCode", vat.exemption_code if extended else "")
        + _rate(vat)
    )


def _group(group: VatGroup, due_code: str) -> str:
    vat = group.vat
    return _tag(
        "ApplicableTradeTax",
        _amount("CalculatedAmount", group.tax)
        + _text("TypeCode", "VAT")
        + _text("ExemptionReason", vat.exemption_text)
        + _amount("BasisAmount", group.basis)
        + _text("CategoryCode", vat.category)
        + _text("ExemptionReasonCode", vat.exemption_code)
        + _text("DueDateTypeCode", due_code)
        + _rate(vat),
    )


def _rate(vat: Vat) -> str:
    return "" if vat.category == "O" else _text("RateApplicablePercent", rate_text(vat.rate))


def _adjustment(item: Adjustment) -> str:
    return _tag(
        "SpecifiedTradeAllowanceCharge",
        _tag("ChargeIndicator", f"<udt:Indicator>{'true' if item.is_charge else 'false'}</udt:Indicator>")
        + _amount("ActualAmount", item.amount)
        + _text("Reason", item.reason)
        + (_tag("CategoryTradeTax", _vat(item.vat)) if item.vat else ""),
    )


def _object_reference(reference: str) -> str:
    return _tag(
        "AdditionalReferencedDocument",
        reference and _text("IssuerAssignedID", reference) + _text("TypeCode", "130"),
    )


def _attachment(index: int, item: Attachment) -> str:
    names = f" mimeCode={quoteattr(item.media_type)} filename={quoteattr(item.name)}"
    return _tag(
        "AdditionalReferencedDocument",
        _text("IssuerAssignedID", str(index))
        + _text("TypeCode", "916")
        + _text("Name", item.kind)
        + _text("AttachmentBinaryObject", base64.b64encode(item.content).decode("ascii"), names),
    )


def _preceding(item: Preceding) -> str:
    day = f'<qdt:DateTimeString format="102">{item.issue_on:%Y%m%d}</qdt:DateTimeString>'
    return _tag(
        "InvoiceReferencedDocument", _text("IssuerAssignedID", item.number) + _tag("FormattedIssueDateTime", day)
    )


def _period(period: Period | None) -> str:
    if period is None:
        return ""
    return _tag(
        "BillingSpecifiedPeriod",
        _moment("StartDateTime", period.starts_on) + _moment("EndDateTime", period.ends_on),
    )


def _moment(name: str, day: date) -> str:
    return _tag(name, f'<udt:DateTimeString format="102">{day:%Y%m%d}</udt:DateTimeString>')


def _amount(name: str, amount: Money, attributes: str = "") -> str:
    return _text(name, format(amount.euros, "f"), attributes)


def _text(name: str, value: str, attributes: str = "") -> str:
    return _tag(name, escape(value), attributes)


def _tag(name: str, content: str, attributes: str = "") -> str:
    return f"<ram:{name}{attributes}>{content}</ram:{name}>" if content else ""
