"""Homes that tests share: filled once in a run of the tests, whichever process comes first, then copied.

The sample organisation's night and the small organisation's are run by the real command, beside a sandbox server that
is gone when the home is handed out; what the platforms saw is kept with it.
"""

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.sandbox import SandboxServer
from console import house
from console.cli import app
from console.cli.frame import guarded
from tests.e2e import small
from workers.settings import SECRET_NAMES, Secrets

SEED = 7
OTHER_SEED = 20261
"""A seed that no rule was looked at with."""
SETTLE_SECONDS = 1
TIMEOUT_SECONDS = 5
COMMAND_SECONDS = 240


def copied(source: str, target: str) -> str:
    """Copy a file that may vanish meanwhile: SQLite drops its companions when the last reader leaves."""
    try:
        return str(shutil.copy2(source, target))
    except FileNotFoundError:
        return target


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """A home after its night.

    Attributes:
        home: after the first night.
        again: a copy of it after a second night, the platforms being as the first night left them; the home itself
            where there was no second one.
        first, second: the two commands.
        received: what the platforms received until the first night's end, and until the second's.
    """

    home: Path
    again: Path
    first: Ran
    second: Ran
    received: tuple[list[dict[str, Any]], list[dict[str, Any]]]

    def copy(self, target: Path) -> Path:
        """Copy the home, to be changed by one test."""
        return Path(shutil.copytree(self.home, target, copy_function=copied))


def quitus(home: Path, *words: str, **variables: str) -> Ran:
    """Run the real command on a home."""
    ended = subprocess.run(
        [sys.executable, "-c", "from console.cli import main; main()", *words],
        env={**without_settings(), "QUITUS_HOME": str(home), **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=COMMAND_SECONDS,
    )
    return Ran(code=ended.returncode, out=ended.stdout, err=ended.stderr)


class Quitus:
    """Runs commands in this process, on one home."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def at(self, home: Path) -> "Quitus":
        """Choose the home of the commands that follow."""
        self._monkeypatch.setenv("QUITUS_HOME", str(home))
        return self

    def __call__(self, *words: str) -> Ran:
        """Run one command; an unknown error comes out as it is, and fails the test."""
        self._monkeypatch.setattr(sys, "argv", ["quitus", *words])
        self._capsys.readouterr()
        code = guarded(app)
        out, err = self._capsys.readouterr()
        return Ran(code=code, out=out, err=err)

    def json(self, *words: str, code: int = 0) -> Any:
        """Run one command with --json; its output must be one JSON document."""
        ran = self(*words, "--json")
        assert ran.code == code, (ran.code, ran.out[-2000:], ran.err[-2000:])
        return json.loads(ran.out)


def spaced(text: str) -> str:
    """Write French narrow and unbreakable blanks as plain ones."""
    return text.replace("\u202f", " ").replace("\xa0", " ")


def without_settings() -> dict[str, str]:
    """Give this process's variables without those of whoever runs the tests."""
    return {name: value for name, value in os.environ.items() if not name.startswith("QUITUS_")}


def received(url: str) -> list[dict[str, Any]]:
    """Ask the sandboxes what they received, in order."""
    answer = httpx.get(f"{url}/_sandbox/received", timeout=30, trust_env=False)
    answer.raise_for_status()
    lines: list[dict[str, Any]] = answer.json()
    return lines


def fill_small(home: Path, url: str, settings: Mapping[str, Mapping[str, str]]) -> None:
    """Fill a home with the small organisation, pointed at a sandbox; no night is run."""
    environment = pytest.MonkeyPatch()
    environment.setenv("QUITUS_HOME", str(home))
    try:
        home.mkdir(mode=0o700)
        lines = [f"today = {small.NIGHT.isoformat()}", ""]
        secrets = Secrets(home, {})
        for code, values in sorted(settings.items()):
            lines += [
                f"[organisations.{small.SLUG}.platforms.{code}]",
                f'base_url = "{values["base_url"]}"',
                f'token_url = "{values.get("token_url", "")}"',
                f"settle_seconds = {SETTLE_SECONDS}",
                f"timeout_seconds = {TIMEOUT_SECONDS}",
                "",
            ]
            for name in SECRET_NAMES:
                if values.get(name):
                    secrets.write(values[name], small.SLUG, code, name)
        (home / "quitus.toml").write_text("\n".join(lines), encoding="utf-8")
        house.initialise(slug=small.SLUG, name="Petite École", siren=small.SIRET[:9], login="test")
        small.write_inbox(home / "inbox")
        httpx.post(f"{url}/_sandbox/load", json=small.public_dossiers(), timeout=30, trust_env=False).raise_for_status()
    finally:
        environment.undo()


def _run_sample(seed: int, folder: Path, *, twice: bool) -> Night:
    with SandboxServer() as server:
        words = ("demo", "--no-serve", "--seed", str(seed), "--sandbox-url", server.url)
        return _nights(folder, server.url, lambda home: quitus(home, *words), twice=twice)


def _run_small(folder: Path) -> Night:
    with SandboxServer() as server:
        fill_small(folder / "home", server.url, server.settings())
        return _nights(folder, server.url, lambda home: quitus(home, "nightly", "--json"), twice=True)


def _nights(folder: Path, url: str, night: Callable[[Path], Ran], *, twice: bool) -> Night:
    home, again = folder / "home", folder / "again"
    first = night(home)
    after_first = received(url)
    if not twice:
        return Night(home=home, again=home, first=first, second=first, received=(after_first, after_first))
    shutil.copytree(home, again, copy_function=copied)
    second = quitus(again, "nightly", "--json")
    return Night(home=home, again=again, first=first, second=second, received=(after_first, received(url)))


def shared(factory: pytest.TempPathFactory, name: str, fill: Callable[[Path], Night]) -> Night:
    """Give a home that was filled once for all the processes of this run of the tests."""
    root = factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        root = root.parent
    folder = root / f"shared-{name}"
    with closing((root / f"shared-{name}.lock").open("w")) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        told = folder / "night.json"
        if not told.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(mode=0o700)
            made = fill(folder)
            told.write_text(json.dumps([_plain(made.first), _plain(made.second), made.received]), encoding="utf-8")
        first, second, lines = json.loads(told.read_text(encoding="utf-8"))
    return Night(
        home=folder / "home",
        again=folder / "again",
        first=Ran(**first),
        second=Ran(**second),
        received=(lines[0], lines[1]),
    )


def _plain(ran: Ran) -> dict[str, Any]:
    return {"code": ran.code, "out": ran.out, "err": ran.err}


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Quitus:
    """The command line, in this process."""
    return Quitus(monkeypatch, capsys)


@pytest.fixture(scope="session")
def sample_night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    """The sample organisation after its night."""
    return shared(tmp_path_factory, f"sample-{SEED}", lambda folder: _run_sample(SEED, folder, twice=True))


@pytest.fixture(scope="session")
def other_night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    """The sample organisation of another seed after its one night."""
    name = f"sample-{OTHER_SEED}"
    return shared(tmp_path_factory, name, lambda folder: _run_sample(OTHER_SEED, folder, twice=False))


@pytest.fixture(scope="session")
def small_night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    """The small organisation after its night."""
    return shared(tmp_path_factory, "small", _run_small)
