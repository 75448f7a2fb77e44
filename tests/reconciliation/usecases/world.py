"""Small books in memory: OPCO1 owes FA-2026-00001 and -00002 (1 400.00 € each); each test adds its bank lines."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from billing.agreement import LifeState
from billing.booking import entry_of_bank_line, entry_of_claim
from billing.claim import Claim
from billing.money import Money
from billing.party import Funder
from billing.payment import BankLine
from billing.ports import UnitOfWork
from billing.usecases.recording import keep
from tests import builders as a
from tests.fakes import FakeBooks

FIRST, SECOND = "FA-2026-00001", "FA-2026-00002"
IBAN = "FR1420041010050500013M02606"
OTHER_IBAN = "FR7630006000011234567890189"


class Clock:
    """The instant at which the next unit of work is recorded; tests move it."""

    def __init__(self) -> None:
        self.instant = datetime(2026, 9, 30, 20, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.instant


class World:
    """The books, and short ways to read them."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.books = FakeBooks(a.an_organisation().id, now=self.clock)
        self.organisation_id = self.books.organisation_id
        with self.books.uow() as uow:
            uow.organisations.add(a.an_organisation())
            uow.sites.add(a.a_site())
            uow.bank_accounts.add(a.a_bank_account(OTHER_IBAN))
            uow.bank_statements.add(a.a_bank_statement())
            uow.funders.add(a.a_funder())
            uow.funder_accounts.add(a.a_funder_account())
            uow.actions.add(a.an_action())
            uow.sessions.add(a.a_session())
            uow.learners.add(a.a_learner())
            uow.enrolments.add(a.an_enrolment())
            uow.agreements.add(a.an_agreement(), a.an_agreement("DOS-002"))
            uow.commit()
        self.add_claim(a.a_claim(FIRST))
        self.add_claim(
            a.a_claim(SECOND, id="claim-2", business_key="second", agreement_id=a.an_agreement("DOS-002").id)
        )

    def add_claim(self, claim: Claim, funder: Funder | None = None) -> Claim:
        with self.books.uow() as uow:
            stored = replace(claim, recorded_at=uow.recorded_at)
            keep(uow, None, stored, type_="claim.prepared", on=stored.issue_on)
            lines = [a.a_claim_line(stored)]
            uow.claim_lines.add(*lines)
            uow.post(entry_of_claim(stored, lines, funder or a.a_funder(), uow.recorded_at))
            uow.commit()
        return stored

    def add(self, **things: Any) -> None:
        with self.books.uow() as uow:
            for name, thing in things.items():
                getattr(uow, name).add(*(thing if isinstance(thing, list) else [thing]))
            uow.commit()

    def receive(self, label: str, cents: int = 140_000, **changes: Any) -> BankLine:
        """Import a bank line: the line and its entry."""
        with self.books.uow() as uow:
            line = a.a_bank_line(label, Money(cents), **({"recorded_at": uow.recorded_at} | changes))
            uow.bank_lines.add(line)
            uow.post(entry_of_bank_line(line, "512000"))
            uow.commit()
        return line

    def read(self) -> UnitOfWork:
        with self.books.uow(read_only=True) as uow:
            return uow

    def claim(self, number: str = FIRST) -> Claim:
        with self.books.uow(read_only=True) as uow:
            return uow.claims.find(number=number)[0]

    def line(self, id_: str) -> BankLine:
        with self.books.uow(read_only=True) as uow:
            line = uow.bank_lines.get(id_)
        assert line is not None
        return line

    def balances(self) -> dict[str, int]:
        """Sum the entries by account, zero ones left out."""
        sums: dict[str, int] = {}
        with self.books.uow(read_only=True) as uow:
            for entry in uow.entries():
                for line in entry.lines:
                    sums[line.account] = sums.get(line.account, 0) + line.debit.cents - line.credit.cents
        return {account: cents for account, cents in sums.items() if cents}

    def journal_size(self) -> int:
        with self.books.uow(read_only=True) as uow:
            return sum(1 for _ in uow.journal())


SUBMITTED, PAID = LifeState.SUBMITTED, LifeState.PAID
DAY = date(2026, 9, 28)
