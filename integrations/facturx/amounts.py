"""The arithmetic of a document: half up by line, VAT once from each group's sum. Exact, no tolerance.

Source: EN 16931 BR-CO-10 to 17 (documented), without the tolerances that the official rules leave
(they accept a VAT wrong by one euro, and never multiply quantity by price).
"""

from dataclasses import replace
from decimal import Decimal

from billing.money import Money, total
from integrations.facturx.document import Adjustment, Document, Line, Totals, Vat, VatGroup


def line_net(line: Line) -> Money:
    """Compute what a line comes to: quantity × price rounded half up, less allowances, plus charges."""
    return Money.rounded(line.quantity * line.unit_price) + total(_signed(item) for item in line.adjustments)


def priced(line: Line) -> Line:
    """Give a line its net amount."""
    return replace(line, net=line_net(line))


def build(document: Document) -> Document:
    """Compute the VAT breakdown and the totals from the lines' net amounts as they stand.

    Lines keep the order given; groups are sorted by category, then rate.
    """
    groups = vat_groups(document)
    return replace(document, groups=groups, totals=totals(document, groups))


def vat_groups(document: Document) -> tuple[VatGroup, ...]:
    """Gather the lines and adjustments by category and rate; VAT is rounded from the group's basis."""
    bases: dict[tuple[str, Decimal], tuple[Vat, Money]] = {}
    parts = [(line.vat, line.net) for line in document.lines]
    parts += [(item.vat, _signed(item)) for item in document.adjustments if item.vat is not None]
    for vat, amount in parts:
        first, so_far = bases.get((vat.category, vat.rate), (vat, Money(0)))
        bases[vat.category, vat.rate] = (first, so_far + amount)
    return tuple(
        VatGroup(vat=vat, basis=basis, tax=basis.times(vat.rate / 100)) for _, (vat, basis) in sorted(bases.items())
    )


def totals(document: Document, groups: tuple[VatGroup, ...]) -> Totals:
    """Sum the document."""
    lines = total(line.net for line in document.lines)
    allowances = total(item.amount for item in document.adjustments if not item.is_charge)
    charges = total(item.amount for item in document.adjustments if item.is_charge)
    net = lines - allowances + charges
    vat = total(group.tax for group in groups)
    return Totals(
        lines=lines,
        allowances=allowances,
        charges=charges,
        net=net,
        vat=vat,
        gross=net + vat,
        prepaid=document.prepaid,
        due=net + vat - document.prepaid,
    )


def _signed(item: Adjustment) -> Money:
    return item.amount if item.is_charge else -item.amount
