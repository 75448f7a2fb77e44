"""What people do with a case: read, take, comment, resolve, waive."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from billing.anomaly import Anomaly, AnomalyState
from billing.errors import IllegalTransition, InvalidInput, NotFound
from billing.journal import JournalLine
from billing.parameters_book import ParameterBook
from billing.ports import UnitOfWork
from billing.usecases.recording import keep
from reconciliation.queue import is_open, rank
from reconciliation.rules.catalogue import BY_CODE

WAIVER_DAYS_MAX = 90
TEXT_MAX = 4000
WAIVE_AMOUNT = "anomaly.waive_amount_cents"


def list_cases(
    uow: UnitOfWork, *, states: Iterable[AnomalyState] | None = None, code: str | None = None
) -> list[Anomaly]:
    """List cases in the order of the queue; by default those that are open."""
    wanted: dict[str, object] = {"code": code} if code is not None else {}
    if states is not None:
        wanted["state"] = tuple(states)
    found = uow.anomalies.find(**wanted)
    return sorted((case for case in found if states is not None or is_open(case)), key=rank)


def find_case(uow: UnitOfWork, reference: str) -> Anomaly:
    """Find a case by its id or fingerprint, or by the first eight characters or more of either.

    Raises:
        NotFound: none, or several begin so.
    """
    exact = uow.anomalies.get(reference) or next(iter(uow.anomalies.find(fingerprint=reference)), None)
    if exact is not None:
        return exact
    found = [
        case
        for case in uow.anomalies.stream()
        if len(reference) >= _SHORTEST and (case.id.startswith(reference) or case.fingerprint.startswith(reference))
    ]
    if len(found) != 1:
        raise NotFound("anomaly_missing", anomaly=reference, found=len(found))
    return found[0]


_SHORTEST = 8


def history(uow: UnitOfWork, case: Anomaly) -> list[JournalLine]:
    """Give what happened to a case, oldest first."""
    return [line for line in uow.journal(about="anomaly") if line.subject_id == case.id]


def assign(uow: UnitOfWork, case_id: str, login: str, *, today: date) -> Anomaly:
    """Give a case to somebody; the caller commits.

    Raises:
        NotFound: no such case or user.
        IllegalTransition: the case is closed.
    """
    case = _to_work_on(uow, case_id)
    if not uow.users.find(login=login):
        raise NotFound("user_missing", login=login)
    after = replace(case, state=AnomalyState.ASSIGNED, assignee=login)
    keep(uow, case, after, type_="anomaly.assigned", on=today)
    return after


def comment(uow: UnitOfWork, case_id: str, text: str, *, today: date) -> Anomaly:
    """Add a dated note; it stays out of the journal, since it may name a person."""
    case = _any(uow, case_id)
    after = replace(case, reason=_with_note(case, uow.actor, text, today))
    uow.anomalies.put(after)
    uow.record(type_="anomaly.commented", subject_kind="anomaly", subject_id=case.id, effective_on=today, payload={})
    return after


def resolve(uow: UnitOfWork, case_id: str, text: str, *, today: date) -> Anomaly:
    """Close a case because its cause was mended; the next run opens it again if it was not."""
    case = _to_work_on(uow, case_id)
    after = replace(
        case,
        state=AnomalyState.RESOLVED,
        reason=_with_note(case, uow.actor, text, today),
        waived_until=None,
        closed_on=today,
        closed_by=uow.actor,
    )
    keep(uow, case, after, type_="anomaly.resolved", on=today)
    return after


def waive(uow: UnitOfWork, case_id: str, text: str, *, until: date, today: date, parameters: ParameterBook) -> Anomaly:
    """Accept a case with a reason, until a day.

    A rule with a legal ground, or an amount above the organisation's limit, needs two persons: the first
    call asks (the case waits), a second one by somebody else accepts.

    Raises:
        InvalidInput: no reason, or a day that is past or more than 90 days away.
        IllegalTransition: closed already, or the same person accepts her own request.
    """
    case = _to_work_on(uow, case_id)
    if not text.strip():
        raise InvalidInput("waiver_without_reason", anomaly=case.id)
    if not today <= until <= today + timedelta(days=WAIVER_DAYS_MAX):
        raise InvalidInput("waiver_too_long", until=until.isoformat(), days=WAIVER_DAYS_MAX)
    noted = replace(case, reason=_with_note(case, uow.actor, text, today), waived_until=until, closed_by=uow.actor)
    asked_by = case.closed_by if case.state is AnomalyState.WAITING and case.waived_until is not None else ""
    if needs_two(case, parameters, today) and not asked_by:
        after = replace(noted, state=AnomalyState.WAITING)
        keep(uow, case, after, type_="anomaly.waiver_asked", on=today)
        return after
    if asked_by == uow.actor and needs_two(case, parameters, today):
        raise IllegalTransition("waiver_needs_somebody_else", anomaly=case.id, actor=uow.actor)
    by = f"{asked_by}+{uow.actor}" if asked_by and asked_by != uow.actor else uow.actor
    after = replace(noted, state=AnomalyState.WAIVED, closed_on=today, closed_by=by)
    keep(uow, case, after, type_="anomaly.waived", on=today)
    return after


def needs_two(case: Anomaly, parameters: ParameterBook, today: date) -> bool:
    """Tell whether one person alone cannot waive the case."""
    rule = BY_CODE.get(case.code)
    limit = parameters.integer(WAIVE_AMOUNT, today)
    return (rule is not None and rule.legal) or amount_at_stake(case) > limit


def amount_at_stake(case: Anomaly) -> int:
    """Give the cents that the evidence puts at stake: the gap between its first two amounts, or its only one."""
    amounts = [
        int(value)
        for name, _equals, value in (part.partition("=") for part in case.evidence)
        if name.endswith("cents") and value.lstrip("-").isdigit()
    ]
    if not amounts:
        return 0
    return abs(amounts[0] - amounts[1]) if len(amounts) > 1 else abs(amounts[0])


def _any(uow: UnitOfWork, case_id: str) -> Anomaly:
    case = uow.anomalies.get(case_id, lock=True)
    if case is None:
        raise NotFound("anomaly_missing", anomaly=case_id, found=0)
    return case


def _to_work_on(uow: UnitOfWork, case_id: str) -> Anomaly:
    case = _any(uow, case_id)
    if not is_open(case):
        raise IllegalTransition("anomaly_not_open", anomaly=case.id, state=case.state.value)
    return case


def _with_note(case: Anomaly, actor: str, text: str, today: date) -> str:
    clean = " ".join(text.split())
    if not clean:
        return case.reason
    if len(clean) > TEXT_MAX:
        raise InvalidInput("anomaly_note_too_long", length=len(clean), limit=TEXT_MAX)
    note = f"{today.isoformat()} {actor} : {clean}"
    return f"{case.reason}\n{note}" if case.reason else note
