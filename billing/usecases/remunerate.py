"""What each trainer is due, told to payroll once a month, on the same engine as claims.

Salaried trainers only: an independent invoices us, and his invoice comes in (never both). A month is
told when it is over; the hours that the organisation's own software already told are not told again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from billing.evidence import month_of
from billing.identity import derive_id
from billing.party import TrainerStatus
from billing.ports import OpenBooks, UnitOfWork
from billing.remuneration import PayrollVariable, Rubric, TrainerDue, due_to_trainers
from billing.route import Act, Route, choose
from billing.submission import Submission, SubmissionKind, SubmissionState
from billing.usecases.recording import keep

PAYROLL_STATUSES = frozenset({TrainerStatus.EMPLOYEE, TrainerStatus.CDDU})
BATCH = 200


@dataclass(slots=True, kw_only=True)
class Remunerated:
    """What one run told payroll: variables made, and dues that could not be priced, by reason."""

    variables: int = 0
    unpriced: int = 0
    trainers: int = 0


def remunerate(
    open_books: OpenBooks,
    organisation_id: str,
    *,
    actor: str,
    today: date,
    on_progress: Callable[[int], None] | None = None,
) -> Remunerated:
    """Make the payroll variables of every month that is over and not told yet.

    Args:
        open_books: factory of units of work.
        organisation_id: whose books.
        actor: who acts.
        today: months before this day's month are over.
        on_progress: called with the number of variables made.
    """
    result = Remunerated()
    this_month = month_of(today)
    with open_books(organisation_id, actor, read_only=True) as uow:
        organisation = uow.organisations.get(organisation_id)
        opening_month = month_of(organisation.opening_on) if organisation else ""
        statuses = {trainer.id: trainer.status for trainer in uow.trainers.stream()}
        told = {
            (item.trainer_id, item.session_id, item.month) for item in uow.payroll_variables.stream(rubric=Rubric.FFP)
        }
        signed = (slot for slot in uow.slots.stream(trainer_signed=True) if slot.trainer_id)
        dues = [
            due
            for due in due_to_trainers(signed, uow.orders.find())
            if opening_month <= due.month < this_month
            and statuses.get(due.trainer_id) in PAYROLL_STATUSES
            and (due.trainer_id, due.session_id, due.month) not in told
        ]
        routes = tuple(uow.routes.find(act=Act.REMUNERATION))
    route = choose(routes, Act.REMUNERATION, today, funder_id=None, funder_class=None, scheme=None)
    result.trainers = len({due.trainer_id for due in dues})
    for start in range(0, len(dues), BATCH):
        with open_books(organisation_id, actor) as uow:
            for due in dues[start : start + BATCH]:
                _tell(uow, due, route, today)
                result.variables += 1
                result.unpriced += due.amount is None
            uow.commit()
        if on_progress:
            on_progress(result.variables)
    return result


def _tell(uow: UnitOfWork, due: TrainerDue, route: Route | None, today: date) -> None:
    variable = PayrollVariable(
        id=derive_id("payroll", due.trainer_id, due.session_id, due.month, Rubric.FFP, "computed"),
        trainer_id=due.trainer_id,
        session_id=due.session_id,
        month=due.month,
        rubric=Rubric.FFP,
        quantity=due.hours,
        rate=due.rate,
        amount=due.amount,
        order_id=due.order_id,
        reason=due.reason,
    )
    uow.payroll_variables.add(variable)
    if route is None:
        return
    keep(
        uow,
        None,
        Submission(
            id=derive_id("submission", route.platform, variable.id),
            kind=SubmissionKind.REMUNERATION,
            subject_id=variable.id,
            platform=route.platform,
            business_key=f"remuneration|{variable.id}",
            state=SubmissionState.READY,
            not_before=uow.recorded_at,
        ),
        type_="submission.prepared",
        on=today,
    )
