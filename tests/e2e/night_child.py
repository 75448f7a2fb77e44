"""Run nights in processes that may be killed: a parent that has everything imported, and one fork for each night.

Started as `python -m tests.e2e.night_child`; each line of its input asks for one night (JSON, see `Order`), each
line of its output tells how that night's process ended (negative = killed by that signal). Product code has no
hook for this: the fork wraps what every commit, request and file goes through, counts the moments as they
come, and kills itself with SIGKILL at the one that it was told.
"""

import json
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import astuple, dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any
from unittest import mock

from console import nights
from integrations.database.transaction import Transaction
from integrations.http import wire
from workers import bootstrap
from workers.clock import SystemClock

SIDES = {"commit": ("before", "after"), "request": ("before", "sent", "after"), "file": ("before", "after")}
FILE_ACTS = ("rename", "replace", "fsync", "unlink")
ROOMS = frozenset({"billing", "reconciliation", "adapters", "workers", "console"})


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """The n-th commit, request or act on a file that one function of the product makes in a night, and its side."""

    kind: str
    work: str
    number: int
    side: str

    def __str__(self) -> str:
        return f"{self.side} {self.kind} {self.number} of {self.work}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One night to run.

    Attributes:
        home: QUITUS_HOME.
        shift_seconds: how far the night's clock is ahead of the machine's.
        workers: threads that submit.
        kill: the moment at which the process dies; None = it lives.
        trace: file that gets one line for each moment, when the night lives.
    """

    home: str
    shift_seconds: int = 0
    workers: int = 1
    kill: Moment | None = None
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
    """Counts moments as they come, remembers them, and dies at the one that was chosen."""

    kill: Moment | None
    seen: list[Moment] = field(default_factory=list)
    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    guard: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def around(self, kind: str) -> Iterator[Moment]:
        work = _work(kind)
        with self.guard:
            number = self.counts[kind, work] = self.counts.get((kind, work), 0) + 1
            moment = Moment(kind, work, number, "before")
            self.seen.append(moment)
        self.reach(moment)
        try:
            yield moment
        finally:
            self.reach(replace(moment, side="after"))

    def reach(self, moment: Moment) -> None:
        if self.kill == moment:
            os.kill(os.getpid(), signal.SIGKILL)


def _work(kind: str) -> str:
    """Name the product's function in which a moment comes; for a request, what asks the platform's adapter for it."""
    rooms = ROOMS if kind != "request" else ROOMS - {"adapters"}
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module.partition(".")[0] in rooms:
            return f"{module}:{frame.f_code.co_name}"
        frame = frame.f_back
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

    def watched_request(self: wire.DeadlineTransport, request: Any) -> Any:
        with moments.around("request") as moment:
            under_way.moment = moment
            return handle(self, request)

    def watched_read(self: wire._Stream, max_bytes: int, timeout: float | None = None) -> bytes:
        moments.reach(replace(under_way.moment, side="sent"))  # all of it has left, nothing of the answer was read
        return read(self, max_bytes, timeout)

    stack.enter_context(mock.patch.object(Transaction, "commit", watched_commit))
    stack.enter_context(mock.patch.object(wire.DeadlineTransport, "handle_request", watched_request))
    stack.enter_context(mock.patch.object(wire._Stream, "read", watched_read))
    for act in FILE_ACTS:
        stack.enter_context(mock.patch.object(os, act, _watched_file(moments, getattr(os, act))))


def _watched_file(moments: Moments, act: Callable[..., Any]) -> Callable[..., Any]:
    def watched(*args: Any, **options: Any) -> Any:
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
        Path(order.trace).write_text(json.dumps([astuple(moment) for moment in moments.seen]), encoding="utf-8")
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
        except BaseException:  # noqa: BLE001 - the end of a process: what broke it goes to its log
            traceback.print_exc()
        finally:
            os._exit(status)
    _pid, ended = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(ended)


def main() -> None:
    """Serve orders until the input ends."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        given = json.loads(line)
        given["kill"] = Moment(*given["kill"]) if given["kill"] else None
        sys.stdout.write(f"{_fork(Order(**given))}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
