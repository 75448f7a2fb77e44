"""Who paid a line: by account, by name or alias (also cut off), by a name in the label. Dictionaries only."""

from dataclasses import dataclass

from reconciliation.evidence import Agreement, PayerLevel
from reconciliation.matching.model import Line, Payer
from reconciliation.matching.text import name_key, words

NAME_MIN = 4  # shorter names ("SA") say nothing inside a label
CUT_MIN = 16  # banks cut names at 24, 27, 32 or 35 characters; blanks and marks are not counted here
LABEL_WORDS_MAX = 6
Payers = frozenset[str]
NOBODY: Payers = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerFound:
    """The payers that a line may come from (several where they share an account or a name), and how we know."""

    ids: Payers
    level: PayerLevel

    def agrees(self, payer_id: str) -> Agreement:
        """Compare with the debtor of an item."""
        if not self.ids:
            return Agreement.UNKNOWN
        return Agreement.SAME if payer_id in self.ids else Agreement.OTHER


class PayerIndex:
    """Payers by IBAN, by name, by the beginning of a long name."""

    def __init__(self) -> None:
        self._by_iban: dict[str, Payers] = {}
        self._by_name: dict[str, Payers] = {}
        self._by_cut: dict[str, Payers] = {}

    def add(self, payer: Payer) -> None:
        """Index a payer; adding it again with more names or accounts only adds."""
        for iban in payer.ibans:
            self._by_iban[iban] = self._by_iban.get(iban, NOBODY) | {payer.id}
        for name in (payer.name, *payer.aliases):
            key = name_key(name)
            keys = [key]
            pieces = words(name)
            if len(pieces) == 2:  # noqa: PLR2004 - first and last name, in either order
                keys.append(pieces[1] + pieces[0])
            for one in keys:
                if len(one) >= NAME_MIN:
                    self._by_name[one] = self._by_name.get(one, NOBODY) | {payer.id}
            for length in range(CUT_MIN, len(key)):
                cut = key[:length]
                self._by_cut[cut] = self._by_cut.get(cut, NOBODY) | {payer.id}

    def find(self, line: Line) -> PayerFound:
        """Say who paid; an account and a name that disagree are a conflict, not a choice."""
        by_iban, by_name = self._by_account_and_name(line)
        if by_iban and by_name:
            both = by_iban & by_name
            return PayerFound(ids=both, level=PayerLevel.IBAN if both else PayerLevel.CONFLICT)
        if by_iban:
            return PayerFound(ids=by_iban, level=PayerLevel.IBAN)
        if by_name:
            return PayerFound(ids=by_name, level=PayerLevel.NAME)
        if not line.counterparty_name:
            in_label = self._in_label(line.label)
            if in_label:
                return PayerFound(ids=in_label, level=PayerLevel.LABEL)
        return PayerFound(ids=NOBODY, level=PayerLevel.UNKNOWN)

    def claimed_by(self, line: Line) -> Payers:
        """List everybody that the account or the name says, agreeing or not; else the name in the label."""
        by_iban, by_name = self._by_account_and_name(line)
        return by_iban | by_name or self.find(line).ids

    def _by_account_and_name(self, line: Line) -> tuple[Payers, Payers]:
        by_iban = self._by_iban.get(line.counterparty_iban, NOBODY) if line.counterparty_iban else NOBODY
        by_name = self._named(name_key(line.counterparty_name)) if line.counterparty_name else NOBODY
        return by_iban, by_name

    def _named(self, key: str) -> Payers:
        return self._by_name.get(key) or self._by_cut.get(key, NOBODY)

    def _in_label(self, label: str) -> Payers:
        """Find the longest run of words that is a payer's name; two different ones of that length: nobody."""
        pieces = words(label)[:40]
        for count in range(LABEL_WORDS_MAX, 0, -1):
            found = {
                hit
                for start in range(len(pieces) - count + 1)
                if (hit := self._by_name.get("".join(pieces[start : start + count])))
            }
            if found:
                return found.pop() if len(found) == 1 else NOBODY
        return NOBODY
