"""The two commands, the environment, and what every test gets."""

import importlib.util
import os
import shutil
import socket
import stat
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import psycopg
import pytest

from tests.architecture.trees import PROJECT
from tests.servers import PostgresServer, fresh_database


def _pytest(source: str, folder: Path) -> subprocess.CompletedProcess[str]:
    (folder / "test_sample.py").write_text(source, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-c", str(folder / "pytest.ini")]
    command += ["-p", "no:randomly", "-p", "no:cacheprovider", str(folder / "test_sample.py")]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize(
    "source",
    [
        "import pytest\ndef test_it(): pytest.skip('no server here')\n",
        "import pytest\n@pytest.mark.skip(reason='later')\ndef test_it(): pass\n",
        "import pytest\npytest.importorskip('a_package_that_nobody_has')\ndef test_it(): pass\n",
    ],
)
def test_a_skipped_test_fails_the_run(source: str, tmp_path: Path) -> None:
    run = _pytest(source, tmp_path)
    assert run.returncode != 0
    assert "skipped without an allowed reason" in run.stdout


def test_an_expected_failure_is_no_skip(tmp_path: Path) -> None:
    source = "import pytest\n@pytest.mark.xfail(strict=True)\ndef test_it(): assert False\n"
    assert _pytest(source, tmp_path).returncode == 0


def test_a_test_cannot_leave_this_machine() -> None:
    with socket.socket() as outside, pytest.raises(AssertionError, match=r"192\.0\.2\.1"):
        outside.connect(("192.0.2.1", 80))


def test_the_settings_of_who_runs_the_tests_are_forgotten() -> None:
    kept = [name for name in os.environ if name.startswith("QUITUS_") and not name.startswith("QUITUS_TEST_")]
    assert kept == []


def test_a_test_database_is_fresh_real_and_dropped_at_the_end(postgres_url: str) -> None:
    with fresh_database(postgres_url) as url, psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute("CREATE TABLE mark (id integer)")
        name = url.rsplit("/", 1)[1]
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
        left = connection.execute("SELECT count(*) FROM pg_database WHERE datname = %s", [name]).fetchone()
        version = connection.execute("SHOW server_version_num").fetchone()
    assert left == (0,)
    assert version is not None
    assert int(version[0]) >= 150000


def test_a_server_leaves_nothing_behind_even_when_a_test_fails() -> None:
    server = PostgresServer()
    with pytest.raises(ZeroDivisionError), server:
        raise ZeroDivisionError
    assert not server.folder.exists()
    with socket.socket() as probe, pytest.raises(ConnectionRefusedError):
        probe.connect(("127.0.0.1", server.port))


# --- make demo ----------------------------------------------------------------------------------------


def _program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def _demo(folder: Path, leaves: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `make demo` in a folder whose name has a space, with a command that only says how it was called."""
    house = folder / "a house"
    house.mkdir()
    shutil.copy(PROJECT / "Makefile", house)
    _program(house / ".ci" / "environment.py", "")
    said = 'echo "called: $*"; echo "home: $QUITUS_HOME"; echo "url: ${QUITUS_DATABASE_URL-none}"\n'
    _program(house / ".venv" / "bin" / "quitus", f"#!/bin/sh\n{said}exit {leaves}\n")
    environment = {"PATH": os.environ["PATH"], "QUITUS_DATABASE_URL": "mine", "QUITUS_HOME": "mine"}
    command = ["make", "demo", f"PYTHON={sys.executable}", *arguments]
    return subprocess.run(command, cwd=house, env=environment, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("leaves", [0, 3])
def test_make_demo_succeeds_when_the_night_is_done_even_if_something_waits(leaves: int, tmp_path: Path) -> None:
    assert _demo(tmp_path, leaves).returncode == 0


@pytest.mark.parametrize("leaves", [1, 2, 4, 5])
def test_make_demo_fails_when_the_night_fails(leaves: int, tmp_path: Path) -> None:
    assert _demo(tmp_path, leaves).returncode != 0


def test_make_demo_works_in_demo_data_and_never_in_the_home_of_its_user(tmp_path: Path) -> None:
    said = _demo(tmp_path, 0, "SERVE=0").stdout.splitlines()
    assert said == ["called: demo --no-serve", f"home: {tmp_path}/a house/demo-data", "url: none"]


# --- the environment ----------------------------------------------------------------------------------


@pytest.fixture
def environment() -> ModuleType:
    spec = importlib.util.spec_from_file_location("environment_program", PROJECT / ".ci" / "environment.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_uv_itself_comes_from_the_lock_with_its_hashes(environment: ModuleType) -> None:
    block = environment._block_of("uv", PROJECT / "requirements.lock").splitlines()
    assert block[0].startswith("uv==")
    assert all("--hash=sha256:" in line for line in block[1:])
    assert len(block) > 1


def test_an_environment_made_from_the_same_sources_is_left_alone(
    environment: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    monkeypatch.setattr(environment, "STAMP", tmp_path / "stamp")
    monkeypatch.setattr(environment, "_works", lambda _python: True)

    def install(lock: Path) -> bool:
        made.append(lock.name)
        return True

    monkeypatch.setattr(environment, "_install_with_uv", install)
    environment._ensure("test")
    environment._ensure("test")
    environment._ensure("run")  # what the tests need is still there: a demo takes nothing away
    assert made == ["requirements-test.lock"]


def test_pip_alone_installs_the_same_lock_when_uv_cannot(
    environment: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[object, ...]] = []
    monkeypatch.setattr(environment, "STAMP", tmp_path / "stamp")
    monkeypatch.setattr(environment, "_works", lambda _python: True)

    def run(command: list[object], **_: object) -> bool:
        asked.append(tuple(command))
        return True

    monkeypatch.setattr(environment, "_run", run)
    monkeypatch.setenv("QUITUS_INSTALLER", "pip")
    environment._ensure("run")
    first = [str(word) for word in asked[0]]
    assert first[1:5] == ["-I", "-m", "pip", "install"]
    assert first[-1] == str(PROJECT / "requirements.lock")
    assert "--require-hashes" in first


def test_no_python_is_ever_downloaded(environment: ModuleType) -> None:
    assert environment._environment()["UV_PYTHON_DOWNLOADS"] == "never"
