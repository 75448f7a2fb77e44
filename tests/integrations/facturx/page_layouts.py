"""Documents that fill the page in every way that it knows; a page is looked at, so each has its own name."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from billing.money import Money
from billing.party import Address
from integrations.facturx.document import (
    Adjustment,
    Deduction,
    Document,
    DocumentType,
    Instalment,
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
    Vat,
    VatCategory,
)
from tests.integrations.facturx import documents as valid

LONG_WORD = "Anticonstitutionnellementtransfrontalièrementdécentralisée"
LONG_NAME = (
    "Société coopérative d’intérêt collectif pour le développement des compétences, de l’insertion et de "
    f"l’apprentissage {LONG_WORD} DE LA HAUTE-GARONNE ET DES PYRÉNÉES ORIENTALES"
)
REDUCED = Vat(category=VatCategory.STANDARD, rate=Decimal("5.5"))


def several_rates() -> Document:
    return valid.document(
        seller=valid.with_vat(),
        vat_due_code="5",
        lines=(
            valid.line(),
            valid.line(2, "1", "1250.5", vat=valid.TAXED, unit="C62", label="Location de salle"),
            valid.line(3, "3", "19.99", vat=REDUCED, unit="C62", label="Livrets"),
        ),
        adjustments=(
            Adjustment(amount=Money(5_000), reason="Remise de fin d’année", vat=valid.TAXED),
            Adjustment(amount=Money(1_250), reason="Frais de déplacement", is_charge=True, vat=valid.TAXED),
        ),
    )


def discounted_lines() -> Document:
    reduction = Adjustment(amount=Money(4_000), reason="Remise de volume")
    other = Period(starts_on=date(2026, 1, 5), ends_on=date(2026, 1, 9))
    return valid.document(lines=(valid.line(adjustments=(reduction,), period=other, order_line="7"),))


def extremes() -> Document:
    line = valid.line(1, "1000000", "999999.9999", vat=valid.TAXED, label=f"{LONG_NAME} – {LONG_NAME}")
    return valid.document(
        seller=valid.with_vat(),
        buyer=valid.buyer(
            name=LONG_NAME,
            contact="Service de la comptabilité des fournisseurs",
            address=Address(line="W" * 60, postcode="31000", city="Saint-Rémy-en-Bouzemont-Saint-Genest", country="BE"),
        ),
        references=References(
            engagement="ENGAGEMENT" * 5,
            service_code="SERVICE-" * 6,
            contract="2025-MARCHE-17",
            dossier="D" * 45,
            training=f"{LONG_NAME} – session X",
        ),
        lines=(line,),
    )


def for_each_learner_two_lines() -> Document:
    names = ("DURAND Élodie", "ŒUVRARD Camille", "ÑANDÚ-LE GOFF Anne-Sophie")
    lines = tuple(
        valid.line(
            2 * index + part, quantity, price, learners=(name,), dossier=f"APC-{index}", description="", label=of
        )
        for index, name in enumerate(names, start=1)
        for part, quantity, price, of in (
            (-1, "7", "30", "Positionnement"),
            (0, "28", "24.50", "Formation « Tableur »"),
        )
    )
    return valid.document(learners=names, lines=lines)


def hundred_lines() -> Document:
    lines = tuple(
        valid.line(number, "7", "30", learners=(), label=f"Journée {number} de « Tableur »") for number in range(1, 101)
    )
    return valid.document(lines=lines)


def five_hundred_learners() -> Document:
    names = tuple(f"NOM{index:03d} Prénom" for index in range(1, 501))
    line = valid.line(learners=names, description=f"Stagiaires : {', '.join(names)}")
    return valid.document(learners=names, lines=(line,))


def factor() -> Party:
    return Party(
        name="Affactureur SA",
        siren="404833048",
        siret="40483304800022",
        address=Address(line="1 place de la Bourse", postcode="75002", city="Paris"),
    )


def note(text: str) -> Document:
    made = valid.document()
    return replace(made, notes=(*made.notes, Note(text=text, subject=NoteSubject.GENERAL)))


def one(line: Line, **changes: object) -> Document:
    return valid.document(lines=(line,), **changes)


LAYOUTS: dict[str, Document] = {
    **valid.CASES,
    "several rates, a discount and costs": several_rates(),
    "a discount on the line, another period, a line of the order": discounted_lines(),
    "the longest names, numbers and amounts": extremes(),
    "two lines for each learner": for_each_learner_two_lines(),
    "a hundred lines": hundred_lines(),
    "five hundred learners": five_hundred_learners(),
    "self-billed": valid.document(type=DocumentType.SELF_BILLED),
    "credit of a self-billed invoice": valid.document(
        type=DocumentType.SELF_BILLED_CREDIT,
        due_on=None,
        preceding=(Preceding(number="FA-2026-00001", issue_on=date(2026, 2, 1)),),
        payment=Payment(terms="Avoir à déduire de la facture d’origine."),
    ),
    "a factor and a third party that pays": valid.document(
        profile=Profile.EXTENDED, payee=factor(), payer=replace(factor(), name="Payeur tiers")
    ),
    "final after two deposits": valid.document(
        process=Process.SERVICES_FINAL,
        prepaid=Money(45_000),
        preceding=(
            Preceding(number="FA-2025-00012", issue_on=date(2025, 12, 20)),
            Preceding(number="FA-2026-00002", issue_on=date(2026, 1, 20)),
        ),
    ),
    "a market: advance recovered, retention, two days of payment": valid.document(
        prepaid=Money(25_750),
        deductions=(
            Deduction(label="Reprise de l’avance", amount=Money(20_000)),
            Deduction(label="Pénalités de retard", amount=Money(5_750)),
        ),
        schedule=(
            Instalment(due_on=date(2026, 4, 1), amount=Money(57_000)),
            Instalment(due_on=date(2027, 4, 1), amount=Money(3_000), label="Retenue de garantie"),
        ),
    ),
    "assigned": replace(
        valid.document(payee=factor()),
        notes=(
            *valid.document().notes,
            Note(text="Créance cédée : seul Affactureur SA peut être payé.", subject=NoteSubject.ASSIGNMENT),
        ),
    ),
    "provisional": valid.document(number="", payment=Payment(iban=valid.IBAN)),
}
