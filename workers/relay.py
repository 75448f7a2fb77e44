"""The relay: hints the workers about every row that is due, doubts first, until nothing is due any more."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import dramatiq

from adapters.contract import Carrier
from billing.errors import QuitusError
from billing.identity import new_id
from billing.submission import DUE_STATES, SubmissionState
from billing.usecases.submit import Outcome, carry
from workers.bootstrap import Runtime
from workers.broker import embedded_broker, register

HINTS = 500
"""Rows hinted in one round."""
PATIENCE = timedelta(seconds=60)
"""The night waits this long in all for settle windows and pauses; longer ones stay for a later run."""


@dataclass(slots=True, kw_only=True)
class Drained:
    """What the submission step did, by outcome; `paused` platforms stopped alone, on their own error or settings."""

    turns: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    paused: dict[str, QuitusError] = field(default_factory=dict)
    waiting: int = 0


@dataclass(slots=True, kw_only=True)
class EmbeddedEngine:
    """SQLite's companion: workers as threads of this process on an in-process broker, under the engine's lock."""

    runtime: Runtime
    result: Drained = field(default_factory=Drained)
    failures: list[Exception] = field(default_factory=list)
    waited_seconds: float = 0
    spoken: set[str] = field(default_factory=set)
    """Platforms that were spoken to by an interface."""

    def drain(self, organisation_id: str, slug: str, on_progress: Callable[[int], None] | None = None) -> Drained:
        """Carry everything that is due, and what becomes due within `PATIENCE`.

        Raises:
            Exception: what a worker met that is no platform's (a bug, broken books): nothing is hidden, and a row that
                fails before it is claimed would be due for ever.
        """
        broker = embedded_broker()
        actors = register(broker, submit=lambda _organisation, row: self._turn(organisation_id, slug, row))
        worker = dramatiq.Worker(broker, worker_threads=self.runtime.settings.workers, worker_timeout=50)
        worker.start()
        try:
            while True:
                due = self._due(organisation_id)
                if not due:
                    pause = self._next_pause(organisation_id)
                    if pause is None:
                        break
                    self.runtime.clock.wait(pause)
                    self.waited_seconds += pause
                    continue
                for row in due:
                    actors.submit.send(organisation_id, row)
                broker.join(actors.submit.queue_name, fail_fast=False)
                worker.join()
                if self.failures:
                    raise self.failures[0]
                if on_progress:
                    on_progress(self.result.turns)
        finally:
            worker.stop()
            broker.close()
        self.result.waiting = self._waiting(organisation_id)
        return self.result

    def _turn(self, organisation_id: str, slug: str, row_id: str) -> None:
        owner = f"{self.runtime.run_id}:{new_id()[:13]}"
        self.runtime.owners.enter(owner)
        try:
            with self.runtime.books.open_books(organisation_id, owner, read_only=True) as uow:
                row = uow.submissions.get(row_id)
            if row is None or row.platform in self.result.paused:
                return
            carrier = self._carrier(slug, row.platform)
            if carrier is None:
                return
            if not carrier.by_hand:
                self.spoken.add(row.platform)
            outcome = carry(
                self.runtime.engine,
                organisation_id,
                row_id,
                owner=owner,
                carrier=carrier,
                today=self.runtime.clock.today(),
            )
            self._count(row.platform, outcome)
        except Exception as error:  # the edge of a worker: `drain` raises it once the round is over
            self.failures.append(error)
            raise
        finally:
            self.runtime.owners.leave(owner)

    def _carrier(self, slug: str, platform: str) -> Carrier | None:
        """Connect; a platform whose settings cannot work pauses, the others run."""
        try:
            return self.runtime.carrier(slug, platform)
        except QuitusError as error:
            self.result.paused[platform] = error
            return None

    def _count(self, platform: str, outcome: Outcome | None) -> None:
        self.result.turns += 1
        if outcome is None:
            return
        self.result.outcomes[outcome.state] = self.result.outcomes.get(outcome.state, 0) + 1
        if outcome.paused_by is not None:
            self.result.paused[platform] = outcome.paused_by

    def _open_platforms(self, organisation_id: str) -> list[str] | None:
        if not self.result.paused:
            return None
        with self.runtime.books.open_books(organisation_id, "relay", read_only=True) as uow:
            known = {row.platform for row in uow.submissions.stream(state=tuple(DUE_STATES))}
        return sorted(known - set(self.result.paused))

    def _due(self, organisation_id: str) -> list[str]:
        platforms = self._open_platforms(organisation_id)
        with self.runtime.books.open_books(organisation_id, "relay", read_only=True) as uow:
            return uow.claim_due_submissions(self.runtime.clock.now(), HINTS, platforms=platforms)

    def _next_pause(self, organisation_id: str) -> float | None:
        """Tell how long to wait for the next row, None when none comes within the night's patience."""
        now = self.runtime.clock.now()
        later: list[datetime] = []
        with self.runtime.books.open_books(organisation_id, "relay", read_only=True) as uow:
            for row in uow.submissions.stream(state=tuple(DUE_STATES)):
                if row.platform in self.result.paused:
                    continue
                leased = row.state in {SubmissionState.SENDING, SubmissionState.CHECKING}
                later.append((row.lease_until if leased else row.not_before) or datetime.max.replace(tzinfo=UTC))
        nearest = min(later, default=None)
        if nearest is None:
            return None
        pause = max((nearest - now).total_seconds(), 0) + 0.02
        return pause if self.waited_seconds + pause <= PATIENCE.total_seconds() else None

    def _waiting(self, organisation_id: str) -> int:
        with self.runtime.books.open_books(organisation_id, "relay", read_only=True) as uow:
            states = (*DUE_STATES, SubmissionState.HUMAN)
            return uow.submissions.count(state=states)
