"""Documents of any origin into the common model: Factur-X PDF, bare CII, UBL Invoice and CreditNote.

The file is hostile until proven otherwise: `checking.CheckPool` runs this in a process with bounded time and
memory. `read_document` may be called directly where the bytes are ours.
"""

from dataclasses import dataclass
from hashlib import sha256

from billing.errors import Finding
from integrations.facturx.document import Document
from integrations.facturx.reading.model import to_model
from integrations.facturx.reading.source import Source, open_source

__all__ = ["ReadDocument", "Source", "open_source", "read_document"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadDocument:
    """What a file says.

    Attributes:
        sha256: of the file's bytes.
        syntax, level: what the document says that it is.
        document: None when something that the model cannot do without is unreadable (see `findings`).
        unread: (path or business term, text) of each part that has no place in the model.
        findings: why there is no document.
    """

    sha256: str
    syntax: str
    level: str
    document: Document | None
    unread: tuple[tuple[str, str], ...] = ()
    findings: tuple[Finding, ...] = ()


def read_document(content: bytes) -> ReadDocument:
    """Read a document.

    Raises:
        InvalidInput: it is no invoice that can be read at all; the code says why.
    """
    return of_source(open_source(content), content)


def of_source(source: Source, content: bytes) -> ReadDocument:
    """Read a document that was taken apart already."""
    modelled = to_model(source.raw())
    flavour = source.flavour
    return ReadDocument(
        sha256=sha256(content).hexdigest(),
        syntax=str(flavour.syntax),
        level=flavour.level.name if flavour.level else "",
        document=modelled.document,
        unread=modelled.unread,
        findings=modelled.findings,
    )
