"""The page that people read: A4, French, PDF/A-3b, made by typst from `page.typ` and the fonts beside it.

The template computes nothing: it receives texts that were written here from the document's own amounts, so that
page and XML cannot differ. Fonts: Source Sans Pro (SIL OFL 1.1, `fonts/LICENSE.txt`), then typst's embedded ones.
"""

import json
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from threading import Lock
from typing import Literal

import typst

from billing.errors import InvalidInvoice
from billing.money import Money
from billing.party import Address
from integrations.facturx.document import Document, DocumentType, Line, NoteSubject, Party, VatCategory
from integrations.facturx.xml import number_text

TITLES = {
    DocumentType.INVOICE: "Facture",
    DocumentType.CREDIT_NOTE: "Avoir",
    DocumentType.CORRECTIVE: "Facture rectificative",
    DocumentType.DEPOSIT: "Facture d’acompte",
    DocumentType.SELF_BILLED: "Autofacture",
    DocumentType.SELF_BILLED_CREDIT: "Avoir d’autofacture",
    DocumentType.FACTORED: "Facture affacturée",
    DocumentType.FACTORED_CREDIT: "Avoir affacturé",
    DocumentType.DEPOSIT_CREDIT: "Avoir d’acompte",
}
UNITS = {"HUR": "h", "DAY": "j", "C62": "", "MON": "mois"}
INLINE_LEARNERS = 4
"""Above it, learners get their own table below the lines."""


class PageMaker:
    """Owns one compiler, whose parsed template and fonts serve every page; safe to share between threads."""

    def __init__(self) -> None:
        """Load the template and the fonts."""
        folder = Path(__file__).parent
        self._lock = Lock()  # one compiler compiles one page at a time
        self._compiler = typst.Compiler(
            input=str(folder / "page.typ"),
            root=str(folder),
            font_paths=[str(folder / "fonts")],
            ignore_system_fonts=True,
        )

    def make(self, document: Document) -> bytes:
        """Make the page of a built document; the same document gives the same bytes.

        Raises:
            InvalidInvoice: the page cannot be made, mostly for a character without a glyph.
        """
        return self._compile(document, "pdf")[0]

    def pictures(self, document: Document, *, dots_per_inch: int = 96) -> list[bytes]:
        """Make a PNG of each page, for a preview."""
        return self._compile(document, "png", dots_per_inch)

    def _compile(self, document: Document, form: Literal["pdf", "png"], dots_per_inch: int = 96) -> list[bytes]:
        inputs = {"data": json.dumps(shown(document), ensure_ascii=False)}
        try:
            with self._lock:
                made = self._compiler.compile(
                    format=form,
                    sys_inputs=inputs,
                    ppi=dots_per_inch if form == "png" else None,
                    pdf_standards="a-3b" if form == "pdf" else [],
                    timestamp=datetime.combine(document.issue_on, time(), UTC),
                )
        except typst.TypstError as error:
            raise InvalidInvoice("invoice_page_failed", invoice=document.number, detail=error.message[:200]) from error
        return [made] if isinstance(made, bytes) else list(made or ())


def shown(document: Document) -> dict[str, object]:
    """Write every text of the page."""
    many = len(document.learners) > INLINE_LEARNERS
    return {
        "title": TITLES[document.type],
        "number": document.number,
        "issue_on": _day(document.issue_on),
        "about": _about(document),
        "seller": _party(document.seller, seller=True),
        "buyer": _party(document.buyer, seller=False),
        "references": [[label, value] for label, value in _references(document) if value],
        "lines": [_line(line, many=many) for line in document.lines],
        "adjustments": [
            [item.reason, ("" if item.is_charge else "\u2212\u00a0") + item.amount.french()]
            for item in document.adjustments
        ],
        "learners": list(document.learners) if many else [],
        "totals": _totals(document),
        "due": ["Montant de l’avoir" if document.is_credit else "Net à payer", document.totals.due.french()],
        "payment": _payment(document),
        "mentions": [note.text for note in document.notes if note.subject in _PRINTED]
        + sorted({group.vat.exemption_text for group in document.groups if group.vat.exemption_text}),
        "footer": " – ".join(filter(None, (document.seller.name, document.seller.legal))),
    }


_PRINTED = {NoteSubject.RECOVERY_COSTS, NoteSubject.LATE_PENALTIES, NoteSubject.DISCOUNT, NoteSubject.TAX}


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _about(document: Document) -> str:
    """Say which earlier invoices it stands on."""
    if not document.preceding:
        return ""
    cited = ", ".join(f"{item.number} du {_day(item.issue_on)}" for item in document.preceding)
    return f"{'Avoir sur' if document.is_credit else 'Fait suite à'} la facture {cited}"


def _party(party: Party, *, seller: bool) -> dict[str, object]:
    numbers = [f"SIRET {_grouped(party.siret, (3, 3, 3, 5))}"] if party.siret else []
    numbers += [f"SIREN {_grouped(party.siren, (3, 3, 3))}"] if party.siren and not party.siret else []
    numbers += [f"TVA {party.vat_number}"] if party.vat_number else []
    numbers += [party.email] if party.email and seller else []
    return {"name": party.name, "address": _address(party.address), "numbers": numbers}


def _address(address: Address) -> list[str]:
    town = f"{address.postcode} {address.city}".strip()
    return [text for text in (address.line, town, "" if address.country == "FR" else address.country) if text]


def _grouped(text: str, sizes: tuple[int, ...]) -> str:
    if len(text) != sum(sizes):
        return text
    starts = [sum(sizes[:index]) for index in range(len(sizes))]
    return "\u202f".join(text[start : start + size] for start, size in zip(starts, sizes, strict=True))


def _references(document: Document) -> list[tuple[str, str]]:
    references, period = document.references, document.period
    return [
        ("Formation", references.training),
        ("Période", f"du {_day(period.starts_on)} au {_day(period.ends_on)}" if period else ""),
        ("N° de dossier", references.dossier),
        ("N° d’engagement", references.engagement),
        ("Code service", references.service_code),
        ("Convention ou marché", references.contract),
        ("Projet", references.project_name or references.project),
    ]


def _line(line: Line, *, many: bool) -> dict[str, object]:
    details = []
    if line.learners and not many:
        details.append(f"Stagiaire{'s' if len(line.learners) > 1 else ''} : {', '.join(line.learners)}")
    details += [f"{item.reason} : {'' if item.is_charge else '−'}{item.amount.french()}" for item in line.adjustments]
    unit = UNITS.get(line.unit, line.unit)
    exempt = line.vat.category is not VatCategory.STANDARD
    return {
        "label": line.label,
        "details": details,
        "quantity": f"{_number(line.quantity)}\u00a0{unit}".strip(),
        "price": _price(line.unit_price),
        "vat": "exonéré" if exempt else f"{_number(line.vat.rate)}\u00a0%",
        "net": line.net.french(),
    }


def _number(value: Decimal) -> str:
    return number_text(value).replace(".", ",")


def _price(price: Decimal) -> str:
    if price == price.quantize(Decimal("0.01")):
        return Money.rounded(price).french()
    return f"{_number(price)}\u00a0€"


def _totals(document: Document) -> list[list[str]]:
    totals = document.totals
    rows = [["Total HT", totals.net.french()]]
    rows += [
        [f"TVA {_number(group.vat.rate)}\u00a0% sur {group.basis.french()}", group.tax.french()]
        for group in document.groups
        if group.vat.category is VatCategory.STANDARD
    ]
    if not totals.vat:
        rows.append(["TVA", totals.vat.french()])
    rows.append(["Total TTC", totals.gross.french()])
    if totals.prepaid:
        rows.append(["Déjà payé", f"\u2212\u00a0{totals.prepaid.french()}"])
    return rows


def _payment(document: Document) -> dict[str, object]:
    """Say what to pay, to whom, by when and under which reference; empty when nothing is to be paid."""
    if document.is_credit or document.totals.due.cents <= 0:
        return {}
    payment, payee = document.payment, document.payee or document.seller
    iban = " ".join(payment.iban[start : start + 4] for start in range(0, len(payment.iban), 4))
    rows = [
        ["À l’ordre de", payee.name],
        ["Par virement", iban],
        ["BIC", payment.bic],
        ["Référence à rappeler", payment.reference],
    ]
    return {
        "amount": document.totals.due.french(),
        "due_on": _day(document.due_on) if document.due_on else "",
        "rows": [row for row in rows if row[1]],
        "terms": payment.terms,
    }
