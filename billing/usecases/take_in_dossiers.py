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
from decimal import Decimal
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
    """One enrolment of the books, with whom and what it is for; names as they are compared."""

    enrolment: Enrolment
    learner: Learner
    session: Session
    name: tuple[str, str]

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
    """What the books hold around the dossiers of one file; each thing is read once.

    Attributes:
        days, sessions: first days and sessions that were looked at.
        by_days: sessions, by first and last day.
        named: seats, by session, last and first name.
        born: seats, by session and birth date.
        alike: seats anywhere, by name and birth date.
        payers: of the class of each export, as the batch finds them.
        ties: agreements that were made by tying a dossier; None = not asked yet.
        enrolled: sessions whose people the organisation's own files bring in.
    """

    days: set[date] = field(default_factory=set)
    sessions: set[str] = field(default_factory=set)
    by_days: dict[tuple[date, date], set[str]] = field(default_factory=dict)
    named: dict[tuple[str, tuple[str, str]], list[Seat]] = field(default_factory=dict)
    born: dict[tuple[str, date], list[Seat]] = field(default_factory=dict)
    alike: dict[tuple[tuple[str, str], date], list[Seat]] = field(default_factory=dict)
    payers: dict[FunderClass, list[Funder]] = field(default_factory=dict)
    ties: set[str] | None = None
    enrolled: set[str] = field(default_factory=set)


def gather_roster(desk: Desk, rows: Sequence[Cells], unknown: Sequence[Cells]) -> None:
    """Read the payers of the batch, and whom the dossiers that the books do not hold may be for."""
    roster: Roster = desk.memory.setdefault(ROSTER, Roster())
    classes = {chosen(cells, funder_class=FunderClass).get("funder_class") for cells in rows} - {None}
    roster.payers.clear()
    for funder in desk.find("funders", funder_class=tuple(classes), closed=False) if classes else ():
        roster.payers.setdefault(funder.funder_class, []).append(funder)
    persons = [cells for cells in unknown if cells.get("last_name") and cells.get("first_name")]
    if persons:
        _gather_sessions(desk, roster, persons)
        _gather_alike(desk, roster, persons)


def _gather_sessions(desk: Desk, roster: Roster, persons: Sequence[Cells]) -> None:
    """Read the sessions that bear a dossier's code, or begin on its first day, and who sits in those that fit."""
    days = {cells["starts_on"] for cells in persons if cells.get("starts_on")} - roster.days
    for session in desk.find("sessions", starts_on=tuple(days)) if days else ():
        roster.by_days.setdefault((session.starts_on, session.ends_on), set()).add(session.id)
    roster.days |= days
    wanted = {derive_id("session", str(cells["session_code"])) for cells in persons if cells.get("session_code")}
    for cells in persons:
        wanted |= _on_same_days(roster, cells)
    new = wanted - roster.sessions
    roster.sessions |= new
    # The codes that dossiers make begin alike: whoever bears another one comes from the organisation's own files.
    made_here = tuple(
        {str(cells["learner_code"]).partition("-")[0] + "-" for cells in persons if cells.get("learner_code")}
    )
    for seat in _seats(desk, desk.find("enrolments", session_id=tuple(new)) if new else ()):
        roster.named.setdefault((seat.session.id, seat.name), []).append(seat)
        if not seat.learner.code.startswith(made_here):
            roster.enrolled.add(seat.session.id)
        if seat.learner.birth_on is not None:
            roster.born.setdefault((seat.session.id, seat.learner.birth_on), []).append(seat)


def _on_same_days(roster: Roster, cells: Cells) -> set[str]:
    starts, ends = cells.get("starts_on"), cells.get("ends_on")
    return roster.by_days.get((starts, ends), set()) if starts is not None and ends is not None else set()


def _gather_alike(desk: Desk, roster: Roster, persons: Sequence[Cells]) -> None:
    keys = {(_name(cells), cells["birth_on"]) for cells in persons if cells.get("birth_on")} - roster.alike.keys()
    born: list[Learner] = desk.find("learners", birth_on=tuple({day for _name, day in keys})) if keys else []
    ids = tuple(item.id for item in born if (_name_of(item), item.birth_on) in keys)
    roster.alike.update((key, []) for key in keys)
    for seat in _seats(desk, desk.find("enrolments", learner_id=ids) if ids else ()):
        if seat.learner.birth_on is not None:
            roster.alike[seat.name, seat.learner.birth_on].append(seat)


def _seats(desk: Desk, enrolments: Sequence[Enrolment]) -> Iterator[Seat]:
    desk.fetch(("learners", item.learner_id) for item in enrolments)
    desk.fetch(("sessions", item.session_id) for item in enrolments)
    for item in enrolments:
        learner, session = desk.get("learners", item.learner_id), desk.get("sessions", item.session_id)
        if learner is not None and session is not None:
            yield Seat(enrolment=item, learner=learner, session=session, name=_name_of(learner))


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
        roster.ties = {line.subject_id for line in desk.uow.journal(about=TIE)}
    return agreement_id in roster.ties


def tie_of(desk: Desk, cells: Cells, own_enrolment_id: str, *, ask: bool = True) -> Tie | None:
    """Find the enrolment that an unknown dossier is for.

    Args:
        desk: after `gather_roster`.
        cells: the sighting.
        own_enrolment_id: the enrolment that the dossier would make by itself; never a candidate.
        ask: whoever nearly fits is a question.

    Returns:
        None when nothing in the books looks like it: the dossier then makes what it needs.

    Raises:
        RowRefused: `dossier_ambiguous`, `dossier_unsure`, `dossier_person_unknown` (its session's people come from
            the organisation's own files, and nobody there is of this name).
    """
    roster = _roster(desk)
    if roster is None or not cells.get("last_name") or not cells.get("first_name"):
        return None
    coded = derive_id("session", str(cells["session_code"])) if cells.get("session_code") else ""
    sessions = sorted({coded} | _on_same_days(roster, cells))
    name, born = _name(cells), cells.get("birth_on")
    seats = [seat for id_ in sessions for seat in roster.named.get((id_, name), ())]
    named = [seat for seat in seats if seat.enrolment.id != own_enrolment_id]
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
    if not ask:
        return None
    near = {seat.enrolment.id: seat for seat in (*named, *_doubtful(roster, cells, sessions))}
    near.pop(own_enrolment_id, None)
    doubtful = [near[id_] for id_ in sorted(near) if not _has_agreement(desk, near[id_])]
    if doubtful:
        raise RowRefused("dossier_unsure", "last_name", reference=_reference(cells), found=_list(doubtful))
    if coded in roster.enrolled:
        session = str(cells["session_code"])
        raise RowRefused("dossier_person_unknown", "last_name", reference=_reference(cells), session=session)
    return None


def _doubtful(roster: Roster, cells: Cells, sessions: Iterable[str]) -> Iterator[Seat]:
    """List enrolments that nearly fit: half of another name, or the same person on nearly the same days."""
    name, born, starts, ends = _name(cells), cells.get("birth_on"), cells.get("starts_on"), cells.get("ends_on")
    if born is None:
        return
    for id_ in sessions:
        for seat in roster.born.get((id_, born), ()):
            if seat.name[0] == name[0] or seat.name[1] == name[1]:
                yield seat
    if starts is not None and ends is not None:
        for seat in roster.alike.get((name, born), ()):
            if seat.session.starts_on <= ends and starts <= seat.session.ends_on and seat.enrolment.funded:
                yield seat


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
        tie = tie_of(desk, cells, own, ask=False)
    except RowRefused:
        return False
    made: Enrolment | None = desk.get("enrolments", own)
    if tie is None or made is None:
        return False
    if desk.find("claims", agreement_id=agreement.id) or desk.find("evidence", enrolment_id=own):
        return False
    seat = tie.seat
    hours = agreement.hours or _planned_hours(desk, seat)
    desk.put("agreements", replace(agreement, enrolment_id=seat.enrolment.id, session_id=seat.session.id, hours=hours))
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
    hours = _planned_hours(desk, seat)
    said: dict[str, Any] = {**promised, "session_code": seat.session.code, "learner_code": seat.learner.code}
    return {"hours": hours, **said} if hours else said


def _planned_hours(desk: Desk, seat: Seat) -> Decimal | None:
    action: Action | None = desk.get("actions", seat.session.action_id)
    return seat.session.planned_hours or (action.planned_hours if action else None)


def tell(desk: Desk, tie: Tie, agreement_id: str, reference: str) -> None:
    """Journal a tie, and say it to whoever gave the file."""
    seat = tie.seat
    payload: Mapping[str, str] = {"enrolment": seat.enrolment.id, "how": tie.how}
    desk.say(f"agreement.{tie.how}", TIE, agreement_id, payload)
    values = {"reference": reference, "session": seat.session.code, "learner": seat.learner.code}
    roster = _roster(desk)
    if roster is not None and roster.ties is not None:
        roster.ties.add(agreement_id)
    desk.note("tied", Finding(code=tie.how, where=reference, values=values))


def _roster(desk: Desk) -> Roster | None:
    found: Roster | None = desk.memory.get(ROSTER)
    return found


def _name(cells: Cells) -> tuple[str, str]:
    return _folded(str(cells.get("last_name") or "")), _folded(str(cells.get("first_name") or ""))


def _name_of(learner: Learner) -> tuple[str, str]:
    return _folded(learner.last_name), _folded(learner.first_name)


def _folded(text: str) -> str:
    """Compare names without regard to case, accents, hyphens and apostrophes."""
    plain = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "OE"))
    return re.sub(r"[^0-9a-z]+", "", plain.lower())


def _reference(cells: Cells) -> str:
    return str(cells.get("reference") or "")[:40]


def _list(seats: Sequence[Seat]) -> str:
    more = f" (+{len(seats) - SHOWN_MAX})" if len(seats) > SHOWN_MAX else ""
    return ", ".join(sorted(seat.shown for seat in seats)[:SHOWN_MAX]) + more
