"""What one line says, read once and given to every rule."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from reconciliation.evidence import Agreement, AmountLevel, Evidence, ReferenceLevel
from reconciliation.matching.model import Line
from reconciliation.matching.payers import PayerFound
from reconciliation.matching.references import Mentions
from reconciliation.matching.state import State
from reconciliation.matching.text import fold

NOT_A_REFERENCE = frozenset({"", "NOTPROVIDED"})  # ISO 20022: what a bank writes when the payer gave none


@dataclass(frozen=True, slots=True, kw_only=True)
class Clues:
    """A line, who paid it, and what it names.

    Attributes:
        folded: its label in capitals without accents.
        advice_ids: advices whose payment reference it names.
        cut: its label ends where banks cut labels.
    """

    line: Line
    folded: str
    payer: PayerFound
    mentions: Mentions
    advice_ids: tuple[str, ...]
    cut: bool

    def evidence(
        self,
        payer_ids: Iterable[str],
        reference: ReferenceLevel,
        amount: AmountLevel,
        *extra: str,
    ) -> Evidence:
        """Make the evidence of a candidate whose items have these debtors."""
        levels = {self.payer.agrees(payer_id) for payer_id in payer_ids}
        if Agreement.OTHER in levels:
            agreement = Agreement.OTHER
        elif levels == {Agreement.SAME}:
            agreement = Agreement.SAME
        else:
            agreement = Agreement.UNKNOWN
        return Evidence(
            payer=self.payer.level, agreement=agreement, reference=reference, amount=amount, extra=tuple(extra)
        )


def read(state: State, line: Line) -> Clues:
    """Read a line against the state."""
    end_to_end = "" if line.end_to_end_id.upper() in NOT_A_REFERENCE else line.end_to_end_id
    named = state.advice_references.find(line.label, end_to_end)
    mentions = state.references.find(line.label)
    if end_to_end:
        further = {mention.key: mention for mention in state.references.find(end_to_end).exact}
        exact = {mention.key: mention for mention in mentions.exact} | further
        mentions = replace(mentions, exact=tuple(exact.values()))
    advice_ids = dict.fromkeys(target for mention in named.exact for target in mention.targets)
    return Clues(
        line=line,
        folded=fold(line.label),
        payer=state.payers.find(line),
        mentions=mentions,
        advice_ids=tuple(advice_ids),
        cut=len(line.label) in state.settings.cut_lengths,
    )
