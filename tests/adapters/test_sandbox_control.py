"""The control API of the sandboxes, as the surface promises it."""

from typing import Any

import httpx
import pytest

from adapters.sandbox import SandboxServer

DEPOSIT = {"fichierFlux": "eA==", "nomFichier": "a.pdf", "syntaxeFlux": "IN_DP_E2_CII_FACTURX", "avecSignature": False}


def call(server: SandboxServer, method: str, path: str, **more: Any) -> httpx.Response:
    return httpx.request(method, f"{server.url}{path}", trust_env=False, timeout=10, **more)


def token(server: SandboxServer) -> dict[str, str]:
    settings = server.settings()["chorus-pro"]
    form = {
        "grant_type": "client_credentials",
        "client_id": settings["client_id"],
        "client_secret": settings["client_secret"],
    }
    answer = call(server, "POST", "/chorus-pro/api/oauth/token", data=form)
    assert answer.json()["expires_in"] == 3600
    return {
        "authorization": f"Bearer {answer.json()['access_token']}",
        "cpro-account": "VEVDSF8xX3NhbmRib3hAY3Byby5mcjpzYW5kYm94LXBhc3N3b3Jk",
    }


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("faults", {"platform": "inconnue", "rates": {}}),
        ("faults", {"rates": {"panne": 0.5}}),
        ("faults", {"rates": {"refuse_503": 2}}),
        ("faults", {"rates": {"refuse_503": 0.6, "drop_before": 0.6}}),
        ("faults", {"slow": 1}),
        ("faults", {"unique": "non"}),
        ("advance", {"days": "1"}),
        ("advance", {"days": -1}),
        ("load", {"chorus-pro": {"dossiers": []}}),
        ("load", {"chorus-pro": {"structures": [{}]}}),
        ("load", {"chorus-pro": {"outcomes": [{"number": "1", "outcome": "magie"}]}}),
        ("load", {"inconnue": {}}),
        ("load", []),
    ],
)
def test_a_control_that_makes_no_sense_is_refused(server: SandboxServer, control: Any, path: str, body: object) -> None:
    assert call(server, "POST", f"/_sandbox/{path}", json=body).status_code == 400


def test_the_same_seed_gives_the_same_faults(server: SandboxServer, control: Any) -> None:
    headers = token(server)
    rates = {"refuse_503": 0.3, "throttle_429": 0.3}

    def fates() -> list[int]:
        control.post("faults", {"platform": "*", "seed": 5, "rates": rates})
        path = "/chorus-pro/cpro/factures/v1/rechercher/fournisseur"
        return [call(server, "POST", path, json={}, headers=headers).status_code for _index in range(20)]

    first = fates()
    assert first == fates()
    assert set(first) == {200, 429, 503}


def test_reset_forgets_everything(server: SandboxServer, control: Any) -> None:
    headers = token(server)
    answer = call(server, "POST", "/chorus-pro/cpro/factures/v1/deposer/flux", json=DEPOSIT, headers=headers)
    assert answer.json()["codeRetour"] == 0
    assert len(control.received("*")) == 1
    control.post("reset", {})
    assert control.received("*") == []
    refused = call(server, "POST", "/chorus-pro/cpro/factures/v1/deposer/flux", json=DEPOSIT, headers=headers)
    assert (refused.status_code, refused.headers["www-authenticate"]) == (
        401,
        'Bearer realm="PISTE", error="invalid_token"',
    )


def test_the_gateway_speaks_as_documented(server: SandboxServer, control: Any) -> None:
    headers = token(server)
    unknown = call(server, "POST", "/chorus-pro/cpro/inconnu/v1/rien", json={}, headers=headers)
    assert (unknown.status_code, "DefaultRealm" in unknown.headers["www-authenticate"]) == (404, True)
    bad = call(server, "POST", "/chorus-pro/api/oauth/token", data={"grant_type": "client_credentials"})
    assert (bad.status_code, bad.json()["error"]) == (400, "invalid_client")
    wrong = {**headers, "cpro-account": "faux"}
    assert call(server, "POST", "/chorus-pro/cpro/structures/v1/rechercher", json={}, headers=wrong).status_code == 401


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"syntaxeFlux": "IN_DP_E1_CII"}, 200, 20001),
        ({"fichierFlux": "?"}, 200, 20002),
        ({"nomFichier": None}, 400, 20000),
    ],
)
def test_a_malformed_deposit_is_refused_at_once(
    server: SandboxServer, control: Any, change: dict[str, object], status: int, code: int
) -> None:
    path = "/chorus-pro/cpro/factures/v1/deposer/flux"
    answer = call(server, "POST", path, json={**DEPOSIT, **change}, headers=token(server))
    assert (answer.status_code, answer.json()["codeRetour"]) == (status, code)
    assert control.received() == []


def test_a_body_over_30_megabytes_is_cut(server: SandboxServer, control: Any) -> None:
    path = "/chorus-pro/cpro/factures/v1/deposer/flux"
    answer = call(server, "POST", path, content=b" " * (30 * 1024 * 1024 + 1), headers=token(server))
    assert answer.status_code == 413


def test_a_late_acceptance_comes_after_its_502(server: SandboxServer, control: Any) -> None:
    headers = token(server)
    control.post("faults", {"platform": "*", "seed": 1, "rates": {"late_accept": 1.0}})
    path = "/chorus-pro/cpro/factures/v1/deposer/flux"
    assert call(server, "POST", path, json=DEPOSIT, headers=headers).status_code == 502
    control.post("faults", {"platform": "*", "rates": {}, "slow_ms": 500})
    before = len(control.received())
    call(server, "POST", "/chorus-pro/cpro/factures/v1/rechercher/fournisseur", json={}, headers=headers)
    assert (before, len(control.received())) == (0, 1)


def test_settings_point_each_platform_at_its_own_prefix(server: SandboxServer) -> None:
    told = call(server, "GET", "/_sandbox/settings").json()
    assert told["chorus-pro"]["base_url"] == f"{server.url}/chorus-pro"
    assert told == server.settings()
