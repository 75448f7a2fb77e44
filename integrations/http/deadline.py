"""One deadline for a whole act, on the monotonic clock."""

import time
from collections.abc import Callable
from datetime import timedelta

Monotonic = Callable[[], float]
"""Seconds on a clock that no one sets back."""


class Deadline:
    """The instant by which everything must be over: token, connection, first byte to last."""

    __slots__ = ("_ends_at", "_monotonic")

    def __init__(self, duration: timedelta, monotonic: Monotonic = time.monotonic) -> None:
        """Start counting now."""
        self._monotonic = monotonic
        self._ends_at = monotonic() + duration.total_seconds()

    def left_seconds(self) -> float:
        """Tell the seconds left, 0 when it is over."""
        return max(0.0, self._ends_at - self._monotonic())

    @property
    def is_over(self) -> bool:
        """Tell whether no time is left."""
        return self.left_seconds() <= 0
