"""Reading a JSON answer strictly: numbers without float, bounded, and HTML never taken for JSON."""

import json
from decimal import Decimal
from typing import Any

from integrations.http.translate import Unreadable

DIGITS_MAX = 40
"""Longest number accepted; no amount, id or hour count comes near."""


def parse_json(content_type: str, body: bytes) -> Any | Unreadable:  # noqa: ANN401 - any JSON value
    """Parse a body that must be JSON; amounts become Decimal.

    Returns:
        The value, or why it cannot be read.
    """
    kind = content_type.split(";", maxsplit=1)[0].strip().lower()
    if not (kind == "application/json" or kind.endswith("+json")):
        return Unreadable(reason=f"content_type {kind[:60] or 'absent'}")
    try:
        return json.loads(body.decode("utf-8-sig"), parse_float=_decimal, parse_int=_integer, parse_constant=_refuse)
    except UnicodeDecodeError:
        return Unreadable(reason="not_utf8")
    except (ValueError, RecursionError):
        return Unreadable(reason="not_json")


def _decimal(text: str) -> Decimal:
    if len(text) > DIGITS_MAX:
        raise ValueError(text[:DIGITS_MAX])
    return Decimal(text)


def _integer(text: str) -> int:
    if len(text) > DIGITS_MAX:
        raise ValueError(text[:DIGITS_MAX])
    return int(text)


def _refuse(text: str) -> None:
    raise ValueError(text)
