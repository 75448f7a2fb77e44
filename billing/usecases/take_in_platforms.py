"""Taking in what a platform shows of an agreement: a sighting, and the agreement's platform fields.

A platform's export speaks of a dossier under the platform's own words for session and learner. When the
books hold that dossier already, under the organisation's own codes, it is that agreement which the platform
speaks of: nothing else is made from the row. When they hold no such dossier but the enrolment that it is
for, the dossier is tied to it (`take_in_dossiers`).

An export that is older than what was last seen of a dossier moves nothing back: it is kept as history.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

from billing.agreement import FundingAgreement, LifeState, PlatformRecord
from billing.identity import derive_id
from billing.party import FunderClass
from billing.ports import UnitOfWork
from billing.usecases.take_in_desk import Desk, Look
from billing.usecases.take_in_dossiers import (
    agreement_cells,
    gather_roster,
    is_tied,
    own_enrolment_id,
    payer_code,
    tell,
    tie_later,
    tie_of,
)
from billing.usecases.take_in_rows import Cells, Part, RowRefused, chosen, member, need, pick
from billing.usecases.take_in_training import agreement_id

SIGHTING = "sighting"
RECORD_FIELDS = (
    "status_since",
    "service_done",
    "ready_to_bill",
    "in_control",
    "rejection_code",
    "rejection_label",
    "amount_agreed",
    "hours_agreed",
    "amount_billable",
    "amount_billed",
    "rate",
    "force_majeure",
    "bill_number",
    "paid_on",
)


def parts_to_take(desk: Desk, parts: Sequence[Part]) -> Sequence[Part]:
    """Leave out what would double a dossier, its learner or its payer that the books hold under our own codes.

    Raises:
        RowRefused: the dossier may be for an enrolment of the books, and which one is not sure.
    """
    seen = next((part for part in parts if part.kind == SIGHTING), None)
    if seen is None or len(parts) == 1:
        return parts
    code = payer_code(desk, seen.values)
    if code != seen.values.get("funder_code"):
        parts = [_paid_by(part, code) for part in parts if part.kind != "funder"]
        seen = next(part for part in parts if part.kind == SIGHTING)
    agreement: FundingAgreement | None = _dossier(desk, seen.values)
    promise = next((part for part in parts if part.kind == "agreement"), None)
    promised = promise.values if promise else {}
    own_enrolment = own_enrolment_id(promised)
    if agreement is None:
        return _tied(desk, parts, seen, own_enrolment) if promise else parts
    if _is_older(desk, seen.values):
        return [seen]
    if own_enrolment and agreement.enrolment_id == own_enrolment and agreement.id == agreement_id(seen.values):
        if tie_later(desk, seen.values, agreement):
            return [seen]
        return [part for part in parts if part.kind != "agreement" or part.values.get("amount") is not None]
    if promise and promised.get("amount") not in {None, agreement.amount} and is_tied(desk, agreement.id):
        told = {name: value for name, value in promised.items() if name not in {"session_code", "learner_code"}}
        session = desk.get("sessions", agreement.session_id)
        return [replace(promise, values={**told, "session_code": session.code}), seen] if session else [seen]
    return [seen]


def _tied(desk: Desk, parts: Sequence[Part], seen: Part, own_enrolment: str) -> Sequence[Part]:
    """Give what a new dossier makes: an agreement of the enrolment that it is for, or everything that it needs."""
    tie = tie_of(desk, seen.values, own_enrolment)
    if tie is None:
        return parts
    made = []
    for part in parts:
        if part.kind == "agreement":
            made.append(replace(part, values=agreement_cells(desk, part.values, tie)))
        elif part.kind in {"funder", SIGHTING}:
            made.append(part)
    tell(desk, tie, agreement_id(seen.values), str(seen.values["reference"]))
    return made


def _paid_by(part: Part, code: str) -> Part:
    return replace(part, values={**part.values, "funder_code": code}) if "funder_code" in part.values else part


def _is_older(desk: Desk, cells: Cells) -> bool:
    """Tell whether a row says less than what was last seen: by the day of the status, else by the file's own day."""
    before: PlatformRecord | None = desk.current(_home(cells))
    if before is None:
        return False
    since: date | None = cells.get("status_since")
    if since is not None and before.status_since is not None and since != before.status_since:
        return since < before.status_since
    told, known = desk.told_on, desk.told_at(before.seen_at)
    return told is not None and known is not None and told < known


def _home(cells: Cells) -> str:
    return f"sighting|{cells.get('platform')}|{cells.get('reference')}"


def take_sighting(desk: Desk, cells: Cells) -> None:
    """Store what the platform shows, unless it shows what it showed last time."""
    platform, external_id = str(need(cells, "platform")), str(need(cells, "reference"))
    agreement: FundingAgreement | None = _dossier(desk, cells)
    if agreement is None:
        agreement = desk.need("agreements", agreement_id(cells), "reference", external_id)
    known = bool(cells.get("known", cells.get("state") is not None))
    state = member(cells, "state", LifeState) if cells.get("state") else None
    home = _home(cells)
    before: PlatformRecord | None = desk.current(home)
    if before is not None and desk.read_at is not None and before.seen_at > desk.read_at:
        return  # this very file was read before, and something newer was seen since: the past is not told again
    told = {name: value for name, value in pick(cells, *RECORD_FIELDS).items() if value is not None}
    if before is not None and before.amount_billed is not None:
        # An export without this column must not make us forget that the dossier was billed.
        told.setdefault("amount_billed", before.amount_billed)
    older = _is_older(desk, cells)
    record = PlatformRecord(
        id=derive_id("record", platform, external_id, "agreement", desk.uow.recorded_at.isoformat()),
        platform=platform,
        external_id=external_id,
        subject_kind="agreement",
        subject_id=agreement.id,
        raw_status=str(need(cells, "raw_status")),
        state=state if known else (before.state if before else None),
        known=known,
        seen_at=desk.uow.recorded_at,
        source=desk.source,
        **told,
    )
    if older:
        _keep_older(desk, record)
    elif before is None or replace(before, id=record.id, seen_at=record.seen_at, source=record.source) != record:
        desk.succeed("platform_records", home, replace(before, latest=False) if before else None, record)
        _follow(desk, agreement, record, cells)
    elif not desk.again:
        desk.put("platform_records", replace(before, seen_at=record.seen_at, source=record.source), quiet=True)
        desk.put("agreements", replace(agreement, seen_at=record.seen_at), quiet=True)


def _keep_older(desk: Desk, record: PlatformRecord) -> None:
    """Keep what an older export showed, once, among the history: what stands does not move."""
    about = (record.raw_status, str(record.status_since or ""), str(desk.told_on or ""))
    id_ = derive_id("record", record.platform, record.external_id, "older", *about)
    desk.note("older")
    if desk.get("platform_records", id_) is None:
        seen_at = datetime.combine(desk.told_on, time(), tzinfo=UTC) if desk.told_on else record.seen_at
        desk.put("platform_records", replace(record, id=id_, seen_at=seen_at, latest=False), quiet=True)


def _follow(desk: Desk, agreement: FundingAgreement, record: PlatformRecord, cells: Cells) -> None:
    moved = record.state if record.known and record.state is not None else agreement.state
    after = replace(
        agreement,
        platform=record.platform,
        raw_status=record.raw_status,
        raw_label=str(cells.get("raw_label") or ""),
        seen_at=record.seen_at,
        in_control=agreement.in_control if record.in_control is None else record.in_control,
        state=moved,
    )
    desk.put("agreements", after)


def look_sighting(cells: Cells) -> Iterable[Look]:
    """Look up the agreement by its own id."""
    if cells.get("funder_code") and cells.get("reference"):
        yield "agreements", agreement_id(cells)


def gather_sightings(desk: Desk, rows: Sequence[Cells]) -> None:
    """Read the dossiers that bear these references, whatever their payer's code, and their last sightings."""
    references = {str(cells["reference"]) for cells in rows if cells.get("reference")}
    platforms = {str(cells["platform"]) for cells in rows if cells.get("platform")}
    classes = {chosen(cells, funder_class=FunderClass).get("funder_class") for cells in rows}
    agreements: list[FundingAgreement] = desk.find("agreements", reference=tuple(references))
    desk.fetch(("funders", agreement.funder_id) for agreement in agreements)
    mine = {agreement_id(cells) for cells in rows if cells.get("funder_code") and cells.get("reference")}
    new = {str(cells["reference"]): cells for cells in rows if cells.get("reference")}
    for agreement in sorted(agreements, key=lambda item: (item.id not in mine, item.id)):
        funder = desk.get("funders", agreement.funder_id)
        if agreement.id in mine or (funder is not None and funder.funder_class in classes):
            desk.currents([agreement], lambda item: f"dossier|{item.reference}")
            if agreement.enrolment_id != own_enrolment_id(new.get(agreement.reference, {})):
                new.pop(agreement.reference, None)
    gather_roster(desk, rows, tuple(new.values()))
    found = desk.find(
        "platform_records",
        platform=tuple(platforms),
        external_id=tuple(references),
        subject_kind="agreement",
        latest=True,
    )
    desk.currents(found, lambda record: f"sighting|{record.platform}|{record.external_id}")


def _dossier(desk: Desk, cells: Cells) -> Any | None:  # noqa: ANN401 - as the desk gives it
    found: FundingAgreement | None = desk.current(f"dossier|{cells.get('reference')}")
    if found is not None:
        return desk.get("agreements", found.id)
    if not cells.get("funder_code") or not cells.get("reference"):
        raise RowRefused("field_missing", "reference")
    return desk.get("agreements", agreement_id(cells))


def no_longer_shown(uow: UnitOfWork, stream: str) -> Iterator[PlatformRecord]:
    """List the last sightings that came by this stream: those that a complete file leaves out are gone."""
    return uow.platform_records.stream(source=stream, subject_kind="agreement", latest=True)
