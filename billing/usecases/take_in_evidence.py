"""Taking in what was delivered: slots, attendance, monthly hours, certificates. Evidence is versioned.

A quantity or a status that changes makes the next version; the one before stays, no longer current, since
a claim may have been built from it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from billing.evidence import ZERO_HOURS, Certificate, Evidence, EvidenceKind, EvidenceStatus
from billing.identity import derive_id
from billing.training import Slot
from billing.usecases.take_in_desk import Desk, Look
from billing.usecases.take_in_rows import Cells, RowRefused, member, month, need, pick
from billing.usecases.take_in_training import enrolment_id, in_order, looked, needed

SECONDS_OF_HOUR = 3600


def take_slot(desk: Desk, cells: Cells) -> None:
    """Take in a span of a session; without hours given, it counts its own duration."""
    session = needed(desk, cells, "session")
    starts_at, ends_at = _bounds(cells)
    given: dict[str, Any] = {"session_id": session.id, "starts_at": starts_at, "ends_at": ends_at}
    given["hours"] = cells.get("hours")
    if given["hours"] is None:
        given["hours"] = (Decimal((ends_at - starts_at).seconds) / SECONDS_OF_HOUR).quantize(Decimal("0.0001"))
    if cells.get("trainer_code"):
        given["trainer_id"] = needed(desk, cells, "trainer").id
    desk.store(Slot, "slots", slot_id(cells), {**given, **pick(cells, "trainer_signed")})


def _bounds(cells: Cells) -> tuple[datetime, datetime]:
    day: date = need(cells, "day")
    begin: time = need(cells, "starts_at")
    end: time = need(cells, "ends_at")
    if end <= begin:
        raise RowRefused("times_reversed", "ends_at", first=f"{begin:%H:%M}", last=f"{end:%H:%M}")
    return datetime.combine(day, begin), datetime.combine(day, end)


def slot_id(cells: Cells) -> str:
    """Derive the id of a slot from its session, its beginning and its trainer."""
    begin = datetime.combine(need(cells, "day"), need(cells, "starts_at"))
    return derive_id("slot", str(need(cells, "session_code")), begin.isoformat(), str(cells.get("trainer_code") or ""))


def look_slot(cells: Cells) -> Iterable[Look]:
    """Look up the slot, its session and its trainer."""
    yield from looked(cells, "session", "trainer")
    if all(cells.get(name) is not None for name in ("day", "starts_at", "session_code")):
        yield "slots", slot_id(cells)


def take_attendance(desk: Desk, cells: Cells) -> None:
    """Take in what one learner did in one slot."""
    shown = f"{need(cells, 'session_code')} du {need(cells, 'day'):%d/%m/%Y} à {need(cells, 'starts_at'):%H:%M}"
    slot = desk.need("slots", slot_id(cells), "starts_at", shown)
    enrolment = _enrolment(desk, cells)
    hours = cells.get("hours")
    new_version(
        desk,
        enrolment_id=enrolment.id,
        kind=EvidenceKind.SLOT,
        key=_attendance_key(cells),
        status=member(cells, "status", EvidenceStatus),
        occurred_on=slot.starts_at.date(),
        quantity=slot.hours if hours is None else hours,
        slot_id=slot.id,
    )


def _attendance_key(cells: Cells) -> str:
    return f"{slot_id(cells)}:{cells['learner_code']}"


def look_attendance(cells: Cells) -> Iterable[Look]:
    """Look up the slot and the enrolment."""
    yield from look_slot(cells)
    if cells.get("session_code") and cells.get("learner_code"):
        yield "enrolments", enrolment_id(cells)


def gather_attendance(desk: Desk, rows: Sequence[Cells]) -> None:
    """Read the current versions that the batch may replace."""
    whole = [
        cells
        for cells in rows
        if all(cells.get(name) is not None for name in ("session_code", "learner_code", "day", "starts_at"))
    ]
    ids = tuple({enrolment_id(cells) for cells in whole})
    keys = tuple({_attendance_key(cells) for cells in whole})
    desk.currents(desk.find("evidence", enrolment_id=ids, kind=EvidenceKind.SLOT, key=keys, current=True), _home)


MONTHLY = {
    "done": EvidenceStatus.DONE,
    "justified": EvidenceStatus.JUSTIFIED_ABSENCE,
    "unjustified": EvidenceStatus.UNJUSTIFIED_ABSENCE,
}


def take_hours(desk: Desk, cells: Cells) -> None:
    """Take in the hours of one month as the organisation's software sums them.

    Hours planned beyond those accounted for are unsigned: neither done nor an absence, they prove nothing.
    """
    enrolment = _enrolment(desk, cells)
    name = month(cells)
    need_hours = {status: cells.get(field) or ZERO_HOURS for field, status in MONTHLY.items()}
    if cells.get("done") is None:
        raise RowRefused("field_missing", "done")
    planned = cells.get("planned")
    if planned is not None:
        accounted = sum(need_hours.values(), ZERO_HOURS)
        if accounted > planned:
            raise RowRefused("hours_over_planned", "planned", planned=format(planned, "f"), sum=format(accounted, "f"))
        need_hours[EvidenceStatus.UNSIGNED] = planned - accounted
    for status, hours in need_hours.items():
        new_version(
            desk,
            enrolment_id=enrolment.id,
            kind=EvidenceKind.HOURS_STATEMENT,
            key=f"{name}:{status}",
            status=status,
            occurred_on=date.fromisoformat(f"{name}-01"),
            quantity=hours,
        )


def look_hours(cells: Cells) -> Iterable[Look]:
    """Look up the enrolment."""
    if cells.get("session_code") and cells.get("learner_code"):
        yield "enrolments", enrolment_id(cells)


def gather_hours(desk: Desk, rows: Sequence[Cells]) -> None:
    """Read the current versions that the batch may replace."""
    whole = [cells for cells in rows if cells.get("month") and cells.get("session_code") and cells.get("learner_code")]
    ids = tuple({enrolment_id(cells) for cells in whole})
    keys = tuple({f"{month(cells)}:{status}" for cells in whole for status in EvidenceStatus})
    found = desk.find("evidence", enrolment_id=ids, kind=EvidenceKind.HOURS_STATEMENT, key=keys, current=True)
    desk.currents(found, _home)


def _home(piece: Evidence) -> str:
    return f"{piece.enrolment_id}|{piece.kind}|{piece.key}"


def new_version(
    desk: Desk,
    *,
    enrolment_id: str,
    kind: EvidenceKind,
    key: str,
    status: EvidenceStatus,
    occurred_on: date,
    quantity: Decimal,
    slot_id: str | None = None,
) -> None:
    """Store a piece of evidence: nothing if it says the same, else its first or next version."""
    if quantity < 0:
        raise RowRefused("hours_negative", "hours", hours=format(quantity, "f"))
    home = f"{enrolment_id}|{kind}|{key}"
    before: Evidence | None = desk.current(home)
    if before is None and quantity == 0 and kind is EvidenceKind.HOURS_STATEMENT:
        return
    if before is not None and (before.status, before.quantity) == (status, quantity):
        return
    version = before.version + 1 if before else 1
    piece = Evidence(
        id=derive_id("evidence", enrolment_id, kind, key, str(version)),
        key=key,
        enrolment_id=enrolment_id,
        kind=kind,
        status=status,
        occurred_on=occurred_on,
        quantity=quantity,
        version=version,
        slot_id=slot_id,
        recorded_at=desk.uow.recorded_at,
    )
    desk.succeed("evidence", home, replace(before, current=False) if before else None, piece)


def take_certificate(desk: Desk, cells: Cells) -> None:
    """Take in a certificat de réalisation: of a month, or of the whole enrolment when no month is given."""
    enrolment = _enrolment(desk, cells)
    in_order(cells, "starts_on", "ends_on")
    given = {"enrolment_id": enrolment.id, **pick(cells, "hours", "starts_on", "ends_on", "signed_on")}
    if cells.get("month"):
        given["month"] = month(cells)
    desk.store(Certificate, "certificates", _certificate_id(cells), given, month=None, signed_on=None)


def _certificate_id(cells: Cells) -> str:
    return derive_id("certificate", enrolment_id(cells), month(cells) if cells.get("month") else "")


def look_certificate(cells: Cells) -> Iterable[Look]:
    """Look up the certificate and the enrolment."""
    if cells.get("session_code") and cells.get("learner_code"):
        yield "enrolments", enrolment_id(cells)
        yield "certificates", _certificate_id(cells)


def _enrolment(desk: Desk, cells: Cells) -> Any:  # noqa: ANN401 - as the desk gives it
    id_ = enrolment_id(cells)
    return desk.need("enrolments", id_, "learner_code", f"{cells['session_code']} / {cells['learner_code']}")
