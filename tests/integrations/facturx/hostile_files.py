"""Files made to harm who opens them: loops, bombs, entities, false names. Each is small on disk."""

import io
import zlib
from pathlib import Path

import pikepdf

from integrations.facturx.maker import Renderer
from integrations.facturx.xml import write_xml
from tests.integrations.facturx import documents as valid


def good_pdf() -> bytes:
    return Renderer().render(valid.document())


def _objects(*objects: bytes, root: int = 1) -> bytes:
    """Write a classic PDF of these objects, numbered from one."""
    content, offsets = b"%PDF-1.7\n", []
    for number, item in enumerate(objects, start=1):
        offsets.append(len(content))
        content += b"%d 0 obj\n%b\nendobj\n" % (number, item)
    start = len(content)
    rows = b"".join(b"%010d 00000 n\r\n" % offset for offset in offsets)
    content += b"xref\n0 %d\n0000000000 65535 f\r\n%b" % (len(objects) + 1, rows)
    return content + b"trailer\n<</Size %d/Root %d 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, root, start)


def page_tree_loop() -> bytes:
    return _objects(
        b"<</Type/Catalog/Pages 2 0 R/Names 3 0 R>>",
        b"<</Type/Pages/Kids[2 0 R]/Count 1/Parent 2 0 R>>",
        b"<</EmbeddedFiles 3 0 R/Kids[3 0 R]>>",
    )


def reference_to_itself() -> bytes:
    return _objects(b"1 0 R", b"2 0 R")


def nested_arrays() -> bytes:
    return _objects(b"<</Type/Catalog/Pages " + b"[" * 200_000 + b"]" * 200_000 + b">>")


def object_bomb() -> bytes:
    """A million small objects in one object stream that packs into some kilobytes."""
    count = 1_000_000
    pairs = b" ".join(b"%d %d" % (number + 10, number * 2) for number in range(count))
    packed = zlib.compress(pairs + b"\n" + b"1 " * count, 9)
    header = b"<</Type/ObjStm/N %d/First %d/Filter/FlateDecode/Length %d>>\nstream\n" % (
        count,
        len(pairs) + 1,
        len(packed),
    )
    return _objects(b"<</Type/Catalog/AF[11 0 R]>>", header + packed + b"\nendstream")  # fmt: skip


def zip_bomb() -> bytes:
    """A Factur-X file whose XML unpacks to two gigabytes."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b" " * 10_000_000) for _ in range(200)) + packer.flush()
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(good_pdf())) as opened:
        spec = opened.Root.Names.EmbeddedFiles.Names[1]
        stream = pikepdf.Stream(opened, b"")
        stream.write(packed, filter=pikepdf.Name.FlateDecode)
        spec.EF.F = spec.EF.UF = opened.make_indirect(stream)
        opened.save(target, fix_metadata_version=False)
    return target.getvalue()


def billion_laughs() -> bytes:
    entities = "".join(f'<!ENTITY l{rank} "{f"&l{rank - 1};" * 10}">' for rank in range(1, 10))
    return f'<!DOCTYPE a [<!ENTITY l0 "ha">{entities}]><a>&l9;</a>'.encode()


def external_entity(path: Path) -> bytes:
    good = write_xml(valid.document())
    head, body = good.split(b"?>", 1)
    body = body.replace(b"FA-2026-00001", b"&secret;", 1)
    return head + b'?><!DOCTYPE a [<!ENTITY secret SYSTEM "file://' + str(path).encode() + b'">]>' + body


def many_lines() -> bytes:
    """A million lines, none of them closed as a line should be: forty megabytes."""
    good = write_xml(valid.document())
    line = good[good.index(b"<ram:IncludedSupply") : good.index(b"<ram:ApplicableHeaderTradeAgreement")]
    return good.replace(
        line, line[:40].split(b">")[0] + b">" + b"<ram:X/>" * 5_000_000 + b"</ram:IncludedSupplyChainTradeLineItem>"
    )


def deep() -> bytes:
    return b"<a>" * 100_000 + b"</a>" * 100_000


def unknown_namespace() -> bytes:
    return b'<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-3"><ID>1</ID></Invoice>'


def wrong_encoding() -> bytes:
    return write_xml(valid.document()).replace("É".encode(), b"\xc9")


def picture() -> bytes:
    return b"\x89PNG\r\n\x1a\n" + bytes(2_000)
