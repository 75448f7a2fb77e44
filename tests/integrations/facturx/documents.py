"""Documents that are valid by default; a test sets only what it is about."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from billing.money import Money
from billing.party import Address
from integrations.facturx.amounts import build, priced
from integrations.facturx.document import (
    Attachment,
    Document,
    DocumentType,
    Endpoint,
    Line,
    Note,
    NoteSubject,
    Party,
    Payment,
    Period,
    Preceding,
    Process,
    Profile,
    References,
    Treatment,
    Vat,
    VatCategory,
)
from integrations.facturx.mentions import declaration, exemption, payment_notes

ISSUE = date(2026, 3, 2)
PERIOD = Period(starts_on=date(2026, 1, 5), ends_on=date(2026, 2, 27))
IBAN = "FR7630006000011234567890189"
TAXED = Vat(category=VatCategory.STANDARD, rate=Decimal(20))
NDA = declaration("11755555555", "Île-de-France")


def exempt(code: str = "VATEX-FR-CGI261-4") -> Vat:
    vat = exemption(code)
    assert vat is not None
    return vat


def seller(**changes: Any) -> Party:
    made = Party(
        name="Institut des Métiers",
        siren="732829320",
        siret="73282932000074",
        tax_number="732829320",
        address=Address(line="12 rue des Écoles", postcode="75005", city="Paris"),
        endpoint=Endpoint(value="732829320"),
        email="facturation@institut.example",
        legal=f"SAS au capital de 50 000 € – RCS Paris 732 829 320 – {NDA}",
    )
    return replace(made, **changes)


def buyer(**changes: Any) -> Party:
    made = Party(
        name="Fonds de formation & des services",
        siren="552081317",
        siret="55208131766522",
        address=Address(line="148 boulevard Haussmann", postcode="75008", city="Paris"),
        endpoint=Endpoint(value="552081317"),
    )
    return replace(made, **changes)


def person() -> Party:
    return Party(
        name="Camille Œuvrard",
        address=Address(line="3 impasse du Puits", postcode="29200", city="Brest"),
        endpoint=Endpoint(value="camille@courriel.example", scheme="EM"),
        is_person=True,
    )


def line(number: int = 1, quantity: str = "35", price: str = "24.50", **changes: Any) -> Line:
    made = Line(
        number=str(number),
        label="Formation « Tableur », session TAB-1",
        description="Stagiaire : DURAND Élodie – Dossier APC-0012345",
        quantity=Decimal(quantity),
        unit="HUR",
        unit_price=Decimal(price),
        vat=exempt(),
        learners=("DURAND Élodie",),
        dossier="APC-0012345",
        period=PERIOD,
    )
    return priced(replace(made, **changes))


def document(**changes: Any) -> Document:
    """35 hours at 24.50 € of exempt training, billed to a fund that pays in the employer's place."""
    number = changes.get("number", "FA-2026-00001")
    made = Document(
        number=number,
        type=DocumentType.INVOICE,
        issue_on=ISSUE,
        due_on=date(2026, 4, 1),
        period=PERIOD,
        delivered_on=PERIOD.ends_on,
        seller=seller(),
        buyer=buyer(),
        lines=(line(),),
        treatment=Treatment.OUT_OF_SCOPE,
        learners=("DURAND Élodie",),
        references=References(dossier="APC-0012345", training="Tableur – session TAB-1"),
        notes=(
            *payment_notes("12.15", to_person=False),
            Note(text=NDA, subject=NoteSubject.REGULATORY),
            Note(text="Dossier APC-0012345 – Stagiaires : DURAND Élodie", subject=NoteSubject.GENERAL),
        ),
        payment=Payment(iban=IBAN, bic="AGRIFRPP", account_name="Institut des Métiers", reference=number),
    )
    return build(replace(made, **changes))


def with_vat() -> Party:
    return seller(vat_number="FR44732829320", tax_number="")


def many_learners() -> Document:
    names = tuple(f"NOM{index:02d} Prénom" for index in range(1, 61))
    lines = tuple(
        line(index, "7", "180.3333", learners=(), label=f"Journée {index} de « Tableur »") for index in range(1, 41)
    )
    return document(number="FA-2026-00008", lines=lines, learners=names)


CASES: dict[str, Document] = {
    "exempt training, hours × rate": document(),
    "franchise of article 293 B": document(lines=(line(vat=exempt("VATEX-FR-FRANCHISE")),), treatment=Treatment.B2B),
    "VAT 20 % of three lines": document(
        seller=with_vat(),
        lines=tuple(line(index, "1", "0.83", vat=TAXED, unit="C62") for index in (1, 2, 3)),
        treatment=Treatment.B2B,
        vat_due_code="72",
    ),
    "exempt and taxed together": document(
        seller=with_vat(),
        lines=(line(), line(2, "1", "250", vat=TAXED, unit="C62", label="Location de salle")),
        treatment=Treatment.B2B,
    ),
    "credit note citing its origin": document(
        number="AV-2026-00001",
        type=DocumentType.CREDIT_NOTE,
        due_on=None,
        preceding=(Preceding(number="FA-2026-00001", issue_on=date(2026, 2, 1)),),
        payment=Payment(terms="Avoir à déduire de la facture d’origine."),
    ),
    "corrective invoice": document(
        type=DocumentType.CORRECTIVE,
        preceding=(Preceding(number="FA-2025-00009", issue_on=date(2025, 12, 1)),),
    ),
    "deposit": document(
        type=DocumentType.DEPOSIT, delivered_on=date(2026, 2, 27), lines=(line(1, "1", "300", unit="C62"),)
    ),
    "final after a deposit": document(
        process=Process.SERVICES_FINAL,
        prepaid=Money(30_000),
        preceding=(Preceding(number="FA-2025-00012", issue_on=date(2025, 12, 20)),),
    ),
    "already paid": document(process=Process.SERVICES_PAID, prepaid=Money(85_750), due_on=ISSUE),
    "public buyer with engagement and service": document(
        references=References(
            engagement="4500123456",
            service_code="SERV-FORM",
            contract="2025-MARCHE-17",
            dossier="BC-77",
            project="LOT-4",
            project_name="Lot 4 – bureautique",
            training="Tableur – session TAB-1",
        ),
        lines=(line(order_line="2", attributes=(("Niveau", "3"),)),),
        attachments=(Attachment(name="certificat.pdf", content=b"%PDF-1.7 certificat"),),
    ),
    "a person": document(
        buyer=person(),
        notes=payment_notes("trois fois le taux d’intérêt légal", to_person=True),
        treatment=Treatment.B2C,
    ),
    "sixty learners on several pages": many_learners(),
    "a third party pays, in EXTENDED": document(
        profile=Profile.EXTENDED,
        payer=seller(name="Payeur tiers", tax_number="", siren="404833048", siret="40483304800022"),
    ),
    "the payee is a factor": document(payee=Party(name="Affactureur SA", siren="404833048", siret="40483304800022")),
}
