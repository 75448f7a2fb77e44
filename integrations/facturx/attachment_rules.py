"""What makes an attachment unfit to travel in the XML and in the PDF."""

import re
from collections.abc import Iterator

from billing.errors import Finding
from integrations.facturx.document import Document
from integrations.facturx.wrap import XML_NAME

MEDIA_TYPES = frozenset(
    {
        "application/pdf",
        "image/png",
        "image/jpeg",
        "text/csv",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.oasis.opendocument.spreadsheet",
    }
)
"""Those of the norm (BR-CL-24, documented)."""
NAME_LENGTH_MAX = 250
_NAME = re.compile(r"(?![. ])[^\x00-\x1f\x7f/\\\\:*?\"<>|]+(?<![. ])")
"""A name that every system can write: no path, no control character, no dot or blank at its ends."""


def attachments_of(document: Document) -> Iterator[Finding]:
    """Judge every attachment."""
    seen = {XML_NAME}
    for position, item in enumerate(document.attachments, start=1):
        where, folded = f"Pièce jointe n° {position}", item.name.casefold()
        if len(item.name) > NAME_LENGTH_MAX or not _NAME.fullmatch(item.name):
            yield Finding(code="invoice_attachment_name", where=where, values={"name": ascii(item.name[:60])})
        elif folded in seen:
            yield Finding(code="invoice_attachment_twice", where=where, values={"name": item.name[:60]})
        seen.add(folded)
        if not item.content:
            yield Finding(code="invoice_attachment_empty", where=where)
        if item.media_type not in MEDIA_TYPES:
            yield Finding(code="invoice_attachment_kind", where=where, values={"kind": item.media_type[:60]})
