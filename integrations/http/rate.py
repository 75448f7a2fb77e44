"""A simple rate limiter: requests to one platform are spaced, in this process."""

import threading
import time
from collections.abc import Callable
from decimal import Decimal

from integrations.http.deadline import Deadline, Monotonic

DEFAULT_PER_SECOND = Decimal(5)
"""Where a platform documents no limit: slow enough to trouble nobody (inference)."""


class RateLimiter:
    """Gives one slot every 1 / rate seconds; shared by every connection to the same platform."""

    def __init__(self, per_second: Decimal, monotonic: Monotonic, sleep: Callable[[float], None]) -> None:
        """Start with a free slot."""
        self._spacing = float(1 / per_second)
        self._monotonic = monotonic
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next_at = monotonic()

    def wait(self, deadline: Deadline) -> bool:
        """Wait for a slot.

        Returns:
            False, at once and without taking a slot, when the slot lies beyond the deadline.
        """
        with self._lock:
            now = self._monotonic()
            starts_at = max(now, self._next_at)
            pause = starts_at - now
            if pause > 0 and pause >= deadline.left_seconds():
                return False
            self._next_at = starts_at + self._spacing
        if pause > 0:
            self._sleep(pause)
        return True


class RateLimiters:
    """The limiters of one process, one for each platform; owned by the composition root."""

    def __init__(self, monotonic: Monotonic = time.monotonic, sleep: Callable[[float], None] = time.sleep) -> None:
        """Start with none."""
        self._monotonic = monotonic
        self._sleep = sleep  # spacing requests is what this object is for
        self._lock = threading.Lock()
        self._by_platform: dict[str, RateLimiter] = {}

    def of(self, platform: str, per_second: Decimal | None) -> RateLimiter:
        """Give the limiter of a platform, made the first time."""
        with self._lock:
            if platform not in self._by_platform:
                rate = per_second or DEFAULT_PER_SECOND
                self._by_platform[platform] = RateLimiter(rate, self._monotonic, self._sleep)
            return self._by_platform[platform]
