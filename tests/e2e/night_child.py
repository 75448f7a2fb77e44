"""Run nights in processes that may be killed: a parent that has everything imported, and one fork for each night.

Started as `python -m tests.e2e.night_child`; each line of its input asks for one night (JSON, see `Order`), each
line of its output tells how that night's process ended (negative = killed by that signal). Product code has no
hook for this: the fork wraps what every commit, request and file goes through, counts the moments as they
come, and kills itself with SIGKILL at the one that it was told.
"""

import json
import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

from console import nights
from integrations.database.transaction import Transaction
from integrations.facturx import Renderer
from integrations.http import wire
from workers import bootstrap
from workers.clock import SystemClock

KINDS = ("commit", "request", "file")
SIDES = {"commit": ("before", "after"), "request": ("before", "sent", "after"), "file": ("before", "after")}
FILE_ACTS = ("rename", "replace", "fsync", "unlink")
PRODUCT = ("billing", "reconciliation", "workers", "console", "adapters")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One night to run.

    Attributes:
        home: QUITUS_HOME.
        shift_seconds: how far the night's clock is ahead of the machine's.
        workers: threads that submit.
        kill: kind, number and side of the moment at which the process dies; None = it lives.
        trace: file that gets one line for each moment, when the night lives.
    """

    home: str
    shift_seconds: int = 0
    workers: int = 1
    kill: tuple[str, int, str] | None = None
    trace: str = ""


class ShiftedClock(SystemClock):
    """A clock that is ahead, and for which waiting takes no time: it moves on instead."""

    ahead: list[timedelta] = [timedelta()]  # noqa: RUF012 - one clock in one process that runs one night

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead[0]

    def today(self) -> date:
        assert self.replayed is not None
        return self.replayed

    def wait(self, seconds: float) -> None:
        self.ahead[0] += timedelta(seconds=seconds)


@dataclass(slots=True)
class Moments:
    """Counts moments by kind as they come, remembers them, and dies at the one that was chosen."""

    kill: tuple[str, int, str] | None
    seen: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    guard: threading.Lock = field(default_factory=threading.Lock)

    def enter(self, kind: str) -> int:
        with self.guard:
            number = self.counts[kind] = self.counts.get(kind, 0) + 1
            self.seen.append(f"{kind} {number} {_where()}")
        self.at(kind, number, "before")
        return number

    def at(self, kind: str, number: int, side: str) -> None:
        if self.kill == (kind, number, side):
            os.kill(os.getpid(), signal.SIGKILL)

    @contextmanager
    def around(self, kind: str) -> Iterator[int]:
        number = self.enter(kind)
        yield number
        self.at(kind, number, "after")


def _where() -> str:
    """Name the product's function in which a moment comes, for the report."""
    frame = sys._getframe(2)  # noqa: SLF001 - how the interpreter calls it
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module.partition(".")[0] in PRODUCT:
            return f"{module}:{frame.f_code.co_name}"
        frame = frame.f_back  # type: ignore[assignment]
    return "?"


def _watch(stack: ExitStack, moments: Moments) -> None:
    """Wrap what every commit, request and file goes through."""
    commit, handle, read = Transaction.commit, wire.DeadlineTransport.handle_request, wire._Stream.read
    under_way = threading.local()

    def watched_commit(self: Transaction) -> None:
        if self.read_only or self._connection is None:
            commit(self)
            return
        with moments.around("commit"):
            commit(self)

    def watched_request(self: wire.DeadlineTransport, request: Any) -> Any:  # noqa: ANN401 - httpx's own
        with moments.around("request") as number:
            under_way.number = number
            return handle(self, request)

    def watched_read(self: wire._Stream, max_bytes: int, timeout: float | None = None) -> bytes:
        moments.at("request", under_way.number, "sent")  # all of it has left, nothing of the answer was read
        return read(self, max_bytes, timeout)

    stack.enter_context(mock.patch.object(Transaction, "commit", watched_commit))
    stack.enter_context(mock.patch.object(wire.DeadlineTransport, "handle_request", watched_request))
    stack.enter_context(mock.patch.object(wire._Stream, "read", watched_read))
    for act in FILE_ACTS:
        stack.enter_context(mock.patch.object(os, act, _watched_file(moments, getattr(os, act))))


def _watched_file(moments: Moments, act: Callable[..., Any]) -> Callable[..., Any]:
    def watched(*args: Any, **options: Any) -> Any:  # noqa: ANN401 - any of the four
        with moments.around("file"):
            return act(*args, **options)

    return watched


def run_one(order: Order) -> int:
    """Run one night in this process."""
    os.environ.update(QUITUS_HOME=order.home, QUITUS_WORKERS=str(order.workers))
    ShiftedClock.ahead[0] = timedelta(seconds=order.shift_seconds)
    moments = Moments(kill=order.kill)
    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(bootstrap, "SystemClock", ShiftedClock))
        runtime = stack.enter_context(bootstrap.build())
        _watch(stack, moments)
        report = nights.run(runtime, None, quiet=True)
    if order.trace:
        lines = [f"exit {report.exit_code} due {report.due_tonight}"]
        lines += [f"step {step.name} {dict(step.counts)} {list(step.errors)}" for step in report.steps]
        Path(order.trace).write_text("\n".join([*lines, *moments.seen]) + "\n", encoding="utf-8")
    return report.exit_code


def _fork(order: Order) -> int:
    """Run one night in a process of its own; give how it ended."""
    child = os.fork()
    if child == 0:
        status = 70
        try:
            log = os.open(f"{order.home}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.dup2(log, 1)
            os.dup2(log, 2)
            status = run_one(order)
        except BaseException:
            sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
        finally:
            os._exit(status)
    _pid, ended = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(ended)


def main() -> None:
    """Serve orders until the input ends."""
    Renderer  # noqa: B018 - imported so that forks find it ready
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        given = json.loads(line)
        given["kill"] = tuple(given["kill"]) if given["kill"] else None
        sys.stdout.write(f"{_fork(Order(**given))}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    assert select  # the tests' own
    main()
