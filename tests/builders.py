"""Nouns of the business, valid by default: a test sets only what it is about.

They belong together: one session of 14 hours on two days of September 2026, one learner enrolled, one
OPCO that agreed to pay 1 400.00 € for it, both days signed, one invoice of that amount, one transfer that
pays it. Every builder takes any field of its noun by name; ids follow the natural keys of the real doors,
so that two builders with the same defaults speak of the same thing.
"""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from billing.agreement import FundingAgreement, Instalment, LifeState, PlatformRecord, Scheme, Unit
from billing.anomaly import Anomaly, AnomalySeverity, AnomalyState
from billing.claim import Claim, ClaimKind, ClaimLine, ClaimOrigin, ClaimRole, LineKind, settled
from billing.compensation import AttendanceStatement, CompensationPayment, CompensationScheme, Entitlement
from billing.evidence import Certificate, Evidence, EvidenceKind, EvidenceStatus
from billing.identity import Iban, Nda, Siren, Siret, derive_id
from billing.ledger import CUSTOMERS, SALES_TRAINING, Entry, sided
from billing.money import ZERO, Money
from billing.numbering import Series
from billing.parameters_book import Parameter
from billing.party import (
    Address,
    BankAccount,
    Employer,
    Funder,
    FunderAccount,
    FunderClass,
    Learner,
    Organisation,
    Prescriber,
    Role,
    Site,
    Trainer,
    TrainerStatus,
    User,
    VatRegime,
)
from billing.payment import Allocation, BankLine, BankStatement, Nature, Remittance, RemittanceLine
from billing.pricing import VATEX
from billing.remuneration import OrderUnit, PayrollVariable, Rubric, TrainerOrder
from billing.route import Act, Route
from billing.training import Action, Enrolment, Price, PriceBasis, Session, Slot

NOW = datetime(2026, 9, 30, 20, 0, tzinfo=UTC)
TODAY = date(2026, 9, 30)
PRICE = Money(140_000)
HOURS = Decimal(14)
SLUG = "acme"
ADDRESS = Address(line="1 rue de la Paix", postcode="75002", city="Paris")


# --- parties ------------------------------------------------------------------------------------------


def an_organisation(slug: str = SLUG, **changes: Any) -> Organisation:
    """A training organisation exempt from VAT, in the books since 1 January 2026."""
    made = Organisation(
        id=derive_id("organisation", slug),
        slug=slug,
        name="Acme Formation",
        siren=Siren("732829320"),
        nda=Nda("11755555555"),
        vat_regime=VatRegime.EXEMPT_TRAINING,
        vat_number=None,
        address=ADDRESS,
        opening_on=date(2026, 1, 1),
    )
    return replace(made, **changes)


def a_site(code: str = "PARIS", **changes: Any) -> Site:
    """The establishment where the session takes place."""
    made = Site(id=derive_id("site", code), code=code, siret=Siret("73282932000074"), name="Paris", address=ADDRESS)
    return replace(made, **changes)


def a_bank_account(iban: str = "FR7630006000011234567890189", **changes: Any) -> BankAccount:
    """Our own account."""
    made = BankAccount(id=derive_id("bank_account", iban), iban=Iban(iban), bic="AGRIFRPP", label="Courant")
    return replace(made, **changes)


def a_user(login: str = "claire", **changes: Any) -> User:
    """A gestionnaire."""
    return replace(User(id=derive_id("user", login), login=login, name="Claire", role=Role.GESTIONNAIRE), **changes)


def a_funder(code: str = "OPCO1", **changes: Any) -> Funder:
    """An OPCO that takes automatic sending, paying at 30 days."""
    made = Funder(
        id=derive_id("funder", code),
        code=code,
        name=f"Financeur {code}",
        funder_class=FunderClass.OPCO,
        siret=Siret("55208131766522"),
        address=ADDRESS,
        payment_term_days=30,
        sending=True,
    )
    return replace(made, **changes)


def a_funder_account(funder: Funder | None = None, iban: str = "FR1420041010050500013M02606") -> FunderAccount:
    """The account from which the funder pays."""
    funder_id = (funder or a_funder()).id
    return FunderAccount(
        id=derive_id("funder_account", funder_id, iban), funder_id=funder_id, iban=Iban(iban), source="typed"
    )


def a_prescriber(code: str = "PRESC1", **changes: Any) -> Prescriber:
    """Who sent the learner."""
    return replace(Prescriber(id=derive_id("prescriber", code), code=code, name="Agence locale"), **changes)


def an_employer(code: str = "EMP1", **changes: Any) -> Employer:
    """The learner's employer, whose OPCO is `OPCO1`."""
    made = Employer(
        id=derive_id("employer", code),
        code=code,
        name="Boulangerie Martin",
        siret=Siret("73282932000074"),
        address=ADDRESS,
        opco_code="OPCO1",
    )
    return replace(made, **changes)


def a_learner(code: str = "APP1", **changes: Any) -> Learner:
    """The person in training."""
    made = Learner(
        id=derive_id("learner", code), code=code, last_name="Durand", first_name="Alix", birth_on=date(1990, 5, 4)
    )
    return replace(made, **changes)


def a_trainer(code: str = "FORM1", **changes: Any) -> Trainer:
    """An employed trainer, known to payroll."""
    made = Trainer(
        id=derive_id("trainer", code),
        code=code,
        last_name="Petit",
        first_name="Camille",
        status=TrainerStatus.EMPLOYEE,
        employee_number="0042",
    )
    return replace(made, **changes)


# --- training -----------------------------------------------------------------------------------------


def an_action(code: str = "BUREAUTIQUE", **changes: Any) -> Action:
    """A training action of 14 hours."""
    made = Action(id=derive_id("action", code), code=code, title="Bureautique", planned_hours=HOURS)
    return replace(made, **changes)


def a_session(code: str = "S1", **changes: Any) -> Session:
    """Two days of training, 14 and 15 September 2026."""
    made = Session(
        id=derive_id("session", code),
        code=code,
        action_id=an_action().id,
        site_id=a_site().id,
        starts_on=date(2026, 9, 14),
        ends_on=date(2026, 9, 15),
        planned_hours=HOURS,
    )
    return replace(made, **changes)


def a_slot(starts_at: datetime = datetime(2026, 9, 14, 9, 0), **changes: Any) -> Slot:  # noqa: DTZ001 - local time
    """Seven hours of the session, signed by the trainer."""
    made = Slot(
        id=derive_id("slot", "S1", starts_at.isoformat(), "FORM1"),
        session_id=a_session().id,
        starts_at=starts_at,
        ends_at=starts_at.replace(hour=17),
        hours=Decimal(7),
        trainer_id=a_trainer().id,
        trainer_signed=True,
    )
    return replace(made, **changes)


def an_enrolment(session_code: str = "S1", learner_code: str = "APP1", **changes: Any) -> Enrolment:
    """The learner in the session, paid for by somebody else."""
    made = Enrolment(
        id=derive_id("enrolment", session_code, learner_code),
        session_id=derive_id("session", session_code),
        learner_id=derive_id("learner", learner_code),
        funded=True,
        sale_price=PRICE,
    )
    return replace(made, **changes)


def a_price(**changes: Any) -> Price:
    """1 400.00 € a learner."""
    session_id = a_session().id
    made = Price(id=derive_id("price", session_id), session_id=session_id, basis=PriceBasis.LEARNER, amount=PRICE)
    return replace(made, **changes)


# --- agreements, evidence -----------------------------------------------------------------------------


def an_agreement(reference: str = "DOS-001", funder: Funder | None = None, **changes: Any) -> FundingAgreement:
    """The funder's approved promise to pay the whole price, flat."""
    funder = funder or a_funder()
    made = FundingAgreement(
        id=derive_id("agreement", funder.code, reference),
        funder_id=funder.id,
        scheme=Scheme.PDC,
        reference=reference,
        enrolment_id=an_enrolment().id,
        session_id=a_session().id,
        amount=PRICE,
        unit=Unit.FLAT,
        hours=HOURS,
        starts_on=date(2026, 9, 14),
        ends_on=date(2026, 9, 15),
        decided_on=date(2026, 9, 1),
        state=LifeState.APPROVED,
        subrogation=True,
    )
    return replace(made, **changes)


def an_instalment(number: int = 1, agreement: FundingAgreement | None = None, **changes: Any) -> Instalment:
    """One of two halves."""
    agreement_id = (agreement or an_agreement()).id
    made = Instalment(
        id=derive_id("instalment", agreement_id, str(number)),
        agreement_id=agreement_id,
        number=number,
        due_on=date(2026, 9, 15),
        amount=Money(70_000),
    )
    return replace(made, **changes)


def a_platform_record(**changes: Any) -> PlatformRecord:
    """What a platform showed of the agreement, in words that its mapping knows."""
    made = PlatformRecord(
        id=derive_id("platform_record", "platform-a", "EXT-1", NOW.isoformat()),
        platform="platform-a",
        external_id="EXT-1",
        subject_kind="agreement",
        subject_id=an_agreement().id,
        raw_status="ACCEPTE",
        state=LifeState.APPROVED,
        known=True,
        seen_at=NOW,
        source="export",
    )
    return replace(made, **changes)


def a_piece_of_evidence(
    occurred_on: date = date(2026, 9, 14), *, enrolment: Enrolment | None = None, version: int = 1, **changes: Any
) -> Evidence:
    """Seven hours signed by the learner."""
    enrolment_id = (enrolment or an_enrolment()).id
    key = f"{occurred_on.isoformat()}:APP1"
    made = Evidence(
        id=derive_id("evidence", enrolment_id, EvidenceKind.SLOT, key, str(version)),
        key=key,
        enrolment_id=enrolment_id,
        kind=EvidenceKind.SLOT,
        status=EvidenceStatus.DONE,
        occurred_on=occurred_on,
        quantity=Decimal(7),
        version=version,
    )
    return replace(made, **changes)


def both_days(enrolment: Enrolment | None = None) -> list[Evidence]:
    """The two signed days of the session: 14 hours."""
    days = (date(2026, 9, 14), date(2026, 9, 15))
    return [a_piece_of_evidence(day, enrolment=enrolment) for day in days]


def a_certificate(**changes: Any) -> Certificate:
    """The signed certificat de réalisation of the whole session."""
    made = Certificate(
        id=derive_id("certificate", an_enrolment().id),
        enrolment_id=an_enrolment().id,
        month=None,
        hours=HOURS,
        starts_on=date(2026, 9, 14),
        ends_on=date(2026, 9, 15),
        signed_on=date(2026, 9, 16),
    )
    return replace(made, **changes)


# --- claims, money ------------------------------------------------------------------------------------


def a_claim(number: str | None = "FA-2026-00001", **changes: Any) -> Claim:
    """An issued invoice of 1 400.00 €, accepted by the platform, unpaid; `open` follows from the amounts."""
    business_key = str(changes.get("business_key", f"OPCO1:DOS-001:{number or 'draft'}"))
    made = Claim(
        id=derive_id("claim", "issued", business_key),
        business_key=business_key,
        kind=ClaimKind.INVOICE,
        role=ClaimRole.SINGLE,
        origin=ClaimOrigin.ISSUED,
        funder_id=a_funder().id,
        agreement_id=an_agreement().id,
        enrolment_id=an_enrolment().id,
        session_id=a_session().id,
        series="FA",
        number=number,
        sequence=int(number.rsplit("-", 1)[-1]) if number and number[-1].isdigit() else None,
        issue_on=date(2026, 9, 16),
        due_on=date(2026, 10, 16),
        net=PRICE,
        vat=ZERO,
        gross=PRICE,
        hours=HOURS,
        state=LifeState.SUBMITTED if number else LifeState.DRAFT,
        sent_on=date(2026, 9, 16) if number else None,
    )
    if "gross" in changes:
        changes.setdefault("net", changes["gross"] - changes.get("vat", ZERO))
    return settled(replace(made, **changes))


def a_received_claim(number: str = "F2026-118", **changes: Any) -> Claim:
    """An invoice that the organisation's own software made; its number is kept as it is."""
    made = {
        "id": derive_id("claim", "received", number),
        "business_key": number,
        "origin": ClaimOrigin.RECEIVED,
        "series": "",
        "sequence": None,
    }
    return a_claim(number, **(made | changes))


def a_claim_line(claim: Claim | None = None, position: int = 1, **changes: Any) -> ClaimLine:
    """The one line of the invoice: the training, flat, exempt."""
    claim = claim or a_claim()
    made = ClaimLine(
        id=derive_id("claim_line", claim.id, str(position)),
        claim_id=claim.id,
        position=position,
        kind=LineKind.TRAINING,
        label="Bureautique, 14 h",
        quantity=Decimal(1),
        unit="C62",
        unit_price=claim.net.euros,
        net=claim.net,
        vat_rate=Decimal(0),
        vat=ZERO,
        gross=claim.net,
        exemption_code=VATEX[VatRegime.EXEMPT_TRAINING],
    )
    return replace(made, **changes)


def a_series(code: str = "FA", year: int = 2026, **changes: Any) -> Series:
    """A series whose next number is 1."""
    return replace(Series(id=derive_id("series", code, str(year)), code=code, year=year), **changes)


def a_bank_statement(**changes: Any) -> BankStatement:
    """A balanced statement of September 2026, with one line."""
    account = a_bank_account()
    made = BankStatement(
        id=derive_id("bank_statement", account.id, "2026-09"),
        account_id=account.id,
        reference="2026-09",
        document="",
        first_on=date(2026, 9, 1),
        last_on=date(2026, 9, 30),
        opening=ZERO,
        closing=PRICE,
        balanced=True,
        gap=False,
        lines=1,
        recorded_at=NOW,
    )
    return replace(made, **changes)


def a_bank_line(label: str = "VIR OPCO1 FA-2026-00001", amount: Money = PRICE, **changes: Any) -> BankLine:
    """A transfer received, nothing of it explained yet; unique by its label."""
    account_id, occurrence = a_bank_account().id, int(changes.get("occurrence", 1))
    made = BankLine(
        id=derive_id("bank_line", account_id, label, str(occurrence)),
        account_id=account_id,
        statement_id=a_bank_statement().id,
        booked_on=date(2026, 9, 28),
        value_on=date(2026, 9, 28),
        amount=amount,
        label=label,
        counterparty_name="FINANCEUR OPCO1",
        counterparty_iban="FR1420041010050500013M02606",
        end_to_end_id="NOTPROVIDED",
        bank_reference="",
        fingerprint=label,
        occurrence=occurrence,
        recorded_at=NOW,
        unallocated=amount,
    )
    return replace(made, **changes)


def a_remittance(reference: str = "AVIS-1", **changes: Any) -> Remittance:
    """The payer's advice of the transfer."""
    made = Remittance(
        id=derive_id("remittance", "OPCO1", reference),
        funder_id=a_funder().id,
        reference=reference,
        payment_reference="VIR-1",
        issued_on=date(2026, 9, 27),
        total=PRICE,
        document="",
        recorded_at=NOW,
    )
    return replace(made, **changes)


def a_remittance_line(remittance: Remittance | None = None, position: int = 1, **changes: Any) -> RemittanceLine:
    """One invoice of the advice, paid in full."""
    remittance_id = (remittance or a_remittance()).id
    made = RemittanceLine(
        id=derive_id("remittance_line", remittance_id, str(position)),
        remittance_id=remittance_id,
        position=position,
        invoice_reference="FA-2026-00001",
        dossier_reference="DOS-001",
        billed=PRICE,
        refaction=ZERO,
        refaction_status="",
        reason="",
        net=PRICE,
    )
    return replace(made, **changes)


def an_allocation(**changes: Any) -> Allocation:
    """The whole transfer on the invoice, by a rule."""
    made = Allocation(
        id=derive_id("allocation", a_bank_line().id, a_claim().id),
        bank_line_id=a_bank_line().id,
        claim_id=a_claim().id,
        nature=Nature.PAYMENT,
        amount=PRICE,
        effective_on=date(2026, 9, 28),
        recorded_at=NOW,
        actor="night",
        rule="exact_reference/1",
        evidence=("number=FA-2026-00001",),
        agreement_id=an_agreement().id,
    )
    return replace(made, **changes)


def an_entry(**changes: Any) -> Entry:
    """The entry of the invoice: customer to sales."""
    made = Entry(
        id=derive_id("entry", "claim", a_claim().id, "issue"),
        journal="VE",
        fact="issue",
        subject_kind="claim",
        subject_id=a_claim().id,
        effective_on=date(2026, 9, 16),
        recorded_at=NOW,
        piece="FA-2026-00001",
        piece_on=date(2026, 9, 16),
        label="Facture FA-2026-00001",
        lines=(sided(CUSTOMERS, PRICE, auxiliary="OPCO1"), sided(SALES_TRAINING, -PRICE)),
    )
    return replace(made, **changes)


# --- trainers, learners, the rest ---------------------------------------------------------------------


def a_trainer_order(code: str = "ORD1", **changes: Any) -> TrainerOrder:
    """40.00 € an hour for the session, 14 hours at most."""
    made = TrainerOrder(
        id=derive_id("order", code),
        code=code,
        trainer_id=a_trainer().id,
        session_id=a_session().id,
        rate=Decimal(40),
        unit=OrderUnit.HOUR,
        starts_on=date(2026, 9, 1),
        ends_on=date(2026, 9, 30),
        max_quantity=HOURS,
    )
    return replace(made, **changes)


def a_payroll_variable(month: str = "2026-09", **changes: Any) -> PayrollVariable:
    """14 hours taught in September: 560.00 €."""
    made = PayrollVariable(
        id=derive_id("payroll", a_trainer().id, a_session().id, month, Rubric.FFP, "computed"),
        trainer_id=a_trainer().id,
        session_id=a_session().id,
        month=month,
        rubric=Rubric.FFP,
        quantity=HOURS,
        rate=Decimal(40),
        amount=Money(56_000),
        order_id=a_trainer_order().id,
    )
    return replace(made, **changes)


def an_entitlement(dossier_number: str = "REM-1", payer: Funder | None = None, **changes: Any) -> Entitlement:
    """The learner's right to 685.00 € a month while in training."""
    payer = payer or a_funder("REGION1", funder_class=FunderClass.REGION)
    made = Entitlement(
        id=derive_id("entitlement", payer.code, dossier_number),
        learner_id=a_learner().id,
        enrolment_id=an_enrolment().id,
        scheme=CompensationScheme.RSFP,
        payer_id=payer.id,
        dossier_number=dossier_number,
        entry_on=date(2026, 9, 1),
        starts_on=date(2026, 9, 1),
        ends_on=date(2026, 12, 31),
        monthly_rate=Money(68_500),
    )
    return replace(made, **changes)


def an_attendance_statement(month: str = "2026-09", version: int = 1, **changes: Any) -> AttendanceStatement:
    """A month of 14 planned hours, all done."""
    entitlement_id = an_entitlement().id
    made = AttendanceStatement(
        id=derive_id("attendance", entitlement_id, month, "computed", str(version)),
        entitlement_id=entitlement_id,
        month=month,
        planned=HOURS,
        done=HOURS,
        justified=Decimal(0),
        unjustified=Decimal(0),
        evidence_digest="",
        version=version,
    )
    return replace(made, **changes)


def a_compensation_payment(month: str = "2026-09", **changes: Any) -> CompensationPayment:
    """What the payer says it paid the learner: the whole month."""
    entitlement_id = an_entitlement().id
    made = CompensationPayment(
        id=derive_id("compensation_payment", entitlement_id, month),
        entitlement_id=entitlement_id,
        month=month,
        gross=Money(68_500),
        paid_on=date(2026, 10, 5),
    )
    return replace(made, **changes)


def a_route(platform: str = "platform-a", **changes: Any) -> Route:
    """Every claim goes through one platform."""
    made = Route(id=derive_id("route", "claim", platform), act=Act.CLAIM, platform=platform, starts_on=date(2026, 1, 1))
    return replace(made, **changes)


def a_parameter(key: str = "payment_term_days.opco", value: str = "30", **changes: Any) -> Parameter:
    """A shipped value in force since 2020."""
    starts_on = date(2020, 1, 1)
    made = Parameter(
        id=derive_id("parameter", key, starts_on.isoformat(), "shipped"),
        key=key,
        starts_on=starts_on,
        value=value,
        source="test",
        shipped=True,
    )
    return replace(made, **changes)


def an_anomaly(code: str = "some_rule", **changes: Any) -> Anomaly:
    """A new case about the invoice."""
    fingerprint = f"{code}:claim:{a_claim().id}"
    made = Anomaly(
        id=derive_id("anomaly", fingerprint),
        code=code,
        severity=AnomalySeverity.HIGH,
        subject_kind="claim",
        subject_id=a_claim().id,
        fingerprint=fingerprint,
        state=AnomalyState.NEW,
        first_seen_on=TODAY,
        last_seen_on=TODAY,
    )
    return replace(made, **changes)
