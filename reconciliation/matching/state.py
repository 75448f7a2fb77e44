"""What the engine knows at one moment of one organisation, in dictionaries kept as things happen."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from reconciliation.matching.model import Advice, ItemKind, Line, OpenItem, Part
from reconciliation.matching.payers import PayerIndex
from reconciliation.matching.references import ReferenceIndex
from reconciliation.matching.settings import Settings
from reconciliation.matching.text import compact, runs


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A line that was allocated: what a second payment or a return is compared with."""

    line_id: str
    on: date
    amount_cents: int
    parts: tuple[Part, ...]
    end_to_end_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """What stays unexplained of a line from a known payer: a refund may give it back."""

    line_id: str
    on: date
    cents: int


class State:
    """Open balances and indexes. Only `Engine` changes it; rules and guards read it."""

    def __init__(self, settings: Settings, frozen: frozenset[str] = frozenset()) -> None:
        self.settings = settings
        self.frozen = frozen
        self.payers = PayerIndex()
        self.items: dict[str, OpenItem] = {}
        self.open_cents: dict[str, int] = {}
        self.allocated_cents: dict[str, int] = {}
        self.references = ReferenceIndex()
        self.by_payer_amount: dict[tuple[str, int], dict[str, None]] = {}
        self.by_payer: dict[str, dict[str, None]] = {}
        self.by_payer_learner: dict[tuple[str, str], dict[str, None]] = {}
        self.credits_of: dict[str, list[str]] = {}
        self.advices: dict[str, Advice] = {}
        self.advice_references = ReferenceIndex()
        self.advices_by_total: dict[tuple[str, int], dict[str, None]] = {}
        self.advices_used: dict[str, str] = {}
        self.receipts: dict[str, list[Receipt]] = {}
        self.receipts_by_payer_amount: dict[tuple[str, int], list[Receipt]] = {}
        self.returned: set[str] = set()
        self.spoken_for: dict[str, dict[str, None]] = {}
        self.rests: dict[tuple[str, int], dict[str, Rest]] = {}
        self._compact_names: dict[str, tuple[str, ...]] = {}
        self._digit_names: dict[str, tuple[str, ...]] = {}

    # --- what comes in ---

    def add_item(self, item: OpenItem) -> None:
        """Take a claim in; a credit note reduces its origin unless its amount is zero (already counted)."""
        if item.id in self.items:
            return
        self.items[item.id] = item
        self.open_cents[item.id] = 0
        self.allocated_cents[item.id] = item.allocated_cents
        for reference in dict.fromkeys((item.number, *item.references)):
            if reference and (item.kind is not ItemKind.CREDIT_NOTE or reference == item.number):
                self.references.add(item.id, reference)
        if item.kind is ItemKind.CREDIT_NOTE:
            if item.credit_of:
                self.credits_of.setdefault(item.credit_of, []).append(item.id)
                if item.credit_of in self.items and item.open_cents:
                    self.change_open(item.credit_of, -abs(item.open_cents))
        elif item.kind is ItemKind.INVOICE:
            self.change_open(item.id, item.open_cents)

    def change_open(self, item_id: str, delta_cents: int) -> None:
        """Move an open balance and the indexes that follow it."""
        item = self.items[item_id]
        before = self.open_cents[item_id]
        after = before + delta_cents
        self.open_cents[item_id] = after
        if before > 0:
            self.by_payer_amount[item.payer_id, before].pop(item_id, None)
        if after > 0:
            self.by_payer_amount.setdefault((item.payer_id, after), {})[item_id] = None
            self.by_payer.setdefault(item.payer_id, {})[item_id] = None
            for learner in item.learner_keys:
                self.by_payer_learner.setdefault((item.payer_id, learner), {})[item_id] = None
        else:
            self.by_payer.get(item.payer_id, {}).pop(item_id, None)
            for learner in item.learner_keys:
                self.by_payer_learner.get((item.payer_id, learner), {}).pop(item_id, None)

    def add_advice(self, advice: Advice) -> None:
        """Take an advice in."""
        self.advices[advice.id] = advice
        if advice.payment_reference:
            self.advice_references.add(advice.id, advice.payment_reference)
        self.advices_by_total.setdefault((advice.payer_id, advice.total_cents), {})[advice.id] = None

    # --- how an item may be written ---

    def compact_names(self, item: OpenItem) -> tuple[str, ...]:
        """Give the item's references, letters and digits only."""
        known = self._compact_names.get(item.id)
        if known is None:
            known = tuple(compact(name) for name in (item.number, *item.references) if name)
            self._compact_names[item.id] = known
        return known

    def digit_names(self, item: OpenItem) -> tuple[str, ...]:
        """Give the longest run of digits of each of the item's references."""
        known = self._digit_names.get(item.id)
        if known is None:
            digits = (
                max((run for run in runs(name) if run.isdigit()), key=len, default="")
                for name in (item.number, *item.references)
            )
            known = tuple(one for one in digits if one)
            self._digit_names[item.id] = known
        return known

    # --- what was decided ---

    def allocate(self, line: Line, parts: tuple[Part, ...], advice_ids: tuple[str, ...] = ()) -> None:
        """Book the parts of a line (negative ones give back), and remember the receipt."""
        receipt = Receipt(
            line_id=line.id, on=line.on, amount_cents=line.amount_cents, parts=parts, end_to_end_id=line.end_to_end_id
        )
        payers: dict[str, None] = {}
        for part in parts:
            if part.claim_id in self.items:
                self.change_open(part.claim_id, -part.amount_cents)
                self.allocated_cents[part.claim_id] += part.amount_cents
                self.remember(part.claim_id, receipt)
                payers[self.items[part.claim_id].payer_id] = None
        for payer_id in payers:
            self.receipts_by_payer_amount.setdefault((payer_id, line.amount_cents), []).append(receipt)
        for advice_id in advice_ids:
            self.advices_used[advice_id] = line.id

    def remember(self, claim_id: str, receipt: Receipt) -> None:
        """Keep a receipt of a claim."""
        self.receipts.setdefault(claim_id, []).append(receipt)

    def speak_for(self, line_id: str, claim_ids: Iterable[str]) -> None:
        """Remember the claims that held back money names: a later payment of one of them may be the second."""
        for claim_id in claim_ids:
            self.spoken_for.setdefault(claim_id, {})[line_id] = None

    def keep_silent(self, line_id: str) -> None:
        """Forget what a line named: its money was given back."""
        for lines in self.spoken_for.values():
            lines.pop(line_id, None)

    def leave(self, payer_ids: frozenset[str], rest: Rest) -> None:
        """Remember what a line from a known payer leaves unexplained."""
        for payer_id in sorted(payer_ids):
            self.rests.setdefault((payer_id, rest.cents), {})[rest.line_id] = rest

    def settle_rest(self, payer_ids: frozenset[str], cents: int, line_id: str) -> None:
        """Forget a rest that was explained or given back."""
        for payer_id in payer_ids:
            self.rests.get((payer_id, cents), {}).pop(line_id, None)
