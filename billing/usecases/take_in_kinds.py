"""The kinds of neutral rows: what each may hold, what it needs first, and who takes it in."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from billing.agreement import AmountBasis, LifeState, PlanRank, Scheme, Unit
from billing.claim import ClaimKind, LineKind
from billing.compensation import CompensationScheme, PaymentStatus
from billing.evidence import EvidenceStatus
from billing.party import FunderClass, TrainerStatus, VatRegime
from billing.remuneration import OrderUnit, Rubric
from billing.route import Act
from billing.training import PriceBasis
from billing.usecases import take_in_claims as claims
from billing.usecases import take_in_dossiers as dossiers
from billing.usecases import take_in_evidence as evidence
from billing.usecases import take_in_openings as openings
from billing.usecases import take_in_parties as parties
from billing.usecases import take_in_people as people
from billing.usecases import take_in_platforms as platforms
from billing.usecases import take_in_remittances as remittances
from billing.usecases import take_in_rules as rules
from billing.usecases import take_in_training as training
from billing.usecases.take_in_desk import Desk, Look
from billing.usecases.take_in_rows import Cells

T = TypeVar("T")

ADDRESS = " address_line postcode city country"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of neutral row.

    Attributes:
        name: the word that profiles use.
        fields: every field that it may hold.
        needed: fields without which a new noun cannot be made.
        words: fields that hold one of our words, and which.
        after: kinds that must be in the books first.
        look: what to fetch for a row.
        take: writes the row on the desk.
        gather: what to fetch for a whole batch, beyond ids.
        coded: repository and kind of id, for what is known by its `code` alone.
    """

    name: str
    fields: frozenset[str]
    needed: frozenset[str]
    words: Mapping[str, type[StrEnum]]
    after: tuple[str, ...]
    look: Callable[[Cells], Iterable[Look]]
    take: Callable[[Desk, Cells], None]
    gather: Callable[[Desk, Sequence[Cells]], None] | None = None
    coded: tuple[str, str] | None = None


def _kind(
    name: str,
    needed: str,
    other: str,
    look: Callable[[Cells], Iterable[Look]],
    take: Callable[[Desk, Cells], None],
    *,
    after: str = "",
    gather: Callable[[Desk, Sequence[Cells]], None] | None = None,
    coded: str = "",
    **words: type[StrEnum],
) -> Kind:
    return Kind(
        name=name,
        fields=frozenset((*needed.split(), *other.split())),
        needed=frozenset(needed.split()),
        words=words,
        after=tuple(after.split()),
        look=look,
        take=take,
        gather=gather,
        coded=(coded, name) if coded else None,
    )


def _coded(kind: str) -> Callable[[Cells], Iterable[Look]]:
    return parties.look_coded(f"{kind}s", kind)  # type: ignore[no-any-return]  # a function of cells


_ALL: tuple[Kind, ...] = (
    _kind(
        "organisation",
        "",
        "name siren nda nda_region vat_regime vat_number opening_on legal_mentions email fiscal_year_end"
        " qualiopi_starts_on qualiopi_ends_on nda_starts_on nda_ends_on" + ADDRESS,
        parties.look_organisation,
        parties.take_organisation,
        vat_regime=VatRegime,
    ),
    _kind(
        "site",
        "code siret name",
        ADDRESS,
        _coded("site"),
        parties.take_site,
        after="organisation",
        coded="sites",
    ),
    _kind(
        "bank_account",
        "iban",
        "bic label ledger_account is_factor closed_on",
        parties.look_bank_account,
        parties.take_bank_account,
        after="organisation",
    ),
    _kind(
        "employer",
        "code name",
        "siret opco_code" + ADDRESS,
        _coded("employer"),
        parties.take_employer,
        coded="employers",
    ),
    _kind("prescriber", "code name", "email", _coded("prescriber"), parties.take_prescriber, coded="prescribers"),
    _kind(
        "learner",
        "code last_name first_name",
        "birth_on email nir",
        _coded("learner"),
        parties.take_learner,
        coded="learners",
    ),
    _kind(
        "trainer",
        "code last_name first_name status",
        "employee_number siret nda iban iban_changed_on vigilance_until category",
        _coded("trainer"),
        parties.take_trainer,
        coded="trainers",
        status=TrainerStatus,
    ),
    _kind(
        "funder",
        "code name funder_class",
        "siret payment_term_days review_days claim_deadline_months closed sending requires_engagement email aliases"
        " requires_service_code attendance_cutoff_day justified_counts_as_done ibans employer_code learner_code"
        + ADDRESS,
        parties.look_funder,
        parties.take_funder,
        after="employer learner",
        coded="funders",
        funder_class=FunderClass,
    ),
    _kind(
        "action",
        "code title",
        "planned_hours certification",
        _coded("action"),
        training.take_action,
        coded="actions",
    ),
    _kind(
        "session",
        "code action_code starts_on ends_on",
        "site_code planned_hours remuneration_approval approval_starts_on approval_ends_on",
        training.look_session,
        training.take_session,
        after="site action",
        coded="sessions",
    ),
    _kind(
        "price",
        "session_code basis amount",
        "scale_key",
        training.look_price,
        training.take_price,
        after="session",
        basis=PriceBasis,
    ),
    _kind(
        "enrolment",
        "session_code learner_code sale_price",
        "funded self_paid discount employer_code prescriber_code exit_on exit_reason exit_declared_on"
        " compensation_expected",
        training.look_enrolment,
        training.take_enrolment,
        after="session learner employer prescriber",
    ),
    _kind(
        "agreement",
        "funder_code reference scheme session_code amount",
        "learner_code parent_funder_code parent_reference amount_basis unit state rank "
        + " ".join(training.AGREEMENT_FIELDS),
        training.look_agreement,
        training.take_agreement,
        after="funder session enrolment",
        scheme=Scheme,
        amount_basis=AmountBasis,
        unit=Unit,
        state=LifeState,
        rank=PlanRank,
    ),
    _kind(
        "instalment",
        "funder_code reference number due_on amount",
        "state",
        training.look_instalment,
        training.take_instalment,
        after="agreement",
    ),
    _kind(
        "slot",
        "session_code day starts_at ends_at",
        "hours trainer_code trainer_signed",
        evidence.look_slot,
        evidence.take_slot,
        after="session trainer",
    ),
    _kind(
        "attendance",
        "session_code day starts_at learner_code status",
        "trainer_code hours",
        evidence.look_attendance,
        evidence.take_attendance,
        after="slot enrolment",
        gather=evidence.gather_attendance,
        status=EvidenceStatus,
    ),
    _kind(
        "hours",
        "session_code learner_code month done",
        "planned justified unjustified",
        evidence.look_hours,
        evidence.take_hours,
        after="enrolment",
        gather=evidence.gather_hours,
    ),
    _kind(
        "certificate",
        "session_code learner_code hours starts_on ends_on",
        "month signed_on",
        evidence.look_certificate,
        evidence.take_certificate,
        after="enrolment",
    ),
    _kind(
        "order",
        "code trainer_code session_code rate unit starts_on ends_on",
        "max_quantity hours_per_day closed",
        people.look_order,
        people.take_order,
        after="trainer session",
        coded="orders",
        unit=OrderUnit,
    ),
    _kind(
        "payroll_variable",
        "trainer_code session_code month rubric quantity",
        "rate amount order_code sent_on rejected rejection_label",
        people.look_payroll_variable,
        people.take_payroll_variable,
        after="order",
        rubric=Rubric,
    ),
    _kind(
        "claim",
        "number issue_on funder_code net vat gross",
        "kind series sequence due_on agreement_reference session_code learner_code hours period_starts_on"
        " period_ends_on instalment_number platform sent_on origin_number external_reference raw_status state"
        " line_kind label vat_rate",
        claims.look_claim,
        claims.take_claim,
        after="agreement organisation",
        gather=claims.gather_claims,
        kind=ClaimKind,
        state=LifeState,
        line_kind=LineKind,
    ),
    _kind(
        "claim_line",
        "number position label quantity unit_price net vat_rate vat gross",
        "line_kind unit",
        openings.look_claim_line,
        openings.take_claim_line,
        after="claim",
        line_kind=LineKind,
    ),
    _kind(
        "opening",
        "number issue_on funder_code open",
        "due_on vat agreement_reference sent_on external_reference",
        claims.look_claim,
        openings.take_opening,
        after="agreement organisation",
        gather=claims.gather_claims,
    ),
    _kind(
        "remittance_line",
        remittances.REMITTANCE_NEEDED,
        remittances.REMITTANCE_OTHER,
        remittances.look_remittance_line,
        remittances.take_remittance_line,
        after="claim opening",
    ),
    _kind(
        "entitlement",
        "payer_code dossier_number session_code learner_code scheme starts_on",
        " ".join(people.ENTITLEMENT_FIELDS),
        people.look_entitlement,
        people.take_entitlement,
        after="funder enrolment",
        scheme=CompensationScheme,
    ),
    _kind(
        "attendance_statement",
        "payer_code dossier_number month planned done",
        "justified unjustified sent_on",
        people.look_statement,
        people.take_statement,
        after="entitlement",
        gather=people.gather_statements,
    ),
    _kind(
        "compensation_payment",
        "payer_code dossier_number month gross",
        "number recovered retention_absence retention_benefits status paid_on pay_due_on",
        people.look_payment,
        people.take_payment,
        after="entitlement",
        status=PaymentStatus,
    ),
    _kind(
        "route",
        "act platform starts_on",
        "ends_on funder_code funder_class scheme",
        rules.look_route,
        rules.take_route,
        after="funder",
        act=Act,
        funder_class=FunderClass,
        scheme=Scheme,
    ),
    _kind(
        "parameter",
        "key starts_on value source",
        "confirmed_by",
        rules.look_parameter,
        rules.take_parameter,
    ),
    _kind(
        platforms.SIGHTING,
        "platform funder_code reference raw_status",
        "funder_class state known raw_label " + " ".join((*platforms.RECORD_FIELDS, *dossiers.PERSON_FIELDS)),
        platforms.look_sighting,
        platforms.take_sighting,
        after="agreement",
        gather=platforms.gather_sightings,
        funder_class=FunderClass,
        state=LifeState,
    ),
)
KINDS: Mapping[str, Kind] = {kind.name: kind for kind in _ALL}


def rank_of(kinds: Iterable[str]) -> int:
    """Tell how many steps of other kinds must come before a file that holds these kinds."""
    return max((_depth(name) for name in kinds), default=0)


def _depth(name: str) -> int:
    """Tell the longest chain of kinds that must come before one."""
    return 1 + max((_depth(need) for need in KINDS[name].after), default=0)


def import_order(files: Iterable[T], kinds_of: Callable[[T], Iterable[str]]) -> list[T]:
    """Sort files so that each comes after those which bring what it refers to; ties keep their order."""
    return sorted(files, key=lambda item: rank_of(kinds_of(item)))
