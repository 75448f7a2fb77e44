"""The page: every layout is an archive that reading machines follow, stays in its margins and says what it must."""

import io
import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import facturx
import pikepdf
import pypdf
import pytest
from PIL import Image, ImageChops

from integrations.facturx.document import Document, Party
from integrations.facturx.maker import Renderer
from integrations.facturx.page import PageMaker
from integrations.facturx.wrap import wrap
from integrations.facturx.xml import write_xml
from tests.integrations.facturx import documents as valid
from tests.integrations.facturx import page_layouts
from tests.integrations.facturx.page_layouts import LAYOUTS
from tests.integrations.facturx.pdf_files import pages_of, pages_text, troubles

layouts = pytest.mark.parametrize("made", LAYOUTS.values(), ids=LAYOUTS.keys())
# Across a provisional page stands a word that reaches the margins on purpose.
NUMBERED = {name: made for name, made in LAYOUTS.items() if made.number}
MARGIN_MM = 16  # the template's is 18
DOTS_PER_INCH = 50


@pytest.fixture(scope="module")
def pages() -> PageMaker:
    return PageMaker()


def told(made: Document) -> str:
    return pages_text(PageMaker().make(made))


@layouts
def test_every_page_is_an_archive_before_and_after_the_xml_is_in(made: Document, pages: PageMaker) -> None:
    page = pages.make(made)
    assert troubles(page) == []
    xml = write_xml(made)
    file = wrap(page, xml, profile=made.profile, made_on=made.issue_on)
    assert troubles(file) == []
    assert facturx.get_facturx_xml_from_pdf(file, check_xsd=False, check_schematron=False) == ("factur-x.xml", xml)


@layouts
def test_every_page_is_tagged_in_french_for_reading_machines(made: Document, pages: PageMaker) -> None:
    with pikepdf.open(io.BytesIO(pages.make(made))) as pdf:
        assert str(pdf.Root.Lang) == "fr-FR"
        assert bool(pdf.Root.MarkInfo.Marked)
        assert pdf.Root.StructTreeRoot is not None
        packet = pdf.Root.Metadata.read_bytes().decode()
    assert "<pdfuaid:part>1</pdfuaid:part>" in packet
    assert f"{made.number or 'PROVISOIRE'}</rdf:li>" in packet


@pytest.mark.parametrize("made", NUMBERED.values(), ids=NUMBERED.keys())
def test_nothing_is_printed_in_the_margins(made: Document, pages: PageMaker) -> None:
    for picture in pages.pictures(made, dots_per_inch=DOTS_PER_INCH):
        image = Image.open(io.BytesIO(picture)).convert("RGB")
        ink = ImageChops.difference(image, Image.new("RGB", image.size, "white")).getbbox()
        assert ink is not None
        margin = MARGIN_MM * DOTS_PER_INCH // 25.4
        assert ink[0] >= margin
        assert ink[2] <= image.width - margin
        assert ink[3] <= image.height - margin // 3


@layouts
def test_every_page_bears_the_number_and_its_rank(made: Document, pages: PageMaker) -> None:
    texts = pages_of(pages.make(made))
    for rank, text in enumerate(texts, start=1):
        assert (made.number or "PROVISOIRE") in text
        assert f"page {rank} / {len(texts)}" in text


def test_a_long_word_is_broken_without_a_trace_in_the_copied_text() -> None:
    page = PageMaker().make(LAYOUTS["the longest names, numbers and amounts"])
    with pikepdf.open(io.BytesIO(page)) as pdf:
        contents = [leaf.Contents.read_bytes() for leaf in pdf.pages]
    assert all(b"Tj" in content or b"TJ" in content for content in contents)
    assert not any(b"ActualText" in content for content in contents)  # by which a copied text differs from the glyphs
    text = pages_text(page)
    assert "D" * 45 in text.replace(" ", "")
    assert page_layouts.LONG_WORD in text.replace(" ", "")
    assert "1 200 000 000 000,00" not in text  # the amount is printed whole, on one line:
    assert "999 999 999 900,00 €" in text


def test_several_rates_a_discount_and_costs_are_told_in_the_order_of_the_sum() -> None:
    text = told(LAYOUTS["several rates, a discount and costs"])
    for part in (
        "Remise de fin d’année 20 % − 50,00 €",
        "Frais de déplacement 20 % 12,50 €",
        "Total des lignes HT 2 167,97 €",
        "Remises − 50,00 €",
        "Frais 12,50 €",
        "Total HT 2 130,47 €",
        "TVA (exonéré) sur 857,50 € 0,00 €",
        "TVA 5,5 % sur 59,97 € 3,30 €",
        "TVA 20 % sur 1 213,00 € 242,60 €",
        "Total TTC 2 376,37 €",
        "Net à payer 2 376,37 €",
        "TVA acquittée d’après les débits.",
        "Exonération de TVA, art. 261, 4, 4° a du CGI",
    ):
        assert part in text


def test_a_line_says_its_own_period_discount_and_place_in_the_order() -> None:
    text = told(LAYOUTS["a discount on the line, another period, a line of the order"])
    for part in ("Du 05/01/2026 au 09/01/2026", "Ligne 7 de la commande", "Remise de volume : − 40,00 €", "817,50 €"):
        assert part in text


def test_learners_with_several_lines_get_a_table_of_dossiers_hours_and_amounts() -> None:
    text = told(LAYOUTS["two lines for each learner"])
    assert "Stagiaires (3) Nom et prénom Dossier Heures Montant HT" in text
    assert "1. DURAND Élodie APC-1 35 h 896,00 €" in text
    assert "3. ÑANDÚ-LE GOFF Anne-Sophie APC-3 35 h 896,00 €" in text


def test_a_hundred_lines_repeat_their_header_on_each_page() -> None:
    texts = pages_of(PageMaker().make(LAYOUTS["a hundred lines"]))
    assert len(texts) >= 4
    with_lines = [text for text in texts if "Journée" in text]
    assert all("Désignation Quantité Prix unitaire HT TVA Montant HT" in text for text in with_lines)
    assert all(f"Journée {number} de" in " ".join(texts) for number in range(1, 101))


def test_five_hundred_learners_are_all_named_once() -> None:
    text = told(LAYOUTS["five hundred learners"])
    assert "500 stagiaires : voir la liste" in text
    assert all(text.count(f"NOM{index:03d} Prénom") == 1 for index in range(1, 501))


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("credit note citing its origin", ("Avoir N° AV-2026-00001", "rien à payer", "Avoir à déduire")),
        ("corrective invoice", ("Facture rectificative N°", "Annule et remplace la facture FA-2025-00009")),
        ("deposit", ("Facture d’acompte N°",)),
        ("final after a deposit", ("Acompte déjà facturé − 300,00 €", "FA-2025-00012 du 20/12/2025", "557,50 €")),
        ("final after two deposits", ("les factures FA-2025-00012 du 20/12/2025, FA-2026-00002 du 20/01/2026",)),
        ("already paid", ("Déjà payé − 857,50 €", "Net à payer 0,00 €", "Facture acquittée : rien à payer")),
        (
            "self-billed",
            ("Autofacturation Établie par Fonds de formation & des services au nom et pour le compte de Institut",),
        ),
        ("credit of a self-billed invoice", ("Avoir N°", "Autofacturation", "Avoir sur la facture FA-2026-00001")),
        (
            "a market: advance recovered, retention, two days of payment",
            (
                "Total TTC 857,50 € Reprise de l’avance − 200,00 € Pénalités de retard − 57,50 € Net à payer 600,00 €",
                "Le 01/04/2026 570,00 €",
                "Le 01/04/2027 30,00 € – Retenue de garantie",
            ),
        ),
        ("assigned", ("À l’ordre de Affactureur SA", "Créance cédée : seul Affactureur SA peut être payé.")),
        ("provisional", ("PROVISOIRE", "N° PROVISOIRE")),
        (
            "public buyer with engagement and service",
            (
                "N° d’engagement 4500123456",
                "Code service SERV-FORM",
                "Convention ou marché 2025-MARCHE-17",
                "Projet LOT-4 – Lot 4 – bureautique",
                "Pièces jointes : certificat.pdf",
                "Ligne 2 de la commande",
                "Niveau : 3",
            ),
        ),
    ],
)
def test_each_kind_has_its_own_words(name: str, parts: tuple[str, ...]) -> None:
    text = told(LAYOUTS[name])
    assert [part for part in parts if part not in text.replace("ADRESSÉE", "Adressée")] == []


def test_the_payee_and_the_third_party_that_pays_are_named_with_their_part() -> None:
    text = told(LAYOUTS["a factor and a third party that pays"]).upper()
    assert "PAIEMENT PRIS EN CHARGE PAR PAYEUR TIERS 1 PLACE DE LA BOURSE" in text
    assert "PAIEMENT À ADRESSER À AFFACTUREUR SA" in text


def test_a_general_note_is_printed_unless_its_parts_stand_elsewhere() -> None:
    text = told(page_layouts.note("Dossier APC-0012345 – Avenant signé le 3 mars"))
    assert "Avenant signé le 3 mars" in text
    assert "Dossier APC-0012345 – Avenant" not in text


def test_the_declaration_of_activity_is_printed_also_where_the_foot_does_not_hold_it() -> None:
    assert "ne vaut pas agrément" in told(valid.document(seller=valid.seller(legal="SAS au capital de 50 000 €")))


def test_legal_texts_too_long_for_the_foot_go_to_the_mentions(pages: PageMaker) -> None:
    legal = "Société par actions simplifiée, inscrite au registre du commerce. " * 20 + "Fin."
    made = valid.document(seller=valid.seller(legal=legal))
    assert "Fin." in told(made)
    test_nothing_is_printed_in_the_margins(made, pages)


def test_a_document_that_fits_one_page_is_composed_once_and_says_one_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    maker, calls = PageMaker(), []
    compose: Any = maker._compile  # counted: composing twice is what would be lost

    def counted(*given: Any, **named: Any) -> Any:
        calls.append(named.get("single"))
        return compose(*given, **named)

    monkeypatch.setattr(maker, "_compile", counted)
    assert "page 1 / 1" in pages_text(maker.make(valid.document()))
    assert calls == [True]
    tall = page_layouts.one(valid.line(description="long " * 1500))
    assert pages_text(maker.make(tall)).count("page 2 / 3") == 1
    assert calls == [True, True, None]


PROGRAM = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
from integrations.facturx.maker import Renderer
from tests.integrations.facturx.page_layouts import LAYOUTS
made = [LAYOUTS["sixty learners on several pages"], LAYOUTS["several rates, a discount and costs"]]
renderer = Renderer()
print(*(hashlib.sha256(renderer.render(item)).hexdigest() for item in made))
"""


@pytest.mark.parametrize(("seed", "zone"), [("1", "Asia/Tokyo"), ("4242", "America/Los_Angeles")])
def test_another_process_in_another_zone_gives_the_same_bytes(seed: str, zone: str, renderer: Renderer) -> None:
    names = ("sixty learners on several pages", "several rates, a discount and costs")
    ours = " ".join(sha256(renderer.render(LAYOUTS[name])).hexdigest() for name in names)
    environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C"}
    root = str(Path(__file__).parents[3])
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, root], env=environment, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == ours


@pytest.mark.parametrize("name", ["exempt training, hours × rate", "public buyer with engagement and service"])
def test_no_date_of_a_file_is_that_of_its_making(name: str, renderer: Renderer) -> None:
    file = renderer.render(LAYOUTS[name])
    with pikepdf.open(io.BytesIO(file)) as pdf:
        packet = pdf.Root.Metadata.read_bytes().decode()
    days = {item.decode() for item in re.findall(rb"\(?D:(\d{8})", file)}
    assert days == {"20260302"}
    assert set(re.findall(r"(\d{4}-\d\d-\d\d)T", packet)) == {"2026-03-02"}


def test_a_later_day_of_issue_is_another_file(renderer: Renderer) -> None:
    made = valid.document()
    later = replace(made, issue_on=date(2026, 3, 3))
    assert renderer.render(made) != renderer.render(later)


def test_a_party_without_numbers_or_contact_leaves_no_empty_line() -> None:
    made = valid.document(payee=Party(name="Affactureur SA"))
    reader = pypdf.PdfReader(io.BytesIO(PageMaker().make(made)))
    assert "Affactureur SA" in reader.pages[0].extract_text()
