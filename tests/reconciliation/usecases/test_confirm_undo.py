from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.errors import BrokenBooks, InvalidInput, NotFound
from billing.identity import Iban
from reconciliation.matching.model import Part, Reason, Status
from reconciliation.usecases.confirm import confirm, set_aside
from reconciliation.usecases.explain import explain
from reconciliation.usecases.reconcile import reconcile
from reconciliation.usecases.undo import undo
from tests import builders as a
from tests.reconciliation.usecases.world import FIRST, PAID, SECOND, SUBMITTED, World

TODAY = date(2026, 10, 5)
NEW_IBAN = "FR7610107001011234567890129"


def by_hand(world: World, line_id: str, *, other_payer: str = "", **cents: int) -> None:
    with world.books.uow("user:claire") as uow:
        claims = {"first": world_id(uow, FIRST), "second": world_id(uow, SECOND)}
        parts = [Part(claim_id=claims[name], amount_cents=value) for name, value in cents.items()]
        confirm(uow, line_id, parts, today=TODAY, other_payer=other_payer)
        uow.commit()


def world_id(uow: object, number: str) -> str:
    return uow.claims.find(number=number)[0].id  # type: ignore[attr-defined,no-any-return]


def take_back(world: World, line_id: str) -> None:
    with world.books.uow("user:claire") as uow:
        undo(uow, line_id, today=TODAY)
        uow.commit()


def test_a_person_splits_a_line_over_two_invoices() -> None:
    world = World()
    line = world.receive("VIREMENT", 200_000)
    by_hand(world, line.id, first=140_000, second=60_000)
    assert (world.claim(FIRST).state, world.claim(SECOND).open.cents) == (PAID, 80_000)
    with world.books.uow(read_only=True) as uow:
        assert {one.actor for one in uow.allocations.find()} == {"user:claire"}
        assert {one.rule for one in uow.allocations.find()} == {"human"}


def test_undo_restores_claim_line_and_ledger_and_keeps_the_history() -> None:
    world = World()
    line = world.receive(f"VIR {FIRST}")
    before = world.balances()
    reconcile(world.books.open_books, world.organisation_id)
    take_back(world, line.id)
    assert (world.claim().open.cents, world.claim().state) == (140_000, SUBMITTED)
    assert world.line(line.id).unallocated == world.line(line.id).amount
    assert world.balances() == before
    with world.books.uow(read_only=True) as uow:
        first, second = sorted(uow.allocations.find(), key=lambda one: one.reverses_id is not None)
        assert second.reverses_id == first.id
        assert (second.amount, second.effective_on) == (-first.amount, TODAY)
        assert [entry.fact for entry in uow.entries() if entry.subject_kind == "allocation"] == ["allocation", "undo"]


def test_what_a_person_undid_is_only_suggested_afterwards() -> None:
    world = World()
    line = world.receive(f"VIR {FIRST}")
    reconcile(world.books.open_books, world.organisation_id)
    take_back(world, line.id)
    counts = reconcile(world.books.open_books, world.organisation_id)
    assert (counts.auto, counts.suggested) == (0, 1)
    with world.books.uow(read_only=True) as uow:
        explained = explain(uow, line.id)
    assert explained.decision is not None
    assert (explained.decision.status, explained.decision.reasons) == (Status.SUGGESTED, (Reason.HELD,))
    assert explained.suggestion is not None
    assert len(explained.allocations) == 2


def test_nothing_is_undone_twice() -> None:
    world = World()
    line = world.receive(f"VIR {FIRST}")
    reconcile(world.books.open_books, world.organisation_id)
    take_back(world, line.id)
    with pytest.raises(NotFound, match="nothing_to_undo"):
        take_back(world, line.id)


def test_undoing_one_leg_of_a_refund_undoes_both() -> None:
    world = World()
    world.receive(f"VIR {FIRST}")
    twice = world.receive(f"VIR {FIRST} BIS", booked_on=date(2026, 9, 29))
    back = world.receive("VIR EMIS REMBOURSEMENT", -140_000, booked_on=date(2026, 9, 30))
    reconcile(world.books.open_books, world.organisation_id)
    take_back(world, twice.id)
    assert world.line(twice.id).unallocated.cents == 140_000
    assert world.line(back.id).unallocated.cents == -140_000


def test_what_was_set_aside_by_hand_can_be_undone() -> None:
    world = World()
    line = world.receive("REMISE CHEQUES", 12_300, counterparty_name="", counterparty_iban="")
    with world.books.uow() as uow:
        set_aside(uow, line.id, "758000", "don", today=TODAY)
        uow.commit()
    assert world.line(line.id).set_aside_reason == "don"
    assert world.balances()["758000"] == -12_300
    take_back(world, line.id)
    assert (world.line(line.id).set_aside_reason, world.balances().get("758000")) == ("", None)


@pytest.mark.parametrize(
    ("parts", "error", "code"),
    [
        ([], InvalidInput, "confirm_without_parts"),
        ([("first", 0)], InvalidInput, "confirm_without_parts"),
        ([("first", 1), ("first", 1)], InvalidInput, "confirm_without_parts"),
        ([("first", 140_001)], BrokenBooks, "bank_line_over_explained"),
        ([("first", -5)], BrokenBooks, "bank_line_over_explained"),
        ([("nowhere", 5)], NotFound, "claim_missing"),
    ],
)
def test_an_impossible_confirmation_is_refused_whole(
    parts: list[tuple[str, int]], error: type[Exception], code: str
) -> None:
    world = World()
    line = world.receive("VIREMENT")
    size = world.journal_size()
    with world.books.uow() as uow:
        ids = {"first": world_id(uow, FIRST), "nowhere": "nowhere"}
        wanted = [Part(claim_id=ids[name], amount_cents=cents) for name, cents in parts]
        with pytest.raises(error, match=code):
            confirm(uow, line.id, wanted, today=TODAY)
    assert world.journal_size() == size


def test_more_than_is_open_is_never_allocated() -> None:
    world = World()
    line = world.receive("VIREMENT", 150_000)
    with world.books.uow() as uow, pytest.raises(BrokenBooks, match="allocation_over_open"):
        confirm(uow, line.id, [Part(claim_id=world_id(uow, FIRST), amount_cents=150_000)], today=TODAY)


def test_a_confirmation_teaches_the_payers_account_and_name() -> None:
    world = World()
    line = world.receive("VIREMENT", counterparty_name="OPC UN PARIS", counterparty_iban=NEW_IBAN)
    by_hand(world, line.id, first=140_000)
    with world.books.uow(read_only=True) as uow:
        accounts = {account.iban: account.source for account in uow.funder_accounts.find()}
        assert accounts[Iban(NEW_IBAN)] == "learned"
        assert uow.funders.find()[0].aliases[-1:] == ("OPC UN PARIS",)
        assert not any("OPC UN" in str(entry.payload) or NEW_IBAN in str(entry.payload) for entry in uow.journal())
    other = world.receive("REGLEMENT", counterparty_name="OPC UN PARIS", counterparty_iban=NEW_IBAN)
    reconcile(world.books.open_books, world.organisation_id)
    assert world.line(other.id).funder_id in {None, a.a_funder().id}


def test_undoing_a_confirmation_forgets_what_it_taught() -> None:
    world = World()
    line = world.receive("VIREMENT", counterparty_name="OPC UN PARIS", counterparty_iban=NEW_IBAN)
    by_hand(world, line.id, first=140_000)
    take_back(world, line.id)
    with world.books.uow(read_only=True) as uow:
        sources = {account.iban: account.source for account in uow.funder_accounts.find()}
        assert sources[Iban(NEW_IBAN)] == "forgotten"
        assert "OPC UN PARIS" not in uow.funders.find()[0].aliases
    by_hand(world, line.id, first=140_000)
    with world.books.uow(read_only=True) as uow:
        assert {one.source for one in uow.funder_accounts.find(iban=Iban(NEW_IBAN))} == {"learned"}


def test_an_account_of_another_payer_is_not_learned() -> None:
    world = World()
    other = a.a_funder("OPCO2")
    world.add(funders=other)
    world.add(funder_accounts=a.a_funder_account(other, NEW_IBAN))
    line = world.receive("VIREMENT", counterparty_name="", counterparty_iban=NEW_IBAN)
    by_hand(world, line.id, other_payer="paie pour OPCO1", first=140_000)
    with world.books.uow(read_only=True) as uow:
        assert [one.funder_id for one in uow.funder_accounts.find(iban=Iban(NEW_IBAN))] == [other.id]


def paid_by_another(world: World, label: str, **changes: Any) -> str:
    """OPCO2, known by its account, sends what OPCO1 owes."""
    other = a.a_funder("OPCO2")
    world.add(funders=other)
    world.add(funder_accounts=a.a_funder_account(other, NEW_IBAN))
    line = world.receive(label, **({"counterparty_name": "", "counterparty_iban": NEW_IBAN} | changes))
    return line.id


def test_money_of_one_payer_is_not_put_on_the_claim_of_another_without_a_word() -> None:
    world = World()
    line_id = paid_by_another(world, "VIREMENT")
    size = world.journal_size()
    with pytest.raises(InvalidInput, match="confirm_other_payer") as refused:
        by_hand(world, line_id, first=140_000)
    assert dict(refused.value.values) == {
        "line": line_id,
        "payer": "Financeur OPCO2",
        "claim": FIRST,
        "debtor": "Financeur OPCO1",
    }
    assert world.journal_size() == size


def test_a_person_who_says_why_may_and_the_reason_stays_with_the_decision() -> None:
    world = World()
    line_id = paid_by_another(world, "VIREMENT", counterparty_name="OPCO DEUX PARIS")
    by_hand(world, line_id, other_payer="  fusion des deux\n OPCO ", first=140_000)
    with world.books.uow(read_only=True) as uow:
        (made,) = uow.allocations.find()
        assert made.evidence == ("other_payer=fusion des deux OPCO",)
        assert not any("fusion" in str(entry.payload) for entry in uow.journal())
        assert all("OPCO DEUX PARIS" not in funder.aliases for funder in uow.funders.find())


def test_what_the_engine_itself_proposes_of_another_payer_needs_no_further_word() -> None:
    world = World()
    line_id = paid_by_another(world, f"VIR {FIRST}", cents=100_000)
    reconcile(world.books.open_books, world.organisation_id)
    by_hand(world, line_id, first=100_000)
    with world.books.uow(read_only=True) as uow:
        (made,) = uow.allocations.find()
        assert made.evidence == ("agreement=other",)
        assert [one.funder_id for one in uow.funder_accounts.find(iban=Iban(NEW_IBAN))] == [a.a_funder("OPCO2").id]


def test_a_line_whose_account_and_name_disagree_may_pay_either_of_them() -> None:
    world = World()
    line_id = paid_by_another(world, "VIREMENT", counterparty_name="FINANCEUR OPCO1")
    by_hand(world, line_id, first=140_000)
    assert world.claim(FIRST).state is PAID


def test_an_undone_decision_takes_the_payer_away_that_came_with_it() -> None:
    world = World()
    line = world.receive("REMISE CHEQUES", counterparty_name="", counterparty_iban="")
    by_hand(world, line.id, first=140_000)
    assert world.line(line.id).funder_id == a.a_funder().id
    take_back(world, line.id)
    assert world.line(line.id).funder_id is None


def test_an_ambiguous_line_is_explained_with_its_candidates() -> None:
    world = World()
    line = world.receive("REGLEMENT FORMATION")
    reconcile(world.books.open_books, world.organisation_id)
    with world.books.uow(read_only=True) as uow:
        explained = explain(uow, line.id)
    assert explained.decision is not None
    assert explained.decision.reasons == (Reason.AMBIGUOUS,)
    assert len(explained.decision.candidates) == 2
    assert explained.suggestion is None


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([f"VIR {FIRST}", f"VIR {SECOND}", "VIREMENT", "FRAIS"]), st.integers(-3, 6)),
        max_size=6,
    )
)
def test_any_run_conserves_money_and_undoing_all_of_it_restores_the_books(lines: list[tuple[str, int]]) -> None:
    world = World()
    received = [
        world.receive(f"{label} {index}", step * 35_000, booked_on=date(2026, 9, 20 + index))
        for index, (label, step) in enumerate(lines)
        if step
    ]
    before = world.balances()
    counts = reconcile(world.books.open_books, world.organisation_id)
    total = counts.allocated_cents + counts.refunded_cents + counts.set_aside_cents + counts.unallocated_cents
    assert total == sum(line.amount.cents for line in received)
    for line in reversed(received):
        if world.line(line.id).unallocated != line.amount:
            take_back(world, line.id)
    assert world.balances() == before
    assert [world.claim(number).open.cents for number in (FIRST, SECOND)] == [140_000, 140_000]
