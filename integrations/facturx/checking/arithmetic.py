"""The arithmetic that the official rules leave out or blur, exact to the cent, on what the document says.

They accept a VAT wrong by one euro (BR-CO-17), never multiply quantity by price, and in EXTENDED let sums drift by
a cent a line. Ours: half up by line, VAT from the group's sum. Amounts that cannot be read are findings here, once.
"""

from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_UP, Decimal

from billing.errors import Finding
from billing.money import Money
from integrations.facturx.reading.facts import RawAdjustment, RawDocument, RawLine, RawVat
from integrations.facturx.reading.values import number

_CENT = Decimal("0.01")
_ZERO = Decimal(0)
Key = tuple[str, Decimal]


def amounts_of(raw: RawDocument) -> tuple[Finding, ...]:
    """Judge every amount of a document."""
    unreadable = tuple(_unreadable(raw))
    if unreadable:  # sums over what cannot be read would only repeat it
        return unreadable
    counted = [line for line in raw.lines if line.counted]
    return (*_lines(counted), *_groups(raw, counted), *_totals(raw, counted))


def _written(raw: RawDocument) -> Iterator[tuple[str, str]]:
    sums = raw.totals
    for line in raw.lines:
        where = f"Ligne {line.number}"
        yield from ((where, text) for text in (line.quantity, line.price, line.base_quantity, line.net, line.vat.rate))
        yield from ((where, item.amount) for item in line.adjustments)
    for item in raw.adjustments:
        yield "Remises et frais", item.amount
    for group in raw.groups:
        yield from (("Récapitulatif de TVA", text) for text in (group.basis, group.tax, group.vat.rate))
    for text in (
        *(sums.lines, sums.allowances, sums.charges, sums.net, sums.vat),
        *(sums.gross, sums.prepaid, sums.rounding, sums.due),
    ):
        yield "Totaux", text


def _unreadable(raw: RawDocument) -> Iterator[Finding]:
    for where, text in _written(raw):
        if text and number(text) is None:
            yield Finding(code="document_amount_unreadable", where=where, values={"text": text[:40]})


def _value(text: str, default: Decimal = _ZERO) -> Decimal:
    found = number(text)
    return default if found is None else found


def _half_up(value: Decimal) -> Decimal:
    return value.quantize(_CENT, rounding=ROUND_HALF_UP)


def _signed(items: Iterable[RawAdjustment]) -> Decimal:
    return sum((_value(item.amount) * (1 if item.is_charge else -1) for item in items), _ZERO)


def _lines(lines: Iterable[RawLine]) -> Iterator[Finding]:
    for line in lines:
        if not (line.quantity and line.price and line.net):
            continue  # the official rules say that one is missing
        where, base = f"Ligne {line.number}", _value(line.base_quantity, Decimal(1))
        if base <= 0:
            yield Finding(code="document_base_quantity_wrong", where=where, values={"text": line.base_quantity[:40]})
            continue
        expected = _half_up(_value(line.quantity) * _value(line.price) / base) + _signed(line.adjustments)
        if expected != _value(line.net):
            yield _differs("document_line_amount_wrong", where, expected, _value(line.net))


def _key(vat: RawVat) -> Key:
    return vat.category, _value(vat.rate)


def _groups(raw: RawDocument, lines: list[RawLine]) -> Iterator[Finding]:
    bases: dict[Key, Decimal] = {}
    for line in lines:
        bases[_key(line.vat)] = bases.get(_key(line.vat), _ZERO) + _value(line.net)
    for item in raw.adjustments:
        if item.vat is not None:
            bases[_key(item.vat)] = bases.get(_key(item.vat), _ZERO) + _signed([item])
    for group in raw.groups:
        category, rate = _key(group.vat)
        where = f"Récapitulatif de TVA, catégorie {category}, taux {_rate(rate)} %"
        basis = _value(group.basis)
        shared = (
            sum(_key(other.vat) == (category, rate) for other in raw.groups) > 1
        )  # one per exemption: not split here
        if lines and not shared and bases.get((category, rate), _ZERO) != basis:
            yield _differs("document_vat_basis_wrong", where, bases.get((category, rate), _ZERO), basis)
        if group.tax and _half_up(basis * rate / 100) != _value(group.tax):
            yield _differs("document_vat_amount_wrong", where, _half_up(basis * rate / 100), _value(group.tax))
    if raw.groups:
        for category, rate in sorted(set(bases) - {_key(group.vat) for group in raw.groups}):
            yield Finding(
                code="document_vat_group_missing", where="Récapitulatif de TVA",
                values={"category": category or "(aucune)", "rate": _rate(rate)},
            )  # fmt: skip


def _rate(rate: Decimal) -> str:
    text = format(rate.normalize(), "f")
    return text.replace(".", ",")


def _totals(raw: RawDocument, lines: list[RawLine]) -> Iterator[Finding]:
    sums = raw.totals
    allowances = sum((_value(item.amount) for item in raw.adjustments if not item.is_charge), _ZERO)
    charges = sum((_value(item.amount) for item in raw.adjustments if item.is_charge), _ZERO)
    vat = _value(sums.vat)
    checks = [
        ("BT-106", sums.lines, sum((_value(line.net) for line in lines), _ZERO), bool(lines)),
        ("BT-107", sums.allowances, allowances, bool(raw.adjustments or lines)),
        ("BT-108", sums.charges, charges, bool(raw.adjustments or lines)),
        ("BT-109", sums.net, _value(sums.lines) - _value(sums.allowances) + _value(sums.charges), bool(sums.lines)),
        ("BT-110", sums.vat, sum((_value(group.tax) for group in raw.groups), _ZERO), bool(raw.groups)),
        ("BT-112", sums.gross, _value(sums.net) + vat, True),
        ("BT-115", sums.due, _value(sums.gross) - _value(sums.prepaid) + _value(sums.rounding), raw.due_is_plain),
    ]
    for term, text, expected, applies in checks:
        if applies and (text or expected) and _value(text) != expected:
            finding = _differs("document_total_wrong", "Totaux", expected, _value(text))
            yield Finding(code=finding.code, where=finding.where, values={**finding.values, "term": TERMS[term]})


TERMS = {
    "BT-106": "la somme des lignes (BT-106)",
    "BT-107": "la somme des remises (BT-107)",
    "BT-108": "la somme des frais (BT-108)",
    "BT-109": "le total hors taxe (BT-109)",
    "BT-110": "le total de TVA (BT-110)",
    "BT-112": "le total toutes taxes comprises (BT-112)",
    "BT-115": "le net à payer (BT-115)",
}


def _differs(code: str, where: str, expected: Decimal, found: Decimal) -> Finding:
    return Finding(code=code, where=where, values={"expected": _french(expected), "found": _french(found)})


def _french(value: Decimal) -> str:
    """Write an amount in euros; what has fractions of a cent keeps them."""
    rounded = _half_up(value)
    if rounded == value:
        return Money.exact(value).french()
    return f"{format(value.normalize(), 'f').replace('.', ',')}\u00a0€"
