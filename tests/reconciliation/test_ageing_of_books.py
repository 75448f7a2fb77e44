"""The aged balance of real books ties on any day, as known at any instant."""

from dataclasses import replace
from datetime import UTC, date, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from billing.booking import entry_of_claim, entry_of_opening, entry_of_write_off
from billing.claim import Claim, ClaimKind, ClaimOrigin, credited, settled
from billing.money import Money
from billing.usecases.recording import keep
from reconciliation.ageing import Ageing, Dimension
from reconciliation.usecases.ageing import ageing
from reconciliation.usecases.reconcile import reconcile
from reconciliation.usecases.undo import undo
from tests import builders as a
from tests.reconciliation.usecases.world import FIRST, World

LATER = datetime(2026, 10, 20, 20, 0, tzinfo=UTC)


def look(world: World, as_of: date, *, known_at: datetime | None = None, by: Dimension = Dimension.FUNDER) -> Ageing:
    with world.books.uow(read_only=True) as uow:
        made = ageing(uow, as_of=as_of, known_at=known_at, by=by)
    assert made.ties
    return made


def credit_note(world: World, cents: int, on: date) -> None:
    with world.books.uow() as uow:
        origin = uow.claims.find(number=FIRST)[0]
        note: Claim = settled(
            replace(
                a.a_claim("AV-1", id="note", business_key="note", gross=Money(cents)),
                kind=ClaimKind.CREDIT_NOTE,
                issue_on=on,
                due_on=None,
                origin_claim_id=origin.id,
                recorded_at=uow.recorded_at,
            )
        )
        keep(uow, None, note, type_="claim.prepared", on=on)
        uow.post(entry_of_claim(note, [a.a_claim_line(note)], a.a_funder(), uow.recorded_at))
        keep(uow, origin, credited(origin, note.gross), type_="claim.credited", on=on)
        uow.commit()


def write_off(world: World, cents: int, on: date) -> None:
    with world.books.uow() as uow:
        claim = uow.claims.find(number=FIRST)[0]
        after = settled(replace(claim, written_off=claim.written_off + Money(cents)))
        keep(uow, claim, after, type_="claim.written_off", on=on)
        uow.post(entry_of_write_off(claim, Money(cents), a.a_funder(), on, uow.recorded_at))
        uow.commit()


def test_a_claim_is_aged_from_the_day_it_was_issued() -> None:
    world = World()
    assert look(world, date(2026, 9, 15)).rows == ()
    assert look(world, date(2026, 9, 16)).rows_cents == 280_000


def test_a_payment_lowers_no_earlier_day() -> None:
    world = World()
    world.receive(f"VIR {FIRST}")
    reconcile(world.books.open_books, world.organisation_id)
    assert look(world, date(2026, 9, 27)).rows_cents == 280_000
    assert look(world, date(2026, 9, 28)).rows_cents == 140_000


def test_money_not_explained_stands_in_its_own_column() -> None:
    world = World()
    world.receive("REMISE CHEQUES", 12_300, counterparty_name="", counterparty_iban="")
    world.receive("FRAIS", -900, counterparty_name="", counterparty_iban="")
    reconcile(world.books.open_books, world.organisation_id)
    made = look(world, date(2026, 9, 30))
    assert (made.rows_cents, made.unallocated_cents) == (280_000, -12_300)


def test_what_was_not_known_yet_is_left_out() -> None:
    world = World()
    before = world.clock.instant
    world.clock.instant = LATER
    world.receive(f"VIR {FIRST}")
    reconcile(world.books.open_books, world.organisation_id)
    assert look(world, date(2026, 9, 30), known_at=before).rows_cents == 280_000
    assert look(world, date(2026, 9, 30), known_at=LATER).rows_cents == 140_000


def test_an_undo_takes_effect_on_its_own_day() -> None:
    world = World()
    line = world.receive(f"VIR {FIRST}")
    reconcile(world.books.open_books, world.organisation_id)
    with world.books.uow() as uow:
        undo(uow, line.id, today=date(2026, 10, 5))
        uow.commit()
    assert look(world, date(2026, 10, 4)).rows_cents == 140_000
    after = look(world, date(2026, 10, 5))
    assert (after.rows_cents, after.unallocated_cents) == (280_000, -140_000)


def test_a_credit_note_counts_from_its_issue() -> None:
    world = World()
    credit_note(world, 40_000, date(2026, 10, 2))
    assert look(world, date(2026, 10, 1)).rows_cents == 280_000
    assert look(world, date(2026, 10, 2)).rows_cents == 240_000


def test_a_credit_note_on_a_paid_invoice_is_owed_to_the_payer() -> None:
    world = World()
    world.receive(f"VIR {FIRST}")
    reconcile(world.books.open_books, world.organisation_id)
    credit_note(world, 40_000, date(2026, 10, 2))
    made = look(world, date(2026, 10, 2))
    assert (made.rows_cents, made.unallocated_cents) == (140_000, -40_000)


def test_a_write_off_counts_from_its_day() -> None:
    world = World()
    write_off(world, 500, date(2026, 10, 2))
    write_off(world, 300, date(2026, 10, 9))
    assert [look(world, date(2026, 10, day)).rows_cents for day in (1, 2, 9)] == [280_000, 279_500, 279_200]


def test_a_receivable_taken_over_half_paid_counts_from_the_takeover() -> None:
    world = World()
    with world.books.uow() as uow:
        opening = a.a_received_claim(
            "F2025-9",
            origin=ClaimOrigin.OPENING,
            issue_on=date(2025, 11, 1),
            due_on=date(2025, 12, 1),
            allocated=Money(100_000),
            recorded_at=uow.recorded_at,
        )
        keep(uow, None, opening, type_="claim.opening", on=date(2026, 1, 1))
        uow.post(entry_of_opening(opening, opening.open, a.a_funder(), date(2026, 1, 1), uow.recorded_at))
        uow.commit()
    assert look(world, date(2025, 12, 31)).rows == ()
    assert look(world, date(2026, 1, 1)).rows_cents == 40_000


def test_every_dimension_shows_the_same_money() -> None:
    world = World()
    world.receive(f"VIR {FIRST}", 30_000)
    reconcile(world.books.open_books, world.organisation_id)
    for by in Dimension:
        assert look(world, date(2026, 9, 30), by=by).rows_cents == 250_000
    assert look(world, date(2026, 9, 30), by=Dimension.SCHEME).rows[0].key == a.an_agreement().scheme.value
    assert look(world, date(2026, 9, 30), by=Dimension.SITE).rows[0].key == a.a_site().code


@settings(max_examples=20, deadline=None)
@given(
    lines=st.lists(st.tuples(st.sampled_from([FIRST, "VIREMENT", "FRAIS", "REJET"]), st.integers(-3, 6)), max_size=6),
    undone=st.booleans(),
)
def test_the_balance_ties_on_every_day_and_at_every_instant(lines: list[tuple[str, int]], *, undone: bool) -> None:
    world = World()
    instants = [world.clock.instant]
    received = []
    for index, (label, step) in enumerate(lines):
        world.clock.instant = datetime(2026, 10, 1 + index, tzinfo=UTC)
        if step:
            received.append(world.receive(f"{label} {index}", step * 35_000, booked_on=date(2026, 9, 20 + index)))
        reconcile(world.books.open_books, world.organisation_id)
        instants.append(world.clock.instant)
    if undone:
        world.clock.instant = LATER
        for line in reversed(received):  # what was taken back is undone before what it was taken from
            if world.line(line.id).unallocated != line.amount:
                with world.books.uow() as uow:
                    undo(uow, line.id, today=date(2026, 10, 20))
                    uow.commit()
    for as_of in (date(2026, 9, 15), date(2026, 9, 22), date(2026, 9, 30), date(2026, 10, 20)):
        for known_at in (*instants, None):
            look(world, as_of, known_at=known_at)
