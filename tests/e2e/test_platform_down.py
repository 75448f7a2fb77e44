"""A platform that does not do its part: the night stays short, says so in French, uses nothing up, and goes on."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.sandbox import SandboxServer
from tests.e2e.small import SLUG
from tests.homes import Quitus, Ran, fill_small, quitus, received

DONE_SOMETHING_WAITS, UNAVAILABLE, SETTINGS = 3, 4, 5
CLOSED_PORT = 9  # nothing listens there on a loopback address
ITS_OWN = 7  # submissions of the night that go to the public buyers' platform
NIGHT_SECONDS_MAX = 45


@dataclass
class Place:
    """A home that is filled and has had no night, beside a sandbox that runs."""

    home: Path
    server: SandboxServer

    def faults(self, **rates: float) -> None:
        body = {"platform": "*", "seed": 1, "rates": rates}
        httpx.post(f"{self.server.url}/_sandbox/faults", json=body, trust_env=False).raise_for_status()

    def night(self) -> tuple[Ran, dict[str, Any]]:
        ran = quitus(self.home, "nightly", "--json")
        assert ran.err == ""
        return ran, json.loads(ran.out)

    def settings(self, old: str, new: str) -> None:
        file = self.home / "quitus.toml"
        file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with SandboxServer() as server:
        fill_small(tmp_path / "home", server.url, server.settings())
        yield Place(tmp_path / "home", server)


def step_of(document: dict[str, Any], name: str) -> dict[str, Any]:
    return next(step for step in document["steps"] if step["name"] == name)


@pytest.mark.parametrize(
    ("fault", "state", "told"),
    [
        ("throttle_429", "ready", f"Envois prêts : {ITS_OWN} ; ils partiront à la prochaine nuit"),
        ("refuse_503", "in_doubt", f"Envois dont la réponse s’est perdue : {ITS_OWN} ; ne les renvoyez pas"),
        ("drop_before", "in_doubt", f"Envois dont la réponse s’est perdue : {ITS_OWN} ; ne les renvoyez pas"),
    ],
)
def test_a_platform_that_fails_all_night_is_left_alone_and_serves_the_next_night(
    place: Place, cli: Quitus, fault: str, state: str, told: str
) -> None:
    place.faults(**{fault: 1.0})
    ran, document = place.night()
    submit = step_of(document, "submit")
    assert ran.code == document["exit_code"] == UNAVAILABLE
    assert submit["seconds"] < NIGHT_SECONDS_MAX
    assert submit["counts"][state] == ITS_OWN  # submissions, not tries
    [sentence] = submit["errors"]
    assert sentence.startswith("Chorus Pro est laissée de côté pour cette nuit : ")
    assert told in sentence
    assert step_of(document, "statuses")["errors"] == []
    assert document["waiting_for"]["later"] == ITS_OWN
    assert received(place.server.url) == []
    cli.at(place.home)
    paused = {row["code"]: row["paused"] for row in cli.json("platforms", "list")}
    assert [code for code, is_paused in paused.items() if is_paused] == ["chorus-pro"]
    assert {row["submission"] for row in cli.json("claims", "list") if row["platform"] == "chorus-pro"} == {state}

    place.faults()
    place.settings("timeout_seconds = 5", "timeout_seconds = 10")
    ran, document = place.night()
    assert ran.code == DONE_SOMETHING_WAITS
    assert document["paused"] == []
    taken = [line["business_key"] for line in received(place.server.url) if line["outcome"] == "accepted"]
    assert len(taken) == len(set(taken)) == ITS_OWN - 1  # the town's is always refused
    assert not any(row["paused"] for row in cli.json("platforms", "list"))


def test_a_platform_that_refuses_connections_costs_seconds_and_is_named(place: Place) -> None:
    place.settings(f":{place.server.port}/", f":{CLOSED_PORT}/")
    ran, document = place.night()
    assert ran.code == UNAVAILABLE
    assert step_of(document, "submit")["seconds"] < NIGHT_SECONDS_MAX
    [sentence] = step_of(document, "submit")["errors"]
    assert sentence.startswith("Chorus Pro est laissée de côté pour cette nuit : plateforme injoignable.")


def test_missing_secrets_are_named_exactly_and_the_rest_of_the_night_runs(place: Place, cli: Quitus) -> None:
    shutil.rmtree(place.home / "secrets" / SLUG)
    ran, document = place.night()
    assert ran.code == SETTINGS
    [sentence] = [sentence for step in document["steps"][1:] for sentence in step["errors"]]
    for name in ("CLIENT_ID", "CLIENT_SECRET", "LOGIN", "PASSWORD"):
        assert f"QUITUS_{SLUG.upper()}_CHORUS_PRO_{name}" in sentence
    assert step_of(document, "reconcile")["counts"]["auto"] > 0
    assert step_of(document, "submit")["counts"]["sheets"] == 5
    cli.at(place.home)
    assert [line for line in cli.json("doctor", code=1)["problems"] if sentence.split(" Les adresses")[0] in line]
    assert cli("platforms", "sync").code == SETTINGS
    assert len(cli.json("claims", "sheet")) == 5


def test_a_route_to_a_platform_without_settings_is_flagged(place: Place, cli: Quitus) -> None:
    cli.at(place.home)
    place.settings("[organisations.", "# [organisations.")
    text = (place.home / "quitus.toml").read_text(encoding="utf-8").splitlines()
    (place.home / "quitus.toml").write_text(text[0] + "\n", encoding="utf-8")
    place.night()
    [line] = [line for line in cli.json("doctor", code=1)["problems"] if "Chorus Pro" in line]
    assert "Il manque : base_url, token_url." in line
    assert f"[organisations.{SLUG}.platforms.chorus-pro]" in line


def test_addresses_may_come_from_variables(place: Place) -> None:
    values = place.server.settings()["chorus-pro"]
    text = (place.home / "quitus.toml").read_text(encoding="utf-8").splitlines()
    (place.home / "quitus.toml").write_text(text[0] + "\n", encoding="utf-8")
    named = {f"QUITUS_{SLUG.upper()}_CHORUS_PRO_{name.upper()}": values[name] for name in ("base_url", "token_url")}
    ran = quitus(place.home, "nightly", "--json", **named)
    assert ran.code == DONE_SOMETHING_WAITS
    assert step_of(json.loads(ran.out), "submit")["counts"]["accepted"] > 2
    wrong = quitus(
        place.home, "nightly", "--json", **named, **{f"QUITUS_{SLUG.upper()}_CHORUS_PRO_SETTLE_SECONDS": "x"}
    )
    assert wrong.err == ""
    assert f"QUITUS_{SLUG.upper()}_CHORUS_PRO_SETTLE_SECONDS : un nombre entier est attendu" in wrong.out
