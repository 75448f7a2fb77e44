from tests.books import (
    books,
    books_url,
    postgres_books_url,
    postgres_template,
    sqlite_books_url,
    sqlite_template,
)

__all__ = ["books", "books_url", "postgres_books_url", "postgres_template", "sqlite_books_url", "sqlite_template"]
