"""The official XSD of any level and syntax, compiled once; for one thread (it lives in a checking process)."""

import re
from typing import Any

from lxml import etree

from billing.errors import Finding
from integrations.facturx.reading.flavours import Level
from integrations.facturx.reading.walk import path_of
from integrations.facturx.schema import FINDINGS_MAX, official_folder

_NAME = re.compile(r"\{[^}]*\}(\w+)")
_CODES = {
    "SCHEMAV_ELEMENT_CONTENT": "schema_element_out_of_place",
    "SCHEMAV_CVC_COMPLEX_TYPE_2_4": "schema_element_out_of_place",
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1": "schema_attribute_unknown",
    "SCHEMAV_CVC_COMPLEX_TYPE_4": "schema_attribute_missing",
}


class SchemaCheck:
    """Compiled schemas by path."""

    def __init__(self) -> None:
        """Compile nothing yet."""
        self._schemas: dict[str, etree.XMLSchema] = {}

    def check(self, root: etree._Element, level: Level) -> tuple[Finding, ...]:
        """Check a tree; no finding means valid."""
        schema = self._schemas.get(level.xsd)
        if schema is None:
            schema = self._schemas[level.xsd] = etree.XMLSchema(etree.parse(official_folder() / level.xsd))
        if schema.validate(root):
            return ()
        log: Any = schema.error_log  # the stubs say nothing of what it holds
        return tuple(_told(root, error) for error in list(log)[:FINDINGS_MAX])


def _told(root: etree._Element, error: Any) -> Finding:  # noqa: ANN401 - the library has no type for it
    message = " ".join(_NAME.sub(r"\1", str(error.message)).split())
    code = _CODES.get(str(error.type_name), "schema_value_malformed")
    if error.type_name == "SCHEMAV_ELEMENT_CONTENT" and "Missing child" in message:
        code = "schema_element_missing"
    element = _element(root, str(error.path or ""))
    where = (path_of(element) if element is not None else "") or "Document"
    name = etree.QName(element).localname if element is not None else ""
    return Finding(code=code, where=where, values={"rule": "XSD", "element": name, "official": message[:400]})


def _element(root: etree._Element, path: str) -> etree._Element | None:
    """Find the element that an error is about; None when its path cannot be followed."""
    prefixes = {prefix: space for prefix, space in root.nsmap.items() if prefix}
    try:
        found: Any = root.getroottree().xpath(path, namespaces=prefixes) if path else []
    except etree.XPathError:  # a prefix that is declared further down
        return None
    return found[0] if isinstance(found, list) and found and hasattr(found[0], "tag") else None
