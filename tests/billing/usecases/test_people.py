"""What trainers are due and what learners' months declare, told once, on the same engine as claims."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from billing.evidence import EvidenceStatus, summarise
from billing.money import Money
from billing.party import TrainerStatus
from billing.submission import SubmissionKind
from billing.usecases.declare import Declared, declare_attendance, rectify
from billing.usecases.remunerate import Remunerated, remunerate
from integrations.database import Books
from tests import builders
from tests.billing.usecases.world import ORGANISATION, fill

OCTOBER = date(2026, 10, 4)
SEPTEMBER = date(2026, 9, 20)


def with_trainer(books: Books, status: TrainerStatus = TrainerStatus.EMPLOYEE) -> None:
    with books.open_books(ORGANISATION.id, "test") as uow:
        fill(uow)
        trainer = builders.a_trainer(status=status)
        uow.trainers.put(trainer)
        uow.orders.put(builders.a_trainer_order(trainer_id=trainer.id, rate=Decimal(40)))
        uow.slots.put(builders.a_slot(trainer_id=trainer.id, trainer_signed=True, hours=Decimal("3.5")))
        uow.commit()


def pay(books: Books, today: date = OCTOBER) -> Remunerated:
    return remunerate(books.open_books, ORGANISATION.id, actor="test", today=today)


def test_a_month_that_is_over_is_told_to_payroll_once(books: Books) -> None:
    with_trainer(books)
    assert pay(books).variables == 1
    assert pay(books).variables == 0
    with books.open_books(ORGANISATION.id, "test", read_only=True) as uow:
        (variable,) = uow.payroll_variables.find()
        (row,) = uow.submissions.find(kind=SubmissionKind.REMUNERATION)
    assert (variable.quantity, variable.amount, variable.month) == (Decimal("3.5"), Money(14_000), "2026-09")
    assert (row.platform, row.subject_id) == ("platform-c", variable.id)


def test_a_month_that_is_not_over_is_not_told(books: Books) -> None:
    with_trainer(books)
    assert pay(books, SEPTEMBER).variables == 0


def test_an_independent_trainer_is_never_told_to_payroll(books: Books) -> None:
    with_trainer(books, TrainerStatus.FREELANCE)
    assert pay(books).variables == 0


def test_what_the_organisations_own_software_told_is_not_told_again(books: Books) -> None:
    with_trainer(books)
    with books.open_books(ORGANISATION.id, "test") as uow:
        trainer = builders.a_trainer()
        uow.payroll_variables.put(builders.a_payroll_variable(trainer_id=trainer.id, origin="received"))
        uow.commit()
    assert pay(books).variables == 0


def with_learner(books: Books) -> None:
    with books.open_books(ORGANISATION.id, "test") as uow:
        fill(uow)
        payer = builders.a_funder("REGION")
        enrolment = builders.an_enrolment(learner_code="APP1")
        uow.funders.put(payer)
        uow.entitlements.put(
            builders.an_entitlement(
                payer=payer, enrolment_id=enrolment.id, starts_on=date(2026, 9, 1), entry_on=date(2026, 9, 1)
            )
        )
        uow.commit()


def declare(books: Books, today: date = OCTOBER) -> Declared:
    return declare_attendance(books.open_books, ORGANISATION.id, actor="test", today=today)


def test_a_paid_learners_month_is_declared_once_when_it_is_over(books: Books) -> None:
    with_learner(books)
    assert declare(books, SEPTEMBER).statements == 0
    assert declare(books).statements == 1
    assert declare(books).statements == 0
    with books.open_books(ORGANISATION.id, "test", read_only=True) as uow:
        (statement,) = uow.attendance_statements.find()
        (row,) = uow.submissions.find(kind=SubmissionKind.ATTENDANCE)
    assert (statement.month, statement.done, statement.unjustified) == ("2026-09", Decimal(14), Decimal(0))
    assert (row.platform, row.subject_id) == ("platform-b", statement.id)


def test_a_month_with_unsigned_slots_is_not_declared(books: Books) -> None:
    with_learner(books)
    with books.open_books(ORGANISATION.id, "test") as uow:
        first = uow.evidence.find()[0]
        uow.evidence.put(replace(first, status=EvidenceStatus.UNSIGNED))
        uow.commit()
    declared = declare(books)
    assert (declared.statements, declared.unsigned) == (0, 1)


def test_a_correction_is_a_new_version_and_the_older_one_is_kept(books: Books) -> None:
    with_learner(books)
    declare(books)
    with books.open_books(ORGANISATION.id, "test") as uow:
        (statement,) = uow.attendance_statements.find()
        corrected = rectify(uow, statement, summarise(uow.evidence.find()[:1]), OCTOBER)
        uow.commit()
    with books.open_books(ORGANISATION.id, "test", read_only=True) as uow:
        versions = sorted(uow.attendance_statements.find(), key=lambda item: item.version)
        keys = [row.business_key for row in uow.submissions.find(kind=SubmissionKind.ATTENDANCE)]
    assert [(item.version, item.done, item.current) for item in versions] == [
        (1, Decimal(14), False),
        (2, Decimal(7), True),
    ]
    assert corrected.version == 2
    assert len(set(keys)) == 2
