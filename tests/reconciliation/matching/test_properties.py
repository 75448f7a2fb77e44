"""Conservation: whatever comes in, no cent is given twice, none is lost, and the same things decide the same."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciliation.matching.engine import Engine, Past, run
from reconciliation.matching.model import Advice, Decision, Line, OpenItem, Status
from tests.reconciliation.matching.builders import IBAN_A, IBAN_B, a_payer, an_advice, an_item, pays

START = date(2025, 3, 1)
AMOUNTS = st.sampled_from([30_000, 60_000, 90_000, 100_000, 130_000])
DAYS = st.integers(0, 60).map(lambda days: START + timedelta(days=days))
NUMBERS = [f"FAC-{index:06d}" for index in range(400, 408)]
World = tuple[list[OpenItem], list[Advice], list[Line]]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    items = [
        an_item(number, draw(AMOUNTS), payer_id=draw(st.sampled_from("AB")), issued_on=draw(DAYS))
        for number in NUMBERS[: draw(st.integers(0, len(NUMBERS)))]
    ]
    advices = [
        an_advice(
            *(pays(number, draw(AMOUNTS)) for number in draw(st.lists(st.sampled_from(NUMBERS), max_size=3))),
            reference=f"OPC25-1000{index}",
            issued_on=draw(DAYS),
        )
        for index in range(draw(st.integers(0, 2)))
    ]
    words = ["VIR", "RETOUR", "SALAIRE", "OPC25-10000", *NUMBERS]
    lines = [
        Line(
            id=f"L{index:02d}",
            on=draw(DAYS),
            amount_cents=draw(AMOUNTS) * draw(st.sampled_from([1, 1, 1, -1])),
            label=" ".join(draw(st.lists(st.sampled_from(words), max_size=3))),
            counterparty_iban=draw(st.sampled_from(["", IBAN_A, IBAN_B])),
        )
        for index in range(draw(st.integers(0, 10)))
    ]
    return items, advices, lines


def decide(world: World, past: dict[str, Past] | None = None) -> tuple[Engine, dict[str, Decision]]:
    items, advices, lines = world
    engine = Engine()
    for payer in (a_payer("A"), a_payer("B")):
        engine.add_payer(payer)
    return engine, run(engine, items=items, advices=advices, lines=lines, past=past)


@settings(max_examples=150, deadline=None)
@given(worlds())
def test_each_line_is_decided_and_explains_no_more_than_it_holds(world: World) -> None:
    _, decisions = decide(world)
    assert decisions.keys() == {line.id for line in world[2]}
    for line in world[2]:
        decision = decisions[line.id]
        given = sum(part.amount_cents for part in decision.parts) if decision.status is Status.AUTO else 0
        assert abs(given) <= abs(line.amount_cents)
        assert given * line.amount_cents >= 0


@settings(max_examples=150, deadline=None)
@given(worlds())
def test_money_given_is_exactly_what_is_no_longer_open(world: World) -> None:
    engine, decisions = decide(world)
    given: dict[str, int] = {}
    for decision in decisions.values():
        for part in decision.parts if decision.status is Status.AUTO else ():
            given[part.claim_id] = given.get(part.claim_id, 0) + part.amount_cents
    for item in world[0]:
        assert engine.state.open_cents[item.id] == item.open_cents - given.get(item.id, 0)
        assert 0 <= engine.state.open_cents[item.id] <= item.open_cents


@settings(max_examples=80, deadline=None)
@given(worlds())
def test_the_order_in_which_things_are_read_changes_nothing(world: World) -> None:
    shuffled = tuple(list(reversed(things)) for things in world)
    assert decide(world)[1] == decide(shuffled)[1]  # type: ignore[arg-type]


@settings(max_examples=150, deadline=None)
@given(worlds())
def test_a_second_run_decides_what_waits_as_the_first_one_did(world: World) -> None:
    _, first = decide(world)
    written = {Status.AUTO, Status.SET_ASIDE, Status.REFUNDED}
    issued = {advice.id: advice.issued_on for advice in world[1]}
    past = {}
    for line in world[2]:
        decision = first[line.id]
        if decision.status in written:
            late = [issued[one] for one in decision.advice_ids] if "late_advice=yes" in decision.facts else []
            past[line.id] = Past(decision=decision, at=max([line.on, *late]))
    _, second = decide(world, past)
    assert second == {line_id: one for line_id, one in first.items() if line_id not in past}
