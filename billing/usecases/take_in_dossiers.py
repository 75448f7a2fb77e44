"""Tying a dossier of a platform to the enrolment that the organisation's own software has brought in.

A platform knows neither our codes of sessions nor those of learners. A dossier without a line among the
organisation's agreements is tied to an enrolment when exactly one fits: a session with the same code or the
same first and last day, and a person with the same name, first name and birth date (or the same name where
one side knows no birth date). Whatever is less sure is asked, never guessed: the row waits in quarantine.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from billing.agreement import FundingAgreement
from billing.errors import Finding
from billing.identity import derive_id
from billing.money import ZERO
from billing.party import Funder, FunderClass, Learner
from billing.training import Action, Enrolment, Session
from billing.usecases.take_in_desk import Desk
from billing.usecases.take_in_rows import Cells, RowRefused, chosen
from billing.usecases.take_in_training import enrolment_id

PERSON_FIELDS = ("session_code", "learner_code", "last_name", "first_name", "birth_on", "starts_on", "ends_on")
"""What a sighting may say of whom the dossier is for, in the platform's own words."""
TIE = "dossier_tie"
"""Kind of subject under which the journal keeps each tie; the subject is the agreement's id."""
ROSTER = "roster"
SHOWN_MAX = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """One enrolment of the books, with whom and what it is for."""

    enrolment: Enrolment
    learner: Learner
    session: Session

    @property
    def shown(self) -> str:
        """Name it by its two codes: messages show no person."""
        return f"{self.session.code} / {self.learner.code}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """The enrolment that a dossier is for, and the code of the sentence that says how it was found."""

    seat: Seat
    how: str


@dataclass(slots=True, kw_only=True)
class Roster:
    """What the books hold around the dossiers of one batch."""

    by_session: dict[str, list[Seat]] = field(default_factory=dict)
    by_days: dict[tuple[date, date], set[str]] = field(default_factory=dict)
    alike: dict[tuple[str, str, date], list[Seat]] = field(default_factory=dict)
    payers: dict[FunderClass, list[Funder]] = field(default_factory=dict)
    ties: frozenset[str] | None = None


def gather_roster(desk: Desk, rows: Sequence[Cells], unknown: Sequence[Cells]) -> None:
    """Read the payers of the batch, and whom the dossiers that the books do not hold may be for."""
    roster = Roster()
    classes = {chosen(cells, funder_class=FunderClass).get("funder_class") for cells in rows} - {None}
    for funder in desk.find("funders", funder_class=tuple(classes), closed=False) if classes else ():
        roster.payers.setdefault(funder.funder_class, []).append(funder)
    persons = [cells for cells in unknown if cells.get("last_name") and cells.get("first_name")]
    if persons:
        _gather_sessions(desk, roster, persons)
        _gather_alike(desk, roster, persons)
    desk.currents([roster], lambda _roster: ROSTER)


def _gather_sessions(desk: Desk, roster: Roster, persons: Sequence[Cells]) -> None:
    ids = {derive_id("session", str(cells["session_code"])) for cells in persons if cells.get("session_code")}
    found: dict[str, Session] = {item.id: item for item in desk.find("sessions", id=tuple(ids))}
    spans = {
        (cells["starts_on"], cells["ends_on"]) for cells in persons if cells.get("starts_on") and cells.get("ends_on")
    }
    for session in desk.find("sessions", starts_on=tuple({first for first, _last in spans})):
        if (session.starts_on, session.ends_on) in spans:
            found[session.id] = session
            roster.by_days.setdefault((session.starts_on, session.ends_on), set()).add(session.id)
    enrolments = desk.find("enrolments", session_id=tuple(found))
    for seat in _seats(desk, enrolments):
        roster.by_session.setdefault(seat.session.id, []).append(seat)


def _gather_alike(desk: Desk, roster: Roster, persons: Sequence[Cells]) -> None:
    keys = {_person(cells) for cells in persons if cells.get("birth_on")}
    born = desk.find("learners", birth_on=tuple({key[2] for key in keys}))
    ids = tuple(item.id for item in born if (_folded(item.last_name), _folded(item.first_name), item.birth_on) in keys)
    for seat in _seats(desk, desk.find("enrolments", learner_id=ids)):
        learner = seat.learner
        if learner.birth_on is not None:
            key = (_folded(learner.last_name), _folded(learner.first_name), learner.birth_on)
            roster.alike.setdefault(key, []).append(seat)


def _seats(desk: Desk, enrolments: Sequence[Enrolment]) -> Iterator[Seat]:
    desk.fetch(("learners", item.learner_id) for item in enrolments)
    desk.fetch(("sessions", item.session_id) for item in enrolments)
    for item in enrolments:
        learner, session = desk.get("learners", item.learner_id), desk.get("sessions", item.session_id)
        if learner is not None and session is not None:
            yield Seat(enrolment=item, learner=learner, session=session)


def payer_code(desk: Desk, cells: Cells) -> str:
    """Tell under which code the books know the dossier's payer: the export's, or that of the only one of its class."""
    code = str(cells.get("funder_code") or "")
    roster, wanted = _roster(desk), chosen(cells, funder_class=FunderClass).get("funder_class")
    if roster is None or wanted is None:
        return code
    funders = roster.payers.get(wanted, [])
    if len(funders) != 1 or any(item.code == code for item in funders):
        return code
    return funders[0].code


def is_tied(desk: Desk, agreement_id: str) -> bool:
    """Tell whether an agreement was made by tying a dossier: then the export says its amount."""
    roster = _roster(desk)
    if roster is None:
        return False
    if roster.ties is None:
        roster.ties = frozenset(line.subject_id for line in desk.uow.journal(about=TIE))
    return agreement_id in roster.ties


def tie_of(desk: Desk, cells: Cells, own_enrolment_id: str) -> Tie | None:
    """Find the enrolment that an unknown dossier is for.

    Args:
        desk: after `gather_roster`.
        cells: the sighting.
        own_enrolment_id: the enrolment that the dossier would make by itself; never a candidate.

    Returns:
        None when nothing in the books looks like it: the dossier then makes what it needs.

    Raises:
        RowRefused: `dossier_ambiguous`, `dossier_unsure`.
    """
    roster = _roster(desk)
    if roster is None or not cells.get("last_name") or not cells.get("first_name"):
        return None
    coded = derive_id("session", str(cells["session_code"])) if cells.get("session_code") else ""
    sessions = {coded} | roster.by_days.get((cells.get("starts_on"), cells.get("ends_on")), set())  # type: ignore[arg-type]
    seats = [seat for id_ in sorted(sessions) for seat in roster.by_session.get(id_, ())]
    seats = [seat for seat in seats if seat.enrolment.id != own_enrolment_id]
    last, first, born = _person(cells)
    named = [
        seat for seat in seats if (_folded(seat.learner.last_name), _folded(seat.learner.first_name)) == (last, first)
    ]
    fitting = [seat for seat in named if born is not None and seat.learner.birth_on == born]
    without_birth = not fitting
    if without_birth:
        fitting = [seat for seat in named if born is None or seat.learner.birth_on is None]
    in_coded = [seat for seat in fitting if seat.session.id == coded]
    fitting = in_coded or fitting
    if len(fitting) > 1:
        raise RowRefused("dossier_ambiguous", "last_name", reference=_reference(cells), found=_list(fitting))
    if fitting:
        how = "dossier_tied_by_session" if in_coded else "dossier_tied_by_days"
        return Tie(seat=fitting[0], how="dossier_tied_by_name" if without_birth else how)
    doubtful = [seat for seat in _doubtful(roster, cells, seats, own_enrolment_id) if not _has_agreement(desk, seat)]
    if doubtful:
        raise RowRefused("dossier_unsure", "last_name", reference=_reference(cells), found=_list(doubtful))
    return None


def _doubtful(roster: Roster, cells: Cells, seats: Iterable[Seat], own_enrolment_id: str) -> Iterator[Seat]:
    """List enrolments that nearly fit: another birth date, another name, or the same person on other days."""
    last, first, born = _person(cells)
    near: dict[str, Seat] = {}
    for seat in seats:
        same_last, same_first = _folded(seat.learner.last_name) == last, _folded(seat.learner.first_name) == first
        same_birth = born is not None and seat.learner.birth_on == born
        if same_last + same_first + same_birth == 2:  # noqa: PLR2004 - two of the three
            near[seat.enrolment.id] = seat
    starts, ends = cells.get("starts_on"), cells.get("ends_on")
    if born is not None and starts is not None and ends is not None:
        for seat in roster.alike.get((last, first, born), ()):
            if seat.session.starts_on <= ends and starts <= seat.session.ends_on and seat.enrolment.funded:
                near[seat.enrolment.id] = seat
    yield from (near[id_] for id_ in sorted(near) if id_ != own_enrolment_id)


def _has_agreement(desk: Desk, seat: Seat) -> bool:
    return bool(desk.find("agreements", enrolment_id=seat.enrolment.id))


def own_enrolment_id(cells: Cells) -> str:
    """Derive the id of the enrolment that a dossier makes by itself; empty when it does not say enough."""
    return enrolment_id(cells) if cells.get("session_code") and cells.get("learner_code") else ""


def tie_later(desk: Desk, cells: Cells, agreement: FundingAgreement) -> bool:
    """Tie a dossier that came before the enrolment that it is for, and empty the enrolment that it had made.

    Nothing moves once the dossier is claimed or the enrolment that it made bears evidence.
    """
    own = agreement.enrolment_id or ""
    try:
        tie = tie_of(desk, cells, own)
    except RowRefused:
        return False
    made: Enrolment | None = desk.get("enrolments", own)
    if tie is None or made is None:
        return False
    if desk.find("claims", agreement_id=agreement.id) or desk.find("evidence", enrolment_id=own):
        return False
    seat = tie.seat
    desk.put("agreements", replace(agreement, enrolment_id=seat.enrolment.id, session_id=seat.session.id))
    desk.put("enrolments", replace(made, funded=False, sale_price=ZERO), main=False)
    tell(desk, tie, agreement.id, agreement.reference)
    return True


def agreement_cells(desk: Desk, promised: Cells, tie: Tie) -> dict[str, Any]:
    """Say what the export promises, of our own session and learner, with the hours that our own catalogue plans.

    An export that counts no hours still leaves the declared rate to be checked against attendance.

    Raises:
        RowRefused: `dossier_amount_missing`.
    """
    if promised.get("amount") is None:
        raise RowRefused("dossier_amount_missing", "amount", reference=_reference(promised))
    seat = tie.seat
    action: Action | None = desk.get("actions", seat.session.action_id)
    hours = seat.session.planned_hours or (action.planned_hours if action else None)
    said: dict[str, Any] = {**promised, "session_code": seat.session.code, "learner_code": seat.learner.code}
    return {"hours": hours, **said} if hours else said


def tell(desk: Desk, tie: Tie, agreement_id: str, reference: str) -> None:
    """Journal a tie, and say it to whoever gave the file."""
    seat = tie.seat
    payload: Mapping[str, str] = {"enrolment": seat.enrolment.id, "how": tie.how}
    desk.say(f"agreement.{tie.how}", TIE, agreement_id, payload)
    values = {"reference": reference, "session": seat.session.code, "learner": seat.learner.code}
    desk.note("tied", Finding(code=tie.how, where=reference, values=values))


def _roster(desk: Desk) -> Roster | None:
    found: Roster | None = desk.current(ROSTER)
    return found


def _person(cells: Cells) -> tuple[str, str, Any]:
    return (
        _folded(str(cells.get("last_name") or "")),
        _folded(str(cells.get("first_name") or "")),
        cells.get("birth_on"),
    )


def _folded(text: str) -> str:
    """Compare names without regard to case, accents, hyphens and apostrophes."""
    plain = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "OE"))
    return re.sub(r"[^0-9a-z]+", "", plain.lower())


def _reference(cells: Cells) -> str:
    return str(cells.get("reference") or "")[:40]


def _list(seats: Sequence[Seat]) -> str:
    more = f" (+{len(seats) - SHOWN_MAX})" if len(seats) > SHOWN_MAX else ""
    return ", ".join(sorted(seat.shown for seat in seats)[:SHOWN_MAX]) + more
