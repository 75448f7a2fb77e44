"""Chorus Pro: invoices to public buyers, by the API of the historic circuit (deposit of a Factur-X flux)."""

from dataclasses import replace

from adapters.chorus_pro.connection import ChorusPro
from adapters.contract import Adapter, Tools, adjusted, demand, read_texts
from billing.errors import Misconfigured
from billing.ports import Capability, Credentials, Grade, Platform, PlatformRole
from billing.submission import Absence, SubmissionContract
from integrations.http import checked_url

CODE = "chorus-pro"
SECRETS = ("client_id", "client_secret", "login", "password")
"""The application's key and its secret; the technical account (`TECH_…@cpro.fr`) and its password, which expires."""


def platforms() -> tuple[Platform, ...]:
    """List the one platform served."""
    return (
        Platform(
            code=CODE,
            display_name="Chorus Pro",
            operator="AIFE",
            role=PlatformRole.FUNDER,
            capabilities=frozenset({Capability.SUBMITS_CLAIMS, Capability.REPORTS_STATUSES}),
            # It refuses a second invoice of the same year, SIREN and number (DSE-CPRO 1.1 §3.2.1.4.2): sending
            # again once the settle window has passed bills nothing twice. No delay of its listing is documented:
            # five minutes, adjustable (`settle_seconds`).
            contract=SubmissionContract(absence=Absence.REFUSES_DUPLICATES),
            grade=Grade.SILVER,
            source="DSE-CPRO 1.1 (30/04/2026) et clients publics de l’API cpro, lus le 23/11/2026",
        ),
    )


def connect(platform: str, credentials: Credentials, tools: Tools) -> ChorusPro:
    """Open the platform for one organisation.

    Raises:
        Misconfigured: settings are missing or wrong; the findings name each.
    """
    known = platforms()[0]
    urls = {"base_url": credentials.base_url, "token_url": credentials.token_url}
    findings = [*demand(platform, urls, urls), *demand(platform, credentials.secrets, SECRETS)]
    for setting, url in tuple(urls.items()):
        try:
            urls[setting] = checked_url(url, setting) if url.strip() else url
        except Misconfigured as error:
            findings.extend(error.findings)
    try:
        known = adjusted(known, credentials)
    except Misconfigured as error:
        findings.extend(error.findings)
    if findings:
        raise Misconfigured("platform_settings_invalid", findings=tuple(findings), platform=platform)
    return ChorusPro(known, replace(credentials, base_url=urls["base_url"], token_url=urls["token_url"]), tools)


ADAPTER = Adapter(
    name="chorus_pro",
    platforms=platforms,
    connect=connect,
    texts=lambda: read_texts("adapters.chorus_pro"),
    sandbox="adapters.chorus_pro.sandbox:make",
)
