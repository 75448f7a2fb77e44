"""The steps of the night, each safe to run twice: they call use cases, count, and keep what people must read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from adapters.contract import FollowsByFile, PreparesByHand
from billing.agreement import LifeState, PlatformRecord
from billing.claim import ClaimKind, ClaimOrigin
from billing.errors import Misconfigured, NotFound, PlatformError, QuitusError
from billing.ports import ReportsStatuses
from billing.submission import DUE_STATES, SubmissionKind, SubmissionState
from billing.usecases.declare import declare_attendance
from billing.usecases.follow import Followed, follow_claims
from billing.usecases.prepare import prepare_due_claims
from billing.usecases.remunerate import remunerate
from integrations.accounting import read_period, write_fec
from reconciliation.ageing import Dimension
from reconciliation.usecases.ageing import ageing
from reconciliation.usecases.detect import detect
from reconciliation.usecases.frozen import frozen_subjects
from reconciliation.usecases.reconcile import reconcile
from workers import inbox
from workers.bootstrap import Runtime
from workers.relay import EmbeddedEngine

NIGHT_ACTOR = "night"
ERRORS_SHOWN = 50
"""Sentences kept for each step; the counts say how many there are in all."""


@dataclass(slots=True, kw_only=True)
class Night:
    """What the steps of one run share."""

    runtime: Runtime
    organisation_id: str
    slug: str
    report_progress: Callable[[int], None] = lambda _count: None
    errors: list[str] = field(default_factory=list)
    tried: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)
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
        self.tell(self.runtime.texts.of_error(error))

    def waiting(self) -> int:
        """Count what waits for a person or a later run."""
        with self.runtime.books.open_books(self.organisation_id, NIGHT_ACTOR, read_only=True) as uow:
            return uow.submissions.count(state=(*DUE_STATES, SubmissionState.HUMAN)) + uow.quarantine.count(
                cleared=False
            )


Step = Callable[[Night], Mapping[str, int]]


def read_inbox(night: Night) -> Mapping[str, int]:
    """Read every file dropped into the inbox, in the order that references ask for."""
    result = inbox.read_folder(
        night.runtime,
        night.organisation_id,
        night.runtime.settings.inbox,
        actor=NIGHT_ACTOR,
        on_progress=night.report_progress,
    )
    for sentence in result.refusals:
        night.tell(sentence)
    return result.counts()


def sync_platforms(night: Night) -> Mapping[str, int]:
    """Read agreements from platforms that list them; platforms by file came with the inbox."""
    with night.runtime.books.open_books(night.organisation_id, NIGHT_ACTOR, read_only=True) as uow:
        return {"records_by_file": uow.platform_records.count(latest=True, subject_kind="agreement")}


def prepare_claims(night: Night) -> Mapping[str, int]:
    """Prepare every claim that is due: number, document, entry, submission."""
    runtime = night.runtime
    with runtime.books.open_books(night.organisation_id, NIGHT_ACTOR, read_only=True) as uow:
        frozen = frozen_subjects(uow)
    prepared = prepare_due_claims(
        runtime.books.open_books,
        night.organisation_id,
        actor=NIGHT_ACTOR,
        today=night.today,
        parameters=runtime.parameters(night.organisation_id),
        documents=runtime.documents,
        frozen=frozen,
        on_progress=night.report_progress,
    )
    for blocked in prepared.blocked:
        for finding in blocked.findings:
            night.tell(runtime.texts.of_finding(finding))
    night.due_tonight = len(prepared.claims)
    return {"agreements": prepared.looked_at, "prepared": len(prepared.claims), "blocked": len(prepared.blocked)}


def pay_trainers(night: Night) -> Mapping[str, int]:
    """Make the payroll variables of the months that are over."""
    told = remunerate(
        night.runtime.books.open_books,
        night.organisation_id,
        actor=NIGHT_ACTOR,
        today=night.today,
        on_progress=night.report_progress,
    )
    return {"variables": told.variables, "unpriced": told.unpriced, "trainers": told.trainers}


def declare_months(night: Night) -> Mapping[str, int]:
    """Make the attendance statements of the months that are over."""
    declared = declare_attendance(
        night.runtime.books.open_books,
        night.organisation_id,
        actor=NIGHT_ACTOR,
        today=night.today,
        on_progress=night.report_progress,
    )
    return {"statements": declared.statements, "unsigned": declared.unsigned}


def submit_due(night: Night) -> Mapping[str, int]:
    """Carry everything that is due to its platform, and prepare what people carry themselves."""
    engine = EmbeddedEngine(runtime=night.runtime)
    drained = engine.drain(night.organisation_id, night.slug, night.report_progress)
    for code, error in drained.paused.items():
        night.tried.add(code)
        night.tell_error(error)
    night.tried |= engine.spoken
    night.answered |= engine.spoken - set(drained.paused)
    failed = sum(not isinstance(error, PlatformError) for error in drained.paused.values())
    sheets = _prepare_sheets(night)
    counts = {"turns": drained.turns, **drained.outcomes, "waiting": drained.waiting, "sheets": sheets}
    return counts | ({"failed": failed} if failed else {})


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
            except (PlatformError, Misconfigured, NotFound) as error:
                night.tell_error(error)
    return made


def follow_platforms(night: Night) -> Mapping[str, int]:
    """Read where claims stand; a platform that fails is reported and the others go on."""
    runtime = night.runtime
    counts = {"seen": 0, "moved": 0, "unknown_words": 0, "unmatched": 0, "settled_by_file": 0}
    for code in runtime.configured_platforms(night.slug):
        try:
            connection = runtime.connection(night.slug, code)
        except (Misconfigured, NotFound) as error:
            night.tell_error(error)
            counts["failed"] = counts.get("failed", 0) + 1
            continue
        if not isinstance(connection, ReportsStatuses):
            continue
        try:
            night.tried.add(code)
            followed = follow_claims(
                runtime.books.open_books,
                night.organisation_id,
                code,
                connection.statuses(None, _numbers_to_follow(night, code)),
                actor=NIGHT_ACTOR,
                today=night.today,
                contract=connection.platform.contract,
            )
        except PlatformError as error:
            night.tell_error(error)
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
        connection = runtime.connection(night.slug, code)
        if isinstance(connection, FollowsByFile):
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


def check_bank(night: Night) -> Mapping[str, int]:
    """Say what the bank account holds; statements came with the inbox."""
    with night.runtime.books.open_books(night.organisation_id, NIGHT_ACTOR, read_only=True) as uow:
        statements = list(uow.bank_statements.stream())
        lines = uow.bank_lines.count()
    unbalanced = sum(statement.balanced is False for statement in statements)
    return {
        "statements": len(statements),
        "lines": lines,
        "gaps": sum(item.gap for item in statements),
        "unbalanced": unbalanced,
    }


def reconcile_bank(night: Night) -> Mapping[str, int]:
    """Match what is new on the bank account."""
    runtime = night.runtime
    with runtime.books.open_books(night.organisation_id, NIGHT_ACTOR, read_only=True) as uow:
        frozen = frozenset(id_ for kind, id_ in frozen_subjects(uow) if kind == "claim")
    counts = reconcile(
        runtime.books.open_books,
        night.organisation_id,
        actor=NIGHT_ACTOR,
        frozen_claims=frozen,
        on_progress=lambda done, _all: night.report_progress(done),
    )
    return {name: getattr(counts, name) for name in counts.__dataclass_fields__}


def find_anomalies(night: Night) -> Mapping[str, int]:
    """Find what does not add up, and close what does again."""
    runtime = night.runtime
    result = detect(
        runtime.books.open_books,
        night.organisation_id,
        actor=NIGHT_ACTOR,
        today=night.today,
        now=runtime.clock.now(),
        parameters=runtime.parameters(night.organisation_id),
        on_progress=night.report_progress,
    )
    return {
        "opened": result.opened,
        "reopened": result.reopened,
        "closed": result.closed,
        "still_open": result.still_open,
        "not_checkable": sum(result.not_checkable.values()),
    }


def take_snapshot(night: Night) -> Mapping[str, int]:
    """Compute the aged balance and journal its sums: the day's figure can be compared later."""
    with night.runtime.books.open_books(night.organisation_id, NIGHT_ACTOR) as uow:
        balance = ageing(uow, as_of=night.today, by=Dimension.FUNDER)
        uow.record(
            type_="ageing.snapshot",
            subject_kind="ageing",
            subject_id=night.today.isoformat(),
            effective_on=night.today,
            payload={
                "rows_cents": balance.rows_cents,
                "unallocated_cents": balance.unallocated_cents,
                "ledger_balance_cents": balance.ledger_balance_cents,
                "ties": balance.ties,
            },
        )
        uow.commit()
    if not balance.ties:
        night.tell(night.runtime.texts.sentence("findings", "ageing_does_not_tie", {}))
    return {
        "rows_cents": balance.rows_cents,
        "unallocated_cents": balance.unallocated_cents,
        "ledger_balance_cents": balance.ledger_balance_cents,
        "ties": int(balance.ties),
    }


def write_exports(night: Night) -> Mapping[str, int]:
    """Write the provisional accounting file of the fiscal year under way."""
    runtime = night.runtime
    with runtime.books.open_books(night.organisation_id, NIGHT_ACTOR, read_only=True) as uow:
        organisation = uow.organisations.get(night.organisation_id)
        if organisation is None:
            return {"entries": 0}
        period = read_period(str(_fiscal_year(night.today, organisation.fiscal_year_end)), organisation.fiscal_year_end)
        batch = write_fec(
            uow.entries, organisation, period, runtime.settings.outbox / night.slug / "comptabilite", provisional=True
        )
    return {"entries": batch.entries, "debit_cents": batch.debit_cents, "credit_cents": batch.credit_cents}


def _fiscal_year(today: date, year_end: str) -> int:
    """Name the fiscal year of a day by the calendar year in which it closes."""
    return today.year if f"{today:%m-%d}" <= year_end else today.year + 1
