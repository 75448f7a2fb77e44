"""The client: one exchange within one deadline, read retries for seconds, and never a second write."""

import random
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Protocol

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type

from billing.errors import AccessDenied, ErrorContext, PlatformError, RetryLater
from integrations.http.deadline import Deadline, Monotonic
from integrations.http.rate import RateLimiter, RateLimiters
from integrations.http.redaction import redact_body, redact_headers, redact_text
from integrations.http.transcript import Transcript, TranscriptSink, digest_of, discard
from integrations.http.translate import Mode, Problem, Status, TransportFailure, Unreadable, translate
from integrations.http.wire import CONNECT_SECONDS_MAX, RECEIVE_BYTES, DeadlineTransport, Exchange

READ_ATTEMPTS_MAX = 3
READ_PAUSE_SECONDS_MAX = 5.0
"""A longer wait is left to the schedule: tenacity retries reads for seconds only."""
READ_PAUSE_SECONDS = 0.2
RETRY_AFTER_MAX = timedelta(days=1)
ANSWER_BYTES_MAX = 32 * 1024 * 1024
UNAUTHORISED_STATUS = 401
SUCCESS = range(200, 300)

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What bounds one exchange."""

    answer_bytes_max: int = ANSWER_BYTES_MAX
    read_attempts_max: int = READ_ATTEMPTS_MAX


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request. `path` is joined to the base address, or is a whole address of its own."""

    mode: Mode
    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer whose status says success, whole, within the deadline."""

    status: int
    content_type: str
    body: bytes
    response_digest: str
    transcript: str


class Authoriser(Protocol):
    """Adds credentials to requests."""

    def headers(self, deadline: Deadline) -> Mapping[str, str]:
        """Give the headers; may fetch a token, within the deadline."""

    def forget(self) -> None:
        """The platform refused what was given: fetch anew next time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpTools:
    """What the composition root gives to every client of the process."""

    transcripts: TranscriptSink = discard
    monotonic: Monotonic = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    """Pauses between two tries of a read, seconds at most."""
    limiters: RateLimiters = field(default_factory=RateLimiters)


ReadRefusal = Callable[[str, bytes], tuple[str, str]]
"""From a content type and a body to (their code, their label); empty texts when the body says nothing."""


class HttpClient:
    """Speaks to one platform for one set of credentials. Safe to share between threads; close it when done."""

    def __init__(
        self,
        *,
        platform: str,
        base_url: str,
        tools: HttpTools,
        rate_per_second: Decimal | None = None,
        limits: Limits | None = None,
        gateway_refuses_503: bool = False,
        read_refusal: ReadRefusal = lambda _kind, _body: ("", ""),
    ) -> None:
        """Open no connection yet.

        Args:
            platform: its code, for messages and transcripts.
            base_url: address that paths are joined to, checked by `checked_url`.
            tools: what the process shares.
            rate_per_second: documented limit, None = not documented.
            limits: bounds of one exchange.
            gateway_refuses_503: see `translate`.
            read_refusal: finds their code and label in the body of a refusal.
        """
        self.platform = platform
        self.tools = tools
        self._base_url = base_url.rstrip("/")
        self._limits = limits or Limits()
        self._gateway_refuses_503 = gateway_refuses_503
        self._read_refusal = read_refusal
        self._rate: RateLimiter = tools.limiters.of(platform, rate_per_second)
        self._lock = threading.Lock()
        self._client: httpx.Client | None = None
        self._closed = False

    def close(self) -> None:
        """Close every connection; the client cannot be used after that."""
        with self._lock:
            self._closed = True
            if self._client is not None:
                self._client.close()

    def send(self, request: Request, deadline: Deadline, authoriser: Authoriser | None = None) -> Answer:
        """Send a request and read its whole answer within the deadline.

        A read is tried again for seconds, and once after a refused token. A write leaves once, or not at all.

        Raises:
            PlatformError: there is no successful answer; the class says what to do.
        """
        if request.mode is Mode.WRITE:
            return self._authorised(request, deadline, authoriser)
        retrying = Retrying(
            stop=lambda state: self._gives_up(state, deadline),
            wait=_pause,
            retry=retry_if_exception_type(RetryLater),
            sleep=self.tools.sleep,
            reraise=True,
        )
        return retrying(self._authorised, request, deadline, authoriser)

    def error(self, problem: Problem, *, mode: Mode, subject: str = "", transcript: str = "") -> PlatformError:
        """Translate a problem that an adapter found in an answer."""
        context = ErrorContext(platform=self.platform, subject=subject, transcript=transcript)
        return translate(problem, mode=mode, context=context, gateway_refuses_503=self._gateway_refuses_503)

    def _gives_up(self, state: RetryCallState, deadline: Deadline) -> bool:
        wait = state.upcoming_sleep
        return (
            state.attempt_number >= self._limits.read_attempts_max
            or wait > READ_PAUSE_SECONDS_MAX
            or wait >= deadline.left_seconds()
        )

    def _authorised(self, request: Request, deadline: Deadline, authoriser: Authoriser | None) -> Answer:
        if authoriser is None:
            return self._exchange(request, {}, deadline)
        try:
            return self._exchange(request, authoriser.headers(deadline), deadline)
        except AccessDenied as denied:
            if denied.values.get("status") != UNAUTHORISED_STATUS:
                raise
            authoriser.forget()
            if request.mode is Mode.WRITE:
                raise
        return self._exchange(request, authoriser.headers(deadline), deadline)

    def _exchange(self, request: Request, extra_headers: Mapping[str, str], deadline: Deadline) -> Answer:
        if not self._rate.wait(deadline):
            context = ErrorContext(platform=self.platform, subject=request.subject)
            raise RetryLater("platform_paced", context=context)
        url = request.path if "://" in request.path else f"{self._base_url}/{request.path.lstrip('/')}"
        headers = {"accept": "application/json", "accept-encoding": "identity", **request.headers, **extra_headers}
        exchange = Exchange(deadline)
        began = self.tools.monotonic()
        outcome: Problem | None = None
        status, kept, body = 0, httpx.Headers(), b""
        cause: Exception | None = None
        try:
            with self._opened().stream(
                request.method, url, headers=headers, content=request.body, extensions={"exchange": exchange}
            ) as answer:
                status, kept = answer.status_code, answer.headers
                body, outcome = self._read(answer, deadline)
        except httpx.HTTPError as error:
            cause = error
            sent = exchange.sent or not isinstance(error, _NEVER_SENT)
            outcome = TransportFailure(reason=type(error).__name__, sent=sent)
        outcome = outcome or self._judge(status, kept, body)
        reference = ""
        if self.tools.transcripts is not discard:
            reference = self.tools.transcripts(
                Transcript(
                    platform=self.platform,
                    subject=request.subject,
                    method=request.method,
                    url=redact_text(url),
                    status=status,
                    failure=_word(outcome),
                    elapsed_ms=int((self.tools.monotonic() - began) * 1000),
                    request_digest=digest_of(request.body),
                    response_digest=digest_of(body),
                    request_text=f"{redact_headers(headers.items())}\n\n{redact_body(request.body)}",
                    response_text=f"{redact_headers(kept.items())}\n\n{redact_body(body)}",
                )
            )
        if outcome is not None:
            raise self.error(outcome, mode=request.mode, subject=request.subject, transcript=reference) from cause
        return Answer(
            status=status,
            content_type=kept.get("content-type", ""),
            body=body,
            response_digest=digest_of(body),
            transcript=reference,
        )

    def _opened(self) -> httpx.Client:
        with self._lock:
            if self._closed:
                raise httpx.ConnectError("closed")
            if self._client is None:
                # Reading the authorities takes tens of milliseconds: none for a sandbox on this machine. Without a
                # context the pool makes a verifying one of its own when it meets https.
                context = ssl.create_default_context() if self._base_url.startswith("https:") else None
                self._client = httpx.Client(
                    transport=DeadlineTransport(context),
                    timeout=httpx.Timeout(CONNECT_SECONDS_MAX),  # unused: the transport cuts each wait itself
                    follow_redirects=False,
                    trust_env=False,
                )
            return self._client

    def _read(self, answer: httpx.Response, deadline: Deadline) -> tuple[bytes, Problem | None]:
        """Read the body up to the cap; the deadline is checked after each piece."""
        if answer.headers.get("content-encoding", "identity") != "identity":
            return b"", Unreadable(reason="content_encoding")
        pieces: list[bytes] = []
        size = 0
        for piece in answer.iter_raw(RECEIVE_BYTES):
            size += len(piece)
            if size > self._limits.answer_bytes_max:
                return b"", Unreadable(reason="too_big")
            pieces.append(piece)
            if deadline.is_over:
                return b"".join(pieces), TransportFailure(reason="deadline", sent=True)
        return b"".join(pieces), None

    def _judge(self, status: int, headers: httpx.Headers, body: bytes) -> Problem | None:
        if status in SUCCESS:
            return None
        if 300 <= status < 400:  # noqa: PLR2004 - the class of redirects
            return Unreadable(reason="redirect")
        code, label = self._read_refusal(headers.get("content-type", ""), body)
        return Status(status=status, retry_after=retry_after(headers), code=code, label=redact_text(label))


def retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """Read Retry-After: seconds, or a date compared with the answer's own Date; None when it says nothing usable."""
    text = headers.get("retry-after", "").strip()
    if text.isdecimal() and len(text) <= 6:  # noqa: PLR2004 - eleven days: longer is capped anyway
        return min(timedelta(seconds=int(text)), RETRY_AFTER_MAX)
    try:
        wait = parsedate_to_datetime(text) - parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError):
        return None
    return max(timedelta(), min(wait, RETRY_AFTER_MAX))


def _pause(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, RetryLater) and error.retry_after is not None:
        return error.retry_after.total_seconds()
    spread = 1 + random.random()  # noqa: S311 - spreads retries, protects nothing
    return READ_PAUSE_SECONDS * float(2 ** (state.attempt_number - 1)) * spread


def _word(problem: Problem | None) -> str:
    match problem:
        case None:
            return ""
        case Status():
            return f"http_{problem.status}"
        case _:
            return problem.reason
