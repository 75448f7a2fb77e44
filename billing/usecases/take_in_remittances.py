"""Taking in a payer's own explanation of a transfer (avis de règlement, bordereau), line by line."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from billing.identity import derive_id
from billing.money import ZERO, Money
from billing.payment import Remittance, RemittanceLine
from billing.usecases.take_in_desk import Desk, Look
from billing.usecases.take_in_rows import Cells, RowRefused, need, pick
from billing.usecases.take_in_training import looked, needed

REMITTANCE_NEEDED = "funder_code reference issued_on position net"
REMITTANCE_OTHER = (
    "payment_reference invoice_reference dossier_reference billed refaction refaction_status reason total"
)


def remittance_id(cells: Cells) -> str:
    """Derive the id of the advice that a line belongs to."""
    return derive_id("remittance", str(cells["funder_code"]), str(cells["reference"]))


def _line_id(cells: Cells) -> str:
    return derive_id("remittance_line", remittance_id(cells), str(cells["position"]))


def take_remittance_line(desk: Desk, cells: Cells) -> None:
    """Take in one line; the advice's total is what its file states, else the sum of its lines.

    Raises:
        RowRefused: billed less refaction is not the net that the payer states.
    """
    funder = needed(desk, cells, "funder")
    net: Money = need(cells, "net")
    billed: Money = cells.get("billed") or net
    refaction: Money = cells["refaction"] if cells.get("refaction") is not None else billed - net
    if billed - refaction != net:
        values = {"billed": billed.french(), "refaction": refaction.french(), "net": net.french()}
        raise RowRefused("remittance_line_does_not_add_up", "net", **values)
    before: RemittanceLine | None = desk.get("remittance_lines", _line_id(cells))
    _store_advice(desk, cells, funder.id, net - (before.net if before else ZERO))
    given: dict[str, Any] = {
        "remittance_id": remittance_id(cells),
        "billed": billed,
        "refaction": refaction,
        "net": net,
        **pick(cells, "position", "invoice_reference", "dossier_reference", "refaction_status", "reason"),
    }
    blank = {"invoice_reference": "", "dossier_reference": "", "refaction_status": "", "reason": ""}
    desk.store(RemittanceLine, "remittance_lines", _line_id(cells), given, **blank)


def _store_advice(desk: Desk, cells: Cells, funder_id: str, more: Money) -> None:
    id_ = remittance_id(cells)
    advice: Remittance | None = desk.get("remittances", id_)
    stated: Money | None = cells.get("total")
    if advice is None:
        advice = Remittance(
            id=id_,
            funder_id=funder_id,
            reference=str(need(cells, "reference")),
            payment_reference=str(cells.get("payment_reference") or ""),
            issued_on=need(cells, "issued_on"),
            total=ZERO,
            document="",
            recorded_at=desk.uow.recorded_at,
        )
    total = stated if stated is not None else advice.total + more
    desk.put("remittances", replace(advice, total=total), main=False)


def look_remittance_line(cells: Cells) -> Iterable[Look]:
    """Look up the payer, the advice and the line."""
    yield from looked(cells, "funder")
    if all(cells.get(name) for name in ("funder_code", "reference", "position")):
        yield "remittances", remittance_id(cells)
        yield "remittance_lines", _line_id(cells)
