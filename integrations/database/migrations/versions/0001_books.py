"""Lay the books: every table of the first version."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FLAG = sa.Boolean().with_variant(sa.Integer(), "sqlite")
DAY = sa.Date().with_variant(sa.Text(), "sqlite")
LOCAL_TIME = sa.DateTime().with_variant(sa.Text(), "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")
OCTETS = sa.LargeBinary()


def upgrade() -> None:  # noqa: PLR0915 - one statement for each table and index
    op.create_table(
        "actions",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("title", TEXT, nullable=False),
        sa.Column("planned_hours", TEXT, nullable=True),
        sa.Column("certification", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_actions"),
        sa.UniqueConstraint("organisation_id", "code", name="uq_actions_code"),
        sqlite_strict=True,
    )
    op.create_table(
        "anomalies",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("severity", TEXT, nullable=False),
        sa.Column("subject_kind", TEXT, nullable=False),
        sa.Column("subject_id", TEXT, nullable=False),
        sa.Column("fingerprint", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("first_seen_on", DAY, nullable=False),
        sa.Column("last_seen_on", DAY, nullable=False),
        sa.Column("evidence", TEXT, nullable=False),
        sa.Column("freezes", FLAG, nullable=False),
        sa.Column("assignee", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("waived_until", DAY, nullable=True),
        sa.Column("closed_on", DAY, nullable=True),
        sa.Column("closed_by", TEXT, nullable=False),
        sa.Column("times_opened", WHOLE, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_anomalies"),
        sa.UniqueConstraint("organisation_id", "fingerprint", name="uq_anomalies_fingerprint"),
        sqlite_strict=True,
    )
    op.create_index("ix_anomalies_code", "anomalies", ["organisation_id", "code"], unique=False)
    op.create_index("ix_anomalies_state", "anomalies", ["organisation_id", "state"], unique=False)
    op.create_index(
        "ix_anomalies_subject_kind_subject_id",
        "anomalies",
        ["organisation_id", "subject_kind", "subject_id"],
        unique=False,
    )
    op.create_table(
        "bank_accounts",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("iban", OCTETS, nullable=False),
        sa.Column("iban_digest", TEXT, nullable=False),
        sa.Column("bic", TEXT, nullable=False),
        sa.Column("label", TEXT, nullable=False),
        sa.Column("ledger_account", TEXT, nullable=False),
        sa.Column("is_factor", FLAG, nullable=False),
        sa.Column("closed_on", DAY, nullable=True),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_bank_accounts"),
        sa.UniqueConstraint("organisation_id", "iban_digest", name="uq_bank_accounts_iban_digest"),
        sqlite_strict=True,
    )
    op.create_table(
        "document_keys",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("sha256", TEXT, nullable=False),
        sa.Column("sealed_key", OCTETS, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "sha256", name="pk_document_keys"),
        sqlite_strict=True,
    )
    op.create_table(
        "documents",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("sha256", TEXT, nullable=False),
        sa.Column("media_type", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("size", WHOLE, nullable=False),
        sa.Column("content", OCTETS, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "sha256", name="pk_documents"),
        sqlite_strict=True,
    )
    op.create_table(
        "employers",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("siret", TEXT, nullable=True),
        sa.Column("address", TEXT, nullable=False),
        sa.Column("opco_code", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_employers"),
        sa.UniqueConstraint("organisation_id", "code", name="uq_employers_code"),
        sqlite_strict=True,
    )
    op.create_table(
        "entries",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("sequence", WHOLE, nullable=False),
        sa.Column("journal", TEXT, nullable=False),
        sa.Column("fact", TEXT, nullable=False),
        sa.Column("subject_kind", TEXT, nullable=False),
        sa.Column("subject_id", TEXT, nullable=False),
        sa.Column("effective_on", DAY, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("piece", TEXT, nullable=False),
        sa.Column("piece_on", DAY, nullable=False),
        sa.Column("label", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_entries"),
        sa.UniqueConstraint("organisation_id", "sequence", name="uq_entries_sequence"),
        sa.UniqueConstraint(
            "organisation_id", "subject_kind", "subject_id", "fact", name="uq_entries_subject_kind_subject_id_fact"
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_entries_effective_on", "entries", ["organisation_id", "effective_on"], unique=False)
    op.create_table(
        "funders",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("funder_class", TEXT, nullable=False),
        sa.Column("siret", TEXT, nullable=True),
        sa.Column("address", TEXT, nullable=False),
        sa.Column("siret_as_given", TEXT, nullable=False),
        sa.Column("employer_id", TEXT, nullable=True),
        sa.Column("learner_id", TEXT, nullable=True),
        sa.Column("payment_term_days", WHOLE, nullable=True),
        sa.Column("review_days", WHOLE, nullable=True),
        sa.Column("claim_deadline_months", WHOLE, nullable=True),
        sa.Column("closed", FLAG, nullable=False),
        sa.Column("sending", FLAG, nullable=False),
        sa.Column("requires_engagement", FLAG, nullable=False),
        sa.Column("requires_service_code", FLAG, nullable=False),
        sa.Column("attendance_cutoff_day", WHOLE, nullable=True),
        sa.Column("justified_counts_as_done", FLAG, nullable=False),
        sa.Column("email", TEXT, nullable=False),
        sa.Column("aliases", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_funders"),
        sa.UniqueConstraint("organisation_id", "code", name="uq_funders_code"),
        sqlite_strict=True,
    )
    op.create_table(
        "imported_files",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("sha256", TEXT, nullable=False),
        sa.Column("profile", TEXT, nullable=False),
        sa.Column("stream", TEXT, nullable=False),
        sa.Column("read", WHOLE, nullable=False),
        sa.Column("new", WHOLE, nullable=False),
        sa.Column("changed", WHOLE, nullable=False),
        sa.Column("unchanged", WHOLE, nullable=False),
        sa.Column("quarantined", WHOLE, nullable=False),
        sa.Column("gone", WHOLE, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_imported_files"),
        sa.UniqueConstraint("organisation_id", "sha256", "profile", name="uq_imported_files_sha256_profile"),
        sqlite_strict=True,
    )
    op.create_index("ix_imported_files_stream", "imported_files", ["organisation_id", "stream"], unique=False)
    op.create_table(
        "journal",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("sequence", WHOLE, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("effective_on", DAY, nullable=False),
        sa.Column("actor", TEXT, nullable=False),
        sa.Column("subject_kind", TEXT, nullable=False),
        sa.Column("subject_id", TEXT, nullable=False),
        sa.Column("type", TEXT, nullable=False),
        sa.Column("payload", TEXT, nullable=False),
        sa.Column("prev_hash", TEXT, nullable=False),
        sa.Column("hash", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "sequence", name="pk_journal"),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_journal_subject_kind_subject_id_sequence",
        "journal",
        ["organisation_id", "subject_kind", "subject_id", "sequence"],
        unique=False,
    )
    op.create_table(
        "learners",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("last_name", TEXT, nullable=False),
        sa.Column("first_name", TEXT, nullable=False),
        sa.Column("birth_on", DAY, nullable=True),
        sa.Column("email", TEXT, nullable=False),
        sa.Column("nir", OCTETS, nullable=True),
        sa.Column("nir_digest", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_learners"),
        sa.UniqueConstraint("organisation_id", "code", name="uq_learners_code"),
        sqlite_strict=True,
    )
    op.create_index("ix_learners_nir_digest", "learners", ["organisation_id", "nir_digest"], unique=False)
    op.create_table(
        "night_runs",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("slot", TEXT, nullable=False),
        sa.Column("requested_by", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("owner", TEXT, nullable=False),
        sa.Column("filed_at", INSTANT, nullable=False),
        sa.Column("started_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("steps", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_night_runs"),
        sa.UniqueConstraint("organisation_id", "slot", name="uq_night_runs_slot"),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_night_runs_state_filed_at", "night_runs", ["organisation_id", "state", "filed_at"], unique=False
    )
    op.create_table(
        "organisations",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("slug", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("siren", TEXT, nullable=False),
        sa.Column("nda", TEXT, nullable=True),
        sa.Column("vat_regime", TEXT, nullable=False),
        sa.Column("vat_number", TEXT, nullable=True),
        sa.Column("address", TEXT, nullable=False),
        sa.Column("opening_on", DAY, nullable=False),
        sa.Column("nda_region", TEXT, nullable=False),
        sa.Column("legal_mentions", TEXT, nullable=False),
        sa.Column("email", TEXT, nullable=False),
        sa.Column("fiscal_year_end", TEXT, nullable=False),
        sa.CheckConstraint("organisation_id = id", name="ck_organisations_owns_itself"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_organisations"),
        sa.UniqueConstraint("organisation_id", "slug", name="uq_organisations_slug"),
        sqlite_strict=True,
    )
    op.create_table(
        "parameters",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("starts_on", DAY, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("confirmed_by", TEXT, nullable=False),
        sa.Column("shipped", FLAG, nullable=False),
        sa.Column("needs_confirmation", FLAG, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_parameters"),
        sa.UniqueConstraint(
            "organisation_id", "key", "starts_on", "shipped", name="uq_parameters_key_starts_on_shipped"
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "payroll_variables",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("trainer_id", TEXT, nullable=False),
        sa.Column("session_id", TEXT, nullable=False),
        sa.Column("month", TEXT, nullable=False),
        sa.Column("rubric", TEXT, nullable=False),
        sa.Column("quantity", TEXT, nullable=False),
        sa.Column("rate", TEXT, nullable=True),
        sa.Column("amount", WHOLE, nullable=True),
        sa.Column("order_id", TEXT, nullable=True),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("origin", TEXT, nullable=False),
        sa.Column("evidence_digest", TEXT, nullable=False),
        sa.Column("sent_on", DAY, nullable=True),
        sa.Column("rejected", FLAG, nullable=False),
        sa.Column("rejection_label", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_payroll_variables"),
        sa.UniqueConstraint(
            "organisation_id",
            "trainer_id",
            "session_id",
            "month",
            "rubric",
            "origin",
            name="uq_payroll_variables_trainer_id_session_id_month_rubric_orig",
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_payroll_variables_month", "payroll_variables", ["organisation_id", "month"], unique=False)
    op.create_index("ix_payroll_variables_order_id", "payroll_variables", ["organisation_id", "order_id"], unique=False)
    op.create_table(
        "platform_records",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("platform", TEXT, nullable=False),
        sa.Column("external_id", TEXT, nullable=False),
        sa.Column("subject_kind", TEXT, nullable=False),
        sa.Column("subject_id", TEXT, nullable=True),
        sa.Column("raw_status", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=True),
        sa.Column("known", FLAG, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("status_since", DAY, nullable=True),
        sa.Column("service_done", FLAG, nullable=False),
        sa.Column("ready_to_bill", FLAG, nullable=False),
        sa.Column("in_control", FLAG, nullable=True),
        sa.Column("rejection_code", TEXT, nullable=False),
        sa.Column("rejection_label", TEXT, nullable=False),
        sa.Column("amount_agreed", WHOLE, nullable=True),
        sa.Column("hours_agreed", TEXT, nullable=True),
        sa.Column("amount_billable", WHOLE, nullable=True),
        sa.Column("amount_billed", WHOLE, nullable=True),
        sa.Column("rate", TEXT, nullable=True),
        sa.Column("force_majeure", FLAG, nullable=True),
        sa.Column("bill_number", TEXT, nullable=True),
        sa.Column("paid_on", DAY, nullable=True),
        sa.Column("latest", FLAG, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_platform_records"),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_platform_records_platform_external_id_seen_at",
        "platform_records",
        ["organisation_id", "platform", "external_id", "seen_at"],
        unique=False,
    )
    op.create_index(
        "ix_platform_records_subject_kind_subject_id",
        "platform_records",
        ["organisation_id", "subject_kind", "subject_id"],
        unique=False,
    )
    op.create_table(
        "prescribers",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("email", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_prescribers"),
        sa.UniqueConstraint("organisation_id", "code", name="uq_prescribers_code"),
        sqlite_strict=True,
    )
    op.create_table(
        "quarantine",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("file_id", TEXT, nullable=False),
        sa.Column("file_name", TEXT, nullable=False),
        sa.Column("stream", TEXT, nullable=False),
        sa.Column("row_key", TEXT, nullable=False),
        sa.Column("line", WHOLE, nullable=False),
        sa.Column("column", TEXT, nullable=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("values", TEXT, nullable=False),
        sa.Column("raw", OCTETS, nullable=False),
        sa.Column("raw_digest", TEXT, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("cleared", FLAG, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_quarantine"),
        sqlite_strict=True,
    )
    op.create_index("ix_quarantine_cleared", "quarantine", ["organisation_id", "cleared"], unique=False)
    op.create_index("ix_quarantine_file_id", "quarantine", ["organisation_id", "file_id"], unique=False)
    op.create_index(
        "ix_quarantine_stream_row_key", "quarantine", ["organisation_id", "stream", "row_key"], unique=False
    )
    op.create_table(
        "routes",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("act", TEXT, nullable=False),
        sa.Column("platform", TEXT, nullable=False),
        sa.Column("starts_on", DAY, nullable=False),
        sa.Column("ends_on", DAY, nullable=True),
        sa.Column("funder_id", TEXT, nullable=True),
        sa.Column("funder_class", TEXT, nullable=True),
        sa.Column("scheme", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_routes"),
        sqlite_strict=True,
    )
    op.create_index("ix_routes_act_starts_on", "routes", ["organisation_id", "act", "starts_on"], unique=False)
    op.create_table(
        "sequences",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("last", WHOLE, nullable=False),
        sa.Column("head", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "name", name="pk_sequences"),
        sqlite_strict=True,
    )
    op.create_table(
        "series",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("year", WHOLE, nullable=False),
        sa.Column("next_sequence", WHOLE, nullable=False),
        sa.Column("digits", WHOLE, nullable=False),
        sa.CheckConstraint("next_sequence >= 1", name="ck_series_counts_up"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_series"),
        sa.UniqueConstraint("organisation_id", "code", "year", name="uq_series_code_year"),
        sqlite_strict=True,
    )
    op.create_table(
        "sites",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("siret", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("address", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_sites"),
        sa.UniqueConstraint("organisation_id", "code", name="uq_sites_code"),
        sqlite_strict=True,
    )
    op.create_table(
        "submissions",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("subject_id", TEXT, nullable=False),
        sa.Column("platform", TEXT, nullable=False),
        sa.Column("business_key", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("not_before", INSTANT, nullable=False),
        sa.Column("priority", WHOLE, nullable=False),
        sa.Column("attempt", WHOLE, nullable=False),
        sa.Column("checks", WHOLE, nullable=False),
        sa.Column("owner", TEXT, nullable=False),
        sa.Column("send_by", INSTANT, nullable=True),
        sa.Column("lease_until", INSTANT, nullable=True),
        sa.Column("settle_until", INSTANT, nullable=True),
        sa.Column("external_reference", TEXT, nullable=False),
        sa.Column("error_code", TEXT, nullable=False),
        sa.Column("error_label", TEXT, nullable=False),
        sa.Column("human_reason", TEXT, nullable=False),
        sa.Column("request_digest", TEXT, nullable=False),
        sa.Column("response_digest", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_submissions"),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_submissions_state_not_before", "submissions", ["organisation_id", "state", "not_before"], unique=False
    )
    op.create_index("ix_submissions_subject_id", "submissions", ["organisation_id", "subject_id"], unique=False)
    op.create_index(
        "uq_submissions_platform_business_key",
        "submissions",
        ["organisation_id", "platform", "business_key"],
        unique=True,
        sqlite_where=sa.text("state <> 'rejected'"),
        postgresql_where=sa.text("state <> 'rejected'"),
    )
    op.create_table(
        "trainers",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("last_name", TEXT, nullable=False),
        sa.Column("first_name", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("employee_number", TEXT, nullable=True),
        sa.Column("siret", TEXT, nullable=True),
        sa.Column("nda", TEXT, nullable=True),
        sa.Column("iban", OCTETS, nullable=True),
        sa.Column("iban_digest", TEXT, nullable=True),
        sa.Column("iban_changed_on", DAY, nullable=True),
        sa.Column("vigilance_until", DAY, nullable=True),
        sa.Column("category", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_trainers"),
        sa.UniqueConstraint("organisation_id", "code", name="uq_trainers_code"),
        sqlite_strict=True,
    )
    op.create_table(
        "users",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("login", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("role", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_users"),
        sa.UniqueConstraint("organisation_id", "login", name="uq_users_login"),
        sqlite_strict=True,
    )
    op.create_table(
        "validities",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("starts_on", DAY, nullable=False),
        sa.Column("ends_on", DAY, nullable=True),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_validities"),
        sqlite_strict=True,
    )
    op.create_table(
        "agreements",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("funder_id", TEXT, nullable=False),
        sa.Column("scheme", TEXT, nullable=False),
        sa.Column("reference", TEXT, nullable=False),
        sa.Column("enrolment_id", TEXT, nullable=True),
        sa.Column("session_id", TEXT, nullable=False),
        sa.Column("amount", WHOLE, nullable=False),
        sa.Column("amount_basis", TEXT, nullable=False),
        sa.Column("unit", TEXT, nullable=False),
        sa.Column("hours", TEXT, nullable=True),
        sa.Column("unit_price", TEXT, nullable=True),
        sa.Column("bills_real_hours", FLAG, nullable=False),
        sa.Column("starts_on", DAY, nullable=True),
        sa.Column("ends_on", DAY, nullable=True),
        sa.Column("decided_on", DAY, nullable=True),
        sa.Column("ordered_on", DAY, nullable=True),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("subrogation", FLAG, nullable=True),
        sa.Column("needs_certificate", FLAG, nullable=False),
        sa.Column("claim_deadline_on", DAY, nullable=True),
        sa.Column("rank", TEXT, nullable=False),
        sa.Column("parent_id", TEXT, nullable=True),
        sa.Column("engagement_number", TEXT, nullable=False),
        sa.Column("service_code", TEXT, nullable=False),
        sa.Column("contract_number", TEXT, nullable=False),
        sa.Column("payer_siret", TEXT, nullable=False),
        sa.Column("platform", TEXT, nullable=False),
        sa.Column("raw_status", TEXT, nullable=False),
        sa.Column("raw_label", TEXT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=True),
        sa.Column("in_control", FLAG, nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id", "funder_id"],
            ["funders.organisation_id", "funders.id"],
            name="fk_agreements_funder_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_agreements"),
        sqlite_strict=True,
    )
    op.create_index("ix_agreements_enrolment_id", "agreements", ["organisation_id", "enrolment_id"], unique=False)
    op.create_index(
        "ix_agreements_funder_id_reference", "agreements", ["organisation_id", "funder_id", "reference"], unique=False
    )
    op.create_index("ix_agreements_reference", "agreements", ["organisation_id", "reference"], unique=False)
    op.create_index("ix_agreements_session_id", "agreements", ["organisation_id", "session_id"], unique=False)
    op.create_index("ix_agreements_state", "agreements", ["organisation_id", "state"], unique=False)
    op.create_table(
        "attempts",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("submission_id", TEXT, nullable=False),
        sa.Column("number", WHOLE, nullable=False),
        sa.Column("act", TEXT, nullable=False),
        sa.Column("owner", TEXT, nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("send_by", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("outcome", TEXT, nullable=False),
        sa.Column("request_digest", TEXT, nullable=False),
        sa.Column("response_digest", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "submission_id"],
            ["submissions.organisation_id", "submissions.id"],
            name="fk_attempts_submission_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_attempts"),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_attempts_submission_id_number", "attempts", ["organisation_id", "submission_id", "number"], unique=False
    )
    op.create_table(
        "bank_statements",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("account_id", TEXT, nullable=False),
        sa.Column("reference", TEXT, nullable=False),
        sa.Column("document", TEXT, nullable=False),
        sa.Column("first_on", DAY, nullable=True),
        sa.Column("last_on", DAY, nullable=True),
        sa.Column("opening", WHOLE, nullable=True),
        sa.Column("closing", WHOLE, nullable=True),
        sa.Column("balanced", FLAG, nullable=True),
        sa.Column("gap", FLAG, nullable=False),
        sa.Column("lines", WHOLE, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "account_id"],
            ["bank_accounts.organisation_id", "bank_accounts.id"],
            name="fk_bank_statements_account_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_bank_statements"),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_bank_statements_account_id_first_on",
        "bank_statements",
        ["organisation_id", "account_id", "first_on"],
        unique=False,
    )
    op.create_table(
        "claims",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("business_key", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("role", TEXT, nullable=False),
        sa.Column("origin", TEXT, nullable=False),
        sa.Column("funder_id", TEXT, nullable=False),
        sa.Column("agreement_id", TEXT, nullable=True),
        sa.Column("enrolment_id", TEXT, nullable=True),
        sa.Column("session_id", TEXT, nullable=True),
        sa.Column("series", TEXT, nullable=False),
        sa.Column("number", TEXT, nullable=True),
        sa.Column("sequence", WHOLE, nullable=True),
        sa.Column("issue_on", DAY, nullable=False),
        sa.Column("due_on", DAY, nullable=True),
        sa.Column("net", WHOLE, nullable=False),
        sa.Column("vat", WHOLE, nullable=False),
        sa.Column("gross", WHOLE, nullable=False),
        sa.Column("hours", TEXT, nullable=True),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("period_starts_on", DAY, nullable=True),
        sa.Column("period_ends_on", DAY, nullable=True),
        sa.Column("period", TEXT, nullable=True),
        sa.Column("instalment_number", WHOLE, nullable=True),
        sa.Column("platform", TEXT, nullable=False),
        sa.Column("sent_on", DAY, nullable=True),
        sa.Column("credited", WHOLE, nullable=False),
        sa.Column("allocated", WHOLE, nullable=False),
        sa.Column("written_off", WHOLE, nullable=False),
        sa.Column("origin_number", TEXT, nullable=True),
        sa.Column("origin_claim_id", TEXT, nullable=True),
        sa.Column("evidence_digest", TEXT, nullable=False),
        sa.Column("document", TEXT, nullable=False),
        sa.Column("external_reference", TEXT, nullable=False),
        sa.Column("raw_status", TEXT, nullable=False),
        sa.Column("raw_label", TEXT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=True),
        sa.Column("rejection_code", TEXT, nullable=False),
        sa.Column("rejection_label", TEXT, nullable=False),
        sa.Column("bpf_line", TEXT, nullable=True),
        sa.Column("disputed", FLAG, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=True),
        sa.Column("open", WHOLE, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "funder_id"],
            ["funders.organisation_id", "funders.id"],
            name="fk_claims_funder_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_claims"),
        sa.UniqueConstraint("organisation_id", "series", "number", name="uq_claims_series_number"),
        sqlite_strict=True,
    )
    op.create_index("ix_claims_agreement_id", "claims", ["organisation_id", "agreement_id"], unique=False)
    op.create_index("ix_claims_enrolment_id", "claims", ["organisation_id", "enrolment_id"], unique=False)
    op.create_index("ix_claims_issue_on", "claims", ["organisation_id", "issue_on"], unique=False)
    op.create_index("ix_claims_number", "claims", ["organisation_id", "number"], unique=False)
    op.create_index("ix_claims_origin_claim_id", "claims", ["organisation_id", "origin_claim_id"], unique=False)
    op.create_index("ix_claims_state", "claims", ["organisation_id", "state"], unique=False)
    op.create_index(
        "ix_some_claims_funder_id_due_on_open",
        "claims",
        ["organisation_id", "funder_id", "due_on", "open"],
        unique=False,
        sqlite_where=sa.text("open > 0"),
        postgresql_where=sa.text("open > 0"),
    )
    op.create_index(
        "uq_claims_business_key",
        "claims",
        ["organisation_id", "business_key"],
        unique=True,
        sqlite_where=sa.text("origin = 'issued' AND state <> 'cancelled'"),
        postgresql_where=sa.text("origin = 'issued' AND state <> 'cancelled'"),
    )
    op.create_table(
        "entry_lines",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("entry_id", TEXT, nullable=False),
        sa.Column("position", WHOLE, nullable=False),
        sa.Column("account", TEXT, nullable=False),
        sa.Column("debit", WHOLE, nullable=False),
        sa.Column("credit", WHOLE, nullable=False),
        sa.Column("auxiliary", TEXT, nullable=False),
        sa.Column("auxiliary_label", TEXT, nullable=False),
        sa.Column("label", TEXT, nullable=False),
        sa.CheckConstraint("(debit > 0 AND credit = 0) OR (debit = 0 AND credit > 0)", name="ck_entry_lines_one_sided"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "entry_id"],
            ["entries.organisation_id", "entries.id"],
            name="fk_entry_lines_entry_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organisation_id", "entry_id", "position", name="pk_entry_lines"),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_entry_lines_account_auxiliary", "entry_lines", ["organisation_id", "account", "auxiliary"], unique=False
    )
    op.create_table(
        "funder_accounts",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("funder_id", TEXT, nullable=False),
        sa.Column("iban", OCTETS, nullable=False),
        sa.Column("iban_digest", TEXT, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "funder_id"],
            ["funders.organisation_id", "funders.id"],
            name="fk_funder_accounts_funder_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_funder_accounts"),
        sa.UniqueConstraint(
            "organisation_id", "funder_id", "iban_digest", name="uq_funder_accounts_funder_id_iban_digest"
        ),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_funder_accounts_iban_digest", "funder_accounts", ["organisation_id", "iban_digest"], unique=False
    )
    op.create_table(
        "orders",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("trainer_id", TEXT, nullable=False),
        sa.Column("session_id", TEXT, nullable=False),
        sa.Column("rate", TEXT, nullable=False),
        sa.Column("unit", TEXT, nullable=False),
        sa.Column("starts_on", DAY, nullable=False),
        sa.Column("ends_on", DAY, nullable=False),
        sa.Column("max_quantity", TEXT, nullable=True),
        sa.Column("hours_per_day", TEXT, nullable=True),
        sa.Column("closed", FLAG, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "trainer_id"],
            ["trainers.organisation_id", "trainers.id"],
            name="fk_orders_trainer_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_orders"),
        sa.UniqueConstraint("organisation_id", "code", name="uq_orders_code"),
        sqlite_strict=True,
    )
    op.create_index("ix_orders_session_id", "orders", ["organisation_id", "session_id"], unique=False)
    op.create_index("ix_orders_trainer_id", "orders", ["organisation_id", "trainer_id"], unique=False)
    op.create_table(
        "remittances",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("funder_id", TEXT, nullable=False),
        sa.Column("reference", TEXT, nullable=False),
        sa.Column("payment_reference", TEXT, nullable=False),
        sa.Column("issued_on", DAY, nullable=False),
        sa.Column("total", WHOLE, nullable=False),
        sa.Column("document", TEXT, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "funder_id"],
            ["funders.organisation_id", "funders.id"],
            name="fk_remittances_funder_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_remittances"),
        sa.UniqueConstraint("organisation_id", "funder_id", "reference", name="uq_remittances_funder_id_reference"),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_remittances_payment_reference", "remittances", ["organisation_id", "payment_reference"], unique=False
    )
    op.create_table(
        "sessions",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("action_id", TEXT, nullable=False),
        sa.Column("site_id", TEXT, nullable=True),
        sa.Column("starts_on", DAY, nullable=False),
        sa.Column("ends_on", DAY, nullable=False),
        sa.Column("planned_hours", TEXT, nullable=True),
        sa.Column("remuneration_approval", TEXT, nullable=False),
        sa.Column("approval_starts_on", DAY, nullable=True),
        sa.Column("approval_ends_on", DAY, nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id", "action_id"],
            ["actions.organisation_id", "actions.id"],
            name="fk_sessions_action_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_sessions"),
        sa.UniqueConstraint("organisation_id", "code", name="uq_sessions_code"),
        sqlite_strict=True,
    )
    op.create_index("ix_sessions_starts_on", "sessions", ["organisation_id", "starts_on"], unique=False)
    op.create_table(
        "bank_lines",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("account_id", TEXT, nullable=False),
        sa.Column("statement_id", TEXT, nullable=False),
        sa.Column("booked_on", DAY, nullable=False),
        sa.Column("value_on", DAY, nullable=True),
        sa.Column("amount", WHOLE, nullable=False),
        sa.Column("label", TEXT, nullable=False),
        sa.Column("counterparty_name", TEXT, nullable=False),
        sa.Column("counterparty_iban", OCTETS, nullable=False),
        sa.Column("counterparty_iban_digest", TEXT, nullable=False),
        sa.Column("end_to_end_id", TEXT, nullable=False),
        sa.Column("bank_reference", TEXT, nullable=False),
        sa.Column("fingerprint", TEXT, nullable=False),
        sa.Column("occurrence", WHOLE, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("funder_id", TEXT, nullable=True),
        sa.Column("allocated", WHOLE, nullable=False),
        sa.Column("refunded", WHOLE, nullable=False),
        sa.Column("set_aside", WHOLE, nullable=False),
        sa.Column("set_aside_reason", TEXT, nullable=False),
        sa.Column("unallocated", WHOLE, nullable=False),
        sa.CheckConstraint("amount = allocated + refunded + set_aside + unallocated", name="ck_bank_lines_adds_up"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "statement_id"],
            ["bank_statements.organisation_id", "bank_statements.id"],
            name="fk_bank_lines_statement_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_bank_lines"),
        sa.UniqueConstraint(
            "organisation_id",
            "account_id",
            "fingerprint",
            "occurrence",
            name="uq_bank_lines_account_id_fingerprint_occurrence",
        ),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_bank_lines_account_id_booked_on", "bank_lines", ["organisation_id", "account_id", "booked_on"], unique=False
    )
    op.create_index(
        "ix_bank_lines_counterparty_iban_digest",
        "bank_lines",
        ["organisation_id", "counterparty_iban_digest"],
        unique=False,
    )
    op.create_index("ix_bank_lines_funder_id", "bank_lines", ["organisation_id", "funder_id"], unique=False)
    op.create_index("ix_bank_lines_statement_id", "bank_lines", ["organisation_id", "statement_id"], unique=False)
    op.create_index(
        "ix_some_bank_lines_booked_on",
        "bank_lines",
        ["organisation_id", "booked_on"],
        unique=False,
        sqlite_where=sa.text("unallocated <> 0"),
        postgresql_where=sa.text("unallocated <> 0"),
    )
    op.create_table(
        "claim_lines",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("claim_id", TEXT, nullable=False),
        sa.Column("position", WHOLE, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("label", TEXT, nullable=False),
        sa.Column("quantity", TEXT, nullable=False),
        sa.Column("unit", TEXT, nullable=False),
        sa.Column("unit_price", TEXT, nullable=False),
        sa.Column("net", WHOLE, nullable=False),
        sa.Column("vat_rate", TEXT, nullable=False),
        sa.Column("vat", WHOLE, nullable=False),
        sa.Column("gross", WHOLE, nullable=False),
        sa.Column("exemption_code", TEXT, nullable=False),
        sa.Column("taxable", FLAG, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "claim_id"],
            ["claims.organisation_id", "claims.id"],
            name="fk_claim_lines_claim_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_claim_lines"),
        sa.UniqueConstraint("organisation_id", "claim_id", "position", name="uq_claim_lines_claim_id_position"),
        sqlite_strict=True,
    )
    op.create_table(
        "enrolments",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("session_id", TEXT, nullable=False),
        sa.Column("learner_id", TEXT, nullable=False),
        sa.Column("funded", FLAG, nullable=False),
        sa.Column("sale_price", WHOLE, nullable=False),
        sa.Column("self_paid", WHOLE, nullable=False),
        sa.Column("discount", WHOLE, nullable=False),
        sa.Column("employer_id", TEXT, nullable=True),
        sa.Column("prescriber_id", TEXT, nullable=True),
        sa.Column("exit_on", DAY, nullable=True),
        sa.Column("exit_reason", TEXT, nullable=False),
        sa.Column("exit_declared_on", DAY, nullable=True),
        sa.Column("compensation_expected", FLAG, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "learner_id"],
            ["learners.organisation_id", "learners.id"],
            name="fk_enrolments_learner_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "session_id"],
            ["sessions.organisation_id", "sessions.id"],
            name="fk_enrolments_session_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_enrolments"),
        sa.UniqueConstraint("organisation_id", "session_id", "learner_id", name="uq_enrolments_session_id_learner_id"),
        sqlite_strict=True,
    )
    op.create_index("ix_enrolments_learner_id", "enrolments", ["organisation_id", "learner_id"], unique=False)
    op.create_table(
        "instalments",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("agreement_id", TEXT, nullable=False),
        sa.Column("number", WHOLE, nullable=False),
        sa.Column("due_on", DAY, nullable=False),
        sa.Column("amount", WHOLE, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "agreement_id"],
            ["agreements.organisation_id", "agreements.id"],
            name="fk_instalments_agreement_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_instalments"),
        sa.UniqueConstraint("organisation_id", "agreement_id", "number", name="uq_instalments_agreement_id_number"),
        sqlite_strict=True,
    )
    op.create_index("ix_instalments_due_on", "instalments", ["organisation_id", "due_on"], unique=False)
    op.create_table(
        "prices",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("session_id", TEXT, nullable=False),
        sa.Column("basis", TEXT, nullable=False),
        sa.Column("amount", WHOLE, nullable=False),
        sa.Column("scale_key", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "session_id"],
            ["sessions.organisation_id", "sessions.id"],
            name="fk_prices_session_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_prices"),
        sqlite_strict=True,
    )
    op.create_index("ix_prices_session_id", "prices", ["organisation_id", "session_id"], unique=False)
    op.create_table(
        "remittance_lines",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("remittance_id", TEXT, nullable=False),
        sa.Column("position", WHOLE, nullable=False),
        sa.Column("invoice_reference", TEXT, nullable=False),
        sa.Column("dossier_reference", TEXT, nullable=False),
        sa.Column("billed", WHOLE, nullable=False),
        sa.Column("refaction", WHOLE, nullable=False),
        sa.Column("refaction_status", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("net", WHOLE, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "remittance_id"],
            ["remittances.organisation_id", "remittances.id"],
            name="fk_remittance_lines_remittance_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_remittance_lines"),
        sa.UniqueConstraint(
            "organisation_id", "remittance_id", "position", name="uq_remittance_lines_remittance_id_position"
        ),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_remittance_lines_dossier_reference",
        "remittance_lines",
        ["organisation_id", "dossier_reference"],
        unique=False,
    )
    op.create_index(
        "ix_remittance_lines_invoice_reference",
        "remittance_lines",
        ["organisation_id", "invoice_reference"],
        unique=False,
    )
    op.create_table(
        "slots",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("session_id", TEXT, nullable=False),
        sa.Column("starts_at", LOCAL_TIME, nullable=False),
        sa.Column("ends_at", LOCAL_TIME, nullable=False),
        sa.Column("hours", TEXT, nullable=False),
        sa.Column("trainer_id", TEXT, nullable=True),
        sa.Column("trainer_signed", FLAG, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "session_id"],
            ["sessions.organisation_id", "sessions.id"],
            name="fk_slots_session_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_slots"),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_slots_session_id_starts_at", "slots", ["organisation_id", "session_id", "starts_at"], unique=False
    )
    op.create_index(
        "ix_slots_trainer_id_starts_at", "slots", ["organisation_id", "trainer_id", "starts_at"], unique=False
    )
    op.create_table(
        "allocations",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("bank_line_id", TEXT, nullable=False),
        sa.Column("claim_id", TEXT, nullable=True),
        sa.Column("nature", TEXT, nullable=False),
        sa.Column("amount", WHOLE, nullable=False),
        sa.Column("effective_on", DAY, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("actor", TEXT, nullable=False),
        sa.Column("rule", TEXT, nullable=False),
        sa.Column("evidence", TEXT, nullable=False),
        sa.Column("agreement_id", TEXT, nullable=True),
        sa.Column("reverses_id", TEXT, nullable=True),
        sa.Column("account", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "bank_line_id"],
            ["bank_lines.organisation_id", "bank_lines.id"],
            name="fk_allocations_bank_line_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "claim_id"],
            ["claims.organisation_id", "claims.id"],
            name="fk_allocations_claim_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "reverses_id"],
            ["allocations.organisation_id", "allocations.id"],
            name="fk_allocations_reverses_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_allocations"),
        sa.UniqueConstraint("organisation_id", "reverses_id", name="uq_allocations_reverses_id"),
        sqlite_strict=True,
    )
    op.create_index("ix_allocations_bank_line_id", "allocations", ["organisation_id", "bank_line_id"], unique=False)
    op.create_index("ix_allocations_claim_id", "allocations", ["organisation_id", "claim_id"], unique=False)
    op.create_index("ix_allocations_effective_on", "allocations", ["organisation_id", "effective_on"], unique=False)
    op.create_table(
        "certificates",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("enrolment_id", TEXT, nullable=False),
        sa.Column("month", TEXT, nullable=True),
        sa.Column("hours", TEXT, nullable=False),
        sa.Column("starts_on", DAY, nullable=False),
        sa.Column("ends_on", DAY, nullable=False),
        sa.Column("signed_on", DAY, nullable=True),
        sa.Column("claim_id", TEXT, nullable=True),
        sa.Column("evidence_digest", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "enrolment_id"],
            ["enrolments.organisation_id", "enrolments.id"],
            name="fk_certificates_enrolment_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_certificates"),
        sqlite_strict=True,
    )
    op.create_index("ix_certificates_enrolment_id", "certificates", ["organisation_id", "enrolment_id"], unique=False)
    op.create_table(
        "entitlements",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("learner_id", TEXT, nullable=False),
        sa.Column("enrolment_id", TEXT, nullable=False),
        sa.Column("scheme", TEXT, nullable=False),
        sa.Column("payer_id", TEXT, nullable=False),
        sa.Column("dossier_number", TEXT, nullable=False),
        sa.Column("entry_on", DAY, nullable=False),
        sa.Column("starts_on", DAY, nullable=False),
        sa.Column("ends_on", DAY, nullable=True),
        sa.Column("monthly_rate", WHOLE, nullable=True),
        sa.Column("active", FLAG, nullable=False),
        sa.Column("approval_number", TEXT, nullable=False),
        sa.Column("approval_starts_on", DAY, nullable=True),
        sa.Column("approval_ends_on", DAY, nullable=True),
        sa.Column("situation", TEXT, nullable=False),
        sa.Column("complete_on", DAY, nullable=True),
        sa.Column("iban_given", OCTETS, nullable=False),
        sa.Column("iban_given_digest", TEXT, nullable=False),
        sa.Column("iban_holder", TEXT, nullable=False),
        sa.Column("iban_mandate", FLAG, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "enrolment_id"],
            ["enrolments.organisation_id", "enrolments.id"],
            name="fk_entitlements_enrolment_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_entitlements"),
        sqlite_strict=True,
    )
    op.create_index("ix_entitlements_enrolment_id", "entitlements", ["organisation_id", "enrolment_id"], unique=False)
    op.create_index(
        "ix_entitlements_payer_id_dossier_number",
        "entitlements",
        ["organisation_id", "payer_id", "dossier_number"],
        unique=False,
    )
    op.create_table(
        "evidence",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("enrolment_id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("occurred_on", DAY, nullable=False),
        sa.Column("quantity", TEXT, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("current", FLAG, nullable=False),
        sa.Column("slot_id", TEXT, nullable=True),
        sa.Column("recorded_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id", "enrolment_id"],
            ["enrolments.organisation_id", "enrolments.id"],
            name="fk_evidence_enrolment_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_evidence"),
        sa.UniqueConstraint(
            "organisation_id",
            "enrolment_id",
            "kind",
            "key",
            "version",
            name="uq_evidence_enrolment_id_kind_key_version",
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_evidence_slot_id", "evidence", ["organisation_id", "slot_id"], unique=False)
    op.create_table(
        "attendance_statements",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("entitlement_id", TEXT, nullable=False),
        sa.Column("month", TEXT, nullable=False),
        sa.Column("planned", TEXT, nullable=False),
        sa.Column("done", TEXT, nullable=False),
        sa.Column("justified", TEXT, nullable=False),
        sa.Column("unjustified", TEXT, nullable=False),
        sa.Column("evidence_digest", TEXT, nullable=False),
        sa.Column("origin", TEXT, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("current", FLAG, nullable=False),
        sa.Column("sent_on", DAY, nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id", "entitlement_id"],
            ["entitlements.organisation_id", "entitlements.id"],
            name="fk_attendance_statements_entitlement_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_attendance_statements"),
        sa.UniqueConstraint(
            "organisation_id",
            "entitlement_id",
            "month",
            "origin",
            "version",
            name="uq_attendance_statements_entitlement_id_month_origin_version",
        ),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_attendance_statements_month", "attendance_statements", ["organisation_id", "month"], unique=False
    )
    op.create_table(
        "compensation_payments",
        sa.Column("organisation_id", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("entitlement_id", TEXT, nullable=False),
        sa.Column("month", TEXT, nullable=False),
        sa.Column("gross", WHOLE, nullable=False),
        sa.Column("recovered", WHOLE, nullable=False),
        sa.Column("retention_absence", WHOLE, nullable=False),
        sa.Column("retention_benefits", WHOLE, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("paid_on", DAY, nullable=True),
        sa.Column("pay_due_on", DAY, nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id", "entitlement_id"],
            ["entitlements.organisation_id", "entitlements.id"],
            name="fk_compensation_payments_entitlement_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_compensation_payments"),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_compensation_payments_entitlement_id_month",
        "compensation_payments",
        ["organisation_id", "entitlement_id", "month"],
        unique=False,
    )


def downgrade() -> None:  # noqa: PLR0915 - one statement for each table and index
    op.drop_index("ix_compensation_payments_entitlement_id_month", table_name="compensation_payments")
    op.drop_table("compensation_payments")
    op.drop_index("ix_attendance_statements_month", table_name="attendance_statements")
    op.drop_table("attendance_statements")
    op.drop_index("ix_evidence_slot_id", table_name="evidence")
    op.drop_table("evidence")
    op.drop_index("ix_entitlements_payer_id_dossier_number", table_name="entitlements")
    op.drop_index("ix_entitlements_enrolment_id", table_name="entitlements")
    op.drop_table("entitlements")
    op.drop_index("ix_certificates_enrolment_id", table_name="certificates")
    op.drop_table("certificates")
    op.drop_index("ix_allocations_effective_on", table_name="allocations")
    op.drop_index("ix_allocations_claim_id", table_name="allocations")
    op.drop_index("ix_allocations_bank_line_id", table_name="allocations")
    op.drop_table("allocations")
    op.drop_index("ix_slots_trainer_id_starts_at", table_name="slots")
    op.drop_index("ix_slots_session_id_starts_at", table_name="slots")
    op.drop_table("slots")
    op.drop_index("ix_remittance_lines_invoice_reference", table_name="remittance_lines")
    op.drop_index("ix_remittance_lines_dossier_reference", table_name="remittance_lines")
    op.drop_table("remittance_lines")
    op.drop_index("ix_prices_session_id", table_name="prices")
    op.drop_table("prices")
    op.drop_index("ix_instalments_due_on", table_name="instalments")
    op.drop_table("instalments")
    op.drop_index("ix_enrolments_learner_id", table_name="enrolments")
    op.drop_table("enrolments")
    op.drop_table("claim_lines")
    op.drop_index(
        "ix_some_bank_lines_booked_on",
        table_name="bank_lines",
        sqlite_where=sa.text("unallocated <> 0"),
        postgresql_where=sa.text("unallocated <> 0"),
    )
    op.drop_index("ix_bank_lines_statement_id", table_name="bank_lines")
    op.drop_index("ix_bank_lines_funder_id", table_name="bank_lines")
    op.drop_index("ix_bank_lines_counterparty_iban_digest", table_name="bank_lines")
    op.drop_index("ix_bank_lines_account_id_booked_on", table_name="bank_lines")
    op.drop_table("bank_lines")
    op.drop_index("ix_sessions_starts_on", table_name="sessions")
    op.drop_table("sessions")
    op.drop_index("ix_remittances_payment_reference", table_name="remittances")
    op.drop_table("remittances")
    op.drop_index("ix_orders_trainer_id", table_name="orders")
    op.drop_index("ix_orders_session_id", table_name="orders")
    op.drop_table("orders")
    op.drop_index("ix_funder_accounts_iban_digest", table_name="funder_accounts")
    op.drop_table("funder_accounts")
    op.drop_index("ix_entry_lines_account_auxiliary", table_name="entry_lines")
    op.drop_table("entry_lines")
    op.drop_index(
        "uq_claims_business_key",
        table_name="claims",
        sqlite_where=sa.text("origin = 'issued' AND state <> 'cancelled'"),
        postgresql_where=sa.text("origin = 'issued' AND state <> 'cancelled'"),
    )
    op.drop_index(
        "ix_some_claims_funder_id_due_on_open",
        table_name="claims",
        sqlite_where=sa.text("open > 0"),
        postgresql_where=sa.text("open > 0"),
    )
    op.drop_index("ix_claims_state", table_name="claims")
    op.drop_index("ix_claims_origin_claim_id", table_name="claims")
    op.drop_index("ix_claims_number", table_name="claims")
    op.drop_index("ix_claims_issue_on", table_name="claims")
    op.drop_index("ix_claims_enrolment_id", table_name="claims")
    op.drop_index("ix_claims_agreement_id", table_name="claims")
    op.drop_table("claims")
    op.drop_index("ix_bank_statements_account_id_first_on", table_name="bank_statements")
    op.drop_table("bank_statements")
    op.drop_index("ix_attempts_submission_id_number", table_name="attempts")
    op.drop_table("attempts")
    op.drop_index("ix_agreements_state", table_name="agreements")
    op.drop_index("ix_agreements_session_id", table_name="agreements")
    op.drop_index("ix_agreements_reference", table_name="agreements")
    op.drop_index("ix_agreements_funder_id_reference", table_name="agreements")
    op.drop_index("ix_agreements_enrolment_id", table_name="agreements")
    op.drop_table("agreements")
    op.drop_table("validities")
    op.drop_table("users")
    op.drop_table("trainers")
    op.drop_index(
        "uq_submissions_platform_business_key",
        table_name="submissions",
        sqlite_where=sa.text("state <> 'rejected'"),
        postgresql_where=sa.text("state <> 'rejected'"),
    )
    op.drop_index("ix_submissions_subject_id", table_name="submissions")
    op.drop_index("ix_submissions_state_not_before", table_name="submissions")
    op.drop_table("submissions")
    op.drop_table("sites")
    op.drop_table("series")
    op.drop_table("sequences")
    op.drop_index("ix_routes_act_starts_on", table_name="routes")
    op.drop_table("routes")
    op.drop_index("ix_quarantine_stream_row_key", table_name="quarantine")
    op.drop_index("ix_quarantine_file_id", table_name="quarantine")
    op.drop_index("ix_quarantine_cleared", table_name="quarantine")
    op.drop_table("quarantine")
    op.drop_table("prescribers")
    op.drop_index("ix_platform_records_subject_kind_subject_id", table_name="platform_records")
    op.drop_index("ix_platform_records_platform_external_id_seen_at", table_name="platform_records")
    op.drop_table("platform_records")
    op.drop_index("ix_payroll_variables_order_id", table_name="payroll_variables")
    op.drop_index("ix_payroll_variables_month", table_name="payroll_variables")
    op.drop_table("payroll_variables")
    op.drop_table("parameters")
    op.drop_table("organisations")
    op.drop_index("ix_night_runs_state_filed_at", table_name="night_runs")
    op.drop_table("night_runs")
    op.drop_index("ix_learners_nir_digest", table_name="learners")
    op.drop_table("learners")
    op.drop_index("ix_journal_subject_kind_subject_id_sequence", table_name="journal")
    op.drop_table("journal")
    op.drop_index("ix_imported_files_stream", table_name="imported_files")
    op.drop_table("imported_files")
    op.drop_table("funders")
    op.drop_index("ix_entries_effective_on", table_name="entries")
    op.drop_table("entries")
    op.drop_table("employers")
    op.drop_table("documents")
    op.drop_table("document_keys")
    op.drop_table("bank_accounts")
    op.drop_index("ix_anomalies_subject_kind_subject_id", table_name="anomalies")
    op.drop_index("ix_anomalies_state", table_name="anomalies")
    op.drop_index("ix_anomalies_code", table_name="anomalies")
    op.drop_table("anomalies")
    op.drop_table("actions")
