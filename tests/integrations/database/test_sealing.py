"""What is sensitive cannot be read in the file, moved, or opened without its key."""

import sqlite3
from pathlib import Path

import pytest

from billing.errors import BrokenBooks, Misconfigured
from billing.identity import Nir
from integrations.database import Books, Keyring
from tests import builders as a
from tests.books import KEYRING, NOW, books_at

IBAN = "FR7630006000011234567890189"
NIR = "255081416802538"


def file_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def raw(url: str, sql: str, *values: object) -> list[tuple[object, ...]]:
    with sqlite3.connect(file_of(url)) as connection:
        rows = connection.execute(sql, values).fetchall()
    connection.close()
    return rows


@pytest.fixture
def filled(sqlite_books_url: str) -> str:
    books = books_at(sqlite_books_url)
    with books.open_books("org", "test") as uow:
        uow.bank_accounts.add(a.a_bank_account(IBAN))
        uow.learners.add(a.a_learner(nir=Nir(NIR)), a.a_learner("APP2", nir=None))
        uow.store_document(b"the content of a signed certificate " * 50, "text/plain", "c.txt")
        uow.commit()
    books.close()
    return sqlite_books_url


def test_nothing_sensitive_can_be_read_in_the_file(filled: str) -> None:
    content = file_of(filled).read_bytes()
    assert b"APP1" in content  # the test looks at the right file
    for secret in (IBAN, IBAN[4:20], NIR, "signed certificate"):
        assert secret.encode() not in content


def test_sealing_twice_gives_different_bytes_and_the_same_digest(filled: str) -> None:
    books = books_at(filled)
    first = raw(filled, "SELECT iban, iban_digest FROM bank_accounts")[0]
    with books.open_books("org", "test") as uow:
        uow.bank_accounts.put(*uow.bank_accounts.find())
        uow.commit()
    books.close()
    second = raw(filled, "SELECT iban, iban_digest FROM bank_accounts")[0]
    assert first[0] != second[0]
    assert first[1] == second[1]


def test_a_sealed_value_moved_to_another_row_does_not_open(filled: str) -> None:
    raw(filled, "UPDATE learners SET nir = (SELECT nir FROM learners WHERE code = 'APP1') WHERE code = 'APP2'")
    books = books_at(filled)
    with books.open_books("org", "test", read_only=True) as uow, pytest.raises(BrokenBooks) as caught:
        uow.learners.find(code="APP2")
    books.close()
    assert caught.value.code == "seal_broken"


def test_a_value_sealed_for_one_place_opens_there_only() -> None:
    sealed = KEYRING.seal(b"secret", "t.c|org|1")
    assert KEYRING.unseal(sealed, "t.c|org|1") == b"secret"
    for place in ("t.c|org|2", "t.c|other|1", "t.d|org|1"):
        with pytest.raises(BrokenBooks):
            KEYRING.unseal(sealed, place)


def test_a_new_key_seals_and_the_old_one_still_opens() -> None:
    sealed = KEYRING.seal(b"secret", "p")
    renewed = KEYRING.with_new_key()
    assert renewed.unseal(sealed, "p") == b"secret"
    again = renewed.seal(b"secret", "p")
    assert renewed.unseal(again, "p") == b"secret"
    with pytest.raises(Misconfigured) as caught:
        KEYRING.unseal(again, "p")
    assert caught.value.code == "sealed_with_unknown_key"
    assert renewed.digest("org", "x") == KEYRING.digest("org", "x")


def test_digests_of_two_organisations_differ() -> None:
    assert KEYRING.digest("one", IBAN) != KEYRING.digest("two", IBAN)


def test_a_keyring_is_read_back_as_it_was_written_and_never_shown() -> None:
    ring = Keyring.generate().with_new_key()
    assert Keyring.load(ring.dump()) == ring
    assert repr(ring) == "Keyring(2 keys)"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "quitus-keyring 2\n",
        "quitus-keyring 1\n",
        "quitus-keyring 1\ndigest:AAAA\n00000001:AAAA\n",
        "quitus-keyring 1\nx:é\n",
    ],
)
def test_a_text_that_is_no_keyring_is_refused(text: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        Keyring.load(text)
    assert caught.value.code == "keyring_unreadable"


def test_the_books_do_not_open_with_another_keyring(filled: str) -> None:
    books = Books(filled, Keyring.generate(), now=lambda: NOW)
    with books.open_books("org", "test", read_only=True) as uow, pytest.raises(Misconfigured):
        uow.bank_accounts.find()
    books.close()


def test_destroying_a_document_s_key_purges_the_content_and_keeps_the_hash(books: Books) -> None:
    with books.open_sql("org", "test") as uow:
        digest = uow.store_document(b"content", "text/plain", "x.txt")
        uow.commit()
        assert uow.destroy_document_key(digest)
        uow.commit()
        assert uow.document(digest) is None
        assert not uow.destroy_document_key(digest)
        rows = uow._transaction.read("documents", "SELECT sha256 FROM documents", ())
        assert [row[0] for row in rows] == [digest]
        assert uow.store_document(b"content", "text/plain", "x.txt") == digest
        assert uow.document(digest) == b"content"


def test_a_document_beyond_the_limit_is_refused(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.database.documents.DOCUMENT_BYTES_MAX", 10)
    with books.open_books("org", "test") as uow, pytest.raises(Exception, match="document_too_large"):
        uow.store_document(b"x" * 11, "text/plain", "x.txt")
