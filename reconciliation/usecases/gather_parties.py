"""The organisation, payers, learners, enrolments and agreements, as rules read them."""

from collections.abc import Iterable, Mapping
from datetime import date

from billing.agreement import (
    ACTIVE_STATES,
    AmountBasis,
    FundingAgreement,
    Instalment,
    LifeState,
    Unit,
    says_real_hours,
)
from billing.party import Funder, FunderClass, Organisation, VatRegime
from billing.ports import UnitOfWork
from billing.training import Enrolment
from reconciliation.rules.logic import UNKNOWN, Maybe
from reconciliation.rules.people import LearnerFact
from reconciliation.rules.records import (
    AgreementFact,
    ClaimFact,
    EnrolmentFact,
    FunderFact,
    OrganisationFact,
    ScheduleLine,
    Span,
)

QUALIOPI = "qualiopi"
NDA = "nda"


def organisation_fact(uow: UnitOfWork, organisation: Organisation, claims: tuple[ClaimFact, ...]) -> OrganisationFact:
    """Show the organisation. Every series that bears a claim of these books counts as declared."""
    spans: dict[str, list[Span]] = {}
    for item in uow.validities.stream():
        spans.setdefault(item.kind.casefold(), []).append(Span(from_=item.starts_on, to=item.ends_on))
    accounts = [item for item in uow.bank_accounts.stream() if item.closed_on is None]
    return OrganisationFact(
        id=organisation.id,
        vat_exempt=organisation.vat_regime is not VatRegime.STANDARD,
        ibans=tuple(item.iban.value for item in accounts if not item.is_factor),
        factor_ibans=tuple(item.iban.value for item in accounts if item.is_factor),
        series=tuple(sorted({claim.series for claim in claims if claim.series is not UNKNOWN})),
        qualiopi=tuple(spans[QUALIOPI]) if QUALIOPI in spans else UNKNOWN,
        nda=tuple(spans[NDA]) if NDA in spans else UNKNOWN,
        opening_on=organisation.opening_on,
    )


def funder_facts(uow: UnitOfWork, funders: Iterable[Funder]) -> tuple[FunderFact, ...]:
    """Show the payers; an employer's OPCO is the one that its own record names."""
    opcos = {item.id: item.opco_code for item in uow.employers.stream()}
    return tuple(
        FunderFact(
            id=item.id,
            name=item.name,
            class_=item.funder_class.value,
            siret=item.siret.value if item.siret else (item.siret_as_given or UNKNOWN),
            closed=item.closed,
            opco=item.code if item.funder_class is FunderClass.OPCO else (opcos.get(item.employer_id or "") or UNKNOWN),
            claim_deadline_months=item.claim_deadline_months,
            review_days=item.review_days,
            payment_term_days=item.payment_term_days,
            attendance_cutoff_day=item.attendance_cutoff_day,
            justified_counts_as_done=item.justified_counts_as_done,
        )
        for item in funders
    )


def learner_facts(uow: UnitOfWork) -> tuple[LearnerFact, ...]:
    """Show the learners. A number that was not given is known to be missing; an unknown birth date is not."""
    return tuple(
        LearnerFact(
            id=item.id,
            last_name=item.last_name,
            first_name=item.first_name,
            birth_date=UNKNOWN if item.birth_on is None else item.birth_on,
            nir_hash=None if item.nir is None else item.nir.value,
        )
        for item in uow.learners.stream()
    )


def enrolment_facts(
    enrolments: Iterable[Enrolment], agreements: Iterable[FundingAgreement], funders: Mapping[str, Funder]
) -> tuple[EnrolmentFact, ...]:
    """Show the enrolments: the price after our own discount; the learner's part once only.

    A learner's part that is an agreement of its own (payer of class person) is counted there.
    """
    own_part = {
        item.enrolment_id
        for item in agreements
        if item.state in ACTIVE_STATES and _class_of(funders, item.funder_id) is FunderClass.PERSON
    }
    return tuple(
        EnrolmentFact(
            id=item.id,
            session_id=item.session_id,
            learner_id=item.learner_id,
            funded=item.funded,
            compensation_expected=item.compensation_expected,
            sale_price_cents=(item.sale_price - item.discount).cents,
            self_paid_cents=0 if item.id in own_part else item.self_paid.cents,
            employer_id=item.employer_id,
            exit_date=item.exit_on,
        )
        for item in enrolments
    )


def _class_of(funders: Mapping[str, Funder], funder_id: str) -> FunderClass | None:
    funder = funders.get(funder_id)
    return funder.funder_class if funder else None


def agreement_facts(
    uow: UnitOfWork, agreements: Iterable[FundingAgreement], organisation: Organisation
) -> tuple[AgreementFact, ...]:
    """Show the agreements. An amount before VAT is the amount when the organisation charges none."""
    schedules: dict[str, list[Instalment]] = {}
    for item in uow.instalments.stream():
        schedules.setdefault(item.agreement_id, []).append(item)
    exempt = organisation.vat_regime is not VatRegime.STANDARD
    return tuple(
        AgreementFact(
            id=item.id,
            ref=item.reference,
            funder_id=item.funder_id,
            scheme=item.scheme.value,
            enrolment_id=item.enrolment_id,
            session_id=item.session_id,
            status=item.state.value,
            net=item.amount_basis is AmountBasis.NET and not exempt,
            real_hours=_real_hours(item),
            hour_price=item.unit_price if item.unit is Unit.HOUR else None,
            amount_cents=item.amount.cents,
            hours=item.hours,
            from_=item.starts_on,
            to=item.ends_on,
            decided_on=_decided_on(item),
            subrogation=UNKNOWN if item.subrogation is None else item.subrogation,
            claim_deadline=UNKNOWN if item.claim_deadline_on is None else item.claim_deadline_on,
            requires_certificate=item.needs_certificate,
            payer_siret=item.payer_siret or UNKNOWN,
            ordered_on=UNKNOWN if item.ordered_on is None else item.ordered_on,
            schedule=_schedule(schedules.get(item.id, [])),
        )
        for item in agreements
    )


def _real_hours(agreement: FundingAgreement) -> Maybe[bool]:
    """What billing goes by; UNKNOWN = the scheme decides, there as here."""
    said = says_real_hours(agreement)
    return UNKNOWN if said is None else said


def _decided_on(agreement: FundingAgreement) -> Maybe[date | None]:
    """Approved without a date: decided on a day that we do not know."""
    if agreement.decided_on is None and agreement.state in {LifeState.APPROVED, LifeState.DISPUTED}:
        return UNKNOWN
    return agreement.decided_on


def _schedule(lines: list[Instalment]) -> tuple[ScheduleLine, ...]:
    return tuple(
        ScheduleLine(
            no=line.number,
            from_=line.due_on,
            to=line.due_on,
            due=line.due_on,
            amount_cents=line.amount.cents,
            state=line.state,
        )
        for line in sorted(lines, key=lambda item: item.number)
    )
