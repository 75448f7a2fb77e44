"""The crash campaign: one reference night, then nights that are killed and run again, and the comparison.

Each campaign has a home that was filled once and is copied for every night, one sandbox server that is
reset before every night, and one process (`night_child`) that forks a night's own process.
"""

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, astuple, dataclass, replace
from pathlib import Path
from typing import Any
from unittest import mock

import httpx

from adapters.sandbox import SandboxServer
from console import house
from tests.e2e import books_account, small
from tests.e2e.night_child import SIDES, Moment, Order
from workers.bootstrap import build
from workers.settings import SECRET_NAMES, Secrets

SETTLE_SECONDS = 1
TIMEOUT_SECONDS = 2
RATE_PER_SECOND = 1000
LATER_SECONDS = 600
"""The second night's clock is this far ahead: lease, settle window and pauses of the first are over."""
KILLED = -9
WAITING = 3
"""The night's exit code: done, and something waits for a person."""
ROOT = Path(__file__).parents[2]

Account = Mapping[str, list[str]]
STAGES: tuple[tuple[str, ...], ...] = (
    ("workers.inbox", "billing.usecases.take_in"),
    ("billing.usecases.prepare", "billing.usecases.remunerate", "billing.usecases.declare"),
    ("billing.usecases.submit", "adapters.portal"),
    ("",),  # following, matching, rules, ageing, exports, and the run's own progress
)
"""What a night does, in order, by the beginnings of the functions that do it: each but the last is done once only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """The night that nobody killed: its account, the account after one more night in its home, its moments in order."""

    account: Account
    again: Account
    moments: tuple[Moment, ...]
    seconds: float


@dataclass(slots=True, kw_only=True)
class Campaign:
    """Everything that nights of one campaign share."""

    folder: Path
    server: SandboxServer
    zygote: "subprocess.Popen[str]"
    number: int = 0

    def fresh_home(self) -> Path:
        """Copy the filled home, and let the platform forget."""
        self.number += 1
        home = self.folder / f"home-{self.number}"
        shutil.copytree(self.folder / "template", home)
        self._platform("POST", "/_sandbox/reset", {})
        self._platform("POST", "/_sandbox/load", small.public_dossiers())
        return home

    def night(
        self, home: Path, *, shift_seconds: int = 0, workers: int = 1, kill: Moment | None = None, trace: str = ""
    ) -> int:
        """Run one night in its own process; give its exit code, `KILLED` when it was."""
        order = Order(home=str(home), shift_seconds=shift_seconds, workers=workers, kill=kill, trace=trace)
        assert self.zygote.stdin is not None
        assert self.zygote.stdout is not None
        told = asdict(order) | {"kill": astuple(kill) if kill else None}
        self.zygote.stdin.write(json.dumps(told) + "\n")
        self.zygote.stdin.flush()
        code = int(self.zygote.stdout.readline())
        self._let_the_platform_finish()
        return code

    def reference(self) -> Reference:
        """Run the night that nobody kills, and one more after it."""
        home = self.fresh_home()
        trace = self.folder / "moments.json"
        began = time.monotonic()
        code = self.night(home, trace=str(trace))
        seconds = time.monotonic() - began
        assert code == WAITING, log_of(home)
        moments = tuple(Moment(*item) for item in json.loads(trace.read_text(encoding="utf-8")))
        account = self.account(home)
        return Reference(account=account, again=self.finish(home), moments=moments, seconds=seconds)

    def killed(self, *kills: Moment, workers: int = 1) -> tuple[Account, list[int]]:
        """Run a night that dies at a moment, again for each further moment, then once to its end.

        Returns:
            The account, and how each of the nights that were to die ended.
        """
        home = self.fresh_home()
        ends = [
            self.night(home, shift_seconds=night * LATER_SECONDS, workers=workers, kill=kill)
            for night, kill in enumerate(kills)
        ]
        return self.finish(home, len(kills)), ends

    def killed_by_the_clock(self, seconds: float) -> tuple[Account, bool]:
        """Run the command itself, kill it after some time, then run the night once to its end.

        Returns:
            The account, and whether the command was still running.
        """
        home = self.fresh_home()
        command = [sys.executable, "-c", "from console.cli import main; main()", "nightly", "--json"]
        try:
            subprocess.run(
                command, cwd=ROOT, env=environment(home), capture_output=True, check=False, timeout=max(seconds, 0.05)
            )
        except subprocess.TimeoutExpired:  # it was killed, with SIGKILL
            self._let_the_platform_finish()
            return self.finish(home), True
        return self.finish(home), False

    def finish(self, home: Path, nights_before: int = 1) -> Account:
        """Run the night once more, settle windows having passed, and give an account of the books."""
        code = self.night(home, shift_seconds=nights_before * LATER_SECONDS, workers=2)
        assert code == WAITING, log_of(home)
        account = self.account(home)
        shutil.rmtree(home)
        return account

    def account(self, home: Path) -> Account:
        """Tell what the books, the folders and the platform hold."""
        received = self._platform("GET", "/_sandbox/received", None)
        with build(environment={"QUITUS_HOME": str(home)}) as runtime:
            return books_account.account(runtime, home, received)

    def _platform(self, method: str, path: str, body: Any) -> Any:
        answer = httpx.request(method, f"{self.server.url}{path}", json=body, timeout=30, trust_env=False)
        answer.raise_for_status()
        return answer.json()

    def _let_the_platform_finish(self) -> None:
        """Let it take in what a dead process sent last; the test's clock lets no real time pass for that."""
        while self.server._server.server_state.tasks:
            self._platform("GET", "/_sandbox/received", None)


def seeded(seed: int) -> random.Random:
    """Make a generator that draws the same again for the same seed."""
    return random.Random(seed)  # noqa: S311 - draws moments, protects nothing


def draw(moments: Sequence[Moment], rng: random.Random, count: int) -> list[Moment]:
    """Draw moments, fairly between the kinds of work in which they come: most of a night's commits are imports.

    Each work (a function of the product that commits, asks or touches a file) is drawn from before any is again.
    """
    works: dict[tuple[str, str], list[Moment]] = {}
    for moment in moments:
        works.setdefault((moment.kind, moment.work), []).append(moment)
    drawn: dict[Moment, None] = {}
    turn: list[tuple[str, str]] = []
    while len(drawn) < count:
        if not turn:
            turn = sorted(works)
            rng.shuffle(turn)
        moment = rng.choice(works[turn.pop()])
        drawn[replace(moment, side=rng.choice(SIDES[moment.kind]))] = None
    return list(drawn)


def draw_chains(moments: Sequence[Moment], rng: random.Random, count: int) -> list[tuple[Moment, ...]]:
    """Draw chains of moments, one of each stage: a night dies in each of its stages, one after the other."""
    by_stage = [draw([item for item in moments if stage_of(item) == stage], rng, count) for stage in range(len(STAGES))]
    return list(zip(*by_stage, strict=True))


def stage_of(moment: Moment) -> int:
    """Tell in which stage of the night a moment comes."""
    return next(number for number, works in enumerate(STAGES) if moment.work.startswith(works))


def log_of(home: Path) -> str:
    """Give what a home's nights wrote to their outputs."""
    path = Path(f"{home}.log")
    return path.read_text(encoding="utf-8", errors="replace")[-4000:] if path.exists() else ""


def environment(home: Path | None = None) -> dict[str, str]:
    """Give this process's variables without settings of whoever runs the tests."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("QUITUS_")}
    return plain | ({"QUITUS_HOME": str(home)} if home else {})


@contextmanager
def campaign(folder: Path) -> Iterator[Campaign]:
    """Set everything up, and stop it again."""
    with SandboxServer() as server, _zygote() as zygote:
        settle_house(folder / "template", server)
        yield Campaign(folder=folder, server=server, zygote=zygote)


def settle_house(home: Path, server: SandboxServer) -> None:
    """Do what an administrator does, then what a gestionnaire does: settings, secrets, init, files."""
    lines = [f"today = {small.NIGHT.isoformat()}", ""]
    home.mkdir(mode=0o700)
    secrets = Secrets(home, {})
    for code, values in sorted(server.settings().items()):
        lines += [
            f"[organisations.{small.SLUG}.platforms.{code}]",
            f'base_url = "{values["base_url"]}"',
            f'token_url = "{values.get("token_url", "")}"',
            f"settle_seconds = {SETTLE_SECONDS}",
            f"timeout_seconds = {TIMEOUT_SECONDS}",
            f'options = {{ rate_per_second = "{RATE_PER_SECOND}" }}',
            "",
        ]
        for name in SECRET_NAMES:
            if values.get(name):
                secrets.write(values[name], small.SLUG, code, name)
    (home / "quitus.toml").write_text("\n".join(lines), encoding="utf-8")
    with mock.patch.dict(os.environ, environment(home), clear=True):
        house.initialise(slug=small.SLUG, name="Petite École", siren=small.SIRET[:9], login="test")
    small.write_inbox(home / "inbox")


@contextmanager
def _zygote() -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "tests.e2e.night_child"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=environment(), stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.stdin.close()
