"""The pipe to invoices as files: document model, Factur-X XML, page, PDF/A-3, and their checks.

It names no platform and stores nothing. `FacturxDocuments(Renderer())` is billing's `DocumentMaker`.
"""

from integrations.facturx.amounts import build, priced
from integrations.facturx.document import Document
from integrations.facturx.facts import document_of
from integrations.facturx.logo import LogoFolder, read_logo
from integrations.facturx.maker import FacturxDocuments, Renderer
from integrations.facturx.rules import findings_of
from integrations.facturx.schematron import Schematrons

__all__ = [
    "Document",
    "FacturxDocuments",
    "LogoFolder",
    "Renderer",
    "Schematrons",
    "build",
    "document_of",
    "findings_of",
    "priced",
    "read_logo",
]
