"""What a confirmed match teaches about a payer: an account, and a name under which its transfers arrive."""

from collections.abc import Iterable
from dataclasses import dataclass

from billing.errors import InvalidInput
from billing.identity import Iban
from billing.party import Funder, FunderAccount
from billing.payment import BankLine
from reconciliation.matching.payers import NAME_MIN
from reconciliation.matching.text import name_key

LEARNED = "learned"
FORGOTTEN = "forgotten"
"""Source of an account that was learned from a decision which was undone; matching ignores it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What is new; None = nothing to learn of that kind."""

    iban: Iban | None = None
    alias: str | None = None


def lesson(line: BankLine, funder: Funder, funders: Iterable[Funder], accounts: Iterable[FunderAccount]) -> Lesson:
    """Say what a line that a person gave to this payer teaches.

    What already belongs to another payer is not learned: one account of two bodies, or one name of two
    persons, would make later lines ambiguous without anybody having said so.
    """
    iban = _iban(line.counterparty_iban)
    if iban is not None and any(account.iban == iban and account.source != FORGOTTEN for account in accounts):
        iban = None
    alias: str | None = line.counterparty_name.strip()
    key = name_key(alias or "")
    known = {name_key(name) for one in funders for name in (one.name, *one.aliases)}
    if len(key) < NAME_MIN or key in known or key in {name_key(name) for name in (funder.name, *funder.aliases)}:
        alias = None
    return Lesson(iban=iban, alias=alias)


def _iban(text: str) -> Iban | None:
    """Read an account as the bank gave it; one that fails its check teaches nothing."""
    if not text:
        return None
    try:
        return Iban.read(text)
    except InvalidInput:
        return None
