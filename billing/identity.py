"""Identifiers as values that check and mask themselves, and the making of our own ids."""

import re
import uuid
from dataclasses import dataclass
from hashlib import sha1
from typing import Self

from billing.errors import InvalidInput

_NAMESPACE = uuid.UUID("6f1d9a52-7d0e-5c55-9d3b-2f7f2a1c9b10")
_BLANKS = re.compile(r"[\s\u00a0\u202f.\-]+")
LA_POSTE_SIREN = "356000000"  # its establishments do not follow Luhn; their digits sum to a multiple of 5 [P]


def new_id() -> str:
    """Make an id for a thing that has no natural key (an attempt, an allocation)."""
    return str(uuid.uuid4())


def derive_id(kind: str, *natural_key: str) -> str:
    """Make the id of a thing that has a natural key: the same key gives the same id, for ever.

    Importing a file twice, or again after a crash, therefore finds what it wrote the first time.
    """
    name = "\x1f".join((kind, *natural_key)).encode()
    digest = bytearray(sha1(_NAMESPACE.bytes + name, usedforsecurity=False).digest()[:16])
    # RFC 9562, version 5: the same id as uuid.uuid5 gives, six times as fast (an import makes several for each row).
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def luhn_is_valid(digits: str) -> bool:
    """Tell whether the check digit of a SIREN or SIRET holds (ISO/IEC 7812-1)."""
    doubled = (int(char) * (2 if index % 2 else 1) for index, char in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0  # noqa: PLR2004 - Luhn


@dataclass(frozen=True, slots=True)
class _Text:
    """A checked text; equality by its normal form."""

    value: str

    @classmethod
    def read(cls, text: str) -> Self:
        """Take a text as people type it, with blanks, dots or dashes."""
        return cls(_BLANKS.sub("", text).upper())

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class Siren(_Text):
    """The nine digits of a French legal person (INSEE), Luhn-checked."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9]{9}", self.value) or not luhn_is_valid(self.value):
            raise InvalidInput("siren_invalid", siren=self.value[:20])


@dataclass(frozen=True, slots=True)
class Siret(_Text):
    """The fourteen digits of an establishment: SIREN + NIC, Luhn-checked (La Poste apart)."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9]{14}", self.value):
            raise InvalidInput("siret_invalid", siret=self.value[:20])
        poste = self.value.startswith(LA_POSTE_SIREN) and sum(map(int, self.value)) % 5 == 0
        if not (luhn_is_valid(self.value) or poste):
            raise InvalidInput("siret_invalid", siret=self.value)

    @property
    def siren(self) -> Siren:
        """The legal person that the establishment belongs to."""
        return Siren(self.value[:9])


@dataclass(frozen=True, slots=True)
class Nda(_Text):
    """The declaration-of-activity number of a training organisation: eleven digits [P].

    Overseas departments have longer region codes; the first two characters are the region.
    """

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9]{2}[0-9A-B][0-9]{8}", self.value):
            raise InvalidInput("nda_invalid", nda=self.value[:20])


def _mod97(value: str) -> int:
    return int("".join(str(int(char, 36)) for char in value[4:] + value[:4])) % 97


IBAN_LENGTHS = {
    "FR": 27,
    "MC": 27,
    "BE": 16,
    "DE": 22,
    "LU": 20,
    "ES": 24,
    "IT": 27,
    "NL": 18,
    "CH": 21,
    "PT": 25,
}


@dataclass(frozen=True, slots=True, repr=False)
class Iban(_Text):
    """A bank account (ISO 13616), mod-97 checked; its repr shows the country and the last four only."""

    def __post_init__(self) -> None:
        shape = re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}", self.value)
        length = IBAN_LENGTHS.get(self.value[:2], len(self.value))
        if not shape or len(self.value) != length or _mod97(self.value) != 1:
            raise InvalidInput("iban_invalid", iban=mask(self.value))

    def __repr__(self) -> str:
        return f"Iban({mask(self.value)})"


@dataclass(frozen=True, slots=True, repr=False)
class Nir(_Text):
    """A social security number (13 digits + 2 of key, Corsica 2A/2B); its repr shows nothing of it."""

    def __post_init__(self) -> None:
        body = self.value[:13].replace("2A", "19").replace("2B", "18")
        shape = re.fullmatch(r"[1-478][0-9]{4}(?:[0-9]{2}|2[AB])[0-9]{8}", self.value)
        if not shape or 97 - int(body) % 97 != int(self.value[13:]):
            raise InvalidInput("nir_invalid")

    def __repr__(self) -> str:
        return "Nir(…)"


def mask(text: str) -> str:
    """Show the first two and last four characters of a sensitive text."""
    return f"{text[:2]}…{text[-4:]}" if len(text) > 8 else "…"  # noqa: PLR2004 - nothing left to hide below


def normalised_reference(text: str) -> str:
    """Put a document number in the form in which two spellings compare equal.

    Upper case, no blanks, no leading zeros in any run of digits. Source: the decisions on rule
    `portal_invoice_no_mismatch` [I].
    """
    compact = re.sub(r"[\s\u00a0\u202f]+", "", text).upper()
    return re.sub(r"(?<![0-9])0+(?=[0-9])", "", compact)
