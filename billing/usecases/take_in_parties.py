"""Taking in who takes part: organisation, sites, accounts, payers, employers, prescribers, learners, trainers."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from billing.errors import InvalidInput
from billing.identity import Siret, derive_id
from billing.party import (
    UNKNOWN_SIREN,
    Address,
    BankAccount,
    Employer,
    Funder,
    FunderAccount,
    FunderClass,
    Learner,
    Prescriber,
    Site,
    Trainer,
    TrainerStatus,
    Validity,
    VatRegime,
)
from billing.usecases.take_in_desk import Desk, Look
from billing.usecases.take_in_rows import Cells, RowRefused, chosen, need, pick

ADDRESS_FIELDS = ("address_line", "postcode", "city", "country")
VALIDITY_KINDS = ("qualiopi", "nda")


def coded(kind: str, cells: Cells, name: str = "code") -> str:
    """Derive the id of a thing that is known by its code."""
    return derive_id(kind, str(need(cells, name)))


def look_coded(repository: str, kind: str, name: str = "code") -> Any:  # noqa: ANN401 - a function of cells
    """Make the look-up of a thing known by its code."""

    def look(cells: Cells) -> Iterable[Look]:
        if cells.get(name):
            yield repository, derive_id(kind, str(cells[name]))

    return look


def address(cells: Cells, before: Address | None) -> dict[str, Address]:
    """Take an address from its four columns; what is not given stays."""
    given = {"line": cells.get("address_line"), "postcode": cells.get("postcode"), "city": cells.get("city")}
    given["country"] = cells.get("country")
    known = {name: str(value) for name, value in given.items() if value}
    return {"address": replace(before or Address(), **known)}


def take_organisation(desk: Desk, cells: Cells) -> None:
    """Change the owner of the books; `quitus init` has created it, and a SIREN once known never changes."""
    before = desk.organisation
    siren = cells.get("siren", before.siren)
    if before.siren not in {siren, UNKNOWN_SIREN}:
        raise RowRefused("other_organisation", "siren", given=str(siren), ours=str(before.siren))
    names = ("name", "nda", "vat_number", "opening_on", "nda_region", "legal_mentions", "email", "fiscal_year_end")
    known = {name: value for name, value in pick(cells, *names).items() if value is not None}
    changed: dict[str, Any] = known | chosen(cells, vat_regime=VatRegime) | address(cells, before.address)
    after = replace(before, siren=siren, **changed)
    desk.remember("organisations", [before])
    desk.put("organisations", after)
    for kind in VALIDITY_KINDS:
        starts_on = cells.get(f"{kind}_starts_on")
        if starts_on is not None:
            id_ = derive_id("validity", kind, starts_on.isoformat())
            validity = Validity(id=id_, kind=kind, starts_on=starts_on, ends_on=cells.get(f"{kind}_ends_on"))
            desk.put("validities", validity, main=False)


def look_organisation(cells: Cells) -> Iterable[Look]:
    """Look up its validities."""
    for kind in VALIDITY_KINDS:
        if cells.get(f"{kind}_starts_on") is not None:
            yield "validities", derive_id("validity", kind, cells[f"{kind}_starts_on"].isoformat())


def take_site(desk: Desk, cells: Cells) -> None:
    """Take in a place of the organisation."""
    id_ = coded("site", cells)
    before = desk.get("sites", id_)
    where = address(cells, before.address if before else None)
    desk.store(Site, "sites", id_, {**pick(cells, "code", "siret", "name"), **where})


def take_bank_account(desk: Desk, cells: Cells) -> None:
    """Take in one of our accounts."""
    given = pick(cells, "iban", "bic", "label", "ledger_account", "is_factor", "closed_on")
    desk.store(BankAccount, "bank_accounts", bank_account_id(cells), given, bic="", label="")


def bank_account_id(cells: Cells) -> str:
    """Derive the id of one of our accounts."""
    return derive_id("bank_account", need(cells, "iban").value)


def look_bank_account(cells: Cells) -> Iterable[Look]:
    """Look up the account."""
    if cells.get("iban") is not None:
        yield "bank_accounts", bank_account_id(cells)


FUNDER_FIELDS = (
    "code",
    "name",
    "payment_term_days",
    "review_days",
    "claim_deadline_months",
    "closed",
    "sending",
    "requires_engagement",
    "requires_service_code",
    "attendance_cutoff_day",
    "justified_counts_as_done",
    "email",
    "aliases",
)


def take_funder(desk: Desk, cells: Cells) -> None:
    """Take in a payer; a SIRET that fails its check is kept as given, so that a rule can report it."""
    id_ = coded("funder", cells)
    before = desk.get("funders", id_)
    given = pick(cells, *FUNDER_FIELDS) | chosen(cells, funder_class=FunderClass)
    given |= _siret_as_given(cells) | address(cells, before.address if before else None)
    if cells.get("employer_code"):
        code = str(cells["employer_code"])
        given["employer_id"] = desk.need("employers", derive_id("employer", code), "employer_code", code).id
    if cells.get("learner_code"):
        code = str(cells["learner_code"])
        given["learner_id"] = desk.need("learners", derive_id("learner", code), "learner_code", code).id
    desk.store(Funder, "funders", id_, given, siret=None)
    for iban in cells.get("ibans") or ():
        account_id = derive_id("funder_account", id_, iban.value)
        if desk.get("funder_accounts", account_id) is None:
            account = FunderAccount(id=account_id, funder_id=id_, iban=iban, source="typed")
            desk.put("funder_accounts", account, main=False)


def look_funder(cells: Cells) -> Iterable[Look]:
    """Look up the payer, whom it stands for, and its accounts."""
    if not cells.get("code"):
        return
    id_ = derive_id("funder", str(cells["code"]))
    yield "funders", id_
    if cells.get("employer_code"):
        yield "employers", derive_id("employer", str(cells["employer_code"]))
    if cells.get("learner_code"):
        yield "learners", derive_id("learner", str(cells["learner_code"]))
    for iban in cells.get("ibans") or ():
        yield "funder_accounts", derive_id("funder_account", id_, iban.value)


def _siret_as_given(cells: Cells) -> dict[str, Any]:
    if "siret" not in cells:
        return {}
    text = str(cells["siret"] or "")
    if not text:
        return {"siret": None, "siret_as_given": ""}
    try:
        return {"siret": Siret.read(text), "siret_as_given": ""}
    except InvalidInput:
        return {"siret": None, "siret_as_given": text[:40]}


def take_employer(desk: Desk, cells: Cells) -> None:
    """Take in an employer."""
    id_ = coded("employer", cells)
    before = desk.get("employers", id_)
    given = pick(cells, "code", "name", "siret") | address(cells, before.address if before else None)
    if "opco_code" in cells:
        given["opco_code"] = cells["opco_code"] or None
    desk.store(Employer, "employers", id_, given, siret=None)


def take_prescriber(desk: Desk, cells: Cells) -> None:
    """Take in a prescriber."""
    desk.store(Prescriber, "prescribers", coded("prescriber", cells), pick(cells, "code", "name", "email"))


def take_learner(desk: Desk, cells: Cells) -> None:
    """Take in a learner."""
    given = pick(cells, "code", "last_name", "first_name", "birth_on", "email", "nir")
    desk.store(Learner, "learners", coded("learner", cells), given, birth_on=None)


def take_trainer(desk: Desk, cells: Cells) -> None:
    """Take in a trainer; a change of bank details is dated today unless the file gives its day."""
    id_ = coded("trainer", cells)
    before = desk.get("trainers", id_)
    names = (
        "code",
        "last_name",
        "first_name",
        "siret",
        "nda",
        "iban",
        "iban_changed_on",
        "vigilance_until",
        "category",
    )
    given = pick(cells, *names) | chosen(cells, status=TrainerStatus)
    if "employee_number" in cells:
        given["employee_number"] = cells["employee_number"] or None
    moved = before is not None and before.iban is not None and cells.get("iban") not in {None, before.iban}
    if moved and not cells.get("iban_changed_on"):
        given["iban_changed_on"] = desk.today
    desk.store(Trainer, "trainers", id_, given)
