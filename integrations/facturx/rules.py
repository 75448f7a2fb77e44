"""What makes a document invalid, said before a schema or a platform says it: every finding at once.

Each rule cites the official one that it stands for, or says that none exists. Source of the identifiers:
EN 16931 1.3.16 and BR-FR Flux 2 (documented); arithmetic beyond them is ours.
"""

import re
from collections.abc import Iterator
from datetime import date

from billing.errors import Finding, InvalidInput
from billing.identity import Iban, Siren, Siret
from integrations.facturx.amounts import totals, vat_groups
from integrations.facturx.attachment_rules import attachments_of
from integrations.facturx.document import (
    DEPOSIT_TYPES,
    FINAL_PROCESSES,
    PAID_PROCESSES,
    SELF_BILLED_TYPES,
    Document,
    DocumentType,
    NoteSubject,
    Party,
    Period,
    Profile,
    Treatment,
    VatCategory,
)
from integrations.facturx.line_rules import lines_of
from integrations.facturx.printing import texts_of, unprintable
from integrations.facturx.settlement_rules import scope_of, settlement_of

_NUMBER = re.compile(r"[A-Za-z0-9+\-_/]{1,35}")
_YEARS = range(2000, 2100)


def findings_of(document: Document, *, numbered: bool = True) -> tuple[Finding, ...]:
    """Judge a built document.

    Args:
        document: the document, with its totals.
        numbered: False while no number was taken yet.
    """
    return (
        *(_number(document) if numbered else ()),
        *_dates(document),
        *_seller(document),
        *_buyer(document),
        *lines_of(document),
        *_amounts(document),
        *_notes(document),
        *scope_of(document),
        *_earlier(document),
        *settlement_of(document),
        *_payment(document),
        *attachments_of(document),
        *_texts(document),
    )


def _number(document: Document) -> Iterator[Finding]:
    if not document.number:
        yield Finding(code="invoice_number_missing")
    elif not _NUMBER.fullmatch(document.number):  # BR-FR-01, BR-FR-02
        yield Finding(code="invoice_number_malformed", values={"number": document.number[:60]})


def _dates(document: Document) -> Iterator[Finding]:
    for day in (document.issue_on, document.due_on, document.delivered_on):
        if day is not None and day.year not in _YEARS:  # BR-FR-03
            yield Finding(code="invoice_date_out_of_century", values={"day": day.isoformat()})
    yield from period_findings(document.period, "Période de la facture")
    early_allowed = document.type in DEPOSIT_TYPES or document.process in PAID_PROCESSES
    if document.due_on is not None and document.due_on < document.issue_on and not early_allowed:  # BR-FR-CO-07
        yield Finding(
            code="invoice_due_before_issue",
            values={"due": _french(document.due_on), "issue": _french(document.issue_on)},
        )
    if document.totals.due.cents > 0 and document.due_on is None and not document.payment.terms:  # BR-CO-25
        yield Finding(code="invoice_due_date_missing")


def period_findings(period: Period | None, where: str) -> Iterator[Finding]:
    """Judge a period (BR-29, BR-30)."""
    if period is not None and period.ends_on < period.starts_on:
        yield Finding(
            code="invoice_period_inverted",
            where=where,
            values={"starts": _french(period.starts_on), "ends": _french(period.ends_on)},
        )


def _french(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _seller(document: Document) -> Iterator[Finding]:
    seller = document.seller
    yield from _identity(seller, "Vendeur", needs_siren=True)  # BR-06, BR-FR-09, BR-FR-10
    outside = document.lines and all(line.vat.category is VatCategory.OUT_OF_SCOPE for line in document.lines)
    if not seller.vat_number and not seller.tax_number and not outside:  # BR-E-02, BR-S-02
        yield Finding(code="invoice_seller_tax_number_missing", where="Vendeur")
    elif not seller.vat_number and any(group.vat.category is VatCategory.STANDARD for group in document.groups):
        yield Finding(code="invoice_seller_vat_number_missing", where="Vendeur")  # CGI ann. II 242 nonies A
    if seller.endpoint is None or not seller.endpoint.value:  # BR-FR-13
        yield Finding(code="invoice_endpoint_missing", where="Vendeur")
    elif (
        document.type in SELF_BILLED_TYPES
        and document.treatment is Treatment.B2B
        and not (seller.endpoint.scheme == "0225" and seller.endpoint.value.startswith(seller.siren))
    ):  # BR-FR-22
        yield Finding(code="invoice_endpoint_foreign", where="Vendeur", values={"endpoint": seller.endpoint.value[:60]})


def _buyer(document: Document) -> Iterator[Finding]:
    buyer = document.buyer
    yield from _identity(buyer, "Acheteur", needs_siren=not buyer.is_person)
    endpoint = buyer.endpoint
    if endpoint is None or not endpoint.value:  # BR-FR-12
        yield Finding(code="invoice_endpoint_missing", where="Acheteur")
    elif document.treatment is Treatment.B2B and not (
        endpoint.scheme == "0225" and endpoint.value.startswith(buyer.siren)
    ):  # BR-FR-21
        yield Finding(code="invoice_endpoint_foreign", where="Acheteur", values={"endpoint": endpoint.value[:60]})
    if document.payer is not None and document.profile is not Profile.EXTENDED:
        yield Finding(code="invoice_payer_needs_extended", where="Payeur")


def _identity(party: Party, where: str, *, needs_siren: bool) -> Iterator[Finding]:
    if not party.name:
        yield Finding(code="invoice_party_name_missing", where=where)
    if not party.address.postcode or not party.address.city:  # law; the norm wants the country alone
        yield Finding(code="invoice_address_missing", where=where)
    if not party.siren and needs_siren:
        yield Finding(code="invoice_siren_missing", where=where)
    elif party.siren and not _reads(Siren, party.siren):
        yield Finding(code="invoice_siren_malformed", where=where, values={"siren": party.siren[:20]})
    if party.siret and not _reads(Siret, party.siret):
        yield Finding(code="invoice_siret_malformed", where=where, values={"siret": party.siret[:20]})
    elif party.siret and party.siren and not party.siret.startswith(party.siren):
        yield Finding(code="invoice_siret_of_another", where=where, values={"siret": party.siret, "siren": party.siren})


def _reads(kind: type[Siren] | type[Siret] | type[Iban], text: str) -> bool:
    try:
        kind(text)
    except InvalidInput:
        return False
    return True


def _amounts(document: Document) -> Iterator[Finding]:
    exempt = {
        line.vat.exemption_code
        for line in document.lines
        if line.vat.category is VatCategory.EXEMPT and line.vat.exemption_code
    }  # BR-E-01 wants one single group
    if len(exempt) > 1:
        yield Finding(code="invoice_two_exemptions", values={"codes": ", ".join(sorted(exempt))})
    groups = vat_groups(document)
    if groups != document.groups:  # BR-CO-17 without its tolerance of one euro
        yield Finding(code="invoice_vat_breakdown_wrong")
    expected = totals(document, groups)
    if expected != document.totals:  # BR-CO-10 to BR-CO-16
        yield Finding(
            code="invoice_totals_wrong",
            values={"expected": expected.gross.french(), "found": document.totals.gross.french()},
        )
    if document.totals.due.cents < 0 or document.totals.gross.cents < 0:  # BR-FR-CO-09 and ours: credit by a 381
        yield Finding(code="invoice_total_negative", values={"due": document.totals.due.french()})
    if document.process in PAID_PROCESSES and document.prepaid != document.totals.gross:  # BR-FR-CO-09
        yield Finding(code="invoice_paid_yet_due", values={"due": document.totals.due.french()})
    for position, item in enumerate(document.adjustments, start=1):
        if item.vat is None or item.amount.cents <= 0 or not item.reason:  # BR-32, BR-33
            yield Finding(code="invoice_adjustment_incomplete", where=f"Remise ou frais n° {position}")


def _notes(document: Document) -> Iterator[Finding]:
    for subject in (NoteSubject.RECOVERY_COSTS, NoteSubject.LATE_PENALTIES, NoteSubject.DISCOUNT):
        if sum(note.subject is subject for note in document.notes) != 1:  # BR-FR-05, BR-FR-06
            yield Finding(code="invoice_mention_not_once", values={"mention": _MENTIONS[subject]})


_MENTIONS = {
    NoteSubject.RECOVERY_COSTS: "indemnité forfaitaire de 40 €",
    NoteSubject.LATE_PENALTIES: "pénalités de retard",
    NoteSubject.DISCOUNT: "escompte",
}


def _earlier(document: Document) -> Iterator[Finding]:
    if document.is_credit and not document.preceding:  # BR-FR-CO-05
        yield Finding(code="invoice_origin_missing")
    if document.type is DocumentType.CORRECTIVE and len(document.preceding) != 1:  # BR-FR-CO-04
        yield Finding(code="invoice_origin_missing")
    if document.process in FINAL_PROCESSES and document.type in DEPOSIT_TYPES:  # BR-FR-CO-08
        yield Finding(code="invoice_deposit_is_not_final")


def _payment(document: Document) -> Iterator[Finding]:
    iban = document.payment.iban
    if iban and not _reads(Iban, iban):
        yield Finding(code="invoice_iban_malformed")
    elif not iban and document.totals.due.cents > 0 and not document.is_credit:  # BR-50
        yield Finding(code="invoice_iban_missing")


def _texts(document: Document) -> Iterator[Finding]:
    seen: set[str] = set()
    for path, text in texts_of(document):
        character = unprintable(text)
        if character and character not in seen:  # a learner's name stands in several places
            seen.add(character)
            values = {"character": f"U+{ord(character):04X}"}
            yield Finding(code="invoice_character_unprintable", where=_in_french(path), values=values)


_PLACES = {
    "seller": "Vendeur",
    "buyer": "Acheteur",
    "payee": "Bénéficiaire",
    "payer": "Payeur",
    "references": "Références",
    "notes": "Mentions",
    "learners": "Stagiaires",
    "payment": "Paiement",
    "adjustments": "Remises et frais",
    "preceding": "Facture d’origine",
    "attachments": "Pièces jointes",
}


def _in_french(path: str) -> str:
    head, _, rest = path.partition(".")
    return f"Ligne {rest.partition('.')[0]}" if head == "lines" else _PLACES.get(head, head)
