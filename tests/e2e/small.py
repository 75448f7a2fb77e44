"""A small organisation of twenty learners, told by files as users drop them: the crash campaign's night.

Written by hand, invented from end to end. What is due on the night of 3 November 2026:

* five claims to a public buyer and one to a region, through the public buyers' platform, which takes them;
* one claim to a town whose service code is closed: that platform turns it down, however often it is sent;
* three claims to an OPCO and two to the CPF's payer, which a person carries;
* one month of attendance of a paid learner, one month of a trainer's hours for payroll.

Before it: ten invoices of the organisation's own software, two lump transfers with their advices, single payments.
"""

import random
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

from adapters.sample import WAYS, sandbox_dossiers, write_export
from billing.money import Money
from console.demo.files import write_templates
from console.demo.world import Sample, iban_from, siret_from
from tests.integrations.bank import camt_files

SLUG = "petit"
NIGHT = date(2026, 11, 3)
OPENING = date(2026, 1, 1)
SIRET = siret_from(92000000)
IBAN = iban_from(900)
SHORT = (date(2026, 10, 26), date(2026, 10, 30))
LONG = (date(2026, 9, 7), date(2026, 10, 30))
PAST = (date(2026, 9, 7), date(2026, 9, 11))

# code, name, class, way, scheme; a way is named in `adapters.sample.WAYS`
FUNDERS = (
    ("DEP", "Département de la Brumaille", "public_body", "public", "other_flat"),
    ("VIL", "Ville de Brume-sur-Loire", "public_body", "public", "other_flat"),
    ("REG", "Région Val-de-Brume", "region", "public", "region"),
    ("OPC", "OPCO de la Fabrication Durable", "opco", "portal", "pdc"),
    ("CDC", "Caisse des Dépôts – compte personnel de formation", "cdc", "cpf", "cpf"),
    ("EMP", "Menuiserie Tournebois SARL", "employer", "mail", "employer"),
    ("P-L20", "Ivan Roche", "person", "mail", "self"),
)
SIRETS = {code: "" if code == "P-L20" else siret_from(92001000 + n) for n, (code, *_) in enumerate(FUNDERS)}
IBANS = {code: iban_from(91000 + n) for n, (code, *_) in enumerate(FUNDERS)}
SCHEMES = {code: scheme for code, _name, _class, _way, scheme in FUNDERS}
PRICES = {"DEP": 84000, "VIL": 84000, "REG": 252000, "OPC": 70000, "CDC": 150000, "EMP": 91000, "P-L20": 63000}

# session, payer, first and last day, learners
SESSIONS = (
    ("S-DEP", "DEP", SHORT, range(1, 6)),
    ("S-VIL", "VIL", SHORT, range(6, 7)),
    ("S-OPC", "OPC", SHORT, range(7, 10)),
    ("S-CPF", "CDC", SHORT, range(10, 12)),
    ("S-CPF-9", "CDC", PAST, range(12, 14)),
    ("S-EMP-9", "EMP", PAST, range(14, 16)),
    ("S-OPC-9", "OPC", PAST, range(16, 19)),
    ("S-REG", "REG", LONG, range(19, 20)),
    ("S-PER-9", "P-L20", PAST, range(20, 21)),
)
NAMES = [
    "Aubert",
    "Blondel",
    "Carlier",
    "Delmas",
    "Escoffier",
    "Ferrand",
    "Guérin",
    "Hamel",
    "Imbert",
    "Jolivet",
    "Kessler",
    "Lacombe",
    "Marchal",
    "Noël",
    "Ollivier",
    "Perrin",
    "Quentin",
    "Rivière",
    "Sabatier",
    "Roche",
]
PAID_LEARNER = 19
HALF_DAYS = ((time(9, 0), time(12, 30)), (time(13, 30), time(17, 0)))

# number, session, learner: the invoices of the organisation's own software, all of 14 September 2026
OWN_INVOICES = (
    ("OF26-000101", "S-CPF-9", 12),
    ("OF26-000102", "S-CPF-9", 13),
    ("OF26-000103", "S-EMP-9", 14),
    ("OF26-000104", "S-EMP-9", 15),
    ("OF26-000105", "S-OPC-9", 16),
    ("OF26-000106", "S-OPC-9", 17),
    ("OF26-000107", "S-OPC-9", 18),
    ("OF26-000109", "S-PER-9", 20),  # 000108 is missing on purpose
)
INVOICED_ON = date(2026, 9, 14)
ADVICES = (
    ("BRDCDC261012", "CDC", (("OF26-000101", 12), ("OF26-000102", 13))),
    ("BRDOPC261015", "OPC", (("OF26-000105", 16), ("OF26-000106", 17), ("OF26-000107", 18))),
)


def code_of(learner: int) -> str:
    return f"L{learner:02d}"


def reference_of(payer: str, learner: int) -> str:
    return f"9{learner:013d}" if payer == "CDC" else f"{payer}-2026-{learner:04d}"


def weekdays(first: date, last: date) -> Iterable[date]:
    day = first
    while day <= last:
        if day.weekday() < 5:
            yield day
        day += timedelta(days=1)


def write_inbox(folder: Path) -> None:
    """Write every file of the night: templates, two exports of the CPF platform, a bank statement, a bad file."""
    folder.mkdir(parents=True, exist_ok=True)
    write_templates(_rows(), folder)
    write_export(folder, SIRET, date(2026, 10, 20), _dossiers(date(2026, 10, 20)))
    write_export(folder, SIRET, NIGHT, _dossiers(NIGHT))
    (folder / "releve-2026-10.xml").write_bytes(_statement())
    (folder / "notes-du-lundi.csv").write_text("rien ; de ce que ; quitus connaît\n1;2;3\n", encoding="utf-8")


def public_dossiers() -> dict[str, object]:
    """What the public buyers' sandbox must know: the town's service is closed, so its invoice is always refused."""
    body = sandbox_dossiers([SIRETS["DEP"], SIRETS["REG"]], SIRET[:9], rejected=(), suspended=())
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
    _trainer(sample)
    _paid_learner(sample)
    _money(sample)
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


def _trainer(sample: Sample) -> None:
    """One salaried trainer; payroll was told 32 hours of the 35 that were signed in September."""
    sample.add(
        "trainer",
        code="T1",
        last_name="Weber",
        first_name="Dominique",
        status="employee",
        employee_number="M00001",
        category="C",
    )
    for session, (first, last) in (("S-OPC", SHORT), ("S-OPC-9", PAST)):
        for day in weekdays(first, last):
            for begins, ends in HALF_DAYS:
                sample.add(
                    "slot",
                    session_code=session,
                    day=day,
                    starts_at=begins,
                    ends_at=ends,
                    hours=Decimal("3.5"),
                    trainer_code="T1",
                    trainer_signed=True,
                )
        sample.add(
            "order",
            code=f"CMD-{session}",
            trainer_code="T1",
            session_code=session,
            rate=Decimal("42.00"),
            unit="h",
            starts_on=first,
            ends_on=last,
            max_quantity=Decimal(35),
        )
    sample.add(
        "payroll_variable",
        trainer_code="T1",
        session_code="S-OPC-9",
        month="2026-09",
        rubric="FFP",
        quantity=Decimal(32),
        rate=Decimal("42.00"),
        sent_on=date(2026, 10, 2),
    )


def _paid_learner(sample: Sample) -> None:
    """One learner paid by the region: September is declared and underpaid by 40 €, October is tonight's work."""
    sample.add(
        "entitlement",
        dossier_number="RS0000019",
        payer_code="REG",
        learner_code=code_of(PAID_LEARNER),
        session_code="S-REG",
        scheme="rsfp",
        entry_on=LONG[0],
        starts_on=LONG[0],
        ends_on=LONG[1],
        monthly_rate=Money(68500),
        approval_number="AG-S-REG",
        approval_starts_on=LONG[0],
        approval_ends_on=LONG[1],
        complete_on=LONG[0],
        iban_given=iban_from(5000),
        iban_holder="learner",
    )
    sample.add(
        "attendance_statement",
        dossier_number="RS0000019",
        payer_code="REG",
        month="2026-09",
        planned=Decimal(140),
        done=Decimal(140),
        justified=Decimal(0),
        unjustified=Decimal(0),
        sent_on=date(2026, 10, 3),
    )
    sample.add(
        "compensation_payment",
        dossier_number="RS0000019",
        payer_code="REG",
        month="2026-09",
        gross=Money(54800 - 4000),  # twenty-four thirtieths of 685 €, less 40 €
        status="paid",
        paid_on=date(2026, 10, 20),
        pay_due_on=date(2026, 10, 20),
    )


def _money(sample: Sample) -> None:
    payers = {session: payer for session, payer, _dates, _learners in SESSIONS}
    for number, session, learner in OWN_INVOICES:
        payer = payers[session]
        sample.add(
            "claim",
            number=number,
            kind="platform" if payer == "CDC" else "invoice",
            issue_on=INVOICED_ON,
            due_on=INVOICED_ON + timedelta(days=30),
            funder_code=payer,
            agreement_reference=reference_of(payer, learner),
            session_code=session,
            learner_code=code_of(learner),
            net=Money(PRICES[payer]),
            vat=Money(0),
            gross=Money(PRICES[payer]),
            hours=Decimal(35),
            sent_on=INVOICED_ON,
        )
    for number, payer, cents in (("OF25-000091", "DEP", 40000), ("OF25-000092", "EMP", 41700)):
        sample.add(
            "opening",
            number=number,
            issue_on=date(2025, 12, 10),
            due_on=date(2026, 1, 10),
            funder_code=payer,
            open=Money(cents),
        )
    for reference, payer, lines in ADVICES:
        for position, (number, learner) in enumerate(lines, start=1):
            sample.add(
                "remittance_line",
                reference=reference,
                payment_reference=reference,
                funder_code=payer,
                issued_on=date(2026, 10, 10),
                position=position,
                invoice_reference=number,
                dossier_reference=reference_of(payer, learner),
                billed=Money(PRICES[payer]),
                refaction=Money(0),
                net=Money(PRICES[payer]),
            )


def _statement() -> bytes:
    """October's movements, in cents: +3000.00 +2100.00 +910.00 +880.00 +400.00 +432.10 −1800.00 −12.50 = +5909.60."""
    names = {code: name[:35].replace("–", "-") for code, name, *_ in FUNDERS}

    def entry(n: int, day: int, euros: str, label: str, payer: str = "", end_to_end: str = "NOTPROVIDED") -> str:
        booked = datetime(2026, 10, day).date()  # noqa: DTZ001 - a plain day
        return camt_files.entry(
            euros.lstrip("-"),
            side="DBIT" if euros.startswith("-") else "CRDT",
            day=f"<Dt>{booked}</Dt>",
            label=label,
            name=names.get(payer, "INCONNU"),
            iban=IBANS.get(payer, ""),
            reference=f"2610{n:05d}",
            end_to_end=end_to_end,
        )

    return camt_files.document(
        camt_files.statement(
            camt_files.balance("OPBD", "10000.00"),
            camt_files.balance("CLBD", "15909.60"),
            entry(1, 12, "3000.00", "VIR SEPA CAISSE DES DEPOTS BRDCDC261012", "CDC", "BRDCDC261012"),
            entry(2, 15, "2100.00", "VIR SEPA OPCO FABRICATION BRDOPC261015", "OPC", "BRDOPC261015"),
            entry(3, 16, "910.00", "VIR SEPA MENUISERIE TOURNEBOIS FACT OF26-000103", "EMP"),
            entry(4, 17, "880.00", "VIR SEPA MENUISERIE TOURNEBOIS FACT OF26-000104", "EMP"),
            entry(5, 18, "400.00", "VIR SEPA DEPARTEMENT BRUMAILLE MANDAT 117 FACT OF25-000091", "DEP"),
            entry(6, 19, "432.10", "VIR INST SOCIETE INCONNUE REGLT DIVERS"),
            entry(7, 29, "-1800.00", "VIR SALAIRES"),
            entry(8, 30, "-12.50", "FRAIS TENUE DE COMPTE"),
            reference="2026-10",
            account=f"<IBAN>{IBAN}</IBAN>",
            period=camt_files.period("2026-10-01", "2026-10-31"),
        )
    )


def _dossiers(day: date) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for session, payer, (first, last), learners in SESSIONS:
        if payer != "CDC":
            continue
        for learner in learners:
            done, past = last < day, last < date(2026, 10, 1)
            found.append(
                {
                    "reference": reference_of(payer, learner),
                    "last_name": NAMES[learner - 1],
                    "first_name": "Camille",
                    "birth_on": date(1980, 1, learner),
                    "email": f"{code_of(learner).lower()}@exemple.invalid",
                    "session": session,
                    "title": "Travailler en sécurité",
                    "starts_on": first,
                    "ends_on": last,
                    "stage": "done" if done else "accepted",
                    "moved_on": min(last, day) if done else None,
                    "rate": 100 if done else None,
                    "amount_cents": PRICES["CDC"],
                    "billable_cents": PRICES["CDC"] if done else None,
                    "billed_cents": (PRICES["CDC"] if past else 0) if done else None,
                }
            )
    return found
