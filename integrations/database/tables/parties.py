"""Tables of those who take part."""

from billing.identity import Iban, Nda, Nir, Siren, Siret
from billing.party import (
    BankAccount,
    Employer,
    Funder,
    FunderAccount,
    FunderClass,
    Learner,
    Organisation,
    Prescriber,
    Role,
    Site,
    Trainer,
    TrainerStatus,
    User,
    Validity,
    VatRegime,
)
from integrations.database.tables.columns import (
    Parent,
    Rule,
    address,
    day,
    flag,
    integer,
    lookup,
    noun_table,
    sealed,
    text,
    unique,
    value,
    word,
    words,
)

organisations = noun_table(
    "organisations",
    Organisation,
    text("slug"),
    text("name"),
    value("siren", Siren),
    value("nda", Nda, null=True),
    word("vat_regime", VatRegime),
    text("vat_number", null=True),
    address("address"),
    day("opening_on"),
    text("nda_region"),
    text("legal_mentions"),
    text("email"),
    text("fiscal_year_end"),
    Rule("owns_itself", "organisation_id = id"),
    unique("slug"),
)

validities = noun_table(
    "validities",
    Validity,
    text("kind"),
    day("starts_on"),
    day("ends_on", null=True),
)

sites = noun_table(
    "sites",
    Site,
    text("code"),
    value("siret", Siret),
    text("name"),
    address("address"),
    unique("code"),
)

bank_accounts = noun_table(
    "bank_accounts",
    BankAccount,
    *sealed("iban", Iban),
    text("bic"),
    text("label"),
    text("ledger_account"),
    flag("is_factor"),
    day("closed_on", null=True),
    unique("iban_digest"),
)

users = noun_table(
    "users",
    User,
    text("login"),
    text("name"),
    word("role", Role),
    unique("login"),
)

funders = noun_table(
    "funders",
    Funder,
    text("code"),
    text("name"),
    word("funder_class", FunderClass),
    value("siret", Siret, null=True),
    address("address"),
    text("siret_as_given"),
    text("employer_id", null=True),
    text("learner_id", null=True),
    integer("payment_term_days", null=True),
    integer("review_days", null=True),
    integer("claim_deadline_months", null=True),
    flag("closed"),
    flag("sending"),
    flag("requires_engagement"),
    flag("requires_service_code"),
    integer("attendance_cutoff_day", null=True),
    flag("justified_counts_as_done"),
    text("email"),
    words("aliases"),
    unique("code"),
)

funder_accounts = noun_table(
    "funder_accounts",
    FunderAccount,
    text("funder_id"),
    *sealed("iban", Iban),
    text("source"),
    Parent("funder_id", "funders"),
    unique("funder_id", "iban_digest"),
    lookup("iban_digest"),
)

prescribers = noun_table(
    "prescribers",
    Prescriber,
    text("code"),
    text("name"),
    text("email"),
    unique("code"),
)

employers = noun_table(
    "employers",
    Employer,
    text("code"),
    text("name"),
    value("siret", Siret, null=True),
    address("address"),
    text("opco_code", null=True),
    unique("code"),
)

learners = noun_table(
    "learners",
    Learner,
    text("code"),
    text("last_name"),
    text("first_name"),
    day("birth_on", null=True),
    text("email"),
    *sealed("nir", Nir, null=True),
    unique("code"),
    lookup("nir_digest"),
)

trainers = noun_table(
    "trainers",
    Trainer,
    text("code"),
    text("last_name"),
    text("first_name"),
    word("status", TrainerStatus),
    text("employee_number", null=True),
    value("siret", Siret, null=True),
    value("nda", Nda, null=True),
    *sealed("iban", Iban, null=True),
    day("iban_changed_on", null=True),
    day("vigilance_until", null=True),
    text("category"),
    unique("code"),
)
