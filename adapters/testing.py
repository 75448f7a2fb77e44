"""The adapter contract as test classes, shipped so that third parties can run it over their own adapter.

Inherit, name the class `Test…`, and implement the abstract methods; where they need fixtures, take these with an
autouse fixture and keep them on `self`. One class for each capability, and `OverTheNetwork` beside it where answers
can be lost: nothing is skipped, and a capability without its class is named by `capabilities_without_contract`.
"""
# ruff: noqa: S101 - assertions are what this module ships

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable
from datetime import timedelta

from adapters.contract import (
    CAPABILITY_PROTOCOLS,
    Adapter,
    Connection,
    PreparesByHand,
    Tools,
    adjusted,
)
from adapters.registry import Registry
from adapters.testing_submissions import AttendanceContract, ClaimsContract, OverTheNetwork, RemunerationContract
from billing.errors import Misconfigured
from billing.ports import (
    Capability,
    Credentials,
    Grade,
    Parcel,
    ReportsStatuses,
)
from billing.submission import Absence

__all__ = [
    "AdapterContract",
    "AttendanceContract",
    "ByHandContract",
    "ClaimsContract",
    "OverTheNetwork",
    "RemunerationContract",
    "StatusesContract",
    "capabilities_without_contract",
]

PLATFORM_CODE = re.compile(r"[a-z][a-z0-9-]{1,40}")
NOTHING = Credentials(base_url="", token_url="", secrets={}, options={}, timeout=timedelta(seconds=10))


class AdapterContract(ABC):
    """What holds for every adapter and every platform that it serves."""

    @abstractmethod
    def adapter(self) -> Adapter:
        """Give the adapter."""

    @abstractmethod
    def tools(self) -> Tools:
        """Give tools that neither wait nor reach anything real."""

    @abstractmethod
    def credentials(self, platform: str) -> Credentials:
        """Give settings with which `connect` works."""

    def test_each_platform_says_what_it_is(self) -> None:
        """Code, name, source and grade; nothing is gold that was not verified live."""
        for platform in self.adapter().platforms():
            assert PLATFORM_CODE.fullmatch(platform.code)
            assert platform.display_name
            assert platform.source
            assert platform.grade is not Grade.GOLD or re.search(r"\d{4}", platform.source)

    def test_each_contract_bounds_everything(self) -> None:
        """No duration is zero or endless; a person's deposit proves nothing by its absence."""
        for platform in self.adapter().platforms():
            contract = platform.contract
            for duration in (contract.deadline, contract.send_window, contract.check_every, contract.listing_delay):
                assert timedelta() < duration <= timedelta(days=7)
            assert contract.attempts_max > 0
            assert contract.silent_days_max > 0
            assert not platform.by_hand or contract.absence is Absence.PROVES_NOTHING

    def test_what_is_declared_is_implemented_and_nothing_else(self) -> None:
        """Declared capabilities and implemented Protocols are the same set."""
        for platform in self.adapter().platforms():
            connection = self.adapter().connect(platform.code, self.credentials(platform.code), self.tools())
            try:
                implemented = {
                    capability for capability, kind in CAPABILITY_PROTOCOLS.items() if isinstance(connection, kind)
                }
                assert implemented == set(platform.capabilities)
                assert isinstance(connection, PreparesByHand) is platform.by_hand
                assert connection.platform.code == platform.code
            finally:
                connection.close()

    def test_missing_settings_are_all_named_at_once(self) -> None:
        """Connecting with nothing either needs nothing, or names every setting that lacks."""
        for platform in self.adapter().platforms():
            error = self._misconfigured(platform.code)
            assert error is None or error.findings
            assert error is None or all(finding.where for finding in error.findings)

    def _misconfigured(self, code: str) -> Misconfigured | None:
        try:
            self.adapter().connect(code, NOTHING, self.tools()).close()
        except Misconfigured as error:
            return error
        return None

    def test_the_settings_adjust_the_contract(self) -> None:
        """`settle_seconds` becomes the listing delay, and the timeout the deadline."""
        for platform in self.adapter().platforms():
            given = Credentials(
                base_url="",
                token_url="",
                secrets={},
                options={"settle_seconds": "4"},
                timeout=timedelta(seconds=7),
            )
            contract = adjusted(platform, given).contract
            assert contract.listing_delay == timedelta(seconds=4)
            assert contract.deadline == timedelta(seconds=7)

    def test_its_words_are_sentences(self) -> None:
        """Each text is a French sentence that can be formatted."""
        for table in ("errors", "findings"):
            for code, sentence in self.adapter().texts().get(table, {}).items():
                assert re.fullmatch(r"[a-z][a-z0-9_]*", code)
                assert sentence.rstrip().endswith((".", "!", "?"))
                assert re.sub(r"\{[a-z_]+\}", "", sentence).count("{") == 0


class StatusesContract(ABC):
    """What holds for a platform that tells where claims stand."""

    @abstractmethod
    def open_with(self, numbers: Iterable[str]) -> Connection:
        """Open a connection to a world where these claims were accepted."""

    @abstractmethod
    def show_unknown_word(self, number: str) -> Connection:
        """Open a connection to a world where this claim stands at a word that no document has."""

    def test_numbers_come_back_as_they_went(self) -> None:
        """Leading zeros, dashes and case are kept."""
        numbers = ["0012-26", "K2026-0001", "k2026-0002"]
        connection = self.open_with(numbers)
        try:
            assert isinstance(connection, ReportsStatuses)
            sightings = list(connection.statuses(None, numbers))
            assert sorted(sighting.number for sighting in sightings) == sorted(numbers)
            assert all(sighting.raw_status and sighting.state is not None for sighting in sightings)
        finally:
            connection.close()

    def test_an_unknown_word_is_never_guessed(self) -> None:
        """The word is kept, and the state is None."""
        connection = self.show_unknown_word("K2026-0003")
        try:
            assert isinstance(connection, ReportsStatuses)
            (sighting,) = connection.statuses(None, ["K2026-0003"])
            assert sighting.state is None
            assert sighting.raw_status
        finally:
            connection.close()


class ByHandContract(ABC):
    """What holds for a platform that a person serves."""

    @abstractmethod
    def open(self) -> Connection:
        """Open a connection."""

    @abstractmethod
    def parcel(self, number: str) -> Parcel:
        """Make a parcel."""

    def test_the_sheet_shows_our_number_and_repeats_itself(self) -> None:
        """The same parcel gives the same sheet, with our number verbatim."""
        connection = self.open()
        try:
            assert isinstance(connection, PreparesByHand)
            sheet = connection.sheet(self.parcel("K2026-0001"))
            assert sheet == connection.sheet(self.parcel("K2026-0001"))
            assert "K2026-0001" in {line.value for line in sheet.lines}
            assert sheet.title
            assert sheet.steps
        finally:
            connection.close()


CONTRACTS: dict[Capability, type] = {
    Capability.SUBMITS_CLAIMS: ClaimsContract,
    Capability.REPORTS_STATUSES: StatusesContract,
    Capability.DECLARES_ATTENDANCE: AttendanceContract,
    Capability.SUBMITS_REMUNERATION: RemunerationContract,
}


def capabilities_without_contract(
    known: Registry, tested: Iterable[tuple[str, type]]
) -> set[tuple[str, Capability | str]]:
    """List what is declared and that no test class covers.

    Args:
        known: the registry.
        tested: (platform code, test class) pairs.
    """
    pairs = list(tested)
    covered = {
        (code, capability)
        for code, test in pairs
        for capability, contract in CONTRACTS.items()
        if issubclass(test, contract)
    }
    by_hand = {code for code, test in pairs if issubclass(test, ByHandContract)}
    declared: set[tuple[str, Capability | str]] = {
        (platform.code, capability) for platform in known.platforms() for capability in platform.capabilities
    }
    hands = {(item.code, "by_hand") for item in known.platforms() if item.by_hand and item.code not in by_hand}
    return (declared - covered) | hands
