"""The queue of cases: what one run changes in it. Pure; the fingerprint keeps each trouble one case for ever.

A case that the run finds again is kept; one whose condition is surely false is closed by the rule; one that
comes back is opened again, with its history. What could not be checked changes nothing.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from billing.anomaly import OPEN_STATES, Anomaly, AnomalySeverity, AnomalyState
from billing.identity import derive_id
from billing.money import Money
from reconciliation.rules.engine import Detection, Found

BY_RULE = "rule"
ORDER = {severity: rank for rank, severity in enumerate(AnomalySeverity)}
MOVES_WITH_RULES = ("rule.version=", "parameters=")
"""Evidence that says how the run was set, not what it found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One case to store; `type_` is the journal's word for it."""

    before: Anomaly | None
    after: Anomaly
    type_: str


def changes_of(
    known: Iterable[Anomaly],
    detection: Detection,
    *,
    codes: Collection[str],
    today: date,
    recorded_at: datetime,
) -> Iterator[Change]:
    """Tell what a run changes, in the order of the queue.

    Args:
        known: every case stored, whatever its state; those of other codes are left alone.
        detection: what the run says.
        codes: rules that ran.
        today: the day of the run.
        recorded_at: for new cases.
    """
    by_fingerprint = {case.fingerprint: case for case in known if case.code in codes}
    unchecked = set(detection.unchecked)
    seen: set[str] = set()
    for found in detection.found:
        seen.add(found.fingerprint)
        before = by_fingerprint.get(found.fingerprint)
        after, type_ = _open(found, before, today, recorded_at)
        if after != before:
            yield Change(before=before, after=after, type_=type_)
    for case in sorted(by_fingerprint.values(), key=rank):
        gone = case.fingerprint not in seen and (case.code, case.subject_kind, case.subject_id) not in unchecked
        if gone and case.state is not AnomalyState.RESOLVED:
            yield Change(before=case, after=_closed(case, today), type_="anomaly.closed")


def rank(case: Anomaly) -> tuple[int, date, str]:
    """Order of the queue: severity, then age, then fingerprint."""
    return ORDER[case.severity], case.first_seen_on, case.fingerprint


def is_open(case: Anomaly) -> bool:
    """Somebody has to look at it."""
    return case.state in OPEN_STATES


def _open(found: Found, before: Anomaly | None, today: date, recorded_at: datetime) -> tuple[Anomaly, str]:
    if before is None:
        return _new(found, today, recorded_at), "anomaly.opened"
    again = replace(
        before,
        severity=AnomalySeverity(found.severity),
        evidence=found.evidence,
        freezes=found.freezes,
        last_seen_on=max(today, before.last_seen_on),
    )
    if before.state in OPEN_STATES:
        return again, "anomaly.seen"
    if before.state is AnomalyState.WAIVED and _still_waived(before, found, today):
        return again, "anomaly.seen"
    return (
        replace(
            again,
            state=AnomalyState.NEW,
            waived_until=None,
            closed_on=None,
            closed_by="",
            times_opened=before.times_opened + 1,
        ),
        "anomaly.reopened",
    )


def _still_waived(case: Anomaly, found: Found, today: date) -> bool:
    """A waiver covers the facts that were accepted, until its day."""
    in_time = case.waived_until is not None and today <= case.waived_until
    return in_time and _facts(case.evidence) == _facts(found.evidence)


def _facts(evidence: Iterable[str]) -> tuple[str, ...]:
    return tuple(part for part in evidence if not part.startswith(MOVES_WITH_RULES))


def _new(found: Found, today: date, recorded_at: datetime) -> Anomaly:
    return Anomaly(
        id=derive_id("anomaly", found.fingerprint),
        code=found.code,
        severity=AnomalySeverity(found.severity),
        subject_kind=found.subject_kind,
        subject_id=found.subject_id,
        fingerprint=found.fingerprint,
        state=AnomalyState.NEW,
        first_seen_on=today,
        last_seen_on=today,
        evidence=found.evidence,
        freezes=found.freezes,
        recorded_at=recorded_at,
    )


def _closed(case: Anomaly, today: date) -> Anomaly:
    return replace(case, state=AnomalyState.RESOLVED, closed_on=today, closed_by=BY_RULE, waived_until=None)


def sentence_values(case: Anomaly) -> dict[str, str]:
    """Give the values that a rule's French sentence shows: `claims.cents` becomes `claims_cents`, in euros.

    Amounts in euros, days as dd/mm/yyyy, decimals with a comma; ids and words as they are.
    """
    values = {}
    for part in case.evidence:
        name, _equals, value = part.partition("=")
        values[name.replace(".", "_")] = _french(name, value)
    return values


def _french(name: str, value: str) -> str:
    if name.endswith("cents") and value.lstrip("-").isdigit():
        return Money(int(value)).french()
    if name.endswith(("hours", "quantity", "max", "rate")):
        whole, _point, decimals = value.partition(".")
        return f"{whole},{kept}" if (kept := decimals.rstrip("0")) else whole
    for read, written in ((date.fromisoformat, "%d/%m/%Y"), (datetime.fromisoformat, "%d/%m/%Y %H:%M")):
        try:
            return read(value).strftime(written)
        except ValueError:
            continue
    return value
