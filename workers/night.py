"""The nightly run: named steps in order, each safe to run twice; a kill between or inside them loses nothing.

A step that fails is reported and the next ones still run where they can: a bank file must not wait for a
platform that is down.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from billing.errors import AccessDenied, PlatformError, QuitusError
from workers import platform_steps, steps
from workers.bootstrap import Runtime
from workers.shift import Night, Step

log = logging.getLogger(__name__)

EXIT_DONE, EXIT_FAILED, EXIT_WAITING, EXIT_UNAVAILABLE, EXIT_SETTINGS = 0, 1, 3, 4, 5

STEPS: tuple[tuple[str, Step], ...] = (
    ("inbox", steps.read_inbox),
    ("sync", steps.sync_platforms),
    ("claims", steps.prepare_claims),
    ("remuneration", steps.pay_trainers),
    ("attendance", steps.declare_months),
    ("submit", platform_steps.submit_due),
    ("statuses", platform_steps.follow_platforms),
    ("bank", steps.check_bank),
    ("reconcile", steps.reconcile_bank),
    ("anomalies", steps.find_anomalies),
    ("ageing", steps.take_snapshot),
    ("exports", steps.write_exports),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepReport:
    """One step: how long it took, what it counted, and the errors that it met (already in French)."""

    name: str
    seconds: float
    counts: Mapping[str, int]
    errors: tuple[str, ...] = ()
    cpu_seconds: float = 0
    """Of this process, all threads: what a noisy machine does not change."""


@dataclass(slots=True, kw_only=True)
class NightReport:
    """What a night did.

    Attributes:
        waiting_for: what waits for a person or (`later`) the next run, by what it is.
        platforms_tried, platforms_answered: platforms asked over a network, and those that answered usably.
        misconfigured: platforms of which the settings cannot work.
        paused: platforms that wait for a later run, with the sentence that says why.
        notes: sentences about more than this one night.
    """

    organisation: str
    day: date
    steps: list[StepReport] = field(default_factory=list)
    waiting_for: dict[str, int] = field(default_factory=dict)
    misconfigured: int = 0
    paused: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    platforms_tried: int = 0
    platforms_answered: int = 0
    due_tonight: int = 0

    @property
    def waiting(self) -> int:
        """Count all that waits."""
        return sum(self.waiting_for.values())

    @property
    def failed(self) -> bool:
        """Some step failed for another reason than a platform."""
        return any(report.errors and report.counts.get("failed") for report in self.steps)

    @property
    def exit_code(self) -> int:
        """0 done · 1 a step failed · 3 something waits · 4 no platform answered · 5 none could be asked: settings."""
        if self.failed:
            return EXIT_FAILED
        if self.misconfigured and not self.platforms_answered and not self.platforms_tried:
            return EXIT_SETTINGS
        if self.platforms_tried and not self.platforms_answered:
            return EXIT_UNAVAILABLE
        return EXIT_WAITING if self.waiting else EXIT_DONE


Progress = Callable[[str, int, str], None]
"""Called with the step's name, a count, and `begin`, `move` or `end`."""


def run_night(runtime: Runtime, organisation_id: str, slug: str, *, progress: Progress | None = None) -> NightReport:
    """Run every step for one organisation; the caller holds the engine's lock.

    Returns:
        What each step did. Running it again at once finds nothing left to do.
    """
    report = NightReport(organisation=slug, day=runtime.clock.today())
    night = Night(runtime=runtime, organisation_id=organisation_id, slug=slug, report_progress=lambda _count: None)
    for name, step in STEPS:
        if progress:
            progress(name, 0, "begin")
            night.report_progress = lambda count, name=name: progress(name, count, "move")  # type: ignore[misc]
        begun, begun_cpu = time.monotonic(), time.process_time()
        counts, errors = _run_step(night, name, step)
        seconds = time.monotonic() - begun
        cpu = round(time.process_time() - begun_cpu, 3)
        report.steps.append(
            StepReport(name=name, seconds=round(seconds, 3), counts=counts, errors=errors, cpu_seconds=cpu)
        )
        log.info("event=night_step step=%s seconds=%.3f counts=%s", name, seconds, counts)
        if progress:
            progress(name, sum(counts.values()), "end")
    report.waiting_for = night.waiting()
    report.misconfigured, report.paused = len(night.misconfigured), dict(night.paused)
    report.platforms_tried, report.platforms_answered = len(night.tried), len(night.answered)
    report.due_tonight = night.due_tonight
    return report


def _run_step(night: Night, name: str, step: Step) -> tuple[Mapping[str, int], tuple[str, ...]]:
    night.errors = []
    try:
        counts = step(night)
    except PlatformError as error:
        log.warning("event=night_step_platform step=%s code=%s", name, error.code)
        kind = "access_denied" if isinstance(error, AccessDenied) else "unavailable"
        return {kind: 1}, (*night.errors, night.sentence(error))
    except QuitusError as error:
        log.exception("event=night_step_failed step=%s code=%s", name, error.code)
        return {"failed": 1}, (*night.errors, night.sentence(error))
    except Exception as error:
        # The edge of a step: a bug in one must not keep the others from running; it is reported, and the night fails.
        log.exception("event=night_step_broken step=%s", name)
        told = night.runtime.texts.sentence("errors", "step_broken", {"step": name, "kind": type(error).__name__})
        return {"failed": 1}, (*night.errors, told)
    return counts, tuple(night.errors)
