"""From the books to the neutral facts that rules read: each table is read once, in a stream.

What our books do not know stays UNKNOWN, so that a rule says "not checkable" instead of guessing. Kinds
that the books do not hold at all (reminders, contracts with persons, accounting exports…) are not loaded.
"""

from datetime import date

from billing.agreement import PlanRank
from billing.errors import NotFound
from billing.parameters_book import ParameterBook
from billing.ports import UnitOfWork
from reconciliation.rules.facts import Facts
from reconciliation.rules.records import SessionFact
from reconciliation.usecases.gather_attendance import read_attendance
from reconciliation.usecases.gather_claims import read_claims
from reconciliation.usecases.gather_incomes import read_incomes
from reconciliation.usecases.gather_money import read_money
from reconciliation.usecases.gather_parties import (
    agreement_facts,
    enrolment_facts,
    funder_facts,
    learner_facts,
    organisation_fact,
)
from reconciliation.usecases.gather_platforms import read_platforms
from reconciliation.usecases.gather_trainers import read_trainers


def gather(uow: UnitOfWork, today: date, parameters: ParameterBook) -> Facts:
    """Read the facts of one organisation.

    Args:
        uow: a unit of work, best opened read-only: it sees one state of the books.
        today: the day of the run.
        parameters: for the pay day that an organisation has confirmed.

    Raises:
        NotFound: the organisation is not in these books.
    """
    organisation = uow.organisations.get(uow.organisation_id)
    if organisation is None:
        raise NotFound("organisation_missing", organisation=uow.organisation_id)
    sessions = tuple(SessionFact(id=item.id, start=item.starts_on, end=item.ends_on) for item in uow.sessions.stream())
    enrolments = list(uow.enrolments.stream())
    funders = {item.id: item for item in uow.funders.stream()}
    # A top-up lies inside its main agreement's amount and is never claimed apart.
    agreements = [item for item in uow.agreements.stream() if item.rank is not PlanRank.TOP_UP]
    entitlements = list(uow.entitlements.stream())
    attendance = read_attendance(
        uow,
        organisation=organisation,
        sessions={item.id: item for item in sessions},
        enrolments=enrolments,
        entitlements=entitlements,
    )
    claims = read_claims(uow)
    money = read_money(uow)
    trainers = read_trainers(uow)
    incomes = read_incomes(uow, entitlements, attendance, today=today, parameters=parameters)
    return Facts(
        organisation=organisation_fact(uow, organisation, claims.claims),
        funders=funder_facts(uow, funders.values()),
        learners=learner_facts(uow),
        sessions=sessions,
        enrolments=enrolment_facts(enrolments, agreements, funders),
        agreements=agreement_facts(uow, agreements, organisation),
        evidence=attendance.rows,
        slots=attendance.slots,
        certificates=claims.certificates,
        claims=claims.claims,
        submissions=claims.submissions,
        platform_snapshots=read_platforms(uow, agreements, claims),
        bank_receipts=money.receipts,
        allocations=money.allocations,
        remittance_lines=money.lines,
        trainers=trainers.trainers,
        orders=trainers.orders,
        payroll_variables=trainers.variables,
        trainer_invoices=(),  # not in these books: `TrainerFact.invoices_followed` says so of each trainer
        entitlements=incomes.entitlements,
        attendance_declarations=incomes.declarations,
        expected_compensations=incomes.expected,
        compensation_payments=incomes.payments,
    )
