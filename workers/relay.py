"""The relay: hints the workers about every row that is due, doubts first, until nothing is due any more.

A platform that is down, or that asks to slow down for longer than the night waits, is left alone for this run
(`workers.health`); its rows stay due, and the next run tries again. The others go on.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import dramatiq

from adapters.contract import Carrier
from billing.errors import QuitusError
from billing.identity import new_id
from billing.submission import DUE_STATES, Submission, SubmissionState, is_due
from billing.usecases.submit import carry
from workers.bootstrap import Runtime
from workers.broker import embedded_broker, register
from workers.health import Health

HINTS = 500
"""Rows hinted in one round."""
PATIENCE = timedelta(seconds=60)
"""The night waits this long in all for settle windows and pauses; longer ones stay for a later run."""


@dataclass(slots=True, kw_only=True)
class Drained:
    """What the submission step did.

    Attributes:
        turns: turns taken, several for one submission where it was asked about.
        outcomes: submissions by the state in which they were left.
        paused: platforms that wait for a later run, and why: what they met last, or their settings.
        waiting: submissions that wait for a person or a later run.
    """

    turns: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    paused: dict[str, QuitusError] = field(default_factory=dict)
    waiting: int = 0


@dataclass(slots=True, kw_only=True)
class EmbeddedEngine:
    """SQLite's companion: workers as threads of this process on an in-process broker, under the engine's lock."""

    runtime: Runtime
    health: Health = field(default_factory=Health)
    failures: list[Exception] = field(default_factory=list)
    waited_seconds: float = 0

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
                    on_progress(self.health.turns)
        finally:
            worker.stop()
            broker.close()
        return Drained(
            turns=self.health.turns,
            outcomes=dict(Counter(state.value for state in self.health.states.values())),
            paused=self.health.troubled(self.runtime.clock.now()),
            waiting=self._waiting(organisation_id),
        )

    def _turn(self, organisation_id: str, slug: str, row_id: str) -> None:
        owner = f"{self.runtime.run_id}:{new_id()[:13]}"
        self.runtime.owners.enter(owner)
        try:
            with self.runtime.books.open_books(organisation_id, owner, read_only=True) as uow:
                row = uow.submissions.get(row_id)
            begun_at = self.runtime.clock.now()
            if row is None or not self.health.may_take(row.platform, row.state, begun_at):
                return
            carrier = self._carrier(slug, row.platform)
            if carrier is None:
                return
            outcome = carry(
                self.runtime.engine,
                organisation_id,
                row_id,
                owner=owner,
                carrier=carrier,
                today=self.runtime.clock.today(),
            )
            self.health.learn(row.platform, row_id, outcome, begun_at, self.runtime.clock.now())
        except Exception as error:  # noqa: BLE001 - the edge of a worker: `drain` raises it once the round is over
            self.failures.append(error)
        finally:
            self.runtime.owners.leave(owner)

    def _carrier(self, slug: str, platform: str) -> Carrier | None:
        """Connect; a platform whose settings cannot work pauses, the others run."""
        try:
            return self.runtime.carrier(slug, platform)
        except QuitusError as error:
            self.health.close(platform, error)
            return None

    def _due(self, organisation_id: str) -> list[str]:
        now = self.runtime.clock.now()
        kept_back = set(self.health.kept_back(now))
        with self.runtime.books.open_books(organisation_id, "relay", read_only=True) as uow:
            if not kept_back:
                return uow.claim_due_submissions(now, HINTS)
            waiting = list(uow.submissions.stream(state=tuple(DUE_STATES)))
            open_ = {row.platform for row in waiting} - kept_back
            doubts = [row.id for row in waiting if row.platform in kept_back and self._may_take(row, now)]
            return (doubts + uow.claim_due_submissions(now, HINTS, platforms=sorted(open_)))[:HINTS]

    def _may_take(self, row: Submission, now: datetime) -> bool:
        return is_due(row, now) and self.health.may_take(row.platform, row.state, now)

    def _next_pause(self, organisation_id: str) -> float | None:
        """Tell how long to wait for the next row, None when none comes within the night's patience."""
        now = self.runtime.clock.now()
        later: list[datetime] = []
        with self.runtime.books.open_books(organisation_id, "relay", read_only=True) as uow:
            for row in uow.submissions.stream(state=tuple(DUE_STATES)):
                leased = row.state in {SubmissionState.SENDING, SubmissionState.CHECKING}
                at = (row.lease_until if leased else row.not_before) or datetime.max.replace(tzinfo=UTC)
                if row.state is SubmissionState.READY:
                    at = max(at, self.health.resume_at.get(row.platform, at))
                if self.health.may_take(row.platform, row.state, at):
                    later.append(at)
        nearest = min(later, default=None)
        if nearest is None:
            return None
        pause = max((nearest - now).total_seconds(), 0) + 0.02
        return pause if self.waited_seconds + pause <= PATIENCE.total_seconds() else None

    def _waiting(self, organisation_id: str) -> int:
        with self.runtime.books.open_books(organisation_id, "relay", read_only=True) as uow:
            states = (*DUE_STATES, SubmissionState.HUMAN)
            return uow.submissions.count(state=states)
