"""What platforms showed, as rules read it: the words are mapped already, by the adapters."""

from collections.abc import Iterable
from datetime import datetime, time

from billing.agreement import FundingAgreement, LifeState, PlatformRecord
from billing.claim import Claim
from billing.ports import UnitOfWork
from reconciliation.rules.logic import UNKNOWN
from reconciliation.rules.records import Sighting, Status
from reconciliation.usecases.gather_claims import Claims, local

RANKS = {
    LifeState.SUBMITTED: 1,
    LifeState.ACKNOWLEDGED: 2,
    LifeState.APPROVED: 3,
    LifeState.SCHEDULED: 4,
    LifeState.PAID: 5,
}

LONG_AGO = datetime(1970, 1, 1)  # noqa: DTZ001 - rules compare instants without zone, all in UTC
"""For what our own agreements were told, without a sighting to date it."""


def read_platforms(uow: UnitOfWork, agreements: Iterable[FundingAgreement], claims: Claims) -> tuple[Sighting, ...]:
    """Read the last sighting of each record; what our own objects were told counts where no record says it."""
    sightings = [_sighting(record) for record in uow.platform_records.stream(latest=True)]
    refused = {item.claim_id for item in sightings if item.status is not None and item.status.state == "rejected"}
    controlled = {item.agreement_id for item in sightings if item.in_control is not None}
    sightings += [_refusal(claim) for claim in claims.refused if claim.id not in refused]
    sightings += [_control(item) for item in agreements if item.in_control is not None and item.id not in controlled]
    return tuple(sightings)


def _sighting(record: PlatformRecord) -> Sighting:
    on_claim = record.subject_kind == "claim"
    seen_at = local(record.seen_at)
    return Sighting(
        id=record.id,
        platform=record.platform,
        external_id=record.external_id,
        object="claim" if on_claim else "agreement",
        seen_at=seen_at,
        source=record.source,
        agreement_id=None if on_claim else record.subject_id,
        claim_id=record.subject_id if on_claim else None,
        raw_status=record.raw_status,
        status_since=record.status_since or seen_at.date(),
        in_control=record.in_control,
        dispute=record.state is LifeState.DISPUTED,
        rejection_code=record.rejection_code or None,
        amount_agreed_cents=None if record.amount_agreed is None else record.amount_agreed.cents,
        hours_agreed=record.hours_agreed,
        rate=record.rate,
        amount_billable_cents=None if record.amount_billable is None else record.amount_billable.cents,
        amount_billed_cents=None if record.amount_billed is None else record.amount_billed.cents,
        force_majeure=UNKNOWN if record.force_majeure is None else record.force_majeure,
        bill_number=record.bill_number,
        paid_on=record.paid_on,
        status=_status(record),
    )


def _status(record: PlatformRecord) -> Status | None:
    """None = the adapter's mapping did not know the word; its last known meaning is not used."""
    if not record.known or record.state is None:
        return None
    return Status(
        state=record.state.value,
        rank=RANKS.get(record.state),
        service_done=record.service_done,
        ready=record.ready_to_bill,
    )


def _refusal(claim: Claim) -> Sighting:
    """The platform said no while the claim was being sent, or the organisation's software says so."""
    seen_at = local(claim.seen_at) if claim.seen_at else datetime.combine(claim.issue_on, time.min)
    return Sighting(
        id=f"refusal|{claim.id}",
        platform=claim.platform,
        external_id=f"refusal|{claim.id}",
        object="claim",
        seen_at=seen_at,
        source="books",
        claim_id=claim.id,
        agreement_id=None,
        raw_status=claim.raw_status or claim.state.value,
        status_since=seen_at.date(),
        in_control=None,
        dispute=False,
        rejection_code=claim.rejection_code or None,
        status=Status(state=LifeState.REJECTED.value),
    )


def _control(agreement: FundingAgreement) -> Sighting:
    return Sighting(
        id=f"control|{agreement.id}",
        platform=agreement.platform,
        external_id=f"control|{agreement.id}",
        object="agreement",
        seen_at=LONG_AGO,
        source="books",
        agreement_id=agreement.id,
        claim_id=None,
        raw_status=agreement.raw_status or agreement.state.value,
        status_since=LONG_AGO.date(),
        in_control=agreement.in_control,
        rejection_code=None,
        dispute=True,
        status=Status(state=LifeState.DISPUTED.value),
    )
