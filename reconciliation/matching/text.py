"""Putting texts of banks and payers in forms that compare: capitals, no accents, runs of letters and digits."""

import re
import unicodedata
from functools import lru_cache

_LETTERS = str.maketrans(
    {"Ł": "L", "Ø": "O", "Đ": "D", "Œ": "OE", "Æ": "AE", "ẞ": "SS", "Þ": "TH", "Ħ": "H", "İ": "I", "Ŋ": "N"}
)
_RUNS = re.compile(r"[A-Z]+|\d+")
_WORDS = re.compile(r"[A-Z0-9]+")


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Give capitals without accents or ligatures; everything else stays."""
    if text.isascii():
        return text.upper()
    decomposed = unicodedata.normalize("NFKD", text.upper().translate(_LETTERS))
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def runs(text: str) -> list[str]:
    """Cut a text into its runs of letters and runs of digits: `FAC-000412` gives `FAC`, `000412`."""
    return _RUNS.findall(fold(text))


def words(text: str) -> list[str]:
    """Cut a text into words of letters and digits."""
    return _WORDS.findall(fold(text))


def compact(text: str) -> str:
    """Keep letters and digits only, zeros kept."""
    return "".join(words(text))


def loose(pieces: list[str]) -> str:
    """Join runs without their leading zeros: `FAC`, `000412` gives `FAC.412`."""
    return ".".join(piece.lstrip("0") or "0" if piece.isdigit() else piece for piece in pieces)


def name_key(text: str) -> str:
    """Put a name in the form in which two spellings compare equal: letters and digits only."""
    return compact(text)


def one_edit_apart(left: str, right: str) -> bool:
    """Tell whether one insertion, deletion, replacement or swap of neighbours makes two texts equal."""
    if left == right or abs(len(left) - len(right)) > 1:
        return False
    if len(left) > len(right):
        left, right = right, left
    start = 0
    while start < len(left) and left[start] == right[start]:
        start += 1
    if len(left) == len(right):
        rest_left, rest_right = left[start:], right[start:]
        swapped = rest_left[:2] == rest_right[1::-1] and rest_left[2:] == rest_right[2:]
        return rest_left[1:] == rest_right[1:] or swapped
    return left[start:] == right[start + 1 :]


CUT_MIN = 8  # digits that must be left of a reference that was cut off


def is_near(seen: str, known: str) -> bool:
    """Tell whether digits seen in a label may be a known reference, mistyped by one character or cut off."""
    return one_edit_apart(seen, known) or (len(seen) >= CUT_MIN and known.startswith(seen))
