"""The official rule books on one engine, inside a checking process; never imported by anything else.

The engine (`saxonche`) hangs or crashes beside worker threads and keeps what it compiled: one a process, one thread.
"""

import re
from dataclasses import dataclass
from typing import Any

from lxml import etree

from billing.errors import Finding, Severity
from integrations.facturx.checking.places import place_of
from integrations.facturx.schema import FINDINGS_MAX, official_folder
from integrations.facturx.schematron import TEXT_MAX
from integrations.facturx.wording import OFFICIAL, official_id

_SVRL = "{http://purl.oclc.org/dsdl/svrl}"
_HEADING = re.compile(r"^\[?[A-Z0-9/_.-]{4,}\]?\s*[-:]?\s*")
_BINARY = ("AttachmentBinaryObject", "EmbeddedDocumentBinaryObject")
_STUB = "AAAA"


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """A compiled rule book."""

    path: str
    sheet: Any


class Engine:
    """Compiled rule books; `close` is never called: the process is killed instead (the engine hangs when it ends)."""

    def __init__(self) -> None:
        """Start the engine; books are compiled at their first use."""
        from saxonche import PySaxonProcessor  # noqa: PLC0415 - 100 MB, optional

        self._processor: Any = PySaxonProcessor(license=False)
        self._compiler: Any = self._processor.new_xslt30_processor()
        self._books: dict[str, Any] = {}

    def check(self, root: etree._Element, paths: tuple[str, ...]) -> list[Finding]:
        """Run rule books over a tree; no finding means that all of them are met."""
        node = self._processor.parse_xml(xml_text=plain_text(root))
        findings: list[Finding] = []
        for path in paths:
            report: str = self._sheet(path).transform_to_string(xdm_node=node)
            findings += read_failures(report)
        return findings[: FINDINGS_MAX * len(paths)]

    def _sheet(self, path: str) -> Any:  # noqa: ANN401 - the engine has no types
        if path not in self._books:
            self._books[path] = self._compiler.compile_stylesheet(stylesheet_file=str(official_folder() / path))
        return self._books[path]


def plain_text(root: etree._Element) -> str:
    """Write a tree anew for the engine, attachments cut short: no rule reads them, and they weigh most."""
    large = [
        element
        for element in root.iter(*(f"{{*}}{name}" for name in _BINARY))
        if element.text and len(element.text) > len(_STUB)
    ]
    kept = [element.text for element in large]
    for element in large:
        element.text = _STUB
    try:
        return etree.tostring(root, encoding="unicode")
    finally:
        for element, text in zip(large, kept, strict=True):
            element.text = text


def read_failures(report: str) -> list[Finding]:
    """Read the failed assertions of an SVRL report as findings; the official wording is kept apart."""
    if "failed-assert" not in report and "successful-report" not in report:
        return []
    root = etree.fromstring(report.encode("utf-8"), etree.XMLParser(huge_tree=True, resolve_entities=False))
    findings = []
    seen: set[tuple[str, str]] = set()
    for failed in root.iter(f"{_SVRL}failed-assert", f"{_SVRL}successful-report"):
        identity = str(failed.get("id") or "")
        wording = " ".join(str(etree.tostring(failed, method="text", encoding="unicode", with_tail=False)).split())
        flag = str(failed.get("flag") or failed.get("role") or "")
        where = place_of(str(failed.get("location") or ""))
        if (identity, where) in seen:
            continue
        seen.add((identity, where))
        findings.append(
            Finding(
                code=OFFICIAL,
                where=where,
                severity=Severity.WARNING if flag == "warning" else Severity.ERROR,
                values={
                    "rule": official_id(identity),
                    "variant": identity,
                    "official": _HEADING.sub("", wording)[:TEXT_MAX],
                },
            )
        )
    return findings
