"""Good documents of every syntax pass every layer; what a layer could not do is told; a stuck file costs itself."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import facturx
import pytest

from billing.errors import Severity
from integrations.facturx.checking import CheckPool
from integrations.facturx.checking.arithmetic import amounts_of
from integrations.facturx.document import Document, Profile
from integrations.facturx.maker import Renderer
from integrations.facturx.page import PageMaker
from integrations.facturx.reading.source import open_source
from integrations.facturx.wording import sentence_keys
from integrations.facturx.xml import write_xml
from tests.integrations.facturx import documents as valid
from tests.integrations.facturx import hostile_files as hostile
from tests.integrations.facturx.ubl_files import write_ubl

IN_UBL = {name: case for name, case in valid.CASES.items() if case.profile is Profile.EN16931 and case.payee is None}


def test_every_case_passes_every_layer_as_pdf_and_as_bare_xml(renderer: Renderer, checks: CheckPool) -> None:
    files = [make(case) for make in (renderer.render, write_xml) for case in valid.CASES.values()]
    assert [checked.findings for checked in checks.check(files)] == [()] * len(files)


def test_every_case_that_ubl_can_say_passes_every_layer(checks: CheckPool) -> None:
    answers = list(checks.check([write_ubl(case) for case in IN_UBL.values()]))
    assert [checked.findings for checked in answers] == [()] * len(IN_UBL)
    assert {checked.syntax for checked in answers} == {"UBL Invoice", "UBL CreditNote"}


def test_a_file_that_the_official_package_wrapped_passes(checks: CheckPool) -> None:
    made = valid.document()
    file = facturx.generate_from_binary(
        PageMaker().make(made), write_xml(made), flavor="factur-x", level="en16931", check_schematron=False
    )
    (checked,) = checks.check([file])
    assert checked.findings == ()


def test_a_seller_abroad_is_not_judged_by_the_french_rules_and_that_is_told(checks: CheckPool) -> None:
    abroad = valid.seller(address=replace(valid.seller().address, country="BE"), legal="")
    (checked,) = checks.check([write_xml(valid.document(seller=abroad, notes=()))])
    assert checked.ok
    assert [(item.code, item.severity) for item in checked.findings] == [("french_rules_not_run", Severity.INFORMATION)]


def test_an_unknown_level_is_told_and_the_arithmetic_still_runs(checks: CheckPool) -> None:
    content = write_xml(valid.document()).replace(b"urn:cen.eu:en16931:2017<", b"urn:nobody:1<")
    (checked,) = checks.check([content.replace(b"<ram:ChargeAmount>24.5<", b"<ram:ChargeAmount>24.6<")])
    assert [item.code for item in checked.findings] == ["document_level_unknown", "document_line_amount_wrong"]


def test_the_price_of_several_pieces_is_divided(checks: CheckPool) -> None:
    content = write_xml(valid.document()).replace(
        b"<ram:ChargeAmount>24.5</ram:ChargeAmount>",
        b'<ram:ChargeAmount>245</ram:ChargeAmount><ram:BasisQuantity unitCode="HUR">10</ram:BasisQuantity>',
    )
    (checked,) = checks.check([content], with_document=True)
    assert checked.findings == ()
    assert checked.read is not None
    assert checked.read.document is not None
    assert checked.read.document.lines[0].unit_price == Decimal("24.5")


def test_answers_come_in_the_order_of_the_files() -> None:
    files = [write_xml(valid.document(number=f"FA-{rank}")) for rank in range(9)]
    with CheckPool(2) as pool:
        answers = list(pool.check([files[0], b"", *files[1:]], with_document=True))
    numbers = [item.read.document.number for item in answers if item.read and item.read.document]
    assert numbers == [f"FA-{rank}" for rank in range(9)]
    assert [item.code for item in answers[1].findings] == ["document_empty"]


def test_a_file_that_takes_too_long_is_given_up_and_the_next_one_is_checked() -> None:
    with CheckPool(1, seconds_max=0.001) as pool:
        (late,) = pool.check([write_xml(valid.document())])
        assert [item.code for item in late.findings] == ["check_too_long"]
        pool._seconds_max = 60
        (good,) = pool.check([write_xml(valid.document())])
    assert good.findings == ()


def test_a_file_that_takes_too_much_memory_is_given_up_and_the_next_one_is_checked() -> None:
    heavy = write_xml(valid.document()).replace(b"<ram:LineID>", b"<ram:LineID>" + b"9" * 55_000_000)
    with CheckPool(1, memory_max=100_000_000) as pool:
        (given_up,) = pool.check([heavy])
        assert [item.code for item in given_up.findings] in (["check_memory_exceeded"], ["check_process_died"])
        (next_one,) = pool.check([b""])
    assert [item.code for item in next_one.findings] == ["document_empty"]


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "document_empty"),
    "blanks": (lambda: b" \n", "document_empty"),
    "a picture named invoice": (hostile.picture, "document_of_another_kind"),
    "a cut PDF": (lambda: hostile.good_pdf()[:-700], "pdf_unreadable"),
    "half a PDF": (lambda: hostile.good_pdf()[:30_000], "pdf_unreadable"),
    "a page tree that holds itself": (hostile.page_tree_loop, "pdf_without_invoice"),
    "an object that is itself": (hostile.reference_to_itself, "pdf_unreadable"),
    "arrays in arrays": (hostile.nested_arrays, "pdf_unreadable"),
    "a million objects": (hostile.object_bomb, "pdf_without_invoice"),
    "two gigabytes of blanks": (hostile.zip_bomb, "pdf_too_complex"),
    "entities of entities": (hostile.billion_laughs, "document_has_doctype"),
    "an external entity": (lambda: hostile.external_entity(Path("/etc/hostname")), "document_has_doctype"),
    "five million elements": (hostile.many_lines, "document_too_complex"),
    "a hundred thousand levels": (hostile.deep, "document_xml_malformed"),
    "a cut XML": (lambda: write_xml(valid.document())[:-30], "document_xml_malformed"),
    "an encoding that is not the one told": (hostile.wrong_encoding, "document_encoding_wrong"),
    "a namespace that UBL does not have": (hostile.unknown_namespace, "document_not_an_invoice"),
    "a page of the web": (lambda: b"<!DOCTYPE html><html></html>", "document_of_another_kind"),
}


@pytest.mark.parametrize(("make", "code"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_file_gives_one_clear_finding(make: Callable[[], bytes], code: str, checks: CheckPool) -> None:
    (checked,) = checks.check([make()])
    assert [item.code for item in checked.findings] == [code]
    assert not checked.ok


def test_two_hundred_megabytes_are_not_even_read(tmp_path: Path, checks: CheckPool) -> None:
    path = tmp_path / "huge.pdf"
    with path.open("wb") as file:
        file.write(b"%PDF-1.7\n")
        file.truncate(200_000_000)
    (checked,) = checks.check([path])
    assert [(item.code, item.values["megabytes"]) for item in checked.findings] == [("document_file_too_large", 200)]


def test_what_is_not_a_file_is_told(tmp_path: Path, checks: CheckPool) -> None:
    answers = list(checks.check([tmp_path, tmp_path / "absent.pdf"]))
    assert [item.findings[0].code for item in answers] == ["document_not_a_file"] * 2


def test_a_document_with_two_vat_categories_at_one_rate_is_not_mixed_up() -> None:
    both = valid.CASES["exempt and taxed together"]
    assert amounts_of(open_source(write_xml(both)).raw()) == ()


def test_sentences_are_looked_for_from_the_variant_to_the_family(checks: CheckPool) -> None:
    wrong: Document = valid.document(notes=valid.document().notes[1:])
    (checked,) = checks.check([write_xml(wrong)])
    assert list(sentence_keys(checked.findings[0])) == [
        "BR-FR-05_BT-22_PMT", "BR-FR-05", "BR-FR", "BR",
    ]  # fmt: skip
