"""Run the rules on the books and keep the queue: open, open again, close. A second run changes nothing."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from billing.identity import derive_id
from billing.parameters_book import Parameter, ParameterBook
from billing.ports import OpenBooks, UnitOfWork
from billing.usecases.recording import keep
from reconciliation.queue import Change, changes_of, is_open
from reconciliation.rules.catalogue import BY_CODE
from reconciliation.rules.engine import detect_in
from reconciliation.rules.thresholds import thresholds_from_book
from reconciliation.rules.verdict import Moment
from reconciliation.usecases.gather import gather

BATCH = 500
"""Cases written in one transaction: it stays short, other writers pass between two."""

NOT_CHECKABLE = "state.detection_not_checkable"
"""Key under which the last run's counts are kept in the books (a value of ours, not a parameter of law)."""


@dataclass(slots=True, kw_only=True)
class DetectResult:
    """What one run changed; `not_checkable` counts subjects by rule."""

    opened: int = 0
    reopened: int = 0
    closed: int = 0
    still_open: int = 0
    not_checkable: Mapping[str, int] = field(default_factory=dict)


def detect(
    open_books: OpenBooks,
    organisation_id: str,
    *,
    actor: str,
    today: date,
    now: datetime,
    parameters: ParameterBook,
    on_progress: Callable[[int], None] | None = None,
) -> DetectResult:
    """Find what does not add up in the books of one organisation, and bring its queue up to date.

    Args:
        open_books: factory of units of work.
        organisation_id: whose books.
        actor: who acts.
        today: the day of the run, frozen.
        now: the instant of the run.
        parameters: thresholds in force, by date.
        on_progress: called with the number of cases written.

    Raises:
        Misconfigured: a threshold has no value on that day.
        NotFound: no such organisation.
    """
    thresholds = thresholds_from_book(parameters, today)
    moment = Moment(today=today, now=(now.astimezone(UTC) if now.tzinfo else now).replace(tzinfo=None))
    with open_books(organisation_id, actor, read_only=True) as uow:
        detection = detect_in(gather(uow, today, parameters), thresholds, moment)
        known = list(uow.anomalies.stream())
        recorded_at = uow.recorded_at
    changes = list(changes_of(known, detection, codes=BY_CODE.keys(), today=today, recorded_at=recorded_at))
    result = DetectResult(not_checkable=dict(sorted(detection.not_checkable.items())))
    for start in range(0, len(changes), BATCH):
        _store(open_books, organisation_id, actor, changes[start : start + BATCH], today)
        if on_progress:
            on_progress(min(start + BATCH, len(changes)))
    _count(result, changes, sum(is_open(case) for case in known))
    _remember(open_books, organisation_id, actor, result.not_checkable, today)
    return result


def _store(open_books: OpenBooks, organisation_id: str, actor: str, changes: Sequence[Change], today: date) -> None:
    with open_books(organisation_id, actor) as uow:
        ids = tuple(change.after.id for change in changes)
        stored = {case.id: case for case in uow.anomalies.find(id=ids)}
        for change in changes:
            # Somebody may have worked on the case since it was read: then the next run looks again.
            if stored.get(change.after.id) == change.before:
                keep(uow, change.before, change.after, type_=change.type_, on=today)
        uow.commit()


def _count(result: DetectResult, changes: Sequence[Change], open_before: int) -> None:
    result.opened = sum(change.type_ == "anomaly.opened" for change in changes)
    result.reopened = sum(change.type_ == "anomaly.reopened" for change in changes)
    result.closed = sum(change.type_ == "anomaly.closed" for change in changes)
    closed_open = sum(
        change.type_ == "anomaly.closed" and change.before is not None and is_open(change.before) for change in changes
    )
    result.still_open = open_before - closed_open


def not_checkable(uow: UnitOfWork) -> dict[str, int]:
    """Give the counts of the last run, by rule; empty before the first one."""
    stored = uow.parameters.get(derive_id("parameter", NOT_CHECKABLE))
    return json.loads(stored.value) if stored else {}


def _remember(open_books: OpenBooks, organisation_id: str, actor: str, counts: Mapping[str, int], today: date) -> None:
    value = json.dumps(counts, sort_keys=True)
    with open_books(organisation_id, actor) as uow:
        id_ = derive_id("parameter", NOT_CHECKABLE)
        before = uow.parameters.get(id_)
        if before is not None and before.value == value:
            return
        uow.parameters.put(
            Parameter(
                id=id_,
                key=NOT_CHECKABLE,
                starts_on=before.starts_on if before else today,
                value=value,
                source="detection",
            )
        )
        uow.commit()
