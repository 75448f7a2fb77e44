"""OAuth2 client-credentials tokens (RFC 6749 §4.4), kept until shortly before they end."""

import threading
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlencode

from billing.errors import AccessDenied, ContractChanged, Refused, RetryLater
from integrations.http.client import HttpClient, Request
from integrations.http.content import parse_json
from integrations.http.deadline import Deadline
from integrations.http.translate import Mode, Unreadable

EARLY_SECONDS = 240
"""Refresh this long before the end (seen in public code)."""
LIFETIME_SECONDS = 300
"""When the answer does not say how long a token lives."""


class ClientCredentials:
    """The token of one application. Whatever goes wrong here, nothing of the act itself has left."""

    def __init__(
        self,
        client: HttpClient,
        *,
        token_url: str,
        client_id: str,
        client_secret: str,
        scope: str,
        extra_headers: Mapping[str, str],
    ) -> None:
        """Fetch nothing yet.

        Args:
            client: the platform's client.
            token_url: whole address.
            client_id: the application.
            client_secret: its secret.
            scope: sent when not empty.
            extra_headers: what goes with every request beside the token.
        """
        self._client = client
        self._token_url = token_url
        self._form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
        if scope:
            self._form["scope"] = scope
        self._extra = dict(extra_headers)
        self._lock = threading.Lock()
        self._token = ""
        self._good_until = 0.0

    def headers(self, deadline: Deadline) -> Mapping[str, str]:
        """Give the headers of an authorised request, with a token fetched when needed.

        Raises:
            RetryLater, AccessDenied: no token; nothing of the act has left.
        """
        with self._lock:
            if not self._token or self._client.tools.monotonic() >= self._good_until:
                self._fetch(deadline)
            return {"authorization": f"Bearer {self._token}", **self._extra}

    def forget(self) -> None:
        """Fetch a new token next time."""
        with self._lock:
            self._token = ""

    def _fetch(self, deadline: Deadline) -> None:
        asked_at = self._client.tools.monotonic()
        request = Request(
            mode=Mode.READ,
            method="POST",
            path=self._token_url,
            headers={"content-type": "application/x-www-form-urlencoded"},
            body=urlencode(self._form).encode(),
        )
        try:
            answer = self._client.send(request, deadline)
        except Refused as cause:  # 400 invalid_client, invalid_scope … (RFC 6749 §5.2)
            context = replace(cause.context, subject="token")
            raise AccessDenied("platform_access_denied", context=context, status=cause.values.get("status")) from cause
        except ContractChanged as cause:
            raise RetryLater("platform_token_unreadable", context=cause.context) from cause
        tree = parse_json(answer.content_type, answer.body)
        known = tree if isinstance(tree, dict) else {}
        token = known.get("access_token")
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            context = self._client.error(
                Unreadable(reason="token"), mode=Mode.READ, transcript=answer.transcript
            ).context
            raise RetryLater("platform_token_unreadable", context=context)
        lives = known.get("expires_in")
        lives = lives if isinstance(lives, int) and lives > 0 else LIFETIME_SECONDS
        self._token = token
        self._good_until = asked_at + max(lives - EARLY_SECONDS, min(lives, EARLY_SECONDS) / 2)
