"""A PDF of unknown origin: what is embedded in it, and the facts that PDF/A-3 and Factur-X judge.

Only what hangs on the catalog is walked, each object once, up to a limit. Run it in a process that can be killed:
a library for PDF may loop or swell on a hostile file whatever is done here.
"""

import hashlib
import io
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pypdf import PdfReader
from pypdf.errors import LimitReachedError, PyPdfError
from pypdf.generic import ArrayObject, ByteStringObject, DictionaryObject, IndirectObject, StreamObject

from billing.errors import InvalidInput
from integrations.facturx.reading.limits import EMBEDDED_MAX, EMBEDDED_SIZE_MAX, PDF_OBJECTS_MAX

XML_NAMES = frozenset({"factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml"})
"""Names that the norm and its elder give to the XML, in small letters."""

_LEFT_OUT = frozenset({"/StructTreeRoot", "/ParentTree", "/Parent", "/P"})
"""Entries that lead back up or to the logical structure, which holds neither actions nor fonts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """One embedded file."""

    name: str
    content: bytes
    relationship: str
    media_type: str
    checksum: bytes
    is_associated: bool

    @property
    def is_intact(self) -> bool:
        """The checksum, where there is one, is that of the content."""
        digest = hashlib.md5(self.content, usedforsecurity=False).digest()  # ISO 32000 wants MD5 there
        return not self.checksum or self.checksum == digest


@dataclass(slots=True, kw_only=True)
class PdfFile:
    """What one PDF holds."""

    embedded: list[Embedded] = field(default_factory=list)
    xmp: bytes = b""
    has_identity: bool = False
    has_output_intent: bool = False
    has_script: bool = False
    loose_fonts: list[str] = field(default_factory=list)

    @property
    def xmls(self) -> list[Embedded]:
        """The embedded files that bear the name of an invoice."""
        return [item for item in self.embedded if item.name.lower() in XML_NAMES]


def read_pdf(content: bytes) -> PdfFile:
    """Read a PDF.

    Raises:
        InvalidInput: it is encrypted, broken, or larger inside than any invoice.
    """
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it would tell every oddity of the file
    try:
        return _read(PdfReader(io.BytesIO(content), strict=False))
    except InvalidInput:
        raise
    except (LimitReachedError, MemoryError, RecursionError) as error:
        raise InvalidInput("pdf_too_complex") from error
    except (PyPdfError, ValueError, TypeError, KeyError, AttributeError, IndexError, OSError, AssertionError) as error:
        raise InvalidInput("pdf_unreadable") from error


def _read(reader: PdfReader) -> PdfFile:
    if "/Encrypt" in reader.trailer:
        raise InvalidInput("pdf_encrypted")
    root = _solid(reader.trailer.get("/Root"))
    if not isinstance(root, DictionaryObject):
        raise InvalidInput("pdf_unreadable")
    found = PdfFile(has_identity="/ID" in reader.trailer)
    metadata = _solid(root.get("/Metadata"))
    if isinstance(metadata, StreamObject):
        found.xmp = bytes(metadata.get_data())
    found.has_output_intent = _has_output_intent(root)
    _walk(root, found)
    associated = _numbers(root.get("/AF"))
    for name, reference, spec in _specs(root):
        if len(found.embedded) >= EMBEDDED_MAX:
            raise InvalidInput("pdf_too_complex")
        embedded = _embedded(name, spec, is_associated=reference in associated)
        if embedded is not None:
            found.embedded.append(embedded)
    return found


def _solid(item: Any) -> Any:  # noqa: ANN401 - any object of a PDF
    return item.get_object() if isinstance(item, IndirectObject) else item


def _has_output_intent(root: DictionaryObject) -> bool:
    intents = _solid(root.get("/OutputIntents"))
    for item in intents if isinstance(intents, ArrayObject) else ():
        intent = _solid(item)
        if isinstance(intent, DictionaryObject) and intent.get("/S") == "/GTS_PDFA1":
            profile = _solid(intent.get("/DestOutputProfile"))
            return isinstance(profile, StreamObject)
    return False


def _walk(root: DictionaryObject, found: PdfFile) -> None:
    """Visit every object that hangs on the catalog, once."""
    seen: set[int] = set()
    waiting: list[Any] = [root]
    count = 0
    while waiting:
        item = waiting.pop()
        if isinstance(item, IndirectObject):
            if item.idnum in seen:
                continue
            seen.add(item.idnum)
            if len(seen) > PDF_OBJECTS_MAX:
                raise InvalidInput("pdf_too_complex")
            item = item.get_object()
        count += 1
        if count > PDF_OBJECTS_MAX * 50:
            raise InvalidInput("pdf_too_complex")
        if isinstance(item, DictionaryObject):
            _visit(item, found)
            waiting.extend(
                value
                for key, value in dict.items(item)  # the class's own would resolve each value
                if key not in _LEFT_OUT and isinstance(value, IndirectObject | DictionaryObject | ArrayObject)
            )
        elif isinstance(item, ArrayObject):
            waiting.extend(
                value
                for value in list.__iter__(item)
                if isinstance(value, IndirectObject | DictionaryObject | ArrayObject)
            )


def _visit(item: DictionaryObject, found: PdfFile) -> None:
    if dict.get(item, "/S") == "/JavaScript" or "/JS" in item or "/JavaScript" in item:
        found.has_script = True
    if dict.get(item, "/Type") != "/Font":
        return
    subtype = item.get("/Subtype")
    if subtype in {"/Type0", "/Type3"}:  # the font of a Type0 is its descendant; a Type3 is drawn inside the file
        return
    descriptor = _solid(item.get("/FontDescriptor"))
    files = ("/FontFile", "/FontFile2", "/FontFile3")
    if not isinstance(descriptor, DictionaryObject) or not any(name in descriptor for name in files):
        name = str(item.get("/BaseFont", "?")).lstrip("/")[:60]
        if name not in found.loose_fonts:
            found.loose_fonts.append(name)


def _specs(root: DictionaryObject) -> Iterator[tuple[str, int, DictionaryObject]]:
    """Give the file specifications of the name tree, then those that are only associated."""
    seen: set[int] = set()
    names = _solid(root.get("/Names"))
    tree = names.get("/EmbeddedFiles") if isinstance(names, DictionaryObject) else None
    waiting: list[Any] = [tree]
    visited: set[int] = set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, IndirectObject):
            if node.idnum in visited:
                continue
            visited.add(node.idnum)
            node = node.get_object()
        if not isinstance(node, DictionaryObject):
            continue
        kids, pairs = _solid(node.get("/Kids")), _solid(node.get("/Names"))
        if isinstance(kids, ArrayObject):
            waiting.extend(list.__iter__(kids))
        items = list(list.__iter__(pairs)) if isinstance(pairs, ArrayObject) else []
        for key, value in zip(items[::2], items[1::2], strict=False):
            number = value.idnum if isinstance(value, IndirectObject) else 0
            spec = _solid(value)
            if isinstance(spec, DictionaryObject) and number not in seen:
                seen.update({number} - {0})
                yield str(spec.get("/UF") or spec.get("/F") or _solid(key)), number, spec
    for number in sorted(_numbers(root.get("/AF")) - seen):
        spec = _solid(IndirectObject(number, 0, root.indirect_reference.pdf)) if root.indirect_reference else None
        if isinstance(spec, DictionaryObject):
            yield str(spec.get("/UF") or spec.get("/F") or ""), number, spec


def _numbers(item: Any) -> set[int]:  # noqa: ANN401 - any object of a PDF
    array = _solid(item)
    values = list.__iter__(array) if isinstance(array, ArrayObject) else ()
    return {value.idnum for value in values if isinstance(value, IndirectObject)}


def _embedded(name: str, spec: DictionaryObject, *, is_associated: bool) -> Embedded | None:
    files = _solid(spec.get("/EF"))
    stream = _solid(files.get("/UF") or files.get("/F")) if isinstance(files, DictionaryObject) else None
    if not isinstance(stream, StreamObject):
        return None
    content = bytes(stream.get_data())
    if len(content) > EMBEDDED_SIZE_MAX:
        raise InvalidInput("pdf_too_complex")
    parameters = _solid(stream.get("/Params"))
    checksum = _solid(parameters.get("/CheckSum")) if isinstance(parameters, DictionaryObject) else None
    digest = bytes(checksum) if isinstance(checksum, ByteStringObject) else getattr(checksum, "original_bytes", b"")
    return Embedded(
        name=name,
        content=content,
        relationship=str(spec.get("/AFRelationship", "")).lstrip("/"),
        media_type=str(stream.get("/Subtype", "")).lstrip("/"),
        checksum=bytes(digest),
        is_associated=is_associated,
    )
