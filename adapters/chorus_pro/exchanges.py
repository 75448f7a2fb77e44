"""The calls of the cpro services: both credentials, the envelope, paging, and what cannot be read."""

import base64
import json
import logging
from collections.abc import Iterator
from datetime import datetime
from typing import TypeVar

from pydantic import ValidationError

from adapters.chorus_pro import mapping, wire
from adapters.contract import Tools
from billing.errors import ContractChanged, ErrorContext, PlatformError, Refused
from billing.ports import Credentials, Platform
from integrations.http import (
    Answer,
    ClientCredentials,
    Deadline,
    HttpClient,
    Mode,
    Request,
    Unreadable,
    parse_json,
    redact_text,
)

PAGE_SIZE = 100
PAGES_MAX = 500

T = TypeVar("T", bound=wire.Envelope)
_LOG = logging.getLogger(__name__)


class Exchanges:
    """One organisation's calls."""

    def __init__(self, platform: Platform, credentials: Credentials, tools: Tools) -> None:
        """Open no connection yet."""
        self.platform = platform
        self._tools = tools
        self._client = HttpClient(
            platform=platform.code,
            base_url=credentials.base_url,
            tools=tools.http,
            rate_per_second=platform.rate_per_second,
            read_refusal=_refusal,
        )
        secrets = credentials.secrets
        account = base64.b64encode(f"{secrets['login']}:{secrets['password']}".encode()).decode("ascii")
        self._token = ClientCredentials(
            self._client,
            token_url=credentials.token_url,
            client_id=secrets["client_id"],
            client_secret=secrets["client_secret"],
            scope="openid",
            extra_headers={"cpro-account": account},
        )
        self._reported: set[str] = set()

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def unreadable(self, reason: str, answer: Answer, *, mode: Mode, subject: str) -> PlatformError:
        """Say what an answer that cannot be read means: after a deposit, a doubt."""
        problem = Unreadable(reason=reason)
        return self._client.error(problem, mode=mode, subject=subject, transcript=answer.transcript)

    def search(self, *, numero: str | None = None, since: datetime | None = None) -> Iterator[wire.Facture]:
        """Read a search page by page; a page that comes back twice, or pages without end, stop everything."""
        before: list[tuple[str, int | None]] | None = None
        for page in range(1, PAGES_MAX + 1):
            answer, found = self.post(
                "cpro/factures/v1/rechercher/fournisseur",
                wire.RechercherFacture(
                    numeroFacture=numero,
                    periodeDateHeureEtatCourantDu=mapping.criterion(since) if since else None,
                    rechercheFactureParFournisseur=wire.PageDemandee(
                        nbResultatsParPage=PAGE_SIZE, pageResultatDemandee=page
                    ),
                ),
                wire.RechercherFactureRetour,
                subject=numero or "",
            )
            factures = found.listeFactures or []
            here = [(item.numeroFacture, item.identifiantFactureCPP) for item in factures]
            shown = found.parametresRetour
            if (factures and here == before) or (shown.pageCourante not in {None, page} and factures):
                raise self._broken("chorus_pro_page_repeated", answer)
            if not factures and shown.total > (page - 1) * PAGE_SIZE:
                raise self._broken("chorus_pro_page_empty", answer)
            yield from factures
            if page >= shown.pages:
                return
            before = here
        raise self._broken("chorus_pro_pages_without_end", answer)

    def report(self, flux: str, subject: str) -> wire.CRDetailleRetour:
        """Read the detailed report of a flux."""
        _answer, report = self.post(
            "cpro/transverses/v1/consulterCRDetaille",
            wire.ConsulterCRDetaille(numeroFluxDepot=flux),
            wire.CRDetailleRetour,
            subject=subject,
        )
        return report

    def post(
        self, path: str, body: wire.Wire, kind: type[T], *, mode: Mode = Mode.READ, subject: str = ""
    ) -> tuple[Answer, T]:
        """Exchange one JSON body for another.

        Raises:
            Refused: HTTP 200 and `codeRetour` other than 0: a business refusal, for good (seen in public code).
            PlatformError: the rest of the tree.
        """
        content = body.model_dump_json(exclude_none=True).encode()
        answer = self.send(
            Request(
                mode=mode,
                method="POST",
                path=path,
                headers={"content-type": "application/json;charset=utf-8"},
                body=content,
                subject=subject,
            )
        )
        tree = parse_json(answer.content_type, answer.body)
        if isinstance(tree, Unreadable):
            raise self.unreadable(tree.reason, answer, mode=mode, subject=subject)
        try:
            envelope = wire.Envelope.model_validate(tree)
            if envelope.codeRetour != 0:
                raise self._refused(envelope, subject, answer)
            read = kind.model_validate(tree)
        except ValidationError as cause:
            reason = ",".join(str(part) for part in cause.errors()[0]["loc"])[:80]
            raise self.unreadable(reason or kind.__name__, answer, mode=mode, subject=subject) from cause
        self._report_strange(read)
        return answer, read

    def send(self, request: Request) -> Answer:
        """Send one request with both credentials, within the contract's deadline."""
        deadline = Deadline(self.platform.contract.deadline, self._tools.http.monotonic)
        return self._client.send(request, deadline, self._token)

    def _refused(self, envelope: wire.Envelope, subject: str, answer: Answer) -> Refused:
        label = redact_text(envelope.libelle)[:200]
        their_code = str(envelope.codeRetour)
        context = self.context(subject, answer.transcript, their_code, label)
        return Refused("chorus_pro_refused", context=context, their_code=their_code, label=label)

    def _broken(self, code: str, answer: Answer) -> ContractChanged:
        return ContractChanged(code, context=self.context("", answer.transcript))

    def context(self, subject: str, transcript: str = "", their_code: str = "", their_label: str = "") -> ErrorContext:
        """Say where an error comes from."""
        return ErrorContext(
            platform=self.platform.code,
            subject=subject,
            transcript=transcript,
            their_code=their_code,
            their_label=their_label,
        )

    def _report_strange(self, read: wire.Wire) -> None:
        for name in set(wire.strange_fields(read)) - self._reported:
            self._reported.add(name)
            _LOG.info("event=strange_field platform=%s field=%s", self.platform.code, name[:80])


def _refusal(content_type: str, body: bytes) -> tuple[str, str]:
    """Read `codeRetour` and `libelle` in the body of an HTTP 400 (GO error.go, seen in code); 403 comes empty."""
    if "json" not in content_type:
        return "", ""
    try:
        envelope = wire.Envelope.model_validate(json.loads(body))
    except (ValueError, RecursionError):
        return "", ""
    return str(envelope.codeRetour), envelope.libelle[:200]
