"""Kill a small night and run it again: the books end as if nothing had happened.

Compared with a night that nobody killed, everything must be the same, down to each field of each row, each file
and each byte that was sent, except what `books_account` leaves out, with its reasons: attempts, drawn ids, times, and
the platform's own references.

The moments here are few and fixed; `make chaos` draws many more (tests/chaos/chaos_crash.py).
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.e2e.books_account import differences
from tests.e2e.campaign import KILLED, STAGES, Campaign, Reference, campaign, draw_chains, seeded

SEED = 2
CHAINS = 3


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Campaign]:
    with campaign(tmp_path_factory.mktemp("crash")) as made:
        yield made


@pytest.fixture(scope="module")
def reference(nights: Campaign) -> Reference:
    return nights.reference()


def test_the_small_night_does_something_of_everything(reference: Reference) -> None:
    account = reference.account
    numbers = sorted(re.findall(r"FA-2026-\d{5}", " ".join(account["claims"])))
    assert numbers == [f"FA-2026-{number:05d}" for number in range(1, 13)]
    assert len(account["claims"]) == 12 + 10
    states = Counter(re.findall(r" state='(\w+)'", " ".join(account["submissions"])))
    assert states == {"accepted": 6 + 2, "rejected": 1, "human": 5}
    assert len(account["platform: accepted, each time"]) == 6
    assert len(account["platform: refused"]) == 1
    assert [line.partition(" → ")[2] for line in account["money"]] == [
        "None -1250 set_aside",
        "None -180000 set_aside",
        "OF26-000101 150000 payment",
        "OF26-000102 150000 payment",
        "OF25-000091 40000 payment",
        "OF26-000103 91000 payment",
        "OF26-000104 88000 payment",
        "OF26-000105 70000 payment",
        "OF26-000106 70000 payment",
        "OF26-000107 70000 payment",
    ]
    assert Counter(re.findall(r" code='(\w+)'", " ".join(account["anomalies"]))) == {
        "claim_rejected": 1,
        "compensation_amount_gap": 1,
        "compensation_underpaid_or_unpaid": 1,
        "invoice_number_gap": 1,
        "payment_short": 1,
        "payment_unmatched": 1,
        "ready_not_billed": 2,
        "receivable_overdue": 2,
        "trainer_hours_under_signed": 1,
    }
    assert len(account["evidence"]) == 48  # 30 half-days, 16 months of hours, 2 of the paid learner
    assert len(account["quarantine"]) == 1
    assert account["numbering"] == ["claims without a hole: True, 12", "entries without a hole: True"]
    assert account["proof"] == ["[]"]
    assert account["submissions that have no reference"] == []


def test_one_more_night_changes_nothing(reference: Reference) -> None:
    assert differences(reference.account, reference.again) == []


def test_a_night_killed_in_each_of_its_stages_ends_like_the_one_that_was_not(
    nights: Campaign, reference: Reference
) -> None:
    found = []
    for number, chain in enumerate(draw_chains(reference.moments, seeded(SEED), CHAINS)):
        account, ends = nights.killed(*chain, workers=(1, 4)[number % 2])
        assert ends == [KILLED] * len(STAGES), [str(moment) for moment in chain]
        found += [(", ".join(map(str, chain)), line) for line in differences(reference.account, account)]
    assert found == []


def test_the_command_killed_by_the_clock_is_mended_by_the_next_night(nights: Campaign, reference: Reference) -> None:
    account, _was_running = nights.killed_by_the_clock(reference.seconds * seeded(SEED).uniform(0.5, 2))
    assert differences(reference.account, account) == []


def test_what_was_taken_and_lost_is_asked_about_and_not_sent_again(nights: Campaign, reference: Reference) -> None:
    """A second copy would show in the account: the platform says `refused_duplicate`."""
    _token, deposit, *_others = [item for item in reference.moments if item.work == "billing.usecases.submit:_send"]
    account, ends = nights.killed(replace(deposit, side="after"))
    assert ends == [KILLED]
    assert differences(reference.account, account) == []
