"""What makes a line invalid; see `rules.py`."""

from collections.abc import Iterator
from decimal import Decimal

from billing.errors import Finding
from integrations.facturx.amounts import line_net
from integrations.facturx.document import Document, Line, Vat, VatCategory

DECIMALS_MAX = 4
"""Of a quantity (BR-FR-DEC-02) and of a price (the public platform's limit, facturx.md §5)."""

RATES = frozenset(map(Decimal, ("0", "0.9", "1.05", "1.75", "2.1", "5.5", "7", "8.5", "9.2", "9.6", "10", "13")))
RATES |= frozenset(map(Decimal, ("19.6", "20", "20.6")))
"""Rates that France has or had (BR-FR-16, documented); a code list of the norm, not a tariff."""

_EXPLAINED = frozenset({VatCategory.EXEMPT, VatCategory.OUT_OF_SCOPE})
_ZERO_RATED = frozenset(VatCategory) - {VatCategory.STANDARD}


def lines_of(document: Document) -> Iterator[Finding]:
    """Judge every line."""
    if not document.lines:  # BR-16
        yield Finding(code="invoice_without_lines")
    for line in document.lines:
        where = f"Ligne {line.number}"
        if not line.label:  # BR-25
            yield Finding(code="invoice_line_label_missing", where=where)
        if line.period is not None and line.period.ends_on < line.period.starts_on:  # BR-30
            yield Finding(
                code="invoice_period_inverted",
                where=where,
                values={"starts": f"{line.period.starts_on:%d/%m/%Y}", "ends": f"{line.period.ends_on:%d/%m/%Y}"},
            )
        yield from _numbers(line, where)
        yield from _vat(line.vat, where)


def _numbers(line: Line, where: str) -> Iterator[Finding]:
    for value, code in ((line.quantity, "invoice_quantity_too_fine"), (line.unit_price, "invoice_price_too_fine")):
        if not value.is_finite() or -int(value.normalize().as_tuple().exponent) > DECIMALS_MAX:
            yield Finding(code=code, where=where, values={"value": format(value, "f")[:30]})
            return
    if line.unit_price < 0:  # BR-27
        yield Finding(code="invoice_price_negative", where=where)
    if line.quantity == 0:  # ours: such a line bills nothing
        yield Finding(code="invoice_quantity_zero", where=where)
    expected = line_net(line)  # no official rule multiplies
    if expected != line.net:
        yield Finding(
            code="invoice_line_amount_wrong",
            where=where,
            values={"expected": expected.french(), "found": line.net.french()},
        )


def _vat(vat: Vat, where: str) -> Iterator[Finding]:
    if vat.rate not in RATES:  # BR-FR-16
        yield Finding(code="invoice_vat_rate_unknown", where=where, values={"rate": format(vat.rate, "f")})
    elif (vat.category in _ZERO_RATED) != (vat.rate == 0):  # BR-E-05, BR-S-05
        yield Finding(code="invoice_vat_category_and_rate", where=where, values={"rate": format(vat.rate, "f")})
    unexplained = vat.category in _EXPLAINED and not (vat.exemption_code and vat.exemption_text)
    if unexplained:  # BR-E-10, BR-O-10, CGI
        yield Finding(code="invoice_exemption_missing", where=where)
