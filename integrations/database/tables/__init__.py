"""Every table of the books. One for each noun of `billing.ports.UnitOfWork`, and what only the database needs.

Importing this package makes `METADATA` complete.
"""

from sqlalchemy import Table

from integrations.database.tables import agreements, books, claims, delivery, parties, payments, people, work
from integrations.database.tables.columns import METADATA, noun_of

__all__ = ["APPEND_ONLY", "METADATA", "REPOSITORIES", "books", "noun_of"]

REPOSITORIES: dict[str, Table] = {
    table.name: table
    for module in (parties, delivery, agreements, claims, payments, people, work)
    for table in vars(module).values()
    if isinstance(table, Table)
}
"""The tables that hold one noun each, by the name of their repository in the unit of work."""

APPEND_ONLY: tuple[str, ...] = tuple(
    sorted(table.name for table in METADATA.tables.values() if table.info["append_only"])
)
"""The tables in which nothing is ever changed or taken away; triggers see to it."""
