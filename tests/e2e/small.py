"""A small organisation of twenty learners, told by files as users drop them: the crash campaign's night.

Written by hand, invented from end to end. What is due on the night of 3 November 2026:

* five claims to a public buyer and one to a region, through the public buyers' platform, which takes them;
* one claim to a town whose service code is closed: that platform turns it down, however often it is sent;
* three claims to an OPCO and two to the CPF's payer, which a person carries;
* one month of attendance of a paid learner, one month of a trainer's hours for payroll.

Before it: eight invoices of its own software, two opening receivables, two lump transfers with their advices.
"""

import random
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from adapters.sample import WAYS, sandbox_dossiers, write_export
from billing.money import Money
from console.demo.files import write_templates
from console.demo.world import Sample
from tests.e2e.small_facts import (
    FUNDERS,
    HALF_DAYS,
    IBAN,
    IBANS,
    NAMES,
    NIGHT,
    OPENING,
    PRICES,
    SCHEMES,
    SESSIONS,
    SIRET,
    SIRETS,
    SLUG,
    code_of,
    reference_of,
    weekdays,
)
from tests.e2e.small_money import add_invoices, add_paid_learner, add_trainer, dossiers, statement

__all__ = ["NIGHT", "SIRET", "SLUG", "public_dossiers", "write_inbox"]


def write_inbox(folder: Path) -> None:
    """Write every file of the night: templates, two exports of the CPF platform, a bank statement, a bad file."""
    folder.mkdir(parents=True, exist_ok=True)
    write_templates(_rows(), folder)
    write_export(folder, SIRET, date(2026, 10, 20), dossiers(date(2026, 10, 20)))
    write_export(folder, SIRET, NIGHT, dossiers(NIGHT))
    (folder / "releve-2026-10.xml").write_bytes(statement())
    (folder / "notes-du-lundi.csv").write_text("rien ; de ce que ; quitus connaît\n1;2;3\n", encoding="utf-8")


def public_dossiers() -> dict[str, object]:
    """What the public buyers' sandbox must know: the town's service is closed, so its invoice is always refused."""
    body = sandbox_dossiers([SIRETS["DEP"], SIRETS["REG"]], SIRET, rejected=(), suspended=())
    public: dict[str, object] = body[WAYS["public"]]
    structures = list(public["structures"])  # type: ignore[call-overload]
    structures.append({"siret": SIRETS["VIL"], "services": [{"code": "FORMATION", "actif": False}]})
    # An accepted invoice is listed at once: what its listing hides is the settle window's matter, which the test's
    # clock lets pass between two runs while the platform's clock stands still.
    return {WAYS["public"]: {**public, "structures": structures, "flux_seconds": 0}}


def _rows() -> Sample:
    sample = Sample(seed=0, scale=1, rng=random.Random(0))  # noqa: S311 - nothing is drawn from it
    _house(sample)
    for session, payer, (first, last), learners in SESSIONS:
        sample.add(
            "session",
            code=session,
            action_code="A-LONGUE" if payer == "REG" else "A-COURTE",
            site_code="SIEGE",
            starts_on=first,
            ends_on=last,
            planned_hours=Decimal(280 if payer == "REG" else 35),
            remuneration_approval="AG-S-REG" if payer == "REG" else None,
            approval_starts_on=first if payer == "REG" else None,
            approval_ends_on=last if payer == "REG" else None,
        )
        for learner in learners:
            _seat(sample, session, payer, first, last, learner)
    add_trainer(sample)
    add_paid_learner(sample)
    add_invoices(sample)
    sample.add("hours", session_code="S-DEP", learner_code="L99", month="2026-10", done=Decimal(35))  # nobody is L99
    return sample


def _house(sample: Sample) -> None:
    sample.add(
        "organisation",
        name="Petite École de Brume",
        siren=SIRET[:9],
        nda="11756543210",
        vat_regime="exempt_training",
        address_line="12 rue des Tanneurs",
        postcode="75011",
        city="Paris",
        opening_on=OPENING,
        legal_mentions="SARL au capital de 20 000 € – RCS Paris",
        email="facturation@exemple.invalid",
        qualiopi_starts_on=date(2024, 1, 1),
        qualiopi_ends_on=date(2027, 12, 31),
        nda_starts_on=date(2015, 1, 1),
    )
    sample.add(
        "site",
        code="SIEGE",
        siret=SIRET,
        name="Siège",
        address_line="12 rue des Tanneurs",
        postcode="75011",
        city="Paris",
    )
    sample.add("bank_account", iban=IBAN, bic="BRUMFRPPXXX", label="Compte courant", ledger_account="512000")
    sample.add("action", code="A-COURTE", title="Travailler en sécurité", planned_hours=Decimal(35))
    sample.add("action", code="A-LONGUE", title="Préparer son projet", planned_hours=Decimal(280))
    sample.add(
        "employer",
        code="EMP",
        name="Menuiserie Tournebois SARL",
        siret=SIRETS["EMP"],
        address_line="3 rue du Bois",
        postcode="75012",
        city="Paris",
        opco_code="OPC",
    )
    for code, name, class_, way, _scheme in FUNDERS:
        sample.add(
            "funder",
            code=code,
            name=name,
            funder_class=class_,
            siret=SIRETS[code],
            address_line="1 place du Marché",
            postcode="75001",
            city="Paris",
            sending=True,
            requires_engagement=way == "public",
            requires_service_code=way == "public",
            ibans=(IBANS[code],),
            aliases=(name.upper()[:30],),
            learner_code="L20" if code == "P-L20" else None,
        )
        sample.add("route", act="claim", platform=WAYS[way], starts_on=OPENING, funder_code=code)
    sample.add("route", act="attendance", platform=WAYS["learners"], starts_on=OPENING, funder_code="REG")
    sample.add("route", act="remuneration", platform=WAYS["payroll"], starts_on=OPENING)


def _seat(sample: Sample, session: str, payer: str, first: date, last: date, learner: int) -> None:
    price = Money(PRICES[payer])
    public = payer in {"DEP", "VIL", "REG"}
    sample.add(
        "learner",
        code=code_of(learner),
        last_name=NAMES[learner - 1],
        first_name="Camille",
        birth_on=date(1980, 1, learner),
        email=f"{code_of(learner).lower()}@exemple.invalid",
    )
    sample.add(
        "enrolment",
        session_code=session,
        learner_code=code_of(learner),
        funded=payer != "P-L20",
        sale_price=price,
        employer_code="EMP" if payer == "EMP" else None,
        compensation_expected=payer == "REG",
    )
    sample.add(
        "agreement",
        funder_code=payer,
        reference=reference_of(payer, learner),
        scheme=SCHEMES[payer],
        session_code=session,
        learner_code=code_of(learner),
        amount=price,
        hours=Decimal(280 if payer == "REG" else 35),
        unit="flat",
        bills_real_hours=False,
        starts_on=first,
        ends_on=last,
        decided_on=first - timedelta(days=20),
        state="approved",
        subrogation=payer == "OPC",
        needs_certificate=payer == "OPC",
        engagement_number=f"EJ26{learner:05d}" if public else "",
        service_code="FORMATION" if public else "",
        payer_siret=SIRETS[payer],
        ordered_on=first - timedelta(days=30) if payer == "CDC" else None,
    )
    if session == "S-OPC":
        for day in weekdays(first, last):
            for begins, _ends in HALF_DAYS:
                sample.add(
                    "attendance",
                    session_code=session,
                    day=day,
                    starts_at=begins,
                    trainer_code="T1",
                    learner_code=code_of(learner),
                    status="done",
                )
    else:
        for month in sorted({f"{first:%Y-%m}", f"{last:%Y-%m}"}):
            hours = Decimal(140 if payer == "REG" else 35)
            sample.add(
                "hours",
                session_code=session,
                learner_code=code_of(learner),
                month=month,
                done=hours,
                justified=Decimal(0),
                unjustified=Decimal(0),
            )
    if payer == "OPC":
        sample.add(
            "certificate",
            session_code=session,
            learner_code=code_of(learner),
            hours=Decimal(35),
            starts_on=first,
            ends_on=last,
            signed_on=last,
        )
