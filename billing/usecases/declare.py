"""Each paid learner's monthly attendance statement (état de fréquentation), declared to the payer once it is over."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from billing.compensation import AttendanceStatement, CompensationScheme, Entitlement, declared_hours
from billing.evidence import Evidence, EvidenceSummary, month_of, summarise
from billing.identity import derive_id
from billing.party import Funder
from billing.ports import OpenBooks, UnitOfWork
from billing.route import Act, Route, choose
from billing.submission import Submission, SubmissionKind, SubmissionState
from billing.usecases.recording import keep

BATCH = 200


@dataclass(slots=True, kw_only=True)
class Declared:
    """What one run made: statements, and months that could not be declared because slots are unsigned."""

    statements: int = 0
    unsigned: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Month:
    entitlement: Entitlement
    month: str
    summary: EvidenceSummary
    payer: Funder | None


def declare_attendance(
    open_books: OpenBooks,
    organisation_id: str,
    *,
    actor: str,
    today: date,
    on_progress: Callable[[int], None] | None = None,
) -> Declared:
    """Make the statement of every month that is over, of every active entitlement, once.

    A month that the organisation's own software declared is left alone. A month with slots that nobody
    signed is not declared: an anomaly points at the slots.
    """
    result = Declared()
    with open_books(organisation_id, actor, read_only=True) as uow:
        organisation = uow.organisations.get(organisation_id)
        opening = month_of(organisation.opening_on) if organisation else ""
        months = _months_to_declare(uow, opening, month_of(today))
        routes = tuple(uow.routes.find(act=Act.ATTENDANCE))
    ready = [item for item in months if item.summary.unsigned == 0]
    result.unsigned = len(months) - len(ready)
    for start in range(0, len(ready), BATCH):
        with open_books(organisation_id, actor) as uow:
            for item in ready[start : start + BATCH]:
                _declare(uow, item, routes, today)
                result.statements += 1
            uow.commit()
        if on_progress:
            on_progress(result.statements)
    return result


def _months_to_declare(uow: UnitOfWork, opening_month: str, this_month: str) -> list[_Month]:
    entitlements = [item for item in uow.entitlements.find(active=True) if item.scheme is not CompensationScheme.SALARY]
    declared = {(item.entitlement_id, item.month) for item in uow.attendance_statements.stream()}
    payers = {funder.id: funder for funder in uow.funders.find(id=tuple({item.payer_id for item in entitlements}))}
    by_enrolment: dict[str, list[Evidence]] = {}
    for piece in uow.evidence.find(enrolment_id=tuple({item.enrolment_id for item in entitlements}), current=True):
        by_enrolment.setdefault(piece.enrolment_id, []).append(piece)
    months: list[_Month] = []
    for entitlement in entitlements:
        pieces: dict[str, list[Evidence]] = {}
        for piece in by_enrolment.get(entitlement.enrolment_id, ()):
            if piece.occurred_on >= entitlement.starts_on and (
                entitlement.ends_on is None or piece.occurred_on <= entitlement.ends_on
            ):
                pieces.setdefault(month_of(piece.occurred_on), []).append(piece)
        months.extend(
            _Month(
                entitlement=entitlement,
                month=month,
                summary=summarise(found),
                payer=payers.get(entitlement.payer_id),
            )
            for month, found in sorted(pieces.items())
            if opening_month <= month < this_month and (entitlement.id, month) not in declared
        )
    return months


def _declare(uow: UnitOfWork, item: _Month, routes: tuple[Route, ...], today: date) -> None:
    counts = item.payer is not None and item.payer.justified_counts_as_done
    statement = AttendanceStatement(
        id=derive_id("attendance", item.entitlement.id, item.month, "computed", "1"),
        entitlement_id=item.entitlement.id,
        month=item.month,
        planned=item.summary.planned,
        done=declared_hours(item.summary, justified_counts_as_done=counts),
        justified=Decimal(0) if counts else item.summary.justified,
        unjustified=item.summary.unjustified,
        evidence_digest=item.summary.digest,
    )
    uow.attendance_statements.add(statement)
    submit_statement(uow, statement, item.payer, routes, today)


def submit_statement(
    uow: UnitOfWork,
    statement: AttendanceStatement,
    payer: Funder | None,
    routes: tuple[Route, ...],
    today: date,
) -> None:
    """Line a statement up for its payer's platform; without a route it waits for one."""
    route = choose(
        routes,
        Act.ATTENDANCE,
        today,
        funder_id=payer.id if payer else None,
        funder_class=payer.funder_class if payer else None,
        scheme=None,
    )
    if route is None:
        return
    row = Submission(
        id=derive_id("submission", route.platform, statement.id),
        kind=SubmissionKind.ATTENDANCE,
        subject_id=statement.id,
        platform=route.platform,
        business_key=f"attendance|{statement.entitlement_id}|{statement.month}|v{statement.version}",
        state=SubmissionState.READY,
        not_before=uow.recorded_at,
    )
    keep(uow, None, row, type_="submission.prepared", on=today)


def rectify(
    uow: UnitOfWork, statement: AttendanceStatement, summary: EvidenceSummary, today: date
) -> AttendanceStatement:
    """Make a new version of a declared month whose evidence was corrected; the older one is kept.

    Args:
        uow: the unit of work.
        statement: the current version.
        summary: the attendance as it is known now.
        today: the day of the act.

    Returns:
        The new version, lined up for the payer.
    """
    entitlement = uow.entitlements.get(statement.entitlement_id)
    payer = uow.funders.get(entitlement.payer_id) if entitlement else None
    counts = payer is not None and payer.justified_counts_as_done
    version = statement.version + 1
    corrected = replace(
        statement,
        id=derive_id("attendance", statement.entitlement_id, statement.month, "computed", str(version)),
        planned=summary.planned,
        done=declared_hours(summary, justified_counts_as_done=counts),
        justified=Decimal(0) if counts else summary.justified,
        unjustified=summary.unjustified,
        evidence_digest=summary.digest,
        origin="computed",
        version=version,
        sent_on=None,
    )
    uow.attendance_statements.put(replace(statement, current=False), corrected)
    submit_statement(uow, corrected, payer, tuple(uow.routes.find(act=Act.ATTENDANCE)), today)
    return corrected
