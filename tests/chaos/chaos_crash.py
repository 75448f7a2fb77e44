"""The crash campaign at length (`make chaos`): the same comparison as tests/e2e/test_crash.py, at many drawn moments.

`QUITUS_CHAOS_KILLS` says how many nights die at one drawn moment each (50); a tenth as many die in each of their
stages, and as many are killed by the clock. The seed is printed; `QUITUS_CHAOS_SEED` gives the same draw again.
"""

import os
import secrets
import sys
from collections.abc import Iterator

import pytest

from tests.e2e.books_account import differences
from tests.e2e.campaign import KILLED, Campaign, Reference, campaign, draw, draw_chains, seeded
from tests.e2e.night_child import Moment

KILLS = int(os.environ.get("QUITUS_CHAOS_KILLS") or 50)
SEED = int(os.environ.get("QUITUS_CHAOS_SEED") or secrets.randbelow(1_000_000))


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Campaign]:
    with campaign(tmp_path_factory.mktemp("crash")) as made:
        yield made


@pytest.fixture(scope="module")
def reference(nights: Campaign) -> Reference:
    say(f"QUITUS_CHAOS_SEED={SEED} QUITUS_CHAOS_KILLS={KILLS}")
    return nights.reference()


def say(text: str) -> None:
    sys.stdout.write(f"\n{text}")
    sys.stdout.flush()


def failures(nights: Campaign, reference: Reference, chains: list[tuple[Moment, ...]]) -> list[str]:
    """Run each chain of kills, submitting by one thread and by four in turn; tell what went otherwise."""
    found = []
    for number, chain in enumerate(chains):
        name = ", then ".join(map(str, chain))
        account, ends = nights.killed(*chain, workers=(1, 4)[number % 2])
        lines = differences(reference.account, account)
        if ends != [KILLED] * len(chain):
            lines.append(f"not killed: {ends}")
        say(f"{'killed' if not lines else 'WRONG '} {name}")
        found += [f"{name}: {line}" for line in lines]
    return found


def test_a_night_killed_at_any_moment_ends_like_the_one_that_was_not(nights: Campaign, reference: Reference) -> None:
    moments = draw(reference.moments, seeded(SEED), KILLS)
    assert failures(nights, reference, [(moment,) for moment in moments]) == []


def test_a_night_killed_in_each_of_its_stages_ends_like_the_one_that_was_not(
    nights: Campaign, reference: Reference
) -> None:
    chains = draw_chains(reference.moments, seeded(SEED), max(KILLS // 10, 1))
    assert failures(nights, reference, chains) == []


def test_the_command_killed_by_the_clock_is_mended_by_the_next_night(nights: Campaign, reference: Reference) -> None:
    rng = seeded(SEED)
    found = []
    for _number in range(max(KILLS // 10, 1)):
        seconds = reference.seconds * rng.uniform(0.3, 2)
        account, was_running = nights.killed_by_the_clock(seconds)
        lines = differences(reference.account, account)
        say(f"{'killed' if was_running else 'ended before'} after {seconds:.2f} s")
        found += [f"after {seconds:.2f} s: {line}" for line in lines]
    assert found == []
