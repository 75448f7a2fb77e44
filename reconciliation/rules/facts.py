"""Everything that one run looks at, with the indexes that rules use: each is built once, on first use.

A list that is UNKNOWN was not loaded: no rule looks for objects in it, and what depends on it is unknown.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Generic, TypeVar

from billing.identity import normalised_reference
from reconciliation.rules.logic import UNKNOWN, Maybe, known
from reconciliation.rules.people import (
    CompensationFact,
    CutoffFact,
    Das2List,
    DeclarationFact,
    EntitlementFact,
    ExpectedFact,
    LearnerFact,
    OrderFact,
    SituationFact,
    TrainerFact,
    TrainerInvoiceFact,
    TrainerPaymentFact,
    VariableFact,
)
from reconciliation.rules.records import (
    AgreementFact,
    AllocationFact,
    BatchFact,
    CertificateFact,
    ClaimFact,
    ContractFact,
    DunningFact,
    EnrolmentFact,
    EventFact,
    EvidenceFact,
    ExportFact,
    FunderFact,
    OrganisationFact,
    QueuedFact,
    ReceiptFact,
    RemittanceLineFact,
    SessionFact,
    Sighting,
    SlotFact,
    SubmissionFact,
)

R = TypeVar("R")
K = TypeVar("K", bound=Hashable)


class Index(Generic[K, R]):
    """Records by a key; unknown as a whole when their list was not loaded."""

    def __init__(self, records: Maybe[Iterable[R]], key: Callable[[R], K | None]) -> None:
        """Index once; a record whose key is None is left out."""
        self.loaded = records is not UNKNOWN
        groups: dict[K, list[R]] = {}
        for record in known(records):
            found = key(record)
            if found is not None:
                groups.setdefault(found, []).append(record)
        self._groups = {found: tuple(group) for found, group in groups.items()}

    def of(self, key: K | None) -> Maybe[tuple[R, ...]]:
        """Give the records of a key; UNKNOWN when the list was not loaded."""
        if not self.loaded:
            return UNKNOWN
        return self._groups.get(key, ()) if key is not None else ()

    def there(self, key: K | None) -> tuple[R, ...]:
        """Give the records of a key that are there, none when the list was not loaded."""
        return self._groups.get(key, ()) if key is not None else ()

    def one(self, key: K | None) -> Maybe[R]:
        """Give the record of a key; UNKNOWN when it was not loaded."""
        found = self.there(key)
        return found[0] if found else UNKNOWN

    def groups(self) -> Mapping[K, tuple[R, ...]]:
        """Give every group, in the order in which they were met."""
        return self._groups


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The neutral facts of one run. The instance keeps a dictionary for its cached indexes."""

    organisation: Maybe[OrganisationFact] = UNKNOWN
    funders: Maybe[tuple[FunderFact, ...]] = UNKNOWN
    learners: Maybe[tuple[LearnerFact, ...]] = UNKNOWN
    sessions: Maybe[tuple[SessionFact, ...]] = UNKNOWN
    enrolments: Maybe[tuple[EnrolmentFact, ...]] = UNKNOWN
    agreements: Maybe[tuple[AgreementFact, ...]] = UNKNOWN
    evidence: Maybe[tuple[EvidenceFact, ...]] = UNKNOWN
    slots: Maybe[tuple[SlotFact, ...]] = UNKNOWN
    certificates: Maybe[tuple[CertificateFact, ...]] = UNKNOWN
    claims: Maybe[tuple[ClaimFact, ...]] = UNKNOWN
    bank_receipts: Maybe[tuple[ReceiptFact, ...]] = UNKNOWN
    allocations: Maybe[tuple[AllocationFact, ...]] = UNKNOWN
    remittance_lines: Maybe[tuple[RemittanceLineFact, ...]] = UNKNOWN
    platform_snapshots: Maybe[tuple[Sighting, ...]] = UNKNOWN
    platform_exports: Maybe[tuple[ExportFact, ...]] = UNKNOWN
    submissions: Maybe[tuple[SubmissionFact, ...]] = UNKNOWN
    dunnings: Maybe[tuple[DunningFact, ...]] = UNKNOWN
    events: Maybe[tuple[EventFact, ...]] = UNKNOWN
    export_batches: Maybe[tuple[BatchFact, ...]] = UNKNOWN
    queue: Maybe[tuple[QueuedFact, ...]] = UNKNOWN
    b2c_contracts: Maybe[tuple[ContractFact, ...]] = UNKNOWN
    trainers: Maybe[tuple[TrainerFact, ...]] = UNKNOWN
    orders: Maybe[tuple[OrderFact, ...]] = UNKNOWN
    trainer_invoices: Maybe[tuple[TrainerInvoiceFact, ...]] = UNKNOWN
    trainer_payments: Maybe[tuple[TrainerPaymentFact, ...]] = UNKNOWN
    das2_lists: Maybe[tuple[Das2List, ...]] = UNKNOWN
    payroll_variables: Maybe[tuple[VariableFact, ...]] = UNKNOWN
    payroll_cutoffs: Maybe[tuple[CutoffFact, ...]] = UNKNOWN
    entitlements: Maybe[tuple[EntitlementFact, ...]] = UNKNOWN
    attendance_declarations: Maybe[tuple[DeclarationFact, ...]] = UNKNOWN
    situations: Maybe[tuple[SituationFact, ...]] = UNKNOWN
    expected_compensations: Maybe[tuple[ExpectedFact, ...]] = UNKNOWN
    compensation_payments: Maybe[tuple[CompensationFact, ...]] = UNKNOWN

    # --- by id ---

    @cached_property
    def funder(self) -> Index[str, FunderFact]:
        """Funders by id."""
        return Index(self.funders, lambda item: item.id)

    @cached_property
    def learner(self) -> Index[str, LearnerFact]:
        """Learners by id."""
        return Index(self.learners, lambda item: item.id)

    @cached_property
    def session(self) -> Index[str, SessionFact]:
        """Sessions by id."""
        return Index(self.sessions, lambda item: item.id)

    @cached_property
    def enrolment(self) -> Index[str, EnrolmentFact]:
        """Enrolments by id."""
        return Index(self.enrolments, lambda item: item.id)

    @cached_property
    def agreement(self) -> Index[str, AgreementFact]:
        """Agreements by id."""
        return Index(self.agreements, lambda item: item.id)

    @cached_property
    def claim(self) -> Index[str, ClaimFact]:
        """Claims by id."""
        return Index(self.claims, lambda item: item.id)

    @cached_property
    def trainer(self) -> Index[str, TrainerFact]:
        """Trainers by id."""
        return Index(self.trainers, lambda item: item.id)

    @cached_property
    def order(self) -> Index[str, OrderFact]:
        """Orders by id."""
        return Index(self.orders, lambda item: item.id)

    @cached_property
    def entitlement(self) -> Index[str, EntitlementFact]:
        """Entitlements by id."""
        return Index(self.entitlements, lambda item: item.id)

    # --- by what they belong to ---

    @cached_property
    def agreements_by_enrolment(self) -> Index[str, AgreementFact]:
        """Agreements about one learner, by enrolment."""
        return Index(self.agreements, lambda item: item.enrolment_id)

    @cached_property
    def group_agreements(self) -> Index[str, AgreementFact]:
        """Agreements about a whole group, by session."""
        return Index(self.agreements, lambda item: item.session_id if item.enrolment_id is None else None)

    @cached_property
    def claims_by_agreement(self) -> Index[str, ClaimFact]:
        """Claims of every kind, by agreement."""
        return Index(self.claims, lambda item: item.agreement_id)

    @cached_property
    def claims_by_number(self) -> Index[str, ClaimFact]:
        """Numbered claims other than credit notes, by normalised number."""
        return Index(
            self.claims,
            lambda item: normalised_reference(item.no) if item.no and item.kind != "credit_note" else None,
        )

    @cached_property
    def credits_by_origin(self) -> Index[str, ClaimFact]:
        """Credit notes by the normalised number that they credit."""
        return Index(
            self.claims,
            lambda item: (
                normalised_reference(item.origin_no)
                if item.kind == "credit_note" and item.origin_no is not UNKNOWN and item.origin_no
                else None
            ),
        )

    @cached_property
    def allocations_by_claim(self) -> Index[str, AllocationFact]:
        """Allocations by claim."""
        return Index(self.allocations, lambda item: item.claim_id)

    @cached_property
    def allocations_by_receipt(self) -> Index[str, AllocationFact]:
        """Allocations by receipt."""
        return Index(self.allocations, lambda item: item.receipt_id)

    @cached_property
    def allocations_by_agreement(self) -> Index[str, AllocationFact]:
        """Allocations by agreement."""
        return Index(self.allocations, lambda item: item.agreement_id)

    @cached_property
    def receipt(self) -> Index[str, ReceiptFact]:
        """Receipts by id."""
        return Index(self.bank_receipts, lambda item: item.id)

    @cached_property
    def certificates_by_claim(self) -> Index[str, CertificateFact]:
        """Certificates by the claim that they are attached to."""
        return Index(self.certificates, lambda item: item.claim_id)

    @cached_property
    def evidence_by_span(self) -> Index[tuple[str, str | None], EvidenceFact]:
        """Summed hours by enrolment and month (None = the whole action)."""
        return Index(
            self.evidence, lambda item: (item.enrolment_id, item.month) if item.entitlement_id is None else None
        )

    @cached_property
    def evidence_by_enrolment(self) -> Index[str, EvidenceFact]:
        """Every row of summed hours, by enrolment."""
        return Index(self.evidence, lambda item: item.enrolment_id)

    @cached_property
    def evidence_by_entitlement(self) -> Index[tuple[str, str], EvidenceFact]:
        """Summed hours cut to an entitlement's days, by entitlement and month."""
        return Index(
            self.evidence,
            lambda item: (item.entitlement_id, item.month) if item.entitlement_id and item.month else None,
        )

    @cached_property
    def lines_by_number(self) -> Index[str, RemittanceLineFact]:
        """Remittance lines by the normalised invoice number that they quote."""
        return Index(
            self.remittance_lines,
            lambda item: normalised_reference(item.invoice_no) if item.invoice_no else None,
        )

    @cached_property
    def lines_by_advice(self) -> Index[str, RemittanceLineFact]:
        """Remittance lines by advice."""
        return Index(self.remittance_lines, lambda item: item.advice_id)

    @cached_property
    def histories(self) -> Index[tuple[str, str, str], Sighting]:
        """Sightings by platform, kind of object and external id."""
        return Index(self.platform_snapshots, lambda item: (item.platform, item.object, item.external_id))

    @cached_property
    def latest(self) -> tuple[Sighting, ...]:
        """The last sighting of each platform record, with the day since which it shows its present word."""
        return tuple(_present(history) for history in self.histories.groups().values())

    @cached_property
    def sightings_by_claim(self) -> Index[str, Sighting]:
        """Every sighting of a claim."""
        return Index(self.platform_snapshots, lambda item: item.claim_id if item.claim_id is not UNKNOWN else None)

    @cached_property
    def slots_by_session(self) -> Index[str, SlotFact]:
        """Slots by session."""
        return Index(self.slots, lambda item: item.session_id)

    @cached_property
    def slots_by_trainer(self) -> Index[str, SlotFact]:
        """Slots by trainer."""
        return Index(self.slots, lambda item: item.trainer_id)

    @cached_property
    def orders_by_work(self) -> Index[tuple[str, str], OrderFact]:
        """Orders by trainer and session."""
        return Index(self.orders, lambda item: (item.trainer_id, item.session_id))

    @cached_property
    def declarations_by_month(self) -> Index[tuple[str, str], DeclarationFact]:
        """Attendance declarations by entitlement and month."""
        return Index(self.attendance_declarations, lambda item: (item.entitlement_id, item.month))

    @cached_property
    def expected_by_month(self) -> Index[tuple[str, str], ExpectedFact]:
        """Expected payments by entitlement and month."""
        return Index(self.expected_compensations, lambda item: (item.entitlement_id, item.month))

    @cached_property
    def paid_by_month(self) -> Index[tuple[str, str], CompensationFact]:
        """What payers say they paid, by entitlement and month."""
        return Index(self.compensation_payments, lambda item: (item.entitlement_id, item.month))

    @cached_property
    def paid_by_entitlement(self) -> Index[str, CompensationFact]:
        """What payers say they paid, by entitlement."""
        return Index(self.compensation_payments, lambda item: item.entitlement_id)


def _present(history: tuple[Sighting, ...]) -> Sighting:
    """Give the last sighting; its word holds since the first sighting of the unbroken run that shows it."""
    ordered = sorted(history, key=lambda item: (item.seen_at, item.id))
    last = ordered[-1]
    if last.status_since is not UNKNOWN or last.raw_status is UNKNOWN:
        return last
    since = last.seen_at
    for earlier in reversed(ordered[:-1]):
        if earlier.raw_status is UNKNOWN or _word(earlier) != _word(last):
            break
        since = earlier.seen_at
    return replace(last, status_since=since.date())


def _word(sighting: Sighting) -> str:
    return str(sighting.raw_status).strip().casefold()
