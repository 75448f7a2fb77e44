"""Every text of the page, written from the document's own amounts, so that page and XML cannot differ.

Pure: `shown` gives what `page.typ` prints, and nothing is computed there. What stands in a note and is already
printed under its own label (dossier, training, learners) is not printed twice.
"""

from collections.abc import Iterator

from billing.party import Address
from integrations.facturx.document import Document, DocumentType, Line, NoteSubject, Party, VatCategory
from integrations.facturx.page_learners import INLINE_LEARNERS, listed, roster
from integrations.facturx.page_money import due_of, payment_of, totals_of
from integrations.facturx.page_words import (
    COUNTRIES,
    FACTORED,
    OPERATIONS,
    SELF_BILLED,
    TITLES,
    UNITS,
    VAT_WORDS,
    breakable,
    day,
    grouped,
    minus,
    number,
    price,
)

PROVISIONAL = "PROVISOIRE"
"""Stands for the number that was not taken yet."""
FOOTER_LENGTH_MAX = 330
"""Characters of legal text that the footer holds in three lines; a longer one goes to the mentions."""
CELL_LENGTH_MAX = 900
"""Characters of a line's cell that may not be cut by the end of a page."""
_COLUMN_WIDTHS_MM = (21, 27, 19, 27)
_MM_OF_FOUR_CHARACTERS = 7
_INSETS_MM = 5
_PRINTED = {NoteSubject.RECOVERY_COSTS, NoteSubject.LATE_PENALTIES, NoteSubject.DISCOUNT, NoteSubject.TAX}
_OF_SELLER = {NoteSubject.REGULATORY, NoteSubject.LEGAL}


def shown(document: Document) -> dict[str, object]:
    """Write every text of the page."""
    lines = [_line(line, document) for line in document.lines]
    names = listed(document)
    issuer = document.buyer if document.type in SELF_BILLED else document.seller
    texts: dict[str, object] = {
        "title": TITLES[document.type],
        "number": document.number or PROVISIONAL,
        "provisional": document.number in {"", PROVISIONAL},
        "issue_on": day(document.issue_on),
        "badge": _badge(document),
        "about": list(_about(document)),
        "issuer": issuer.name,
        "seller": _party(document.seller, "", is_seller=True),
        "buyer": _party(document.buyer, "Adressé à" if document.is_credit else "Adressée à"),
        "others": list(_others(document)),
        "references": [[label, value] for label, value in _references(document) if value],
        "training": list(_training(document)),
        "lines": lines,
        "widths": _widths(lines),
        "adjustments": [
            [
                item.reason,
                _vat_word(item.vat.category, number(item.vat.rate)) if item.vat else "",
                item.amount.french() if item.is_charge else minus(item.amount),
            ]
            for item in document.adjustments
        ],
        "learners": [f"{index}. {name}" for index, name in enumerate(names, start=1)],
        "roster": roster(document, names),
        "totals": list(totals_of(document)),
        "due": due_of(document),
        "remarks": list(_remarks(document)),
        "payment": payment_of(document),
        "mentions": list(_mentions(document)),
        "footer": _footer(document),
    }
    broken = {key: breakable(value) for key, value in texts.items()}
    return {**broken, "breaks": broken != texts}


def _badge(document: Document) -> str:
    if document.type in SELF_BILLED:
        return "Autofacturation"
    return "Créance cédée" if document.type in FACTORED else ""


def _about(document: Document) -> Iterator[str]:
    """Say how it was made, and on which earlier invoices it stands."""
    if document.type in SELF_BILLED:
        yield f"Établie par {document.buyer.name}"
        yield f"au nom et pour le compte de {document.seller.name}"
    if not document.preceding:
        return
    cited = ", ".join(f"{item.number} du {day(item.issue_on)}" for item in document.preceding)
    invoices = "la facture" if len(document.preceding) == 1 else "les factures"
    if document.is_credit:
        yield f"Avoir sur {invoices} {cited}"
    elif document.type is DocumentType.CORRECTIVE:
        yield f"Annule et remplace {invoices} {cited}"
    else:
        yield f"Fait suite à {invoices} {cited}"


def _party(party: Party, role: str, *, is_seller: bool = False) -> dict[str, object]:
    numbers = [f"SIRET {grouped(party.siret, (3, 3, 3, 5))}"] if party.siret else []
    numbers += [f"SIREN {grouped(party.siren, (3, 3, 3))}"] if party.siren and not party.siret else []
    numbers += [f"TVA {party.vat_number}"] if party.vat_number else []
    if is_seller:
        numbers += (
            [" · ".join(text for text in (party.phone, party.email) if text)] if party.phone or party.email else []
        )
    address = [f"À l’attention de {party.contact}"] if party.contact and not is_seller else []
    return {"role": role, "name": party.name, "address": address + _address(party.address), "numbers": numbers}


def _others(document: Document) -> Iterator[dict[str, object]]:
    if document.payer is not None:
        yield _party(document.payer, "Paiement pris en charge par")
    if document.payee is not None:
        yield _party(document.payee, "Paiement à adresser à")


def _address(address: Address) -> list[str]:
    town = f"{address.postcode} {address.city}".strip()
    country = "" if address.country == "FR" else COUNTRIES.get(address.country, address.country)
    return [text for text in (address.line, town, country) if text]


def _references(document: Document) -> Iterator[tuple[str, str]]:
    references = document.references
    due_on = document.due_on if document.totals.due and not document.schedule else None
    yield "Échéance", day(due_on) if due_on else ""
    yield "N° de dossier", references.dossier
    yield "N° d’engagement", references.engagement
    yield "Code service", references.service_code
    yield "Convention ou marché", references.contract
    yield "Projet", " – ".join(dict.fromkeys(filter(None, (references.project, references.project_name))))


def _training(document: Document) -> Iterator[str]:
    """Say what was taught, then when."""
    period, title = document.period, document.references.training
    when = []
    if period is not None and period.starts_on == period.ends_on:
        when.append(f"le {day(period.starts_on)}")
    elif period is not None:
        when.append(f"du {day(period.starts_on)} au {day(period.ends_on)}")
    elif document.delivered_on is not None:
        when.append(f"réalisée le {day(document.delivered_on)}")
    if title:
        yield title
    for text in when:
        yield text if title else f"Période : {text}"


def _line(line: Line, document: Document) -> dict[str, object]:
    details = list(_details(line, document))
    unit = UNITS.get(line.unit, line.unit)
    return {
        "label": line.label,
        "details": details,
        "long": len(line.label) + sum(map(len, details)) > CELL_LENGTH_MAX,
        "quantity": f"{number(line.quantity)}\u00a0{unit}".strip(),
        "price": price(line.unit_price),
        "vat": _vat_word(line.vat.category, number(line.vat.rate)),
        "net": line.net.french(),
    }


def _details(line: Line, document: Document) -> Iterator[str]:
    few = len(line.learners) <= INLINE_LEARNERS
    names = ", ".join(line.learners)
    if line.learners and not few:
        yield f"{len(line.learners)} stagiaires : voir la liste"
    elif names and names not in line.description:
        yield f"Stagiaire{'s' if len(line.learners) > 1 else ''} : {names}"
    if line.description and few:
        yield line.description
    if line.dossier not in {"", document.references.dossier} and line.dossier not in line.description:
        yield f"Dossier {line.dossier}"
    if line.period is not None and line.period != document.period:
        yield f"Du {day(line.period.starts_on)} au {day(line.period.ends_on)}"
    if line.order_line:
        yield f"Ligne {line.order_line} de la commande"
    yield from (f"{name} : {value}" for name, value in line.attributes)
    yield from (
        f"{item.reason} : {item.amount.french() if item.is_charge else minus(item.amount)}" for item in line.adjustments
    )


def _vat_word(category: VatCategory, rate: str) -> str:
    return f"{rate}\u00a0%" if category is VatCategory.STANDARD else VAT_WORDS[category]


def _widths(lines: list[dict[str, object]]) -> list[int]:
    """Give the millimetres of the four columns of numbers; wider only for what would not fit."""
    columns = zip(("quantity", "price", "vat", "net"), _COLUMN_WIDTHS_MM, strict=True)
    return [
        max([usual, *(len(str(line[name])) * _MM_OF_FOUR_CHARACTERS // 4 + _INSETS_MM for line in lines)])
        for name, usual in columns
    ]


def _remarks(document: Document) -> Iterator[str]:
    """Say why no VAT is due, and what the law wants beside the totals."""
    yield from sorted({group.vat.exemption_text for group in document.groups if group.vat.exemption_text})
    if any(group.vat.category is VatCategory.REVERSE_CHARGE for group in document.groups):
        yield "Autoliquidation."
    if document.vat_due_code == "5" and document.totals.vat:
        yield "TVA acquittée d’après les débits."
    yield OPERATIONS.get(document.process[:1], "")
    if document.attachments:
        yield f"Pièces jointes : {', '.join(item.name for item in document.attachments)}"


def _mentions(document: Document) -> Iterator[str]:
    legal, known = document.seller.legal, _known(document)
    if len(legal) > FOOTER_LENGTH_MAX:
        yield legal
    for note in document.notes:
        if note.subject in _PRINTED or (note.subject in _OF_SELLER and note.text not in legal):
            yield note.text
        elif note.subject is NoteSubject.GENERAL:
            left = [part for part in note.text.split(" – ") if part not in known]
            if left and note.text not in known:
                yield " – ".join(left)


def _known(document: Document) -> set[str]:
    """List what a general note repeats for readers of the XML alone."""
    references, names = document.references, ", ".join(document.learners)
    whole = {f"Dossier {references.dossier}", f"Formation : {references.training}"}
    whole |= {f"Stagiaires : {names}", f"Stagiaire : {names}"}
    return whole | {part for text in whole for part in text.split(" – ")}


def _footer(document: Document) -> str:
    seller = document.seller
    return " – ".join(filter(None, (seller.name, seller.legal if len(seller.legal) <= FOOTER_LENGTH_MAX else "")))
