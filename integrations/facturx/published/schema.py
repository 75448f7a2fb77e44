"""The published JSON Schema (draft 2020-12), made from the models, so that both cannot differ."""

from typing import Any

from pydantic import TypeAdapter

from integrations.facturx.published.models import AskedInvoice
from integrations.facturx.published.reading import INVOICES_MAX

SCHEMA_ID = "urn:quitus:schema:invoice:1"


def invoice_schema() -> dict[str, Any]:
    """Give the JSON Schema of what `quitus invoice render` reads: one invoice, or an array of them."""
    made = TypeAdapter(AskedInvoice).json_schema(mode="validation")
    definitions = made.pop("$defs")
    definitions["AskedInvoice"] = made
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "quitus – facture",
        "description": "Une facture, ou un tableau de factures, que « quitus invoice render » met au format Factur-X. "
        "Montants, quantités, prix et taux : texte entre guillemets avec un point (« 1234.50 »), pas un nombre JSON. "
        "Une clé inconnue est refusée.",
        "oneOf": [
            {"$ref": "#/$defs/AskedInvoice"},
            {"type": "array", "minItems": 1, "maxItems": INVOICES_MAX, "items": {"$ref": "#/$defs/AskedInvoice"}},
        ],
        "$defs": {name: _plain(definitions[name]) for name in sorted(definitions)},
    }


def _plain(node: Any) -> Any:  # noqa: ANN401 - any piece of a JSON Schema
    """Take off the English titles that the library derives from the keys."""
    if isinstance(node, dict):
        return {
            key: {name: _plain(item) for name, item in value.items()} if key == "properties" else _plain(value)
            for key, value in node.items()
            if not (key == "title" and isinstance(value, str))
        }
    return [_plain(item) for item in node] if isinstance(node, list) else node
