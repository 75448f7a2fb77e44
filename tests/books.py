"""Real books for tests: each test gets its own database, copied from one that was migrated once."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from integrations.database import Books, Keyring
from tests.servers import fresh_database

KEYRING = Keyring({"00000001": b"k" * 32}, b"d" * 32)
NOW = datetime(2026, 9, 30, 20, 0, tzinfo=UTC)
ENGINES = ("sqlite", "postgresql")


def books_at(url: str) -> Books:
    return Books(url, KEYRING, now=lambda: NOW)


def migrate_at(url: str) -> None:
    books = books_at(url)
    books.migrate()
    books.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "books.db"
    migrate_at(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_books_url(sqlite_template: Path, tmp_path: Path) -> str:
    path = tmp_path / "books.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> Iterator[str]:
    with fresh_database(postgres_url) as url:
        migrate_at(url)
        yield url.rpartition("/")[2].partition("?")[0]


@pytest.fixture
def postgres_books_url(postgres_url: str, postgres_template: str) -> Iterator[str]:
    with fresh_database(postgres_url, template=postgres_template) as url:
        yield url


@pytest.fixture(params=ENGINES)
def books_url(request: pytest.FixtureRequest) -> str:
    name = "sqlite_books_url" if request.param == "sqlite" else "postgres_books_url"
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture
def books(books_url: str) -> Iterator[Books]:
    books = books_at(books_url)
    yield books
    books.close()
