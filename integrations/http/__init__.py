"""The pipe to platforms over HTTP: one deadline for a whole exchange, errors that say what to do, redacted transcripts.

It names no platform and retries reads only; what a lost answer to a write means is said by `translate`.
"""

from integrations.http.address import checked_url
from integrations.http.client import Answer, HttpClient, HttpTools, Limits, Request
from integrations.http.content import parse_json
from integrations.http.deadline import Deadline
from integrations.http.rate import RateLimiter, RateLimiters
from integrations.http.redaction import redact_text
from integrations.http.tokens import ClientCredentials
from integrations.http.transcript import Transcript, TranscriptSink, digest_of
from integrations.http.translate import Mode, Status, TransportFailure, Unreadable, translate

__all__ = [
    "Answer",
    "ClientCredentials",
    "Deadline",
    "HttpClient",
    "HttpTools",
    "Limits",
    "Mode",
    "RateLimiter",
    "RateLimiters",
    "Request",
    "Status",
    "Transcript",
    "TranscriptSink",
    "TransportFailure",
    "Unreadable",
    "checked_url",
    "digest_of",
    "parse_json",
    "redact_text",
    "translate",
]
