"""What open anomalies freeze: their subject, and the claims and payments that rest on it."""

from collections.abc import Iterable, Mapping

from billing.anomaly import OPEN_STATES
from billing.claim import ClaimKind
from billing.ports import UnitOfWork
from reconciliation.queue import rank

Subject = tuple[str, str]


def frozen_subjects(uow: UnitOfWork) -> frozenset[Subject]:
    """List (kind, id) of what must be neither sent nor paid while a person has not decided.

    Kinds: `agreement`, `claim`, `receipt`, `certificate`, `enrolment`, `session`, `order`,
    `trainer_month`, `payroll_variable`, `entitlement_month`, `submission`. Credit notes are never frozen:
    they are how most of these troubles are mended. A declaration of attendance is not frozen either: the
    correction must leave.
    """
    return frozenset(frozen_causes(uow))


def frozen_causes(uow: UnitOfWork) -> dict[Subject, str]:
    """Give the same subjects, each with the code of the anomaly that freezes it (the gravest, then the oldest)."""
    cases = uow.anomalies.find(state=tuple(OPEN_STATES), freezes=True)
    frozen: dict[Subject, str] = {}
    for case in sorted(cases, key=rank):
        frozen.setdefault((case.subject_kind, case.subject_id), case.code)
    for spread in (_agreements, _claims, _variables):
        for subject, code in spread(uow, frozen).items():
            frozen.setdefault(subject, code)
    return frozen


Causes = Mapping[Subject, str]


def _ids(frozen: Iterable[Subject], kind: str) -> tuple[str, ...]:
    return tuple(sorted(id_ for its_kind, id_ in frozen if its_kind == kind))


def _agreements(uow: UnitOfWork, frozen: Causes) -> dict[Subject, str]:
    found: dict[Subject, str] = {}
    for name, kind in (("enrolment_id", "enrolment"), ("session_id", "session")):
        ids = _ids(frozen, kind)
        if ids:
            for agreement in uow.agreements.find(**{name: ids}):
                found["agreement", agreement.id] = frozen[kind, getattr(agreement, name)]
    return found


def _claims(uow: UnitOfWork, frozen: Causes) -> dict[Subject, str]:
    found: dict[Subject, str] = {}
    submissions = _ids(frozen, "submission")
    if submissions:
        for row in uow.submissions.find(id=submissions):
            found[row.kind.value, row.subject_id] = frozen["submission", row.id]
    agreements = _ids(frozen, "agreement")
    if agreements:
        for claim in uow.claims.find(agreement_id=agreements):
            if claim.kind is not ClaimKind.CREDIT_NOTE:
                found.setdefault(("claim", claim.id), frozen["agreement", claim.agreement_id or ""])
    certificates = _ids(frozen, "certificate")
    if certificates:
        enrolments = {
            item.enrolment_id: frozen["certificate", item.id] for item in uow.certificates.find(id=certificates)
        }
        for claim in uow.claims.find(enrolment_id=tuple(enrolments)):
            if claim.kind is not ClaimKind.CREDIT_NOTE:
                found.setdefault(("claim", claim.id), enrolments[claim.enrolment_id or ""])
    return found


def _variables(uow: UnitOfWork, frozen: Causes) -> dict[Subject, str]:
    found: dict[Subject, str] = {}
    for work in _ids(frozen, "trainer_month"):
        trainer_id, session_id, month = work.split("|")
        rows = uow.payroll_variables.find(trainer_id=trainer_id, session_id=session_id, month=month)
        found |= {("payroll_variable", row.id): frozen["trainer_month", work] for row in rows}
    orders = _ids(frozen, "order")
    if orders:
        for row in uow.payroll_variables.find(order_id=orders):
            found.setdefault(("payroll_variable", row.id), frozen["order", row.order_id or ""])
    return found
