"""Evidence of what was delivered (réalisation), versioned, and what it sums to."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256

ZERO_HOURS = Decimal(0)


class EvidenceKind(StrEnum):
    """What proves that something was delivered."""

    SLOT = "slot"
    CONNECTION_LOG = "connection_log"
    WORK_HANDED_IN = "work_handed_in"
    INTERVIEW = "interview"
    AFEST_LOG = "afest_log"
    HOURS_STATEMENT = "hours_statement"
    """Hours already summed by the organisation's own software, by month."""
    MEAL = "meal"
    NIGHT = "night"
    EQUIPMENT = "equipment"


class EvidenceStatus(StrEnum):
    """What the piece of evidence says of the learner."""

    DONE = "done"
    UNSIGNED = "unsigned"
    """Neither signed nor declared absent: proves nothing yet."""
    JUSTIFIED_ABSENCE = "justified_absence"
    UNJUSTIFIED_ABSENCE = "unjustified_absence"


HOUR_KINDS = frozenset(
    {
        EvidenceKind.SLOT,
        EvidenceKind.CONNECTION_LOG,
        EvidenceKind.WORK_HANDED_IN,
        EvidenceKind.INTERVIEW,
        EvidenceKind.AFEST_LOG,
        EvidenceKind.HOURS_STATEMENT,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One piece of evidence about one enrolment, in one version.

    Attributes:
        key: what stays the same from version to version (slot and learner, or month and status).
        occurred_on: the day proven; the first day of the month for a monthly statement.
        quantity: hours for the kinds that count hours, pieces for meals, nights, equipment.
        version: 1, 2, …; `current` is true on the last one only.
    """

    id: str
    key: str
    enrolment_id: str
    kind: EvidenceKind
    status: EvidenceStatus
    occurred_on: date
    quantity: Decimal
    version: int = 1
    current: bool = True
    slot_id: str | None = None
    recorded_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceSummary:
    """Hours of one enrolment over a span; planned = everything that was to take place."""

    planned: Decimal = ZERO_HOURS
    done: Decimal = ZERO_HOURS
    justified: Decimal = ZERO_HOURS
    unjustified: Decimal = ZERO_HOURS
    unsigned: Decimal = ZERO_HOURS
    last_unjustified_on: date | None = None
    last_done_on: date | None = None
    digest: str = ""
    """SHA-256 over the ids and versions summed: what a claim pins."""


def month_of(day: date) -> str:
    """Name the month of a day, `YYYY-MM`."""
    return f"{day:%Y-%m}"


def summarise(evidence: Iterable[Evidence]) -> EvidenceSummary:
    """Sum the hours of the current versions given; order does not matter."""
    sums = dict.fromkeys(EvidenceStatus, ZERO_HOURS)
    last: dict[EvidenceStatus, date] = {}
    pins: list[str] = []
    for piece in evidence:
        if not piece.current or piece.kind not in HOUR_KINDS:
            continue
        sums[piece.status] += piece.quantity
        pins.append(f"{piece.id}:{piece.version}")
        if piece.quantity > 0:
            last[piece.status] = max(last.get(piece.status, piece.occurred_on), piece.occurred_on)
    return EvidenceSummary(
        planned=sum(sums.values(), ZERO_HOURS),
        done=sums[EvidenceStatus.DONE],
        justified=sums[EvidenceStatus.JUSTIFIED_ABSENCE],
        unjustified=sums[EvidenceStatus.UNJUSTIFIED_ABSENCE],
        unsigned=sums[EvidenceStatus.UNSIGNED],
        last_unjustified_on=last.get(EvidenceStatus.UNJUSTIFIED_ABSENCE),
        last_done_on=last.get(EvidenceStatus.DONE),
        digest=sha256("\n".join(sorted(pins)).encode()).hexdigest() if pins else "",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificat de réalisation: hours of one enrolment over a span, signed or not yet (None)."""

    id: str
    enrolment_id: str
    month: str | None
    hours: Decimal
    starts_on: date
    ends_on: date
    signed_on: date | None
    claim_id: str | None = None
    evidence_digest: str = ""
