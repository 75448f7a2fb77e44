"""Prepare claims: from agreement and evidence to a numbered claim with its document, entry and submission.

Each claim is made in one transaction: number, document, entry, journal and submission come together or
not at all, so a crash gives the number back (gap-free series) and leaves no half claim.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import islice

from billing.agreement import FundingAgreement, LifeState
from billing.asked import NotDue, excess, standing
from billing.booking import entry_of_claim
from billing.claim import Claim, ClaimKind, ClaimLine, ClaimOrigin, LineKind, settled
from billing.due import Case, DueClaim, due_today, french_hours
from billing.errors import BrokenBooks, Finding
from billing.identity import derive_id
from billing.invoice_facts import DocumentMaker, InvoiceFacts
from billing.numbering import Series, take
from billing.parameters_book import ParameterBook
from billing.party import Funder, FunderClass, Learner, Organisation
from billing.ports import OpenBooks, UnitOfWork
from billing.pricing import amounts_of, line_of
from billing.route import Act, Route, choose
from billing.submission import Submission, SubmissionKind, SubmissionState
from billing.training import Action, Enrolment, Session
from billing.usecases.gather_cases import gather_cases
from billing.usecases.recording import keep

HOUR_SCHEMES = "anomaly.real_hours_schemes"
BATCH = 400
"""Agreements looked at together: bounds memory and the number of queries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """An agreement that should be claimed and cannot: what a person must do first."""

    agreement_id: str
    findings: tuple[Finding, ...]


@dataclass(slots=True, kw_only=True)
class Prepared:
    """What one run prepared."""

    claims: list[str] = field(default_factory=list)
    blocked: list[Blocked] = field(default_factory=list)
    told: list[Finding] = field(default_factory=list)
    """What whoever prepares should read of the claims made."""
    looked_at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """What every claim of a run needs, read once."""

    organisation: Organisation
    funders: Mapping[str, Funder]
    routes: tuple[Route, ...]
    parameters: ParameterBook
    frozen: frozenset[tuple[str, str]]
    hour_schemes: frozenset[str] = frozenset()
    """Schemes that pay hours attended."""


def prepare_due_claims(
    open_books: OpenBooks,
    organisation_id: str,
    *,
    actor: str,
    today: date,
    parameters: ParameterBook,
    documents: DocumentMaker,
    frozen: frozenset[tuple[str, str]] = frozenset(),
    only_agreements: Iterable[str] | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Prepared:
    """Issue every claim that is due today and is not frozen by an open anomaly.

    Args:
        open_books: factory of units of work.
        organisation_id: whose books.
        actor: who acts.
        today: issue date.
        parameters: effective-dated rates and terms.
        documents: makes and checks documents.
        frozen: (kind, id) of subjects that an open anomaly freezes.
        only_agreements: look at these alone (a person's click); None = all.
        on_progress: called with the number of agreements looked at.

    Returns:
        The claims made, and what blocks the others. Running it again makes nothing twice.
    """
    result = Prepared()
    with open_books(organisation_id, actor, read_only=True) as uow:
        shelf = read_shelf(uow, organisation_id, parameters, frozen, today=today)
        wanted = {"state": LifeState.APPROVED} | ({"id": tuple(only_agreements)} if only_agreements is not None else {})
        ready: list[tuple[Case, DueClaim]] = []
        for batch in _batches(uow.agreements.stream(**wanted), BATCH):
            result.looked_at += len(batch)
            opening_on = shelf.organisation.opening_on
            for case in gather_cases(uow, batch, opening_on=opening_on, hour_schemes=shelf.hour_schemes):
                outcome = due_today(case, today)
                if isinstance(outcome, NotDue):
                    if outcome.blocks:
                        finding = Finding(code=outcome.code, where=case.agreement.reference, values=outcome.values)
                        result.blocked.append(Blocked(agreement_id=case.agreement.id, findings=(finding,)))
                elif ("agreement", case.agreement.id) not in shelf.frozen:
                    ready.extend((case, due) for due in outcome)
            if on_progress:
                on_progress(result.looked_at)
    for case, due in sorted(
        ready, key=lambda item: (item[0].session.ends_on, item[0].agreement.reference, item[1].part)
    ):
        with open_books(organisation_id, actor) as uow:
            issued = _issue(uow, shelf, case, due, today=today, documents=documents)
            if isinstance(issued, Blocked):
                result.blocked.append(issued)
            else:
                uow.commit()
                result.claims.append(issued.id)
                result.told.extend([due.told] if due.told else [])
    return result


def _issue(
    uow: UnitOfWork, shelf: Shelf, case: Case, due: DueClaim, *, today: date, documents: DocumentMaker
) -> Claim | Blocked:
    """Issue one claim; what a platform computes beyond its agreement stops that one alone."""
    try:
        return issue(uow, shelf, case, due, today=today, documents=documents)
    except BrokenBooks as error:
        if error.code != "claim_over_agreement":
            raise
        finding = Finding(code="billable_over_agreement", where=case.agreement.reference, values=error.values)
        return Blocked(agreement_id=case.agreement.id, findings=(finding,))


def read_shelf(
    uow: UnitOfWork,
    organisation_id: str,
    parameters: ParameterBook,
    frozen: frozenset[tuple[str, str]],
    *,
    today: date,
) -> Shelf:
    """Read what every claim needs; `today` is the day of the parameters."""
    organisation = uow.organisations.get(organisation_id)
    if organisation is None:
        raise BrokenBooks("organisation_missing", organisation=organisation_id)
    return Shelf(
        organisation=organisation,
        funders={funder.id: funder for funder in uow.funders.stream()},
        routes=tuple(uow.routes.find()),
        parameters=parameters,
        frozen=frozen,
        hour_schemes=frozenset(json.loads(parameters.text(HOUR_SCHEMES, today))),
    )


def _batches(items: Iterator[FundingAgreement], size: int) -> Iterator[list[FundingAgreement]]:
    while batch := list(islice(items, size)):
        yield batch


def issue(
    uow: UnitOfWork, shelf: Shelf, case: Case, due: DueClaim, *, today: date, documents: DocumentMaker
) -> Claim | Blocked:
    """Make one claim ready: check it, number it, render it, book it, and line it up for its platform.

    Returns:
        The stored claim (not committed), or what blocks it; then nothing was written and no number taken.

    Raises:
        BrokenBooks: it would exceed its agreement.
    """
    agreement, organisation = case.agreement, shelf.organisation
    funder = shelf.funders[agreement.funder_id]
    over = excess(agreement, standing(uow.claims.find(agreement_id=agreement.id)), due.amount)
    if over:
        raise BrokenBooks("claim_over_agreement", reference=agreement.reference, over=over.french())
    route = choose(
        shelf.routes,
        Act.CLAIM,
        today,
        funder_id=funder.id,
        funder_class=funder.funder_class,
        scheme=agreement.scheme,
    )
    draft, lines = _draft(uow, shelf, case, due, today=today, platform=route.platform if route else "")
    facts = gather_facts(uow, organisation, draft, lines, shelf, today)
    has_document = draft.kind is not ClaimKind.PLATFORM
    findings = documents.preflight(facts) if has_document else ()
    if route is None:
        findings = (*findings, Finding(code="route_missing", where=agreement.reference, values={"funder": funder.code}))
    if findings:
        return Blocked(agreement_id=agreement.id, findings=tuple(findings))
    code = shelf.parameters.text("series.invoice", today)
    series_id = derive_id("series", code, str(today.year))
    series = uow.series.get(series_id, lock=True) or Series(id=series_id, code=code, year=today.year)
    series, sequence, number = take(series)
    uow.series.put(series)
    claim = settled(replace(draft, number=number, sequence=sequence, series=code))
    if has_document:
        pdf = documents.render(replace(facts, claim=claim))
        claim = replace(claim, document=uow.store_document(pdf, "application/pdf", f"{number}.pdf"))
    keep(uow, None, claim, type_="claim.prepared", on=today)
    uow.claim_lines.add(*lines)
    uow.post(entry_of_claim(claim, lines, funder, uow.recorded_at))
    keep(uow, None, submission_of(uow, claim, funder), type_="submission.prepared", on=today)
    return claim


def _draft(
    uow: UnitOfWork, shelf: Shelf, case: Case, due: DueClaim, *, today: date, platform: str
) -> tuple[Claim, list[ClaimLine]]:
    agreement, funder = case.agreement, shelf.funders[case.agreement.funder_id]
    business_key = f"{funder.code}|{agreement.reference}|{due.part}"
    earlier = uow.claims.count(business_key=business_key, origin=ClaimOrigin.ISSUED)
    claim_id = derive_id("claim", "issued", business_key, str(earlier))
    action = uow.actions.get(case.session.action_id)
    line = line_of(
        claim_id,
        position=1,
        kind=LineKind.TRAINING,
        label=_label(action, case, due),
        amount=due.amount,
        basis=agreement.amount_basis,
        regime=shelf.organisation.vat_regime,
        standard_rate=shelf.parameters.decimal("vat_rate.standard", today),
        hours=due.hours,
        unit_price=due.unit_price,
    )
    sums = amounts_of((line,))
    is_platform = _billed_on_platform(funder)
    claim = Claim(
        id=claim_id,
        business_key=business_key,
        kind=ClaimKind.PLATFORM if is_platform else ClaimKind.INVOICE,
        role=due.role,
        origin=ClaimOrigin.ISSUED,
        funder_id=funder.id,
        agreement_id=agreement.id,
        enrolment_id=agreement.enrolment_id,
        session_id=agreement.session_id,
        series="",
        number=None,
        sequence=None,
        issue_on=today,
        due_on=today + timedelta(days=payment_term(shelf.parameters, funder, today)),
        net=sums.net,
        vat=sums.vat,
        gross=sums.gross,
        hours=due.hours,
        state=LifeState.DRAFT,
        period_starts_on=case.session.starts_on,
        period_ends_on=_last_day(case.session, case.enrolment),
        instalment_number=due.instalment_number,
        period=due.part if ":rest:" in due.part else None,
        platform=platform,
        evidence_digest=case.evidence.digest,
        bpf_line=_bpf_line(shelf.parameters, funder, agreement, today),
        recorded_at=uow.recorded_at,
    )
    return claim, [line]


def _billed_on_platform(funder: Funder) -> bool:
    """The CDC takes billing data on its platform, no document (documented, funders.md §1.2)."""
    return funder.funder_class is FunderClass.CDC


def _last_day(session: Session, enrolment: Enrolment | None) -> date:
    if enrolment is not None and enrolment.exit_on is not None:
        return max(session.starts_on, min(session.ends_on, enrolment.exit_on))
    return session.ends_on


def _label(action: Action | None, case: Case, due: DueClaim) -> str:
    session, agreed = case.session, case.agreement.hours
    title = action.title if action else session.code
    span = f"du {session.starts_on:%d/%m/%Y} au {session.ends_on:%d/%m/%Y}"
    part = f" – échéance n° {due.instalment_number}" if due.instalment_number else ""
    if due.after is not None:
        part += f" – après l'avoir {due.after.number} sur la facture {due.after.origin_number}"
    elif due.hours is not None and agreed is not None and due.hours < agreed:
        part += f" – {french_hours(due.hours)} h réalisées sur {french_hours(agreed)} h"
    return f"Formation « {title} », session {session.code}, {span}{part}"


def payment_term(parameters: ParameterBook, funder: Funder, on: date) -> int:
    """Tell the payer's term in days: its own, else the parameter of its class."""
    if funder.payment_term_days is not None:
        return funder.payment_term_days
    return parameters.integer(f"payment_term_days.{funder.funder_class}", on)


def _bpf_line(parameters: ParameterBook, funder: Funder, agreement: FundingAgreement, on: date) -> str | None:
    for key in (f"bpf_line.{funder.funder_class}.{agreement.scheme}", f"bpf_line.{funder.funder_class}"):
        found = parameters.find(key, on)
        if found:
            return found.value
    return None


def gather_facts(
    uow: UnitOfWork, organisation: Organisation, claim: Claim, lines: Iterable[ClaimLine], shelf: Shelf, today: date
) -> InvoiceFacts:
    """Gather what the document shows."""
    agreement = uow.agreements.get(claim.agreement_id) if claim.agreement_id else None
    session = uow.sessions.get(claim.session_id) if claim.session_id else None
    enrolment = uow.enrolments.get(claim.enrolment_id) if claim.enrolment_id else None
    learner = uow.learners.get(enrolment.learner_id) if enrolment else None
    site = uow.sites.get(session.site_id) if session and session.site_id else None
    accounts = [account for account in uow.bank_accounts.find() if account.closed_on is None and not account.is_factor]
    origin = uow.claims.get(claim.origin_claim_id) if claim.origin_claim_id else None
    return InvoiceFacts(
        claim=claim,
        lines=tuple(lines),
        organisation=organisation,
        site=site or next(iter(uow.sites.find()), None),
        account=accounts[0] if accounts else None,
        funder=shelf.funders[claim.funder_id],
        agreement=agreement,
        session=session,
        action=uow.actions.get(session.action_id) if session else None,
        learners=(_name(learner),) if learner else (),
        penalty_rate=shelf.parameters.text("late_penalty_rate", today),
        origin_number=(origin.number or "") if origin else "",
        origin_issue_on=origin.issue_on if origin else None,
    )


def _name(learner: Learner) -> str:
    return f"{learner.last_name.upper()} {learner.first_name}"


def submission_of(uow: UnitOfWork, claim: Claim, funder: Funder) -> Submission:
    """Line a claim up for its platform; it stays a draft until sending is switched on for its payer.

    A claim that replaces one which was credited in whole after it had left is another act for the platform:
    its key bears a number. The books hold one standing claim for each key, whatever is said here.
    """
    key = claim.business_key if claim.kind is not ClaimKind.CREDIT_NOTE else f"credit|{claim.number}"
    earlier = uow.claims.count(business_key=claim.business_key, origin=ClaimOrigin.ISSUED, state=LifeState.CANCELLED)
    return Submission(
        id=derive_id("submission", claim.platform, claim.id),
        kind=SubmissionKind.CLAIM,
        subject_id=claim.id,
        platform=claim.platform,
        business_key=f"{key}|{earlier + 1}" if earlier else key,
        state=SubmissionState.READY if funder.sending else SubmissionState.DRAFT,
        not_before=uow.recorded_at,
    )
