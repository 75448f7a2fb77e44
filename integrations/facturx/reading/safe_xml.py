"""XML of unknown origin into a tree: no entity, no DOCTYPE, no network, bounded size."""

from typing import Any

from lxml import etree

from billing.errors import InvalidInput
from integrations.facturx.reading.limits import ELEMENTS_MAX, TEXT_SIZE_MAX, XML_SIZE_MAX

_ENCODING_ERRORS = frozenset(
    {"ERR_INVALID_ENCODING", "ERR_UNKNOWN_ENCODING", "ERR_UNSUPPORTED_ENCODING", "I18N_CONV_FAILED"}
)

PROLOGUE_MAX = 4_096
"""Bytes in which a DOCTYPE is looked for before parsing; one further on is seen by the parser."""


def parse(xml: bytes) -> etree._Element:
    """Parse an XML; nothing is resolved, loaded or expanded.

    Raises:
        InvalidInput: it is too large, declares a DOCTYPE, or is no well-formed XML.
    """
    if len(xml) > XML_SIZE_MAX:
        raise InvalidInput("invoice_xml_too_large", megabytes=len(xml) // 1_000_000)
    if b"<!DOCTYPE" in xml[:PROLOGUE_MAX].replace(b"\0", b""):  # before anything is parsed, whatever the encoding
        raise InvalidInput("document_has_doctype")
    if xml.count(b"<") > 2 * ELEMENTS_MAX:  # a tag that opens and one that closes: the tree would be far larger
        raise InvalidInput("document_too_complex", maximum=ELEMENTS_MAX)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        huge_tree=len(xml) > TEXT_SIZE_MAX,
    )
    cause: Exception
    try:
        root = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        log: Any = parser.error_log  # the error's own still holds what earlier documents of this process did
        kinds = [str(entry.type_name) for entry in log]
        if not _ENCODING_ERRORS.isdisjoint(kinds):
            raise InvalidInput("document_encoding_wrong", line=error.lineno or 1) from error
        if any(kind.startswith("ERR_ENTITY") for kind in kinds):
            raise InvalidInput("document_has_doctype") from error
        raise InvalidInput("document_xml_malformed", line=error.lineno or 1) from error
    except (ValueError, LookupError) as error:  # an encoding that its declaration names and that does not exist
        cause = error
        raise InvalidInput("document_encoding_wrong", line=1) from cause
    if root.getroottree().docinfo.internalDTD is not None:
        raise InvalidInput("document_has_doctype")
    for count, _element in enumerate(root.iter()):
        if count >= ELEMENTS_MAX:
            raise InvalidInput("document_too_complex", maximum=ELEMENTS_MAX)
    return root
