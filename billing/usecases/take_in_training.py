"""Taking in what is taught and what is promised: actions, sessions, prices, enrolments, agreements, instalments."""

from collections.abc import Iterable
from typing import Any

from billing.agreement import AmountBasis, FundingAgreement, Instalment, LifeState, PlanRank, Scheme, Unit
from billing.identity import derive_id
from billing.training import Action, Enrolment, Price, PriceBasis, Session
from billing.usecases.take_in_desk import Desk, Look
from billing.usecases.take_in_parties import coded
from billing.usecases.take_in_rows import Cells, RowRefused, chosen, member, need, pick


def take_action(desk: Desk, cells: Cells) -> None:
    """Take in an action of the catalogue."""
    given = pick(cells, "code", "title", "planned_hours", "certification")
    desk.store(Action, "actions", coded("action", cells), given)


def take_session(desk: Desk, cells: Cells) -> None:
    """Take in a session; its last day is not before its first."""
    id_ = coded("session", cells)
    names = ("code", "starts_on", "ends_on", "planned_hours", "remuneration_approval")
    given = pick(cells, *names, "approval_starts_on", "approval_ends_on")
    if cells.get("action_code"):
        given["action_id"] = needed(desk, cells, "action").id
    elif desk.get("sessions", id_) is None:
        raise RowRefused("field_missing", "action_code")
    if cells.get("site_code"):
        given["site_id"] = needed(desk, cells, "site").id
    in_order(cells, "starts_on", "ends_on")
    desk.store(Session, "sessions", id_, given, site_id=None)


def look_session(cells: Cells) -> Iterable[Look]:
    """Look up the session, its action and its site."""
    yield from looked(cells, "action", "site")
    if cells.get("code"):
        yield "sessions", derive_id("session", str(cells["code"]))


def take_price(desk: Desk, cells: Cells) -> None:
    """Take in a price of a session, one for each basis."""
    session = needed(desk, cells, "session")
    basis = member(cells, "basis", PriceBasis)
    given = {"session_id": session.id, "basis": basis, **pick(cells, "amount", "scale_key")}
    desk.store(Price, "prices", derive_id("price", str(cells["session_code"]), basis), given)


def look_price(cells: Cells) -> Iterable[Look]:
    """Look up the price and its session."""
    yield from looked(cells, "session")
    if cells.get("session_code") and cells.get("basis"):
        yield "prices", derive_id("price", str(cells["session_code"]), str(cells["basis"]))


def take_enrolment(desk: Desk, cells: Cells) -> None:
    """Take in a learner in a session."""
    session, learner = needed(desk, cells, "session"), needed(desk, cells, "learner")
    names = ("funded", "sale_price", "self_paid", "discount", "exit_on", "exit_reason", "exit_declared_on")
    given = {"session_id": session.id, "learner_id": learner.id, **pick(cells, *names, "compensation_expected")}
    if cells.get("employer_code"):
        given["employer_id"] = needed(desk, cells, "employer").id
    if cells.get("prescriber_code"):
        given["prescriber_id"] = needed(desk, cells, "prescriber").id
    desk.store(Enrolment, "enrolments", enrolment_id(cells), given, funded=True)


def enrolment_id(cells: Cells) -> str:
    """Derive the id of an enrolment from its two codes."""
    return derive_id("enrolment", str(need(cells, "session_code")), str(need(cells, "learner_code")))


def look_enrolment(cells: Cells) -> Iterable[Look]:
    """Look up the enrolment and what it points to."""
    yield from looked(cells, "session", "learner", "employer", "prescriber")
    if cells.get("session_code") and cells.get("learner_code"):
        yield "enrolments", enrolment_id(cells)


AGREEMENT_FIELDS = (
    "amount",
    "hours",
    "unit_price",
    "bills_real_hours",
    "starts_on",
    "ends_on",
    "decided_on",
    "ordered_on",
    "subrogation",
    "needs_certificate",
    "claim_deadline_on",
    "engagement_number",
    "service_code",
    "contract_number",
    "payer_siret",
    "platform",
    "raw_status",
    "raw_label",
    "in_control",
)

PLATFORM_SAYS = frozenset({"state", "platform", "raw_status", "raw_label", "in_control"})


def take_agreement(desk: Desk, cells: Cells) -> None:
    """Take in a promise to pay; the learner is left out for a promise about a whole group."""
    funder, session = needed(desk, cells, "funder"), needed(desk, cells, "session")
    given: dict[str, Any] = {
        "funder_id": funder.id,
        "session_id": session.id,
        "reference": str(need(cells, "reference")),
        **pick(cells, *AGREEMENT_FIELDS),
        **chosen(cells, scheme=Scheme, amount_basis=AmountBasis, unit=Unit, state=LifeState, rank=PlanRank),
    }
    if cells.get("learner_code"):
        shown = f"{cells['session_code']} / {cells['learner_code']}"
        given["enrolment_id"] = desk.need("enrolments", enrolment_id(cells), "learner_code", shown).id
    if cells.get("parent_reference"):
        shown = str(cells["parent_reference"])
        given["parent_id"] = desk.need("agreements", _parent_id(cells), "parent_reference", shown).id
    id_ = agreement_id(cells)
    before = desk.get("agreements", id_)
    if before is not None and before.seen_at is not None:
        # Its platform has spoken: the organisation's own file no longer says where the agreement stands.
        given = {name: value for name, value in given.items() if name not in PLATFORM_SAYS}
    in_order(cells, "starts_on", "ends_on")
    if given.get("hours") == 0:
        given["hours"] = None  # an empty cell erases nothing: this is how a file says that the agreement counts none
    desk.store(FundingAgreement, "agreements", id_, given, enrolment_id=None)


def agreement_id(cells: Cells, reference: str = "reference") -> str:
    """Derive the id of an agreement from its payer's code and the payer's reference."""
    return derive_id("agreement", str(need(cells, "funder_code")), str(need(cells, reference)))


def _parent_id(cells: Cells) -> str:
    funder = str(cells.get("parent_funder_code") or cells["funder_code"])
    return derive_id("agreement", funder, str(cells["parent_reference"]))


def look_agreement(cells: Cells) -> Iterable[Look]:
    """Look up the agreement and what it points to."""
    yield from looked(cells, "funder", "session")
    if cells.get("session_code") and cells.get("learner_code"):
        yield "enrolments", enrolment_id(cells)
    if cells.get("funder_code") and cells.get("reference"):
        yield "agreements", agreement_id(cells)
    if cells.get("funder_code") and cells.get("parent_reference"):
        yield "agreements", _parent_id(cells)


def take_instalment(desk: Desk, cells: Cells) -> None:
    """Take in one line of an agreement's payment schedule."""
    number = str(need(cells, "number"))
    shown = str(need(cells, "reference"))
    agreement = desk.need("agreements", agreement_id(cells), "reference", shown)
    given = {"agreement_id": agreement.id, **pick(cells, "number", "due_on", "amount", "state")}
    desk.store(Instalment, "instalments", derive_id("instalment", agreement.id, number), given)


def look_instalment(cells: Cells) -> Iterable[Look]:
    """Look up the line and its agreement."""
    if cells.get("funder_code") and cells.get("reference"):
        id_ = agreement_id(cells)
        yield "agreements", id_
        if cells.get("number") is not None:
            yield "instalments", derive_id("instalment", id_, str(cells["number"]))


def needed(desk: Desk, cells: Cells, kind: str, field: str = "") -> Any:  # noqa: ANN401 - any noun known by its code
    """Give the noun whose code the row holds.

    Raises:
        RowRefused: there is no code, or nothing bears it.
    """
    name = field or f"{kind}_code"
    code = str(need(cells, name))
    return desk.need(f"{kind}s", derive_id(kind, code), name, code)


def looked(cells: Cells, *kinds: str) -> Iterable[Look]:
    """Look up nouns by the codes that the row holds."""
    for kind in kinds:
        code = cells.get(f"{kind}_code")
        if code:
            yield f"{kind}s", derive_id(kind, str(code))


def in_order(cells: Cells, first: str, last: str) -> None:
    """Refuse a span that ends before it starts.

    Raises:
        RowRefused: `dates_reversed`.
    """
    begin, end = cells.get(first), cells.get(last)
    if begin is not None and end is not None and end < begin:
        raise RowRefused("dates_reversed", last, first=begin.isoformat(), last=end.isoformat())
