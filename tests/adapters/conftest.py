"""Builders for adapters' tests: a tiny Factur-X, parcels, a clock that does not move, the real sandbox server."""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest

from adapters.contract import Tools
from adapters.sandbox import SandboxServer
from billing.money import Money
from billing.ports import Credentials, Parcel, Party
from integrations.http import HttpTools

BUYER = "13000548100010"
SELLER = "73282932000074"
RAM = "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
RSM = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
UDT = "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"


@dataclass(frozen=True)
class FixedClock:
    instant: datetime

    def now(self) -> datetime:
        return self.instant

    def today(self) -> date:
        return self.instant.date()


def xml_of(
    number: str = "F2026-0001",
    *,
    buyer: str = BUYER,
    engagement: str = "EJ2026001",
    service: str = "",
    contract: str = "",
    amount: str = "3990.00",
    label: str = "Formation",
    type_code: str = "380",
    origin: str = "",
    period: tuple[str, str] | None = ("20260901", "20261030"),
) -> bytes:
    span = ""
    if period:
        span = "<ram:BillingSpecifiedPeriod>" + "".join(
            f'<ram:{edge}DateTime><udt:DateTimeString format="102">{day}</udt:DateTimeString></ram:{edge}DateTime>'
            for edge, day in zip(("Start", "End"), period, strict=True)
        )
        span += "</ram:BillingSpecifiedPeriod>"
    order = (
        f"<ram:BuyerOrderReferencedDocument><ram:IssuerAssignedID>{engagement}</ram:IssuerAssignedID>"
        "</ram:BuyerOrderReferencedDocument>"
        if engagement
        else ""
    )
    market = (
        f"<ram:ContractReferencedDocument><ram:IssuerAssignedID>{contract}</ram:IssuerAssignedID>"
        "</ram:ContractReferencedDocument>"
        if contract
        else ""
    )
    credited = (
        f"<ram:InvoiceReferencedDocument><ram:IssuerAssignedID>{origin}</ram:IssuerAssignedID>"
        "</ram:InvoiceReferencedDocument>"
        if origin
        else ""
    )
    reference = f"<ram:BuyerReference>{service}</ram:BuyerReference>" if service else ""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice xmlns:rsm="{RSM}" xmlns:ram="{RAM}" xmlns:udt="{UDT}">
<rsm:ExchangedDocument><ram:ID>{number}</ram:ID><ram:TypeCode>{type_code}</ram:TypeCode>
<ram:IssueDateTime><udt:DateTimeString format="102">20261120</udt:DateTimeString></ram:IssueDateTime>
</rsm:ExchangedDocument><rsm:SupplyChainTradeTransaction>
<ram:IncludedSupplyChainTradeLineItem><ram:SpecifiedTradeProduct><ram:Name>{label}</ram:Name>
</ram:SpecifiedTradeProduct></ram:IncludedSupplyChainTradeLineItem>
<ram:ApplicableHeaderTradeAgreement>{reference}
<ram:SellerTradeParty><ram:SpecifiedLegalOrganization><ram:ID schemeID="0002">{SELLER}</ram:ID>
</ram:SpecifiedLegalOrganization></ram:SellerTradeParty>
<ram:BuyerTradeParty><ram:SpecifiedLegalOrganization><ram:ID schemeID="0002">{buyer}</ram:ID>
</ram:SpecifiedLegalOrganization></ram:BuyerTradeParty>{order}{market}</ram:ApplicableHeaderTradeAgreement>
<ram:ApplicableHeaderTradeSettlement>{span}<ram:SpecifiedTradeSettlementHeaderMonetarySummation>
<ram:TaxBasisTotalAmount>{amount}</ram:TaxBasisTotalAmount><ram:GrandTotalAmount>{amount}</ram:GrandTotalAmount>
</ram:SpecifiedTradeSettlementHeaderMonetarySummation>{credited}</ram:ApplicableHeaderTradeSettlement>
</rsm:SupplyChainTradeTransaction></rsm:CrossIndustryInvoice>""".encode()


def pdf_of(xml: bytes, *, deflated: bool = True) -> bytes:
    stream = zlib.compress(xml) if deflated else xml
    page = b"2 0 obj\n<< /Length 4 >>\nstream\nBT ET\nendstream\nendobj\n"
    head = b"%PDF-1.7\n" + page + b"1 0 obj\n<< /Type /EmbeddedFile /Length " + str(len(stream)).encode()
    return head + b" >>\nstream\n" + stream + b"\nendstream\nendobj\ntrailer\n<< >>\n%%EOF\n"


def parcel_of(number: str = "F2026-0001", *, document: bytes | None = None, **changes: object) -> Parcel:
    facts = {"dossier": "EJ2026001", "engagement_number": "EJ2026001", "hours": "420"}
    values: dict[str, object] = {
        "submission_id": "11111111-1111-1111-1111-111111111111",
        "business_key": "REGION|EJ2026001|whole",
        "number": number,
        "issue_on": date(2026, 11, 20),
        "amount": Money(399_000),
        "net": Money(399_000),
        "vat": Money(0),
        "document": pdf_of(xml_of(number)) if document is None else document,
        "document_name": f"{number}.pdf",
        "buyer": Party(
            name="Région Exemple", siret=BUYER, address_line="1 place de la Région", postcode="75007", city="Paris"
        ),
        "seller": None,
        "facts": facts,
    }
    return Parcel(**(values | changes))  # type: ignore[arg-type]


class Control:
    """The control API of a running sandbox, as an operator's script would call it."""

    def __init__(self, url: str) -> None:
        self.url = url

    def post(self, path: str, body: object) -> None:
        assert httpx.post(f"{self.url}/_sandbox/{path}", json=body, trust_env=False).status_code == 200

    def received(self, platform: str = "chorus-pro") -> list[dict[str, object]]:
        answer = httpx.get(f"{self.url}/_sandbox/received", params={"platform": platform}, trust_env=False)
        found = answer.json()
        assert isinstance(found, list)
        return found


@pytest.fixture(scope="session")
def server() -> Iterator[SandboxServer]:
    with SandboxServer() as running:
        yield running


@pytest.fixture
def control(server: SandboxServer) -> Control:
    control = Control(server.url)
    control.post("reset", {})
    control.post("load", {"chorus-pro": {"flux_seconds": 0}})
    return control


@pytest.fixture
def tools() -> Tools:
    """A clock that stands still, and no waiting between two tries."""
    return Tools(
        clock=FixedClock(datetime(2026, 11, 25, 8, 0, tzinfo=UTC)), http=HttpTools(sleep=lambda _seconds: None)
    )


@pytest.fixture
def chorus_credentials(server: SandboxServer) -> Callable[..., Credentials]:
    def make(timeout_seconds: float = 10, **changes: str) -> Credentials:
        settings = {**server.settings()["chorus-pro"], **changes}
        urls = {name: settings.pop(name) for name in ("base_url", "token_url")}
        options = {"rate_per_second": "1000"}
        for name in ("sirets", "section", "settle_seconds"):
            if name in settings:
                options[name] = settings.pop(name)
        return Credentials(
            base_url=urls["base_url"],
            token_url=urls["token_url"],
            secrets=settings,
            options=options,
            timeout=timedelta(seconds=timeout_seconds),
        )

    return make


@pytest.fixture
def make_parcel() -> Callable[..., Parcel]:
    return parcel_of


@pytest.fixture
def make_pdf() -> Callable[..., bytes]:
    def make(number: str = "F2026-0001", *, deflated: bool = True, **changes: object) -> bytes:
        return pdf_of(xml_of(number, **changes), deflated=deflated)  # type: ignore[arg-type]

    return make
