"""The engine: takes things in the order of time, decides lines, and keeps its state. No I/O, no clock."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from reconciliation.matching.advice_lines import resolve
from reconciliation.matching.cascade import decide
from reconciliation.matching.clues import Clues, read
from reconciliation.matching.model import Advice, Decision, Line, OpenItem, Payer, Status
from reconciliation.matching.settings import Settings
from reconciliation.matching.state import Rest, State

LATE_ADVICE = "late_advice=yes"


class Engine:
    """One organisation. Feed payers first, then items, advices and lines in the order of their days.

    The same things in the same order give the same decisions. A line that waits is decided again when a
    later advice has its very amount.
    """

    def __init__(self, settings: Settings | None = None, frozen_claims: frozenset[str] = frozenset()) -> None:
        self.state = State(settings or Settings(), frozen_claims)
        self._waiting: dict[int, dict[str, Line]] = {}

    def add_payer(self, payer: Payer) -> None:
        """Take a payer in."""
        self.state.payers.add(payer)

    def add_item(self, item: OpenItem) -> None:
        """Take a claim in."""
        self.state.add_item(item)

    def add_advice(self, advice: Advice) -> list[Decision]:
        """Take an advice in; give the decisions that it brings about on lines that were waiting for it."""
        self.state.add_advice(advice)
        decisions: list[Decision] = []
        if len(advice.lines) < 2 and not advice.payment_reference:  # noqa: PLR2004 - no better than its amount
            return decisions
        since = advice.issued_on - timedelta(days=self.state.settings.advice_late_days)
        for line in list(self._waiting.get(advice.total_cents, {}).values()):
            if line.on < since:
                continue
            clues = read(self.state, line)
            decision = decide(self.state, clues)
            if decision.status is Status.AUTO and advice.id in decision.advice_ids:
                self._stop_waiting(clues)
                self._apply(clues, decision)
                decisions.append(replace(decision, facts=(*decision.facts, LATE_ADVICE)))
        return decisions

    def book(self, line: Line, decision: Decision) -> None:
        """Take in what was decided on a line before, without deciding it again."""
        self._apply(read(self.state, line), decision)

    def feed(self, line: Line) -> Decision:
        """Decide a line."""
        clues = read(self.state, line)
        decision = decide(self.state, clues)
        if decision.status in {Status.QUEUED, Status.SUGGESTED}:
            self._waiting.setdefault(line.amount_cents, {})[line.id] = line
            self._leave(clues, line.amount_cents)
            if line.frozen and line.amount_cents > 0:
                self.state.speak_for(line.id, self._spoken_for(clues, decision))
        else:
            self._apply(clues, decision)
        return decision

    def look(self, line: Line) -> Decision:
        """Decide a line without changing anything."""
        return decide(self.state, read(self.state, line))

    def _apply(self, clues: Clues, decision: Decision) -> None:
        line = clues.line
        if decision.status is Status.AUTO:
            self.state.allocate(line, decision.parts, decision.advice_ids)
            if decision.reverses_line:
                self.state.returned.add(decision.reverses_line)
            self._leave(clues, line.amount_cents - sum(part.amount_cents for part in decision.parts))
        elif decision.refund_of:
            cents = -line.amount_cents
            self.state.settle_rest(clues.payer.ids, cents, decision.refund_of)
            self._waiting.get(cents, {}).pop(decision.refund_of, None)
            self.state.keep_silent(decision.refund_of)
        elif decision.status is Status.SET_ASIDE and line.amount_cents > 0 and not self._is_own(line):
            self.state.speak_for(line.id, self._spoken_for(clues, decision))

    def _is_own(self, line: Line) -> bool:
        return line.counterparty_iban in self.state.settings.own_ibans

    def _spoken_for(self, clues: Clues, decision: Decision) -> Iterator[str]:
        """Give the claims that a line names: by its references, by its advice, by its one whole explanation."""
        for mention in clues.mentions.exact:
            alone = len(mention.targets) == 1
            yield from (
                one for one in mention.targets if alone or self.state.open_cents[one] == clues.line.amount_cents
            )
        for advice_id in clues.advice_ids:
            yield from (part.claim_id for part in resolve(self.state, self.state.advices[advice_id]).parts)
        yield from (part.claim_id for part in decision.parts)

    def _leave(self, clues: Clues, cents: int) -> None:
        if cents > 0 and clues.payer.ids:
            self.state.leave(clues.payer.ids, Rest(line_id=clues.line.id, on=clues.line.on, cents=cents))

    def _stop_waiting(self, clues: Clues) -> None:
        line = clues.line
        self._waiting[line.amount_cents].pop(line.id, None)
        self.state.settle_rest(clues.payer.ids, line.amount_cents, line.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What was decided on a line before this run.

    Attributes:
        at: the day on which it became known: the line's own, a late advice's, or a person's.
    """

    decision: Decision
    at: date


def run(
    engine: Engine,
    *,
    items: Iterable[OpenItem],
    advices: Iterable[Advice],
    lines: Iterable[Line],
    past: Mapping[str, Past] | None = None,
) -> dict[str, Decision]:
    """Play items, advices and lines in the order of their days; give the last decision of each line.

    An item is known on its day of issue, so that money never pays what was not issued yet; on one day
    items come first, then advices, then lines. Ties go by id. Lines with a past are booked on its day and
    not decided again: a second run on the same things therefore decides the others as the first one did,
    and `items` must be given with what was open before any of the past.
    """
    known = past or {}
    waiting_items = sorted(items, key=lambda item: (item.issued_on, item.id), reverse=True)
    waiting_advices = sorted(advices, key=lambda advice: (advice.issued_on, advice.id), reverse=True)
    decisions: dict[str, Decision] = {}

    def until(day: date | None) -> None:
        while waiting_items and (day is None or waiting_items[-1].issued_on <= day):
            engine.add_item(waiting_items.pop())
        while waiting_advices and (day is None or waiting_advices[-1].issued_on <= day):
            for late in engine.add_advice(waiting_advices.pop()):
                decisions[late.line_id] = late

    def moment(line: Line) -> tuple[date, str]:
        return (known[line.id].at if line.id in known else line.on, line.id)

    for line in sorted(lines, key=moment):
        until(moment(line)[0])
        if line.id in known:
            engine.book(line, known[line.id].decision)
        else:
            decisions[line.id] = engine.feed(line)
    until(None)
    return decisions
