"""Random invoices of every shape: lines, request, document, XML, page and file read back agree to the cent."""

import json
import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from xml.etree import ElementTree as ET

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from integrations.facturx.document import Document
from integrations.facturx.maker import Renderer
from integrations.facturx.page_texts import shown
from integrations.facturx.published import Orders, read_entries
from integrations.facturx.reading import read_document
from integrations.facturx.xml import write_xml
from tests.integrations.facturx.cases import orders_of
from tests.integrations.facturx.test_published import case

RAM = "{urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100}"
RATES = ("20", "20.0", "20.00", "10", "5.5", "5.50", "2.1")
PLAIN = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")


def cents(text: str | None) -> int:
    value = Decimal(text or "") * 100
    assert value == value.to_integral_value()
    return int(value)


def half_up(value: Decimal) -> int:
    return int((value * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def euros(amount: int) -> str:
    return f"{amount // 100}.{amount % 100:02}"


vats = st.one_of(
    st.sampled_from(RATES).map(lambda rate: {"treatment": "taxed", "rate": rate}),
    st.just({"treatment": "exempt_training"}),
)
numbers = st.tuples(st.integers(1, 5_000_000), st.integers(0, 4)).map(lambda it: f"{Decimal(it[0]).scaleb(-it[1]):f}")
adjustments = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(("discount", "refaction", "charge", "price_revision", "price_reduction")),
        "amount": st.integers(1, 5_000).map(euros),
        "reason": st.just("motif"),
    }
)
lines = st.fixed_dictionaries(
    {
        "label": st.just("Formation"),
        "kind": st.just("training"),
        "quantity": numbers,
        "unit": st.sampled_from(("hour", "day", "half_day", "flat", "piece", "month")),
        "unit_price": numbers,
        "vat": vats,
        "adjustments": st.lists(adjustments, max_size=2),
    }
)
invoices = st.fixed_dictionaries(
    {
        "lines": st.lists(lines, min_size=1, max_size=8),
        "adjustments": st.lists(st.tuples(adjustments, vats).map(lambda it: {**it[0], "vat": it[1]}), max_size=2),
        "deposit": st.integers(0, 100),
        "parts": st.integers(1, 4),
    }
)


def expected(asked: dict[str, Any]) -> tuple[list[int], dict[Decimal, int]]:
    """Compute the lines' nets and the bases by rate on their own, from the texts of the request."""
    nets, bases = [], dict[Decimal, int]()

    def signed(item: dict[str, Any]) -> int:
        return cents(item["amount"]) * (1 if item["kind"] in {"charge", "price_revision"} else -1)

    for line in asked["lines"]:
        net = half_up(Decimal(line["quantity"]) * Decimal(line["unit_price"])) + sum(map(signed, line["adjustments"]))
        nets.append(net)
        rate = Decimal(line["vat"].get("rate", 0))
        bases[rate] = bases.get(rate, 0) + net
    for item in asked["adjustments"]:
        rate = Decimal(item["vat"].get("rate", 0))
        bases[rate] = bases.get(rate, 0) + signed(item)
    return nets, bases


def request(asked: dict[str, Any], gross: int) -> dict[str, Any]:
    """Make the request: a deposit of some percents of the gross amount, the rest in equal parts."""
    made: dict[str, Any] = case("vat_20_on_debits") | {"lines": asked["lines"], "adjustments": asked["adjustments"]}
    deposit = gross * min(asked["deposit"], 90) // 100
    if deposit:
        made["deposits"] = [{"number": "AC-1", "issue_on": "2026-01-05", "amount": euros(deposit)}]
    due = gross - deposit
    share = due // asked["parts"]
    if asked["parts"] > 1 and share:
        del made["due_on"]
        parts = [share] * (asked["parts"] - 1)
        made["instalments"] = [
            {"due_on": f"2026-0{month}-01", "amount": euros(part)}
            for month, part in enumerate([*parts, due - sum(parts)], start=4)
        ]
    return made


def page_cents(text: str) -> int:
    sign = -1 if text.startswith(("\u2212", "-")) else 1
    return sign * int(re.sub(r"[^0-9]", "", text))


def told_by_xml(document: Document) -> tuple[list[int], dict[str, int], list[tuple[int, int]]]:
    root = ET.fromstring(write_xml(document))  # noqa: S314 - we have just written it
    for node in root.iter():
        if node.tag.endswith(("Amount", "Percent", "Quantity")):
            assert PLAIN.fullmatch(node.text or ""), node.text
            assert not (node.text or "").startswith("-0.00")
        if node.tag.endswith("RateApplicablePercent"):  # one spelling, whatever the request wrote
            assert re.fullmatch(r"[0-9]+\.[0-9]{2}", node.text or "")
    settlement = root.find(f".//{RAM}ApplicableHeaderTradeSettlement")
    assert settlement is not None
    nets = [
        cents(node.text)
        for node in root.findall(f".//{RAM}SpecifiedTradeSettlementLineMonetarySummation/{RAM}LineTotalAmount")
    ]
    summation = settlement.find(f"{RAM}SpecifiedTradeSettlementHeaderMonetarySummation")
    assert summation is not None
    groups = [
        (cents(tax.findtext(f"{RAM}BasisAmount")), cents(tax.findtext(f"{RAM}CalculatedAmount")))
        for tax in settlement.findall(f"{RAM}ApplicableTradeTax")
    ]
    return nets, {node.tag.removeprefix(RAM): cents(node.text) for node in summation}, groups


@settings(max_examples=80, deadline=None)
@given(asked=invoices)
def test_lines_xml_page_and_file_agree_to_the_cent(asked: dict[str, Any], renderer: Renderer) -> None:
    orders = orders_of(renderer)
    nets, bases = expected(asked)
    taxes = {rate: half_up(Decimal(base).scaleb(-2) * rate / 100) for rate, base in bases.items()}
    net, vat = sum(bases.values()), sum(taxes.values())
    assume(net > 0 and net + vat > 0)
    document = document_of(orders, request(asked, net + vat))
    xml_nets, sums, groups = told_by_xml(document)
    assert xml_nets == nets == [line.net.cents for line in document.lines]
    assert sorted(groups) == sorted((bases[rate], taxes[rate]) for rate in bases)
    page = {row[0]: page_cents(row[1]) for row in shown(document)["totals"]}  # type: ignore[attr-defined]  # rows
    assert sums["TaxBasisTotalAmount"] == page["Total HT"] == net
    assert sums["TaxTotalAmount"] == vat
    assert sums["GrandTotalAmount"] == page["Total TTC"] == net + vat
    settled = sum(item.amount.cents for item in document.deductions)
    assert sums["DuePayableAmount"] == page_cents(shown(document)["due"][1]) == net + vat - settled  # type: ignore[index]  # a pair
    assert sum(item.amount.cents for item in document.schedule) in {0, sums["DuePayableAmount"]}
    read = read_document(write_xml(document)).document
    assert read is not None
    assert (read.totals, read.groups) == (document.totals, document.groups)


def document_of(orders: Orders, value: dict[str, Any]) -> Document:
    (entry,) = read_entries(json.dumps(value).encode())
    assert entry.asked is not None, entry.findings
    document, findings = orders.document(entry.asked)
    assert findings == ()
    return document
