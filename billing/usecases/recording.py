"""The one way in which a journalled noun is stored: the table and the journal change together."""

from datetime import date
from typing import Any

from billing.anomaly import Anomaly
from billing.claim import Claim
from billing.journal import changes
from billing.payment import Allocation
from billing.ports import Repository, UnitOfWork
from billing.submission import Submission


def keep(uow: UnitOfWork, before: Any | None, after: Any, *, type_: str, on: date) -> None:  # noqa: ANN401
    """Store a claim, allocation, submission or anomaly, and journal what changed.

    Args:
        uow: the unit of work.
        before: the stored version, None when it is new.
        after: the version to store.
        type_: what happened, `noun.participle` (`claim.prepared`, `submission.sending`).
        on: the day on which it takes effect.
    """
    changed = changes(before, after)
    if before is not None and not changed and before == after:
        return
    kind, repository = _home(uow, after)
    if before is None:
        repository.add(after)
    else:
        repository.put(after)
    uow.record(type_=type_, subject_kind=kind, subject_id=after.id, effective_on=on, payload=changed)


def _home(uow: UnitOfWork, noun: Any) -> tuple[str, Repository[Any]]:  # noqa: ANN401 - any journalled noun
    match noun:
        case Claim():
            return "claim", uow.claims
        case Allocation():
            return "allocation", uow.allocations
        case Submission():
            return "submission", uow.submissions
        case Anomaly():
            return "anomaly", uow.anomalies
        case _:
            raise TypeError(type(noun).__name__)
