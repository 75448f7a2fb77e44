"""From JSON text to requests: everything that is wrong with the form of each, with its place, at once.

The text is nobody's: bounded size and depth, no duplicate key (two readers would take two amounts), no NaN.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, NoReturn

from pydantic import ValidationError

from billing.errors import Finding, InvalidInput
from integrations.facturx.published.models import AskedInvoice

JSON_SIZE_MAX = 200_000_000
"""Bytes of one input: the attachments of one invoice may weigh 120 MB before base64."""
INVOICES_MAX = 10_000
FINDINGS_MAX = 200
"""Of one invoice: beyond, the input is of another kind."""
INTEGER_DIGITS_MAX = 10

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """A finding and the place that it is about, as a JSON Pointer (RFC 6901) inside its invoice."""

    pointer: str
    finding: Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One invoice of the input.

    Attributes:
        index: its place in the array, from 0; None when the input is one object.
        number: as given, for people to find it; empty when it cannot be read.
        asked: None when its form is wrong.
    """

    index: int | None
    number: str
    asked: AskedInvoice | None
    findings: tuple[Located, ...] = ()


def read_entries(content: bytes) -> Iterator[Entry]:
    """Read one invoice or an array of them.

    Raises:
        InvalidInput: the text is no JSON that can be read at all; the code says why.
    """
    value = _json(content)
    if isinstance(value, Mapping):
        yield _entry(None, value)
        return
    if not isinstance(value, list) or not value:
        raise InvalidInput("input_not_invoices")
    if len(value) > INVOICES_MAX:
        raise InvalidInput("input_too_many", count=len(value), maximum=INVOICES_MAX)
    for index, item in enumerate(value):
        yield _entry(index, item)


def _json(content: bytes) -> object:
    if len(content) > JSON_SIZE_MAX:
        raise InvalidInput("input_too_large", megabytes=len(content) // 1_000_000, maximum=JSON_SIZE_MAX // 1_000_000)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput("input_not_utf8", position=error.start) from error
    try:
        value: object = json.loads(
            text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_NotTaken, parse_int=_integer
        )
        if _SURROGATE.search(text):  # half of a character pair: no file can hold it
            json.dumps(value, ensure_ascii=False, default=str).encode()
    except json.JSONDecodeError as error:
        raise InvalidInput("input_not_json", line=error.lineno, column=error.colno) from error
    except RecursionError as error:
        raise InvalidInput("input_too_deep") from error
    except UnicodeEncodeError as error:
        raise InvalidInput("input_half_character") from error
    return value


class _NotTaken:
    """A number that no key of the schema takes: it is refused where it stands, as any other wrong value."""

    def __init__(self, text: str) -> None:
        self.text = text[:40]


def _integer(text: str) -> object:
    return int(text) if len(text) <= INTEGER_DIGITS_MAX else _NotTaken(text)


def _constant(text: str) -> NoReturn:
    raise InvalidInput("input_constant", text=text)


def _object(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) < len(pairs):
        seen: set[str] = set()
        key = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]  # adds
        raise InvalidInput("input_key_twice", key=key[:60])
    return made


def _entry(index: int | None, value: object) -> Entry:
    number = value.get("number", "") if isinstance(value, Mapping) else ""
    number = number[:60] if isinstance(number, str) else ""
    try:
        asked = AskedInvoice.model_validate(value)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)[:FINDINGS_MAX]
        return Entry(index=index, number=number, asked=None, findings=tuple(_located(item) for item in details))
    return Entry(index=index, number=number, asked=asked)


def pointer_of(path: Sequence[object]) -> str:
    """Write a path as a JSON Pointer."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)


def _located(error: Mapping[str, Any]) -> Located:
    path = error["loc"]
    pointer = pointer_of(path)
    return Located(pointer=pointer, finding=_finding(error, pointer or "/", str(path[-1])[:60] if path else ""))


def _finding(error: Mapping[str, Any], where: str, key: str) -> Finding:
    context: Mapping[str, Any] = error.get("ctx") or {}
    kind = error["type"]
    if kind == "missing":
        return Finding(code="input_key_missing", where=where, values={"key": key})
    if kind == "extra_forbidden":
        return Finding(code="input_key_unknown", where=where, values={"key": key, "close": _close(key)})
    return Finding(code="input_value_wrong", where=where, values={"wanted": _wanted(kind, context)})


_WANTED = {
    "string_too_short": "un texte qui n’est pas vide",
    "too_short": "un tableau qui n’est pas vide",
    "string_type": "un texte entre guillemets",
    "bool_type": "true ou false",
    "int_type": "un nombre entier, sans guillemets",
    "list_type": "un tableau [ … ]",
    "model_type": "un objet { … }",
    "dict_type": "un objet { … }",
}


def _wanted(kind: str, context: Mapping[str, Any]) -> str:
    if kind == "value_error":  # one of our own scalars: it says what it wanted
        return str(context["error"])
    if kind == "literal_error":
        return f"l’un de ces mots : {str(context['expected']).replace(' or ', ', ').replace(chr(39), '')}"
    if kind == "string_too_long":
        return f"un texte de {context['max_length']} caractères au plus"
    if kind == "too_long":
        return f"un tableau de {context['max_length']} éléments au plus"
    if kind == "string_pattern_mismatch":
        return f"un texte de la forme {context['pattern']}"
    if kind in {"greater_than_equal", "less_than_equal"}:
        bound = context.get("ge", context.get("le"))
        return f"un nombre entier d’au {'moins' if kind == 'greater_than_equal' else 'plus'} {bound}"
    return _WANTED.get(kind, "une autre valeur")


def _close(key: str) -> str:
    known = get_close_matches(key, sorted(_keys()), n=1)
    return f" ; vouliez-vous dire « {known[0]} » ?" if known else ""


def _keys() -> set[str]:
    from integrations.facturx.published import models, parts  # noqa: PLC0415 - only for a mistyped key

    classes = [item for room in (models, parts) for item in vars(room).values() if isinstance(item, type)]
    return {name for item in classes if issubclass(item, parts.Part) for name in item.model_fields}
