"""What the steps of one night share: whose night it is, what it met, and what it leaves to people."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from billing.anomaly import OPEN_STATES
from billing.errors import QuitusError
from billing.submission import DUE_STATES, SubmissionState
from workers.bootstrap import Runtime

NIGHT_ACTOR = "night"
ERRORS_SHOWN = 50
"""Sentences kept for each step; the counts say how many there are in all."""


@dataclass(slots=True, kw_only=True)
class Night:
    """What the steps of one run share.

    Attributes:
        tried, answered: platforms of which something was asked over a network, and those that answered usably.
        paused: platforms that wait for a later run, with the sentence that says why.
        misconfigured: platforms of which the settings cannot work.
        found: what steps left to a person and the books do not keep as such: files to look at, agreements to
            complete, bank lines to explain, breaks between statements.
    """

    runtime: Runtime
    organisation_id: str
    slug: str
    report_progress: Callable[[int], None] = lambda _count: None
    errors: list[str] = field(default_factory=list)
    tried: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)
    paused: dict[str, str] = field(default_factory=dict)
    misconfigured: set[str] = field(default_factory=set)
    found: dict[str, int] = field(default_factory=dict)
    due_tonight: int = 0

    @property
    def today(self) -> date:
        """The day of the run."""
        return self.runtime.clock.today()

    def tell(self, sentence: str) -> None:
        """Keep a sentence for the report."""
        if len(self.errors) < ERRORS_SHOWN:
            self.errors.append(sentence)

    def tell_error(self, error: QuitusError) -> None:
        """Keep an error's sentence for the report."""
        self.tell(self.sentence(error))

    def sentence(self, error: QuitusError) -> str:
        """Write an error, and what is wrong among its findings."""
        texts = self.runtime.texts
        return " ".join([texts.of_error(error), *(texts.of_finding(item) for item in getattr(error, "findings", ()))])

    def misconfigure(self, code: str, error: QuitusError) -> None:
        """Keep, once in a run, why a platform cannot be reached at all."""
        if code not in self.misconfigured:
            self.misconfigured.add(code)
            self.paused[code] = self.sentence(error)
            self.tell(self.paused[code])

    def waiting(self) -> dict[str, int]:
        """Count what waits, by what it waits for: a person, or (`later`) the next run."""
        with self.runtime.books.open_books(self.organisation_id, NIGHT_ACTOR, read_only=True) as uow:
            counts = {
                "by_hand": uow.submissions.count(state=SubmissionState.HUMAN),
                "not_released": uow.submissions.count(state=SubmissionState.DRAFT),
                "later": uow.submissions.count(state=tuple(DUE_STATES)),
                "quarantined": uow.quarantine.count(cleared=False),
                "anomalies": uow.anomalies.count(state=tuple(OPEN_STATES)),
                **self.found,
                "settings": len(self.misconfigured),
            }
        return {name: count for name, count in counts.items() if count}


Step = Callable[[Night], Mapping[str, int]]
