"""The books: SQLAlchemy over SQLite (default) or PostgreSQL, behind `billing.ports`. Only this pipe writes."""

from integrations.database.books import Books
from integrations.database.keyring import Keyring

__all__ = ["Books", "Keyring"]
