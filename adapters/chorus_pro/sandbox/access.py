"""Who may speak to the platform: the gateway's tokens, and the technical account behind it."""

import base64
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from adapters.sandbox_kit import BadControl

CLIENT_ID = "sandbox-client"
CLIENT_SECRET = "sandbox-secret"  # noqa: S105 - opens nothing but this sandbox
LOGIN = "TECH_1_sandbox@cpro.fr"
PASSWORD = "sandbox-password"  # noqa: S105 - same
TOKEN_SECONDS = 3600
FORM_BYTES_MAX = 10_000


@dataclass(slots=True)
class Access:
    """Applications, technical accounts, and the tokens given out. Tokens live in real time."""

    clients: dict[str, dict[str, Any]] = field(default_factory=lambda: {CLIENT_ID: {"secret": CLIENT_SECRET}})
    accounts: dict[str, dict[str, Any]] = field(default_factory=lambda: {LOGIN: {"password": PASSWORD}})
    tokens: dict[str, tuple[str, float]] = field(default_factory=dict)
    token_seconds: int = TOKEN_SECONDS

    def load(self, dossiers: Mapping[str, Any]) -> None:
        """Take applications `{id, secret, habilitated}` and accounts `{login, password, habilitated}` in."""
        for client in dossiers.get("clients", ()):
            if not isinstance(client, dict) or not client.get("id"):
                raise BadControl("client without id")
            self.clients[str(client["id"])] = dict(client)
            self.token_seconds = int(client.get("token_seconds", self.token_seconds))
        for account in dossiers.get("accounts", ()):
            if not isinstance(account, dict) or not account.get("login"):
                raise BadControl("account without login")
            self.accounts[str(account["login"])] = dict(account)

    async def token(self, request: Request) -> Response:
        """Give a token (client credentials)."""
        kind = request.headers.get("content-type", "").split(";")[0]
        body = (await request.body())[:FORM_BYTES_MAX]
        if kind != "application/x-www-form-urlencoded":
            return _token_error("invalid_request", "form expected")
        form = {name: values[0] for name, values in parse_qs(body.decode("utf-8", errors="replace")).items()}
        if form.get("grant_type") != "client_credentials":
            return _token_error("unsupported_grant_type", "client_credentials only")
        client = self.clients.get(form.get("client_id", ""))
        if client is None or client.get("secret") != form.get("client_secret"):
            return _token_error("invalid_client", "Client authentication failed")
        token = secrets.token_hex(24)
        self.tokens[token] = (form["client_id"], time.monotonic() + self.token_seconds)
        return JSONResponse(
            {"access_token": token, "token_type": "Bearer", "expires_in": self.token_seconds, "scope": "openid"}
        )

    def refusal(self, request: Request) -> Response | None:
        """Refuse a request that may not come in; None = it may."""
        word, _blank, token = request.headers.get("authorization", "").partition(" ")
        client_id, ends_at = self.tokens.get(token, ("", 0.0))
        if word != "Bearer" or ends_at <= time.monotonic():
            return Response(
                status_code=401, headers={"www-authenticate": 'Bearer realm="PISTE", error="invalid_token"'}
            )
        account = self._account(request.headers.get("cpro-account", ""))
        if account is None:
            return Response(status_code=401, headers={"www-authenticate": 'Basic realm="cpro-account"'})
        if not (self.clients[client_id].get("habilitated", True) and account.get("habilitated", True)):
            return Response(status_code=403)
        return None

    def _account(self, header: str) -> dict[str, Any] | None:
        try:
            login, _colon, password = base64.b64decode(header, validate=True).decode("utf-8").partition(":")
        except ValueError:
            return None
        account = self.accounts.get(login)
        return account if account is not None and account.get("password") == password else None


def _token_error(code: str, label: str) -> Response:
    return JSONResponse({"error": code, "error_description": label}, status_code=400)
