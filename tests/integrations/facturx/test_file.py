"""The file that leaves: PDF/A-3b, the XML inside as it was written, the same bytes, the text people read."""

import io
import threading

import facturx
import pikepdf
import pypdf
import pytest

from billing.errors import BrokenBooks
from integrations.facturx.document import Attachment, Document, Payment, Profile
from integrations.facturx.maker import Renderer
from integrations.facturx.page import PageMaker
from integrations.facturx.printing import unprintable
from integrations.facturx.wrap import wrap
from integrations.facturx.xml import write_xml
from tests.integrations.facturx import documents as valid
from tests.integrations.facturx.pdf_files import pages_text, troubles


@pytest.mark.parametrize("name", ["exempt training, hours × rate", "sixty learners on several pages"])
def test_the_page_and_the_wrapped_file_are_pdf_a(name: str, renderer: Renderer) -> None:
    made = valid.CASES[name]
    assert troubles(PageMaker().make(made)) == []
    assert troubles(renderer.render(made)) == []


def test_the_wrapped_file_says_that_it_is_factur_x(renderer: Renderer) -> None:
    with pikepdf.open(io.BytesIO(renderer.render(valid.document()))) as pdf:
        packet = pdf.Root.Metadata.read_bytes().decode()
        assert pdf.check_pdf_syntax() == []
        assert [str(item.AFRelationship) for item in pdf.Root.AF] == ["/Data"]
        (spec,) = pdf.attachments.values()
        assert spec.get_file().mime_type == "text/xml"
        assert len(bytes(next(iter(pdf.trailer.ID)))) == 16
    for told in (
        "<pdfaid:part>3</pdfaid:part>",
        "<pdfaid:conformance>B</pdfaid:conformance>",
        "<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>",
        "<fx:DocumentFileName>factur-x.xml</fx:DocumentFileName>",
        "<pdfaProperty:name>ConformanceLevel</pdfaProperty:name>",
    ):
        assert told in packet


def test_the_official_package_reads_back_the_very_xml(renderer: Renderer) -> None:
    made = valid.CASES["a third party pays, in EXTENDED"]
    name, xml = facturx.get_xml_from_pdf(renderer.render(made), check_xsd=True, check_schematron=False)
    assert (name, xml) == ("factur-x.xml", write_xml(made))


def test_attachments_travel_in_the_xml_and_in_the_readers_panel(renderer: Renderer) -> None:
    content = b"%PDF-1.7\x00\xff(certificat)"
    made = valid.document(attachments=(Attachment(name="certificat réalisation.pdf", content=content),))
    file = renderer.render(made)
    with pikepdf.open(io.BytesIO(file)) as pdf:
        assert pdf.attachments["certificat réalisation.pdf"].get_file().read_bytes() == content
        assert [str(item.AFRelationship) for item in pdf.Root.AF] == ["/Data", "/Supplement"]
    assert troubles(file) == []


def test_two_renderers_give_the_same_bytes() -> None:
    assert Renderer().render(valid.document()) == Renderer().render(valid.document())


def test_another_xml_gives_another_identity() -> None:
    page = PageMaker().make(valid.document())
    identities = set()
    for xml in (b"<a/>", b"<b/>"):
        file = wrap(page, xml, profile=Profile.EN16931, made_on=valid.ISSUE)
        identities.add(str(pypdf.PdfReader(io.BytesIO(file)).trailer["/ID"]))
    assert len(identities) == 2


@pytest.mark.parametrize(
    "page",
    [b"", b"%PDF-1.7\nhello", PageMaker().make(valid.document())[:-40]],
    ids=["empty", "no table", "cut"],
)
def test_a_page_that_is_not_ours_is_refused(page: bytes) -> None:
    with pytest.raises(BrokenBooks, match="page_layout_unknown"):
        wrap(page, b"<a/>", profile=Profile.EN16931, made_on=valid.ISSUE)


def test_a_wrapped_file_is_not_wrapped_twice(renderer: Renderer) -> None:
    with pytest.raises(BrokenBooks, match="page_layout_unknown"):
        wrap(renderer.render(valid.document()), b"<a/>", profile=Profile.EN16931, made_on=valid.ISSUE)


def test_the_page_says_what_to_pay_to_whom_by_when_and_under_which_reference(renderer: Renderer) -> None:
    text = pages_text(renderer.render(valid.document()))
    for told in (
        "Facture N° FA-2026-00001 du 02/03/2026",
        "À payer : 857,50 €, au plus tard le 01/04/2026",
        "À l’ordre de Institut des Métiers",
        "Par virement FR76 3000 6000 0112 3456 7890 189",
        "Référence à rappeler FA-2026-00001",
        "N° de dossier APC-0012345",
        "Stagiaire : DURAND Élodie",
        "35 h 24,50 € exonéré 857,50 €",
        "Exonération de TVA, art. 261, 4, 4° a du CGI",
        "indemnité forfaitaire pour frais de recouvrement : 40 €",
        "Pénalités de retard : 12,15 % par an",
        "cet enregistrement ne vaut pas agrément de l’État",
        "page 1 / 1",
    ):
        assert told in text


def test_the_text_order_is_the_order_in_which_people_read(renderer: Renderer) -> None:
    text = pages_text(renderer.render(valid.document()))
    order = [text.index(part) for part in ("Institut", "N° FA-2026", "Fonds de formation", "Désignation", "À payer")]
    assert order == sorted(order)


def test_a_credit_note_asks_for_nothing_and_cites_its_origin(renderer: Renderer) -> None:
    text = pages_text(renderer.render(valid.CASES["credit note citing its origin"]))
    assert "Avoir sur la facture FA-2026-00001 du 01/02/2026" in text
    assert "Montant de l’avoir 857,50 €" in text
    assert "À payer" not in text


def test_every_learner_of_a_long_list_is_printed_and_headers_come_again(renderer: Renderer) -> None:
    file = renderer.render(valid.CASES["sixty learners on several pages"])
    text = pages_text(file)
    assert len(pypdf.PdfReader(io.BytesIO(file)).pages) >= 2
    assert text.count("Désignation") >= 2
    assert "Stagiaires (60)" in text
    assert all(f"{index}. NOM{index:02d} Prénom" in text for index in range(1, 61))


def test_every_character_that_is_said_printable_has_a_glyph(renderer: Renderer) -> None:
    printable = [chr(code) for code in range(0x20, 0x3000) if not unprintable(chr(code))]
    assert len(printable) > 600
    name = "".join(printable)
    made = valid.document(buyer=valid.buyer(name=f"a{name}b"))
    assert b"fx:ConformanceLevel" in renderer.render(made)


def test_a_text_that_looks_like_markup_stays_a_text(renderer: Renderer) -> None:
    name = '#panic("non") <b>&amp; $x$ */ // \\u{41} [x] ]]> --'
    made = valid.document(buyer=valid.buyer(name=name))
    assert '#panic("non") <b>&amp; $x$ */ // \\u{41} [x] ]]> --' in pages_text(renderer.render(made))
    _, xml = facturx.get_xml_from_pdf(renderer.render(made), check_xsd=False, check_schematron=False)
    assert b"&lt;b&gt;&amp;amp;" in xml


def test_threads_share_a_renderer_without_mixing_pages(renderer: Renderer) -> None:
    made = [valid.document(number=f"FA-2026-{index:05d}", payment=Payment(iban=valid.IBAN)) for index in range(8)]
    expected = [renderer.render(item) for item in made]
    results: dict[int, bytes] = {}

    def work(index: int, item: Document) -> None:
        results[index] = renderer.render(item)

    threads = [threading.Thread(target=work, args=(index, item)) for index, item in enumerate(made)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [results[index] for index in range(8)] == expected


def test_a_preview_gives_one_picture_a_page(renderer: Renderer) -> None:
    pictures = renderer.pictures(valid.document())
    assert [picture[:8] for picture in pictures] == [b"\x89PNG\r\n\x1a\n"]
    assert len(renderer.pictures(valid.CASES["sixty learners on several pages"])) >= 2
