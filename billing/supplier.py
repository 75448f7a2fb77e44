"""Invoices that others send us: trainers who invoice, and organisations that we subcontract to.

What we owe, never what is owed to us: it is no `Claim` (a received claim is one that our own software issued).
"""

from dataclasses import dataclass
from datetime import date

from billing.errors import Finding
from billing.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierInvoice:
    """An invoice or credit note as its file tells it; identifiers are texts, as they were written.

    Attributes:
        sha256: of the file's bytes.
        type: UNTDID 1001 code (380 invoice, 381 credit note, 389 self-billed…).
        gross, net, vat: positive, also for a credit note.
        due_on: None = the document does not say.
        iban: account to pay, empty when not said.
        findings: what the check of the file found.
    """

    sha256: str
    number: str
    type: str
    is_credit: bool
    issue_on: date
    due_on: date | None
    net: Money
    vat: Money
    gross: Money
    seller_name: str
    seller_siren: str = ""
    seller_siret: str = ""
    seller_vat_number: str = ""
    buyer_name: str = ""
    buyer_siren: str = ""
    iban: str = ""
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedInvoice:
    """A supplier's invoice that the books hold, as the journal tells it; its file is the document of that SHA-256."""

    sha256: str
    trainer_id: str
    number: str
    type: str
    is_credit: bool
    issue_on: date
    gross: Money
    errors: int
