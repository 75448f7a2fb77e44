"""A logo of unknown origin: printed when it is sound, refused with its reason when it is not."""

import io
import struct
import zlib
from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image

from billing.errors import Finding, InvalidInvoice
from integrations.facturx.logo import BYTES_MAX, LogoFolder, read_logo
from integrations.facturx.maker import FacturxDocuments, Renderer
from integrations.facturx.page import PageMaker
from tests.integrations.facturx import documents as valid
from tests.integrations.facturx.pdf_files import troubles
from tests.integrations.facturx.test_facts import facts

DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 10"><path fill="#145" d="M0 0h40v10z"/>%b</svg>'


def picture(mode: str = "RGB", kind: str = "PNG", size: tuple[int, int] = (120, 40), **options: object) -> bytes:
    stream = io.BytesIO()
    Image.new(mode, size, "gray" if mode == "RGB" else 90).save(stream, kind, **options)
    return stream.getvalue()


def png_of(width: int, height: int, packed: bytes) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def refusal(content: bytes) -> Finding:
    with pytest.raises(InvalidInvoice) as caught:
        read_logo(content)
    (finding,) = caught.value.findings
    assert finding.where == "Logo"
    return finding


SOUND = {
    "png": picture(),
    "png with transparency": picture("RGBA"),
    "png in grey": picture("L"),
    "png with a palette": picture("P"),
    "jpeg": picture(kind="JPEG"),
    "progressive jpeg in grey": picture("L", "JPEG", progressive=True),
    "drawing": DRAWING % b"",
    "drawing with a type and a program's own data": (
        b'<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/svg11.dtd">'
        + DRAWING % b'<metadata>x</metadata><view xmlns="http://program.example/"/>'
    ),
    "drawing with a shade": DRAWING % b'<defs><linearGradient id="a"><stop stop-color="red"/></linearGradient></defs>'
    b'<rect width="9" height="9" fill="url(#a)" opacity="0.5"/>',
}


@pytest.mark.parametrize("content", SOUND.values(), ids=SOUND.keys())
def test_a_sound_logo_is_printed_and_the_page_stays_an_archive(content: bytes) -> None:
    maker, made = PageMaker(), valid.document()
    page = maker.make(made, read_logo(content))
    assert troubles(page) == []
    assert b"Logo de Institut" in page or b"/Figure" in page
    assert maker.pictures(made, read_logo(content)) != maker.pictures(made)
    assert page == PageMaker().make(made, read_logo(content))


def test_a_logo_keeps_its_proportions_within_its_place() -> None:
    wide, high = read_logo(picture(size=(580, 58))), read_logo(picture(size=(100, 400)))
    assert (wide.width_mm, wide.height_mm) == (Decimal("58.00"), Decimal("5.80"))
    assert (high.width_mm, high.height_mm) == (Decimal("4.50"), Decimal("18.00"))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\x89PNG" + b"x" * BYTES_MAX, "logo_too_large"),
        (b"GIF89a", "logo_kind_unknown"),
        (b"", "logo_kind_unknown"),
        (b"<svg><path/></svg>", "logo_kind_unknown"),
        (picture()[:-20], "logo_broken"),
        (picture().replace(b"IDAT", b"IDAU"), "logo_broken"),
        (png_of(4, 4, b"not packed"), "logo_broken"),
        (png_of(4, 4, zlib.compress(b"\0" * 20)), "logo_broken"),
        (png_of(4, 4, zlib.compress(b"\0" * 200_000_000)), "logo_broken"),  # 200 MB in 200 kB
        (png_of(0, 4, zlib.compress(b"")), "logo_broken"),
        (png_of(100_000, 100_000, zlib.compress(b"")), "logo_too_many_pixels"),
        (picture(size=(2_500, 2_500)), "logo_too_many_pixels"),
        (picture(kind="JPEG")[:100], "logo_broken"),
        (b"\xff\xd8\xff\xe0\x00\x02\xff\xda\x00\x02" + b"\0" * 20 + b"\xff\xd9", "logo_broken"),
        (picture("CMYK", "JPEG"), "logo_in_cmyk"),
        (DRAWING % b"<script>1</script>", "logo_drawing_refused"),
        (DRAWING % b"<text>Institut</text>", "logo_drawing_refused"),
        (DRAWING % b'<image href="http://a.example/x.png"/>', "logo_drawing_refused"),
        (DRAWING % b'<use href="#a"/>', "logo_drawing_refused"),
        (DRAWING % b'<g onload="x()"/>', "logo_drawing_refused"),
        (DRAWING % b"<style>@import url(http://a.example/x)</style>", "logo_drawing_refused"),
        (DRAWING % b'<rect fill="url(http://a.example/#b)"/>', "logo_drawing_refused"),
        (b'<!DOCTYPE svg [<!ENTITY a "b">]>' + DRAWING % b"&a;", "logo_drawing_refused"),
        (DRAWING % (b"<g/>" * 3_000), "logo_too_complex"),
        (DRAWING % (b"<g>" * 400), "logo_broken"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>', "logo_without_size"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 nan 4"/>', "logo_without_size"),
    ],
)
def test_what_cannot_be_a_logo_is_refused_with_its_reason(content: bytes, code: str) -> None:
    assert refusal(content).code == code


def test_a_folder_gives_the_logo_of_each_organisation_and_sees_a_change(tmp_path: Path) -> None:
    folder = LogoFolder(tmp_path / "logos")
    assert folder.of("institut") is None
    (tmp_path / "logos").mkdir()
    file = tmp_path / "logos" / "institut.png"
    file.write_bytes(picture())
    first = folder.of("institut")
    assert first is not None
    assert folder.of("institut") is first
    assert folder.of("autre") is None
    assert folder.of("../logos/institut") is None
    file.write_bytes(picture(size=(80, 80)))
    assert folder.of("institut") != first


def test_an_invoice_bears_the_logo_of_its_organisation() -> None:
    renderer, logo = Renderer(), read_logo(picture())
    known = {facts().organisation.slug: logo}
    with_logo = FacturxDocuments(renderer, known.get).render(facts())
    assert with_logo != FacturxDocuments(renderer).render(facts())


def test_a_logo_that_cannot_be_printed_is_said_before_a_number_is_taken(tmp_path: Path) -> None:
    (tmp_path / f"{facts().organisation.slug}.svg").write_bytes(DRAWING % b"<text/>")
    documents = FacturxDocuments(Renderer(), LogoFolder(tmp_path).of)
    assert [finding.code for finding in documents.preflight(facts())] == ["logo_drawing_refused"]
