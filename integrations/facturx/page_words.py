"""The French words of the page, and how it writes days, numbers, prices and identifiers."""

import re
from datetime import date
from decimal import Decimal

from billing.money import Money
from integrations.facturx.document import DocumentType, VatCategory
from integrations.facturx.xml import number_text

TITLES = {
    DocumentType.INVOICE: "Facture",
    DocumentType.CREDIT_NOTE: "Avoir",
    DocumentType.CORRECTIVE: "Facture rectificative",
    DocumentType.DEPOSIT: "Facture d’acompte",
    DocumentType.SELF_BILLED: "Facture",
    DocumentType.SELF_BILLED_CREDIT: "Avoir",
    DocumentType.FACTORED: "Facture",
    DocumentType.FACTORED_CREDIT: "Avoir",
    DocumentType.DEPOSIT_CREDIT: "Avoir sur acompte",
}
SELF_BILLED = frozenset({DocumentType.SELF_BILLED, DocumentType.SELF_BILLED_CREDIT})
FACTORED = frozenset({DocumentType.FACTORED, DocumentType.FACTORED_CREDIT})
UNITS = {"HUR": "h", "DAY": "j", "C62": "", "MON": "mois", "WEE": "sem.", "MIN": "min", "P1": "%"}
VAT_WORDS = {
    VatCategory.EXEMPT: "exonéré",
    VatCategory.ZERO: "0\u00a0%",
    VatCategory.REVERSE_CHARGE: "autoliq.",
    VatCategory.INTRA_COMMUNITY: "intracom.",
    VatCategory.EXPORT: "export",
    VatCategory.OUT_OF_SCOPE: "hors champ",
}
OPERATIONS = {
    "S": "Catégorie de l’opération : prestation de services.",
    "B": "Catégorie de l’opération : livraison de biens.",
    "M": "Catégorie de l’opération : prestation de services et livraison de biens.",
}
"""By the first letter of the billing frame; CGI ann. II art. 242 nonies A, I, 8° bis (professional knowledge)."""
COUNTRIES = {
    "AD": "Andorre",
    "BE": "Belgique",
    "CH": "Suisse",
    "DE": "Allemagne",
    "ES": "Espagne",
    "GB": "Royaume-Uni",
    "IE": "Irlande",
    "IT": "Italie",
    "LU": "Luxembourg",
    "MC": "Monaco",
    "NL": "Pays-Bas",
    "PT": "Portugal",
}
"""Others are printed by their code."""
MINUS = "\u2212\u00a0"

_WORD_LENGTH_MAX = 18
"""Characters of a word that fits any column of the page, in capitals."""
_LONG_WORD = re.compile(rf"[^\s\-]{{{_WORD_LENGTH_MAX + 1},}}")
BREAK = "\u200b"
"""Where the template may break a word; it leaves no trace in the copied text."""


def day(value: date) -> str:
    """Write a day."""
    return f"{value:%d/%m/%Y}"


def number(value: Decimal) -> str:
    """Write a number with a comma, its thousands apart."""
    whole, _, fraction = number_text(value).partition(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    grouped_digits = f"{int(digits):,}".replace(",", "\u202f")
    return f"{sign}{grouped_digits}{',' if fraction else ''}{fraction}"


def price(value: Decimal) -> str:
    """Write a unit price, with more than two decimals only where it has them."""
    if value == value.quantize(Decimal("0.01")):
        return Money.rounded(value).french()
    return f"{number(value)}\u00a0€"


def minus(amount: Money) -> str:
    """Write an amount that is taken off."""
    return f"{MINUS}{amount.french()}"


def grouped(text: str, sizes: tuple[int, ...]) -> str:
    """Write an identifier in groups; as it stands when its length is another."""
    if len(text) != sum(sizes):
        return text
    starts = [sum(sizes[:index]) for index in range(len(sizes))]
    return "\u00a0".join(text[start : start + size] for start, size in zip(starts, sizes, strict=True))


def breakable(value: object) -> object:
    """Mark where the long words of every text may break."""
    if isinstance(value, str):
        return _LONG_WORD.sub(_broken, value)
    if isinstance(value, list):
        return [breakable(item) for item in value]
    if isinstance(value, dict):
        return {key: breakable(item) for key, item in value.items()}
    return value


def _broken(match: re.Match[str]) -> str:
    word = match.group()
    step = _WORD_LENGTH_MAX - 2
    return BREAK.join(word[start : start + step] for start in range(0, len(word), step))
