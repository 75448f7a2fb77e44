"""An issued invoice in the archive: once by its SHA-256, with its XML inside, and a purge that leaves the proof."""

from hashlib import sha256

import facturx
import pytest

from integrations.database import Books
from integrations.facturx import Renderer
from integrations.facturx.xml import write_xml
from tests.integrations.facturx import documents as valid

NAME = "FA-2026-00001.pdf"


@pytest.fixture(scope="module")
def file() -> bytes:
    return Renderer().render(valid.document())


def stored(books: Books) -> list[tuple[str, str, int, bytes]]:
    with books.open_sql("org", "test", read_only=True) as uow:
        return [
            (digest, name, size, bytes(content))
            for digest, name, size, content in uow._transaction.read(
                "documents", "SELECT sha256, name, size, content FROM documents", ()
            )
        ]


def test_an_invoice_comes_back_as_it_left_with_its_xml(books: Books, file: bytes) -> None:
    with books.open_books("org", "test") as uow:
        digest = uow.store_document(file, "application/pdf", NAME)
        uow.commit()
    with books.open_books("org", "test", read_only=True) as uow:
        kept = uow.document(digest)
    assert digest == sha256(file).hexdigest()
    assert kept == file
    xml = write_xml(valid.document())
    assert facturx.get_facturx_xml_from_pdf(kept, check_xsd=False, check_schematron=False) == ("factur-x.xml", xml)


def test_rendering_and_storing_again_adds_and_changes_nothing(books: Books, file: bytes) -> None:
    with books.open_books("org", "test") as uow:
        digest = uow.store_document(file, "application/pdf", NAME)
        uow.commit()
    before = stored(books)
    with books.open_books("org", "test") as uow:
        assert uow.store_document(Renderer().render(valid.document()), "application/pdf", "copy.pdf") == digest
        uow.commit()
    assert stored(books) == before
    assert [row[:3] for row in before] == [(digest, NAME, len(file))]


def test_nothing_of_an_invoice_can_be_read_in_its_row(books: Books, file: bytes) -> None:
    with books.open_books("org", "test") as uow:
        uow.store_document(file, "application/pdf", NAME)
        uow.commit()
    ((_, _, _, content),) = stored(books)
    assert b"%PDF" not in content
    assert b"FA-2026" not in content


def test_destroying_the_key_keeps_the_row_and_the_hash_that_prove_what_was_sent(books: Books, file: bytes) -> None:
    with books.open_sql("org", "test") as uow:
        digest = uow.store_document(file, "application/pdf", NAME)
        uow.commit()
    before = stored(books)
    with books.open_sql("org", "test") as uow:
        assert uow.destroy_document_key(digest)
        uow.commit()
    assert stored(books) == before
    with books.open_sql("org", "test", read_only=True) as uow:
        assert uow.document(digest) is None
        assert uow._transaction.read("document_keys", "SELECT sha256 FROM document_keys", ()) == []
    assert sha256(Renderer().render(valid.document())).hexdigest() == digest  # what is shown again is provably the same
