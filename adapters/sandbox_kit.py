"""What every platform's sandbox shares: a clock that can be moved, a ledger of what arrived, and faults.

Written for the other side: it imports none of our models. One event loop runs everything, so nothing is locked.
"""

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

FAULTS_BEFORE = ("drop_before", "refuse_503", "throttle_429")
"""Nothing is accepted: the request is not even read."""
FAULTS_AFTER = ("accept_then_hang", "accept_then_500", "late_accept", "accept_then_html")
"""The act is accepted, and the caller cannot know it."""
FAULTS = (*FAULTS_BEFORE, *FAULTS_AFTER)
HANG_SECONDS_MAX = 600
LATE_SECONDS = 0.4
"""A late acceptance comes this long after its 502, real time."""
EVERYWHERE = "*"
DROP_KEY = "quitus.drop"


class SandboxClock:
    """Real time plus what `advance` added."""

    def __init__(self) -> None:
        """Start at the real time."""
        self.offset = timedelta()

    def now(self) -> datetime:
        """Tell the platforms' time, UTC."""
        return datetime.now(UTC) + self.offset

    def advance(self, days: int) -> None:
        """Move on."""
        self.offset += timedelta(days=days)

    def reset(self) -> None:
        """Come back to the real time."""
        self.offset = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One billing act that arrived. `amount_cents` is gross."""

    platform: str
    business_key: str
    number: str
    amount_cents: int
    received_at: str
    outcome: str


@dataclass(slots=True)
class Ledger:
    """Every billing act that arrived, in order: the judge of "never twice, never lost"."""

    lines: list[Received] = field(default_factory=list)

    def record(self, line: Received) -> None:
        """Write one down."""
        self.lines.append(line)

    def of(self, platform: str) -> list[dict[str, object]]:
        """List those of one platform, or of all."""
        return [asdict(line) for line in self.lines if platform in {"", EVERYWHERE, line.platform}]


@dataclass(slots=True)
class Faults:
    """How one platform misbehaves. Rates are shares of the requests, and sum to 1 at most."""

    rates: dict[str, float] = field(default_factory=dict)
    slow_ms: int = 0
    unique: bool = True
    generator: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311 - reproducible faults

    def draw(self, among: tuple[str, ...]) -> str:
        """Draw the fate of one request; empty = it goes well."""
        at = self.generator.random()
        for name in FAULTS:
            at -= self.rates.get(name, 0)
            if at < 0:
                return name if name in among else ""
        return ""


class BadControl(Exception):
    """A control request that makes no sense; its text says why."""


def read_faults(body: Mapping[str, Any], before: Faults) -> Faults:
    """Read the body of POST /_sandbox/faults; what it leaves out stays as it was.

    Raises:
        BadControl: unknown fault, or rates that are no shares.
    """
    unknown = set(body) - {"platform", "seed", "rates", "slow_ms", "unique"}
    rates = body.get("rates", before.rates)
    if unknown or not isinstance(rates, dict) or set(rates) - set(FAULTS):
        raise BadControl("unknown key or fault")
    numbers = all(isinstance(rate, int | float) and 0 <= rate <= 1 for rate in rates.values())
    if not numbers or sum(rates.values()) > 1 + 1e-9:  # 0.1 + 0.2 rounds
        raise BadControl("rates: shares between 0 and 1, 1 in all at most")
    slow_ms, unique = body.get("slow_ms", before.slow_ms), body.get("unique", before.unique)
    if not isinstance(slow_ms, int) or slow_ms < 0 or not isinstance(unique, bool):
        raise BadControl("slow_ms: whole number; unique: true or false")
    generator = random.Random(body["seed"]) if "seed" in body else before.generator  # noqa: S311 - reproducible faults
    return Faults(rates=dict(rates), slow_ms=slow_ms, unique=unique, generator=generator)


class PlatformSandbox(Protocol):
    """One platform's other side."""

    code: str
    app: ASGIApp

    def load(self, dossiers: Mapping[str, Any]) -> None:
        """Take dossiers in; raises BadControl."""

    def reset(self) -> None:
        """Forget everything."""

    def credentials(self, root_url: str) -> Mapping[str, str]:
        """Tell the settings that reach it: addresses and secrets, by name."""


@dataclass(slots=True)
class Stage:
    """What a platform's sandbox stands on."""

    platform: str
    clock: SandboxClock
    ledger: Ledger
    faults: Faults = field(default_factory=Faults)
    later: set[asyncio.Task[None]] = field(default_factory=set)

    def record(self, *, business_key: str, number: str, amount_cents: int, outcome: str) -> None:
        """Write down a billing act that arrived."""
        self.ledger.record(
            Received(
                platform=self.platform,
                business_key=business_key,
                number=number,
                amount_cents=amount_cents,
                received_at=self.clock.now().isoformat(),
                outcome=outcome,
            )
        )

    def cancel_later(self) -> None:
        """Forget what was to be accepted later."""
        for task in self.later:
            task.cancel()
        self.later.clear()

    async def read(self, answer: Callable[[], Response]) -> Response:
        """Answer a request that changes nothing, with the faults that come before any work."""
        await self._slow()
        fate = self.faults.draw(FAULTS_BEFORE)
        return self._before(fate) if fate else answer()

    async def act(self, request: Request, accept: Callable[[], Response]) -> Response:
        """Do a billing act once, `accept`, under the faults."""
        await self._slow()
        fate = self.faults.draw(FAULTS)
        if fate in FAULTS_BEFORE:
            return self._before(fate)
        if fate == "late_accept":
            self._accept_later(accept)
            return Response(status_code=502)
        done = accept()
        match fate:
            case "accept_then_hang":
                await hang(request)
                return done
            case "accept_then_500":
                return Response(status_code=500)
            case "accept_then_html":
                return HTMLResponse("<html><body>Votre demande a bien été prise en compte.</body></html>")
            case _:
                return done

    def _accept_later(self, accept: Callable[[], Response]) -> None:
        async def wait_and_accept() -> None:
            await asyncio.sleep(LATE_SECONDS)  # the fault itself: acceptance after the answer
            accept()

        task = asyncio.create_task(wait_and_accept())
        self.later.add(task)
        task.add_done_callback(self.later.discard)

    async def _slow(self) -> None:
        if self.faults.slow_ms:
            await asyncio.sleep(self.faults.slow_ms / 1000)  # the fault itself: slowness

    def _before(self, fate: str) -> Response:
        match fate:
            case "drop_before":
                return Drop()
            case "throttle_429":
                return Response(status_code=429, headers={"retry-after": "1"})
            case _:
                return Response(status_code=503)


class Drop(Response):
    """No answer at all: the connection is cut."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - nothing is sent
        """Cut, then wait until the server knows."""
        cut = scope.get(DROP_KEY)
        assert callable(cut), "only under `dropping`"  # noqa: S101 - a sandbox is always served so
        cut()
        while (await receive())["type"] != "http.disconnect":
            pass


async def hang(request: Request) -> None:
    """Say nothing until the caller goes away."""

    async def until_gone() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    try:
        await asyncio.wait_for(until_gone(), HANG_SECONDS_MAX)
    except TimeoutError:
        return


def dropping(app: ASGIApp) -> ASGIApp:
    """Let answers cut the connection.

    ASGI has no message for it: the server's own transport is reached through the bound method that it gives as
    `send` (uvicorn's h11 cycle, which `adapters.sandbox` asks for).
    """

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        transport = getattr(getattr(send, "__self__", None), "transport", None)
        if transport is not None:
            scope[DROP_KEY] = transport.abort
        await app(scope, receive, send)

    return wrapped
