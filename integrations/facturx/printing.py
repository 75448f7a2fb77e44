"""Which characters the page can print, and texts put in the form in which XML and page carry them.

PDF/A wants a glyph for every character: what the embedded fonts lack is found before a number is taken.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

_SPACES = re.compile(r"\s+")
_PRINTABLE = re.compile(
    "["
    " -~"  # ASCII
    "\u00a0-\u017f"  # Latin of western and central Europe
    "\u0192\u01a0\u01a1\u01af\u01b0\u01cd-\u01dc\u0218-\u021b"  # Romanian, Vietnamese, Pinyin
    "\u0386-\u038a\u038c\u038e-\u03a1\u03a3-\u03ce"  # Greek
    "\u0400-\u045f\u0490\u0491"  # Cyrillic
    "\u1e80-\u1e85\u1ea0-\u1ef9"  # Welsh, Vietnamese
    "\u2013\u2014\u2018-\u201e\u2020\u2021\u2022\u2026\u202f\u2030\u2039\u203a\u20ac\u2116\u2122\u2212"
    "]*"
)


def tidy(text: str) -> str:
    """Compose accents (NFC) and turn any run of blanks or line breaks into one space.

    Non-breaking spaces inside numbers are blanks too: nothing here formats numbers.
    """
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip()


def unprintable(text: str) -> str:
    """Give the first character that cannot be printed; empty when all can."""
    match = _PRINTABLE.match(text)
    end = match.end() if match else 0
    return text[end : end + 1]


def texts_of(value: object, where: str = "") -> Iterator[tuple[str, str]]:
    """Walk every text of a document with the path to it, such as `buyer.name` or `lines.2.label`."""
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, tuple):
        for index, item in enumerate(value, start=1):
            yield from texts_of(item, f"{where}.{index}")
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from texts_of(getattr(value, field.name), f"{where}.{field.name}" if where else field.name)
