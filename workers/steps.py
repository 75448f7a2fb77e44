"""The steps of the night, each safe to run twice: they call use cases, count, and keep what people must read."""

from collections import Counter
from collections.abc import Mapping
from datetime import date

from billing.journal import Plain
from billing.usecases.declare import declare_attendance
from billing.usecases.prepare import prepare_due_claims
from billing.usecases.remunerate import remunerate
from integrations.accounting import read_period, write_provisional
from reconciliation.ageing import Dimension
from reconciliation.usecases.ageing import ageing
from reconciliation.usecases.detect import detect
from reconciliation.usecases.frozen import frozen_subjects
from reconciliation.usecases.reconcile import reconcile
from workers import inbox
from workers.shift import NIGHT_ACTOR, Night

SNAPSHOT = "ageing"


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
    night.found["files"] = result.refused
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
    told = Counter(runtime.texts.of_finding(finding) for blocked in prepared.blocked for finding in blocked.findings)
    for sentence, count in told.items():  # what the organisation itself lacks stops many at once, and is said once
        values = {"told": sentence, "count": count}
        night.tell(sentence if count == 1 else runtime.texts.sentence("findings", "blocked_alike", values))
    for finding in prepared.told:
        night.tell(runtime.texts.of_finding(finding))
    night.due_tonight = len(prepared.claims)
    night.found["blocked"] = len(prepared.blocked)
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


def check_bank(night: Night) -> Mapping[str, int]:
    """Say what the bank account holds; statements came with the inbox."""
    with night.runtime.books.open_books(night.organisation_id, NIGHT_ACTOR, read_only=True) as uow:
        statements = list(uow.bank_statements.stream())
        lines = uow.bank_lines.count()
    unbalanced = sum(statement.balanced is False for statement in statements)
    gaps = sum(item.gap for item in statements)
    night.found["gaps"] = gaps + unbalanced
    return {
        "statements": len(statements),
        "lines": lines,
        "gaps": gaps,
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
    night.found["bank_lines"] = counts.suggested + counts.queued
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
    """Compute the aged balance and journal its sums when they changed: a day's figure is the last one before it."""
    with night.runtime.books.open_books(night.organisation_id, NIGHT_ACTOR) as uow:
        balance = ageing(uow, as_of=night.today, by=Dimension.FUNDER)
        told: dict[str, Plain] = {
            "rows_cents": balance.rows_cents,
            "unallocated_cents": balance.unallocated_cents,
            "ledger_balance_cents": balance.ledger_balance_cents,
            "ties": balance.ties,
        }
        last = None
        for line in uow.journal(about=SNAPSHOT):
            last = line
        if last is None or last.payload != told or last.effective_on > night.today:
            uow.record(
                type_="ageing.snapshot",
                subject_kind=SNAPSHOT,
                subject_id=night.today.isoformat(),
                effective_on=night.today,
                payload=told,
            )
            uow.commit()
    if not balance.ties:
        night.tell(night.runtime.texts.sentence("findings", "ageing_does_not_tie", {}))
    return {
        "rows_cents": balance.rows_cents,
        "unallocated_cents": balance.unallocated_cents,
        "received_cents": balance.received_cents,
        "owed_cents": balance.owed_cents,
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
        folder = runtime.settings.outbox / night.slug / "comptabilite"
        batch = write_provisional(
            uow, organisation, period, folder, lambda code: runtime.texts.sentence("labels", code, {})
        )
    return {
        "entries": batch.entries,
        "held_back": len(batch.frozen),
        "debit_cents": batch.debit_cents,
        "credit_cents": batch.credit_cents,
    }


def _fiscal_year(today: date, year_end: str) -> int:
    """Name the fiscal year of a day by the calendar year in which it closes."""
    return today.year if f"{today:%m-%d}" <= year_end else today.year + 1
