"""What the page says of money: totals, and what to pay, to whom, by when and under which reference."""

from collections.abc import Iterator

from billing.money import Money
from integrations.facturx.document import Document, NoteSubject, VatCategory, VatGroup
from integrations.facturx.page_words import VAT_WORDS, day, minus, number


def totals_of(document: Document) -> Iterator[list[str]]:
    """Write the totals in the order of the sum: name, amount, detail below."""
    totals = document.totals
    if totals.allowances or totals.charges:
        yield ["Total des lignes HT", totals.lines.french(), ""]
    if totals.allowances:
        yield ["Remises", minus(totals.allowances), ""]
    if totals.charges:
        yield ["Frais", totals.charges.french(), ""]
    yield ["Total HT", totals.net.french(), ""]
    for group in document.groups:
        yield [_vat(group, single=len(document.groups) == 1), group.tax.french(), ""]
    yield ["Total TTC", totals.gross.french(), ""]
    if document.deductions:
        yield from ([item.label, minus(item.amount), ""] for item in document.deductions)
    elif totals.prepaid:
        yield ["Acompte déjà facturé" if document.preceding else "Déjà payé", minus(totals.prepaid), _paid(document)]


def _vat(group: VatGroup, *, single: bool) -> str:
    if group.vat.category is VatCategory.STANDARD:
        return f"TVA {number(group.vat.rate)}\u00a0%" + ("" if single else f" sur {group.basis.french()}")
    word = VAT_WORDS[group.vat.category]
    return f"TVA ({word})" if single else f"TVA ({word}) sur {group.basis.french()}"


def _paid(document: Document) -> str:
    return ", ".join(f"{item.number} du {day(item.issue_on)}" for item in document.preceding)


def due_of(document: Document) -> list[str]:
    """Name and write the last amount."""
    return ["Montant de l’avoir" if document.is_credit else "Net à payer", document.totals.due.french()]


def payment_of(document: Document) -> dict[str, object]:
    """Say what to pay, to whom, by when and under which reference; or why nothing is to be paid."""
    payment, due = document.payment, document.totals.due
    assigned = [note.text for note in document.notes if note.subject is NoteSubject.ASSIGNMENT]
    terms = " ".join([*assigned, payment.terms]).strip()
    if document.is_credit or due <= Money(0):
        return {"title": _nothing(document), "due_on": "", "rows": [], "terms": terms}
    schedule = document.schedule
    iban = " ".join(payment.iban[start : start + 4] for start in range(0, len(payment.iban), 4))
    rows = [
        *(
            [f"Le {day(part.due_on)}", " – ".join(filter(None, (part.amount.french(), part.label)))]
            for part in schedule
        ),
        ["À l’ordre de", document.payee.name if document.payee else payment.account_name or document.seller.name],
        ["Par virement", iban],
        ["BIC", payment.bic],
        ["Référence à rappeler", payment.reference],
        ["N° de dossier", document.references.dossier],
    ]
    return {
        "title": f"À payer : {due.french()}",
        "due_on": day(document.due_on) if document.due_on and not schedule else "",
        "rows": [row for row in rows if row[1]],
        "terms": terms,
    }


def _nothing(document: Document) -> str:
    if document.is_credit:
        return f"Avoir de {document.totals.due.french()} : rien à payer"
    return "Facture acquittée : rien à payer"
