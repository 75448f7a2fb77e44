"""The sentences that French law wants on an invoice, and those of a training organisation.

Sources: funders.md §7 (professional knowledge of C. com. L.441-9 and L.441-10, CGI ann. II art. 242 nonies A,
C. trav. L.6352-12); codes of exemption from the tests of facturx.md §5 (seen in code).
"""

from decimal import Decimal

from billing.errors import InvalidInput
from billing.money import read_decimal
from integrations.facturx.document import Note, NoteSubject, Vat, VatCategory

EXEMPTIONS = {
    "VATEX-FR-CGI261-4": "Exonération de TVA, art. 261, 4, 4° a du CGI",
    "VATEX-FR-FRANCHISE": "TVA non applicable, art. 293 B du CGI",
}
TRAINING_EXEMPTION = "VATEX-FR-CGI261-4"
OUT_OF_SCOPE = Vat(
    category=VatCategory.OUT_OF_SCOPE,
    rate=Decimal(0),
    exemption_code="VATEX-EU-O",
    exemption_text="Hors du champ d’application de la TVA",
)
"""Of sums that pay for nothing, such as damages (BR-O-10 wants a reason)."""
NO_DISCOUNT = "Pas d’escompte pour paiement anticipé."


def payment_notes(penalty_rate: str, *, to_person: bool, discount: str = "") -> tuple[Note, ...]:
    """Write the three notes that are due exactly once each (BR-FR-05, BR-FR-06).

    Args:
        penalty_rate: percent a year as a number, or the rate in words.
        to_person: penalties and the flat recovery cost of 40 € are due by professionals alone (C. com. L.441-10,
            professional knowledge), yet their notes are wanted.
        discount: the terms of a discount for early payment; empty = none is given.
    """
    costs = (
        "Indemnité forfaitaire pour frais de recouvrement : non applicable aux particuliers."
        if to_person
        else "En cas de retard de paiement, indemnité forfaitaire pour frais de recouvrement : 40 €."
    )
    penalties = "non applicables aux particuliers" if to_person else _rate(penalty_rate)
    return (
        Note(text=costs, subject=NoteSubject.RECOVERY_COSTS),
        Note(text=f"Pénalités de retard : {penalties}.", subject=NoteSubject.LATE_PENALTIES),
        Note(text=discount or NO_DISCOUNT, subject=NoteSubject.DISCOUNT),
    )


def declaration(nda: str, region: str) -> str:
    """Write the declaration of activity, which says too that it is no approval by the State."""
    where = f" auprès du préfet de région {region}" if region else ""
    return (
        f"Déclaration d’activité enregistrée sous le n° {nda}{where} ; "
        "cet enregistrement ne vaut pas agrément de l’État."
    )


def exemption(code: str) -> Vat | None:
    """Give the exempt VAT of a code; None when the code is unknown."""
    text = EXEMPTIONS.get(code)
    if text is None:
        return None
    return Vat(category=VatCategory.EXEMPT, rate=read_decimal("0"), exemption_code=code, exemption_text=text)


def _rate(text: str) -> str:
    try:
        read_decimal(text)
    except InvalidInput:
        return text
    return f"{text.replace('.', ',')} % par an"
