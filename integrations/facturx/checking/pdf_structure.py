"""What makes a PDF a Factur-X file: PDF/A-3b, its XMP, the XML as an associated file.

Source: ISO 19005-3, Factur-X 1.09 §6 (documented). Our own checks say what is wrong in plain words; the clause by
clause check of `pikepdf.pdfa` follows, where it is installed. It approves what it knows, so that a refusal may be a
false alarm: see `_EXPECTED` for those that every Factur-X file meets.
"""

import io
import re
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from lxml import etree

from billing.errors import Finding, InvalidInput, Severity
from integrations.facturx.reading.flavours import Level
from integrations.facturx.reading.pdf_file import Embedded, PdfFile
from integrations.facturx.reading.safe_xml import parse
from integrations.facturx.schema import FINDINGS_MAX

RELATIONSHIPS = frozenset({"Data", "Alternative", "Source"})
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_PDFAID = "{http://www.aiim.org/pdfa/ns/id/}"
_FX = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_ELDER = ("urn:zugferd:pdfa:CrossIndustryDocument:invoice:2p0#", "urn:zugferd:pdfa:CrossIndustryDocument:invoice:1p0#")
_EXPECTED = re.compile(
    r"ISO_19005_3:6\.6\.2\.3\.1-1\b.*"  # it knows no XMP extension schema, and Factur-X demands one (6.6.2.3 allows it)
    r"|ISO_19005_3:6\.6\.4-.*"  # the identity as PDF/A: read above, also where `rdf:about` is left out (seen in files)
    r"|pikepdf:schema-Catalog .*UseAttachments.*"  # ISO 32000-1 allows it, and the attachment is the point
)
_POLICY = "pikepdf:"
"""Head of what the checker does not recognise, which is no clause of the standard."""
_REFERENCE_LEVEL = "XRECHNUNG"


def structure_of(content: bytes, pdf: PdfFile, level: Level | None) -> Iterator[Finding]:
    """Judge a PDF that holds an invoice."""
    xmls = pdf.xmls
    if len(xmls) > 1:
        yield Finding(code="pdf_two_invoices", where="Fichiers joints", values={"count": len(xmls)})
    yield from _attached(xmls[0])
    if level is not None and not level.in_pdf:
        yield Finding(code="pdf_level_not_allowed", where="PDF", values={"level": level.name})
    yield from _xmp(pdf, xmls[0], level)
    if not pdf.has_output_intent:
        yield Finding(code="pdf_output_intent_missing", where="PDF")
    if not pdf.has_identity:
        yield Finding(code="pdf_identity_missing", where="PDF")
    if pdf.has_script:
        yield Finding(code="pdf_has_script", where="PDF")
    if pdf.loose_fonts:
        values = {"fonts": ", ".join(pdf.loose_fonts[:5])}
        yield Finding(code="pdf_font_not_embedded", where="PDF", values=values)
    yield from _clauses(content)


def _attached(xml: Embedded) -> Iterator[Finding]:
    where = f"Fichier joint {xml.name}"[:80]
    if xml.relationship not in RELATIONSHIPS:
        values = {"relationship": xml.relationship[:20] or "(aucune)"}
        yield Finding(code="pdf_relationship_wrong", where=where, values=values)
    if not xml.is_associated:
        yield Finding(code="pdf_not_associated", where=where)
    if not xml.is_intact:
        yield Finding(code="pdf_checksum_wrong", where=where)
    if xml.media_type.lower() not in {"text/xml", "application/xml"}:
        values = {"type": xml.media_type[:40] or "(aucun)"}
        yield Finding(code="pdf_media_type_wrong", where=where, severity=Severity.WARNING, values=values)


def _xmp(pdf: PdfFile, xml: Embedded, level: Level | None) -> Iterator[Finding]:
    if not pdf.xmp:
        yield Finding(code="pdf_xmp_missing", where="Métadonnées XMP")
        return
    try:
        root = parse(pdf.xmp)
    except InvalidInput:
        yield Finding(code="pdf_xmp_unreadable", where="Métadonnées XMP")
        return
    told = _properties(root)
    part, conformance = told.get(f"{_PDFAID}part", ""), told.get(f"{_PDFAID}conformance", "")
    if part != "3" or conformance.upper() not in {"A", "B", "U"}:
        values = {"told": f"{part}{conformance}".strip()[:20] or "(rien)"}
        yield Finding(code="pdf_not_pdfa3", where="Métadonnées XMP", values=values)
    space = next((one for one in (_FX, *_ELDER) if f"{{{one}}}ConformanceLevel" in told), "")
    if not space:
        yield Finding(code="pdf_facturx_properties_missing", where="Métadonnées XMP")
        return
    if space != _FX:
        yield Finding(code="pdf_elder_properties", where="Métadonnées XMP", severity=Severity.WARNING)
    if f">{space}<".encode() not in b"".join(pdf.xmp.split()):
        yield Finding(code="pdf_extension_schema_missing", where="Métadonnées XMP")
    shown = told[f"{{{space}}}ConformanceLevel"]
    if level is not None and shown != level.name and shown.upper() != _REFERENCE_LEVEL:
        values = {"told": shown[:40] or "(rien)", "level": level.name}
        yield Finding(code="pdf_level_differs", where="Métadonnées XMP", values=values)
    name = told.get(f"{{{space}}}DocumentFileName", "")
    if name != xml.name:
        values = {"told": name[:60] or "(rien)", "name": xml.name[:60]}
        yield Finding(code="pdf_name_differs", where="Métadonnées XMP", values=values)
    if told.get(f"{{{space}}}DocumentType", "") != "INVOICE":
        yield Finding(code="pdf_document_type_wrong", where="Métadonnées XMP")


def _properties(root: etree._Element) -> dict[str, str]:
    """Gather the simple properties, written as elements or as attributes."""
    told: dict[str, str] = {}
    for description in root.iter(f"{_RDF}Description"):
        told.update({str(name): str(value).strip() for name, value in description.attrib.items()})
        told.update({str(child.tag): (child.text or "").strip() for child in description if not len(child)})
    return told


def _clauses(content: bytes) -> Iterator[Finding]:
    if find_spec("pikepdf") is None or find_spec("fontTools") is None:
        yield Finding(code="pdf_clauses_not_checked", where="PDF", severity=Severity.WARNING)
        return
    import pikepdf  # noqa: PLC0415 - optional
    import pikepdf.pdfa  # noqa: PLC0415 - optional

    try:
        with pikepdf.open(io.BytesIO(content), inherit_page_attributes=False) as pdf:
            report: Any = pikepdf.pdfa.check(pdf, "3b")
    except (pikepdf.PdfError, ValueError, TypeError, RuntimeError):
        yield Finding(code="pdf_unreadable", where="PDF")
        return
    seen: set[str] = set()
    for item in report.findings:
        expected = _EXPECTED.fullmatch(f"{item.rule} {item.message}") is not None
        if item.kind != "violation" or expected or item.rule in seen or len(seen) >= FINDINGS_MAX:
            continue
        seen.add(item.rule)
        clause, official = item.rule.partition(":")[2], str(item.message)[:400]
        if item.rule.startswith(_POLICY):
            values = {"rule": f"PDF/A-3 {clause}", "official": official}
            yield Finding(code="pdfa_not_recognised", where="PDF", severity=Severity.WARNING, values=values)
        else:
            values = {"rule": f"PDF/A-3 {clause}", "clause": clause, "official": official}
            yield Finding(code="pdfa_clause", where="PDF", values=values)
