"""Tables of what is taught and of what proves it."""

from billing.evidence import Certificate, Evidence, EvidenceKind, EvidenceStatus
from billing.training import Action, Enrolment, Price, PriceBasis, Session, Slot
from integrations.database.tables.columns import (
    Parent,
    cents,
    day,
    decimal,
    flag,
    instant,
    integer,
    local_time,
    lookup,
    noun_table,
    text,
    unique,
    word,
)

actions = noun_table(
    "actions",
    Action,
    text("code"),
    text("title"),
    decimal("planned_hours", null=True),
    text("certification"),
    unique("code"),
)

sessions = noun_table(
    "sessions",
    Session,
    text("code"),
    text("action_id"),
    text("site_id", null=True),
    day("starts_on"),
    day("ends_on"),
    decimal("planned_hours", null=True),
    text("remuneration_approval"),
    day("approval_starts_on", null=True),
    day("approval_ends_on", null=True),
    Parent("action_id", "actions"),
    unique("code"),
    lookup("starts_on"),
)

slots = noun_table(
    "slots",
    Slot,
    text("session_id"),
    local_time("starts_at"),
    local_time("ends_at"),
    decimal("hours"),
    text("trainer_id", null=True),
    flag("trainer_signed"),
    Parent("session_id", "sessions"),
    lookup("session_id", "starts_at"),
    lookup("trainer_id", "starts_at"),
)

enrolments = noun_table(
    "enrolments",
    Enrolment,
    text("session_id"),
    text("learner_id"),
    flag("funded"),
    cents("sale_price"),
    cents("self_paid"),
    cents("discount"),
    text("employer_id", null=True),
    text("prescriber_id", null=True),
    day("exit_on", null=True),
    text("exit_reason"),
    day("exit_declared_on", null=True),
    flag("compensation_expected"),
    Parent("session_id", "sessions"),
    Parent("learner_id", "learners"),
    unique("session_id", "learner_id"),
    lookup("learner_id"),
)

prices = noun_table(
    "prices",
    Price,
    text("session_id"),
    word("basis", PriceBasis),
    cents("amount"),
    text("scale_key"),
    Parent("session_id", "sessions"),
    lookup("session_id"),
)

evidence = noun_table(
    "evidence",
    Evidence,
    text("key"),
    text("enrolment_id"),
    word("kind", EvidenceKind),
    word("status", EvidenceStatus),
    day("occurred_on"),
    decimal("quantity"),
    integer("version"),
    flag("current"),
    text("slot_id", null=True),
    instant("recorded_at", null=True),
    Parent("enrolment_id", "enrolments"),
    unique("enrolment_id", "kind", "key", "version"),
    lookup("slot_id"),
)

certificates = noun_table(
    "certificates",
    Certificate,
    text("enrolment_id"),
    text("month", null=True),
    decimal("hours"),
    day("starts_on"),
    day("ends_on"),
    day("signed_on", null=True),
    text("claim_id", null=True),
    text("evidence_digest"),
    Parent("enrolment_id", "enrolments"),
    lookup("enrolment_id"),
)
