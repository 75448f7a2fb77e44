"""A million submissions in a virtual world (`make chaos`; `QUITUS_CHAOS_SUBMISSIONS=20000` for a short one).

Prints seeds, kills, stalls, nights a minute, and beside them what a naive retry does on the very same platform: it
shows that the campaign bites. A seed that fails is printed and replays: `World(seed, ...).run()`.
"""

import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import pytest

from billing.errors import PlatformError, Refused
from billing.submission import Absence, SubmissionKind
from tests.simulation.world import Transaction, World, parcel_of

ROWS = 20
BATCH = 100
SUBMISSIONS = int(os.environ.get("QUITUS_CHAOS_SUBMISSIONS", "1000000"))
KINDS = [(absence, hosts) for absence in Absence for hosts in (1, 3)]


@dataclass(frozen=True, slots=True)
class Counted:
    """What some runs came to."""

    nights: int
    turns: int
    kills: int
    stalls: int
    twice: tuple[int, ...]
    lost: tuple[int, ...]
    seconds: float


def batch(absence: Absence, hosts: int, first: int, count: int) -> Counted:
    begun = time.process_time()
    nights = turns = kills = stalls = 0
    twice, lost = [], []
    for seed in range(first, first + count):
        world = World(seed, absence=absence, hosts=hosts, rows=ROWS).run()
        nights, turns = nights + world.nights, turns + world.turns
        kills, stalls = kills + world.kills, stalls + world.stalls
        twice += [seed] * bool(world.billed_twice())
        lost += [seed] * bool(world.lost())
    return Counted(nights, turns, kills, stalls, tuple(twice), tuple(lost), time.process_time() - begun)


def naive(seed: int, tries: int = 5) -> tuple[int, int]:
    """Send again whenever an error comes back, as a queue with retries does; give claims, and claims billed twice."""
    world = World(seed, absence=Absence.BOUNDED_LISTING, rows=ROWS)
    world.platform.meanwhile = None
    for row in world.books.rows.values():
        parcel = parcel_of(Transaction(world.books, read_only=True), row)  # type: ignore[arg-type]
        for _ in range(tries):
            try:
                world.platform.send(SubmissionKind.CLAIM, parcel)
            except Refused:
                break
            except PlatformError:
                continue
            break
    world.clock.pass_by(world.contract.listing_delay)
    world.platform.settle()
    return ROWS, len(world.billed_twice())


@pytest.mark.parametrize(("absence", "hosts"), KINDS, ids=str)
def test_a_million_submissions_and_none_is_billed_twice_or_lost(absence: Absence, hosts: int) -> None:
    seeds = max(SUBMISSIONS // len(KINDS) // ROWS, 1)
    jobs = [(first, min(BATCH, seeds - first)) for first in range(0, seeds, BATCH)]
    with ProcessPoolExecutor(max_workers=os.cpu_count(), mp_context=get_context("spawn")) as pool:
        waiting = [pool.submit(batch, absence, hosts, first, count) for first, count in jobs]
        done = [each.result() for each in waiting]
    seconds = sum(each.seconds for each in done)
    nights = sum(each.nights for each in done)
    sys.stdout.write(
        f"\n{absence:<20} {hosts} host(s): {seeds * ROWS:>8,} submissions, seeds 0-{seeds - 1}, "
        f"{sum(each.kills for each in done):,} kills, {sum(each.stalls for each in done):,} stalls, "
        f"{sum(each.turns for each in done):,} turns, {nights / seconds * 60:,.0f} nights a minute of CPU"
    )
    assert [seed for each in done for seed in each.twice] == []
    assert [seed for each in done for seed in each.lost] == []


def test_a_naive_retry_on_the_same_platform_bills_many_twice() -> None:
    results = [naive(seed) for seed in range(200)]
    claims, twice = sum(total for total, _ in results), sum(copies for _, copies in results)
    sys.stdout.write(f"\nnaive retry: {twice:,} of {claims:,} claims billed twice ({100 * twice / claims:.0f} %)")
    assert twice > 0.05 * claims
