"""How each platform behaves during one run: after a few failures one after the other it is left alone until the next.

Sending and asking are judged apart: a platform that loses what is sent may still tell what it has. What a platform
asks for (`Retry-After`) holds for everything that is sent to it, not only for the row that was told.
"""

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from billing.errors import NotSupported, PlatformError, QuitusError, Refused, RetryLater
from billing.submission import Effect, SubmissionState
from billing.usecases.submit import Outcome

FAILURES_MAX = 8
"""Failures one after the other, of one kind of exchange, after which a platform is left alone for this run."""
FAILING = timedelta(seconds=25)
"""Same, sooner: when they took this long together (a platform that stalls costs a whole deadline each time)."""
FAILURES_MIN = 3
"""So many at least: one that stalls is no platform that is down."""


@dataclass(slots=True)
class _Streak:
    """Failures of one kind of exchange since the last one that was answered."""

    failures: int = 0
    begun_at: datetime | None = None


@dataclass(slots=True)
class Health:
    """What one run knows of the platforms; shared by its worker threads.

    Attributes:
        closed: left alone for the rest of the run, on what was met last (or because of its settings).
        mute: nothing more is sent to these, they are still asked about what is in doubt.
        resume_at: nothing is sent before, because the platform asked so.
        tried: platforms that an exchange was begun with.
        answered: those that answered one usably.
        met: what the last exchange with a platform met, where it was not answered.
        states: last state of each submission that had a turn.
        turns: turns in all.
    """

    closed: dict[str, QuitusError] = field(default_factory=dict)
    mute: dict[str, QuitusError] = field(default_factory=dict)
    resume_at: dict[str, datetime] = field(default_factory=dict)
    tried: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)
    met: dict[str, PlatformError] = field(default_factory=dict)
    states: dict[str, SubmissionState] = field(default_factory=dict)
    turns: int = 0
    _streaks: dict[tuple[str, Effect], _Streak] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def kept_back(self, now: datetime) -> dict[str, QuitusError]:
        """Give every platform to which nothing is sent at this instant, and why."""
        asked = {code: self.met[code] for code, at in self.resume_at.items() if at > now and code in self.met}
        return {**asked, **self.mute, **self.closed}

    def troubled(self, now: datetime) -> dict[str, QuitusError]:
        """Give every platform to tell people about when the run ends: kept back, or tried in vain."""
        silent = {code: error for code, error in self.met.items() if code not in self.answered}
        return {**silent, **self.kept_back(now)}

    def close(self, platform: str, error: QuitusError) -> None:
        """Leave a platform alone for the rest of the run."""
        with self._guard:
            self.closed[platform] = error

    def may_take(self, platform: str, state: SubmissionState, now: datetime) -> bool:
        """Tell whether a row of this platform, in this state, may have its turn now."""
        with self._guard:
            if platform in self.closed:
                return False
            if state is not SubmissionState.READY:
                return True
            return platform not in self.mute and self.resume_at.get(platform, now) <= now

    def learn(self, platform: str, row_id: str, outcome: Outcome | None, begun_at: datetime, now: datetime) -> None:
        """Keep what a turn on one row showed.

        Args:
            platform: its code.
            row_id: the submission.
            outcome: None when the row was not due any more.
            begun_at: when the turn began.
            now: when it was over.
        """
        with self._guard:
            self.turns += 1
            if outcome is None:
                return
            self.states[row_id] = outcome.state
            if outcome.act is Effect.NOTHING or isinstance(outcome.error, NotSupported):
                return
            self.tried.add(platform)
            error = outcome.error
            if error is None or isinstance(error, Refused):
                self.answered.add(platform)
                self.met.pop(platform, None)
                self._streaks.pop((platform, outcome.act), None)
                return
            self.met[platform] = error
            if outcome.paused_by is not None:
                self.closed[platform] = error
                return
            self._fail(platform, outcome.act, error, begun_at, now)

    def _fail(self, platform: str, act: Effect, error: PlatformError, begun_at: datetime, now: datetime) -> None:
        if isinstance(error, RetryLater) and error.retry_after is not None:
            self.resume_at[platform] = max(now + error.retry_after, self.resume_at.get(platform, now))
        streak = self._streaks.setdefault((platform, act), _Streak())
        streak.failures += 1
        streak.begun_at = min(begun_at, streak.begun_at or begun_at)
        long = streak.failures >= FAILURES_MIN and now - streak.begun_at >= FAILING
        if streak.failures >= FAILURES_MAX or long:
            (self.mute if act is Effect.SEND else self.closed)[platform] = error
