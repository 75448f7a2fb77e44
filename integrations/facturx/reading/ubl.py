"""UBL 2.1 (Invoice and CreditNote, as EN 16931 uses them) into raw facts. Source: the EN 16931 binding (documented).

The French notes carry their subject as `#PMT#text` at the head of `cbc:Note` (documented, BR-FR rules for UBL).
"""

import re

from lxml import etree

from integrations.facturx.reading.facts import (
    RawAdjustment,
    RawAttachment,
    RawDocument,
    RawGroup,
    RawLine,
    RawParty,
    RawTotals,
    RawVat,
)
from integrations.facturx.reading.flavours import Flavour, Syntax
from integrations.facturx.reading.walk import Walk

_SUBJECT = re.compile(r"^#([A-Z]{3})#\s*(.*)$", re.DOTALL)
_DUE_CODES = {"3": "5", "35": "29", "432": "72"}
"""BT-8 in UBL (UNTDID 2005) to the code of CII (UNTDID 2475)."""


def read_ubl(root: etree._Element, flavour: Flavour) -> RawDocument:
    """Read a whole invoice or credit note."""
    walk = Walk(root)
    credit = flavour.syntax is Syntax.UBL_CREDIT_NOTE
    raw = RawDocument(flavour=flavour)
    walk.text(root, "CustomizationID")
    raw.process = walk.text(root, "ProfileID")
    raw.number, raw.issue = walk.text(root, "ID"), walk.text(root, "IssueDate")
    raw.type = walk.text(root, "CreditNoteTypeCode" if credit else "InvoiceTypeCode")
    raw.due = walk.text(root, "PaymentMeans/PaymentDueDate" if credit else "DueDate")
    raw.currency = walk.text(root, "DocumentCurrencyCode")
    for note in walk.every(root, "Note"):
        text = walk.read(note)
        found = _SUBJECT.match(text)
        raw.notes.append((found.group(1), found.group(2).strip()) if found else ("", text))
    _references(walk, raw, root)
    raw.seller = _party(walk, walk.one(root, "AccountingSupplierParty/Party"))
    raw.buyer = _party(walk, walk.one(root, "AccountingCustomerParty/Party"))
    payee = walk.one(root, "PayeeParty")
    raw.payee = _party(walk, payee) if payee is not None else None
    _payment(walk, raw, root)
    raw.delivered = walk.text(root, "Delivery/ActualDeliveryDate")
    raw.starts, raw.ends = _period(walk, root)
    code = walk.text(root, "InvoicePeriod/DescriptionCode")
    raw.vat_due_code = _DUE_CODES.get(code, code)
    raw.adjustments = [_adjustment(walk, item) for item in walk.every(root, "AllowanceCharge")]
    _amounts(walk, raw, root)
    raw.lines = [_line(walk, item) for item in walk.every(root, "CreditNoteLine" if credit else "InvoiceLine")]
    raw.unread = list(walk.unread())
    return raw


def _references(walk: Walk, raw: RawDocument, root: etree._Element) -> None:
    raw.service_code = walk.text(root, "BuyerReference")
    raw.engagement = walk.text(root, "OrderReference/ID")
    raw.contract = walk.text(root, "ContractDocumentReference/ID")
    raw.project = walk.text(root, "ProjectReference/ID")
    for document in walk.every(root, "AdditionalDocumentReference"):
        content = walk.one(document, "Attachment/EmbeddedDocumentBinaryObject")
        if (document.findtext("{*}DocumentTypeCode") or "").strip() == "130" and not raw.dossier:
            walk.text(document, "DocumentTypeCode")
            raw.dossier = walk.text(document, "ID")
        elif content is not None:
            walk.text(document, "ID")
            raw.attachments.append(
                RawAttachment(
                    kind=walk.text(document, "DocumentDescription"),
                    name=str(content.get("filename", "")),
                    media_type=str(content.get("mimeCode", "")),
                    content=walk.read(content),
                )
            )
    for reference in walk.every(root, "BillingReference/InvoiceDocumentReference"):
        raw.preceding.append((walk.text(reference, "ID"), walk.text(reference, "IssueDate")))


def _payment(walk: Walk, raw: RawDocument, root: etree._Element) -> None:
    means = walk.one(root, "PaymentMeans")
    raw.payment_means = walk.text(means, "PaymentMeansCode")
    raw.payment_reference = walk.text(means, "PaymentID")
    raw.iban = walk.text(means, "PayeeFinancialAccount/ID")
    raw.account_name = walk.text(means, "PayeeFinancialAccount/Name")
    raw.bic = walk.text(means, "PayeeFinancialAccount/FinancialInstitutionBranch/ID")
    raw.terms = walk.text(root, "PaymentTerms/Note")


def _amounts(walk: Walk, raw: RawDocument, root: etree._Element) -> None:
    vat = ""
    for total in walk.every(root, "TaxTotal"):
        amount = walk.one(total, "TaxAmount")
        if amount is None or str(amount.get("currencyID", raw.currency)) != raw.currency or vat:
            continue
        vat = walk.read(amount)
        for part in walk.every(total, "TaxSubtotal"):
            raw.groups.append(
                RawGroup(
                    vat=_vat(walk, walk.one(part, "TaxCategory")),
                    basis=walk.text(part, "TaxableAmount"),
                    tax=walk.text(part, "TaxAmount"),
                )
            )
    sums = walk.one(root, "LegalMonetaryTotal")
    raw.totals = RawTotals(
        lines=walk.text(sums, "LineExtensionAmount"),
        allowances=walk.text(sums, "AllowanceTotalAmount"),
        charges=walk.text(sums, "ChargeTotalAmount"),
        net=walk.text(sums, "TaxExclusiveAmount"),
        vat=vat,
        gross=walk.text(sums, "TaxInclusiveAmount"),
        prepaid=walk.text(sums, "PrepaidAmount"),
        rounding=walk.text(sums, "PayableRoundingAmount"),
        due=walk.text(sums, "PayableAmount"),
    )


def _line(walk: Walk, item: etree._Element) -> RawLine:
    product = walk.one(item, "Item")
    quantity = walk.one(item, "InvoicedQuantity")
    if quantity is None:
        quantity = walk.one(item, "CreditedQuantity")
    starts, ends = _period(walk, item)
    walk.text(item, "DocumentReference/DocumentTypeCode")
    return RawLine(
        number=walk.text(item, "ID"),
        label=walk.text(product, "Name"),
        description=walk.text(product, "Description"),
        quantity=walk.read(quantity) if quantity is not None else "",
        unit=str(quantity.get("unitCode", "")) if quantity is not None else "",
        price=walk.text(item, "Price/PriceAmount"),
        base_quantity=walk.text(item, "Price/BaseQuantity"),
        net=walk.text(item, "LineExtensionAmount"),
        vat=_vat(walk, walk.one(product, "ClassifiedTaxCategory")),
        dossier=walk.text(item, "DocumentReference/ID"),
        order_line=walk.text(item, "OrderLineReference/LineID"),
        starts=starts,
        ends=ends,
        adjustments=[_adjustment(walk, one) for one in walk.every(item, "AllowanceCharge")],
        attributes=[
            (walk.text(one, "Name"), walk.text(one, "Value")) for one in walk.every(product, "AdditionalItemProperty")
        ],
    )


def _party(walk: Walk, party: etree._Element | None) -> RawParty:
    legal = walk.one(party, "PartyLegalEntity")
    raw = RawParty(name=walk.text(legal, "RegistrationName") or walk.text(party, "PartyName/Name"))
    raw.legal = walk.text(legal, "CompanyLegalForm")
    company = walk.one(legal, "CompanyID")
    if company is not None:
        raw.siren, raw.siren_scheme = walk.read(company), str(company.get("schemeID", ""))
    for element in walk.every(party, "PartyIdentification/ID"):
        raw.ids.append((str(element.get("schemeID", "")), walk.read(element)))
    for scheme in walk.every(party, "PartyTaxScheme"):
        kind = walk.text(scheme, "TaxScheme/ID")
        number = walk.text(scheme, "CompanyID")
        if kind == "VAT":
            raw.vat_number = raw.vat_number or number
        else:
            raw.tax_number = raw.tax_number or number
    address = walk.one(party, "PostalAddress")
    raw.line, raw.postcode = walk.text(address, "StreetName"), walk.text(address, "PostalZone")
    raw.city, raw.country = walk.text(address, "CityName"), walk.text(address, "Country/IdentificationCode")
    endpoint = walk.one(party, "EndpointID")
    if endpoint is not None:
        raw.endpoint, raw.endpoint_scheme = walk.read(endpoint), str(endpoint.get("schemeID", ""))
    raw.contact = walk.text(party, "Contact/Name")
    raw.phone = walk.text(party, "Contact/Telephone")
    raw.email = walk.text(party, "Contact/ElectronicMail")
    return raw


def _vat(walk: Walk, category: etree._Element | None) -> RawVat:
    walk.text(category, "TaxScheme/ID")
    return RawVat(
        category=walk.text(category, "ID"),
        rate=walk.text(category, "Percent"),
        exemption_code=walk.text(category, "TaxExemptionReasonCode"),
        exemption_text=walk.text(category, "TaxExemptionReason"),
    )


def _adjustment(walk: Walk, item: etree._Element) -> RawAdjustment:
    category = walk.one(item, "TaxCategory")
    return RawAdjustment(
        is_charge=walk.text(item, "ChargeIndicator") in {"true", "1"},
        amount=walk.text(item, "Amount"),
        base=walk.text(item, "BaseAmount"),
        percent=walk.text(item, "MultiplierFactorNumeric"),
        reason=walk.text(item, "AllowanceChargeReason"),
        vat=_vat(walk, category) if category is not None else None,
    )


def _period(walk: Walk, at: etree._Element | None) -> tuple[str, str]:
    return walk.text(at, "InvoicePeriod/StartDate"), walk.text(at, "InvoicePeriod/EndDate")
