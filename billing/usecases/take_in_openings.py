"""Taking in what belongs to claims made elsewhere: the lines of invoices, and the receivables of the takeover."""

from collections.abc import Iterable

from billing.agreement import LifeState
from billing.booking import entry_of_opening
from billing.claim import Claim, ClaimLine, ClaimOrigin, ClaimRole, LineKind, settled
from billing.identity import derive_id
from billing.money import ZERO, Money
from billing.party import Funder
from billing.pricing import VATEX
from billing.usecases.take_in_claims import agreement_of, as_told, due_on, kind_of, received_id, same_number
from billing.usecases.take_in_desk import Desk, Look
from billing.usecases.take_in_rows import Cells, RowRefused, member, need, pick
from billing.usecases.take_in_training import needed


def take_claim_line(desk: Desk, cells: Cells) -> None:
    """Take in one line of a received invoice; it replaces the line that stood for the whole."""
    number = str(need(cells, "number"))
    claim: Claim = desk.need("claims", received_id(number), "number", number)
    position: int = need(cells, "position")
    net, vat, gross = (need(cells, name) for name in ("net", "vat", "gross"))
    if net + vat != gross:
        values = {"net": net.french(), "vat": vat.french(), "gross": gross.french()}
        raise RowRefused("amounts_do_not_add_up", "gross", **values)
    exempt = vat == ZERO
    given = {
        "claim_id": claim.id,
        "kind": member(cells, "line_kind", LineKind) if cells.get("line_kind") else LineKind.TRAINING,
        **pick(cells, "position", "label", "quantity", "unit", "unit_price", "net", "vat_rate", "vat", "gross"),
        "exemption_code": VATEX.get(desk.organisation.vat_regime, "") if exempt else "",
        "taxable": not exempt,
    }
    desk.store(ClaimLine, "claim_lines", derive_id("claim_line", claim.id, str(position)), given, unit="C62")


def look_claim_line(cells: Cells) -> Iterable[Look]:
    """Look up the line and its invoice."""
    if cells.get("number"):
        id_ = received_id(str(cells["number"]))
        yield "claims", id_
        if cells.get("position") is not None:
            yield "claim_lines", derive_id("claim_line", id_, str(cells["position"]))


def take_opening(desk: Desk, cells: Cells) -> None:
    """Take in what was still owed on the takeover day; it raises no anomaly and no number gap."""
    number = str(need(cells, "number"))
    funder: Funder = needed(desk, cells, "funder")
    opening_on = desk.organisation.opening_on
    if need(cells, "issue_on") >= opening_on:
        raise RowRefused("opening_not_before", "issue_on", number=number, opening=f"{opening_on:%d/%m/%Y}")
    owed: Money = need(cells, "open")
    if owed.cents <= 0:
        raise RowRefused("claim_not_positive", "open", number=number)
    vat = cells.get("vat") or ZERO
    agreement = agreement_of(desk, cells, funder)
    claim = settled(
        Claim(
            id=received_id(number),
            business_key=f"opening|{number}",
            kind=kind_of(funder),
            role=ClaimRole.SINGLE,
            origin=ClaimOrigin.OPENING,
            funder_id=funder.id,
            agreement_id=agreement.id if agreement else None,
            enrolment_id=agreement.enrolment_id if agreement else None,
            session_id=agreement.session_id if agreement else None,
            series="",
            number=number,
            sequence=None,
            issue_on=cells["issue_on"],
            due_on=due_on(desk, cells, funder),
            net=owed - vat,
            vat=vat,
            gross=owed,
            hours=None,
            state=LifeState.SUBMITTED,
            sent_on=cells.get("sent_on") or cells["issue_on"],
            external_reference=str(cells.get("external_reference") or ""),
            recorded_at=desk.uow.recorded_at,
        )
    )
    before: Claim | None = desk.get("claims", claim.id) or same_number(desk, number)
    if before is not None:
        _opening_again(before, claim)
        return
    desk.keep_claim(None, claim, type_="claim.opened", on=opening_on)
    desk.post(entry_of_opening(claim, owed, funder, opening_on, desk.uow.recorded_at))


def _opening_again(before: Claim, claim: Claim) -> None:
    for name in ("funder_id", "issue_on", "gross"):
        old, new = getattr(before, name), getattr(claim, name)
        if old != new:
            field = {"funder_id": "funder_code", "gross": "open"}.get(name, name)
            raise RowRefused("received_claim_differs", field, number=before.number, old=as_told(old), new=as_told(new))
