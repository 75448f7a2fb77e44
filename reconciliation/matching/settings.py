"""What an organisation may tune of matching: day spans and the named rules of what is set aside."""

import re
from dataclasses import dataclass, field
from enum import StrEnum


class Direction(StrEnum):
    """Which lines a named rule may take."""

    DEBIT = "debit"
    CREDIT = "credit"
    BOTH = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """A named rule: lines whose label says what they are, and that concern no claim.

    Attributes:
        pattern: regular expression on the folded label (capitals, no accents), matched at word bounds.
        account: ledger account that the line is booked on.
    """

    code: str
    account: str
    direction: Direction
    pattern: re.Pattern[str]


def set_aside(code: str, account: str, direction: Direction, *words: str) -> SetAside:
    """Make a named rule from alternatives (regular expressions without bounds)."""
    pattern = re.compile(r"\b(?:" + "|".join(words) + r")\b")
    return SetAside(code=code, account=account, direction=direction, pattern=pattern)


# Usual words of French bank statements and the usual accounts of the chart (PCG); professional knowledge.
SET_ASIDE: tuple[SetAside, ...] = (
    set_aside(
        "own_transfer",
        "580000",
        Direction.BOTH,
        r"CPTE A CPTE",
        r"COMPTE A COMPTE",
        r"VIR(?:EMENT)? INTERNE",
        r"VIR(?:EMENT)? DE TRESORERIE",
        r"NIVELLEMENT",
    ),
    set_aside(
        "salary",
        "421000",
        Direction.DEBIT,
        r"SALAIRES?",
        r"PAIES?",
        r"REMUNERATIONS?",
    ),
    set_aside(
        "social_charges",
        "431000",
        Direction.DEBIT,
        r"URSSAF",
        r"AGIRC",
        r"ARRCO",
        r"RETRAITE",
        r"PREVOYANCE",
        r"MUTUELLE",
        r"DSN",
    ),
    set_aside(
        "taxes",
        "445510",
        Direction.DEBIT,
        r"DGFIP",
        r"IMPOTS?",
        r"TVA",
        r"CFE",
        r"CVAE",
    ),
    set_aside(
        "bank_fee",
        "627000",
        Direction.DEBIT,
        r"FRAIS",
        r"COMMISSIONS?",
        r"COTIS(?:ATION)?",
        r"AGIOS",
        r"ARRETE DE COMPTE",
        r"TENUE DE COMPTE",
    ),
    set_aside("rent", "613200", Direction.DEBIT, r"LOYERS?", r"CREDIT BAIL"),
)

RETURN_WORDS = re.compile(
    r"\b(?:RETOURNEE?|RETOUR|REJETEE?|REJET|IMPAYEE?|ANNULEE?|ANNULATION|CONTREPASSE|CONTREPASSATION|RECALL|RAPPEL)\b"
)
"""Words by which a bank says that an earlier credit is taken back; professional knowledge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Spans are in days, both ends included.

    Attributes:
        duplicate_days: a second payment of the same amount on the same claim within this span is suspect.
        advice_early_days: how long before the money an advice may be dated.
        advice_late_days: how long after it.
        return_days: how far back a returned payment may have been received.
        other_outflow_account: where a debit goes that concerns no payer and that no named rule knows.
        own_ibans: our own accounts: a line from or to one of them is an own transfer.
        cut_lengths: lengths at which banks cut a label; a list of references may then go on unseen.
    """

    duplicate_days: int = 15
    advice_early_days: int = 60
    advice_late_days: int = 31
    return_days: int = 120
    candidates_max: int = 5
    set_aside: tuple[SetAside, ...] = SET_ASIDE
    return_words: re.Pattern[str] = RETURN_WORDS
    other_outflow_account: str = "472000"
    own_ibans: frozenset[str] = field(default_factory=frozenset)
    cut_lengths: frozenset[int] = frozenset({27, 31, 32, 35, 70, 140})
