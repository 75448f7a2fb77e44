"""From an amount due to lines with net, VAT and gross, under the organisation's VAT regime."""

from dataclasses import dataclass
from decimal import Decimal

from billing.agreement import AmountBasis
from billing.claim import ClaimLine, LineKind
from billing.identity import derive_id
from billing.money import ZERO, Money, total
from billing.party import VatRegime

VATEX = {
    # Source: facturx.md §5, tested against the official rules: no finer code exists for article 261, 4, 4° a.
    VatRegime.EXEMPT_TRAINING: "VATEX-FR-CGI261-4",
    VatRegime.FRANCHISE: "VATEX-FR-FRANCHISE",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """Net, VAT and gross of a whole claim."""

    net: Money
    vat: Money
    gross: Money


def line_of(
    claim_id: str,
    *,
    position: int,
    kind: LineKind,
    label: str,
    amount: Money,
    basis: AmountBasis,
    regime: VatRegime,
    standard_rate: Decimal,
    hours: Decimal | None = None,
    unit_price: Decimal | None = None,
) -> ClaimLine:
    """Make one line for an amount due.

    Hours and their price are shown only when they give the amount exactly; otherwise the line sells one
    flat amount, so that a reader never finds `quantity × price` different from the total.
    """
    exempt = regime in VATEX and kind in {LineKind.TRAINING, LineKind.ANNEX}
    rate = Decimal(0) if exempt else standard_rate
    net, vat = _net_and_vat(amount, basis, rate)
    by_hours = hours is not None and unit_price is not None and _gives(hours * unit_price, net)
    return ClaimLine(
        id=derive_id("claim_line", claim_id, str(position)),
        claim_id=claim_id,
        position=position,
        kind=kind,
        label=label,
        quantity=hours if by_hours and hours is not None else Decimal(1),
        unit="HUR" if by_hours else "C62",
        unit_price=unit_price if by_hours and unit_price is not None else net.euros,
        net=net,
        vat_rate=rate,
        vat=vat,
        gross=net + vat,
        exemption_code=VATEX.get(regime, "") if exempt else "",
        taxable=not exempt,
    )


def _gives(euros: Decimal, net: Money) -> bool:
    """Tell whether a product rounds to an amount; one that is out of all proportion does not."""
    return abs(euros - net.euros) < 1 and Money.rounded(euros) == net


def _net_and_vat(amount: Money, basis: AmountBasis, rate: Decimal) -> tuple[Money, Money]:
    if rate == 0:
        return amount, ZERO
    if basis is AmountBasis.NET:
        return amount, amount.times(rate / 100)
    # VAT is always computed from the net, line by line as in the document's group: some gross amounts cannot be
    # reached to the cent, and then the nearest one below is asked for, never more than was agreed.
    nearest = Money.rounded(amount.euros / (1 + rate / 100))
    candidates = [Money(nearest.cents + cents) for cents in (1, 0, -1)]
    net = next(one for one in candidates if one + one.times(rate / 100) <= amount)
    return net, net.times(rate / 100)


def amounts_of(lines: tuple[ClaimLine, ...]) -> Amounts:
    """Sum lines; VAT is the sum of the groups, each rounded from the group's net (EN 16931, BR-CO-17)."""
    net = total(line.net for line in lines)
    rates = sorted({line.vat_rate for line in lines})
    vat = total(total(line.net for line in lines if line.vat_rate == rate).times(rate / 100) for rate in rates)
    return Amounts(net=net, vat=vat, gross=net + vat)
