"""UBL documents for tests, written from the EN 16931 binding: what quitus reads and never writes."""

from xml.sax.saxutils import escape

from billing.money import Money
from integrations.facturx.document import Document, Party, Vat

_SPACES = "urn:oasis:names:specification:ubl:schema:xsd:"

OBJECT = "<cbc:DocumentTypeCode>130</cbc:DocumentTypeCode>"


def tag(name: str, content: str, attributes: str = "") -> str:
    return f"<{name}{attributes}>{content}</{name}>" if content else ""


def text(name: str, value: object, attributes: str = "") -> str:
    return tag(name, escape(str(value)), attributes)


def amount(name: str, value: Money) -> str:
    return text(name, value.euros, ' currencyID="EUR"')


def vat_of(name: str, vat: Vat, *, reason: bool = False) -> str:
    return tag(
        name,
        text("cbc:ID", vat.category)
        + text("cbc:Percent", f"{vat.rate:.2f}")
        + (text("cbc:TaxExemptionReasonCode", vat.exemption_code) if reason else "")
        + (text("cbc:TaxExemptionReason", vat.exemption_text) if reason else "")
        + "<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>",
    )


def party_of(name: str, party: Party) -> str:
    endpoint = party.endpoint
    numbers = ((party.vat_number, "VAT"), (party.tax_number, "LOC"))
    return tag(
        name,
        tag(
            "cac:Party",
            (text("cbc:EndpointID", endpoint.value, f' schemeID="{endpoint.scheme}"') if endpoint else "")
            + tag("cac:PartyIdentification", text("cbc:ID", party.siret, ' schemeID="0009"'))
            + tag(
                "cac:PostalAddress",
                text("cbc:StreetName", party.address.line)
                + text("cbc:CityName", party.address.city)
                + text("cbc:PostalZone", party.address.postcode)
                + tag("cac:Country", text("cbc:IdentificationCode", party.address.country)),
            )
            + "".join(
                tag("cac:PartyTaxScheme", text("cbc:CompanyID", number) + tag("cac:TaxScheme", text("cbc:ID", kind)))
                for number, kind in numbers
                if number
            )
            + tag(
                "cac:PartyLegalEntity",
                text("cbc:RegistrationName", party.name)
                + text("cbc:CompanyID", party.siren, ' schemeID="0002"')
                + text("cbc:CompanyLegalForm", party.legal),
            )
            + tag("cac:Contact", text("cbc:ElectronicMail", party.email)),
        ),
    )


def write_ubl(document: Document) -> bytes:
    """Write the parts of a document that the tests read back."""
    credit = document.is_credit
    kind = "CreditNote" if credit else "Invoice"
    references, payment, period = document.references, document.payment, document.period
    notes = [(str(note.subject), note.text) for note in document.notes]
    notes += [("BAR", str(document.treatment))] if document.treatment else []
    lines = "".join(
        tag(
            f"cac:{kind}Line",
            text("cbc:ID", line.number)
            + text(f"cbc:{'Credited' if credit else 'Invoiced'}Quantity", line.quantity, f' unitCode="{line.unit}"')
            + amount("cbc:LineExtensionAmount", line.net)
            + (
                f"<cac:InvoicePeriod><cbc:StartDate>{line.period.starts_on}</cbc:StartDate>"
                f"<cbc:EndDate>{line.period.ends_on}</cbc:EndDate></cac:InvoicePeriod>"
                if line.period
                else ""
            )
            + tag("cac:DocumentReference", text("cbc:ID", line.dossier) + OBJECT)
            + tag(
                "cac:Item",
                text("cbc:Description", line.description)
                + text("cbc:Name", line.label)
                + vat_of("cac:ClassifiedTaxCategory", line.vat),
            )
            + tag("cac:Price", text("cbc:PriceAmount", line.unit_price, ' currencyID="EUR"')),
        )
        for line in document.lines
    )
    sums = document.totals
    body = (
        text("cbc:CustomizationID", "urn:cen.eu:en16931:2017")
        + text("cbc:ProfileID", document.process)
        + text("cbc:ID", document.number)
        + text("cbc:IssueDate", document.issue_on)
        + (text("cbc:DueDate", document.due_on) if document.due_on and not credit else "")
        + text(f"cbc:{kind}TypeCode", document.type)
        + "".join(text("cbc:Note", f"#{subject}#{told}") for subject, told in notes)
        + "<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>"
        + text("cbc:BuyerReference", references.service_code)
        + (
            f"<cac:InvoicePeriod><cbc:StartDate>{period.starts_on}</cbc:StartDate>"
            f"<cbc:EndDate>{period.ends_on}</cbc:EndDate></cac:InvoicePeriod>"
            if period
            else ""
        )
        + tag("cac:OrderReference", text("cbc:ID", references.engagement))
        + "".join(
            "<cac:BillingReference><cac:InvoiceDocumentReference>"
            f"<cbc:ID>{item.number}</cbc:ID><cbc:IssueDate>{item.issue_on}</cbc:IssueDate>"
            "</cac:InvoiceDocumentReference></cac:BillingReference>"
            for item in document.preceding
        )
        + tag("cac:ContractDocumentReference", text("cbc:ID", references.contract))
        + (
            tag("cac:AdditionalDocumentReference", text("cbc:ID", references.dossier) + OBJECT)
            if references.dossier
            else ""
        )
        + party_of("cac:AccountingSupplierParty", document.seller)
        + party_of("cac:AccountingCustomerParty", document.buyer)
        + tag("cac:Delivery", text("cbc:ActualDeliveryDate", document.delivered_on or ""))
        + (
            tag(
                "cac:PaymentMeans",
                text("cbc:PaymentMeansCode", payment.means)
                + text("cbc:PaymentID", payment.reference)
                + tag(
                    "cac:PayeeFinancialAccount",
                    text("cbc:ID", payment.iban)
                    + text("cbc:Name", payment.account_name)
                    + tag("cac:FinancialInstitutionBranch", text("cbc:ID", payment.bic)),
                ),
            )
            if payment.iban
            else ""
        )
        + tag("cac:PaymentTerms", text("cbc:Note", payment.terms))
        + tag(
            "cac:TaxTotal",
            amount("cbc:TaxAmount", sums.vat)
            + "".join(
                tag(
                    "cac:TaxSubtotal",
                    amount("cbc:TaxableAmount", group.basis)
                    + amount("cbc:TaxAmount", group.tax)
                    + vat_of("cac:TaxCategory", group.vat, reason=True),
                )
                for group in document.groups
            ),
        )
        + tag(
            "cac:LegalMonetaryTotal",
            amount("cbc:LineExtensionAmount", sums.lines)
            + amount("cbc:TaxExclusiveAmount", sums.net)
            + amount("cbc:TaxInclusiveAmount", sums.gross)
            + (amount("cbc:PrepaidAmount", sums.prepaid) if sums.prepaid else "")
            + amount("cbc:PayableAmount", sums.due),
        )
        + lines
    )
    spaces = (
        f' xmlns="{_SPACES}{kind}-2" xmlns:cac="{_SPACES}CommonAggregateComponents-2"'
        f' xmlns:cbc="{_SPACES}CommonBasicComponents-2"'
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{kind}{spaces}>{body}</{kind}>'.encode()
