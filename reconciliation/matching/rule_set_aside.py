"""Lines that concern no claim: own transfers, bank fees, salaries, charges, and other money that goes out."""

from reconciliation.evidence import PayerLevel
from reconciliation.matching.clues import Clues
from reconciliation.matching.model import Decision, Finding, Reason, Status
from reconciliation.matching.settings import Direction, SetAside
from reconciliation.matching.state import State

RULE = "set_aside@1"
OWN_ACCOUNT = "own_account"
OTHER_OUTFLOW = "other_outflow"
OWN_TRANSFER_ACCOUNT = "580000"


def own_transfer(state: State, clues: Clues) -> Finding | None:
    """Take a line between our own accounts, and a credit that a named rule knows and nobody else explains."""
    line = clues.line
    if line.counterparty_iban and line.counterparty_iban in state.settings.own_ibans:
        return _aside(clues, OWN_ACCOUNT, OWN_TRANSFER_ACCOUNT)
    if line.amount_cents <= 0 or clues.mentions.exact or clues.advice_ids or clues.payer.ids:
        return None
    known = _named(state, clues, Direction.CREDIT)
    return _aside(clues, known.code, known.account) if known else None


def outflow(state: State, clues: Clues) -> Finding | None:
    """Decide of every debit that gives nothing back: by its name, or as other money out; a payer's is queued."""
    if clues.line.amount_cents > 0:
        return None
    known = _named(state, clues, Direction.DEBIT)
    if known:
        return _aside(clues, known.code, known.account)
    if state.settings.return_words.search(clues.folded):
        return Finding(doubts=(Reason.RETURN_NOT_FOUND,))
    if clues.payer.ids or clues.payer.level is PayerLevel.CONFLICT or clues.mentions.exact:
        return Finding(doubts=(Reason.DEBIT_TO_PAYER,))
    return _aside(clues, OTHER_OUTFLOW, state.settings.other_outflow_account)


def _named(state: State, clues: Clues, direction: Direction) -> SetAside | None:
    """Give the first named rule whose words stand in the label."""
    for rule in state.settings.set_aside:
        if rule.direction in {direction, Direction.BOTH} and rule.pattern.search(clues.folded):
            return rule
    return None


def _aside(clues: Clues, code: str, account: str) -> Finding:
    return Finding(
        decision=Decision(
            line_id=clues.line.id,
            status=Status.SET_ASIDE,
            rule=RULE,
            facts=(f"named={code}",),
            code=code,
            account=account,
        )
    )
