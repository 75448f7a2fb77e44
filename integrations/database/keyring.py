"""The organisation's keys: sealing of sensitive texts, and keyed digests to find them by.

Sealing is AES-256-GCM; the sealed bytes begin with the id of their key, so that keys can be replaced one
after the other. What is sealed is bound to its place (table, column, organisation, row): copied anywhere
else it does not open. The digest key is never replaced: equality must hold over the years.
"""

import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from billing.errors import BrokenBooks, Misconfigured

HEADER = "quitus-keyring 1"
KEY_BYTES = 32
KEY_ID_BYTES = 4
NONCE_BYTES = 12
FORMAT = b"\x01"


@dataclass(frozen=True, slots=True, repr=False)
class Keyring:
    """Keys by id; the last one seals, all of them open.

    Attributes:
        keys: 32 bytes each, by the 8 hexadecimal digits of their id, in the order in which they were made.
        digest_key: 32 bytes.
    """

    keys: Mapping[str, bytes]
    digest_key: bytes

    @classmethod
    def generate(cls) -> Self:
        """Make a new keyring with one key."""
        return cls({secrets.token_hex(KEY_ID_BYTES): secrets.token_bytes(KEY_BYTES)}, secrets.token_bytes(KEY_BYTES))

    @classmethod
    def load(cls, text: str) -> Self:
        """Read the text that `dump` wrote.

        Raises:
            Misconfigured: it is no keyring; the message repeats nothing of it.
        """
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        if not lines or lines[0] != HEADER:
            raise Misconfigured("keyring_unreadable")
        keys: dict[str, bytes] = {}
        digest_key = b""
        for line in lines[1:]:
            name, _, encoded = line.partition(":")
            key = _decoded(encoded)
            if name == "digest":
                digest_key = key
            else:
                keys[name] = key
        named = all(len(name) == 2 * KEY_ID_BYTES and _is_hex(name) for name in keys)
        sized = all(len(key) == KEY_BYTES for key in (digest_key, *keys.values()))
        if not keys or not named or not sized:
            raise Misconfigured("keyring_unreadable")
        return cls(keys, digest_key)

    def dump(self) -> str:
        """Write the keyring as text: the secret of the house, for a file that only its owner reads."""
        lines = [HEADER, f"digest:{urlsafe_b64encode(self.digest_key).decode()}"]
        lines += [f"{name}:{urlsafe_b64encode(key).decode()}" for name, key in self.keys.items()]
        return "\n".join(lines) + "\n"

    def with_new_key(self) -> Self:
        """Give a keyring that seals with a new key and still opens what the older ones sealed."""
        return type(self)(
            {**self.keys, secrets.token_hex(KEY_ID_BYTES): secrets.token_bytes(KEY_BYTES)}, self.digest_key
        )

    def seal(self, content: bytes, place: str) -> bytes:
        """Seal bytes to a place: format, key id, nonce, then the encrypted content with its tag."""
        name, key = list(self.keys.items())[-1]
        nonce = secrets.token_bytes(NONCE_BYTES)
        return FORMAT + bytes.fromhex(name) + nonce + AESGCM(key).encrypt(nonce, content, place.encode())

    def unseal(self, sealed: bytes, place: str) -> bytes:
        """Open what was sealed to this place.

        Raises:
            Misconfigured: its key is not on this ring.
            BrokenBooks: it was changed, or moved from another place.
        """
        start = len(FORMAT) + KEY_ID_BYTES
        key = self.keys.get(sealed[len(FORMAT) : start].hex())
        if sealed[: len(FORMAT)] != FORMAT or key is None:
            raise Misconfigured("sealed_with_unknown_key", place=place.partition("|")[0])
        try:
            return AESGCM(key).decrypt(
                sealed[start : start + NONCE_BYTES], sealed[start + NONCE_BYTES :], place.encode()
            )
        except InvalidTag as cause:
            raise BrokenBooks("seal_broken", place=place.partition("|")[0]) from cause

    def digest(self, organisation_id: str, text: str) -> str:
        """Give the keyed digest by which a sealed text is found: the same in every table of one organisation."""
        return hmac.digest(self.digest_key, f"{organisation_id}\x1f{text}".encode(), sha256).hex()

    def __repr__(self) -> str:
        return f"Keyring({len(self.keys)} keys)"


def _decoded(encoded: str) -> bytes:
    try:
        return urlsafe_b64decode(encoded.encode())
    except (Base64Error, ValueError) as cause:
        raise Misconfigured("keyring_unreadable") from cause


def _is_hex(text: str) -> bool:
    return all(char in "0123456789abcdef" for char in text)
