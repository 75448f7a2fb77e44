"""The small organisation's trainer, paid learner, invoices, bank statement and dossiers of the CPF platform."""

from datetime import date, timedelta
from decimal import Decimal

from billing.money import Money
from console.demo.world import Sample, iban_from
from tests.e2e.small_facts import (
    ADVICES,
    FUNDERS,
    HALF_DAYS,
    IBAN,
    IBANS,
    INVOICED_ON,
    LONG,
    NAMES,
    OWN_INVOICES,
    PAID_LEARNER,
    PAST,
    PRICES,
    SESSIONS,
    SHORT,
    code_of,
    reference_of,
    weekdays,
)
from tests.integrations.bank import camt_files


def add_trainer(sample: Sample) -> None:
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


def add_paid_learner(sample: Sample) -> None:
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


def add_invoices(sample: Sample) -> None:
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


def statement() -> bytes:
    """October's movements, in cents: +3000.00 +2100.00 +910.00 +880.00 +400.00 +432.10 −1800.00 −12.50 = +5909.60."""
    names = {code: name[:35].replace("–", "-") for code, name, *_ in FUNDERS}

    def entry(n: int, day: int, euros: str, label: str, payer: str = "", end_to_end: str = "NOTPROVIDED") -> str:
        booked = date(2026, 10, day)
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


def dossiers(day: date) -> list[dict[str, object]]:
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
