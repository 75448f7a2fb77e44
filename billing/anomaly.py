"""The anomaly as a case that people work on. Detection lives in reconciliation/."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class AnomalySeverity(StrEnum):
    """B blocker · H high (cash, legal, learner without income) · M medium · L low."""

    BLOCKER = "B"
    HIGH = "H"
    MEDIUM = "M"
    LOW = "L"


class AnomalyState(StrEnum):
    """Where the case stands."""

    NEW = "new"
    ASSIGNED = "assigned"
    WAITING = "waiting"
    RESOLVED = "resolved"
    WAIVED = "waived"


OPEN_STATES = frozenset({AnomalyState.NEW, AnomalyState.ASSIGNED, AnomalyState.WAITING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Anomaly:
    """One case. Its fingerprint (rule, subject, key facts) is unique: the same trouble is one case for ever.

    Attributes:
        evidence: the two values compared and their sources, `name=value`, no personal data.
        waived_until: a waiver ends on this day (90 days at most).
        closed_by: `rule` when the condition became false on fresh data, otherwise the user.
    """

    id: str
    code: str
    severity: AnomalySeverity
    subject_kind: str
    subject_id: str
    fingerprint: str
    state: AnomalyState
    first_seen_on: date
    last_seen_on: date
    evidence: tuple[str, ...] = ()
    freezes: bool = False
    assignee: str = ""
    reason: str = ""
    waived_until: date | None = None
    closed_on: date | None = None
    closed_by: str = ""
    times_opened: int = 1
    recorded_at: datetime | None = None
