"""The invoice as a document: what EN 16931 says of it, as values that no database knows.

Amounts are `Money` (integer cents), quantities, prices and rates are `Decimal`. Identifiers are plain texts,
because a document received from somebody else may hold wrong ones: `rules.py` judges them. Marks such as
BT-1 are the business terms of EN 16931 (documented); EXT-FR-FE marks are the French extensions (documented).
Nothing here computes: `amounts.build` does.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from billing.money import ZERO, Money
from billing.party import Address


class Profile(StrEnum):
    """How much the XML may say; the value is BT-24."""

    EN16931 = "urn:cen.eu:en16931:2017"
    EXTENDED = "urn:cen.eu:en16931:2017#conformant#urn:factur-x.eu:1p0:extended"
    """Only where a third party that pays must be told to machines (facturx.md §0)."""


class DocumentType(StrEnum):
    """What the document is to the law (BT-3); those of the sixteen French codes that an OF meets."""

    INVOICE = "380"
    CREDIT_NOTE = "381"
    CORRECTIVE = "384"
    DEPOSIT = "386"
    SELF_BILLED = "389"
    SELF_BILLED_CREDIT = "261"
    FACTORED = "393"
    FACTORED_CREDIT = "396"
    DEPOSIT_CREDIT = "503"


CREDIT_TYPES = frozenset(
    {
        DocumentType.CREDIT_NOTE,
        DocumentType.SELF_BILLED_CREDIT,
        DocumentType.FACTORED_CREDIT,
        DocumentType.DEPOSIT_CREDIT,
    }
)
SELF_BILLED_TYPES = frozenset({DocumentType.SELF_BILLED, DocumentType.SELF_BILLED_CREDIT})
DEPOSIT_TYPES = frozenset({DocumentType.DEPOSIT, DocumentType.DEPOSIT_CREDIT})


class Process(StrEnum):
    """The billing frame (BT-23), of services unless said otherwise."""

    SERVICES = "S1"
    SERVICES_PAID = "S2"
    DIRECT_PAYMENT = "S3"
    SERVICES_FINAL = "S4"
    """The final invoice after a deposit."""
    SUBCONTRACTOR = "S5"
    COCONTRACTOR = "S6"
    MIXED = "M1"
    MIXED_PAID = "M2"
    MIXED_FINAL = "M4"


PAID_PROCESSES = frozenset({Process.SERVICES_PAID, Process.MIXED_PAID})
FINAL_PROCESSES = frozenset({Process.SERVICES_FINAL, Process.MIXED_FINAL})


class Treatment(StrEnum):
    """How the e-invoicing reform treats the document (the note BAR)."""

    B2B = "B2B"
    B2B_ABROAD = "B2BINT"
    B2C = "B2C"
    B2C_ABROAD = "B2CINT"
    OUT_OF_SCOPE = "OUTOFSCOPE"
    ARCHIVE_ONLY = "ARCHIVEONLY"


class NoteSubject(StrEnum):
    """What a note is about (BT-21); PMT, PMD and AAB are each due exactly once."""

    RECOVERY_COSTS = "PMT"
    LATE_PENALTIES = "PMD"
    DISCOUNT = "AAB"
    REGULATORY = "REG"
    """The declaration of activity of a training organisation."""
    LEGAL = "ABL"
    GENERAL = "AAI"
    """The dossier and the learners, for human readers."""
    TAX = "TXD"
    ASSIGNMENT = "ACC"
    """The claim was assigned: only who is named here can be paid (UNTDID 4451)."""


class VatCategory(StrEnum):
    """The VAT category (BT-118, BT-151)."""

    STANDARD = "S"
    EXEMPT = "E"
    ZERO = "Z"
    REVERSE_CHARGE = "AE"
    INTRA_COMMUNITY = "K"
    EXPORT = "G"
    OUT_OF_SCOPE = "O"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An electronic address; 0225 is the French directory, EM an e-mail address."""

    value: str
    scheme: str = "0225"


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Seller, buyer, payee or payer.

    Attributes:
        siren: nine digits (BT-30, BT-47, scheme 0002).
        siret: fourteen digits (BT-29, BT-46, scheme 0009).
        vat_number: intra-community number (BT-31, BT-48).
        tax_number: any other tax identifier (BT-32), of the seller alone.
        legal: what the law wants printed about the seller (BT-33).
        is_person: a private person: no SIREN is expected.
    """

    name: str
    siren: str = ""
    siret: str = ""
    vat_number: str = ""
    tax_number: str = ""
    address: Address = field(default_factory=Address)
    endpoint: Endpoint | None = None
    contact: str = ""
    email: str = ""
    phone: str = ""
    legal: str = ""
    is_person: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Days of service, both included."""

    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A text of the header (BG-1)."""

    text: str
    subject: NoteSubject


@dataclass(frozen=True, slots=True, kw_only=True)
class Vat:
    """The VAT of a line.

    Attributes:
        rate: percent; zero when exempt.
        exemption_code: VATEX code (BT-121); exemption_text: its sentence (BT-120).
    """

    category: VatCategory
    rate: Decimal
    exemption_code: str = ""
    exemption_text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """An allowance or a charge, of a line (BG-27, BG-28) or of the document (BG-20, BG-21).

    Attributes:
        amount: positive, net of VAT.
        is_charge: added; otherwise it is taken off.
        vat: for the document's adjustments only; a line's follow their line.
    """

    amount: Money
    reason: str
    is_charge: bool = False
    vat: Vat | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line (BG-25).

    Attributes:
        quantity: at most four decimals.
        unit: HUR hours, DAY days, C62 pieces or flat amounts.
        unit_price: net, at most four decimals (BT-146).
        net: cents; `quantity × unit_price` half up, less allowances, plus charges (BT-131).
        dossier: the funder's reference for this line (BT-128).
        order_line: line of the buyer's order (BT-132).
    """

    number: str
    label: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    vat: Vat
    net: Money = ZERO
    description: str = ""
    learners: tuple[str, ...] = ()
    dossier: str = ""
    order_line: str = ""
    period: Period | None = None
    adjustments: tuple[Adjustment, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VatGroup:
    """One line of the VAT breakdown (BG-23); `tax` is rounded once, from the group's basis."""

    vat: Vat
    basis: Money
    tax: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The document's totals in cents (BG-22)."""

    lines: Money = ZERO
    allowances: Money = ZERO
    charges: Money = ZERO
    net: Money = ZERO
    vat: Money = ZERO
    gross: Money = ZERO
    prepaid: Money = ZERO
    due: Money = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """What the payer's people and machines look for; empty texts where there is none.

    Attributes:
        engagement: numéro d'engagement or order (BT-13).
        service_code: the service of a public buyer (BT-10).
        contract: convention or market (BT-12).
        dossier: the funder's reference (BT-18, type 130).
        project, project_name: BT-11.
        training: title and session, printed on the page.
    """

    engagement: str = ""
    service_code: str = ""
    contract: str = ""
    dossier: str = ""
    project: str = ""
    project_name: str = ""
    training: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preceding:
    """An earlier invoice that this document credits, corrects or completes (BG-3)."""

    number: str
    issue_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """How to pay (BG-16).

    Attributes:
        means: 30 transfer, 58 SEPA transfer (UNTDID 4461).
        reference: what the payer must quote (BT-83).
        terms: in words (BT-20).
    """

    iban: str = ""
    bic: str = ""
    account_name: str = ""
    means: str = "30"
    reference: str = ""
    terms: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deduction:
    """A part of what is already settled (BT-113): deposit, advance recovered, penalty set off, sum received.

    Attributes:
        label: as printed.
        amount: positive.
    """

    label: str
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Instalment:
    """A part of what is due that is payable on a day of its own: schedule, or sum held back until a later day.

    Attributes:
        label: as printed; empty for an ordinary instalment.
    """

    due_on: date
    amount: Money
    label: str = ""


class AttachmentKind(StrEnum):
    """What an attachment is (BT-123, BR-FR-17); those that an OF sends."""

    ANNEX = "DOCUMENT_ANNEXE"
    BANK_DETAILS = "RIB"
    ORDER = "BON_COMMANDE"
    SUPPORTING = "PJA"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that travels inside the XML (BG-24)."""

    name: str
    content: bytes
    media_type: str = "application/pdf"
    kind: AttachmentKind = AttachmentKind.ANNEX


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """An invoice, a credit note or a deposit, in euros.

    Attributes:
        number: empty while only its preflight is asked.
        due_on: None when nothing has to be paid by a date (credit note).
        payee: who is paid when it is not the seller (factor, BG-10).
        payer: who pays in the buyer's place (EXT-FR-FE-BG-02, profile EXTENDED).
        prepaid: already paid by deposits or before issue (BT-113).
        deductions: what `prepaid` is made of, when the page must say it; they sum to it.
        schedule: the days on which parts of what is due are payable, in order; empty = all on `due_on`.
        vat_due_code: 5 on debits, 72 on receipt (BT-8); empty = not said.
        groups, totals: computed by `amounts.build`, never typed.
    """

    number: str
    type: DocumentType
    issue_on: date
    seller: Party
    buyer: Party
    lines: tuple[Line, ...]
    process: Process = Process.SERVICES
    profile: Profile = Profile.EN16931
    due_on: date | None = None
    period: Period | None = None
    delivered_on: date | None = None
    payee: Party | None = None
    payer: Party | None = None
    references: References = References()
    notes: tuple[Note, ...] = ()
    treatment: Treatment | None = None
    learners: tuple[str, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    prepaid: Money = ZERO
    deductions: tuple[Deduction, ...] = ()
    schedule: tuple[Instalment, ...] = ()
    payment: Payment = Payment()
    preceding: tuple[Preceding, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    vat_due_code: str = ""
    groups: tuple[VatGroup, ...] = ()
    totals: Totals = Totals()

    @property
    def is_credit(self) -> bool:
        """The amounts lower what the buyer owes; they are positive all the same."""
        return self.type in CREDIT_TYPES
