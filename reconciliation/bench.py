"""The very same engine on a neutral dataset, in memory. Takes and gives records; files are the console's."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from reconciliation.matching.engine import Engine, run
from reconciliation.matching.model import (
    Advice,
    AdviceLine,
    Candidate,
    Decision,
    ItemKind,
    Line,
    OpenItem,
    Payer,
    Reason,
    Status,
)
from reconciliation.matching.settings import Settings
from reconciliation.matching.text import name_key

Record = Mapping[str, Any]

# The dataset's own names of troubles; the catalogue's rules have other names (see the dataset's description).
ANOMALY_OF: dict[Reason, str] = {
    Reason.DUPLICATE: "duplicate_payment",
    Reason.CANCELLED_CLAIM: "paid_cancelled_invoice",
    Reason.ADVICE_TOTAL_DIFFERS: "remittance_total_mismatch",
    Reason.UNKNOWN_REFERENCE: "unknown_reference",
    Reason.AMBIGUOUS: "ambiguous",
    Reason.OVER: "overpayment",
    Reason.SHORT: "short_payment",
    Reason.DEDUCTION: "deduction",
    Reason.RETURNED: "returned_payment",
    Reason.PAYER_DIFFERS: "payer_mismatch",
    Reason.UNIDENTIFIED: "unidentified_payment",
}
PREDICTED = {Status.AUTO: "auto", Status.SUGGESTED: "suggested"}


@dataclass(slots=True)
class _Organisation:
    payers: list[Payer] = field(default_factory=list)
    items: list[OpenItem] = field(default_factory=list)
    advices: dict[str, list[Record]] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)


def predictions(
    *,
    funders: Iterable[Record],
    invoices: Iterable[Record],
    remittances: Iterable[Record],
    payments: Iterable[Record],
    settings: Settings | None = None,
) -> Iterator[dict[str, Any]]:
    """Match the payments of every organisation; give prediction records, then anomaly records."""
    organisations: dict[str, _Organisation] = {}

    def of(record: Record) -> _Organisation:
        return organisations.setdefault(record["org_id"], _Organisation())

    for record in funders:
        of(record).payers.append(payer_of(record))
    for record in invoices:
        of(record).items.append(item_of(record))
    for record in remittances:
        of(record).advices.setdefault(record["remittance_id"], []).append(record)
    for record in payments:
        of(record).lines.append(line_of(record))
    for _, organisation in sorted(organisations.items()):
        yield from _match(organisation, settings)


def _match(organisation: _Organisation, settings: Settings | None) -> Iterator[dict[str, Any]]:
    engine = Engine(settings)
    for payer in organisation.payers:
        engine.add_payer(payer)
    advices = [advice_of(lines) for lines in organisation.advices.values()]
    decisions = run(engine, items=organisation.items, advices=advices, lines=organisation.lines)
    origins = {item.id: item.credit_of for item in organisation.items if item.credit_of}
    for line in organisation.lines:
        yield prediction_of(decisions[line.id], origins)
    for line in organisation.lines:
        for anomaly in _anomalies(line, decisions[line.id]):
            yield {"record": "anomaly", "type": anomaly, "payment_id": line.id}
    for advice in advices:
        if advice.payment_reference and advice.id not in engine.state.advices_used:
            yield {"record": "anomaly", "type": "remittance_without_payment", "remittance_id": advice.id}


def payer_of(record: Record) -> Payer:
    """Read a payer."""
    return Payer(
        id=record["funder_id"],
        kind=record["kind"],
        name=record["name"],
        aliases=tuple(record["aliases"]),
        ibans=tuple(record["ibans"]),
    )


def item_of(record: Record) -> OpenItem:
    """Read an invoice or a credit note; amounts there are negative for credit notes."""
    credit = record["kind"] == "credit_note"
    return OpenItem(
        id=record["invoice_id"],
        number=record["number"],
        payer_id=record["funder_id"],
        issued_on=date.fromisoformat(record["date"]),
        due_on=date.fromisoformat(record["due"]) if record.get("due") else None,
        open_cents=record["amount_cents"],
        references=(record["dossier"],) if record.get("dossier") else (),
        kind=ItemKind.CREDIT_NOTE if credit else ItemKind.INVOICE,
        learner_keys=(name_key(record["learner"]),) if record.get("learner") else (),
        credit_of=record.get("credit_of"),
    )


def advice_of(records: list[Record]) -> Advice:
    """Read the lines of one advice; it is known once its last line is."""
    ordered = sorted(records, key=lambda record: record["line_no"])
    first = ordered[0]
    return Advice(
        id=first["remittance_id"],
        payer_id=first["funder_id"],
        issued_on=max(date.fromisoformat(record["date"]) for record in ordered),
        payment_reference=first["payment_ref"],
        total_cents=first["total_cents"],
        lines=tuple(
            AdviceLine(
                position=record["line_no"],
                invoice_reference=record["invoice_ref"],
                dossier=record["dossier"],
                billed_cents=record["gross_cents"],
                refaction_cents=record["deduction_cents"],
                net_cents=record["net_cents"],
            )
            for record in ordered
        ),
    )


def line_of(record: Record) -> Line:
    """Read a payment."""
    return Line(
        id=record["payment_id"],
        on=date.fromisoformat(record["date"]),
        amount_cents=record["amount_cents"],
        label=record["label"],
        counterparty_name=record["counterparty_name"],
        counterparty_iban=record["counterparty_iban"],
        end_to_end_id=record["end_to_end_id"],
    )


def prediction_of(decision: Decision, origins: Mapping[str, str]) -> dict[str, Any]:
    """Write a decision as a prediction; what concerns no claim counts as queued there.

    Args:
        decision: the decision.
        origins: credit notes to the invoices that they credit: there, a credit note that the payer took
            off has its own negative allocation, and its invoice the whole one.
    """
    allocations: dict[str, int] = {}
    for part in decision.parts:
        allocations[part.claim_id] = allocations.get(part.claim_id, 0) + part.amount_cents
    for credit in decision.credit_notes:
        allocations[credit.claim_id] = credit.amount_cents
        origin = origins[credit.claim_id]
        allocations[origin] = allocations.get(origin, 0) - credit.amount_cents
    return {
        "payment_id": decision.line_id,
        "status": PREDICTED.get(decision.status, "queue"),
        "allocations": [{"invoice_id": claim_id, "amount_cents": cents} for claim_id, cents in allocations.items()],
        "decision": decision.status.value,
        "rule": decision.rule,
        "evidence": list(decision.facts),
        "reasons": [reason.value for reason in decision.reasons],
        "code": decision.code,
        "candidates": [_candidate(candidate) for candidate in decision.candidates],
    }


def _candidate(candidate: Candidate) -> dict[str, Any]:
    return {
        "rule": candidate.rule,
        "evidence": list(candidate.evidence.facts()),
        "invoice_ids": [part.claim_id for part in candidate.parts],
    }


def _anomalies(line: Line, decision: Decision) -> list[str]:
    """Name the troubles of a decision; debits that concern no claim have none."""
    if decision.status in {Status.SET_ASIDE, Status.REFUNDED}:
        return []
    if line.amount_cents < 0 and decision.status is not Status.AUTO:
        return []
    return [ANOMALY_OF[reason] for reason in decision.reasons if reason in ANOMALY_OF]
