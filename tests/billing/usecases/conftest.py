from tests.books import (  # noqa: F401 - fixtures
    books,
    books_url,
    postgres_books_url,
    postgres_template,
    sqlite_books_url,
    sqlite_template,
)
from tests.servers import postgres_url  # noqa: F401 - fixture
