"""A bank line explained in French: what was decided on which facts, why it waits, what it may be."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from billing.money import Money
from billing.payment import Allocation, BankLine, Nature
from billing.ports import UnitOfWork
from reconciliation.matching.model import Candidate, Part, Status
from reconciliation.usecases.explain import Explanation
from workers.catalogue import Texts

PARTLY = "Une partie est déjà affectée, le reste attend."
MONEY_FACTS = frozenset({"open_cents"})
LINE_FACTS = frozenset({"earlier_line", "refund_line"})


@dataclass(slots=True, kw_only=True)
class Names:
    """What people call the things that evidence names by their ids."""

    claims: dict[str, str] = field(default_factory=dict)
    advices: dict[str, str] = field(default_factory=dict)
    lines: dict[str, str] = field(default_factory=dict)


def names_of(uow: UnitOfWork, explanation: Explanation) -> Names:
    """Read the numbers, references and days that the sentences need."""
    facts = [fact for item in explanation.allocations for fact in item.evidence]
    claim_ids = {item.claim_id for item in explanation.allocations if item.claim_id}
    for candidate in explanation.decision.candidates if explanation.decision else ():
        facts += candidate.evidence.facts()
        claim_ids |= {part.claim_id for part in candidate.parts}
    ids: dict[str, set[str]] = {}
    for fact in facts:
        name, _equals, value = fact.partition("=")
        ids.setdefault(name, set()).add(value)
    line_ids = tuple({id_ for name in LINE_FACTS for id_ in ids.get(name, ())})
    return Names(
        claims={claim.id: claim.number or claim.business_key for claim in uow.claims.find(id=tuple(claim_ids))},
        advices={item.id: item.reference for item in uow.remittances.find(id=tuple(ids.get("advice", ())))},
        lines={line.id: _line(line) for line in uow.bank_lines.find(id=line_ids)},
    )


def _line(line: BankLine) -> str:
    return f"{line.booked_on:%d/%m/%Y}, {line.amount.french()}, {line.label[:60]}"


def sentences(explanation: Explanation, names: Names, texts: Texts) -> list[str]:
    """Explain one line; what belongs to a sentence above is indented."""
    line = explanation.line
    told = [f"{line.booked_on:%d/%m/%Y}  {line.amount.french()}  {line.label}"]
    undone = {item.reverses_id for item in explanation.allocations}
    for item in explanation.allocations:
        told += _allocation(item, names, texts, line, undone=item.id in undone)
    decision = explanation.decision
    if decision is None:
        if line.unallocated:
            told.append(f"  Il reste {line.unallocated.french()} à expliquer.")
        return told
    told.append(f"  En attente : {line.unallocated.french()} à expliquer.")
    told += [f"    {reason_sentence(texts, reason)}" for reason in decision.reasons]
    suggested = decision.status is Status.SUGGESTED and explanation.suggestion is not None
    for position, candidate in enumerate(decision.candidates, start=1):
        kind = "Proposition" if suggested and position == 1 else f"Possibilité {position}"
        told += _candidate(candidate, kind, names, texts)
    if not decision.candidates:
        told.append("  Aucune facture ne convient.")
    if suggested:
        told.append(f"  Pour accepter la proposition : quitus reconcile confirm {line.id}")
    else:
        told.append(f"  Pour décider : quitus reconcile confirm {line.id} FACTURE=MONTANT")
    return told


def _allocation(item: Allocation, names: Names, texts: Texts, line: BankLine, *, undone: bool) -> list[str]:
    amount, day, who = item.amount.french(), f"{item.effective_on:%d/%m/%Y}", actor_label(item.actor)
    if item.reverses_id is not None:
        return [f"  Annulé le {day} par {who} : {(-item.amount).french()} ne sont plus affectés."]
    match item.nature:
        case Nature.SET_ASIDE:
            what = f"mis de côté sur le compte {item.account}"
            if not undone and line.set_aside_reason and item.rule == "human":
                what += f" ({line.set_aside_reason})"
        case Nature.REFUND:
            what = "remboursé" if line.amount.cents > 0 else "rendu à un payeur"
        case _ if item.amount.cents < 0:
            what = f"repris sur la facture {names.claims.get(item.claim_id or '', '')}"
        case _:
            what = f"affecté à la facture {names.claims.get(item.claim_id or '', '')}"
    told = [f"  {amount} {what}, avec effet le {day}, par {who}{' (annulé depuis)' if undone else ''}."]
    told.append(f"    Règle : {rule_sentence(texts, item.rule)}.")
    return told + [f"    – {fact_sentence(texts, fact, names)}" for fact in item.evidence]


def _candidate(candidate: Candidate, kind: str, names: Names, texts: Texts) -> list[str]:
    told = [f"  {kind} : {parts_sentence(candidate.parts, names)}"]
    told.append(f"    Règle : {rule_sentence(texts, candidate.rule)}.")
    told += [f"    – {fact_sentence(texts, fact, names)}" for fact in candidate.evidence.facts()]
    return told + [f"    – {reason_sentence(texts, reason)}" for reason in candidate.reasons]


def waiting_row(explanation: Explanation, names: Names, texts: Texts) -> dict[str, Any]:
    """Give one line of the queue: `why` in sentences, `proposal` the one whole explanation (empty: there is none)."""
    line, decision, suggestion = explanation.line, explanation.decision, explanation.suggestion
    return {
        "line": line.id,
        "booked_on": line.booked_on,
        "amount_cents": line.amount,
        "unallocated_cents": line.unallocated,
        "label": line.label,
        "reasons": list(decision.reasons) if decision else [],
        "why": [reason_sentence(texts, reason) for reason in decision.reasons] if decision else [PARTLY],
        "candidates": len(decision.candidates) if decision else 0,
        "proposal": parts_sentence(suggestion.parts, names) if suggestion else "",
    }


def parts_sentence(parts: Iterable[Part], names: Names) -> str:
    """Say what goes where: `1 400,00 € sur OF26-000129`."""
    return ", ".join(
        f"{Money(part.amount_cents).french()} sur {names.claims.get(part.claim_id, part.claim_id)}" for part in parts
    )


def rule_sentence(texts: Texts, rule: str) -> str:
    """Say what a rule does, without its code or version."""
    return texts.sentence("matching_rules", rule.partition("@")[0], {})


def reason_sentence(texts: Texts, reason: str) -> str:
    """Say why a line waits, or what is to be known of a decision."""
    return texts.sentence("matching_reasons", reason, {})


def fact_sentence(texts: Texts, fact: str, names: Names) -> str:
    """Say one piece of evidence: `name=value` becomes a sentence."""
    name, _equals, value = fact.partition("=")
    if name in MONEY_FACTS:
        value = Money(int(value)).french()
    elif name in LINE_FACTS:
        value = names.lines.get(value, value)
    elif name == "advice":
        value = names.advices.get(value, value)
    elif name == "named":
        value = texts.sentence("set_aside", value, {})
    elif name != "other_payer":
        return texts.sentence("matching_facts", f"{name}.{value}", {})
    return texts.sentence("matching_facts", name, {"value": value})


def actor_label(actor: str) -> str:
    """Say who decided."""
    if actor == "night":
        return "la nuit"
    return actor.removeprefix("user:") if actor.startswith("user:") else "quitus"
