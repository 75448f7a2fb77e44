"""The record of one exchange, redacted; kept beside the normalised value (style rule 24)."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """One exchange. The digests are of the exact bytes; the texts are redacted and cut.

    Attributes:
        subject: what it was about (a document number); empty for a token or a listing.
        status: HTTP status, 0 when no answer came.
        failure: why there is no usable answer; empty when there is one.
        elapsed_ms: from the first act to the last byte, milliseconds on the monotonic clock.
    """

    platform: str
    subject: str
    method: str
    url: str
    status: int
    failure: str
    elapsed_ms: int
    request_digest: str
    response_digest: str
    request_text: str
    response_text: str


class TranscriptSink(Protocol):
    """Keeps transcripts; given by the composition root."""

    def __call__(self, transcript: Transcript, /) -> str:
        """Keep one and give its reference."""


def discard(_transcript: Transcript, /) -> str:
    """Keep nothing."""
    return ""


def digest_of(content: bytes) -> str:
    """SHA-256 of the bytes, hexadecimal; empty for no bytes."""
    return sha256(content).hexdigest() if content else ""
