"""What an adapter gives to the house: one value, checked by `adapters.testing` and listed in `adapters.registry`."""

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Protocol, runtime_checkable

from billing.agreement import PlatformRecord
from billing.errors import ErrorContext, Finding, Misconfigured, NotSupported
from billing.ports import (
    Acceptance,
    Capability,
    Clock,
    Credentials,
    DeclaresAttendance,
    Parcel,
    Platform,
    Presence,
    ReportsStatuses,
    StatusSighting,
    SubmitsClaims,
    SubmitsRemuneration,
)
from billing.submission import SubmissionContract, SubmissionKind
from integrations.http import HttpTools

CAPABILITY_PROTOCOLS: Mapping[Capability, type] = {
    Capability.SUBMITS_CLAIMS: SubmitsClaims,
    Capability.REPORTS_STATUSES: ReportsStatuses,
    Capability.DECLARES_ATTENDANCE: DeclaresAttendance,
    Capability.SUBMITS_REMUNERATION: SubmitsRemuneration,
}
"""What is declared and what is implemented must agree; a capability without a Protocol cannot be declared yet."""

CHECK_EVERY_MIN = timedelta(seconds=1)
SETTLE_SECONDS_MAX = 7 * 24 * 3600
RATE_MAX = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What the composition root gives to connections."""

    clock: Clock
    http: HttpTools = field(default_factory=HttpTools)


@runtime_checkable
class Connection(Protocol):
    """One platform, for one organisation's credentials. It also implements the capabilities that it declares."""

    @property
    def platform(self) -> Platform:
        """The platform, its contract adjusted by the settings."""

    def check(self) -> tuple[Finding, ...]:
        """Say what a person should mend (`quitus doctor`); may ask the platform, never writes."""

    def close(self) -> None:
        """Let go of everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetLine:
    """One field of a fill-in sheet; `value` is what is typed or copied, exactly."""

    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What a person keys in or deposits, in the portal's own order.

    Attributes:
        title: heading, French.
        steps: where to click first, French.
        lines: fields in the order of the portal's screen.
        folder: where the documents lie; None when there is nothing to deposit.
    """

    title: str
    steps: tuple[str, ...]
    lines: tuple[SheetLine, ...]
    folder: Path | None = None


@runtime_checkable
class PreparesByHand(Protocol):
    """A platform whose act is done by a person."""

    def sheet(self, parcel: Parcel) -> Sheet:
        """Prepare what the person needs; the same parcel gives the same files and the same sheet."""


@runtime_checkable
class FollowsByFile(Protocol):
    """A platform without an interface, whose exports tell where claims stand."""

    def claim_sightings(
        self, records: Iterable[PlatformRecord], numbers: Mapping[str, str]
    ) -> Iterator[StatusSighting]:
        """Tell what the last export shows of claims.

        Args:
            records: last sightings of the platform's agreements.
            numbers: our claim's number, by id of the agreement that it bills.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """One kind of interface.

    Attributes:
        name: folder name, for messages.
        platforms: the platforms that it serves; no I/O beyond its own shipped files.
        connect: opens one platform; raises Misconfigured listing every missing setting.
        texts: its own words, TOML tables `errors` and `findings` (code → French sentence).
        sandbox: dotted path of its sandbox's factory, empty when it needs none.
        exports: profiles (TOML files) of the exports that its users download and drop into the inbox.
    """

    name: str
    platforms: Callable[[], tuple[Platform, ...]]
    connect: Callable[[str, Credentials, Tools], Connection]
    texts: Callable[[], Mapping[str, Mapping[str, str]]]
    sandbox: str = ""
    exports: Callable[[], tuple[Traversable, ...]] = tuple


def read_texts(package: str) -> Mapping[str, Mapping[str, str]]:
    """Read `texts.toml` of an adapter's package."""
    return tomllib.loads(files(package).joinpath("texts.toml").read_text(encoding="utf-8"))


def adjusted(platform: Platform, credentials: Credentials) -> Platform:
    """Apply the settings to a platform: `settle_seconds`, `rate_per_second`, and the deadline of a whole request.

    Raises:
        Misconfigured: one of them is no whole number, or out of bounds.
    """
    contract: SubmissionContract = replace(platform.contract, deadline=credentials.timeout)
    settle = _whole(platform, credentials, "settle_seconds", SETTLE_SECONDS_MAX)
    if settle is not None:
        delay = timedelta(seconds=settle)
        check_every = min(contract.check_every, max(delay, CHECK_EVERY_MIN))
        contract = replace(contract, listing_delay=delay, check_every=check_every)
    rate = _whole(platform, credentials, "rate_per_second", RATE_MAX)
    return replace(platform, contract=contract, rate_per_second=Decimal(rate) if rate else platform.rate_per_second)


def _whole(platform: Platform, credentials: Credentials, setting: str, most: int) -> int | None:
    text = credentials.options.get(setting, "").strip()
    if not text:
        return None
    if not text.isdecimal() or int(text[:10]) > most:
        values = {"setting": setting, "platform": platform.code, "value": text[:40]}
        finding = Finding(code="platform_setting_invalid", where=setting, values=values)
        raise Misconfigured("platform_settings_invalid", findings=(finding,), platform=platform.code)
    return int(text)


def demand(platform: str, given: Mapping[str, str], names: Iterable[str]) -> tuple[Finding, ...]:
    """List the settings of `names` that are not given."""
    return tuple(
        Finding(code="platform_setting_missing", where=name, values={"setting": name, "platform": platform})
        for name in names
        if not given.get(name, "").strip()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """A connection as the submission engine wants it (`billing.usecases.submit.Carrier`)."""

    connection: Connection

    @property
    def contract(self) -> SubmissionContract:
        """What the platform promises."""
        return self.connection.platform.contract

    @property
    def by_hand(self) -> bool:
        """A person carries what is prepared; nothing is sent."""
        return self.connection.platform.by_hand

    def send(self, kind: SubmissionKind, parcel: Parcel) -> Acceptance:
        """Send, once.

        Raises:
            NotSupported: this platform takes no such thing by an interface.
        """
        match kind, self.connection:
            case SubmissionKind.CLAIM, SubmitsClaims() as target:
                return target.submit_claim(parcel)
            case SubmissionKind.ATTENDANCE, DeclaresAttendance() as target:
                return target.declare_attendance(parcel)
            case SubmissionKind.REMUNERATION, SubmitsRemuneration() as target:
                return target.submit_remuneration(parcel)
            case _:
                raise self._not_supported(kind, parcel)

    def find(self, kind: SubmissionKind, parcel: Parcel) -> Presence:
        """Ask whether it is there; never write.

        Raises:
            NotSupported: same.
        """
        match kind, self.connection:
            case SubmissionKind.CLAIM, SubmitsClaims() as target:
                return target.find_claim(parcel)
            case SubmissionKind.ATTENDANCE, DeclaresAttendance() as target:
                return target.find_attendance(parcel)
            case SubmissionKind.REMUNERATION, SubmitsRemuneration() as target:
                return target.find_remuneration(parcel)
            case _:
                raise self._not_supported(kind, parcel)

    def _not_supported(self, kind: SubmissionKind, parcel: Parcel) -> NotSupported:
        context = ErrorContext(platform=self.connection.platform.code, subject=parcel.number)
        return NotSupported("platform_not_supported", context=context, kind=kind)
