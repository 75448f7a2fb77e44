"""The part of the adapter contract about what is submitted; use it through `adapters.testing`."""
# ruff: noqa: S101 - assertions are what this module ships

from abc import ABC, abstractmethod
from collections.abc import Callable

from adapters.contract import Connection
from billing.errors import AccessDenied, OutcomeUnknown, PlatformError, Refused
from billing.ports import (
    Acceptance,
    DeclaresAttendance,
    Parcel,
    Presence,
    SubmitsClaims,
    SubmitsRemuneration,
)


class _Submitting(ABC):
    """What holds for whatever is submitted; the act differs."""

    @abstractmethod
    def open(self) -> Connection:
        """Open a connection to an empty world where everything goes well."""

    @abstractmethod
    def parcel(self, number: str) -> Parcel:
        """Make a parcel that will be accepted; the numbers given are different."""

    @abstractmethod
    def submit(self, connection: Connection, parcel: Parcel) -> Acceptance:
        """Submit."""

    @abstractmethod
    def find(self, connection: Connection, parcel: Parcel) -> Presence:
        """Ask."""

    def test_what_was_never_sent_is_not_there(self) -> None:
        """Asking before sending finds nothing."""
        connection = self.open()
        try:
            assert not self.find(connection, self.parcel("K2026-001")).found
        finally:
            connection.close()

    def test_what_was_accepted_is_found(self) -> None:
        """A reference comes back, and asking finds the same one."""
        connection = self.open()
        try:
            accepted = self.submit(connection, self.parcel("K2026-001"))
            presence = self.find(connection, self.parcel("K2026-001"))
            assert accepted.reference
            assert presence.found
            assert not presence.rejected
            assert presence.reference == accepted.reference
        finally:
            connection.close()

    def test_a_number_that_resembles_is_not_taken_for_ours(self) -> None:
        """Leading zeros and prefixes count."""
        connection = self.open()
        try:
            self.submit(connection, self.parcel("K2026-0011"))
            assert not self.find(connection, self.parcel("K2026-001")).found
            assert not self.find(connection, self.parcel("K2026-011")).found
        finally:
            connection.close()


class OverTheNetwork(_Submitting):
    """What holds beside that for a platform behind a network: put it before the capability's class."""

    @abstractmethod
    def refused_parcel(self) -> Parcel:
        """Make a parcel that is refused."""

    @abstractmethod
    def lose_answers(self) -> None:
        """From now on, let the platform accept and not answer usably."""

    @abstractmethod
    def deny_access(self) -> None:
        """From now on, let the platform refuse our credentials."""

    @abstractmethod
    def answer_again(self) -> None:
        """Let everything go well again."""

    def test_a_lost_answer_is_a_doubt_and_is_found_when_asked(self) -> None:
        """OutcomeUnknown, never RetryLater; and the platform knows it."""
        connection = self.open()
        try:
            self.lose_answers()
            error = _error(lambda: self.submit(connection, self.parcel("K2026-002")))
            assert isinstance(error, OutcomeUnknown)
            self.answer_again()
            assert self.find(connection, self.parcel("K2026-002")).found
        finally:
            connection.close()

    def test_a_refusal_says_their_code(self) -> None:
        """Refused, with their code or ours."""
        connection = self.open()
        try:
            error = _error(lambda: self.submit(connection, self.refused_parcel()))
            assert isinstance(error, Refused)
            assert error.context.their_code or error.code
            assert error.context.platform == connection.platform.code
        finally:
            connection.close()

    def test_refused_credentials_pause_the_platform_and_accept_nothing(self) -> None:
        """AccessDenied; and once mended, the platform knows nothing of the parcel."""
        connection = self.open()
        try:
            self.deny_access()
            error = _error(lambda: self.submit(connection, self.parcel("K2026-003")))
            assert isinstance(error, AccessDenied)
            self.answer_again()
            assert not self.find(connection, self.parcel("K2026-003")).found
        finally:
            connection.close()


class ClaimsContract(_Submitting):
    """What holds for a platform that takes claims in."""

    def submit(self, connection: Connection, parcel: Parcel) -> Acceptance:
        """Submit a claim."""
        assert isinstance(connection, SubmitsClaims)
        return connection.submit_claim(parcel)

    def find(self, connection: Connection, parcel: Parcel) -> Presence:
        """Look a claim up."""
        assert isinstance(connection, SubmitsClaims)
        return connection.find_claim(parcel)


class AttendanceContract(_Submitting):
    """What holds for a platform that takes attendance in."""

    def submit(self, connection: Connection, parcel: Parcel) -> Acceptance:
        """Declare a month."""
        assert isinstance(connection, DeclaresAttendance)
        return connection.declare_attendance(parcel)

    def find(self, connection: Connection, parcel: Parcel) -> Presence:
        """Look a declaration up."""
        assert isinstance(connection, DeclaresAttendance)
        return connection.find_attendance(parcel)


class RemunerationContract(_Submitting):
    """What holds for a platform that takes pay variables in."""

    def submit(self, connection: Connection, parcel: Parcel) -> Acceptance:
        """Send a month of a trainer."""
        assert isinstance(connection, SubmitsRemuneration)
        return connection.submit_remuneration(parcel)

    def find(self, connection: Connection, parcel: Parcel) -> Presence:
        """Look variables up."""
        assert isinstance(connection, SubmitsRemuneration)
        return connection.find_remuneration(parcel)


def _error(act: Callable[[], object]) -> PlatformError | None:
    try:
        act()
    except PlatformError as error:
        return error
    return None
