"""One history on both engines: up from every revision with data, down to nothing, and never past the program."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, MetaData, inspect, text

from billing.errors import Misconfigured
from integrations.database import schema
from integrations.database.draft import draft
from integrations.database.engines import migration_engine
from integrations.database.tables import METADATA
from tests.books import ENGINES, books_at

HEAD = schema.revisions()[-1]


@dataclass(frozen=True, slots=True)
class Moment:
    """What a database of one revision held, and what must be there once it was brought to the head."""

    statements: tuple[str, ...]
    expected: dict[str, list[tuple[Any, ...]]]


SESSION = (
    "INSERT INTO actions (organisation_id, id, code, title, certification) VALUES ('org', 'a1', 'A', 'Été', '')",
    (
        "INSERT INTO sessions (organisation_id, id, code, action_id, starts_on, ends_on, remuneration_approval) "
        "VALUES ('org', 's1', 'S', 'a1', '2026-09-14', '2026-09-15', '')"
    ),
    "INSERT INTO sequences (organisation_id, name, last, head) VALUES ('org', 'journal', 1, 'h')",
    (
        "INSERT INTO journal (organisation_id, sequence, recorded_at, effective_on, actor, subject_kind, subject_id, "
        "type, payload, prev_hash, hash) VALUES ('org', 1, '2026-09-30T20:00:00.000000+00:00', '2026-09-30', 'night', "
        "'claim', 'c', 't', '{}', '', 'h')"
    ),
)
KEPT: dict[str, list[tuple[Any, ...]]] = {
    "SELECT code, title FROM actions": [("A", "Été")],
    "SELECT code, action_id FROM sessions": [("S", "a1")],
    "SELECT sequence, actor, hash FROM journal": [(1, "night", "h")],
}
SET_APART = (
    'INSERT INTO quarantine (organisation_id, id, file_id, file_name, stream, row_key, line, "column", code, '
    "\"values\", raw, raw_digest, recorded_at, cleared) VALUES ('org', 'q', 'f', 'é.csv', 's', 'k', 7, 'C', 'c', '{}', "
    ":raw, 'd', '2026-09-30T20:00:00.000000+00:00', FALSE)"
)
WAITS: dict[str, list[tuple[Any, ...]]] = {
    "SELECT id, line, cleared, dismissed, dismissed_by, dismissed_reason FROM quarantine": [
        ("q", 7, False, False, "", "")
    ]
}
# Each revision that was ever released has its moment here; a new revision adds one for itself.
MOMENTS: dict[str, Moment] = {
    "base": Moment((), {"SELECT count(*) FROM claims": [(0,)]}),
    "0001": Moment(SESSION, KEPT),
    "0002": Moment((*SESSION, SET_APART), {**KEPT, **WAITS}),
    "0003": Moment(SESSION, KEPT),
}


@pytest.fixture(params=ENGINES)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    url: str = request.getfixturevalue("postgres_database")
    return url


@pytest.fixture
def engine(empty_url: str) -> Iterator[Engine]:
    engine = migration_engine(empty_url)
    yield engine
    engine.dispose()


def test_every_revision_has_its_moment() -> None:
    assert ["base", *schema.revisions()] == list(MOMENTS)


@pytest.mark.parametrize("revision", MOMENTS)
def test_a_database_of_any_revision_comes_up_with_its_data(engine: Engine, revision: str) -> None:
    moment = MOMENTS[revision]
    if revision != "base":
        schema.migrate(engine, revision)
    with engine.begin() as connection:
        for statement in moment.statements:
            connection.execute(text(statement), {"raw": b"box"} if ":raw" in statement else {})
    schema.migrate(engine)
    with engine.connect() as connection:
        assert schema.current_revision(connection) == HEAD
        for query, rows in moment.expected.items():
            assert [tuple(row) for row in connection.execute(text(query))] == rows
        assert _differences(connection) == []
        triggers = "SELECT count(*) FROM sqlite_master WHERE type = 'trigger'"
        if connection.dialect.name != "sqlite":
            triggers = "SELECT 2 * count(*) FROM pg_trigger WHERE NOT tgisinternal"
        assert connection.execute(text(triggers)).scalar_one() == 8


def test_the_tables_are_those_of_the_history(engine: Engine) -> None:
    schema.migrate(engine)
    with engine.connect() as connection:
        assert _differences(connection) == []


def _differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, METADATA))


def test_a_table_that_is_missing_in_the_history_is_seen(engine: Engine) -> None:
    schema.migrate(engine)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE night_runs"))
        connection.execute(text("ALTER TABLE claims DROP COLUMN disputed"))
    with engine.connect() as connection:
        assert len(_differences(connection)) >= 2


def test_the_schema_goes_down_to_nothing_and_up_again(engine: Engine) -> None:
    schema.migrate(engine)
    schema.unmigrate(engine)
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
        assert schema.current_revision(connection) is None
    schema.migrate(engine)
    with engine.connect() as connection:
        assert _differences(connection) == []


def test_migrating_twice_changes_nothing(engine: Engine) -> None:
    schema.migrate(engine)
    schema.migrate(engine)
    schema.check_schema(engine)


def test_both_engines_have_the_same_columns(tmp_path: Path, postgres_database: str) -> None:
    found = []
    for url in (f"sqlite:///{tmp_path / 'x.db'}", postgres_database):
        engine = migration_engine(url)
        schema.migrate(engine)
        reflected = MetaData()
        reflected.reflect(engine)
        found.append({name: [(c.name, c.nullable) for c in t.columns] for name, t in reflected.tables.items()})
        engine.dispose()
    assert found[0] == found[1]


def test_an_older_program_refuses_a_newer_schema(empty_url: str, engine: Engine) -> None:
    schema.migrate(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    books = books_at(empty_url)
    for act in (books.check_schema, books.migrate):
        with pytest.raises(Misconfigured) as caught:
            act()
        assert (caught.value.code, caught.value.values["current"]) == ("schema_newer_than_program", "9999")
    books.close()


def test_a_schema_that_was_not_brought_up_says_what_to_run(empty_url: str, engine: Engine) -> None:
    books = books_at(empty_url)
    with pytest.raises(Misconfigured) as caught:
        books.check_schema()
    assert caught.value.code == "schema_not_migrated"
    schema.migrate(engine, "0001")
    with pytest.raises(Misconfigured) as caught:
        books.check_schema()
    assert caught.value.values == {"current": "0001", "expected": HEAD}
    schema.migrate(engine)
    books.check_schema()
    books.close()


def test_nothing_is_left_to_draft() -> None:
    body = draft().partition("def upgrade")[2]
    assert [line.strip() for line in body.splitlines() if line.startswith("    ")] == ["pass", "pass"]


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", "database_url_unreadable"),
        ("nonsense", "database_url_unreadable"),
        ("sqlite://", "database_not_supported"),
        ("mysql://u@h/d", "database_not_supported"),
    ],
)
def test_an_address_that_cannot_work_is_refused(url: str, code: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        books_at(url)
    assert caught.value.code == code
