"""The transport: sockets on which every wait is cut to what is left of the whole deadline.

httpx's timeouts are per phase and per read: a server that drips one byte at a time can hold a request for
ever. Here each single wait on the socket (connecting, handshake, sending, receiving) is given only the time that the
whole exchange still has, and the exchange knows whether one byte of the request has left.
"""

import select
import socket
import ssl
import threading
from collections.abc import Iterable, Iterator
from typing import Any

import httpcore
import httpx

from integrations.http.deadline import Deadline

CONNECT_SECONDS_MAX = 10.0
CONNECTIONS_MAX = 16
IDLE_SECONDS_MAX = 4.0
"""An idle connection is dropped after this: a stale one would turn a write into a doubt."""
RECEIVE_BYTES = 65_536

_ERRORS: dict[type[Exception], type[httpx.TransportError]] = {
    httpcore.ConnectTimeout: httpx.ConnectTimeout,
    httpcore.ReadTimeout: httpx.ReadTimeout,
    httpcore.WriteTimeout: httpx.WriteTimeout,
    httpcore.PoolTimeout: httpx.PoolTimeout,
    httpcore.ConnectError: httpx.ConnectError,
    httpcore.ReadError: httpx.ReadError,
    httpcore.WriteError: httpx.WriteError,
    httpcore.LocalProtocolError: httpx.LocalProtocolError,
    httpcore.RemoteProtocolError: httpx.RemoteProtocolError,
    httpcore.UnsupportedProtocol: httpx.UnsupportedProtocol,
}


class Exchange:
    """One request under way: its deadline, and whether anything of it has left."""

    __slots__ = ("deadline", "sent")

    def __init__(self, deadline: Deadline) -> None:
        """Nothing has left yet."""
        self.deadline = deadline
        self.sent = False


class _Current(threading.local):
    """The exchange that this thread is in; sockets outlive exchanges in the pool."""

    exchange: Exchange | None = None

    def left(self, too_late: type[Exception]) -> float:
        assert self.exchange is not None  # noqa: S101 - sockets are used inside an exchange only
        left = self.exchange.deadline.left_seconds()
        if left <= 0:
            raise too_late("deadline")
        return left


class DeadlineTransport(httpx.BaseTransport):
    """An httpx transport; each request carries its `Exchange` in `extensions["exchange"]`."""

    def __init__(self, ssl_context: ssl.SSLContext | None) -> None:
        """Open nothing yet."""
        self._current = _Current()
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl_context,
            max_connections=CONNECTIONS_MAX,
            max_keepalive_connections=CONNECTIONS_MAX,
            keepalive_expiry=IDLE_SECONDS_MAX,
            http1=True,
            http2=False,
            retries=0,
            network_backend=_Backend(self._current),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request and give the head of its answer."""
        self._current.exchange = request.extensions["exchange"]
        url = request.url
        assert isinstance(request.stream, httpx.SyncByteStream)  # noqa: S101 - the client is synchronous
        inner = httpcore.Request(
            method=request.method,
            url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions={"timeout": {"pool": request.extensions["exchange"].deadline.left_seconds()}},
        )
        try:
            answer = self._pool.handle_request(inner)
        except tuple(_ERRORS) as cause:
            raise _ERRORS[type(cause)](str(cause)) from cause
        assert isinstance(answer.stream, Iterable)  # noqa: S101 - same
        return httpx.Response(status_code=answer.status, headers=answer.headers, stream=_Body(answer.stream))

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, stream: Iterable[bytes]) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._stream
        except tuple(_ERRORS) as cause:
            raise _ERRORS[type(cause)](str(cause)) from cause

    def close(self) -> None:
        if hasattr(self._stream, "close"):
            self._stream.close()


class _Backend(httpcore.NetworkBackend):
    def __init__(self, current: _Current) -> None:
        self._current = current

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the exchange's deadline rules
        local_address: str | None = None,  # noqa: ARG002 - never given
        socket_options: Any = None,  # noqa: ANN401, ARG002 - httpcore's own type, never given
    ) -> httpcore.NetworkStream:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as cause:
            raise httpcore.ConnectError("name") from cause
        last: OSError | None = None
        for family, kind, protocol, _name, address in found:
            left = min(self._current.left(httpcore.ConnectTimeout), CONNECT_SECONDS_MAX)
            sock = socket.socket(family, kind, protocol)
            sock.settimeout(left)
            try:
                sock.connect(address)
            except OSError as cause:
                sock.close()
                last = cause
                continue
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return _Stream(sock, self._current)
        if isinstance(last, TimeoutError):
            raise httpcore.ConnectTimeout("connect") from last
        raise httpcore.ConnectError("connect") from last


class _Stream(httpcore.NetworkStream):
    def __init__(self, sock: socket.socket, current: _Current) -> None:
        self._sock = sock
        self._current = current

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - the deadline rules
        try:
            self._sock.settimeout(self._current.left(httpcore.ReadTimeout))
            return self._sock.recv(max_bytes)
        except TimeoutError as cause:
            raise httpcore.ReadTimeout("read") from cause
        except OSError as cause:
            raise httpcore.ReadError("read") from cause

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - same
        view = memoryview(buffer)
        try:
            while view:
                self._sock.settimeout(self._current.left(httpcore.WriteTimeout))
                assert self._current.exchange is not None  # noqa: S101 - `left` has checked it
                self._current.exchange.sent = True
                view = view[self._sock.send(view) :]
        except TimeoutError as cause:
            raise httpcore.WriteTimeout("write") from cause
        except OSError as cause:
            raise httpcore.WriteError("write") from cause

    def close(self) -> None:
        self._sock.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 - the deadline rules
    ) -> httpcore.NetworkStream:
        try:
            self._sock.settimeout(self._current.left(httpcore.ConnectTimeout))
            wrapped = ssl_context.wrap_socket(self._sock, server_hostname=server_hostname)
        except TimeoutError as cause:
            self.close()
            raise httpcore.ConnectTimeout("tls") from cause
        except OSError as cause:
            self.close()
            raise httpcore.ConnectError("tls") from cause
        return _Stream(wrapped, self._current)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore's own signature
        match info:
            case "ssl_object":
                return self._sock if isinstance(self._sock, ssl.SSLSocket) else None
            case "is_readable":
                return self._is_readable()
            case "socket":
                return self._sock
            case "server_addr":
                return self._sock.getpeername()
            case "client_addr":
                return self._sock.getsockname()
            case _:
                return None

    def _is_readable(self) -> bool:
        """An idle connection that is readable was closed by the other side."""
        if self._sock.fileno() < 0:
            return True
        poll = select.poll()
        poll.register(self._sock, select.POLLIN)
        return bool(poll.poll(0))
