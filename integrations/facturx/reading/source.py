"""What a file is, by its bytes and never by its name, and the XML of the invoice in it."""

from dataclasses import dataclass

from lxml import etree

from billing.errors import InvalidInput
from integrations.facturx.reading.cii import read_cii
from integrations.facturx.reading.facts import RawDocument
from integrations.facturx.reading.flavours import Flavour, Syntax, flavour_of
from integrations.facturx.reading.limits import FILE_SIZE_MAX
from integrations.facturx.reading.pdf_file import PdfFile, read_pdf
from integrations.facturx.reading.safe_xml import parse
from integrations.facturx.reading.ubl import read_ubl

PDF_HEADER_WITHIN = 1024
"""Bytes in which the header of a PDF may start (readers accept that much before it)."""

_KINDS = (
    (b"\x89PNG", "une image PNG"),
    (b"\xff\xd8\xff", "une image JPEG"),
    (b"GIF8", "une image GIF"),
    (b"II*\x00", "une image TIFF"),
    (b"MM\x00*", "une image TIFF"),
    (b"PK\x03\x04", "une archive ZIP ou un document bureautique"),
    (b"\xd0\xcf\x11\xe0", "un ancien document bureautique"),
    (b"Rar!", "une archive RAR"),
    (b"\x1f\x8b", "une archive GZIP"),
    (b"7z\xbc\xaf", "une archive 7z"),
    (b"{", "du JSON"),
    (b"<!DOCTYPE html", "une page web"),
    (b"<html", "une page web"),
)
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


@dataclass(slots=True, kw_only=True)
class Source:
    """A file taken apart; `pdf` None = the XML came bare."""

    xml: bytes
    root: etree._Element
    flavour: Flavour
    pdf: PdfFile | None = None

    def raw(self) -> RawDocument:
        """Read the facts; the tree is left as it is."""
        reader = read_cii if self.flavour.syntax is Syntax.CII else read_ubl
        return reader(self.root, self.flavour)


def open_source(content: bytes) -> Source:
    """Take a file apart.

    Raises:
        InvalidInput: it is no invoice that can be read; the code says why.
    """
    if not content.strip():
        raise InvalidInput("document_empty")
    if len(content) > FILE_SIZE_MAX:
        raise too_large(len(content))
    pdf = None
    xml = content
    if b"%PDF-" in content[:PDF_HEADER_WITHIN]:
        pdf = read_pdf(content)
        xmls = pdf.xmls
        if not xmls:
            raise InvalidInput("pdf_without_invoice")
        xml = xmls[0].content
    elif not looks_like_xml(content):
        raise InvalidInput("document_of_another_kind", kind=kind_of(content))
    root = parse(xml)
    return Source(xml=xml, root=root, flavour=flavour_of(root), pdf=pdf)


def too_large(size: int) -> InvalidInput:
    """Make the error of a file that is too large to be opened."""
    return InvalidInput("document_file_too_large", megabytes=size // 1_000_000, maximum=FILE_SIZE_MAX // 1_000_000)


def looks_like_xml(content: bytes) -> bool:
    """Tell an XML from anything else, whatever its encoding."""
    head = content[:256]
    if head.lstrip()[:9].lower() == b"<!doctype" and b"html" in head.lower():
        return False
    if head.lstrip().lower().startswith(b"<html"):
        return False
    return head.startswith(_MARKS) or head.lstrip().startswith(b"<") or head[:4] in {b"<\x00?\x00", b"\x00<\x00?"}


def kind_of(content: bytes) -> str:
    """Name what a file seems to be, in French."""
    head = content[:64].lstrip()
    return next((name for mark, name in _KINDS if head.lower().startswith(mark.lower())), "un fichier inconnu")
