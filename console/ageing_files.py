"""The aged balance as a grid, a CSV or a workbook; amounts in euros, French headings."""

import csv
import sys
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

from billing.money import Money
from workers.catalogue import named

OWN_COLUMN = (
    ("received_cents", "Encaissements non affectés"),
    ("owed_cents", "Avoirs et trop-perçus, dus aux payeurs"),
)
"""What lowers the balance without standing in a bucket; together `unallocated_cents`."""
BUCKET_LABELS = {"not_due": "À échoir", ">120": "> 120 j"}


def worded(document: dict[str, Any]) -> dict[str, Any]:
    """Give the document with French labels where a row is a word of ours; its keys stay."""
    wording = {
        "scheme": lambda key: named("Scheme", key),
        "dispute": lambda key: named("Dispute", key),
        "age": _label,
    }.get(document["by"])
    if wording is None:
        return document
    rows = [{**row, "label": wording(row["key"]) if row["key"] else row["label"]} for row in document["rows"]]
    return {**document, "rows": rows}


def _label(bucket: str) -> str:
    return BUCKET_LABELS.get(bucket, f"{bucket} j")


def grid(document: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Give headings and rows as people read them; what is not allocated stands in its own column, negative."""
    headers = ["", *(_label(bucket) for bucket in document["buckets"]), "Total"]
    rows = [
        [row["label"], *(_euros(row["buckets"][bucket]) for bucket in document["buckets"]), _euros(row["total_cents"])]
        for row in document["rows"]
    ]
    sums = [sum(row["buckets"][bucket] for row in document["rows"]) for bucket in document["buckets"]]
    rows.append(["Total", *(_euros(cents) for cents in sums), _euros(document["rows_cents"])])
    blank = [""] * len(document["buckets"])
    rows += [[label, *blank, _euros(document[key])] for key, label in OWN_COLUMN if document[key]]
    return headers, rows


def tie_sentence(document: dict[str, Any]) -> str:
    """Say whether the balance equals the ledger."""
    ledger = Money(document["ledger_balance_cents"]).french()
    if document["ties"]:
        return f"Égale au grand livre (411 et 471) : {ledger}."
    return f"ATTENTION : le grand livre (411 et 471) dit {ledger}. Lancez `quitus audit verify`."


def _euros(cents: int) -> str:
    return Money(cents).french() if cents else ""


def _table(document: dict[str, Any]) -> tuple[list[str], list[list[Any]]]:
    buckets = ["a_echoir" if bucket == "not_due" else bucket for bucket in document["buckets"]]
    headers = ["cle", "libelle", *buckets, "total", "dont_litige", "factures"]
    rows: list[list[Any]] = [
        [
            row["key"],
            row["label"],
            *(Money(row["buckets"][bucket]).euros for bucket in document["buckets"]),
            Money(row["total_cents"]).euros,
            Money(row["disputed_cents"]).euros,
            row["claims"],
        ]
        for row in document["rows"]
    ]
    nothing = Decimal("0.00")
    blank = [nothing] * len(buckets)
    rows += [["", label, *blank, Money(document[key]).euros, nothing, 0] for key, label in OWN_COLUMN]
    return headers, rows


def _safe(cell: Any) -> Any:  # noqa: ANN401 - a cell of any kind
    """Keep a spreadsheet from reading a text as a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell


def write_csv(document: dict[str, Any], target: Path | None) -> None:
    """Write the balance as CSV (`;`, decimal comma, UTF-8 with its mark), to a file or standard output."""
    headers, rows = _table(document)
    out = target.open("w", encoding="utf-8-sig", newline="") if target else sys.stdout
    try:
        writer = csv.writer(out, delimiter=";")
        writer.writerow(headers)
        for row in rows:
            writer.writerow(
                format(cell, "f").replace(".", ",") if isinstance(cell, Decimal) else _safe(cell) for cell in row
            )
    finally:
        if target:
            out.close()


def write_xlsx(document: dict[str, Any], target: Path) -> None:
    """Write the balance as a workbook."""
    import xlsxwriter  # noqa: PLC0415 - heavy, and only needed here

    headers, rows = _table(document)
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    made = BytesIO()
    with xlsxwriter.Workbook(made, options) as book:
        sheet = book.add_worksheet("Balance âgée")
        money = book.add_format({"num_format": "#,##0.00"})
        bold = book.add_format({"bold": True})
        sheet.write_row(0, 0, headers, bold)
        for index, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                if isinstance(cell, Decimal):
                    sheet.write_number(index, column, cell, money)
                else:
                    sheet.write(index, column, cell)
        sheet.freeze_panes(1, 2)
        sheet.set_column(1, 1, 40)
        sheet.set_column(2, len(headers), 14)
    target.write_bytes(made.getvalue())
