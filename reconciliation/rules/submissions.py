"""Sending, acknowledgement, rejection (catalogue, part 3)."""

from collections.abc import Iterator

from reconciliation.rules.facts import Facts
from reconciliation.rules.logic import UNKNOWN, Maybe, absent, both, either, known, negated, over
from reconciliation.rules.meaning import matched_records, tier
from reconciliation.rules.records import SubmissionFact
from reconciliation.rules.thresholds import Thresholds
from reconciliation.rules.verdict import Moment, Verdict, shown

TO_KEY = "to_key"
"""Outcome of what is not sent at all: its sheet was given to a person."""


def submission_outcome_unknown(facts: Facts, _parameters: Thresholds, _moment: Moment) -> Iterator[Verdict]:
    """35: the answer to a sending was lost after its body had left, and nothing read since confirms it."""
    for submission in known(facts.submissions):
        if submission.outcome not in {"timeout", "server_error"}:
            continue
        yield Verdict(
            kind="submission",
            id=submission.id,
            truth=both(submission.body_sent, negated(_seen_since(facts, submission))),
            evidence=(shown("submission.outcome", submission.outcome), shown("submission.channel", submission.channel)),
            on=submission.sent_at.date(),
        )


def _seen_since(facts: Facts, submission: SubmissionFact) -> bool:
    """Tell whether the platform showed the claim later, in a known state that proves that it is there.

    What nobody read confirms nothing: sightings that were not loaded leave the doubt whole (decision on 35).
    """
    return any(
        sighting.seen_at > submission.sent_at and sighting.status is not None and sighting.status.state != "draft"
        for sighting in facts.sightings_by_claim.there(submission.claim_id)
    )


def sheet_not_keyed(facts: Facts, parameters: Thresholds, moment: Moment) -> Iterator[Verdict]:
    """86 (ours): a claim that a person must key in on a platform has waited for too long, and nothing shows it there.

    It closes by itself: what the platform's export shows as billed, or what somebody notes as keyed, waits no more.
    """
    if parameters.to_key_days is None or parameters.to_key_high_days is None:
        return
    for submission in known(facts.submissions):
        if submission.outcome != TO_KEY:
            continue
        claim = facts.claim.one(submission.claim_id)
        days: Maybe[int] = UNKNOWN if claim is UNKNOWN else (moment.today - claim.issue_date).days
        yield Verdict(
            kind="claim",
            id=submission.claim_id,
            truth=over(days, parameters.to_key_days, 0),
            severity=tier(high=days is not UNKNOWN and days > parameters.to_key_high_days),
            evidence=(
                shown("claim.no", UNKNOWN if claim is UNKNOWN else claim.no),
                shown("claim.cents", UNKNOWN if claim is UNKNOWN else claim.ttc_cents),
                shown("sheet.since", UNKNOWN if claim is UNKNOWN else claim.issue_date),
                shown("platform", submission.channel),
            ),
            on=None if claim is UNKNOWN else claim.issue_date,
        )


def claim_rejected(facts: Facts, _parameters: Thresholds, _moment: Moment) -> Iterator[Verdict]:
    """36: the platform's last word on a claim or agreement is a rejection."""
    for kind, subject, sighting in matched_records(facts):
        if sighting.status is None:
            continue
        yield Verdict(
            kind=kind,
            id=subject,
            truth=either(sighting.status.state == "rejected", negated(absent(sighting.rejection_code))),
            evidence=(shown("record.state", sighting.status.state), shown("record.code", sighting.rejection_code)),
        )


def stuck_in_review(facts: Facts, parameters: Thresholds, moment: Moment) -> Iterator[Verdict]:
    """37: a dossier has stayed in the same state of examination for longer than its payer's usual time."""
    for kind, subject, sighting in matched_records(facts):
        if sighting.status is None or sighting.status.state not in {"submitted", "acknowledged"}:
            continue
        limit = _review_days(facts, kind, subject, parameters)
        since = sighting.status_since
        late = over(UNKNOWN if since is UNKNOWN else (moment.today - since).days, limit, 0)
        yield Verdict(
            kind=kind,
            id=subject,
            truth=both(late, negated(sighting.dispute)),
            evidence=(shown("record.since", since), shown("review.days", limit)),
        )


def _review_days(facts: Facts, kind: str, subject: str, parameters: Thresholds) -> Maybe[int]:
    """Give the payer's own time, or the default; unknown when the payer is not known."""
    agreement_id: str | None = subject
    payer_id: Maybe[str] = UNKNOWN
    if kind == "claim":
        claim = facts.claim.one(subject)
        agreement_id = None if claim is UNKNOWN else claim.agreement_id
        payer_id = UNKNOWN if claim is UNKNOWN else claim.buyer_id
    agreement = facts.agreement.one(agreement_id)
    if agreement is not UNKNOWN:
        payer_id = agreement.funder_id
    payer = UNKNOWN if payer_id is UNKNOWN else facts.funder.one(payer_id)
    if payer is UNKNOWN:
        return UNKNOWN
    return parameters.review_days if payer.review_days is None else payer.review_days


def under_funder_control(facts: Facts, _parameters: Thresholds, _moment: Moment) -> Iterator[Verdict]:
    """38: the payer controls the dossier, its payment is suspended; the status word need not be known."""
    for kind, subject, sighting in matched_records(facts):
        if sighting.in_control is None:
            continue
        yield Verdict(
            kind=kind,
            id=subject,
            truth=sighting.in_control,
            evidence=(shown("record.in_control", sighting.in_control),),
        )


def unknown_platform_status(facts: Facts, _parameters: Thresholds, _moment: Moment) -> Iterator[Verdict]:
    """40: the platform uses a word that our mapping does not know; it is never guessed."""
    for sighting in facts.latest:
        if sighting.status is not None:
            continue
        unread = sighting.raw_status is UNKNOWN or sighting.raw_status is None
        yield Verdict(
            kind="platform_record",
            id=sighting.external_id,
            truth=UNKNOWN if unread else True,
            evidence=(
                shown("platform", sighting.platform),
                shown("record.object", sighting.object),
                shown("record.word", sighting.raw_status),
            ),
            key=(sighting.platform, sighting.object),
        )
