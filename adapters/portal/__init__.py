"""Portals: platforms without an interface, each described by one TOML profile; one engine for all of them."""

from pathlib import Path

from adapters.contract import Adapter, Connection, Tools, adjusted, demand, read_texts
from adapters.portal.connections import AttendanceDrop, ByHandPortal, RemunerationDrop
from adapters.portal.profile import Delivery, PortalProfile, shipped_profiles
from billing.errors import Misconfigured
from billing.ports import Capability, Credentials, Grade, Platform
from billing.submission import Absence, SubmissionContract, SubmissionKind

CAPABILITIES: dict[SubmissionKind, Capability] = {
    SubmissionKind.REMUNERATION: Capability.SUBMITS_REMUNERATION,
    SubmissionKind.ATTENDANCE: Capability.DECLARES_ATTENDANCE,
}


def platforms() -> tuple[Platform, ...]:
    """List the platforms of the shipped profiles."""
    return tuple(platform_of(profile) for profile in shipped_profiles())


def platform_of(profile: PortalProfile) -> Platform:
    """Say what a profile's platform is."""
    by_hand = profile.delivery is Delivery.BY_HAND
    return Platform(
        code=profile.code,
        display_name=profile.name,
        operator=profile.operator,
        role=profile.role,
        capabilities=frozenset() if by_hand else frozenset({CAPABILITIES[profile.act]}),
        # A drop replays: a file that was delivered once is never written again, even when the reader has taken it
        # away (`adapters.portal.outbox`). What a person deposits, only a person can say.
        contract=SubmissionContract(absence=Absence.PROVES_NOTHING if by_hand else Absence.REFUSES_DUPLICATES),
        grade=Grade.BRONZE if by_hand else Grade.SILVER,
        source=profile.source,
        by_hand=by_hand,
        answers=False,
    )


def connect(platform: str, credentials: Credentials, tools: Tools) -> Connection:  # noqa: ARG001 - the registry's signature
    """Open a portal: its outbox folder.

    Raises:
        Misconfigured: no outbox folder is given.
    """
    profile = next(item for item in shipped_profiles() if item.code == platform)
    findings = demand(platform, credentials.options, ("outbox",))
    if findings:
        raise Misconfigured("platform_settings_invalid", findings=findings, platform=platform)
    known = adjusted(platform_of(profile), credentials)
    folder = Path(credentials.options["outbox"]) / profile.code
    if profile.delivery is Delivery.BY_HAND:
        return ByHandPortal(known, profile, folder)
    return (
        RemunerationDrop(known, folder) if profile.act is SubmissionKind.REMUNERATION else AttendanceDrop(known, folder)
    )


ADAPTER = Adapter(name="portal", platforms=platforms, connect=connect, texts=lambda: read_texts("adapters.portal"))
