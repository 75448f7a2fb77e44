"""Who takes part: the training organisation, those who pay, those who prescribe, those who learn and teach."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from billing.identity import Iban, Nda, Nir, Siren, Siret

UNKNOWN_SIREN = Siren("000000000")
"""Stands for a SIREN that was not given yet; it passes its check and belongs to nobody."""


class VatRegime(StrEnum):
    """How the organisation stands with VAT."""

    EXEMPT_TRAINING = "exempt_training"
    """Art. 261, 4, 4° a of the CGI, with the certificate 3511."""
    FRANCHISE = "franchise"
    """Art. 293 B of the CGI."""
    STANDARD = "standard"


class FunderClass(StrEnum):
    """What a payer is to the law; words of law, not of any platform."""

    OPCO = "opco"
    FAF = "faf"
    CDC = "cdc"
    FRANCE_TRAVAIL = "france_travail"
    REGION = "region"
    AGEFIPH = "agefiph"
    TRANSITIONS_PRO = "transitions_pro"
    STATE = "state"
    PUBLIC_BODY = "public_body"
    EMPLOYER = "employer"
    PERSON = "person"
    OTHER_OF = "other_of"


class Role(StrEnum):
    """What a user of quitus may do."""

    GESTIONNAIRE = "gestionnaire"
    COMPTABLE = "comptable"
    MANAGER = "manager"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address in France unless said otherwise; empty texts where not known yet."""

    line: str = ""
    postcode: str = ""
    city: str = ""
    country: str = "FR"


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """A training organisation: the owner of a set of books.

    Attributes:
        opening_on: takeover date; what lies before comes in as opening balances (no anomaly, no gap).
        legal_mentions: form and capital, register, as printed at the foot of an invoice.
    """

    id: str
    slug: str
    name: str
    siren: Siren
    nda: Nda | None
    vat_regime: VatRegime
    vat_number: str | None
    address: Address
    opening_on: date
    nda_region: str = ""
    legal_mentions: str = ""
    email: str = ""
    fiscal_year_end: str = "12-31"


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity:
    """A span during which a certificate of the organisation holds (NDA, Qualiopi); bounds included, None = open."""

    id: str
    kind: str
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A place of the organisation with its own SIRET."""

    id: str
    code: str
    siret: Siret
    name: str
    address: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class BankAccount:
    """One of our bank accounts; `is_factor` when receivables are assigned to a factor that owns it."""

    id: str
    iban: Iban
    bic: str
    label: str
    ledger_account: str = "512000"
    is_factor: bool = False
    closed_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person who uses quitus."""

    id: str
    login: str
    name: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Funder:
    """Every party that may pay us: funders, but also an employer or a person that pays its own part.

    Attributes:
        code: short code, unique in the organisation, used in import files and as the auxiliary account.
        siret: 14 digits of the establishment that must be invoiced; None for a person or when unknown.
        siret_as_given: the text typed when it fails its check; kept so that a rule can report it.
        payment_term_days: from the invoice to the due date; None = the parameter of its class.
        sending: the organisation has switched automatic sending on for this payer.
        aliases: names under which its transfers arrive.
    """

    id: str
    code: str
    name: str
    funder_class: FunderClass
    siret: Siret | None
    address: Address
    siret_as_given: str = ""
    employer_id: str | None = None
    learner_id: str | None = None
    payment_term_days: int | None = None
    review_days: int | None = None
    claim_deadline_months: int | None = None
    closed: bool = False
    sending: bool = False
    requires_engagement: bool = False
    requires_service_code: bool = False
    attendance_cutoff_day: int | None = None
    justified_counts_as_done: bool = False
    email: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FunderAccount:
    """A bank account from which a funder pays; `source` says who taught it (typed, learned from a decision)."""

    id: str
    funder_id: str
    iban: Iban
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prescriber:
    """Who sends a learner to training without paying us."""

    id: str
    code: str
    name: str
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Employer:
    """The employer of learners; `opco_code` is the code of the funder that collects for it, None = not known yet."""

    id: str
    code: str
    name: str
    siret: Siret | None
    address: Address
    opco_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Learner:
    """A person in training. The NIR is kept only where a payer demands it."""

    id: str
    code: str
    last_name: str
    first_name: str
    birth_on: date | None
    email: str = ""
    nir: Nir | None = None


class TrainerStatus(StrEnum):
    """How a trainer is paid."""

    EMPLOYEE = "employee"
    CDDU = "cddu"
    FREELANCE = "freelance"
    OF = "of"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trainer:
    """A person (or another organisation) that teaches.

    Attributes:
        employee_number: key in the payroll software, None for those who invoice.
        iban_changed_on: last change of bank details, None = never.
    """

    id: str
    code: str
    last_name: str
    first_name: str
    status: TrainerStatus
    employee_number: str | None = None
    siret: Siret | None = None
    nda: Nda | None = None
    iban: Iban | None = None
    iban_changed_on: date | None = None
    vigilance_until: date | None = None
    category: str = ""
