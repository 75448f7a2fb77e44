"""CII (UN/CEFACT D22B, as Factur-X uses it) into raw facts. Source: the XSD of each profile (documented)."""

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
from integrations.facturx.reading.flavours import Flavour
from integrations.facturx.reading.walk import Walk

_ATTACHED, _OBJECT = "916", "130"


def read_cii(root: etree._Element, flavour: Flavour) -> RawDocument:
    """Read a whole CII."""
    walk = Walk(root)
    raw = RawDocument(flavour=flavour)
    walk.text(root, "ExchangedDocumentContext/GuidelineSpecifiedDocumentContextParameter/ID")
    raw.process = walk.text(root, "ExchangedDocumentContext/BusinessProcessSpecifiedDocumentContextParameter/ID")
    _header(walk, raw, walk.one(root, "ExchangedDocument"))
    trade = walk.one(root, "SupplyChainTradeTransaction")
    _agreement(walk, raw, walk.one(trade, "ApplicableHeaderTradeAgreement"))
    delivery = walk.one(trade, "ApplicableHeaderTradeDelivery")
    raw.delivered = walk.text(delivery, "ActualDeliverySupplyChainEvent/OccurrenceDateTime/DateTimeString")
    _settlement(walk, raw, walk.one(trade, "ApplicableHeaderTradeSettlement"))
    raw.lines = [_line(walk, item) for item in walk.every(trade, "IncludedSupplyChainTradeLineItem")]
    raw.unread = list(walk.unread())
    return raw


def _header(walk: Walk, raw: RawDocument, header: etree._Element | None) -> None:
    raw.number = walk.text(header, "ID")
    raw.type = walk.text(header, "TypeCode")
    raw.issue = walk.text(header, "IssueDateTime/DateTimeString")
    for note in walk.every(header, "IncludedNote"):
        raw.notes.append((walk.text(note, "SubjectCode"), walk.text(note, "Content")))


def _agreement(walk: Walk, raw: RawDocument, agreement: etree._Element | None) -> None:
    raw.service_code = walk.text(agreement, "BuyerReference")
    raw.seller = _party(walk, walk.one(agreement, "SellerTradeParty"))
    raw.buyer = _party(walk, walk.one(agreement, "BuyerTradeParty"))
    raw.engagement = walk.text(agreement, "BuyerOrderReferencedDocument/IssuerAssignedID")
    raw.contract = walk.text(agreement, "ContractReferencedDocument/IssuerAssignedID")
    for document in walk.every(agreement, "AdditionalReferencedDocument"):
        kind = (document.findtext("{*}TypeCode") or "").strip()
        content = walk.one(document, "AttachmentBinaryObject")
        if kind == _OBJECT and not raw.dossier:
            walk.text(document, "TypeCode")
            raw.dossier = walk.text(document, "IssuerAssignedID")
        elif kind == _ATTACHED and content is not None:
            walk.text(document, "TypeCode")
            walk.text(document, "IssuerAssignedID")
            raw.attachments.append(
                RawAttachment(
                    kind=walk.text(document, "Name"),
                    name=str(content.get("filename", "")),
                    media_type=str(content.get("mimeCode", "")),
                    content=walk.read(content),
                )
            )
    raw.project = walk.text(agreement, "SpecifiedProcuringProject/ID")
    raw.project_name = walk.text(agreement, "SpecifiedProcuringProject/Name")


def _settlement(walk: Walk, raw: RawDocument, settlement: etree._Element | None) -> None:
    raw.payment_reference = walk.text(settlement, "PaymentReference")
    raw.currency = walk.text(settlement, "InvoiceCurrencyCode")
    payee, payer = walk.one(settlement, "PayeeTradeParty"), walk.one(settlement, "PayerTradeParty")
    raw.payee = _party(walk, payee) if payee is not None else None
    raw.payer = _party(walk, payer) if payer is not None else None
    means = walk.one(settlement, "SpecifiedTradeSettlementPaymentMeans")
    raw.payment_means = walk.text(means, "TypeCode")
    raw.iban = walk.text(means, "PayeePartyCreditorFinancialAccount/IBANID")
    raw.account_name = walk.text(means, "PayeePartyCreditorFinancialAccount/AccountName")
    raw.bic = walk.text(means, "PayeeSpecifiedCreditorFinancialInstitution/BICID")
    for tax in walk.every(settlement, "ApplicableTradeTax"):
        group = RawGroup(
            vat=_vat(walk, tax), basis=walk.text(tax, "BasisAmount"), tax=walk.text(tax, "CalculatedAmount")
        )
        group.due_code = walk.text(tax, "DueDateTypeCode")
        raw.vat_due_code = raw.vat_due_code or group.due_code
        raw.groups.append(group)
    raw.starts, raw.ends = _period(walk, settlement)
    raw.adjustments = [_adjustment(walk, item) for item in walk.every(settlement, "SpecifiedTradeAllowanceCharge")]
    for item in walk.every(settlement, "SpecifiedLogisticsServiceCharge"):
        raw.adjustments.append(_logistics(walk, item))
    raw.due_is_plain = all(
        walk.one(settlement, name) is None for name in ("SpecifiedAdvancePayment", "SpecifiedFinancialAdjustment")
    )
    terms = walk.one(settlement, "SpecifiedTradePaymentTerms")
    raw.terms = walk.text(terms, "Description")
    raw.due = walk.text(terms, "DueDateDateTime/DateTimeString")
    raw.totals = _totals(walk, walk.one(settlement, "SpecifiedTradeSettlementHeaderMonetarySummation"), raw.currency)
    for document in walk.every(settlement, "InvoiceReferencedDocument"):
        day = walk.text(document, "FormattedIssueDateTime/DateTimeString")
        raw.preceding.append((walk.text(document, "IssuerAssignedID"), day))


def _totals(walk: Walk, sums: etree._Element | None, currency: str) -> RawTotals:
    vat = ""
    for element in walk.every(sums, "TaxTotalAmount"):
        if str(element.get("currencyID", currency)) == currency and not vat:
            vat = walk.read(element)
    return RawTotals(
        lines=walk.text(sums, "LineTotalAmount"),
        allowances=walk.text(sums, "AllowanceTotalAmount"),
        charges=walk.text(sums, "ChargeTotalAmount"),
        net=walk.text(sums, "TaxBasisTotalAmount"),
        vat=vat,
        gross=walk.text(sums, "GrandTotalAmount"),
        prepaid=walk.text(sums, "TotalPrepaidAmount"),
        rounding=walk.text(sums, "RoundingAmount"),
        due=walk.text(sums, "DuePayableAmount"),
    )


def _line(walk: Walk, item: etree._Element) -> RawLine:
    product = walk.one(item, "SpecifiedTradeProduct")
    agreement = walk.one(item, "SpecifiedLineTradeAgreement")
    settlement = walk.one(item, "SpecifiedLineTradeSettlement")
    quantity = walk.one(item, "SpecifiedLineTradeDelivery/BilledQuantity")
    starts, ends = _period(walk, settlement)
    reason = walk.text(item, "AssociatedDocumentLineDocument/LineStatusReasonCode")
    dossier = ""
    for document in walk.every(settlement, "AdditionalReferencedDocument"):
        if (document.findtext("{*}TypeCode") or "").strip() == _OBJECT and not dossier:
            walk.text(document, "TypeCode")
            dossier = walk.text(document, "IssuerAssignedID")
    return RawLine(
        number=walk.text(item, "AssociatedDocumentLineDocument/LineID"),
        label=walk.text(product, "Name"),
        description=walk.text(product, "Description"),
        quantity=walk.read(quantity) if quantity is not None else "",
        unit=str(quantity.get("unitCode", "")) if quantity is not None else "",
        price=walk.text(agreement, "NetPriceProductTradePrice/ChargeAmount"),
        base_quantity=walk.text(agreement, "NetPriceProductTradePrice/BasisQuantity"),
        net=walk.text(settlement, "SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount"),
        vat=_vat(walk, walk.one(settlement, "ApplicableTradeTax")),
        dossier=dossier,
        order_line=walk.text(agreement, "BuyerOrderReferencedDocument/LineID"),
        starts=starts,
        ends=ends,
        adjustments=[_adjustment(walk, one) for one in walk.every(settlement, "SpecifiedTradeAllowanceCharge")],
        attributes=[
            (walk.text(one, "Description"), walk.text(one, "Value"))
            for one in walk.every(product, "ApplicableProductCharacteristic")
        ],
        counted=reason in {"", "DETAIL"},
    )


def _party(walk: Walk, party: etree._Element | None) -> RawParty:
    raw = RawParty(name=walk.text(party, "Name"), legal=walk.text(party, "Description"))
    for element in (*walk.every(party, "GlobalID"), *walk.every(party, "ID")):
        raw.ids.append((str(element.get("schemeID", "")), walk.read(element)))
    legal = walk.one(party, "SpecifiedLegalOrganization/ID")
    if legal is not None:
        raw.siren, raw.siren_scheme = walk.read(legal), str(legal.get("schemeID", ""))
    for element in walk.every(party, "SpecifiedTaxRegistration/ID"):
        scheme = str(element.get("schemeID", ""))
        if scheme == "VA" and not raw.vat_number:
            raw.vat_number = walk.read(element)
        elif scheme == "FC" and not raw.tax_number:
            raw.tax_number = walk.read(element)
    address = walk.one(party, "PostalTradeAddress")
    raw.line, raw.postcode = walk.text(address, "LineOne"), walk.text(address, "PostcodeCode")
    raw.city, raw.country = walk.text(address, "CityName"), walk.text(address, "CountryID")
    endpoint = walk.one(party, "URIUniversalCommunication/URIID")
    if endpoint is not None:
        raw.endpoint, raw.endpoint_scheme = walk.read(endpoint), str(endpoint.get("schemeID", ""))
    contact = walk.one(party, "DefinedTradeContact")
    raw.contact = walk.text(contact, "PersonName")
    raw.phone = walk.text(contact, "TelephoneUniversalCommunication/CompleteNumber")
    raw.email = walk.text(contact, "EmailURIUniversalCommunication/URIID")
    return raw


def _vat(walk: Walk, tax: etree._Element | None) -> RawVat:
    walk.text(tax, "TypeCode")
    return RawVat(
        category=walk.text(tax, "CategoryCode"),
        rate=walk.text(tax, "RateApplicablePercent"),
        exemption_code=walk.text(tax, "ExemptionReasonCode"),
        exemption_text=walk.text(tax, "ExemptionReason"),
    )


def _adjustment(walk: Walk, item: etree._Element) -> RawAdjustment:
    tax = walk.one(item, "CategoryTradeTax")
    return RawAdjustment(
        is_charge=walk.text(item, "ChargeIndicator/Indicator") in {"true", "1"},
        amount=walk.text(item, "ActualAmount"),
        base=walk.text(item, "BasisAmount"),
        percent=walk.text(item, "CalculationPercent"),
        reason=walk.text(item, "Reason"),
        vat=_vat(walk, tax) if tax is not None else None,
    )


def _logistics(walk: Walk, item: etree._Element) -> RawAdjustment:
    tax = walk.one(item, "AppliedTradeTax")
    return RawAdjustment(
        is_charge=True,
        amount=walk.text(item, "AppliedAmount"),
        reason=walk.text(item, "Description"),
        vat=_vat(walk, tax) if tax is not None else None,
    )


def _period(walk: Walk, at: etree._Element | None) -> tuple[str, str]:
    return (
        walk.text(at, "BillingSpecifiedPeriod/StartDateTime/DateTimeString"),
        walk.text(at, "BillingSpecifiedPeriod/EndDateTime/DateTimeString"),
    )
