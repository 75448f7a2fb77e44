"""The order of the rules, and how one line is decided.

The first rule with something to say decides: one candidate without a doubt is automatic; anything else
waits for a person, with the candidates of that rule first and then whatever else may help.
"""

from collections.abc import Callable

from reconciliation.matching import guards
from reconciliation.matching.clues import Clues
from reconciliation.matching.model import Candidate, Decision, Finding, Reason, Status
from reconciliation.matching.rule_advice import advice
from reconciliation.matching.rule_learner import learner
from reconciliation.matching.rule_only_open import only_open
from reconciliation.matching.rule_references import references
from reconciliation.matching.rule_refund import refund
from reconciliation.matching.rule_returned import returned
from reconciliation.matching.rule_set_aside import outflow, own_transfer
from reconciliation.matching.rule_short_reference import short_reference
from reconciliation.matching.state import State
from reconciliation.matching.suggestions import suggestions

Rule = Callable[[State, Clues], Finding | None]
"""A rule gives None when it has nothing to say; the next one is asked."""

RULES: tuple[Rule, ...] = (
    own_transfer,
    returned,
    refund,
    outflow,
    advice,
    references,
    short_reference,
    learner,
    only_open,
)

NOT_SUGGESTED = frozenset(
    {
        Reason.DUPLICATE,
        Reason.ALREADY_PAID,
        Reason.CANCELLED_CLAIM,
        Reason.SPOKEN_FOR,
        Reason.ADVICE_ALREADY_PAID,
        Reason.ADVICE_LINE_UNRESOLVED,
        Reason.ADVICE_TOTAL_DIFFERS,
    }
)
"""With these, a candidate that fits is a trap: shown, never proposed."""


CERTAIN = frozenset({Reason.HELD, Reason.FROZEN, Reason.RECEIPT_FROZEN})
"""These say that a person decides, and nothing against the candidate."""


def decide(state: State, clues: Clues) -> Decision:
    """Decide one line; reads the state, changes nothing."""
    for rule in RULES:
        finding = rule(state, clues)
        if finding is not None:
            return _conclude(state, clues, finding)
    return _wait(state, clues, (), (_why_nothing(clues),))


def _conclude(state: State, clues: Clues, finding: Finding) -> Decision:
    if finding.decision is not None:
        against = _against_by_name(clues, finding.decision)
        return _wait(state, clues, (), against) if against else finding.decision
    if len(finding.candidates) != 1 or finding.doubts:
        return _wait(state, clues, finding.candidates, finding.doubts or (Reason.AMBIGUOUS,))
    candidate = finding.candidates[0]
    against = guards.doubts(state, clues, candidate)
    if against:
        return _wait(state, clues, finding.candidates, against)
    return Decision(
        line_id=clues.line.id,
        status=Status.AUTO,
        rule=candidate.rule,
        parts=candidate.parts,
        facts=candidate.evidence.facts(),
        reasons=candidate.reasons,
        candidates=finding.candidates,
        advice_ids=candidate.advice_ids,
        reverses_line=candidate.reverses_line,
        credit_notes=candidate.credit_notes,
    )


def _against_by_name(clues: Clues, decision: Decision) -> tuple[Reason, ...]:
    """Say what keeps a line from being set aside or given back by itself. Money given back settles a freeze."""
    found = []
    if clues.line.undone and decision.status is Status.SET_ASIDE:
        found.append(Reason.HELD)
    if clues.line.frozen and decision.status is Status.SET_ASIDE:
        found.append(Reason.RECEIPT_FROZEN)
    return tuple(found)


def _wait(state: State, clues: Clues, candidates: tuple[Candidate, ...], reasons: tuple[Reason, ...]) -> Decision:
    """Queue with ranked candidates; the only one that covers the whole line is a suggestion."""
    ranked = suggestions(state, clues, candidates)
    certain = bool(candidates) and set(reasons) <= CERTAIN
    whole = [one for one in (candidates if certain else ranked) if one.total_cents == clues.line.amount_cents]
    suggested = len(whole) == 1 and ranked[0] == whole[0] and not NOT_SUGGESTED & set(reasons)
    if clues.line.frozen:
        reasons = (*reasons, Reason.RECEIPT_FROZEN)
    return Decision(
        line_id=clues.line.id,
        status=Status.SUGGESTED if suggested else Status.QUEUED,
        parts=ranked[0].parts if suggested else (),
        facts=ranked[0].evidence.facts() if suggested else (),
        reasons=tuple(dict.fromkeys(reasons)),
        candidates=ranked,
    )


def _why_nothing(clues: Clues) -> Reason:
    if clues.payer.ids:
        return Reason.UNKNOWN_REFERENCE if clues.mentions.strangers else Reason.NO_OPEN_CLAIM
    return Reason.UNIDENTIFIED
