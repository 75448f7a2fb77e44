"""The real clock; the only place, with the console, that asks the machine for the time."""

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's clock. `replayed` replaces the day (`QUITUS_TODAY`); instants stay real."""

    replayed: date | None = None

    def now(self) -> datetime:
        """Give the instant, UTC."""
        return datetime.now(UTC)

    def today(self) -> date:
        """Give the day in France."""
        return self.replayed or datetime.now(PARIS).date()

    def wait(self, seconds: float) -> None:
        """Let time pass: the night waits for short settle windows, nothing else does."""
        time.sleep(seconds)
