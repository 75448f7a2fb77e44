"""What is written is read back; what the model has no place for is listed; what cannot be read is a finding."""

from dataclasses import replace

import pytest

from billing.errors import InvalidInput
from integrations.facturx.document import Document, Process
from integrations.facturx.maker import Renderer
from integrations.facturx.reading import read_document
from integrations.facturx.reading.safe_xml import parse
from integrations.facturx.xml import write_xml
from tests.integrations.facturx import documents as valid
from tests.integrations.facturx.test_checking import IN_UBL
from tests.integrations.facturx.ubl_files import write_ubl

cases = pytest.mark.parametrize("made", valid.CASES.values(), ids=valid.CASES.keys())


def carried(document: Document) -> Document:
    """Leave out what a document prints for people and its XML does not carry."""
    return replace(
        document,
        learners=(),
        references=replace(document.references, training=""),
        lines=tuple(replace(line, learners=()) for line in document.lines),
        payer=replace(document.payer, legal="") if document.payer else None,
    )


@cases
def test_our_xml_read_back_is_the_document(made: Document) -> None:
    read = read_document(write_xml(made))
    assert read.document == carried(made)
    assert (read.unread, read.findings) == ((), ())


def test_a_factur_x_file_read_back_is_the_document(renderer: Renderer) -> None:
    made = valid.CASES["a third party pays, in EXTENDED"]
    read = read_document(renderer.render(made))
    assert read.document == carried(made)
    assert (read.syntax, read.level) == ("CII", "EXTENDED")


@pytest.mark.parametrize("made", IN_UBL.values(), ids=IN_UBL.keys())
def test_a_ubl_read_is_the_document(made: Document) -> None:
    told = carried(made)
    expected = replace(
        told,
        vat_due_code="",
        attachments=(),
        references=replace(told.references, project="", project_name=""),
        lines=tuple(replace(line, order_line="", attributes=()) for line in told.lines),
    )  # what our UBL of the tests does not say
    read = read_document(write_ubl(made))
    assert read.document == expected
    assert read.unread == ()


def test_what_the_model_has_no_place_for_is_listed() -> None:
    content = write_xml(valid.document()).replace(
        b"<ram:InvoiceCurrencyCode>", b"<ram:TaxCurrencyCode>USD</ram:TaxCurrencyCode><ram:InvoiceCurrencyCode>"
    )
    content = content.replace(b">S1</ram:ID>", b">B7</ram:ID>")
    read = read_document(content)
    assert read.document is not None
    assert read.document.process is Process.SERVICES
    assert set(read.unread) == {
        ("SupplyChainTradeTransaction/ApplicableHeaderTradeSettlement/TaxCurrencyCode", "USD"),
        ("BT-23", "B7"),
    }


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("<ram:DuePayableAmount>857.50<", "<ram:DuePayableAmount>857,50<", "document_amount_unreadable"),
        ("<ram:DuePayableAmount>857.50<", "<ram:DuePayableAmount>857.505<", "document_amount_unreadable"),
        ("<ram:DuePayableAmount>857.50<", "<ram:DuePayableAmount>8E2<", "document_amount_unreadable"),
        (">20260302<", ">20260230<", "document_day_unreadable"),
        ("<ram:TypeCode>380<", "<ram:TypeCode>751<", "document_type_unsupported"),
        ("<ram:InvoiceCurrencyCode>EUR<", "<ram:InvoiceCurrencyCode>USD<", "document_currency_unsupported"),
        (">E</ram:CategoryCode>", ">L</ram:CategoryCode>", "document_vat_category_unsupported"),
    ],
)
def test_what_cannot_be_read_is_a_finding_and_never_zero(old: str, new: str, code: str) -> None:
    content = write_xml(valid.document()).replace(old.encode(), new.encode())
    read = read_document(content)
    assert read.document is None
    assert {finding.code for finding in read.findings} == {code}


def test_what_is_no_invoice_is_refused() -> None:
    with pytest.raises(InvalidInput, match="document_not_an_invoice"):
        read_document(b"<Document/>")


def test_a_fault_of_one_document_is_not_told_of_the_next() -> None:
    """The error that lxml raises keeps the log of every earlier document of the process."""
    with pytest.raises(InvalidInput) as wrong:
        parse(b'<?xml version="1.0" encoding="utf-8"?><a>\xe9\xe9\xff</a>')
    with pytest.raises(InvalidInput) as broken:
        parse(b"<a><b></a>")
    assert (wrong.value.code, broken.value.code) == ("document_encoding_wrong", "document_xml_malformed")
