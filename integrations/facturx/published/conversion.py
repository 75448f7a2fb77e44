"""From a request to the document: nothing is guessed that the request could say, and every sum is computed.

Texts are tidied as those of the books are. What the law or the norm refuses is left in: the rules say it.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

from billing.money import Money, total
from integrations.facturx.amounts import build, priced
from integrations.facturx.document import (
    Adjustment,
    Attachment,
    AttachmentKind,
    Deduction,
    Document,
    DocumentType,
    Instalment,
    Line,
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
from integrations.facturx.mentions import OUT_OF_SCOPE, TRAINING_EXEMPTION, exemption
from integrations.facturx.printing import tidy
from integrations.facturx.published.models import AskedInvoice, AskedSplit
from integrations.facturx.published.notes import notes_of, terms_text
from integrations.facturx.published.parties import buyer_of, digits_of, party_of, seller_of
from integrations.facturx.published.parts import (
    AskedAdjustment,
    AskedAttachment,
    AskedLine,
    AskedPeriod,
    AskedVat,
)
from integrations.facturx.published.terms import LegalTerms

TYPES = {
    "invoice": DocumentType.INVOICE,
    "credit_note": DocumentType.CREDIT_NOTE,
    "corrective": DocumentType.CORRECTIVE,
    "deposit": DocumentType.DEPOSIT,
    "deposit_credit": DocumentType.DEPOSIT_CREDIT,
    "self_billed": DocumentType.SELF_BILLED,
    "self_billed_credit": DocumentType.SELF_BILLED_CREDIT,
    "factored": DocumentType.FACTORED,
    "factored_credit": DocumentType.FACTORED_CREDIT,
}
UNITS = {"hour": "HUR", "day": "DAY", "half_day": "C62", "flat": "C62", "piece": "C62", "month": "MON"}
_FRAMES = {
    "direct_payment": Process.DIRECT_PAYMENT,
    "subcontractor": Process.SUBCONTRACTOR,
    "cocontractor": Process.COCONTRACTOR,
}
_ATTACHMENTS = {
    "certificate": AttachmentKind.ANNEX,
    "annex": AttachmentKind.ANNEX,
    "bank_details": AttachmentKind.BANK_DETAILS,
    "order": AttachmentKind.ORDER,
    "supporting": AttachmentKind.SUPPORTING,
}
_REDUCING = {"discount", "refaction", "price_reduction"}
_REASONS = {
    "refaction": "Réfaction : ",
    "price_reduction": "Révision de prix : ",
    "price_revision": "Révision de prix : ",
}
NO_VAT = Vat(category=VatCategory.EXEMPT, rate=Decimal(0))
"""Of a line that says nothing: refused by the rules, which want a reason for an exemption."""


def document_from(asked: AskedInvoice, terms: LegalTerms, *, public: bool) -> Document:
    """Convert a request; `conditions.findings_of_request` and `rules.findings_of` judge the result."""
    lines = tuple(_line(index, line, asked) for index, line in enumerate(asked.lines, start=1))
    learners = _learners(asked)
    outside = all(line.vat.category is VatCategory.OUT_OF_SCOPE for line in lines)
    seller, buyer = seller_of(asked.seller, asked.lines), buyer_of(asked)
    if outside:  # BR-O-02: neither VAT number may appear
        seller, buyer = replace(seller, vat_number="", tax_number=""), replace(buyer, vat_number="")
    if buyer.endpoint is None and buyer.is_person:  # the seller hands it over (inference)
        buyer = replace(buyer, endpoint=seller.endpoint)
    made = build(
        Document(
            number=asked.number,
            type=TYPES[asked.type],
            issue_on=asked.issue_on,
            due_on=asked.due_on,
            period=_period(asked.period),
            delivered_on=_delivered(asked),
            profile=_profile(asked),
            seller=seller,
            buyer=buyer,
            payer=party_of(asked.payer) if asked.payer else None,
            payee=party_of(asked.payee) if asked.payee else None,
            lines=lines,
            treatment=_treatment(asked, lines),
            learners=learners,
            references=_references(asked),
            adjustments=tuple(replace(_adjustment(item), vat=vat_of(item.vat) or NO_VAT) for item in asked.adjustments),
            preceding=_preceding(asked),
            attachments=tuple(_attachment(item) for item in asked.attachments),
            vat_due_code={"on_receipt": "72", "on_debits": "5"}.get(asked.vat_due, ""),
        )
    )
    return _settled(asked, made, terms, public=public)


def _delivered(asked: AskedInvoice) -> date | None:
    """The day given, else the last day of a period that is over; a deposit delivers nothing."""
    period = asked.period
    over = period is not None and period.ends_on <= asked.issue_on and not asked.type.startswith("deposit")
    return asked.delivered_on or (period.ends_on if period is not None and over else None)


def _settled(asked: AskedInvoice, made: Document, terms: LegalTerms, *, public: bool) -> Document:
    """Add what is already settled and when the rest is due; both need the gross amount."""
    deductions = tuple(_deductions(asked, made.totals.gross))
    prepaid = total(item.amount for item in deductions)
    schedule = _schedule(asked, made.totals.gross, made.totals.gross - prepaid)
    paid_whole = asked.paid is not None and bool(prepaid) and prepaid == made.totals.gross
    due_on = schedule[0].due_on if schedule else asked.due_on
    made = replace(
        made,
        prepaid=prepaid,
        deductions=deductions,
        schedule=schedule,
        process=_process(asked, paid_whole=paid_whole),
        due_on=asked.paid.on if paid_whole and asked.paid else due_on,
        notes=notes_of(asked, terms, made.learners, public=public),
    )
    made = build(made)
    return replace(made, payment=_payment(asked, made))


def _deductions(asked: AskedInvoice, gross: Money) -> Iterator[Deduction]:
    for item in asked.deposits:
        yield Deduction(label=f"Acompte {tidy(item.number)} du {item.issue_on:%d/%m/%Y}", amount=item.amount)
    market = asked.market
    for item in market.advances if market else ():
        yield Deduction(label=f"Avance {tidy(item.number)} récupérée", amount=item.amount)
    penalties = market.penalties if market else []
    for index, penalty in enumerate(penalties, start=1):  # the reason is long: it stands among the notes
        rank = f" n° {index}" if len(penalties) > 1 else ""
        yield Deduction(label=f"Pénalité compensée{rank}", amount=penalty.amount)
    if asked.paid is not None:
        before = total(item.amount for item in asked.deposits)
        if market:
            before += total(item.amount for item in market.advances) + total(item.amount for item in market.penalties)
        amount = gross - before if asked.paid.amount is None else asked.paid.amount
        yield Deduction(label=f"Reçu le {asked.paid.on:%d/%m/%Y}", amount=amount)


def _schedule(asked: AskedInvoice, gross: Money, due: Money) -> tuple[Instalment, ...]:
    planned = tuple(
        Instalment(due_on=item.due_on, amount=item.amount, label=tidy(item.label)) for item in asked.instalments
    )
    holdback = asked.market.holdback if asked.market else None
    if holdback is None:
        return planned
    held = gross.times(holdback.percent / 100)
    label = f"retenue de garantie de {format(holdback.percent.normalize(), 'f').replace('.', ',')} %"
    last = Instalment(due_on=holdback.release_on, amount=held, label=label)
    if not planned and asked.due_on is not None:
        planned = (Instalment(due_on=asked.due_on, amount=due - held),)
    return (*planned, last)


def _process(asked: AskedInvoice, *, paid_whole: bool) -> Process:
    if asked.frame in _FRAMES:
        return _FRAMES[asked.frame]
    goods = asked.frame == "mixed" or any(line.kind == "goods" for line in asked.lines)
    advances = asked.market.advances if asked.market else []
    if paid_whole:
        return Process.MIXED_PAID if goods else Process.SERVICES_PAID
    if asked.deposits and not advances:
        return Process.MIXED_FINAL if goods else Process.SERVICES_FINAL
    return Process.MIXED if goods else Process.SERVICES


def _profile(asked: AskedInvoice) -> Profile:
    extended = asked.payer is not None if asked.profile == "automatic" else asked.profile == "extended"
    return Profile.EXTENDED if extended else Profile.EN16931


def _treatment(asked: AskedInvoice, lines: tuple[Line, ...]) -> Treatment:
    if asked.treatment != "automatic":
        return Treatment(asked.treatment)
    outside = (TRAINING_EXEMPTION, OUT_OF_SCOPE.exemption_code)
    if all(line.vat.exemption_code in outside for line in lines):
        return Treatment.OUT_OF_SCOPE
    abroad = asked.buyer.address.country != "FR"
    if asked.buyer.kind == "person":
        return Treatment.B2C_ABROAD if abroad else Treatment.B2C
    return Treatment.B2B_ABROAD if abroad else Treatment.B2B


def vat_of(asked: AskedVat | None) -> Vat | None:
    """Convert the VAT of a line; None when nothing is said. A rate that does not go with it is kept for the rules."""
    if asked is None:
        return None
    if asked.treatment == "taxed":
        return Vat(category=VatCategory.STANDARD, rate=asked.rate if asked.rate is not None else Decimal(0))
    if asked.treatment == "out_of_scope":
        return replace(OUT_OF_SCOPE, rate=asked.rate or Decimal(0))
    code = TRAINING_EXEMPTION if asked.treatment == "exempt_training" else "VATEX-FR-FRANCHISE"
    made = exemption(code)
    return replace(made, rate=asked.rate or Decimal(0)) if made else None


def _line(index: int, asked: AskedLine, invoice: AskedInvoice) -> Line:
    names = [tidy(name) for name in asked.learners]
    told = ", ".join(names)
    named = f"Stagiaire{'s' if len(names) > 1 else ''} : {told}" if names else ""
    dossier = tidy(asked.dossier or (invoice.references.dossier if len(invoice.lines) == 1 else ""))
    reference = f"Dossier {dossier}" if dossier else ""
    attributes = [("Entreprise", tidy(asked.employer))] if asked.employer else []
    if asked.situation is not None:
        attributes.append((f"Situation n° {asked.situation.number}, cumul HT", asked.situation.done.french()))
        attributes.append(("Déjà facturé HT", asked.situation.billed_before.french()))
    attributes += [(tidy(item.name), tidy(item.value)) for item in asked.attributes]
    period = asked.period or invoice.period
    return priced(
        Line(
            number=str(index),
            label=tidy(asked.label),
            quantity=asked.quantity,
            unit=UNITS[asked.unit],
            unit_price=asked.unit_price,
            vat=vat_of(asked.vat) or NO_VAT,
            description=" – ".join(filter(None, (tidy(asked.description), named, reference))),
            learners=tuple(names),
            dossier=dossier,
            order_line=tidy(asked.order_line),
            period=_period(period),
            adjustments=tuple(_adjustment(item) for item in asked.adjustments),
            attributes=tuple(attributes),
        )
    )


def _adjustment(asked: AskedAdjustment) -> Adjustment:
    return Adjustment(
        amount=asked.amount,
        reason=_REASONS.get(asked.kind, "") + tidy(asked.reason),
        is_charge=asked.kind not in _REDUCING,
    )


def _period(asked: AskedPeriod | None) -> Period | None:
    return Period(starts_on=asked.starts_on, ends_on=asked.ends_on) if asked is not None else None


def _learners(asked: AskedInvoice) -> tuple[str, ...]:
    names = [*asked.learners, *(name for line in asked.lines for name in line.learners)]
    return tuple(dict.fromkeys(tidy(name) for name in names))


def _references(asked: AskedInvoice) -> References:
    told = asked.references
    contract = told.contract or (asked.split.reference if isinstance(asked.split, AskedSplit) else "")
    return References(
        engagement=tidy(told.engagement),
        service_code=tidy(told.service_code),
        contract=tidy(contract),
        dossier=tidy(told.dossier),
        project=tidy(told.project),
        project_name=tidy(told.project_name) if told.project else "",
        training=tidy(told.training or ""),
    )


def _preceding(asked: AskedInvoice) -> tuple[Preceding, ...]:
    advances = asked.market.advances if asked.market else []
    told: list[tuple[str, date]] = [
        (item.number.strip(), item.issue_on) for item in (*asked.origins, *asked.deposits, *advances)
    ]
    return tuple(Preceding(number=number, issue_on=day) for number, day in dict.fromkeys(told))


def _attachment(asked: AskedAttachment) -> Attachment:
    return Attachment(
        name=asked.name, content=asked.content, media_type=asked.media_type, kind=_ATTACHMENTS[asked.kind]
    )


def _payment(asked: AskedInvoice, made: Document) -> Payment:
    told = asked.payment
    holder = made.payee.name if made.payee else made.seller.name
    return Payment(
        iban=digits_of(told.iban).upper(),
        bic=digits_of(told.bic).upper(),
        account_name=tidy(told.account_name) or (holder if told.iban else ""),
        means=told.means,
        reference=tidy(told.reference) or asked.number,
        terms=terms_text(asked, made),
    )
