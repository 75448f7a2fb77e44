"""What a client promises: one deadline, bounds, no second write, and errors that say what to do."""

import socket
import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest

from billing.errors import (
    AccessDenied,
    ContractChanged,
    Misconfigured,
    OutcomeUnknown,
    PlatformError,
    Refused,
    RetryLater,
)
from integrations.http import (
    ClientCredentials,
    Deadline,
    HttpClient,
    HttpTools,
    Limits,
    Mode,
    RateLimiter,
    Request,
    Transcript,
    checked_url,
)

MakeDeadline = Callable[[float], Deadline]


def error_of(act: Callable[[], object]) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        act()
    return caught.value


def test_a_whole_answer_comes_back(raw: Any, client: HttpClient, read: Request, deadline: MakeDeadline) -> None:
    raw.answer("200 OK", b'{"a":1}')
    answer = client.send(read, deadline(5))
    assert (answer.status, answer.body, answer.content_type) == (200, b'{"a":1}', "application/json")


@pytest.mark.parametrize(
    ("status", "kind", "tries"),
    [
        ("400 Bad Request", Refused, 1),
        ("401 Unauthorized", AccessDenied, 1),
        ("403 Forbidden", AccessDenied, 1),
        ("404 Not Found", ContractChanged, 1),
        ("408 Request Timeout", OutcomeUnknown, 1),
        ("422 Unprocessable", Refused, 1),
        ("429 Too Many Requests", RetryLater, 1),
        ("500 Error", OutcomeUnknown, 1),
        ("503 Unavailable", OutcomeUnknown, 1),
        ("302 Found", OutcomeUnknown, 1),
    ],
)
def test_a_write_leaves_once_whatever_the_answer(
    raw: Any, client: HttpClient, write: Request, deadline: MakeDeadline, status: str, kind: type, tries: int
) -> None:
    raw.answer(status, b"")
    error = error_of(lambda: client.send(write, deadline(5)))
    assert type(error) is kind
    assert len(raw.requests) == tries


@pytest.mark.parametrize(
    ("status", "kind", "tries"),
    [
        ("400 Bad Request", Refused, 1),
        ("403 Forbidden", AccessDenied, 1),
        ("404 Not Found", ContractChanged, 1),
        ("408 Request Timeout", RetryLater, 3),
        ("429 Too Many Requests", RetryLater, 3),
        ("500 Error", RetryLater, 3),
        ("503 Unavailable", RetryLater, 3),
        ("302 Found", ContractChanged, 1),
    ],
)
def test_a_read_is_tried_again_for_seconds_only_when_that_can_help(
    raw: Any, client: HttpClient, read: Request, deadline: MakeDeadline, status: str, kind: type, tries: int
) -> None:
    raw.answer(status, b"")
    error = error_of(lambda: client.send(read, deadline(5)))
    assert type(error) is kind
    assert len(raw.requests) == tries


def test_a_503_of_a_gateway_that_refuses_before_any_work_is_safe_to_send_again(
    raw: Any, tools: HttpTools, write: Request, deadline: MakeDeadline
) -> None:
    client = HttpClient(platform="essai", base_url=raw.url, tools=tools, gateway_refuses_503=True)
    raw.answer("503 Unavailable", b"")
    assert isinstance(error_of(lambda: client.send(write, deadline(5))), RetryLater)
    client.close()


def test_nobody_listening_means_that_nothing_was_sent(tools: HttpTools, write: Request, deadline: MakeDeadline) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    client = HttpClient(platform="essai", base_url=f"http://127.0.0.1:{port}", tools=tools)
    error = error_of(lambda: client.send(write, deadline(5)))
    assert isinstance(error, RetryLater)
    assert error.code == "platform_unreachable"
    client.close()


def test_a_connection_lost_after_the_request_left_is_a_doubt(
    raw: Any, client: HttpClient, write: Request, deadline: MakeDeadline
) -> None:
    raw.script = lambda connection, _request: connection.close()
    error = error_of(lambda: client.send(write, deadline(5)))
    assert isinstance(error, OutcomeUnknown)
    assert len(raw.requests) == 1


def test_a_body_cut_short_is_a_doubt(raw: Any, client: HttpClient, write: Request, deadline: MakeDeadline) -> None:
    cut = b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"ok'
    raw.script = lambda connection, _request: connection.sendall(cut)
    assert isinstance(error_of(lambda: client.send(write, deadline(5))), OutcomeUnknown)


def test_silence_ends_at_the_deadline(raw: Any, client: HttpClient, write: Request, deadline: MakeDeadline) -> None:
    raw.script = lambda _connection, _request: raw.gone.wait(5)
    began = time.monotonic()
    error = error_of(lambda: client.send(write, deadline(0.3)))
    assert isinstance(error, OutcomeUnknown)
    assert time.monotonic() - began < 1.5
    raw.gone.set()


@pytest.mark.parametrize(
    "head",
    [b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9999\r\n\r\n", b"HTTP/1.1 200 OK\r\nx-"],
)
def test_a_drip_of_bytes_ends_at_the_deadline_too(
    raw: Any, client: HttpClient, write: Request, deadline: MakeDeadline, head: bytes
) -> None:
    def drip(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(head)
        while not raw.gone.wait(0.02):
            connection.sendall(b"a")

    raw.script = drip
    began = time.monotonic()
    error = error_of(lambda: client.send(write, deadline(0.4)))
    assert isinstance(error, OutcomeUnknown)
    assert time.monotonic() - began < 1.5


def test_a_server_that_stops_reading_ends_at_the_deadline_while_sending(
    raw: Any, client: HttpClient, deadline: MakeDeadline
) -> None:
    big = Request(mode=Mode.WRITE, method="POST", path="bill", body=b"x" * 40_000_000)
    raw._read = lambda _connection: raw.gone.wait(5) and b""
    began = time.monotonic()
    error = error_of(lambda: client.send(big, deadline(0.4)))
    assert isinstance(error, OutcomeUnknown)
    assert error.values["reason"] == "WriteTimeout"
    assert time.monotonic() - began < 1.5
    raw.gone.set()


def test_a_huge_body_is_cut_and_is_a_doubt(raw: Any, tools: HttpTools, write: Request, deadline: MakeDeadline) -> None:
    client = HttpClient(platform="essai", base_url=raw.url, tools=tools, limits=Limits(answer_bytes_max=1000))
    raw.answer("200 OK", b"x" * 5000)
    error = error_of(lambda: client.send(write, deadline(5)))
    assert isinstance(error, OutcomeUnknown)
    assert error.values["reason"] == "too_big"
    client.close()


def test_a_compressed_answer_that_nobody_asked_for_is_not_inflated(
    raw: Any, client: HttpClient, read: Request, deadline: MakeDeadline
) -> None:
    raw.answer("200 OK", b"\x1f\x8b...", extra="content-encoding: gzip\r\n")
    assert isinstance(error_of(lambda: client.send(read, deadline(5))), ContractChanged)


def test_a_redirect_is_not_followed(raw: Any, client: HttpClient, read: Request, deadline: MakeDeadline) -> None:
    raw.answer("307 Temporary Redirect", b"", extra="location: http://127.0.0.1:1/elsewhere\r\n")
    error = error_of(lambda: client.send(read, deadline(5)))
    assert isinstance(error, ContractChanged)
    assert len(raw.requests) == 1


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("retry-after: 7\r\n", 7),
        ("retry-after: 99999999999\r\n", None),
        ("retry-after: 999999\r\n", 86_400),
        ("retry-after: soon\r\n", None),
        ("", None),
        ("date: Wed, 25 Nov 2026 08:00:00 GMT\r\nretry-after: Wed, 25 Nov 2026 08:01:30 GMT\r\n", 90),
        ("retry-after: Wed, 25 Nov 2026 08:01:30 GMT\r\n", None),
    ],
)
def test_the_delay_that_they_ask_for_is_kept(
    raw: Any, client: HttpClient, write: Request, deadline: MakeDeadline, header: str, seconds: int | None
) -> None:
    raw.answer("429 Too Many Requests", b"", extra=header)
    error = error_of(lambda: client.send(write, deadline(5)))
    assert isinstance(error, RetryLater)
    assert error.retry_after == (timedelta(seconds=seconds) if seconds is not None else None)


def test_a_read_does_not_wait_for_minutes(
    raw: Any, client: HttpClient, read: Request, deadline: MakeDeadline, pauses: list[float]
) -> None:
    raw.answer("429 Too Many Requests", b"", extra="retry-after: 120\r\n")
    error_of(lambda: client.send(read, deadline(600)))
    assert len(raw.requests) == 1
    assert pauses == []


def test_a_read_waits_what_they_ask_when_it_is_short(
    raw: Any, client: HttpClient, read: Request, deadline: MakeDeadline, pauses: list[float]
) -> None:
    raw.answer("429 Too Many Requests", b"", extra="retry-after: 1\r\n")
    error_of(lambda: client.send(read, deadline(600)))
    assert pauses == [1.0, 1.0]


class Token:
    """Gives tokens one after the other, and counts what it was told to forget."""

    def __init__(self) -> None:
        self.given = 0
        self.forgotten = 0

    def headers(self, _deadline: Deadline) -> dict[str, str]:
        self.given += 1
        return {"authorization": f"Bearer t{self.given}"}

    def forget(self) -> None:
        self.forgotten += 1


def test_a_read_is_tried_once_more_with_a_new_token(
    raw: Any, client: HttpClient, read: Request, deadline: MakeDeadline
) -> None:
    token = Token()

    def script(connection: socket.socket, request: bytes) -> None:
        status = b"401 Unauthorized" if b"Bearer t1" in request else b"200 OK"
        connection.sendall(b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")

    raw.script = script
    assert client.send(read, deadline(5), token).status == 200
    assert (token.given, token.forgotten, len(raw.requests)) == (2, 1, 2)


def test_a_write_is_never_tried_again_even_with_a_new_token(
    raw: Any, client: HttpClient, write: Request, deadline: MakeDeadline
) -> None:
    token = Token()
    raw.answer("401 Unauthorized", b"")
    assert isinstance(error_of(lambda: client.send(write, deadline(5), token)), AccessDenied)
    assert (token.forgotten, len(raw.requests)) == (1, 1)


def test_a_token_is_kept_until_shortly_before_its_end(raw: Any, deadline: MakeDeadline) -> None:
    now = [1000.0]
    client = HttpClient(platform="essai", base_url=raw.url, tools=HttpTools(monotonic=lambda: now[0]))
    token = credentials(client, raw.url)
    raw.answer("200 OK", b'{"access_token":"abc","expires_in":3600}')
    assert token.headers(deadline(5)) == {"authorization": "Bearer abc", "x-account": "k"}
    now[0] += 3600 - 240 - 1
    token.headers(deadline(5))
    assert len(raw.requests) == 1
    now[0] += 2
    token.headers(deadline(5))
    assert len(raw.requests) == 2
    client.close()


def credentials(client: HttpClient, url: str) -> ClientCredentials:
    return ClientCredentials(
        client,
        token_url=f"{url}/token",
        client_id="app",
        client_secret="s3cret",
        scope="openid",
        extra_headers={"x-account": "k"},
    )


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        ("400 Bad Request", b'{"error":"invalid_client"}', AccessDenied),
        ("401 Unauthorized", b"", AccessDenied),
        ("500 Error", b"", RetryLater),
        ("200 OK", b"<html>maintenance</html>", RetryLater),
        ("200 OK", b'{"token":"other"}', RetryLater),
        ("200 OK", b'{"access_token":"a\\r\\nx: y"}', RetryLater),
        ("302 Found", b"", RetryLater),
    ],
)
def test_without_a_token_nothing_of_the_act_leaves(
    raw: Any, client: HttpClient, write: Request, deadline: MakeDeadline, status: str, body: bytes, kind: type
) -> None:
    raw.answer(status, body)
    error = error_of(lambda: client.send(write, deadline(5), credentials(client, raw.url)))
    assert type(error) is kind
    assert all(request.startswith(b"POST /token") for request in raw.requests)


def test_nothing_secret_or_personal_stays_in_a_transcript(
    raw: Any, client: HttpClient, deadline: MakeDeadline, transcripts: list[Transcript]
) -> None:
    body = (
        b'{"login":"tech","iban":"FR7630006000011234567890189","mail":"lea.durand@exemple.fr",'
        b'"nir":"2 85 05 78 006 084 36","note":"NIR 285057800608436","fichier":"' + b"QUJD" * 500 + b'"}'
    )
    secret = {"authorization": "Bearer abc.def", "cpro-account": "bG9naW46cGFzcw==", "x-api-key": "k3y"}
    raw.answer("400 Bad Request", b'{"libelle":"contact agent@acheteur.fr","access_token":"zzz"}')
    request = Request(mode=Mode.WRITE, method="POST", path="bill?token=tok123", headers=secret, body=body)
    error = error_of(lambda: client.send(request, deadline(5)))
    (kept,) = transcripts
    whole = f"{kept.url} {kept.request_text} {kept.response_text}"
    for hidden in (
        "abc.def",
        "bG9naW",
        "k3y",
        "tech",
        "FR76",
        "lea.durand",
        "2850578",
        "QUJDQUJD",
        "agent@",
        "zzz",
        "tok123",
    ):
        assert hidden not in whole
    assert error.context.transcript == "T1"
    assert kept.request_digest == sha256(body).hexdigest()


def test_requests_to_one_platform_are_spaced() -> None:
    now, slept = [100.0], []

    def sleep(seconds: float) -> None:
        slept.append(round(seconds, 3))
        now[0] += seconds

    limiter = RateLimiter(Decimal(4), lambda: now[0], sleep)
    deadline = Deadline(timedelta(seconds=60), lambda: now[0])
    assert [limiter.wait(deadline) for _index in range(3)] == [True, True, True]
    assert slept == [0.25, 0.25]


def test_a_slot_beyond_the_deadline_sends_nothing() -> None:
    limiter = RateLimiter(Decimal(1), lambda: 100.0, lambda _seconds: pytest.fail("no wait"))
    assert limiter.wait(Deadline(timedelta(seconds=9), lambda: 100.0))
    assert not limiter.wait(Deadline(timedelta(seconds=1), lambda: 100.0))


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://api.exemple.fr", "platform_url_not_secure"),
        ("ftp://api.exemple.fr", "platform_url_invalid"),
        ("https://user:pass@api.exemple.fr", "platform_url_invalid"),
        ("https://", "platform_url_invalid"),
        ("https://a:99999", "platform_url_invalid"),
        ("pas une adresse", "platform_url_invalid"),
    ],
)
def test_an_address_that_cannot_be_trusted_is_refused_at_start(url: str, code: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        checked_url(url, "base_url")
    assert caught.value.findings[0].code == code


def test_a_closed_client_sends_nothing(client: HttpClient, write: Request, deadline: MakeDeadline, raw: Any) -> None:
    client.close()
    assert isinstance(error_of(lambda: client.send(write, deadline(5))), RetryLater)
    assert raw.requests == []
