"""The organisation's logo: a PNG, a JPEG or an SVG of unknown origin, made safe once.

Whatever it was, the page gets an SVG text: a picture inside one, or drawings alone. Refused: what is heavy, holds
scripts, links or texts (their fonts would be missing), is broken, or is in CMYK (PDF/A wants one colour space).
"""

import base64
import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path

from lxml import etree

from billing.errors import Finding, InvalidInvoice

BYTES_MAX = 300_000
"""It travels in every invoice."""
SIDE_MAX = 4_000
PIXELS_MAX = 4_000_000
ELEMENTS_MAX = 2_000
WIDTH_MAX_MM, HEIGHT_MAX_MM = Decimal(58), Decimal(18)
SUFFIXES = (".svg", ".png", ".jpg", ".jpeg")

_SVG = "{http://www.w3.org/2000/svg}"
_HREFS = ("href", "{http://www.w3.org/1999/xlink}href")
_DRAWN = frozenset(
    (
        "svg",
        "g",
        "path",
        "rect",
        "circle",
        "ellipse",
        "line",
        "polyline",
        "polygon",
        "defs",
        "linearGradient",
        "radialGradient",
        "stop",
        "clipPath",
        "title",
        "desc",
        "metadata",
        "style",
    )
)
_FOREIGN = re.compile(r"url\(\s*['\"]?(?!#)|@import|expression\(|javascript:", re.IGNORECASE)
_LENGTH = re.compile(r"\s*([0-9]*\.?[0-9]+)\s*(px|pt|mm|cm|in|pc)?\s*")
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_RGB_OR_GREY = frozenset({1, 3})


@dataclass(frozen=True, slots=True)
class Logo:
    """What the page prints, and its size in millimetres."""

    svg: str
    width_mm: Decimal
    height_mm: Decimal


def read_logo(content: bytes) -> Logo:
    """Make a logo safe to print.

    Raises:
        InvalidInvoice: it is too large, broken, of another kind, or holds what a page must not; its finding says it.
    """
    if len(content) > BYTES_MAX:
        raise _refused(
            Finding(
                code="logo_too_large", values={"kilobytes": len(content) // 1000, "kilobytes_max": BYTES_MAX // 1000}
            )
        )
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return _picture(content, "png", *_sides_of_png(content))
    if content.startswith(b"\xff\xd8\xff"):
        return _picture(content, "jpeg", *_sides_of_jpeg(content))
    if b"<svg" in content[:4_096]:
        return _drawing(content)
    raise _refused(Finding(code="logo_kind_unknown"))


class LogoFolder:
    """Finds the logo of each organisation in a folder, by its short name; reads a file again when it changes."""

    def __init__(self, folder: Path) -> None:
        """Look for `<slug>.svg`, `.png`, `.jpg` or `.jpeg` in that folder, which may be missing."""
        self._folder = folder
        self._read: dict[str, tuple[object, Logo]] = {}

    def of(self, slug: str) -> Logo | None:
        """Give the logo of an organisation; None when it has none.

        Raises:
            InvalidInvoice: the file cannot be a logo; its finding says why.
        """
        if Path(slug).name != slug:
            return None
        for suffix in SUFFIXES:
            file = self._folder / f"{slug}{suffix}"
            try:
                state = file.stat()
            except OSError:
                continue
            stamp = (suffix, state.st_size, state.st_mtime_ns)
            known = self._read.get(slug)
            if known is None or known[0] != stamp:
                with file.open("rb") as stream:
                    known = (stamp, read_logo(stream.read(BYTES_MAX + 1)))
                self._read[slug] = known
            return known[1]
        return None


LogoOf = Callable[[str], Logo | None]


def _refused(finding: Finding) -> InvalidInvoice:
    return InvalidInvoice("invoice_logo_refused", (replace(finding, where="Logo"),), count=1)


def _picture(content: bytes, kind: str, width: int, height: int) -> Logo:
    data = base64.b64encode(content).decode("ascii")
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" href="data:image/{kind};base64,{data}"/></svg>'
    )
    return _sized(svg, Decimal(width), Decimal(height))


def _sized(svg: str, width: Decimal, height: Decimal) -> Logo:
    scale = min(WIDTH_MAX_MM / width, HEIGHT_MAX_MM / height)
    hundredth = Decimal("0.01")
    return Logo(
        svg, max(hundredth, (width * scale).quantize(hundredth)), max(hundredth, (height * scale).quantize(hundredth))
    )


def _bounded(width: int, height: int) -> tuple[int, int]:
    if not width or not height:
        raise _refused(Finding(code="logo_broken"))
    if max(width, height) > SIDE_MAX or width * height > PIXELS_MAX:
        raise _refused(
            Finding(code="logo_too_many_pixels", values={"width": width, "height": height, "side_max": SIDE_MAX})
        )
    return width, height


def _sides_of_png(content: bytes) -> tuple[int, int]:
    """Read every chunk with its checksum, and unpack the picture to its exact size (PNG, ISO 15948)."""
    place, packed, header, ended = 8, [], b"", False
    while not ended and place + 12 <= len(content):
        (length,) = struct.unpack_from(">I", content, place)
        kind, data = content[place + 4 : place + 8], content[place + 8 : place + 8 + length]
        checksum = content[place + 8 + length : place + 12 + length]
        if checksum != zlib.crc32(kind + data).to_bytes(4, "big"):
            raise _refused(Finding(code="logo_broken"))
        header = data if kind == b"IHDR" else header
        if kind == b"IDAT":
            packed.append(data)
        ended = kind == b"IEND"
        place += length + 12
    if len(header) != 13 or not ended:  # noqa: PLR2004 - the length of IHDR
        raise _refused(Finding(code="logo_broken"))
    width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", header)
    width, height = _bounded(width, height)
    if colour not in _CHANNELS:
        raise _refused(Finding(code="logo_broken"))
    row = (width * _CHANNELS[colour] * depth + 7) // 8 + 1
    most = row * height + (8 * height + width if interlace else 0)
    unpacker = zlib.decompressobj()
    try:
        size = len(unpacker.decompress(b"".join(packed), most + 1))
    except zlib.error as error:
        raise _refused(Finding(code="logo_broken")) from error
    if size > most or (size != row * height and not interlace):
        raise _refused(Finding(code="logo_broken"))
    return width, height


def _sides_of_jpeg(content: bytes) -> tuple[int, int]:
    """Walk the segments to the frame header (ISO 10918-1 §B.2); the file must end as it should."""
    if b"\xff\xd9" not in content[-64:]:
        raise _refused(Finding(code="logo_broken"))
    place = 2
    while place + 10 <= len(content) and content[place] == 0xFF:  # noqa: PLR2004 - a marker
        marker, (length,) = content[place + 1], struct.unpack_from(">H", content, place + 2)
        if marker in {0xC0, 0xC1, 0xC2}:
            _, height, width, components = struct.unpack_from(">BHHB", content, place + 4)
            if components not in _RGB_OR_GREY:
                raise _refused(Finding(code="logo_in_cmyk"))
            return _bounded(width, height)
        if marker == 0xDA:  # noqa: PLR2004 - the picture begins without a frame
            break
        place += 2 + length
    raise _refused(Finding(code="logo_broken"))


def _drawing(content: bytes) -> Logo:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    if b"<!ENTITY" in content:
        raise _refused(Finding(code="logo_drawing_refused", values={"what": "ENTITY"}))
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _refused(Finding(code="logo_broken")) from error
    for count, element in enumerate(root.iter()):
        if count >= ELEMENTS_MAX:
            raise _refused(Finding(code="logo_too_complex", values={"maximum": ELEMENTS_MAX}))
        _check_element(element)
    if root.tag != f"{_SVG}svg":
        raise _refused(Finding(code="logo_kind_unknown"))
    for element in list(root.iter()):  # what drawing programs leave of their own
        parent = element.getparent()
        if parent is not None and (element.tag == f"{_SVG}metadata" or not str(element.tag).startswith(_SVG)):
            parent.remove(element)
    width, height = _sides_of_svg(root)
    return _sized(etree.tostring(root, encoding="unicode", with_tail=False), width, height)


def _check_element(element: etree._Element) -> None:
    name = element.tag if isinstance(element.tag, str) else "&"
    if name.startswith(_SVG) and name.removeprefix(_SVG) not in _DRAWN:
        raise _refused(Finding(code="logo_drawing_refused", values={"what": name.removeprefix(_SVG)[:40]}))
    if name == "&":
        raise _refused(Finding(code="logo_drawing_refused", values={"what": "ENTITY"}))
    for key, value in element.attrib.items():
        told = str(key)
        linked = told in _HREFS and not str(value).startswith("#")
        if linked or told.startswith("on") or _FOREIGN.search(str(value)):
            raise _refused(Finding(code="logo_drawing_refused", values={"what": told.rpartition("}")[2][:40]}))
    if _FOREIGN.search(element.text or ""):
        raise _refused(Finding(code="logo_drawing_refused", values={"what": "style"}))


def _sides_of_svg(root: etree._Element) -> tuple[Decimal, Decimal]:
    """Read the proportions from `viewBox`, else from `width` and `height`."""
    box = re.split(r"[\s,]+", root.get("viewBox", "").strip())
    texts = box[2:] if len(box) == 4 else [root.get("width", ""), root.get("height", "")]  # noqa: PLR2004 - x, y, width, height
    sides = []
    for text in texts:
        match = _LENGTH.fullmatch(text)
        try:
            sides.append(Decimal(match.group(1)) if match else Decimal(0))
        except InvalidOperation:
            sides.append(Decimal(0))
    width, height = sides
    if not 0 < width <= SIDE_MAX * 10 or not 0 < height <= SIDE_MAX * 10:
        raise _refused(Finding(code="logo_without_size"))
    return width, height
