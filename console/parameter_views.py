"""Parameters as people read them: named in French, amounts in euros, lists in words."""

import json
from typing import Any

from billing.money import Money, read_money
from billing.parameters_book import MEMORY, Parameter, ParameterBook
from workers.bootstrap import Runtime
from workers.catalogue import Texts, named

AMOUNT = "_cents"
"""How the key of an amount ends: its value is an integer of cents."""
LISTS = {
    "anomaly.mentions": "Mention",
    "anomaly.mentions_b2b_only": "Mention",
    "anomaly.public_classes": "FunderClass",
    "anomaly.public_payer_classes": "FunderClass",
    "anomaly.real_hours_schemes": "Scheme",
}
"""Lists of words of ours, and the kind that they belong to."""
YES_OR_NO = {"oui": "true", "non": "false"}
RULES = "anomaly.export_blocking_codes"
DELAYS = "anomaly.declaration_working_days"


def parameter_rows(runtime: Runtime, organisation_id: str) -> list[dict[str, Any]]:
    """List parameters by key and day; `key`, `from`, `value`, `source`, `confirmed_by` are a contract."""
    return [
        {
            "key": item.key,
            "from": item.starts_on,
            "value": item.value,
            "source": item.source,
            "confirmed_by": item.confirmed_by,
            "shipped": item.shipped,
            "needs_confirmation": item.needs_confirmation,
            "label": runtime.texts.sentence("parameters", item.key, {}),
            "shown": value_shown(item, runtime.texts),
        }
        for item in runtime.parameters(organisation_id).all()
        if not item.key.startswith(MEMORY)
    ]


def typed_value(book: ParameterBook, key: str, text: str) -> str:
    """Read a value that a person typed: `750,00 €` is kept in cents, `oui` as the yes of a yes or no.

    Raises:
        InvalidInput: the amount is none.
    """
    plain = text.strip().removesuffix("€").strip()
    if key.endswith(AMOUNT) and plain != text.strip():
        return str(read_money(plain).cents)
    known = {item.value for item in book.all() if item.key == key}
    return YES_OR_NO.get(plain.lower(), text) if known & set(YES_OR_NO.values()) else text


def value_shown(item: Parameter, texts: Texts) -> str:
    """Write a value as people do."""
    value = item.value
    if item.key.endswith(AMOUNT) and value.lstrip("-").isdigit():
        return Money(int(value)).french()
    try:
        read = json.loads(value)
    except ValueError:
        return value
    match read:
        case bool():
            return "oui" if read else "non"
        case list() if item.key == RULES:
            return ", ".join(_rule(str(code), texts) for code in read)
        case list():
            return ", ".join(named(LISTS.get(item.key, ""), str(one)) for one in read)
        case dict() if item.key == DELAYS:
            return " ; ".join(f"{named('Scheme', scheme)} : {_delays(delays)}" for scheme, delays in read.items())
        case int() | float():
            return value.replace(".", ",")
    return value


def _rule(code: str, texts: Texts) -> str:
    label = texts.sentence("labels", code, {})
    return named("LaterRule", code) if label == code else label


def _delays(delays: dict[str, int]) -> str:
    return ", ".join(f"{named('Move', move)} {days} j" for move, days in delays.items())
