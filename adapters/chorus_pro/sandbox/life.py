"""The platform's memory: structures, fluxes on their way, invoices and the statuses that they pass through."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from adapters.chorus_pro.sandbox.invoice import SeenInvoice
from adapters.sandbox_kit import BadControl

PARIS = ZoneInfo("Europe/Paris")
NUMBER_CHARS_MAX = 20
FLUX_SECONDS = 1.0
"""From receipt to integration; `load` changes it (`flux_seconds`)."""
ON_THE_WAY = ("IN_RECU", "IN_TRAITE_SE_CPP", "IN_EN_ATTENTE_TRAITEMENT_CPP", "IN_EN_COURS_TRAITEMENT_CPP")
NOMINAL = ((0, "DEPOSEE"), (1, "MISE_A_DISPOSITION"), (10, "MANDATEE"), (25, "MISE_EN_PAIEMENT"))
"""(days after integration, status); the pace is ours, no text sets one."""
FLUX_OUTCOMES = {
    "flux_rejected": "IN_REJETE",
    "flux_partial": "IN_INTEGRE_PARTIEL",
    "flux_incident": "IN_INCIDENTE",
    "flux_inadmissible": "QP_IRRECEVABLE",
}
LIFE_OUTCOMES = {"suspended": "SUSPENDUE", "rejected": "REJETEE", "stuck": "", "status": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What `load` decided for one invoice, by its number or a dossier reference. A flux outcome strikes once."""

    number: str
    dossier: str
    outcome: str
    comment: str
    after_days: int
    status: str

    def fits(self, seen: SeenInvoice) -> bool:
        """Tell whether it is about this invoice."""
        return (self.number != "" and self.number == seen.number) or (
            self.dossier != "" and self.dossier in seen.references
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Flux:
    """One deposit."""

    id: str
    file_name: str
    at: datetime
    final: str
    number: str
    error_code: str
    error: str

    def state(self, now: datetime, seconds: float) -> str:
        """Tell where the flux stands."""
        gone = (now - self.at).total_seconds()
        if gone >= seconds:
            return self.final
        return ON_THE_WAY[min(int(gone / seconds * len(ON_THE_WAY)), len(ON_THE_WAY) - 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """One invoice that was, or will be, integrated."""

    id: int
    flux: str
    seen: SeenInvoice
    integrated_at: datetime
    outcome: Outcome | None
    payment_not_reported: bool

    def passages(self, now: datetime) -> list[tuple[datetime, str, str]]:
        """List the statuses passed so far: instant, code, comment; oldest first."""
        passed = []
        for days, status, comment in self._plan():
            at = self.integrated_at + timedelta(days=days)
            if at <= now:
                passed.append((at, status, comment))
        return passed

    def _plan(self) -> list[tuple[int, str, str]]:
        plan = [
            (days, status, "")
            for days, status in NOMINAL
            if not (status == "MISE_EN_PAIEMENT" and self.payment_not_reported)
        ]
        if self.outcome is None:
            return plan
        before = [step for step in plan if step[0] < max(self.outcome.after_days, 1)]
        word = LIFE_OUTCOMES[self.outcome.outcome] or self.outcome.status
        return [*before, (self.outcome.after_days, word, self.outcome.comment)] if word else before


@dataclass(slots=True)
class Memory:
    """Everything that one sandbox holds."""

    structures: dict[str, dict[str, Any]] = field(default_factory=dict)
    suppliers: set[str] = field(default_factory=set)
    outcomes: list[Outcome] = field(default_factory=list)
    fluxes: dict[str, Flux] = field(default_factory=dict)
    invoices: list[Invoice] = field(default_factory=list)
    taken: set[tuple[str, str, str]] = field(default_factory=set)
    flux_seconds: float = FLUX_SECONDS

    def load(self, dossiers: Mapping[str, Any]) -> None:
        """Take structures, suppliers and outcomes in, beside those that are there.

        Raises:
            BadControl: an unknown key or outcome, or a structure without SIRET.
        """
        unknown = set(dossiers) - {"structures", "suppliers", "outcomes", "flux_seconds", "clients", "accounts"}
        if unknown:
            raise BadControl("unknown key")
        for structure in dossiers.get("structures", ()):
            if not isinstance(structure, dict) or not str(structure.get("siret", "")):
                raise BadControl("structure without siret")
            self.structures[str(structure["siret"])] = {"id": 10_000_000 + len(self.structures), **structure}
        self.suppliers.update(str(siren) for siren in dossiers.get("suppliers", ()))
        self.outcomes.extend(_outcome(item) for item in dossiers.get("outcomes", ()))
        self.flux_seconds = max(float(dossiers.get("flux_seconds", self.flux_seconds)), 0.0)

    def objection(self, seen: SeenInvoice) -> tuple[str, str] | None:
        """Say what the documents refuse in an invoice: (code, label); None = nothing."""
        if not seen.number or len(seen.number) > NUMBER_CHARS_MAX:
            return "", f"Le numéro de facture est obligatoire et limité à {NUMBER_CHARS_MAX} caractères"
        if self.suppliers and seen.seller_siren not in self.suppliers:
            return "REJ_COH", "REJ_COH - Le fournisseur n'est pas connu de Chorus Pro"
        if not self.structures:
            return None
        structure = self.structures.get(seen.buyer_siret)
        if structure is None or not structure.get("active", True):
            return "REJ_ADR", "REJ_ADR - Le destinataire n'est pas connu ou n'est pas actif"
        return _missing_reference(structure, seen)

    def is_duplicate(self, seen: SeenInvoice) -> bool:
        """Tell whether an invoice of the same year, SIREN and number is integrated or on its way."""
        return (seen.year, seen.seller_siren, seen.number) in self.taken

    def integrate(self, invoice: Invoice) -> None:
        """Keep an invoice; its year, SIREN and number are taken from now on."""
        self.invoices.append(invoice)
        self.taken.add((invoice.seen.year, invoice.seen.seller_siren, invoice.seen.number))

    def flux_outcome(self, seen: SeenInvoice) -> Outcome | None:
        """Take the outcome that strikes this deposit, once."""
        for outcome in self.outcomes:
            if outcome.outcome in FLUX_OUTCOMES and outcome.fits(seen):
                self.outcomes.remove(outcome)
                return outcome
        return None

    def life_outcome(self, seen: SeenInvoice) -> Outcome | None:
        """Find the outcome that bends this invoice's life."""
        return next((item for item in self.outcomes if item.outcome in LIFE_OUTCOMES and item.fits(seen)), None)


def _outcome(item: Any) -> Outcome:  # noqa: ANN401 - what JSON gave
    known = isinstance(item, dict) and item.get("outcome") in {**FLUX_OUTCOMES, **LIFE_OUTCOMES}
    if not known or not (item.get("number") or item.get("dossier")):
        raise BadControl("outcome: number or dossier, and a known outcome")
    return Outcome(
        number=str(item.get("number", "")),
        dossier=str(item.get("dossier", "")),
        outcome=str(item["outcome"]),
        comment=str(item.get("comment", "")),
        after_days=int(item.get("after_days", 2)),
        status=str(item.get("status", "")),
    )


def _missing_reference(structure: Mapping[str, Any], seen: SeenInvoice) -> tuple[str, str] | None:
    """Check what the buyer demands (flags of consulterStructure, and of its services)."""
    services = {str(item["code"]): item for item in structure.get("services", ())}
    service = services.get(seen.service, {})
    if services and seen.service and (seen.service not in services or not service.get("actif", True)):
        return "", "Le code service n'existe pas ou n'est pas actif pour ce destinataire"
    if seen.service == "FACTURES_PUBLIQUES":
        return "", "Le service FACTURES_PUBLIQUES est réservé aux factures entre entités publiques"
    if structure.get("codeServiceDoitEtreRenseigne") and not seen.service:
        return "", "Le code service est obligatoire pour ce destinataire"
    demands = structure.get("numeroEJDoitEtreRenseigne") or service.get("numeroEngagement")
    if demands and not seen.engagement:
        return "", "Le numéro d'engagement est obligatoire pour ce destinataire"
    if structure.get("gestionNumeroEJOuCodeService") and not (seen.engagement or seen.service):
        return "", "Le numéro d'engagement ou le code service est obligatoire pour ce destinataire"
    return None
