"""Say what was decided on a bank line and why, and what it may be when it waits."""

from dataclasses import dataclass, replace

from billing.errors import NotFound
from billing.payment import Allocation, BankLine
from billing.ports import UnitOfWork
from reconciliation.matching.model import Candidate, Decision, Status
from reconciliation.matching.settings import Settings
from reconciliation.usecases.loading import play


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A line, its whole history of allocations, and what the engine says of it now.

    Attributes:
        allocations: all of them, undone ones and their opposites too, in the order of their recording.
        decision: None when nothing of the line waits.
        suggestion: the one whole explanation, when there is just one; what `confirm` takes.
    """

    line: BankLine
    allocations: tuple[Allocation, ...]
    decision: Decision | None
    suggestion: Candidate | None


def explain(
    uow: UnitOfWork,
    line_id: str,
    *,
    frozen_claims: frozenset[str] = frozenset(),
    settings: Settings | None = None,
) -> Explanation:
    """Explain one line; reads only.

    Raises:
        NotFound: no such line.
    """
    line = uow.bank_lines.get(line_id)
    if line is None:
        raise NotFound("bank_line_missing", line=line_id)
    allocations = sorted(
        uow.allocations.find(bank_line_id=line_id),
        key=lambda one: (one.recorded_at, one.reverses_id is not None, one.id),
    )
    decision: Decision | None = None
    if line.unallocated and line.unallocated == line.amount:
        played = play(uow, settings or Settings(), frozen_claims)
        decision = _waiting(played.engine.look(played.lines[line_id]), played.decisions[line_id])
    return Explanation(
        line=line,
        allocations=tuple(allocations),
        decision=decision,
        suggestion=_suggestion(line, decision),
    )


def explain_waiting(
    uow: UnitOfWork, *, frozen_claims: frozenset[str] = frozenset(), settings: Settings | None = None
) -> list[Explanation]:
    """Explain every line that waits, whole or in part, by day; reads only, and plays the books once."""
    waiting = [line for line in uow.bank_lines.stream() if line.unallocated]
    if not waiting:
        return []
    played = play(uow, settings or Settings(), frozen_claims)
    found = []
    for line in sorted(waiting, key=lambda one: (one.booked_on, one.id)):
        decision = None
        if line.id in played.lines:
            decision = _waiting(played.engine.look(played.lines[line.id]), played.decisions[line.id])
        suggestion = _suggestion(line, decision)
        found.append(Explanation(line=line, allocations=(), decision=decision, suggestion=suggestion))
    return found


def _waiting(now: Decision, decided: Decision) -> Decision:
    """Show candidates as things stand now, with the reasons for which the line was left to a person."""
    if now.status is Status.AUTO and decided.status is not Status.AUTO:
        return replace(now, status=Status.SUGGESTED, reasons=decided.reasons)
    return now


def _suggestion(line: BankLine, decision: Decision | None) -> Candidate | None:
    if decision is None or decision.status not in {Status.SUGGESTED, Status.AUTO} or not decision.candidates:
        return None
    first = decision.candidates[0]
    return first if abs(first.total_cents) <= abs(line.unallocated.cents) else None
