"""Everything that an invoice shows, gathered as values, and the port that makes the document from it."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from billing.agreement import FundingAgreement
from billing.claim import Claim, ClaimLine
from billing.errors import Finding
from billing.party import BankAccount, Funder, Organisation, Site
from billing.training import Action, Session


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceFacts:
    """What a document says; `claim.number` is None while only its preflight is asked.

    Attributes:
        learners: names as printed, in alphabetical order; empty when the document names nobody.
        origin_number, origin_issue_on: for a credit note, the invoice that it credits.
        penalty_rate: percent a year, from the dated parameters.
        hours_label: hours printed in words of the line; empty when none is stated.
    """

    claim: Claim
    lines: tuple[ClaimLine, ...]
    organisation: Organisation
    site: Site | None
    account: BankAccount | None
    funder: Funder
    agreement: FundingAgreement | None
    session: Session | None
    action: Action | None
    learners: tuple[str, ...]
    penalty_rate: str
    origin_number: str = ""
    origin_issue_on: date | None = None


class DocumentMaker(Protocol):
    """Makes the document of a claim; implemented by integrations.facturx, wired by the composition root."""

    def preflight(self, facts: InvoiceFacts) -> tuple[Finding, ...]:
        """Say everything that would make the document invalid, before a number is taken."""

    def render(self, facts: InvoiceFacts) -> bytes:
        """Make the PDF (Factur-X); the same facts give the same bytes.

        Raises:
            InvalidInvoice: the facts cannot give a valid document.
        """
