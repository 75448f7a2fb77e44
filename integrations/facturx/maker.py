"""From a document to the file that leaves: checks, XML, page, wrap. One object, made once by who starts the program.

Rendering the same document twice gives the same bytes. `FacturxDocuments` is billing's `DocumentMaker`.
"""

from dataclasses import replace

from billing.errors import Finding, InvalidInvoice
from billing.invoice_facts import InvoiceFacts
from integrations.facturx.document import Document
from integrations.facturx.facts import document_of, facts_findings
from integrations.facturx.logo import Logo, LogoOf
from integrations.facturx.page import PageMaker
from integrations.facturx.page_texts import PROVISIONAL
from integrations.facturx.rules import findings_of
from integrations.facturx.schema import Schemas
from integrations.facturx.wrap import wrap
from integrations.facturx.xml import write_xml

_SAID_BY_FACTS = {"invoice_siren_missing", "invoice_siret_malformed", "invoice_endpoint_missing"}


class Renderer:
    """Makes Factur-X files; owns the compiled schemas and the page compiler, safe to share between threads."""

    def __init__(self) -> None:
        """Load the page template; schemas are compiled at their first use."""
        self._schemas = Schemas()
        self._pages = PageMaker()

    def check(self, document: Document, *, numbered: bool = True) -> tuple[Finding, ...]:
        """Say everything that makes a built document invalid: our rules, then the official schema."""
        findings = findings_of(document, numbered=numbered)
        if findings:
            return findings
        written = document if document.number else replace(document, number=PROVISIONAL)
        return self._schemas.check(write_xml(written), document.profile)

    def xml(self, document: Document) -> bytes:
        """Write the XML of a valid document.

        Raises:
            InvalidInvoice: the document is not valid; every finding is with it.
        """
        findings = findings_of(document)
        xml = b"" if findings else write_xml(document)
        findings = findings or self._schemas.check(xml, document.profile)
        if findings:
            raise InvalidInvoice("invoice_invalid", findings, invoice=document.number, count=len(findings))
        return xml

    def render(self, document: Document, logo: Logo | None = None) -> bytes:
        """Make the PDF/A-3b that carries the XML; the same document and logo give the same bytes.

        Raises:
            InvalidInvoice: the document is not valid; every finding is with it.
        """
        xml = self.xml(document)
        page = self._pages.make(document, logo)
        return wrap(page, xml, profile=document.profile, made_on=document.issue_on, attachments=document.attachments)

    def pictures(self, document: Document, logo: Logo | None = None) -> list[bytes]:
        """Make a PNG of each page, for a preview; without number, it says that it is provisional."""
        return self._pages.pictures(document, logo)


class FacturxDocuments:
    """Billing's maker of documents (`billing.invoice_facts.DocumentMaker`)."""

    def __init__(self, renderer: Renderer, logo_of: LogoOf = lambda _: None) -> None:
        """Use a renderer that somebody owns, and what gives the logo of an organisation by its short name."""
        self._renderer = renderer
        self._logo_of = logo_of

    def preflight(self, facts: InvoiceFacts) -> tuple[Finding, ...]:
        """Say everything that would make the document invalid, before a number is taken."""
        document = document_of(facts)
        said = (*facts_findings(facts, document), *self._logo_findings(facts))
        about_buyer = any(finding.where == "Acheteur" for finding in said)
        numbered = facts.claim.number is not None
        checked = self._renderer.check(document, numbered=numbered)
        return said + tuple(
            finding
            for finding in checked
            if not (about_buyer and finding.where == "Acheteur" and finding.code in _SAID_BY_FACTS)
        )

    def render(self, facts: InvoiceFacts) -> bytes:
        """Make the Factur-X of a numbered claim.

        Raises:
            InvalidInvoice: the facts cannot give a valid document.
        """
        findings = tuple(facts_findings(facts, document_of(facts)))
        number = facts.claim.number or ""
        if findings:
            raise InvalidInvoice("invoice_invalid", findings, invoice=number, count=len(findings))
        return self._renderer.render(document_of(facts), self._logo_of(facts.organisation.slug))

    def _logo_findings(self, facts: InvoiceFacts) -> tuple[Finding, ...]:
        try:
            self._logo_of(facts.organisation.slug)
        except InvalidInvoice as error:
            return error.findings
        return ()
