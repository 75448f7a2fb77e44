"""From billing's nouns to the document: pure, and what cannot be converted is a finding.

The buyer is the claim's debtor. A dossier without VAT number still has the tax identifier that BR-E-02 wants:
its SIREN (inference: the directory of companies knows it by that number). Exempt training is outside the
e-invoicing reform (funders.md §7, documented): the note BAR says so.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from billing.claim import Claim, ClaimKind, ClaimLine, ClaimRole
from billing.errors import Finding, InvalidInput
from billing.identity import Siret
from billing.invoice_facts import InvoiceFacts
from billing.numbering import B2G_NUMBER_LENGTH
from billing.party import Funder, FunderClass, Organisation, Site, VatRegime
from integrations.facturx.amounts import build
from integrations.facturx.document import (
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
    References,
    Treatment,
    Vat,
    VatCategory,
)
from integrations.facturx.mentions import TRAINING_EXEMPTION, declaration, exemption, payment_notes
from integrations.facturx.printing import tidy

PUBLIC_BUYERS = frozenset({FunderClass.FRANCE_TRAVAIL, FunderClass.REGION, FunderClass.STATE, FunderClass.PUBLIC_BODY})


def document_of(facts: InvoiceFacts) -> Document:
    """Convert what is known, whole or not; `facts_findings` and `rules.findings_of` judge the result."""
    claim, agreement = facts.claim, facts.agreement
    learners = tuple(tidy(name) for name in facts.learners)
    dossier = tidy(agreement.reference) if agreement else ""
    period = _period(claim.period_starts_on, claim.period_ends_on)
    lines = tuple(_line(line, dossier, period, learners, single=len(facts.lines) == 1) for line in facts.lines)
    is_person = facts.funder.funder_class is FunderClass.PERSON
    seller = _seller(facts.organisation, facts.site)
    account = facts.account
    is_credit = claim.kind is ClaimKind.CREDIT_NOTE
    return build(
        Document(
            number=claim.number or "",
            type=_type(claim),
            issue_on=claim.issue_on,
            due_on=None if is_credit else claim.due_on,
            period=period,
            delivered_on=period.ends_on if period and period.ends_on <= claim.issue_on else None,
            seller=seller,
            buyer=_buyer(facts, seller),
            lines=lines,
            treatment=_treatment(lines, is_person=is_person),
            learners=learners,
            references=References(
                engagement=tidy(agreement.engagement_number) if agreement else "",
                service_code=tidy(agreement.service_code) if agreement else "",
                contract=tidy(agreement.contract_number) if agreement else "",
                dossier=dossier,
                training=_training(facts),
            ),
            notes=_notes(facts, learners, dossier, is_person=is_person),
            payment=Payment(
                iban=account.iban.value if account else "",
                bic=account.bic.replace(" ", "") if account else "",
                account_name=tidy(facts.organisation.name),
                reference=claim.number or "",
                terms="Avoir à déduire de la facture d’origine, ou remboursé par virement." if is_credit else "",
            ),
            preceding=_preceding(facts),
        )
    )


def facts_findings(facts: InvoiceFacts, document: Document) -> Iterator[Finding]:
    """Judge what the document no longer shows: what the payer requires, and the claim's own amounts."""
    funder, agreement, claim = facts.funder, facts.agreement, facts.claim
    if facts.organisation.nda is None:  # C. trav. L.6352-12
        yield Finding(code="invoice_nda_missing", where="Vendeur")
    given = (agreement.payer_siret if agreement else "") or (funder.siret_as_given if funder.siret is None else "")
    if given and _siret(given) is None:
        yield Finding(code="invoice_siret_malformed", where="Acheteur", values={"siret": given[:20]})
    elif not document.buyer.siret and not document.buyer.is_person:
        yield Finding(code="invoice_buyer_siret_missing", where="Acheteur", values={"funder": funder.code})
    if funder.requires_engagement and not document.references.engagement:
        yield Finding(code="invoice_engagement_missing", where="Références", values={"funder": funder.code})
    if funder.requires_service_code and not document.references.service_code:
        yield Finding(code="invoice_service_code_missing", where="Références", values={"funder": funder.code})
    if agreement is not None and not document.references.dossier:
        yield Finding(code="invoice_dossier_missing", where="Références", values={"funder": funder.code})
    too_long = funder.funder_class in PUBLIC_BUYERS and len(claim.number or "") > B2G_NUMBER_LENGTH
    if too_long:
        yield Finding(code="invoice_number_too_long_for_public", values={"number": claim.number})
    sums = (document.totals.net, document.totals.vat, document.totals.gross)
    if facts.lines and sums != (claim.net, claim.vat, claim.gross):
        yield Finding(
            code="invoice_differs_from_claim",
            values={"claim": claim.gross.french(), "lines": document.totals.gross.french()},
        )


def _type(claim: Claim) -> DocumentType:
    if claim.kind is ClaimKind.CREDIT_NOTE:
        return DocumentType.CREDIT_NOTE
    return DocumentType.DEPOSIT if claim.role is ClaimRole.DEPOSIT else DocumentType.INVOICE


def _period(starts_on: date | None, ends_on: date | None) -> Period | None:
    if starts_on is None and ends_on is None:
        return None
    return Period(starts_on=starts_on or ends_on or date.min, ends_on=ends_on or starts_on or date.max)


def _line(line: ClaimLine, dossier: str, period: Period | None, learners: tuple[str, ...], *, single: bool) -> Line:
    named = f"Stagiaire{'s' if len(learners) > 1 else ''} : {', '.join(learners)}" if learners else ""
    reference = f"Dossier {dossier}" if dossier else ""
    return Line(
        number=str(line.position),
        label=tidy(line.label),
        quantity=line.quantity,
        unit=line.unit,
        unit_price=line.unit_price,
        net=line.net,
        vat=_vat(line),
        description=" – ".join(filter(None, (named, reference))) if single else reference,
        learners=learners if single else (),
        dossier=dossier,
        period=period,
    )


def _vat(line: ClaimLine) -> Vat:
    if line.exemption_code or line.vat_rate == 0:
        unknown = Vat(category=VatCategory.EXEMPT, rate=line.vat_rate, exemption_code=line.exemption_code)
        return exemption(line.exemption_code) or unknown
    return Vat(category=VatCategory.STANDARD, rate=line.vat_rate)


def _seller(organisation: Organisation, site: Site | None) -> Party:
    siren = organisation.siren.value
    nda = declaration(organisation.nda.value, tidy(organisation.nda_region)) if organisation.nda else ""
    own_site = site is not None and site.siret.value.startswith(siren)
    needs_tax_number = not organisation.vat_number and organisation.vat_regime is not VatRegime.STANDARD
    return Party(
        name=tidy(organisation.name),
        siren=siren,
        siret=site.siret.value if site is not None and own_site else "",
        vat_number=(organisation.vat_number or "").replace(" ", ""),
        tax_number=siren if needs_tax_number else "",
        address=replace(
            organisation.address, line=tidy(organisation.address.line), city=tidy(organisation.address.city)
        ),
        endpoint=Endpoint(value=siren),
        email=organisation.email.strip(),
        legal=" – ".join(filter(None, (tidy(organisation.legal_mentions), nda))),
    )


def _buyer(facts: InvoiceFacts, seller: Party) -> Party:
    funder = facts.funder
    is_person = funder.funder_class is FunderClass.PERSON
    asked = _siret(facts.agreement.payer_siret) if facts.agreement and facts.agreement.payer_siret else None
    siret = None if is_person else asked or funder.siret
    return Party(
        name=tidy(funder.name),
        siren=siret.value[:9] if siret else "",
        siret=siret.value if siret else "",
        address=replace(funder.address, line=tidy(funder.address.line), city=tidy(funder.address.city)),
        endpoint=_buyer_endpoint(funder, siret, seller),
        email=funder.email.strip(),
        is_person=is_person,
    )


def _buyer_endpoint(funder: Funder, siret: Siret | None, seller: Party) -> Endpoint | None:
    """BR-FR-12 wants one of everyone; a person without e-mail gets the seller's, who hands it over (inference)."""
    if siret is not None:
        return Endpoint(value=siret.value[:9])
    if funder.funder_class is not FunderClass.PERSON:
        return None
    return Endpoint(value=funder.email.strip(), scheme="EM") if funder.email.strip() else seller.endpoint


def _siret(text: str) -> Siret | None:
    try:
        return Siret.read(text)
    except InvalidInput:
        return None


def _treatment(lines: tuple[Line, ...], *, is_person: bool) -> Treatment:
    if lines and all(line.vat.exemption_code == TRAINING_EXEMPTION for line in lines):
        return Treatment.OUT_OF_SCOPE
    return Treatment.B2C if is_person else Treatment.B2B


def _training(facts: InvoiceFacts) -> str:
    if facts.action is None:
        return ""
    session = f" – session {facts.session.code}" if facts.session else ""
    return tidy(f"{facts.action.title}{session}")


def _notes(facts: InvoiceFacts, learners: tuple[str, ...], dossier: str, *, is_person: bool) -> tuple[Note, ...]:
    organisation = facts.organisation
    texts: list[Note] = list(payment_notes(tidy(facts.penalty_rate), to_person=is_person))
    if organisation.nda is not None:
        nda = declaration(organisation.nda.value, tidy(organisation.nda_region))
        texts.append(Note(text=nda, subject=NoteSubject.REGULATORY))
    if organisation.legal_mentions:
        texts.append(Note(text=tidy(organisation.legal_mentions), subject=NoteSubject.LEGAL))
    about = " – ".join(
        filter(
            None,
            (
                f"Dossier {dossier}" if dossier else "",
                f"Formation : {_training(facts)}" if facts.action else "",
                f"Stagiaires : {', '.join(learners)}" if learners else "",
            ),
        )
    )
    if about:
        texts.append(Note(text=about, subject=NoteSubject.GENERAL))
    return tuple(texts)


def _preceding(facts: InvoiceFacts) -> tuple[Preceding, ...]:
    if not facts.origin_number or facts.origin_issue_on is None:
        return ()
    return (Preceding(number=facts.origin_number, issue_on=facts.origin_issue_on),)
