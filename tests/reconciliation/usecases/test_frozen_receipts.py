"""Money under an open anomaly waits for a person, and what it names is not paid a second time by itself."""

from dataclasses import replace
from datetime import date

from billing.anomaly import AnomalyState
from billing.usecases.recording import keep
from reconciliation.matching.model import Reason, Status
from reconciliation.usecases.confirm import set_aside
from reconciliation.usecases.explain import explain
from reconciliation.usecases.frozen import frozen_causes
from reconciliation.usecases.reconcile import ReconcileCounts, reconcile
from tests import builders as a
from tests.reconciliation.usecases.world import FIRST, SECOND, World

LATER = date(2026, 9, 30)


def freeze(world: World, line_id: str, code: str = "duplicate_payment") -> None:
    with world.books.uow() as uow:
        case = a.an_anomaly(code, subject_kind="receipt", subject_id=line_id, freezes=True)
        keep(uow, None, case, type_="anomaly.opened", on=case.first_seen_on)
        uow.commit()


def waive(world: World) -> None:
    with world.books.uow() as uow:
        (case,) = uow.anomalies.find()
        keep(uow, case, replace(case, state=AnomalyState.RESOLVED), type_="anomaly.resolved", on=case.first_seen_on)
        uow.commit()


def run(world: World) -> ReconcileCounts:
    return reconcile(world.books.open_books, world.organisation_id)


def reasons(world: World, line_id: str) -> tuple[Reason, ...]:
    with world.books.uow(read_only=True) as uow:
        decision = explain(uow, line_id).decision
    assert decision is not None
    return decision.reasons


def test_a_frozen_receipt_is_proposed_and_never_matched_by_itself() -> None:
    world = World()
    line = world.receive(f"VIR {FIRST}")
    freeze(world, line.id)
    counts = run(world)
    assert (counts.auto, counts.suggested, counts.unallocated_cents) == (0, 1, 140_000)
    assert reasons(world, line.id) == (Reason.RECEIPT_FROZEN,)
    waive(world)
    assert run(world).auto == 1


def test_a_frozen_receipt_is_not_set_aside_by_itself() -> None:
    world = World()
    line = world.receive("VIREMENT INTERNE", counterparty_name="", counterparty_iban="")
    freeze(world, line.id)
    assert run(world).set_aside == 0
    assert reasons(world, line.id) == (Reason.RECEIPT_FROZEN,)


def test_a_new_line_for_the_claim_that_a_frozen_receipt_names_waits_too() -> None:
    world = World()
    frozen = world.receive(f"VIR {FIRST}")
    freeze(world, frozen.id)
    again = world.receive(f"VIR {FIRST} BIS", booked_on=LATER)
    free = world.receive(f"VIR {SECOND}", booked_on=LATER)
    counts = run(world)
    assert (counts.auto, counts.unallocated_cents) == (1, 280_000)
    assert world.line(free.id).unallocated.cents == 0
    assert Reason.SPOKEN_FOR in reasons(world, again.id)
    with world.books.uow(read_only=True) as uow:
        assert explain(uow, again.id).suggestion is None


def test_the_advice_of_a_frozen_receipt_speaks_for_every_claim_that_it_lists() -> None:
    world = World()
    world.add(remittances=a.a_remittance(payment_reference="VIR2026X1", total=a.a_claim().gross))
    world.add(remittance_lines=a.a_remittance_line(a.a_remittance(), invoice_reference=FIRST))
    frozen = world.receive("VIR2026X1", 139_000)
    freeze(world, frozen.id, "remittance_total_mismatch")
    again = world.receive(f"REGLT {FIRST}", booked_on=LATER)
    run(world)
    assert Reason.SPOKEN_FOR in reasons(world, again.id)


def test_money_that_a_person_set_aside_speaks_for_the_claim_that_it_names() -> None:
    world = World()
    line = world.receive(f"VIR {FIRST}")
    with world.books.uow("user:claire") as uow:
        set_aside(uow, line.id, "467000", "versé à tort", today=LATER)
        uow.commit()
    again = world.receive(f"VIR {FIRST} BIS", booked_on=LATER)
    assert run(world).auto == 0
    assert Reason.SPOKEN_FOR in reasons(world, again.id)


def test_a_debit_that_gives_frozen_money_back_settles_it_and_frees_the_claim() -> None:
    world = World()
    frozen = world.receive(f"VIR {FIRST}")
    freeze(world, frozen.id)
    world.receive("VIR EMIS REMBOURSEMENT", -140_000, booked_on=LATER)
    again = world.receive(f"VIR {FIRST} BIS", booked_on=date(2026, 10, 20))
    counts = run(world)
    assert (counts.refunded, counts.auto, counts.refunded_cents) == (1, 1, 0)
    assert world.line(again.id).unallocated.cents == 0


def test_each_frozen_subject_says_which_anomaly_freezes_it() -> None:
    world = World()
    line = world.receive(f"VIR {FIRST}")
    freeze(world, line.id)
    with world.books.uow(read_only=True) as uow:
        assert frozen_causes(uow) == {("receipt", line.id): "duplicate_payment"}


def test_the_status_of_a_waiting_frozen_line_is_a_suggestion() -> None:
    world = World()
    line = world.receive(f"VIR {FIRST}")
    freeze(world, line.id)
    with world.books.uow(read_only=True) as uow:
        explained = explain(uow, line.id)
    assert explained.decision is not None
    assert explained.decision.status is Status.SUGGESTED
