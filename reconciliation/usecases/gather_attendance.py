"""Slots with their marks, and hours summed as rules read them: by enrolment, and by month of an entitlement."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from billing.compensation import Entitlement
from billing.evidence import HOUR_KINDS, Evidence, EvidenceKind, EvidenceStatus, month_of
from billing.party import Organisation
from billing.ports import UnitOfWork
from billing.training import Enrolment
from reconciliation.rules.logic import UNKNOWN, Maybe
from reconciliation.rules.records import EvidenceFact, Mark, SessionFact, SlotFact
from reconciliation.rules.working_days import last_day

NONE = Decimal(0)
ABSENCES = {
    EvidenceStatus.JUSTIFIED_ABSENCE: "justified",
    EvidenceStatus.UNJUSTIFIED_ABSENCE: "unjustified",
}


class Sums:
    """Hours of one enrolment over a span, by status; the same sums as `billing.evidence.summarise`."""

    __slots__ = ("done", "first_on", "justified", "last_unjustified_on", "unjustified", "unsigned")

    def __init__(self) -> None:
        self.done = self.justified = self.unjustified = self.unsigned = NONE
        self.last_unjustified_on: date | None = None
        self.first_on = date.max

    def add(self, piece: Evidence) -> None:
        """Count one current piece."""
        self.first_on = min(self.first_on, piece.occurred_on)
        match piece.status:
            case EvidenceStatus.DONE:
                self.done += piece.quantity
            case EvidenceStatus.JUSTIFIED_ABSENCE:
                self.justified += piece.quantity
            case EvidenceStatus.UNSIGNED:
                self.unsigned += piece.quantity
            case EvidenceStatus.UNJUSTIFIED_ABSENCE:
                self.unjustified += piece.quantity
                if piece.quantity > 0:
                    last = _last_possible_day(piece)
                    self.last_unjustified_on = max(self.last_unjustified_on or last, last)

    @property
    def planned(self) -> Decimal:
        """Everything that was to take place."""
        return self.done + self.justified + self.unjustified + self.unsigned


def _last_possible_day(piece: Evidence) -> date:
    """A monthly statement does not say which day: the absence surely lies before the month's end."""
    if piece.kind is EvidenceKind.HOURS_STATEMENT:
        return last_day(month_of(piece.occurred_on))
    return piece.occurred_on


@dataclass(slots=True, kw_only=True)
class Attendance:
    """What was read.

    Attributes:
        months: sums by entitlement and month, cut to the days of the entitlement.
        taught: months in which something is planned, by session (slots) and by enrolment (evidence).
    """

    rows: tuple[EvidenceFact, ...] = ()
    slots: tuple[SlotFact, ...] = ()
    months: dict[tuple[str, str], Sums] = field(default_factory=dict)
    taught: dict[str, set[str]] = field(default_factory=dict)
    session_of: dict[str, str] = field(default_factory=dict)


def read_attendance(
    uow: UnitOfWork,
    *,
    organisation: Organisation,
    sessions: Mapping[str, SessionFact],
    enrolments: Iterable[Enrolment],
    entitlements: Iterable[Entitlement],
) -> Attendance:
    """Read evidence and slots, each in one stream."""
    result = Attendance()
    learner_of = {item.id: item.learner_id for item in enrolments}
    result.session_of = {item.id: item.session_id for item in enrolments}
    paid: dict[str, list[Entitlement]] = {}
    for entitlement in entitlements:
        paid.setdefault(entitlement.enrolment_id, []).append(entitlement)
    certified = _certified_months(uow)
    whole: dict[str, Sums] = {}
    by_month: dict[tuple[str, str], Sums] = {}
    marks: dict[str, list[Mark]] = {}
    for piece in uow.evidence.stream(current=True):
        if piece.slot_id is not None and piece.kind is EvidenceKind.SLOT:
            marks.setdefault(piece.slot_id, []).append(_mark(piece, learner_of.get(piece.enrolment_id, "")))
        if piece.kind not in HOUR_KINDS:
            continue
        whole.setdefault(piece.enrolment_id, Sums()).add(piece)
        month = month_of(piece.occurred_on)
        if (piece.enrolment_id, month) in certified:
            by_month.setdefault((piece.enrolment_id, month), Sums()).add(piece)
        for entitlement in paid.get(piece.enrolment_id, ()):
            result.taught.setdefault(piece.enrolment_id, set()).add(month)
            if _within(piece, entitlement, sessions.get(result.session_of.get(piece.enrolment_id, ""))):
                result.months.setdefault((entitlement.id, month), Sums()).add(piece)
    result.slots = _slots(uow, marks, result)
    result.rows = (
        *_whole_rows(whole, result, sessions, organisation.opening_on),
        *(_row(f"{id_}|{month}", id_, month, sums) for (id_, month), sums in by_month.items()),
        *_entitled_rows(result, paid),
    )
    return result


def _certified_months(uow: UnitOfWork) -> set[tuple[str, str]]:
    return {(item.enrolment_id, item.month) for item in uow.certificates.stream() if item.month is not None}


def _within(piece: Evidence, entitlement: Entitlement, session: SessionFact | None) -> bool:
    """Tell whether a piece lies in an entitlement's days.

    A monthly statement counts when the entitlement holds on every day of the session in that month;
    otherwise nobody knows how its hours divide, and it is left out.
    """
    first = last = piece.occurred_on
    if piece.kind is EvidenceKind.HOURS_STATEMENT:
        last = last_day(month_of(first))
        if session is not None:
            first, last = max(first, session.start), min(last, session.end)
    return entitlement.starts_on <= first and (entitlement.ends_on is None or last <= entitlement.ends_on)


_KNOWN_MARKS: dict[EvidenceStatus, tuple[bool, str | None]] = {
    status: (status is EvidenceStatus.DONE, ABSENCES.get(status)) for status in EvidenceStatus
}


def _mark(piece: Evidence, learner_id: str) -> Mark:
    signed, absence = _KNOWN_MARKS[piece.status]
    return Mark(learner_id=learner_id, signed=signed, absence=absence)


def _slots(uow: UnitOfWork, marks: dict[str, list[Mark]], result: Attendance) -> tuple[SlotFact, ...]:
    slots = []
    for item in uow.slots.stream():
        result.taught.setdefault(item.session_id, set()).add(month_of(item.starts_at.date()))
        slots.append(
            SlotFact(
                id=item.id,
                session_id=item.session_id,
                start=_local(item.starts_at),
                end=_local(item.ends_at),
                hours=item.hours,
                trainer_id=item.trainer_id,
                # Without a trainer's name nobody says whose signature is missing.
                trainer_signed=True if item.trainer_signed else (UNKNOWN if item.trainer_id is None else False),
                marks=tuple(marks.get(item.id, ())),
            )
        )
    return tuple(slots)


def _local(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)


def _whole_rows(
    whole: dict[str, Sums], result: Attendance, sessions: Mapping[str, SessionFact], opening_on: date
) -> Iterable[EvidenceFact]:
    for enrolment_id, sums in whole.items():
        session = sessions.get(result.session_of.get(enrolment_id, ""))
        # What was done before the takeover may not have come in: the whole is then not known.
        partial = session is not None and session.start < opening_on <= sums.first_on
        yield _row(f"{enrolment_id}|", enrolment_id, None, sums, partial=partial)


def _entitled_rows(result: Attendance, paid: dict[str, list[Entitlement]]) -> Iterable[EvidenceFact]:
    for enrolment_id, entitlements in paid.items():
        for entitlement in entitlements:
            for month in sorted(result.taught.get(enrolment_id, ())):
                sums = result.months.get((entitlement.id, month))
                if sums is not None:
                    key = f"{entitlement.id}|{month}"
                    yield _row(key, enrolment_id, month, sums, entitlement_id=entitlement.id)


def _row(
    key: str,
    enrolment_id: str,
    month: str | None,
    sums: Sums,
    *,
    partial: bool = False,
    entitlement_id: str | None = None,
) -> EvidenceFact:
    signed: Maybe[Decimal] = UNKNOWN if partial else sums.done
    return EvidenceFact(
        id=key,
        enrolment_id=enrolment_id,
        month=month,
        planned_h=UNKNOWN if partial else sums.planned,
        signed_h=signed,
        just_abs_h=UNKNOWN if partial else sums.justified,
        unjust_abs_h=UNKNOWN if partial else sums.unjustified,
        last_unjust_on=sums.last_unjustified_on,
        entitlement_id=entitlement_id,
    )
