"""The notes and the payment terms that a request gives, in French sentences."""

from collections.abc import Iterator

from integrations.facturx.document import Document, Note, NoteSubject
from integrations.facturx.mentions import declaration, payment_notes
from integrations.facturx.printing import tidy
from integrations.facturx.published.models import AskedInvoice
from integrations.facturx.published.parts import AskedPayee
from integrations.facturx.published.terms import LegalTerms

_CLAUSES = {
    "subrogation": "Créance transmise par subrogation conventionnelle",
    "assignment": "Créance cédée",
    "mandate": "Encaissement confié",
}


def notes_of(asked: AskedInvoice, terms: LegalTerms, learners: tuple[str, ...], *, public: bool) -> tuple[Note, ...]:
    """Write every note, each subject that the law wants once."""
    to_person = asked.buyer.kind == "person"
    rate = tidy(asked.late_penalty_rate) or (terms.late_penalty_rate_public if public else terms.late_penalty_rate)
    notes = list(payment_notes(rate, to_person=to_person, discount=tidy(asked.discount_terms)))
    told = asked.seller.declaration
    if told is not None:
        text = declaration(tidy(told.number), tidy(told.region))
        notes.append(Note(text=text, subject=NoteSubject.REGULATORY))
    if asked.seller.legal_mentions:
        notes.append(Note(text=tidy(asked.seller.legal_mentions), subject=NoteSubject.LEGAL))
    if asked.payee is not None:
        notes.append(Note(text=_assigned(asked.payee), subject=NoteSubject.ASSIGNMENT))
    about = " – ".join(_about(asked, learners))
    if about:
        notes.append(Note(text=about, subject=NoteSubject.GENERAL))
    return tuple(notes)


def _assigned(payee: AskedPayee) -> str:
    name = tidy(payee.name)
    if payee.clause == "mandate":
        return f"{_CLAUSES[payee.clause]} à {name}, pour le compte du vendeur."
    return f"{_CLAUSES[payee.clause]} à {name} : seul un paiement à {name} libère le débiteur."


def _about(asked: AskedInvoice, learners: tuple[str, ...]) -> Iterator[str]:
    references = asked.references
    if references.dossier:
        yield f"Dossier {tidy(references.dossier)}"
    if references.training:
        yield f"Formation : {tidy(references.training)}"
    if learners:
        yield f"Stagiaires : {', '.join(learners)}"
    if asked.employer:
        yield f"Entreprise bénéficiaire : {tidy(asked.employer)}"
    if asked.reason:
        yield f"Motif : {tidy(asked.reason)}"
    split = asked.split
    if split is not None and 1 <= split.part <= len(split.parts):
        yield (
            f"Part {split.part} sur {len(split.parts)} ({tidy(split.parts[split.part - 1].name)}) de "
            f"{tidy(split.reference)}, {tidy(split.whole.french())} HT en tout"
        )
    for penalty in asked.market.penalties if asked.market else ():
        yield f"Pénalité compensée avec le prix : {tidy(penalty.amount.french())} ({tidy(penalty.reason)})"


def terms_text(asked: AskedInvoice, made: Document) -> str:
    """Write the payment terms (BT-20): those given, and who bears which part."""
    texts = [tidy(asked.payment.terms)]
    if made.is_credit and not texts[0]:
        texts = ["Avoir à déduire de la facture d’origine, ou remboursé par virement."]
    if asked.payer is not None:
        texts.append(_borne(asked, made))
    return " ".join(filter(None, texts))


def _borne(asked: AskedInvoice, made: Document) -> str:
    if asked.payer is None:
        return ""
    name = tidy(asked.payer.name)
    if asked.payer.share is None or asked.payer.share == made.totals.due:
        return f"Paiement pris en charge par {name}, subrogé à l’acheteur."
    rest = made.totals.due - asked.payer.share
    return (
        f"Pris en charge par {name}, subrogé à l’acheteur : {tidy(asked.payer.share.french())} ; "
        f"reste à la charge de l’acheteur : {tidy(rest.french())}."
    )
