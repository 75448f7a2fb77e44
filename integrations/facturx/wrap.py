"""Puts the XML into the page: one PDF/A-3b file, the same bytes for the same page and XML.

The page comes from `page.py`, whose layout is known: one revision, one classic table of objects, the catalog
and the XMP packet in clear, written last. Both are rewritten, the embedded files are added before them, and the
table is written anew: no date but the page's own, an /ID derived from page and XML. Files that others made are
read elsewhere, never wrapped. Source: ISO 32000-1 §7.5, ISO 19005-3 §6.8, Factur-X 1.09 §6 (documented).
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import date

from billing.errors import BrokenBooks
from integrations.facturx.document import Attachment, Profile

XML_NAME = "factur-x.xml"
_LEVELS = {Profile.EN16931: "EN 16931", Profile.EXTENDED: "EXTENDED"}

_XREF_END = re.compile(rb"startxref\s+(\d+)\s+%%EOF\s*$")
_TRAILER = re.compile(rb"trailer\s*<</Size (\d+)/Root (\d+) 0 R/Info (\d+) 0 R/ID\[.*?\]>>", re.DOTALL)
_METADATA = re.compile(rb"/Metadata (\d+) 0 R")


@dataclass(frozen=True, slots=True)
class _Page:
    """The parts of a page file: everything before the XMP packet, and what follows as values."""

    body: bytes
    offsets: tuple[int, ...]
    info: int
    metadata: int
    catalog: int
    catalog_entries: bytes
    xmp: bytes


def wrap(
    page: bytes, xml: bytes, *, profile: Profile, made_on: date, attachments: tuple[Attachment, ...] = ()
) -> bytes:
    """Embed an XML, and the attachments that people may open, into a page.

    Args:
        page: PDF/A-3b made by `page.py`.
        xml: the invoice.
        profile: its profile, told in the XMP.
        made_on: day written as modification date of the embedded files.
        attachments: files shown in the reader's panel too.

    Raises:
        BrokenBooks: the page does not have the layout that our page maker writes (an upgrade changed it).
    """
    parts = _read_page(page)
    pieces = [parts.body]
    offsets = list(parts.offsets)
    size = len(parts.body)
    next_number = len(offsets)

    def add(number: int, content: bytes) -> None:
        nonlocal size
        data = b"%d 0 obj\n%b\nendobj\n" % (number, content)
        while len(offsets) <= number:
            offsets.append(0)
        offsets[number] = size
        pieces.append(data)
        size += len(data)

    files = [(XML_NAME, "text/xml", xml, "Data", "Facture Factur-X")]
    files += [(item.name, item.media_type, item.content, "Supplement", item.kind.value) for item in attachments]
    specs = []
    for name, media_type, content, relationship, description in files:
        stream, spec = next_number, next_number + 1
        next_number += 2
        add(stream, _embedded(content, media_type, made_on))
        add(spec, _file_spec(name, description, relationship, stream))
        specs.append((name, spec))
    add(parts.metadata, _stream(b"/Type/Metadata/Subtype/XML", _xmp(parts.xmp, profile)))
    add(parts.catalog, _catalog(parts.catalog_entries, specs))
    pieces.append(_table(offsets, size, parts, hashlib.sha256(page + xml).digest()[:16]))
    return b"".join(pieces)


def _read_page(page: bytes) -> _Page:
    end, trailer = _XREF_END.search(page), _TRAILER.search(page)
    if end is None or trailer is None:
        raise BrokenBooks("page_layout_unknown", part="trailer")
    count, catalog, info = (int(value) for value in trailer.groups())
    table = page[int(end.group(1)) : trailer.start()].split(b"\n", 2)
    entries = table[2].splitlines() if len(table) > 2 and table[0].strip() == b"xref" else []  # noqa: PLR2004 - xref, range, entries
    if len(entries) != count or table[1].split() != [b"0", b"%d" % count]:
        raise BrokenBooks("page_layout_unknown", part="xref")
    offsets = tuple(int(entry[:10]) for entry in entries)
    catalog_entries = _between(page, offsets[catalog], b"<<", b">>\nendobj")
    found = _METADATA.search(catalog_entries)
    if found is None or b"/AF" in catalog_entries or b"/Names" in catalog_entries:
        raise BrokenBooks("page_layout_unknown", part="catalog")
    metadata = int(found.group(1))
    start = offsets[metadata]
    if sorted(offsets)[-2:] != [start, offsets[catalog]]:
        raise BrokenBooks("page_layout_unknown", part="order")
    xmp = _between(page, start, b"stream\n", b"\nendstream")
    return _Page(page[:start], offsets, info, metadata, catalog, catalog_entries, xmp)


def _between(page: bytes, start: int, opening: bytes, closing: bytes) -> bytes:
    first = page.find(opening, start)
    last = page.find(closing, first)
    if first < 0 or last < 0:
        raise BrokenBooks("page_layout_unknown", part=opening.decode().strip())
    return page[first + len(opening) : last]


def _embedded(content: bytes, media_type: str, made_on: date) -> bytes:
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest()  # ISO 32000 wants MD5 there, as a checksum
    subtype = "".join(char if char.isalnum() or char in "-." else f"#{ord(char):02X}" for char in media_type)
    params = f"/Params<</Size {len(content)}/ModDate(D:{made_on:%Y%m%d}000000Z)/CheckSum<{digest}>>>"
    return _stream(f"/Type/EmbeddedFile/Subtype/{subtype}{params}".encode("ascii"), content)


def _stream(entries: bytes, content: bytes) -> bytes:
    return b"<<%b/Length %d>>\nstream\n%b\nendstream" % (entries, len(content), content)


def _file_spec(name: str, description: str, relationship: str, stream: int) -> bytes:
    shown = _string(name)
    return b"<</Type/Filespec/F%b/UF%b/Desc%b/AFRelationship/%b/EF<</F %d 0 R/UF %d 0 R>>>>" % (
        shown,
        shown,
        _string(description),
        relationship.encode("ascii"),
        stream,
        stream,
    )


def _string(text: str) -> bytes:
    return b"<FEFF%b>" % text.encode("utf-16-be").hex().upper().encode("ascii")


def _catalog(entries: bytes, specs: list[tuple[str, int]]) -> bytes:
    names = b"".join(b"%b %d 0 R" % (_string(name), number) for name, number in sorted(specs))
    related = b" ".join(b"%d 0 R" % number for _, number in specs)
    return b"<<%b/Names<</EmbeddedFiles<</Names[%b]>>>>/AF[%b]>>" % (entries, names, related)


def _table(offsets: list[int], start: int, parts: _Page, identity: bytes) -> bytes:
    rows = [b"0000000000 65535 f\r\n", *(b"%010d 00000 n\r\n" % offset for offset in offsets[1:])]
    shown = identity.hex().upper().encode("ascii")
    return b"xref\n0 %d\n%btrailer\n<</Size %d/Root %d 0 R/Info %d 0 R/ID[<%b><%b>]>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(offsets),
        b"".join(rows),
        len(offsets),
        parts.catalog,
        parts.info,
        shown,
        shown,
        start,
    )


_FX = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"


def _xmp(packet: bytes, profile: Profile) -> bytes:
    """Add the Factur-X properties and the description of their schema to the page's packet."""
    bag, closing = b"<pdfaExtension:schemas><rdf:Bag>", b"</rdf:RDF>"
    if packet.count(bag) != 1 or packet.count(closing) != 1:
        raise BrokenBooks("page_layout_unknown", part="xmp")
    described = "".join(
        '<rdf:li rdf:parseType="Resource">'
        f"<pdfaProperty:name>{name}</pdfaProperty:name><pdfaProperty:valueType>Text</pdfaProperty:valueType>"
        f"<pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{text}</pdfaProperty:description></rdf:li>"
        for name, text in (
            ("DocumentFileName", "name of the embedded XML invoice file"),
            ("DocumentType", "INVOICE"),
            ("Version", "version of the Factur-X XML schema"),
            ("ConformanceLevel", "conformance level of the embedded Factur-X data"),
        )
    )
    extension = (
        '<rdf:li rdf:parseType="Resource">'
        "<pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>"
        f"<pdfaSchema:namespaceURI>{_FX}</pdfaSchema:namespaceURI><pdfaSchema:prefix>fx</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>{described}</rdf:Seq></pdfaSchema:property></rdf:li>"
    )
    properties = (
        f'<rdf:Description rdf:about="" xmlns:fx="{_FX}">'
        f"<fx:DocumentType>INVOICE</fx:DocumentType><fx:DocumentFileName>{XML_NAME}</fx:DocumentFileName>"
        f"<fx:Version>1.0</fx:Version><fx:ConformanceLevel>{_LEVELS[profile]}</fx:ConformanceLevel>"
        "</rdf:Description>"
    )
    packet = packet.replace(bag, bag + extension.encode("ascii"))
    return packet.replace(closing, properties.encode("ascii") + closing)
