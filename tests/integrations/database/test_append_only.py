"""The database itself refuses to change or take away what is only ever added, and shows when it was made to."""

import sqlite3
from dataclasses import replace

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from billing.errors import BrokenBooks
from integrations.database import Books
from integrations.database.tables import APPEND_ONLY
from tests import builders as a
from tests.books import books_at

# ruff: noqa: S608 - the names in these statements are written below
COLUMN = {"allocations": "rule", "entries": "label", "entry_lines": "label", "journal": "actor"}


def fill(books: Books) -> None:
    with books.open_books("org", "test") as uow:
        uow.bank_accounts.add(a.a_bank_account())
        uow.bank_statements.add(a.a_bank_statement())
        uow.bank_lines.add(a.a_bank_line())
        uow.allocations.add(a.an_allocation(claim_id=None))
        uow.post(a.an_entry())
        for number in range(3):
            uow.record(type_="t", subject_kind="k", subject_id=str(number), effective_on=a.TODAY, payload={"n": number})
        uow.commit()


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("act", ["UPDATE", "DELETE"])
def test_a_row_is_neither_changed_nor_taken_away(books: Books, books_url: str, table: str, act: str) -> None:
    fill(books)
    engine = create_engine(books_url)
    sql = f"UPDATE {table} SET {COLUMN[table]} = 'x'" if act == "UPDATE" else f"DELETE FROM {table}"
    with engine.connect() as connection:
        assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() > 0
        with pytest.raises(DBAPIError, match="append_only"):
            connection.execute(text(sql))
    engine.dispose()


def test_the_journal_s_chain_holds(books: Books) -> None:
    fill(books)
    fill_again = replace(a.an_entry(), id="e2", subject_id="2")
    with books.open_sql("org", "test") as uow:
        uow.post(fill_again)
        uow.record(type_="t", subject_kind="k", subject_id="é", effective_on=a.TODAY, payload={"label": "é"})
        uow.commit()
        assert uow.verify_journal() == 4


@pytest.mark.parametrize(
    ("sql", "first_wrong"),
    [
        ("UPDATE journal SET payload = '{\"n\":9}' WHERE sequence = 2", 2),
        ("DELETE FROM journal WHERE sequence = 2", 2),
        ("DELETE FROM journal WHERE sequence = 3", 3),
        ("UPDATE journal SET actor = 'somebody' WHERE sequence = 1", 1),
    ],
)
def test_a_journal_changed_outside_is_found_out(sqlite_books_url: str, sql: str, first_wrong: int) -> None:
    books = books_at(sqlite_books_url)
    fill(books)
    with sqlite3.connect(sqlite_books_url.removeprefix("sqlite:///")) as connection:
        connection.execute("DROP TRIGGER journal_refuses_update")
        connection.execute("DROP TRIGGER journal_refuses_delete")
        connection.execute(sql)
    connection.close()
    with books.open_sql("org", "test") as uow, pytest.raises(BrokenBooks) as caught:
        uow.verify_journal()
    books.close()
    assert (caught.value.code, caught.value.values["sequence"]) == ("journal_chain_broken", first_wrong)
