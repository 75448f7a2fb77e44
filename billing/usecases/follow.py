"""Follow claims on their platforms: each sighting is kept as it came; state is derived, never guessed."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice

from billing.agreement import LifeState, PlatformRecord
from billing.claim import Claim, advance
from billing.identity import derive_id
from billing.ports import OpenBooks, StatusSighting, UnitOfWork
from billing.submission import SubmissionContract, SubmissionState, TheyAccepted, TheyRejected, step
from billing.usecases.recording import keep
from billing.usecases.submit import apply

BATCH = 200
BEFORE_MONEY = frozenset({LifeState.SUBMITTED, LifeState.ACKNOWLEDGED, LifeState.APPROVED, LifeState.SCHEDULED})


@dataclass(slots=True, kw_only=True)
class Followed:
    """What one reading of one platform brought."""

    seen: int = 0
    moved: int = 0
    unknown_words: int = 0
    unmatched: int = 0


def follow_claims(
    open_books: OpenBooks,
    organisation_id: str,
    platform: str,
    sightings: Iterable[StatusSighting],
    *,
    actor: str,
    today: date,
    contract: SubmissionContract,
    source: str = "api",
) -> Followed:
    """Store sightings of claims and move the claims that they speak of.

    A word that the adapter does not know is kept and moves nothing; a number that our books do not know
    is kept too (a rule reports it). Seeing the same thing twice changes nothing.
    """
    result = Followed()
    left = iter(sightings)
    while batch := list(islice(left, BATCH)):
        _store(
            open_books,
            organisation_id,
            platform,
            batch,
            result,
            actor=actor,
            today=today,
            contract=contract,
            source=source,
        )
    return result


def _store(
    open_books: OpenBooks,
    organisation_id: str,
    platform: str,
    batch: list[StatusSighting],
    result: Followed,
    *,
    actor: str,
    today: date,
    contract: SubmissionContract,
    source: str,
) -> None:
    with open_books(organisation_id, actor) as uow:
        numbers = tuple({sighting.number for sighting in batch})
        claims = {claim.number: claim for claim in uow.claims.find(number=numbers)}
        seen = _seen(uow, platform, batch)
        for sighting in batch:
            result.seen += 1
            claim = claims.get(sighting.number)
            fresh = _remember(uow, platform, sighting, claim, source, seen)
            if claim is None:
                result.unmatched += 1
                continue
            if sighting.state is None:
                result.unknown_words += 1
            if fresh:
                moved = _move(uow, claim, sighting, today, contract)
                claims[sighting.number] = moved
                result.moved += moved.state is not claim.state
        uow.commit()


Seen = dict[str, list[PlatformRecord]]
"""What was seen last, by the platform's own id."""


def _seen(uow: UnitOfWork, platform: str, batch: list[StatusSighting]) -> Seen:
    """Read what was seen last of everything that a parcel speaks of, in one query."""
    ids = tuple({_external_id(sighting) for sighting in batch})
    seen: Seen = {}
    for record in uow.platform_records.find(platform=platform, external_id=ids, subject_kind="claim", latest=True):
        seen.setdefault(record.external_id, []).append(record)
    return seen


def _external_id(sighting: StatusSighting) -> str:
    return sighting.external_reference or sighting.number


def _remember(
    uow: UnitOfWork, platform: str, sighting: StatusSighting, claim: Claim | None, source: str, seen: Seen
) -> bool:
    """Keep the sighting unless it shows what the last one showed; `seen` follows."""
    external_id = _external_id(sighting)
    earlier = seen.get(external_id, [])
    if any(
        (record.raw_status, record.rejection_code, record.paid_on)
        == (sighting.raw_status, sighting.rejection_code, sighting.paid_on)
        for record in earlier
    ):
        seen[external_id] = [replace(record, seen_at=sighting.seen_at) for record in earlier]
        uow.platform_records.put(*seen[external_id])
        return False
    uow.platform_records.put(*(replace(record, latest=False) for record in earlier))
    fresh = PlatformRecord(
        id=derive_id("record", platform, external_id, sighting.raw_status, sighting.seen_at.isoformat()),
        platform=platform,
        external_id=external_id,
        subject_kind="claim",
        subject_id=claim.id if claim else None,
        raw_status=sighting.raw_status,
        state=sighting.state,
        known=sighting.state is not None,
        seen_at=sighting.seen_at,
        source=source,
        status_since=sighting.since.date() if sighting.since else None,
        rejection_code=sighting.rejection_code,
        rejection_label=sighting.raw_label if sighting.rejection_code else "",
        bill_number=sighting.bill_number,
        paid_on=sighting.paid_on,
    )
    uow.platform_records.put(fresh)
    seen[external_id] = [fresh]
    return True


def _move(uow: UnitOfWork, claim: Claim, sighting: StatusSighting, today: date, contract: SubmissionContract) -> Claim:
    _settle_submission(uow, claim, sighting, today, contract)
    current = uow.claims.get(claim.id, lock=True) or claim
    after = replace(
        current,
        raw_status=sighting.raw_status,
        raw_label=sighting.raw_label,
        seen_at=sighting.seen_at,
        rejection_code=sighting.rejection_code,
        rejection_label=sighting.raw_label if sighting.rejection_code else "",
        external_reference=sighting.external_reference or current.external_reference,
    )
    told = sighting.state
    # "Paid" is the payer's word; money is proven by the bank alone, so it is kept as scheduled until then.
    if told is LifeState.PAID and after.open.cents > 0:
        told = LifeState.SCHEDULED
    if current.state is LifeState.PAID and not after.open and told in BEFORE_MONEY:
        told = None  # the bank has proven it: a platform that still says "billed" is late, not right
    if told is not None and told is not LifeState.DRAFT and current.state is not LifeState.CANCELLED:
        after = advance(after, told, reported=True)
    keep(uow, current, after, type_="claim.seen", on=today)
    return after


def _settle_submission(
    uow: UnitOfWork, claim: Claim, sighting: StatusSighting, today: date, contract: SubmissionContract
) -> None:
    """A sighting answers a doubt, and a rejection reaches the submission, even days after it was taken in."""
    for row in uow.submissions.find(subject_id=claim.id):
        event: TheyRejected | TheyAccepted | None = None
        if sighting.state is LifeState.REJECTED and row.state in {SubmissionState.ACCEPTED, SubmissionState.HUMAN}:
            event = TheyRejected(code=sighting.rejection_code or sighting.raw_status, label=sighting.raw_label)
        elif sighting.state not in {None, LifeState.DRAFT, LifeState.REJECTED} and row.state in {
            SubmissionState.HUMAN,
            SubmissionState.IN_DOUBT,
        }:
            event = TheyAccepted(reference=sighting.external_reference)
        if event is not None:
            after, _effect = step(row, event, uow.recorded_at, contract)
            apply(uow, row, after, today=today)
