from dataclasses import replace
from datetime import date

from billing.money import Money
from billing.payment import Nature
from reconciliation.matching.model import Decision, Part, Status
from reconciliation.usecases.applying import apply
from reconciliation.usecases.reconcile import ReconcileCounts, reconcile
from tests import builders as a
from tests.reconciliation.usecases.world import FIRST, IBAN, PAID, SECOND, SUBMITTED, World


def run(world: World, **changes: frozenset[str]) -> ReconcileCounts:
    return reconcile(world.books.open_books, world.organisation_id, **changes)  # type: ignore[arg-type]


def test_a_transfer_that_names_its_invoice_pays_it_in_every_book() -> None:
    world = World()
    line = world.receive(f"VIR {FIRST}")
    counts = run(world)
    assert (counts.lines, counts.auto, counts.queued) == (1, 1, 0)
    assert (counts.allocated_cents, counts.unallocated_cents) == (140_000, 0)
    claim = world.claim()
    assert (claim.open.cents, claim.allocated.cents, claim.state) == (0, 140_000, PAID)
    assert world.line(line.id).allocated.cents == 140_000
    assert world.balances() == {"411000": 140_000, "706000": -280_000, "512000": 140_000}
    with world.books.uow(read_only=True) as uow:
        (allocation,) = uow.allocations.find()
    assert allocation.rule == "reference_single@1"
    assert allocation.evidence == ("payer=iban", "agreement=same", "reference=exact", "amount=exact")
    assert allocation.effective_on == date(2026, 9, 28)


def test_a_second_run_changes_nothing() -> None:
    world = World()
    world.receive(f"VIR {FIRST}")
    world.receive("REMISE CHEQUES", 12_300, counterparty_name="", counterparty_iban="")
    world.receive("FRAIS TENUE DE COMPTE", -900, counterparty_name="", counterparty_iban="")
    first = run(world)
    size, balances = world.journal_size(), world.balances()
    second = run(world)
    assert (world.journal_size(), world.balances()) == (size, balances)
    assert (second.auto, second.set_aside) == (0, 0)
    assert second.queued == first.queued == 1
    assert second.allocated_cents == first.allocated_cents


def test_all_money_is_explained_or_said_not_to_be() -> None:
    world = World()
    world.receive(f"VIR {FIRST}", 150_000)
    world.receive("VIR INCONNU", 77_700, counterparty_name="", counterparty_iban="")
    world.receive("VIR EMIS SALAIRES", -34_556, counterparty_name="", counterparty_iban="")
    counts = run(world)
    assert counts.allocated_cents == 140_000
    assert counts.set_aside_cents == -34_556
    assert counts.unallocated_cents == 10_000 + 77_700
    total = counts.allocated_cents + counts.refunded_cents + counts.set_aside_cents + counts.unallocated_cents
    assert total == 150_000 + 77_700 - 34_556
    assert (counts.auto, counts.set_aside, counts.queued + counts.suggested) == (1, 1, 2)


def test_what_is_left_of_an_excess_is_not_taken_for_a_new_payment() -> None:
    world = World()
    world.add_claim(a.a_claim("FA-2026-00003", id="claim-3", business_key="third", gross=Money(10_000)))
    world.receive(f"VIR {FIRST}", 150_000)
    run(world)
    run(world)
    assert world.claim("FA-2026-00003").open.cents == 10_000


def test_a_refund_of_a_double_payment_books_both_legs() -> None:
    world = World()
    world.receive(f"VIR {FIRST}")
    twice = world.receive(f"VIR {FIRST} BIS", booked_on=date(2026, 9, 29))
    back = world.receive("VIR EMIS REMBOURSEMENT", -140_000, booked_on=date(2026, 9, 30))
    counts = run(world)
    assert (counts.refunded, counts.refunded_cents, counts.unallocated_cents) == (1, 0, 0)
    assert world.line(twice.id).refunded.cents == 140_000
    assert world.line(back.id).refunded.cents == -140_000
    assert world.balances() == {"411000": 140_000, "706000": -280_000, "512000": 140_000}
    with world.books.uow(read_only=True) as uow:
        assert uow.allocations.count(nature=Nature.REFUND) == 2


def test_a_returned_payment_opens_the_invoice_again() -> None:
    world = World()
    world.receive(f"VIR {FIRST}")
    run(world)
    world.receive(f"REJET VIR {FIRST}", -140_000, booked_on=date(2026, 9, 30))
    counts = run(world)
    assert counts.auto == 1
    claim = world.claim()
    assert (claim.open.cents, claim.state) == (140_000, SUBMITTED)


def test_a_frozen_invoice_is_left_to_a_person() -> None:
    world = World()
    world.receive(f"VIR {FIRST}")
    counts = run(world, frozen_claims=frozenset({world.claim().id}))
    assert (counts.auto, counts.suggested) == (0, 1)
    assert world.claim().open.cents == 140_000


def test_an_advice_of_two_invoices_pays_both() -> None:
    world = World()
    advice = a.a_remittance(total=Money(270_000))
    world.add(
        remittances=advice,
        remittance_lines=[
            a.a_remittance_line(advice),
            a.a_remittance_line(
                advice,
                2,
                invoice_reference=SECOND,
                dossier_reference="DOS-002",
                refaction=Money(10_000),
                net=Money(130_000),
            ),
        ],
    )
    world.receive("VIR-1 BORDEREAU", 270_000)
    assert run(world).auto == 1
    assert (world.claim(FIRST).open.cents, world.claim(SECOND).open.cents) == (0, 10_000)


def test_progress_is_told_and_lines_of_many_batches_are_all_written() -> None:
    world = World()
    for index in range(150):
        world.receive(f"FRAIS {index}", -100, counterparty_name="", counterparty_iban="")
    told: list[tuple[int, int]] = []
    counts = reconcile(
        world.books.open_books,
        world.organisation_id,
        on_progress=lambda done, of: told.append((done, of)),
    )
    assert counts.set_aside == 150
    assert told == [(60, 150), (120, 150), (150, 150)]


def test_money_from_before_the_takeover_is_never_matched_by_itself() -> None:
    world = World()
    world.receive(f"VIR {FIRST}", booked_on=date(2025, 12, 30), counterparty_iban=IBAN)
    assert run(world).auto == 0


def test_what_a_late_advice_settled_does_not_settle_older_doubts_on_the_next_night() -> None:
    """Between its transfer and the advice, two invoices were open: the equal payment in between stays in doubt."""
    world = World()
    world.add_claim(a.a_claim("FA-2026-00003", id="claim-3", business_key="third", gross=Money(50_000)))
    advice = a.a_remittance(total=Money(190_000), issued_on=date(2026, 10, 10))
    world.receive("VIREMENT BORDEREAU", 190_000, booked_on=date(2026, 9, 21))
    between = world.receive("VIREMENT", 140_000, booked_on=date(2026, 9, 25))
    world.add(
        remittances=advice,
        remittance_lines=[
            a.a_remittance_line(advice),
            a.a_remittance_line(
                advice,
                2,
                invoice_reference="FA-2026-00003",
                dossier_reference="",
                billed=Money(50_000),
                net=Money(50_000),
            ),
        ],
    )
    assert run(world).auto == 1
    assert (world.claim(FIRST).open.cents, world.claim(SECOND).open.cents) == (0, 140_000)
    size = world.journal_size()
    assert run(world).auto == 0
    assert world.journal_size() == size
    assert world.line(between.id).unallocated.cents == 140_000


def test_a_decision_on_books_that_have_moved_writes_nothing() -> None:
    world = World()
    line = world.receive(f"VIR {FIRST}")
    claim = world.claim()
    stale = Decision(
        line_id=line.id, status=Status.AUTO, rule="r@1", parts=(Part(claim_id=claim.id, amount_cents=140_000),)
    )
    run(world)
    size = world.journal_size()
    with world.books.uow() as uow:
        assert apply(uow, stale, {}) is False
        uow.commit()
    assert world.journal_size() == size
    other = world.receive("VIREMENT", counterparty_name="", counterparty_iban="")
    with world.books.uow() as uow:
        assert apply(uow, replace(stale, line_id=other.id), {}) is False
        uow.commit()
    assert world.journal_size() == size
