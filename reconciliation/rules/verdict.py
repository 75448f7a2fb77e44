"""What a rule says, and what a rule is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from reconciliation.rules.facts import Facts
from reconciliation.rules.logic import UNKNOWN, Truth
from reconciliation.rules.thresholds import Thresholds

SEVERITIES = ("B", "H", "M", "L")
"""In the order of the queue: blocker, high, medium, low."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When the run takes place; frozen for the whole run. `now` is local (Europe/Paris), without zone."""

    today: date
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one rule says of one subject.

    Attributes:
        truth: true = it fires, false = silent, UNKNOWN = not checkable.
        severity: when it is not the rule's own.
        evidence: values compared and their sources, `name=value`, without personal data and without
            anything that moves with the day alone: the same trouble gives the same evidence.
        key: further facts that make it another trouble (the other of a pair).
        on: day of what is blamed; before the takeover it raises nothing.
    """

    kind: str
    id: str
    truth: Truth
    severity: str = ""
    evidence: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    on: date | None = None


Check = Callable[[Facts, Thresholds, Moment], Iterator[Verdict]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of the catalogue.

    Attributes:
        number: row of the catalogue.
        severity: of the rule; tiers may differ.
        marked: the catalogue says that it freezes its subject although it is no blocker.
        alerts: whom it concerns beside the gestionnaire: F payer, P prescriber, C accountant, T trainer,
            A learner, E employer, M manager.
        legal: cannot be waived by its owner alone.
        version: raised whenever the rule's meaning changes.
    """

    code: str
    number: int
    family: str
    severity: str
    check: Check
    alerts: str = ""
    marked: bool = False
    legal: bool = False
    version: int = 1

    @property
    def freezes(self) -> bool:
        """An open finding stops its subject and what rests on it: no sending, no payment."""
        return self.marked or self.severity == SEVERITIES[0]


def shown(name: str, value: object) -> str:
    """Write one piece of evidence."""
    if value is UNKNOWN:
        return f"{name}=inconnu"
    if value is None:
        return f"{name}=aucun"
    if isinstance(value, bool):
        return f"{name}={'oui' if value else 'non'}"
    if isinstance(value, Decimal):  # the books keep four places: 14.0000 hours are 14
        value = format(value.normalize(), "f")
    return f"{name}={value}"
