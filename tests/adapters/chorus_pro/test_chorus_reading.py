"""What the sandbox reads in a document, with its own eyes."""

from collections.abc import Callable

import pytest

from adapters.chorus_pro.sandbox.invoice import Unreadable, read_invoice

MakePdf = Callable[..., bytes]


@pytest.mark.parametrize("deflated", [True, False])
def test_the_invoice_inside_the_pdf_is_read(make_pdf: MakePdf, deflated: bool) -> None:  # noqa: FBT001 - a parameter
    seen = read_invoice(make_pdf("F2026-0009", deflated=deflated, contract="M1", service="SRV", amount="12.34"))
    assert (seen.number, seen.amount_cents, seen.buyer_siret, seen.seller_siren) == (
        "F2026-0009",
        1234,
        "13000548100010",
        "732829320",
    )
    assert seen.business_key == "13000548100010|EJ2026001|M1|20260901-20261030"


def test_two_instalments_of_one_agreement_are_two_things(make_pdf: MakePdf) -> None:
    first = read_invoice(make_pdf(label="Formation « Excel » – échéance n° 1"))
    second = read_invoice(make_pdf(label="Formation « Excel » – échéance n° 2"))
    assert first.business_key != second.business_key


def test_a_credit_note_is_not_a_second_billing(make_pdf: MakePdf) -> None:
    invoice = read_invoice(make_pdf())
    credit = read_invoice(make_pdf("A1", type_code="381", origin="F2026-0001"))
    assert credit.business_key == f"credit:F2026-0001|{invoice.business_key}"


@pytest.mark.parametrize("amount", ["12.345", "douze", "NaN", "Infinity", "1e999999", ""])
def test_an_amount_that_cannot_be_read_is_no_zero(make_pdf: MakePdf, amount: str) -> None:
    with pytest.raises(Unreadable):
        read_invoice(make_pdf(amount=amount))


def test_an_xml_that_declares_entities_is_refused(make_pdf: MakePdf) -> None:
    bomb = make_pdf(deflated=False).replace(b"<rsm:Cross", b"<!DOCTYPE a [<!ENTITY b 'c'>]><rsm:Cross", 1)
    with pytest.raises(Unreadable):
        read_invoice(bomb)
