"""All platforms' sandboxes in one server, with the control API that judges "never twice, never lost".

Each platform lives under its own prefix, `/<code>/…`; the control API is under `/_sandbox/…`. State is in
memory, on one clock.
"""

import asyncio
import json
import logging
import socket
import threading
from collections.abc import Awaitable, Callable, Mapping
from importlib import import_module
from types import TracebackType
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from adapters.registry import Registry, registry
from adapters.sandbox_kit import (
    EVERYWHERE,
    BadControl,
    Faults,
    Ledger,
    PlatformSandbox,
    SandboxClock,
    Stage,
    dropping,
    read_faults,
)

HOST = "127.0.0.1"
CONTROL_BYTES_MAX = 20 * 1024 * 1024
DAYS_MAX = 3650
GRACE_SECONDS = 1
"""A request that hangs on purpose is cut this long after the server was asked to stop."""


class Sandboxes:
    """Every sandbox, and the control API over them."""

    def __init__(self, known: Registry) -> None:
        """Make one sandbox for each adapter that names one."""
        self.clock = SandboxClock()
        self.ledger = Ledger()
        self.stages: dict[str, Stage] = {}
        self.platforms: dict[str, PlatformSandbox] = {}
        for adapter in known.adapters:
            if adapter.sandbox:
                module, _colon, factory = adapter.sandbox.partition(":")
                for platform in adapter.platforms():
                    stage = Stage(platform=platform.code, clock=self.clock, ledger=self.ledger)
                    self.stages[platform.code] = stage
                    self.platforms[platform.code] = getattr(import_module(module), factory)(stage)

    def app(self) -> ASGIApp:
        """Make the server's application."""
        control = (
            Route("/_sandbox/received", self._received, methods=["GET"]),
            Route("/_sandbox/load", self._controlled(self._load), methods=["POST"]),
            Route("/_sandbox/faults", self._controlled(self._faults), methods=["POST"]),
            Route("/_sandbox/advance", self._controlled(self._advance), methods=["POST"]),
            Route("/_sandbox/reset", self._controlled(self._reset), methods=["POST"]),
            Route("/_sandbox/settings", self._settings, methods=["GET"]),
        )
        platforms = (Mount(f"/{code}", app=platform.app) for code, platform in self.platforms.items())
        return dropping(Starlette(routes=[*control, *platforms]))

    def settings(self, root_url: str) -> dict[str, Mapping[str, str]]:
        """Tell the settings that point each platform here."""
        return {code: platform.credentials(f"{root_url}/{code}") for code, platform in self.platforms.items()}

    # --- control API ------------------------------------------------------------------------------------

    async def _received(self, request: Request) -> Response:
        return JSONResponse(self.ledger.of(request.query_params.get("platform", "")))

    async def _settings(self, request: Request) -> Response:
        return JSONResponse(self.settings(str(request.base_url).rstrip("/")))

    def _controlled(self, act: Callable[[dict[str, Any]], None]) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            try:
                act(_object(await request.body()))
            except (ValueError, TypeError, KeyError, BadControl) as error:
                return JSONResponse({"error": str(error)[:200]}, status_code=400)
            return JSONResponse({"ok": True})

        return endpoint

    def _named(self, code: object) -> list[str]:
        codes = list(self.platforms) if code == EVERYWHERE else [str(code)]
        if any(item not in self.platforms for item in codes):
            raise BadControl("unknown platform")
        return codes

    def _load(self, body: dict[str, Any]) -> None:
        """Give platforms their dossiers: `{code: {…}}`, or `{"platform": code, …}` for one."""
        given = dict(body)
        one = given.pop("platform", None)
        for code, dossiers in {one: given}.items() if one is not None else given.items():
            for name in self._named(code):
                self.platforms[name].load(dossiers)

    def _faults(self, body: dict[str, Any]) -> None:
        for code in self._named(body.get("platform", EVERYWHERE)):
            self.stages[code].faults = read_faults(body, self.stages[code].faults)

    def _advance(self, body: dict[str, Any]) -> None:
        days = body.get("days")
        if not isinstance(days, int) or isinstance(days, bool) or not 0 <= days <= DAYS_MAX:
            raise BadControl("days: a whole number")
        self.clock.advance(days)

    def _reset(self, _body: dict[str, Any]) -> None:
        self.clock.reset()
        self.ledger.lines.clear()
        for code, stage in self.stages.items():
            stage.cancel_later()
            stage.faults = Faults()
            self.platforms[code].reset()


class SandboxServer:
    """The sandboxes on a free port of this machine, in a thread; a context manager.

    Attributes:
        url: root address, `http://127.0.0.1:<port>`.
    """

    def __init__(self, port: int = 0, known: Registry | None = None) -> None:
        """Bind the port (0 = a free one) at once, so that callers may connect before the server runs."""
        self.sandboxes = Sandboxes(known or registry())
        self._socket = _bound(port)
        self.port = int(self._socket.getsockname()[1])
        self.url = f"http://{HOST}:{self.port}"
        self._server = _server(self.sandboxes)
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)

    def settings(self) -> dict[str, Mapping[str, str]]:
        """Tell the settings that point each platform here."""
        return self.sandboxes.settings(self.url)

    def start(self) -> Self:
        """Serve from now on."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop, cutting what hangs."""
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(timeout=10)
        self._socket.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> None:
        asyncio.run(self._server.serve(sockets=[self._socket]))


def serve(port: int, *, on_ready: Callable[[str], None] | None = None) -> None:
    """Serve every sandbox on a port of this machine, until interrupted.

    Args:
        port: 0 = a free one.
        on_ready: called with the root address once the port is bound.
    """
    sock = _bound(port)
    try:
        if on_ready is not None:
            on_ready(f"http://{HOST}:{sock.getsockname()[1]}")
        asyncio.run(_server(Sandboxes(registry())).serve(sockets=[sock]))
    finally:
        sock.close()


def main(port: int) -> None:
    """Serve, saying where (`quitus sandbox serve`)."""
    serve(port, on_ready=lambda url: logging.getLogger(__name__).info("event=sandbox_ready url=%s", url))


def _object(raw: bytes) -> dict[str, Any]:
    body = json.loads(raw[:CONTROL_BYTES_MAX] or b"{}")
    if not isinstance(body, dict):
        raise BadControl("an object is expected")
    return body


def _bound(port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((HOST, port))
    sock.listen(128)
    return sock


def _server(sandboxes: Sandboxes) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            sandboxes.app(),
            loop="asyncio",
            http="h11",  # `dropping` reaches the transport through its cycle
            ws="none",
            lifespan="off",
            log_level="error",
            access_log=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
    )
