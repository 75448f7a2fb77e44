"""What Chorus Pro does for us: deposit, look up, follow, check. One organisation's credentials.

What a deposit's answer means: received, no more. The flux may be rejected later, in silence; `statuses` finds it.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from adapters.chorus_pro import mapping, wire
from adapters.chorus_pro.exchanges import Exchanges
from adapters.contract import Tools
from billing.errors import Finding, InvalidInvoice, PlatformError, Refused, RetryLater, Severity
from billing.ports import Acceptance, Credentials, Parcel, Platform, Presence, StatusSighting
from integrations.http import Mode, Request

OVERLAP = timedelta(minutes=10)
"""Searched again before `since`: their instants have minutes, and clocks differ. Seeing twice is harmless."""
SINGLE_LOOKUPS_MAX = 40
"""Above that many numbers, the whole list is read page by page instead."""
PASSWORD_WARNING = timedelta(days=15)
OWN_SIRETS_MAX = 20
"""Sites that are looked for, one question each; the technical account is the same for all of them."""

_LOG = logging.getLogger(__name__)


class ChorusPro:
    """SubmitsClaims and ReportsStatuses, by the API of the historic circuit."""

    def __init__(self, platform: Platform, credentials: Credentials, tools: Tools) -> None:
        """Open no connection yet; the settings were checked by `connect`."""
        self.platform = platform
        self._clock = tools.clock
        self._own_sirets = credentials.options.get("sirets", "").split()[:OWN_SIRETS_MAX]
        self._section = credentials.options.get("section", "")
        self._wires = Exchanges(platform, credentials, tools)

    def close(self) -> None:
        """Let go of the connections."""
        self._wires.close()

    # --- SubmitsClaims ----------------------------------------------------------------------------------

    def submit_claim(self, parcel: Parcel) -> Acceptance:
        """Deposit one invoice as a flux; the answer only says that it was received."""
        findings = mapping.findings_before_sending(parcel)
        if findings:
            code = findings[0].code
            cause = InvalidInvoice(code, findings=findings, **findings[0].values)
            raise Refused(code, context=self._wires.context(parcel.number), **findings[0].values) from cause
        answer, deposit = self._wires.post(
            "cpro/factures/v1/deposer/flux",
            mapping.deposit_of(parcel),
            wire.DeposerFluxRetour,
            mode=Mode.WRITE,
            subject=parcel.number,
        )
        if not deposit.numeroFluxDepot:
            raise self._wires.unreadable("numeroFluxDepot", answer, mode=Mode.WRITE, subject=parcel.number)
        return Acceptance(reference=deposit.numeroFluxDepot, final=False, response_digest=answer.response_digest)

    def find_claim(self, parcel: Parcel) -> Presence:
        """Look an invoice up by its number, then by its flux when we know it."""
        for facture in self._wires.search(numero=parcel.number):
            if mapping.is_ours(facture, parcel.number, parcel.issue_on.year):
                return Presence(found=True, reference=mapping.reference_of(facture))
        flux = parcel.facts.get("external_reference", "")
        if not flux:
            return Presence(found=False)
        report = self._wires.report(flux, parcel.number)
        rejection = mapping.rejection_of(report, parcel.number)
        if rejection is not None:
            return Presence(found=True, reference=flux, rejected=True, code=rejection.code, label=rejection.label)
        return Presence(found=True, reference=flux)

    # --- ReportsStatuses --------------------------------------------------------------------------------

    def statuses(self, since: datetime | None, numbers: Iterable[str]) -> Iterator[StatusSighting]:
        """Read the invoices whose status changed, then ask about the fluxes whose invoice is not listed.

        Args:
            since: the last time that this was asked; None = look up all of `numbers`.
            numbers: our numbers; as a mapping number → flux number, those with a flux that the listing does not
                show are looked for in the flux's detailed report: that is where a late, silent rejection is.
        """
        fluxes: Mapping[str, str] = numbers if isinstance(numbers, Mapping) else {}
        wanted = list(numbers)
        listed: set[str] = set()
        for facture in self._changed(since, wanted):
            listed.add(facture.numeroFacture)
            yield self._sighting(facture)
        unseen: dict[str, list[str]] = {}
        for number, flux in fluxes.items():
            if flux and number not in listed:
                unseen.setdefault(flux, []).append(number)
        for flux, its_numbers in unseen.items():
            yield from self._flux_sightings(flux, its_numbers)

    def _changed(self, since: datetime | None, wanted: list[str]) -> Iterator[wire.Facture]:
        if since is not None:
            yield from self._wires.search(since=since - OVERLAP)
        elif len(wanted) <= SINGLE_LOOKUPS_MAX:
            for number in wanted:
                yield from self._by_number(number)
        else:
            asked = set(wanted)
            yield from (item for item in self._wires.search() if item.numeroFacture in asked)

    def _by_number(self, number: str) -> Iterator[wire.Facture]:
        """Look one number up; a search may return numbers that only resemble."""
        return (item for item in self._wires.search(numero=number) if item.numeroFacture == number)

    def _flux_sightings(self, flux: str, numbers: list[str]) -> Iterator[StatusSighting]:
        report = self._wires.report(flux, numbers[0])
        for number in numbers:
            sighting = mapping.flux_sighting(report, number, flux, self._clock.now())
            if sighting.rejection_code or report.etatCourantDepotFlux not in mapping.FLUX_VERDICTS:
                # A second copy of an invoice is rejected as a duplicate while the first one lives: ask by number.
                facture = next(
                    (item for item in self._wires.search(numero=number) if item.numeroFacture == number), None
                )
                if facture is not None:
                    yield self._sighting(facture)
                    continue
            yield sighting

    def _sighting(self, facture: wire.Facture) -> StatusSighting:
        motive = ""
        if facture.statut in mapping.MOTIVATED and facture.identifiantFactureCPP is not None:
            motive = self._motive(facture.identifiantFactureCPP, facture)
        if facture.statut not in mapping.STATES:
            _LOG.warning("event=unknown_status platform=%s status=%s", self.platform.code, facture.statut[:60])
        return mapping.sighting_of(facture, self._clock.now(), motive)

    def _motive(self, id_facture: int, facture: wire.Facture) -> str:
        """Read the motive of a refusal in the history; the listing's own comment does where that cannot be had."""
        try:
            _answer, history = self._wires.post(
                "cpro/factures/v1/consulter/historique",
                wire.ConsulterHistorique(idFacture=id_facture),
                wire.ConsulterHistoriqueRetour,
                subject=facture.numeroFacture,
            )
        except (Refused, RetryLater) as error:
            _LOG.warning("event=motive_unread platform=%s code=%s", self.platform.code, error.code)
            return ""
        return mapping.motive_in(history, facture.statut)

    # --- doctor -----------------------------------------------------------------------------------------

    def check(self) -> tuple[Finding, ...]:
        """Ask for a token, their health, our right to list, and how long the technical account's password lives."""
        try:
            self._wires.send(Request(mode=Mode.READ, method="GET", path="cpro/transverses/v1/health-check"))
            next(self._wires.search(numero="QUITUS"), None)
            return self._password_findings()
        except PlatformError as error:
            values = {"platform": self.platform.code, "status": error.values.get("status"), "label": ""}
            return (Finding(code=error.code, where=self.platform.code, values={**values, **error.values}),)

    def _password_findings(self) -> tuple[Finding, ...]:
        if not self._own_sirets:
            unset = {"section": self._section}
            return (Finding(code="chorus_pro_siret_unset", where="siret", severity=Severity.WARNING, values=unset),)
        structure = next(filter(None, map(self._structure, self._own_sirets)), None)
        if structure is None:
            values = {"siret": ", ".join(self._own_sirets), "section": self._section}
            return (Finding(code="chorus_pro_structure_unknown", where="siret", values=values),)
        _answer, details = self._wires.post(
            "cpro/structures/v1/consulter",
            wire.ConsulterStructure(idStructureCPP=structure.idStructureCPP),
            wire.ConsulterStructureRetour,
        )
        general = details.informationGenerales
        ends_at = mapping.instant(general.dateExpirationMotPasseCompteTech) if general else None
        now = self._clock.now()
        if ends_at is None or ends_at > now + PASSWORD_WARNING:
            return ()
        code = "chorus_pro_password_expired" if ends_at <= now else "chorus_pro_password_expires"
        severity = Severity.ERROR if ends_at <= now else Severity.WARNING
        return (Finding(code=code, where="password", severity=severity, values={"on": f"{ends_at:%d/%m/%Y}"}),)

    def _structure(self, siret: str) -> wire.Structure | None:
        """Look up one of our own sites; None when they do not know it."""
        _answer, found = self._wires.post(
            "cpro/structures/v1/rechercher",
            wire.RechercherStructure(structure=wire.StructureCherchee(identifiantStructure=siret)),
            wire.RechercherStructureRetour,
        )
        return next(iter(found.listeStructures or ()), None)
