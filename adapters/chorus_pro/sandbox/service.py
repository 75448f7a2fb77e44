"""The cpro services that the sandbox offers, over its memory."""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.chorus_pro.sandbox import access, listing
from adapters.chorus_pro.sandbox.access import Access
from adapters.chorus_pro.sandbox.invoice import SeenInvoice, Unreadable, read_invoice
from adapters.chorus_pro.sandbox.life import FLUX_OUTCOMES, PARIS, Flux, Invoice, Memory
from adapters.sandbox_kit import Stage

BODY_BYTES_MAX = 30 * 1024 * 1024
SYNTAX = "IN_DP_E2_CII_FACTURX"
SUCCESS = "GCU_MSG_01_000"
Body = dict[str, Any]


class ChorusProSandbox:
    """The platform. One event loop runs it, so nothing is locked."""

    def __init__(self, stage: Stage) -> None:
        """Start empty: any buyer is known until structures are loaded."""
        self.code = stage.platform
        self._stage = stage
        self._access = Access()
        self._memory = Memory()
        reads: dict[str, Callable[[Body], Body]] = {
            "transverses/v1/consulterCRDetaille": self._report,
            "factures/v1/rechercher/fournisseur": self._search,
            "factures/v1/consulter/historique": self._history,
            "structures/v1/rechercher": self._structures,
            "structures/v1/consulter": self._structure,
            "structures/v1/rechercher/services": self._services,
        }
        self.app = Starlette(
            routes=[
                Route("/api/oauth/token", self._token, methods=["POST"]),
                Route("/cpro/factures/v1/deposer/flux", self._deposit, methods=["POST"]),
                Route("/cpro/transverses/v1/health-check", self._health, methods=["GET"]),
                *(Route(f"/cpro/{path}", self._read(answer), methods=["POST"]) for path, answer in reads.items()),
                Route("/{path:path}", _unknown_path, methods=["GET", "POST", "PUT", "DELETE"]),
            ]
        )

    # --- control ----------------------------------------------------------------------------------------

    def load(self, dossiers: Mapping[str, Any]) -> None:
        """Take structures, outcomes, applications and accounts in."""
        self._memory.load(dossiers)
        self._access.load(dossiers)

    def reset(self) -> None:
        """Forget everything."""
        self._access = Access()
        self._memory = Memory()

    def credentials(self, root_url: str) -> Mapping[str, str]:
        """Tell the settings that reach it."""
        return {
            "base_url": root_url,
            "token_url": f"{root_url}/api/oauth/token",
            "client_id": access.CLIENT_ID,
            "client_secret": access.CLIENT_SECRET,
            "login": access.LOGIN,
            "password": access.PASSWORD,
        }

    # --- gateway ----------------------------------------------------------------------------------------

    async def _token(self, request: Request) -> Response:
        return await self._access.token(request)

    async def _health(self, request: Request) -> Response:
        return self._access.refusal(request) or JSONResponse({"body": "OK", "statusCodeValue": 200, "statusCode": "OK"})

    def _read(self, answer: Callable[[Body], Body]) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            refusal = self._access.refusal(request)
            if refusal is not None:
                return refusal
            body = await _json(request)
            if isinstance(body, Response):
                return body
            return await self._stage.read(lambda: JSONResponse(answer(body)))

        return endpoint

    async def _deposit(self, request: Request) -> Response:
        refusal = self._access.refusal(request)
        if refusal is not None:
            return refusal
        body = await _json(request)
        if isinstance(body, Response):
            return body
        return await self._stage.act(request, lambda: self._take_in(body))

    # --- deposit ----------------------------------------------------------------------------------------

    def _take_in(self, body: Body) -> Response:
        """Receive a flux: what its form shows is refused at once, the rest is said by its report."""
        if not isinstance(body.get("fichierFlux"), str) or not isinstance(body.get("nomFichier"), str):
            return JSONResponse({"codeRetour": 20000, "libelle": "GDP_MSG_01.000"}, status_code=400)
        if body.get("syntaxeFlux") != SYNTAX:
            return _refused(20001, "GDP_MSG_01.001")
        try:
            pdf = base64.b64decode(body["fichierFlux"], validate=True)
        except ValueError:
            return _refused(20002, "GDP_MSG_01.002")
        now = self._stage.clock.now()
        flux_id = f"CPP{len(self._memory.fluxes) + 1:017d}"
        final, number, code, error = self._judge(pdf, flux_id, now)
        self._memory.fluxes[flux_id] = Flux(
            id=flux_id,
            file_name=body["nomFichier"],
            at=now,
            final=final,
            number=number,
            error_code=code,
            error=error,
        )
        return JSONResponse(
            {
                "codeRetour": 0,
                "libelle": SUCCESS,
                "numeroFluxDepot": flux_id,
                "dateDepot": now.astimezone(PARIS).date().isoformat(),
                "syntaxeFlux": SYNTAX,
            }
        )

    def _judge(self, pdf: bytes, flux_id: str, now: datetime) -> tuple[str, str, str, str]:
        """Decide what becomes of a flux: (final state, number, error code, error label)."""
        try:
            seen = read_invoice(pdf)
        except Unreadable as error:
            self._stage.record(business_key="", number="", amount_cents=0, outcome="refused")
            return "QP_IRRECEVABLE", "", "", str(error)
        objection = self._memory.objection(seen)
        if objection is not None:
            self._record(seen, "refused")
            return "IN_REJETE", seen.number, *objection
        if self._stage.faults.unique and self._memory.is_duplicate(seen):
            self._record(seen, "refused_duplicate")
            return "IN_REJETE", seen.number, "REJ_UNI", "REJ_UNI - Une facture de même numéro existe déjà pour l'année"
        outcome = self._memory.flux_outcome(seen)
        if outcome is not None:
            self._record(seen, "refused")
            return FLUX_OUTCOMES[outcome.outcome], seen.number, "", outcome.comment or "Facture non intégrée"
        structure = self._memory.structures.get(seen.buyer_siret, {})
        self._memory.integrate(
            Invoice(
                id=26_000_000 + len(self._memory.invoices) + 1,
                flux=flux_id,
                seen=seen,
                integrated_at=now + timedelta(seconds=self._memory.flux_seconds),
                outcome=self._memory.life_outcome(seen),
                payment_not_reported=bool(structure.get("statutMiseEnPaiementNestPasRemonte")),
            )
        )
        self._record(seen, "accepted")
        return "IN_INTEGRE", seen.number, "", ""

    def _record(self, seen: SeenInvoice, outcome: str) -> None:
        self._stage.record(
            business_key=seen.business_key, number=seen.number, amount_cents=seen.amount_cents, outcome=outcome
        )

    # --- reads ------------------------------------------------------------------------------------------

    def _report(self, body: Body) -> Body:
        flux = self._memory.fluxes.get(str(body.get("numeroFluxDepot", "")))
        if flux is None:
            return {"codeRetour": 1, "libelle": "TRA_MSG_01.001"}
        return listing.report(flux, self._stage.clock.now(), self._memory.flux_seconds)

    def _search(self, body: Body) -> Body:
        return listing.search(self._memory.invoices, body, self._stage.clock.now())

    def _history(self, body: Body) -> Body:
        return listing.history(self._memory.invoices, body, self._stage.clock.now())

    def _structures(self, body: Body) -> Body:
        return listing.structures(self._memory.structures, body)

    def _structure(self, body: Body) -> Body:
        return listing.structure(self._memory.structures, body)

    def _services(self, body: Body) -> Body:
        return listing.services(self._memory.structures, body)


def _refused(code: int, label: str) -> Response:
    return JSONResponse({"codeRetour": code, "libelle": label})


async def _unknown_path(_request: Request) -> Response:
    return Response(status_code=404, headers={"www-authenticate": 'Bearer realm="DefaultRealm"'})


async def _json(request: Request) -> Body | Response:
    """Read a JSON body within the limit."""
    pieces: list[bytes] = []
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > BODY_BYTES_MAX:
            return Response(status_code=413)
        pieces.append(piece)
    try:
        body = json.loads(b"".join(pieces))
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        return JSONResponse({"codeRetour": 20000, "libelle": "TRA_MSG_00.001"}, status_code=400)
    return body
