"""Half up by line, VAT from the group's sum, the same cents in the document, the XML and the lines."""

from decimal import Decimal
from xml.etree import ElementTree as ET

from hypothesis import given, settings
from hypothesis import strategies as st

from billing.money import Money
from integrations.facturx.amounts import build, line_net
from integrations.facturx.document import Adjustment, Line, Totals, Vat, VatCategory
from integrations.facturx.rules import findings_of
from integrations.facturx.xml import number_text, rate_text, write_xml
from tests.integrations.facturx import documents as valid

RAM = "{urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100}"
SETTLEMENT = f".//{RAM}ApplicableHeaderTradeSettlement"


def test_a_line_is_rounded_half_up() -> None:
    assert line_net(valid.line(quantity="0.5", price="0.25")) == Money(13)  # 0.125
    assert line_net(valid.line(quantity="-0.5", price="0.25")) == Money(-13)
    assert line_net(valid.line(quantity="7", price="180.3333")) == Money(126_233)  # 1 262.3331


def test_a_lines_allowance_is_taken_off_after_rounding() -> None:
    less = (
        Adjustment(amount=Money(1_000), reason="Remise"),
        Adjustment(amount=Money(150), reason="Frais", is_charge=True),
    )
    assert line_net(valid.line(quantity="1", price="100", adjustments=less)) == Money(9_150)


def test_vat_is_rounded_once_from_the_sum_of_its_group() -> None:
    """Three lines of 0.83 € at 20 %: 2.49 × 20 % = 0.498, so 0.50; line by line it would be 0.51."""
    lines = tuple(valid.line(index, "1", "0.83", vat=valid.TAXED) for index in (1, 2, 3))
    made = valid.document(seller=valid.with_vat(), lines=lines)
    assert made.totals == Totals(lines=Money(249), net=Money(249), vat=Money(50), gross=Money(299), due=Money(299))


def test_two_spellings_of_a_rate_are_one_group() -> None:
    lines = (
        valid.line(1, "1", "10", vat=valid.TAXED),
        valid.line(2, "1", "10", vat=Vat(category=VatCategory.STANDARD, rate=Decimal("20.00"))),
    )
    (group,) = valid.document(lines=lines).groups
    assert (group.basis, group.tax) == (Money(2_000), Money(400))


def test_the_documents_own_allowance_lowers_its_group() -> None:
    off = (Adjustment(amount=Money(5_000), reason="Remise", vat=valid.TAXED),)
    made = valid.document(lines=(valid.line(1, "1", "250", vat=valid.TAXED),), adjustments=off, prepaid=Money(4_000))
    assert made.totals == Totals(
        lines=Money(25_000),
        allowances=Money(5_000),
        net=Money(20_000),
        vat=Money(4_000),
        gross=Money(24_000),
        prepaid=Money(4_000),
        due=Money(20_000),
    )


def test_numbers_are_written_without_exponent_or_idle_zeros() -> None:
    assert [number_text(Decimal(text)) for text in ("1E+2", "35.00", "0.10", "-0.0", "7.1250", "100")] == [
        "100",
        "35",
        "0.1",
        "0",
        "7.125",
        "100",
    ]
    assert [rate_text(Decimal(text)) for text in ("20", "5.5", "2E+1", "0")] == ["20.00", "5.50", "20.00", "0.00"]


vats = st.sampled_from(
    [
        valid.exempt(),
        valid.TAXED,
        Vat(category=VatCategory.STANDARD, rate=Decimal("5.5")),
        Vat(category=VatCategory.STANDARD, rate=Decimal("2.1")),
    ]
)
quantities = st.decimals(min_value=Decimal("0.0001"), max_value=Decimal(2_000), places=4)
prices = st.decimals(min_value=Decimal(0), max_value=Decimal(5_000), places=4)
some_lines = st.lists(st.tuples(quantities, prices, vats), min_size=1, max_size=12)


def read(xml: ET.Element, path: str) -> list[Money]:
    return [Money.exact(Decimal(node.text or "")) for node in xml.findall(path)]


@settings(max_examples=60, deadline=None)
@given(parts=some_lines)
def test_xml_document_and_lines_agree_to_the_cent(parts: list[tuple[Decimal, Decimal, Vat]]) -> None:
    lines: list[Line] = [
        valid.line(index, str(quantity), str(price), vat=vat) for index, (quantity, price, vat) in enumerate(parts, 1)
    ]
    made = valid.document(seller=valid.with_vat(), lines=tuple(lines))
    assert findings_of(made) == ()
    assert build(made) == made
    xml = ET.fromstring(write_xml(made))  # noqa: S314 - we have just written it
    nets = read(xml, f".//{RAM}SpecifiedTradeSettlementLineMonetarySummation/{RAM}LineTotalAmount")
    bases = read(xml, f"{SETTLEMENT}/{RAM}ApplicableTradeTax/{RAM}BasisAmount")
    taxes = read(xml, f"{SETTLEMENT}/{RAM}ApplicableTradeTax/{RAM}CalculatedAmount")
    (summation,) = xml.findall(f"{SETTLEMENT}/{RAM}SpecifiedTradeSettlementHeaderMonetarySummation")
    told = {node.tag.removeprefix(RAM): Money.exact(Decimal(node.text or "")) for node in summation}
    net, vat = sum(item.cents for item in nets), sum(item.cents for item in taxes)
    assert [line.net for line in made.lines] == nets
    assert sum(item.cents for item in bases) == net
    assert told == {
        "LineTotalAmount": Money(net),
        "TaxBasisTotalAmount": Money(net),
        "TaxTotalAmount": Money(vat),
        "GrandTotalAmount": Money(net + vat),
        "DuePayableAmount": Money(net + vat),
    }
    assert made.totals.due == Money(net + vat)
