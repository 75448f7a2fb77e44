"""Documents by their SHA-256, each encrypted with a key of its own.

Destroying the key purges the content and keeps the hash: what was signed or sent stays provable.
"""

import secrets
import zlib
from hashlib import sha256

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from billing.errors import InvalidInput
from integrations.database.keyring import KEY_BYTES, NONCE_BYTES
from integrations.database.time_types import Instant
from integrations.database.transaction import Transaction

TABLE = "documents"
DOCUMENT_BYTES_MAX = 64 * 1024 * 1024


def store_document(transaction: Transaction, content: bytes, media_type: str, name: str) -> str:
    """Store a document once; a purged one is stored again when somebody gives it again.

    Raises:
        InvalidInput: it is larger than 64 MiB.
    """
    transaction.writing()
    if len(content) > DOCUMENT_BYTES_MAX:
        raise InvalidInput("document_too_large", name=name[:80], bytes=len(content), bytes_max=DOCUMENT_BYTES_MAX)
    digest = sha256(content).hexdigest()
    organisation, mark = transaction.organisation_id, transaction.mark
    if _key(transaction, digest) is not None:
        return digest
    key = secrets.token_bytes(KEY_BYTES)
    nonce = secrets.token_bytes(NONCE_BYTES)
    encrypted = nonce + AESGCM(key).encrypt(nonce, zlib.compress(content), _place(organisation, digest).encode())
    sealed_key = transaction.keyring.seal(key, _key_place(organisation, digest))
    at = Instant().writer(transaction.dialect)(transaction.recorded_at)
    transaction.write(
        TABLE,
        "INSERT INTO documents (organisation_id, sha256, media_type, name, size, content, recorded_at) "  # noqa: S608 - no value in the text
        f"VALUES ({', '.join([mark] * 7)}) "
        "ON CONFLICT (organisation_id, sha256) DO UPDATE SET content = excluded.content",
        [(organisation, digest, media_type, name, len(content), encrypted, at)],
    )
    transaction.write(
        "document_keys",
        f"INSERT INTO document_keys (organisation_id, sha256, sealed_key) VALUES ({mark}, {mark}, {mark})",  # noqa: S608 - same
        [(organisation, digest, sealed_key)],
    )
    return digest


def read_document(transaction: Transaction, digest: str) -> bytes | None:
    """Read a document back; None when there is none or its key was destroyed."""
    sealed_key = _key(transaction, digest)
    if sealed_key is None:
        return None
    organisation, mark = transaction.organisation_id, transaction.mark
    rows = transaction.read(
        TABLE,
        f"SELECT content FROM documents WHERE organisation_id = {mark} AND sha256 = {mark}",  # noqa: S608 - same
        (organisation, digest),
    )
    key = transaction.keyring.unseal(sealed_key, _key_place(organisation, digest))
    content = bytes(rows[0][0])
    opened = AESGCM(key).decrypt(content[:NONCE_BYTES], content[NONCE_BYTES:], _place(organisation, digest).encode())
    return zlib.decompress(opened)


def destroy_key(transaction: Transaction, digest: str) -> bool:
    """Purge a document's content for ever; tell whether there was one."""
    mark = transaction.mark
    touched = transaction.write(
        "document_keys",
        f"DELETE FROM document_keys WHERE organisation_id = {mark} AND sha256 = {mark}",  # noqa: S608 - same
        [(transaction.organisation_id, digest)],
    )
    return touched > 0


def _key(transaction: Transaction, digest: str) -> bytes | None:
    mark = transaction.mark
    rows = transaction.read(
        "document_keys",
        f"SELECT sealed_key FROM document_keys WHERE organisation_id = {mark} AND sha256 = {mark}",  # noqa: S608 - same
        (transaction.organisation_id, digest),
    )
    return bytes(rows[0][0]) if rows else None


def _place(organisation: str, digest: str) -> str:
    return f"documents.content|{organisation}|{digest}"


def _key_place(organisation: str, digest: str) -> str:
    return f"document_keys.sealed_key|{organisation}|{digest}"
