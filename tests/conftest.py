"""What every test gets: no network but loopback, no settings of the machine, no silent skip, real servers."""

import ipaddress
import os
import socket
from collections.abc import Generator, Iterator
from typing import Any

import pytest

from tests.homes import cli, other_night, sample_night, small_night
from tests.servers import postgres_database, postgres_url

__all__ = ["cli", "other_night", "postgres_database", "postgres_url", "sample_night", "small_night"]

ALLOWED_SKIPS: tuple[str, ...] = ()
"""Reasons (their first words) for which a test may be skipped; each needs a comment. None today."""


def _refuse_skip(report: pytest.CollectReport | pytest.TestReport) -> None:
    """Turn a skip into a failure, unless its reason is allowed or it is an expected failure."""
    if report.outcome != "skipped" or hasattr(report, "wasxfail"):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if not reason.removeprefix("Skipped: ").startswith(ALLOWED_SKIPS or ("\0",)):
        report.outcome = "failed"
        report.longrepr = f"skipped without an allowed reason (tests/conftest.py): {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, pytest.CollectReport, Any]:
    report = yield
    _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, Any]:
    report = yield
    _refuse_skip(report)
    return report


@pytest.fixture(scope="session", autouse=True)
def _loopback_only() -> Iterator[None]:
    """Refuse every connection that would leave this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6} and not _is_loopback(str(address[0])):
            message = f"a test tried to reach {address[0]}"
            raise AssertionError(message)
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host == "localhost"


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget QUITUS_ variables of whoever runs the tests, except those made for tests."""
    for name in list(os.environ):
        if name.startswith("QUITUS_") and not name.startswith("QUITUS_TEST_"):
            monkeypatch.delenv(name)
