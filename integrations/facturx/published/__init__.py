"""The published JSON form of an invoice: its schema, its reading, and the document that it becomes.

Other software writes it; `quitus schema invoice` prints the schema, `quitus invoice render` makes the files.
"""

from integrations.facturx.published.order import Order, Orders
from integrations.facturx.published.reading import Entry, Located, read_entries
from integrations.facturx.published.schema import invoice_schema
from integrations.facturx.published.terms import LegalTerms

__all__ = ["Entry", "LegalTerms", "Located", "Order", "Orders", "invoice_schema", "read_entries"]
