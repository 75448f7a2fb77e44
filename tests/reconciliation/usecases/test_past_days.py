"""No decision rewrites a past day: by payer, on every date, the aged balance is what the entries say."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from billing.ledger import CUSTOMERS
from console import ledger_proof
from reconciliation.matching.model import Part
from reconciliation.usecases.ageing import ageing
from reconciliation.usecases.confirm import confirm, set_aside
from reconciliation.usecases.reconcile import reconcile
from reconciliation.usecases.undo import undo
from tests import builders as a
from tests.reconciliation.usecases.world import FIRST, SECOND, World

OTHER = a.a_funder("OPCO2")
THIRD, FOURTH = "FA-2026-00003", "FA-2026-00004"
NUMBERS = (FIRST, SECOND, THIRD, FOURTH)
BOOKED = date(2026, 9, 20)
FIRST_ACT = date(2026, 10, 1)
DAYS = [BOOKED + timedelta(days=step) for step in range(-1, 40)]


def two_payers() -> World:
    """OPCO1 owes the first two invoices, OPCO2 the last two."""
    world = World()
    world.add(funders=OTHER)
    for number in (THIRD, FOURTH):
        world.add_claim(a.a_claim(number, id=number, business_key=number, funder_id=OTHER.id), OTHER)
    return world


def by_payer(world: World, day: date) -> dict[str, int]:
    """What each payer owes as of a day; the balance must tie, and nothing be paid beyond what it asks."""
    with world.books.uow(read_only=True) as uow:
        made = ageing(uow, as_of=day)
        booked: dict[str, int] = defaultdict(int)
        for entry in uow.entries(up_to=day):
            for line in entry.lines:
                if line.account == CUSTOMERS:
                    booked[line.auxiliary] += line.debit.cents - line.credit.cents
        proved = ledger_proof.broken(uow, as_of=day)
    rows = {row.key: row.total_cents for row in made.rows}
    assert made.ties
    assert rows == {payer: cents for payer, cents in booked.items() if cents}
    assert made.owed_cents == 0
    assert proved == []
    return rows


def pay(world: World, line_id: str, number: str, today: date) -> None:
    with world.books.uow("user:claire") as uow:
        (claim,) = uow.claims.find(number=number)
        line = uow.bank_lines.get(line_id)
        assert line is not None
        cents = min(claim.open.cents, line.unallocated.cents)
        if cents:
            confirm(uow, line_id, [Part(claim_id=claim.id, amount_cents=cents)], today=today, other_payer="essai")
            uow.commit()


def take_back(world: World, line_id: str, today: date) -> None:
    with world.books.uow("user:claire") as uow:
        undo(uow, line_id, today=today)
        uow.commit()


def test_what_replaces_an_undone_payment_takes_effect_on_the_day_of_the_decision() -> None:
    world = two_payers()
    line = world.receive(f"VIR {FIRST}", booked_on=BOOKED)
    reconcile(world.books.open_books, world.organisation_id)
    before = {day: by_payer(world, day) for day in DAYS}
    take_back(world, line.id, date(2026, 10, 5))
    pay(world, line.id, THIRD, date(2026, 10, 9))
    assert {day: by_payer(world, day) for day in DAYS if day < date(2026, 10, 5)} == {
        day: told for day, told in before.items() if day < date(2026, 10, 5)
    }
    assert by_payer(world, date(2026, 10, 8)) == {"OPCO1": 280_000, "OPCO2": 280_000}
    assert by_payer(world, date(2026, 10, 9)) == {"OPCO1": 280_000, "OPCO2": 140_000}


def test_another_line_pays_a_claim_that_was_freed_from_the_day_of_the_undo_on() -> None:
    world = two_payers()
    wrong = world.receive(f"VIR {FIRST}", booked_on=BOOKED)
    reconcile(world.books.open_books, world.organisation_id)
    take_back(world, wrong.id, date(2026, 10, 5))
    right = world.receive("VIREMENT", booked_on=date(2026, 9, 30))
    pay(world, right.id, FIRST, date(2026, 10, 6))
    assert [by_payer(world, date(2026, 10, day))["OPCO1"] for day in (1, 4, 5)] == [140_000, 140_000, 140_000]
    with world.books.uow(read_only=True) as uow:
        (one,) = uow.allocations.find(bank_line_id=right.id)
    assert one.effective_on == date(2026, 10, 5)


def test_a_line_set_aside_after_an_undo_leaves_the_past_as_it_was() -> None:
    world = two_payers()
    line = world.receive(f"VIR {FIRST}", booked_on=BOOKED)
    reconcile(world.books.open_books, world.organisation_id)
    take_back(world, line.id, date(2026, 10, 5))
    with world.books.uow("user:claire") as uow:
        made = set_aside(uow, line.id, "467000", "tiers", today=date(2026, 10, 7))
        uow.commit()
    assert made.effective_on == date(2026, 10, 7)
    assert by_payer(world, date(2026, 10, 4))["OPCO1"] == 140_000


def test_what_a_person_undid_is_not_set_aside_again_by_itself() -> None:
    world = World()
    line = world.receive("FRAIS DE TENUE DE COMPTE", -900, counterparty_name="", counterparty_iban="")
    assert reconcile(world.books.open_books, world.organisation_id).set_aside == 1
    take_back(world, line.id, date(2026, 10, 5))
    assert reconcile(world.books.open_books, world.organisation_id).set_aside == 0
    assert world.line(line.id).unallocated.cents == -900


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    line: int
    undo: bool
    number: str
    later: int


ACTS = st.builds(
    Act, line=st.integers(0, 2), undo=st.booleans(), number=st.sampled_from(NUMBERS), later=st.integers(0, 4)
)


@settings(max_examples=40, deadline=None)
@given(
    cents=st.lists(st.sampled_from([70_000, 140_000, 200_000]), min_size=3, max_size=3), acts=st.lists(ACTS, max_size=8)
)
def test_any_undo_and_new_decision_leaves_past_days_as_they_were(cents: list[int], acts: list[Act]) -> None:
    world = two_payers()
    lines = [
        world.receive(f"VIREMENT {index}", amount, booked_on=BOOKED + timedelta(days=index))
        for index, amount in enumerate(cents)
    ]
    today, undone = FIRST_ACT, set()
    for act in acts:
        today += timedelta(days=act.later)
        world.clock.instant = datetime(today.year, today.month, today.day, 18, tzinfo=UTC)
        line = world.line(lines[act.line].id)
        before = {day: by_payer(world, day) for day in DAYS if day < today}
        if act.undo and line.unallocated != line.amount:
            take_back(world, line.id, today)
            undone.add(line.id)
        elif line.unallocated and not act.undo:
            pay(world, line.id, act.number, today)
            if line.id not in undone:  # money that nobody had explained counts from the day on which it came
                continue
        assert {day: by_payer(world, day) for day in DAYS if day < today} == before
    for day in DAYS:
        by_payer(world, day)
