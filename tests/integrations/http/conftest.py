"""A raw server on the loopback: each test scripts, byte by byte, what it answers."""

import socket
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from integrations.http import Deadline, HttpClient, HttpTools, Mode, RateLimiters, Request, Transcript

Script = Callable[[socket.socket, bytes], None]


class RawServer:
    """Accepts connections one after the other; reads the head and the declared body, then runs the script."""

    def __init__(self) -> None:
        self.script: Script = lambda connection, _request: connection.close()
        self.requests: list[bytes] = []
        self.gone = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def answer(self, status: str, body: bytes = b"{}", kind: str = "application/json", extra: str = "") -> None:
        head = (
            f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n{extra}"
        )
        self.script = lambda connection, _request: connection.sendall(head.encode() + b"\r\n" + body)

    def stop(self) -> None:
        self.gone.set()
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(timeout=5)

    def _serve(self) -> None:
        while not self.gone.is_set():
            try:
                connection, _address = self._socket.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                try:
                    request = self._read(connection)
                    self.requests.append(request)
                    self.script(connection, request)
                except OSError:
                    continue

    def _read(self, connection: socket.socket) -> bytes:
        read = b""
        while b"\r\n\r\n" not in read:
            piece = connection.recv(65536)
            if not piece:
                return read
            read += piece
        head, _blank, body = read.partition(b"\r\n\r\n")
        length = next(
            (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0
        )
        while len(body) < length:
            piece = connection.recv(65536)
            if not piece:
                break
            body += piece
        return head + b"\r\n\r\n" + body


@pytest.fixture
def raw() -> Iterator[RawServer]:
    server = RawServer()
    yield server
    server.stop()


@pytest.fixture
def transcripts() -> list[Transcript]:
    return []


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def tools(transcripts: list[Transcript], pauses: list[float]) -> HttpTools:
    def keep(transcript: Transcript) -> str:
        transcripts.append(transcript)
        return f"T{len(transcripts)}"

    return HttpTools(transcripts=keep, sleep=pauses.append, limiters=RateLimiters(sleep=lambda _seconds: None))


@pytest.fixture
def client(raw: RawServer, tools: HttpTools) -> Iterator[HttpClient]:
    made = HttpClient(platform="essai", base_url=raw.url, tools=tools)
    yield made
    made.close()


@pytest.fixture
def deadline() -> Callable[[float], Deadline]:
    return lambda seconds: Deadline(timedelta(seconds=seconds))


@pytest.fixture
def write() -> Request:
    return Request(mode=Mode.WRITE, method="POST", path="bill", body=b'{"n":1}', subject="F1")


@pytest.fixture
def read() -> Request:
    return Request(mode=Mode.READ, method="GET", path="list")
