"""The neutral dataset's records in, prediction records out."""

from typing import Any

from reconciliation.bench import predictions

FUNDER = {"funder_id": "F1", "org_id": "O1", "name": "OPCO UN", "kind": "opco", "aliases": [], "ibans": ["FR1"]}


def invoice(number: str, cents: int = 100_000, **changes: Any) -> dict[str, Any]:
    made = {
        "invoice_id": number,
        "org_id": "O1",
        "number": number,
        "kind": "invoice",
        "date": "2025-03-01",
        "due": "2025-03-31",
        "amount_cents": cents,
        "funder_id": "F1",
        "funder_name": "OPCO UN",
        "dossier": "",
        "learner": "",
        "company": "",
        "credit_of": None,
    }
    return made | changes


def payment(id_: str, label: str, cents: int = 100_000) -> dict[str, Any]:
    return {
        "payment_id": id_,
        "org_id": "O1",
        "date": "2025-04-10",
        "amount_cents": cents,
        "currency": "EUR",
        "label": label,
        "counterparty_name": "OPCO UN",
        "counterparty_iban": "FR1",
        "end_to_end_id": "",
        "source": "bank",
    }


def advice_line(number: str, net: int, line_no: int) -> dict[str, Any]:
    return {
        "remittance_id": "R1",
        "line_no": line_no,
        "org_id": "O1",
        "kind": "advice",
        "funder_id": "F1",
        "date": "2025-04-08",
        "payment_ref": "OPC25-12345",
        "invoice_ref": number,
        "dossier": "",
        "gross_cents": net,
        "deduction_cents": 0,
        "deduction_reason": "",
        "net_cents": net,
        "total_cents": 80_000,
    }


def run(**records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return list(
        predictions(
            funders=[FUNDER],
            invoices=records.get("invoices", []),
            remittances=records.get("remittances", []),
            payments=records.get("payments", []),
        )
    )


def test_each_payment_has_one_prediction_with_its_evidence() -> None:
    made = run(
        invoices=[invoice("FAC-000412"), invoice("FAC-000413", 70_000)],
        payments=[payment("P1", "VIR FAC-000412"), payment("P2", "VIREMENT DIVERS", 5_000)],
    )
    first, second = (one for one in made if "record" not in one)
    assert (first["payment_id"], first["status"]) == ("P1", "auto")
    assert first["allocations"] == [{"invoice_id": "FAC-000412", "amount_cents": 100_000}]
    assert first["evidence"] == ["payer=iban", "agreement=same", "reference=exact", "amount=exact"]
    assert second["status"] != "auto"


def test_a_credit_note_that_the_advice_takes_off_has_its_own_negative_allocation() -> None:
    made = run(
        invoices=[
            invoice("FAC-000412"),
            invoice("AV-000009", -20_000, kind="credit_note", credit_of="FAC-000412", date="2025-03-20"),
        ],
        remittances=[advice_line("FAC-000412", 100_000, 1), advice_line("AV-000009", -20_000, 2)],
        payments=[payment("P1", "VIR OPC25-12345", 80_000)],
    )
    assert made[0]["allocations"] == [
        {"invoice_id": "FAC-000412", "amount_cents": 100_000},
        {"invoice_id": "AV-000009", "amount_cents": -20_000},
    ]


def test_an_excess_and_an_advice_without_money_are_named() -> None:
    made = run(
        invoices=[invoice("FAC-000412")],
        remittances=[advice_line("FAC-000412", 80_000, 1)],
        payments=[payment("P1", "VIR FAC-000412", 100_500)],
    )
    assert [one for one in made if "record" in one] == [
        {"record": "anomaly", "type": "overpayment", "payment_id": "P1"},
        {"record": "anomaly", "type": "remittance_without_payment", "remittance_id": "R1"},
    ]
