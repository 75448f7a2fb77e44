"""Match what waits on the bank account, in short transactions; running it again changes nothing."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from billing.ports import OpenBooks, UnitOfWork
from reconciliation.matching.model import Decision, Status
from reconciliation.matching.settings import Settings
from reconciliation.usecases.applying import apply
from reconciliation.usecases.loading import Played, play

BATCH = 60  # decisions in one transaction: a write lock may last 250 ms, and each decision takes 2 to 3
WRITTEN = frozenset({Status.AUTO, Status.SET_ASIDE, Status.REFUNDED})
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcileCounts:
    """What was decided in this run, and where all the money of all lines stands after it.

    `allocated_cents + refunded_cents + set_aside_cents + unallocated_cents` is the sum of all bank lines.
    A refund has two legs, the money that came and the debit that gives it back: they sum to zero.

    Attributes:
        lines: bank lines in the books.
        auto, set_aside, refunded: lines settled in this run.
        suggested, queued: lines that wait for a person now, with and without one whole explanation;
            among them those explained in part.
    """

    lines: int
    auto: int
    suggested: int
    queued: int
    set_aside: int
    refunded: int
    allocated_cents: int
    refunded_cents: int
    set_aside_cents: int
    unallocated_cents: int


def reconcile(
    open_books: OpenBooks,
    organisation_id: str,
    *,
    actor: str = "night",
    frozen_claims: frozenset[str] = frozenset(),
    settings: Settings | None = None,
    on_progress: Progress | None = None,
) -> ReconcileCounts:
    """Decide every line that waits; write what is certain, leave the rest in the queue.

    Args:
        open_books: the factory of units of work.
        organisation_id: whose books.
        actor: who is written as having decided.
        frozen_claims: claims under an anomaly that freezes them; nothing is allocated to them by itself.
        settings: what the organisation tunes; None = the defaults.
        on_progress: called with (decisions written, decisions to write).
    """
    with open_books(organisation_id, actor, read_only=True) as uow:
        played = play(uow, settings or Settings(), frozen_claims)
        funders = {funder.id: funder for funder in uow.funders.stream()} if played.decisions else {}
    to_write = [decision for decision in played.decisions.values() if decision.status in WRITTEN]
    written: Counter[Status] = Counter()
    done = 0
    for batch in _batches(to_write):
        with open_books(organisation_id, actor) as uow:
            statuses = [decision.status for decision in batch if apply(uow, decision, funders)]
            uow.commit()
        written.update(statuses)
        done += len(batch)
        if on_progress is not None:
            on_progress(done, len(to_write))
    with open_books(organisation_id, actor, read_only=True) as uow:
        return _totals(uow, written, _suggested(played))


def _batches(decisions: list[Decision]) -> Iterator[list[Decision]]:
    source = iter(decisions)
    while batch := list(islice(source, BATCH)):
        yield batch


def _suggested(played: Played) -> set[str]:
    """List the waiting lines that have one whole explanation, seen from the end of the run."""
    return {
        line_id
        for line_id, decision in played.decisions.items()
        if decision.status not in WRITTEN
        and played.engine.look(played.lines[line_id]).status in {Status.SUGGESTED, Status.AUTO}
    }


def _totals(uow: UnitOfWork, written: Counter[Status], suggested: set[str]) -> ReconcileCounts:
    lines = allocated = refunded = aside = unallocated = waiting = waiting_suggested = 0
    for line in uow.bank_lines.stream():
        lines += 1
        allocated += line.allocated.cents
        refunded += line.refunded.cents
        aside += line.set_aside.cents
        unallocated += line.unallocated.cents
        if line.unallocated:
            waiting += 1
            waiting_suggested += line.id in suggested
    return ReconcileCounts(
        lines=lines,
        auto=written[Status.AUTO],
        suggested=waiting_suggested,
        queued=waiting - waiting_suggested,
        set_aside=written[Status.SET_ASIDE],
        refunded=written[Status.REFUNDED],
        allocated_cents=allocated,
        refunded_cents=refunded,
        set_aside_cents=aside,
        unallocated_cents=unallocated,
    )
