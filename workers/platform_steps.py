"""The steps of the night that speak to platforms: send what is due, then read where claims stand."""

from collections.abc import Mapping

from adapters.contract import Connection, FollowsByFile, PreparesByHand
from billing.agreement import LifeState, PlatformRecord
from billing.claim import ClaimKind, ClaimOrigin
from billing.errors import AccessDenied, ContractChanged, Misconfigured, NotFound, PlatformError, QuitusError
from billing.ports import ReportsStatuses
from billing.submission import DUE_STATES, SubmissionKind, SubmissionState
from billing.usecases.follow import Followed, follow_claims
from workers.relay import EmbeddedEngine
from workers.shift import NIGHT_ACTOR, Night


def submit_due(night: Night) -> Mapping[str, int]:
    """Carry everything that is due to its platform, and prepare what people carry themselves."""
    engine = EmbeddedEngine(runtime=night.runtime)
    drained = engine.drain(night.organisation_id, night.slug, night.report_progress)
    for code, error in sorted(drained.paused.items()):
        if isinstance(error, PlatformError):
            _tell_pause(night, code, error)
        else:
            night.misconfigure(code, error)
    night.tried |= {code for code in engine.health.tried if _answers(night, code)}
    night.answered |= engine.health.answered & night.tried
    sheets = _prepare_sheets(night)
    counts = {"turns": drained.turns, **drained.outcomes, "waiting": drained.waiting, "sheets": sheets}
    return counts | ({"paused": len(night.paused)} if night.paused else {})


def _answers(night: Night, code: str) -> bool:
    """Tell whether somebody else's machine answers behind a platform; a file written here says nothing of any."""
    try:
        return night.runtime.connection(night.slug, code).platform.answers
    except QuitusError:
        return True


def _tell_pause(night: Night, code: str, error: PlatformError) -> None:
    """Say why a platform waits for the next run, and what waits with it: ready to leave, or in doubt."""
    texts = night.runtime.texts
    with night.runtime.books.open_books(night.organisation_id, NIGHT_ACTOR, read_only=True) as uow:
        ready = uow.submissions.count(platform=code, state=SubmissionState.READY)
        doubts = uow.submissions.count(platform=code, state=tuple(DUE_STATES - {SubmissionState.READY}))
    told = [_left_alone(night, code, error)]
    if ready:
        told.append(texts.sentence("findings", "platform_has_ready", {"count": ready}))
    if doubts:
        told.append(texts.sentence("findings", "platform_has_doubts", {"count": doubts}))
    night.paused[code] = " ".join(told)
    night.tell(night.paused[code])


def _left_alone(night: Night, code: str, error: PlatformError) -> str:
    """Say that a platform is left alone, and what it did; what a person must mend has its own sentence."""
    what = night.runtime.texts.sentence("labels", f"met_{error.code}", {})  # what has no words comes back as it is
    if isinstance(error, AccessDenied | ContractChanged) or what == f"met_{error.code}":
        return night.sentence(error)
    return night.runtime.texts.sentence("findings", "platform_left_alone", {"platform": code, "what": what})


def _prepare_sheets(night: Night) -> int:
    """Write the deposit packs and fill-in sheets of what a person carries; the same again changes nothing.

    One that cannot be written is told and keeps none of the others back.
    """
    made = 0
    runtime = night.runtime
    with runtime.books.open_books(night.organisation_id, NIGHT_ACTOR, read_only=True) as uow:
        for row in uow.submissions.find(state=SubmissionState.HUMAN, human_reason="by_hand"):
            try:
                connection = runtime.connection(night.slug, row.platform)
                if isinstance(connection, PreparesByHand):
                    connection.sheet(runtime.engine.make_parcel(uow, row))
                    made += 1
            except (Misconfigured, NotFound) as error:
                night.misconfigure(row.platform, error)
            except PlatformError as error:
                night.tell_error(error)
    return made


def follow_platforms(night: Night) -> Mapping[str, int]:
    """Read where claims stand; a platform that fails is reported and the others go on."""
    runtime = night.runtime
    counts = {"seen": 0, "moved": 0, "unknown_words": 0, "unmatched": 0, "settled_by_file": 0}
    for code in runtime.platforms_in_use(night.organisation_id, night.slug):
        connection = _connected(night, code)
        if connection is None or (code in night.paused and code not in night.answered):
            continue  # one that failed a moment ago is left alone until the next run
        numbers = _numbers_to_follow(night, code)
        if not isinstance(connection, ReportsStatuses) or not numbers:
            continue
        try:
            night.tried.add(code)
            followed = follow_claims(
                runtime.books.open_books,
                night.organisation_id,
                code,
                connection.statuses(None, numbers),
                actor=NIGHT_ACTOR,
                today=night.today,
                contract=connection.platform.contract,
            )
        except PlatformError as error:
            if code not in night.paused:
                night.paused[code] = _left_alone(night, code, error)
                night.tell(night.paused[code])
            continue
        night.answered.add(code)
        counts["seen"] += followed.seen
        counts["moved"] += followed.moved
        counts["unknown_words"] += followed.unknown_words
        counts["unmatched"] += followed.unmatched
        night.report_progress(counts["seen"])
    by_file = _follow_by_file(night)
    counts["moved"] += by_file.moved
    counts["settled_by_file"] = by_file.moved
    return counts


def _connected(night: Night, code: str) -> Connection | None:
    """Connect; None, told once, where the settings cannot work."""
    try:
        return night.runtime.connection(night.slug, code)
    except (Misconfigured, NotFound) as error:
        night.misconfigure(code, error)
        return None


def _follow_by_file(night: Night) -> Followed:
    """Follow, on platforms without an interface, the claims that their exports show as billed."""
    runtime = night.runtime
    result = Followed()
    with runtime.books.open_books(night.organisation_id, NIGHT_ACTOR, read_only=True) as uow:
        claims = {
            claim.agreement_id: claim.number
            for claim in uow.claims.stream(kind=ClaimKind.PLATFORM, origin=ClaimOrigin.ISSUED)
            if claim.agreement_id and claim.number and claim.open and claim.state is not LifeState.CANCELLED
        }
        records: dict[str, list[PlatformRecord]] = {}
        for record in uow.platform_records.stream(subject_kind="agreement", latest=True):
            if record.subject_id in claims:
                records.setdefault(record.platform, []).append(record)
    for code, shown in sorted(records.items()):
        connection = _connected(night, code)
        if connection is not None and isinstance(connection, FollowsByFile):
            followed = follow_claims(
                runtime.books.open_books,
                night.organisation_id,
                code,
                connection.claim_sightings(shown, claims),
                actor=NIGHT_ACTOR,
                today=night.today,
                contract=connection.platform.contract,
                source="csv",
            )
            result.seen += followed.seen
            result.moved += followed.moved
    return result


def _numbers_to_follow(night: Night, code: str) -> dict[str, str]:
    """List the claims that this platform took and that are not paid yet: our number, and its reference if known."""
    with night.runtime.books.open_books(night.organisation_id, NIGHT_ACTOR, read_only=True) as uow:
        ours = {
            row.subject_id: row.external_reference
            for row in uow.submissions.stream(
                kind=SubmissionKind.CLAIM,
                platform=code,
                state=(SubmissionState.ACCEPTED, SubmissionState.IN_DOUBT, SubmissionState.HUMAN),
            )
        }
        return {
            claim.number: claim.external_reference or ours.get(claim.id, "")
            for claim in uow.claims.stream(platform=code)
            if claim.number and (claim.id in ours or claim.sent_on) and claim.open
        }
