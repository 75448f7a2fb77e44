"""Engine nouns, valid by default: OPCO A owes FAC-000412 of 1 000.00 € since 1 March 2025."""

from datetime import date
from typing import Any

from reconciliation.matching.engine import Engine, run
from reconciliation.matching.model import Advice, AdviceLine, Decision, Line, OpenItem, Payer
from reconciliation.matching.settings import Settings

IBAN_A = "FR7630006000011234567890189"
IBAN_B = "FR1420041010050500013M02606"


def a_payer(id_: str = "A", **changes: Any) -> Payer:
    made: dict[str, Any] = {
        "id": id_,
        "kind": "opco",
        "name": f"OPCO {id_ * 4}",
        "ibans": (IBAN_A if id_ == "A" else IBAN_B,),
    }
    return Payer(**(made | changes))


def an_item(number: str = "FAC-000412", cents: int = 100_000, **changes: Any) -> OpenItem:
    made: dict[str, Any] = {
        "id": number,
        "number": number,
        "payer_id": "A",
        "issued_on": date(2025, 3, 1),
        "open_cents": cents,
    }
    return OpenItem(**(made | changes))


def a_line(label: str = "VIR SEPA RECU", cents: int = 100_000, **changes: Any) -> Line:
    made: dict[str, Any] = {
        "id": label,
        "on": date(2025, 4, 10),
        "amount_cents": cents,
        "label": label,
        "counterparty_name": "OPCO AAAA",
        "counterparty_iban": IBAN_A,
        "end_to_end_id": "NOTPROVIDED",
    }
    return Line(**(made | changes))


def a_debit(label: str, cents: int, **changes: Any) -> Line:
    return a_line(label, -cents, **({"counterparty_name": "", "counterparty_iban": ""} | changes))


def an_advice(*lines: AdviceLine, reference: str = "OPC25-12345", **changes: Any) -> Advice:
    made: dict[str, Any] = {
        "id": reference,
        "payer_id": "A",
        "issued_on": date(2025, 4, 8),
        "payment_reference": reference,
        "total_cents": sum(line.net_cents for line in lines),
        "lines": lines,
    }
    return Advice(**(made | changes))


def pays(number: str, cents: int, refaction_cents: int = 0, **changes: Any) -> AdviceLine:
    made: dict[str, Any] = {
        "position": 1,
        "invoice_reference": number,
        "dossier": "",
        "billed_cents": cents + refaction_cents,
        "refaction_cents": refaction_cents,
        "net_cents": cents,
    }
    return AdviceLine(**(made | changes))


def play(
    *lines: Line,
    items: tuple[OpenItem, ...] = (),
    advices: tuple[Advice, ...] = (),
    frozen: frozenset[str] = frozenset(),
    payers: tuple[Payer, ...] | None = None,
    settings: Settings | None = None,
) -> list[Decision]:
    """Run the lines and give their decisions in the order given."""
    engine = Engine(settings, frozen)
    for payer in (a_payer("A"), a_payer("B")) if payers is None else payers:
        engine.add_payer(payer)
    decided = run(engine, items=items, advices=advices, lines=lines)
    return [decided[line.id] for line in lines]


def parts_of(decision: Decision) -> dict[str, int]:
    return {part.claim_id: part.amount_cents for part in decision.parts}
