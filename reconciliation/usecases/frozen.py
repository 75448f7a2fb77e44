"""What open anomalies freeze: their subject, and the claims and payments that rest on it."""

from collections.abc import Iterable

from billing.anomaly import OPEN_STATES
from billing.claim import ClaimKind
from billing.ports import UnitOfWork

Subject = tuple[str, str]


def frozen_subjects(uow: UnitOfWork) -> frozenset[Subject]:
    """List (kind, id) of what must be neither sent nor paid while a person has not decided.

    Kinds: `agreement`, `claim`, `receipt`, `certificate`, `enrolment`, `session`, `order`,
    `trainer_month`, `payroll_variable`, `entitlement_month`, `submission`. Credit notes are never frozen:
    they are how most of these troubles are mended. A declaration of attendance is not frozen either: the
    correction must leave.
    """
    frozen = {
        (case.subject_kind, case.subject_id) for case in uow.anomalies.find(state=tuple(OPEN_STATES), freezes=True)
    }
    frozen |= _agreements(uow, frozen)
    frozen |= _claims(uow, frozen)
    frozen |= _variables(uow, frozen)
    return frozenset(frozen)


def _ids(frozen: Iterable[Subject], kind: str) -> tuple[str, ...]:
    return tuple(sorted(id_ for its_kind, id_ in frozen if its_kind == kind))


def _agreements(uow: UnitOfWork, frozen: set[Subject]) -> set[Subject]:
    found: set[Subject] = set()
    for name, kind in (("enrolment_id", "enrolment"), ("session_id", "session")):
        ids = _ids(frozen, kind)
        if ids:
            found |= {("agreement", agreement.id) for agreement in uow.agreements.find(**{name: ids})}
    return found


def _claims(uow: UnitOfWork, frozen: set[Subject]) -> set[Subject]:
    found: set[Subject] = set()
    submissions = _ids(frozen, "submission")
    if submissions:
        found |= {(row.kind.value, row.subject_id) for row in uow.submissions.find(id=submissions)}
    agreements = _ids(frozen, "agreement")
    if agreements:
        found |= {
            ("claim", claim.id)
            for claim in uow.claims.find(agreement_id=agreements)
            if claim.kind is not ClaimKind.CREDIT_NOTE
        }
    certificates = _ids(frozen, "certificate")
    if certificates:
        enrolments = tuple({item.enrolment_id for item in uow.certificates.find(id=certificates)})
        found |= {
            ("claim", claim.id)
            for claim in uow.claims.find(enrolment_id=enrolments)
            if claim.kind is not ClaimKind.CREDIT_NOTE
        }
    return found


def _variables(uow: UnitOfWork, frozen: set[Subject]) -> set[Subject]:
    found: set[Subject] = set()
    for work in _ids(frozen, "trainer_month"):
        trainer_id, session_id, month = work.split("|")
        rows = uow.payroll_variables.find(trainer_id=trainer_id, session_id=session_id, month=month)
        found |= {("payroll_variable", row.id) for row in rows}
    orders = _ids(frozen, "order")
    if orders:
        found |= {("payroll_variable", row.id) for row in uow.payroll_variables.find(order_id=orders)}
    return found
