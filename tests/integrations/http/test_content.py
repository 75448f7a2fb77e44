"""JSON is read strictly: HTML is not JSON, amounts are not float, nothing is unbounded."""

import time
from decimal import Decimal

import pytest

from integrations.http import Unreadable, parse_json, redact_text

JSON = "application/json;charset=utf-8"


def test_amounts_are_decimals_and_exact() -> None:
    assert parse_json(JSON, b'{"montant": 3990.10, "n": 12}') == {"montant": Decimal("3990.10"), "n": 12}


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/html", b'{"a": 1}'),
        ("", b'{"a": 1}'),
        (JSON, b"<html></html>"),
        (JSON, b""),
        (JSON, b'{"a": 1'),
        (JSON, b'{"a": NaN}'),
        (JSON, b'{"a": 1e999999999999999999999999999999999999999999}'),
        (JSON, b'{"a": ' + b"9" * 100 + b"}"),
        (JSON, b"\xff\xfe{}"),
        (JSON, b"[" * 100_000),
    ],
)
def test_what_is_no_plain_json_is_unreadable(kind: str, body: bytes) -> None:
    assert isinstance(parse_json(kind, body), Unreadable)


@pytest.mark.parametrize("pattern", ["x", "-", "AB12", "1 ", "a@", "token-", "Bearer ", "secret="])
def test_a_long_monotonous_text_holds_no_regular_expression(pattern: str) -> None:
    began = time.process_time()
    redact_text(pattern * (60_000 // len(pattern)))
    assert time.process_time() - began < 2
