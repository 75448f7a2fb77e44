"""Set a home up, examine it, and prove its books."""

import os
from collections.abc import Callable
from datetime import date
from typing import Any

from billing.agreement import LifeState
from billing.claim import Claim
from billing.errors import BrokenBooks, InvalidInput, Misconfigured, QuitusError
from billing.identity import Siren, derive_id
from billing.journal import replay, snapshot
from billing.money import ZERO, Money, total
from billing.party import UNKNOWN_SIREN, Address, Organisation, Role, User, VatRegime
from billing.ports import UnitOfWork
from console import ledger_proof
from integrations.database.books import Books
from integrations.database.unit_of_work import SqlUnitOfWork
from reconciliation.usecases.ageing import ageing
from workers.bootstrap import Runtime, build, keyring
from workers.catalogue import named
from workers.clock import SystemClock
from workers.settings import TEMPLATE, Secrets, load

FIRST_SLUG = "organisme"
"""The organisation's short name, where nobody chose one."""


def initialise(*, slug: str | None, name: str, siren: str | None, login: str, beside: bool = False) -> dict[str, Any]:
    """Create what is missing of a home; what is there stays as it is, but for the schema, which is brought up to date.

    Args:
        slug: the organisation's short name; None = the one that is there, or `FIRST_SLUG` in a new home.
        name: what it is called.
        siren: its number, when it is known.
        login: the first user's.
        beside: add it, though the home has another one.

    Returns:
        `home`, `organisation` (its slug; the first of those that are there, when none was named), `created`.

    Raises:
        InvalidInput: the slug or the SIREN cannot be used, or another organisation is there.
    """
    if slug is not None and (not slug.replace("-", "").replace("_", "").isalnum() or not slug.isascii()):
        raise InvalidInput("slug_invalid", slug=slug[:40])
    number = Siren.read(siren) if siren else UNKNOWN_SIREN
    settings = load()
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings.inbox.mkdir(exist_ok=True)
    file = settings.home / "quitus.toml"
    if not file.exists():
        file.write_text(TEMPLATE, encoding="utf-8")
    secrets = Secrets(settings.home, os.environ)
    clock = SystemClock(settings.today)
    books = Books(settings.database_url.get_secret_value(), keyring(secrets, create=True), now=clock.now)
    try:
        books.migrate()
        there = [organisation.slug for organisation in books.organisations()]
        slug = slug or next(iter(there), FIRST_SLUG)
        if there and slug not in there and not beside:
            raise InvalidInput("organisation_beside_another", slug=slug, known=", ".join(there))
        created = slug not in there and _organisation(books, slug, name, number, login, clock.today())
    finally:
        books.close()
    return {"home": str(settings.home), "organisation": slug, "created": created}


def _organisation(books: Books, slug: str, name: str, siren: Siren, login: str, today: date) -> bool:
    id_ = derive_id("organisation", slug)
    with books.open_books(id_, f"user:{login}") as uow:
        if uow.organisations.get(id_) is not None:
            return False
        uow.organisations.add(
            Organisation(
                id=id_,
                slug=slug,
                name=name,
                siren=siren,
                nda=None,
                vat_regime=VatRegime.EXEMPT_TRAINING,
                vat_number=None,
                address=Address(),
                opening_on=today.replace(month=1, day=1),
            )
        )
        uow.users.add(User(id=derive_id("user", login), login=login, name=login, role=Role.ADMIN))
        uow.record(
            type_="organisation.created",
            subject_kind="organisation",
            subject_id=id_,
            effective_on=today,
            payload={"slug": slug},
        )
        uow.commit()
    return True


def examine(slug: str | None) -> tuple[list[str], bool]:
    """Look for everything that a person should mend.

    Returns:
        French sentences, none when all is well; whether the home could be opened at all, and so was examined.
    """
    try:
        opened = build()
    except Misconfigured as error:
        return _sentences(error), False
    with opened:
        try:
            organisation_id, name = opened.organisation(slug)
        except Misconfigured as error:
            return _sentences(error), False
        problems = _examine_organisation(opened, organisation_id)
        for code in opened.platforms_in_use(organisation_id, name):
            try:
                findings = opened.connection(name, code).check()
            except QuitusError as error:
                problems += [_about(code, line) for line in _sentences(error)]
                continue
            problems += [_about(code, opened.texts.of_finding(finding)) for finding in findings]
    return problems, True


def _about(code: str, line: str) -> str:
    """Put a platform's code before a line about it, in which only its name may stand."""
    return line if code in line else f"{code} : {line}"


def _sentences(error: QuitusError) -> list[str]:
    from console.cli.frame import sentences  # noqa: PLC0415 - the frame is light, and owns the words

    return [line.removeprefix("  • ") for line in sentences(error)]


def _examine_organisation(runtime: Runtime, organisation_id: str) -> list[str]:
    problems = []
    with runtime.books.open_books(organisation_id, "system", read_only=True) as uow:
        organisation = uow.organisations.get(organisation_id)
        if organisation is None:
            return [runtime.texts.sentence("errors", "no_organisation", {})]
        if organisation.siren == UNKNOWN_SIREN:
            problems.append(runtime.texts.sentence("findings", "organisation_siren_unknown", {}))
        if organisation.nda is None:
            problems.append(runtime.texts.sentence("findings", "organisation_nda_unknown", {}))
        if not uow.bank_accounts.count():
            problems.append(runtime.texts.sentence("findings", "no_bank_account", {}))
        if not uow.routes.count():
            problems.append(runtime.texts.sentence("findings", "no_route", {}))
    return problems


# --- proofs ---------------------------------------------------------------------------------------------


def verify(runtime: Runtime, organisation_id: str, on_progress: Callable[[int], None]) -> dict[str, Any]:
    """Prove the journal's chain, the projections, the bank lines, the entries and the aged balance.

    Returns:
        `ok`, `entries` (journal lines), `first_broken` (sequence, None when the chain holds), `problems` (French).
    """
    with runtime.books.open_sql(organisation_id, "system", read_only=True) as uow:
        lines, first_broken = _chain(uow)
        on_progress(lines)
        problems = [] if first_broken is None else [f"Le journal est rompu à la ligne {first_broken}."]
        problems += _broken_projections(uow)
        problems += _broken_money(uow)
        problems += ledger_proof.broken(uow)
        balance = ageing(uow, as_of=runtime.clock.today())
        if not balance.ties:
            problems.append(runtime.texts.sentence("findings", "ageing_does_not_tie", {}))
    return {"ok": not problems, "entries": lines, "first_broken": first_broken, "problems": problems}


def _chain(uow: SqlUnitOfWork) -> tuple[int, int | None]:
    """Follow the journal's chain; give its length, and the first line that does not fit (None when all do)."""
    try:
        return uow.verify_journal(), None
    except BrokenBooks as error:
        sequence = int(str(error.values["sequence"]))
        return sequence - 1, sequence


def _broken_projections(uow: UnitOfWork) -> list[str]:
    """Rebuild every journalled noun from the journal and compare it with its table."""
    rebuilt = replay(uow.journal())
    stored: dict[tuple[str, str], Any] = {}
    for kind, repository in (
        ("claim", uow.claims),
        ("allocation", uow.allocations),
        ("submission", uow.submissions),
        ("anomaly", uow.anomalies),
    ):
        for noun in repository.stream():
            stored[kind, noun.id] = snapshot(noun)
    wrong = [key for key in rebuilt.keys() | stored.keys() if rebuilt.get(key) != stored.get(key)]
    return [
        f"{named('Noun', kind)} {id_} : la table ne dit pas ce que dit le journal." for kind, id_ in sorted(wrong)[:20]
    ]


def _broken_money(uow: UnitOfWork) -> list[str]:
    problems = []
    explained: dict[str, Money] = {}
    on_claims: dict[str, Money] = {}
    for allocation in uow.allocations.stream():
        explained[allocation.bank_line_id] = explained.get(allocation.bank_line_id, ZERO) + allocation.amount
        if allocation.claim_id:
            on_claims[allocation.claim_id] = on_claims.get(allocation.claim_id, ZERO) + allocation.amount
    problems += [
        f"Ligne bancaire {line.id} : {line.amount.french()} n'est pas la somme de ses affectations."
        for line in uow.bank_lines.stream()
        if line.amount - line.unallocated != explained.get(line.id, ZERO)
    ]
    for claim in uow.claims.stream():
        problems += _broken_claim(claim, on_claims.get(claim.id, ZERO))
    problems += [
        f"Écriture {entry.piece} : débit et crédit diffèrent."
        for entry in uow.entries()
        if total(item.debit for item in entry.lines) != total(item.credit for item in entry.lines)
    ]
    return problems[:50]


def _broken_claim(claim: Claim, allocated: Money) -> list[str]:
    owed = claim.gross - claim.credited - claim.allocated - claim.written_off
    expected = owed if claim.is_receivable else ZERO
    problems = []
    if claim.open != expected:
        problems.append(f"Facture {claim.number} : le reste dû est faux.")
    if claim.allocated != allocated and claim.state is not LifeState.CANCELLED:
        problems.append(f"Facture {claim.number} : {claim.allocated.french()} ≠ somme de ses règlements.")
    return problems
