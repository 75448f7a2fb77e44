"""Texts compared without regard to case, accents, blanks or punctuation: headings and words of files."""

import re
import unicodedata
from functools import lru_cache

_NOT_KEPT = re.compile(r"[^0-9a-z]+")


def genderless(folded_text: str) -> str:
    """Put a folded word in the form in which `annulé` and `annulée` compare equal."""
    return folded_text.replace("ee", "e")


@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """Put a heading or a word in the form in which its spellings compare equal.

    `N° de dossier *`, `n_de_dossier` and `N DE DOSSIER` are the same.
    """
    plain = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "OE").replace("°", ""))
    return _NOT_KEPT.sub("", plain.lower())
