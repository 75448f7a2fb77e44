"""What the platform can see of an invoice: the XML inside the Factur-X PDF, read without our own models.

Source: Factur-X 1.09 / EN 16931 syntax binding (CII), business terms named BT-n; Chorus Pro's use of BT-10, BT-12 and
BT-13 as service, contract and engagement (seen in public code).
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from lxml import etree

STREAMS_MAX = 5_000
XML_BYTES_MAX = 8 * 1024 * 1024
SNIFF_BYTES = 2_048
AMOUNT_CHARS_MAX = 30
ROOT = b"CrossIndustryInvoice"
NAMESPACES = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
}
CREDIT_NOTE = "381"
_STREAM = re.compile(rb"(?<!end)stream\r?\n")
_INSTALMENT = re.compile(r"[ée]ch[ée]ance\s+n°\s*(\d+)", re.IGNORECASE)

_AGREEMENT = "/rsm:CrossIndustryInvoice/rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeAgreement"
_SETTLEMENT = "/rsm:CrossIndustryInvoice/rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeSettlement"
_DOCUMENT = "/rsm:CrossIndustryInvoice/rsm:ExchangedDocument"
_LINES = "/rsm:CrossIndustryInvoice/rsm:SupplyChainTradeTransaction/ram:IncludedSupplyChainTradeLineItem"


class Unreadable(Exception):
    """The file is no Factur-X; the text says why, in their words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenInvoice:
    """One invoice as the platform reads it; `amount_cents` and `net_cents` are BT-112 and BT-109."""

    number: str
    type_code: str
    issued: str
    seller_siren: str
    buyer_siret: str
    service: str
    engagement: str
    contract: str
    project: str
    other_references: tuple[str, ...]
    origin: str
    period: str
    instalment: str
    amount_cents: int
    net_cents: int

    @property
    def year(self) -> str:
        """Issue year (BT-2)."""
        return self.issued[:4]

    @property
    def references(self) -> frozenset[str]:
        """Every reference by which a dossier can be recognised."""
        named = {self.engagement, self.contract, self.project, *self.other_references}
        return frozenset(named - {""})

    @property
    def business_key(self) -> str:
        """What must be billed once: buyer, references of the order, period or instalment; never a number of ours."""
        parts = [self.buyer_siret, *sorted(self.references), self.period, self.instalment]
        credit = [f"credit:{self.origin}"] if self.type_code == CREDIT_NOTE else []
        return "|".join(part for part in (*credit, *parts) if part)


def read_invoice(pdf: bytes) -> SeenInvoice:
    """Read the invoice inside a Factur-X PDF.

    Raises:
        Unreadable: no PDF, no embedded invoice, or an XML that cannot be read.
    """
    if not pdf.startswith(b"%PDF-") or b"%%EOF" not in pdf[-2048:]:
        raise Unreadable("Le fichier n'est pas un PDF lisible")
    for content in _streams(pdf):
        if ROOT in content[:SNIFF_BYTES]:
            return _read_xml(content)
    raise Unreadable("Le PDF ne contient pas de facture au format CII")


def _streams(pdf: bytes) -> Iterator[bytes]:
    """Give the PDF's streams that may be XML, raw or deflated; bounded in number and size."""
    for count, match in enumerate(_STREAM.finditer(pdf)):
        if count >= STREAMS_MAX:
            return
        start = match.end()
        end = pdf.find(b"endstream", start)
        if end < 0:
            return
        raw = pdf[start:end]
        if ROOT in raw[:SNIFF_BYTES]:
            yield raw
            continue
        try:
            engine = zlib.decompressobj()
            head = engine.decompress(raw, SNIFF_BYTES)
            if ROOT in head:
                yield head + engine.decompress(engine.unconsumed_tail, XML_BYTES_MAX)
        except zlib.error:
            continue


def _read_xml(content: bytes) -> SeenInvoice:
    content = content[: content.rfind(b">") + 1]
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise Unreadable("Le XML contient une déclaration interdite")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as cause:
        raise Unreadable("Le XML de la facture est mal formé") from cause
    return SeenInvoice(
        number=_one(root, f"{_DOCUMENT}/ram:ID"),
        type_code=_one(root, f"{_DOCUMENT}/ram:TypeCode"),
        issued=_one(root, f"{_DOCUMENT}/ram:IssueDateTime/udt:DateTimeString"),
        seller_siren=_party(root, "Seller")[:9],
        buyer_siret=_party(root, "Buyer"),
        service=_one(root, f"{_AGREEMENT}/ram:BuyerReference"),
        engagement=_one(root, f"{_AGREEMENT}/ram:BuyerOrderReferencedDocument/ram:IssuerAssignedID"),
        contract=_one(root, f"{_AGREEMENT}/ram:ContractReferencedDocument/ram:IssuerAssignedID"),
        project=_one(root, f"{_AGREEMENT}/ram:SpecifiedProcuringProject/ram:ID"),
        other_references=tuple(_all(root, f"{_AGREEMENT}/ram:AdditionalReferencedDocument/ram:IssuerAssignedID")),
        origin=_one(root, f"{_SETTLEMENT}/ram:InvoiceReferencedDocument/ram:IssuerAssignedID"),
        period=_period(root),
        instalment=_instalment(root),
        amount_cents=_cents(root, "GrandTotalAmount"),
        net_cents=_cents(root, "TaxBasisTotalAmount"),
    )


def _all(root: etree._Element, path: str) -> list[str]:
    found = root.xpath(path, namespaces=NAMESPACES)
    if not isinstance(found, list):
        return []
    return [(item.text or "").strip() for item in found if isinstance(item, etree._Element)]  # noqa: SLF001 - lxml's only name for its element type


def _one(root: etree._Element, path: str) -> str:
    return next(iter(_all(root, path)), "")


def _party(root: etree._Element, side: str) -> str:
    """Find a party's SIRET: legal id (0002), else a global id (0009), else the electronic address `SIREN_SIRET`."""
    party = f"{_AGREEMENT}/ram:{side}TradeParty"
    candidates = [
        *_all(root, f"{party}/ram:GlobalID[@schemeID='0009']"),
        *_all(root, f"{party}/ram:SpecifiedLegalOrganization/ram:ID"),
        *(part for text in _all(root, f"{party}/ram:URIUniversalCommunication/ram:URIID") for part in text.split("_")),
        *_all(root, f"{party}/ram:GlobalID"),
        *_all(root, f"{party}/ram:ID"),
    ]
    whole = [text for text in candidates if re.fullmatch(r"\d{14}", text)]
    legal = [text for text in candidates if re.fullmatch(r"\d{9}", text)]
    return next(iter([*whole, *legal]), "")


def _period(root: etree._Element) -> str:
    path = f"{_SETTLEMENT}/ram:BillingSpecifiedPeriod"
    starts = _one(root, f"{path}/ram:StartDateTime/udt:DateTimeString")
    ends = _one(root, f"{path}/ram:EndDateTime/udt:DateTimeString")
    return f"{starts}-{ends}" if starts or ends else ""


def _instalment(root: etree._Element) -> str:
    """Find the instalment as a person would read it on the lines or notes."""
    texts = [
        *_all(root, f"{_LINES}/ram:SpecifiedTradeProduct/ram:Name"),
        *_all(root, f"{_LINES}/ram:SpecifiedTradeProduct/ram:Description"),
        *_all(root, f"{_DOCUMENT}/ram:IncludedNote/ram:Content"),
    ]
    return next((f"n{match[1]}" for text in texts if (match := _INSTALMENT.search(text))), "")


def _cents(root: etree._Element, name: str) -> int:
    path = f"{_SETTLEMENT}/ram:SpecifiedTradeSettlementHeaderMonetarySummation/ram:{name}"
    try:
        cents = Decimal(_one(root, path)[:AMOUNT_CHARS_MAX]) * 100
        if cents != cents.to_integral_value():
            raise Unreadable("Un montant de la facture a plus de deux décimales")
        return int(cents)
    except (ArithmeticError, ValueError) as cause:
        raise Unreadable("Un montant de la facture est illisible") from cause
