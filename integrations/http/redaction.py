"""What may be kept of an exchange: headers by allow-list, bodies without secrets, identifiers of people or accounts."""

import json
import re
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

KEPT_HEADERS = frozenset(
    {"accept", "content-length", "content-type", "date", "location", "retry-after", "www-authenticate"}
)
"""Only these are kept; every other one is masked, so that a new secret header is safe by default."""

TEXT_MAX = 32_768
"""Characters of a body that a transcript keeps."""
VALUE_MAX = 400
"""Longer values (documents in base64) are kept as their digest and length."""
DEPTH_MAX = 40

_SECRET_KEYS = re.compile(
    r"secret|password|passwd|pwd|token|authorization|api.?key|login|mot.?de.?passe", re.IGNORECASE
)
_PERSON_KEYS = re.compile(r"nom$|prenom|first.?name|last.?name|e?mail|courriel|telephone|phone|\bnir\b", re.IGNORECASE)
_HIDDEN = "…"
# Every repetition is bounded: an answer of millions of equal characters must not hold a regular expression.
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){3,7}(?:[ ]?[A-Z0-9]{1,4})?\b")
_NIR = re.compile(r"\b[1-478][ ]?\d{2}[ ]?\d{2}[ ]?(?:\d{2}|2[AB])[ ]?\d{3}[ ]?\d{3}[ ]?\d{2}\b")
_BEARER = re.compile(r"\b(Bearer|Basic)\s{1,4}[\w.~+/=-]{1,8000}", re.IGNORECASE)
_FORM_SECRET = re.compile(r"(?i)((?:[\w-]{0,40}(?:secret|password|token)[\w-]{0,40}|client_id)=)[^&\s]{1,4000}")


def redact_headers(headers: Iterable[tuple[str, str]]) -> str:
    """Write headers one a line, the values of those not on the allow-list masked."""
    lines = []
    for name, value in headers:
        shown = redact_text(value) if name.lower() in KEPT_HEADERS else _HIDDEN
        lines.append(f"{name.lower()}: {shown}")
    return "\n".join(sorted(lines))


def redact_body(body: bytes) -> str:
    """Write a body without what must not be kept; at most `TEXT_MAX` characters."""
    if not body:
        return ""
    try:
        tree = json.loads(body)
    except (ValueError, RecursionError):
        text = body[:TEXT_MAX].decode("utf-8", errors="replace")
        return redact_text(text)[:TEXT_MAX]
    return json.dumps(_redact(tree, 0), ensure_ascii=False)[:TEXT_MAX]


def redact_text(text: str) -> str:
    """Mask e-mails, IBANs, social security numbers and tokens inside a text."""
    text = _BEARER.sub(rf"\1 {_HIDDEN}", text)
    text = _FORM_SECRET.sub(rf"\1{_HIDDEN}", text)
    text = _EMAIL.sub(_HIDDEN, text)
    text = _NIR.sub(_HIDDEN, text)
    return _IBAN.sub(_HIDDEN, text)


def _redact(node: Any, depth: int) -> Any:  # noqa: ANN401 - any JSON value
    if depth > DEPTH_MAX:
        return _HIDDEN
    match node:
        case dict():
            return {
                key: _HIDDEN
                if (_SECRET_KEYS.search(key) or _PERSON_KEYS.search(key)) and isinstance(value, str)
                else _redact(value, depth + 1)
                for key, value in node.items()
            }
        case list():
            return [_redact(value, depth + 1) for value in node]
        case str() if len(node) > VALUE_MAX:
            return f"<{len(node)} caractères, sha256 {sha256(node.encode()).hexdigest()}>"
        case str():
            return redact_text(node)
        case _:
            return node
