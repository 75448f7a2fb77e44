"""The scalars of the published schema: each reads one JSON value exactly, or says what it wanted.

Amounts, quantities, prices and rates are JSON *strings* (`"1234.50"`): JSON numbers are floats for most writers, and a
float cannot hold a cent. A JSON number is refused, never rounded.
"""

import base64
import binascii
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from billing.money import Money

AMOUNT = r"^-?(0|[1-9][0-9]{0,12})(\.[0-9]{1,2})?$"
POSITIVE_AMOUNT = r"^(0|[1-9][0-9]{0,12})(\.[0-9]{1,2})?$"
NUMBER = r"^-?(0|[1-9][0-9]{0,9})(\.[0-9]{1,4})?$"
RATE = r"^(0|[1-9][0-9]?|100)(\.[0-9]{1,2})?$"
DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"

ATTACHMENT_BASE64_MAX = 80_000_000
"""Characters of one attachment: 60 MB, the most that one XML may weigh."""


def _read(pattern: str, wanted: str) -> Callable[[object], str]:
    compiled = re.compile(pattern, re.ASCII)

    def read(value: object) -> str:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            raise ValueError(wanted)
        return value

    return read


def _amount(wanted: str, pattern: str) -> Callable[[object], Money]:
    read = _read(pattern, wanted)
    return lambda value: Money.exact(Decimal(read(value)))


def _decimal(wanted: str, pattern: str) -> Callable[[object], Decimal]:
    read = _read(pattern, wanted)
    return lambda value: Decimal(read(value))


def _day(value: object) -> date:
    text = _read(DAY, "une date « AAAA-MM-JJ », par exemple « 2026-03-31 »")(value)
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError("une date qui existe au calendrier") from error


def _bytes(value: object) -> bytes:
    wanted = "le contenu du fichier en base64 (RFC 4648), sans retour à la ligne"
    if not isinstance(value, str) or not value or len(value) > ATTACHMENT_BASE64_MAX:
        raise ValueError(wanted)
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(wanted) from error


def _shown(pattern: str, example: str, *, text: str = "") -> Any:  # noqa: ANN401 - a piece of JSON Schema
    shown = {"type": "string", "pattern": pattern, "examples": [example]}
    return WithJsonSchema({**shown, "description": text} if text else shown)


_EUROS = "un montant en euros entre guillemets, deux décimales au plus, avec un point (par exemple « 1234.50 »)"
_FOUR = "un nombre entre guillemets, quatre décimales au plus, avec un point (par exemple « 24.5 »)"
_PERCENT = "un pourcentage entre guillemets, de 0 à 100 et deux décimales au plus (par exemple « 20 » ou « 5.5 »)"

Amount = Annotated[
    Money, BeforeValidator(_amount(f"{_EUROS}, sans signe", POSITIVE_AMOUNT)), _shown(POSITIVE_AMOUNT, "1234.50")
]
SignedAmount = Annotated[Money, BeforeValidator(_amount(_EUROS, AMOUNT)), _shown(AMOUNT, "-1234.50")]
Number = Annotated[Decimal, BeforeValidator(_decimal(_FOUR, NUMBER)), _shown(NUMBER, "24.5")]
Rate = Annotated[Decimal, BeforeValidator(_decimal(_PERCENT, RATE)), _shown(RATE, "20")]
Day = Annotated[
    date,
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "format": "date", "pattern": DAY, "examples": ["2026-03-31"]}),
]
Content = Annotated[
    bytes,
    BeforeValidator(_bytes),
    WithJsonSchema({"type": "string", "contentEncoding": "base64", "minLength": 4, "maxLength": ATTACHMENT_BASE64_MAX}),
]

Short = Annotated[str, Field(max_length=100)]
Named = Annotated[str, Field(min_length=1, max_length=250)]
Long = Annotated[str, Field(max_length=4_000)]
