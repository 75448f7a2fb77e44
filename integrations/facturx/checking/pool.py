"""Spawned processes that check documents: started once for many files, bounded in time and memory, killed when stuck.

The caller's process never opens a file of unknown origin, and never runs the rule engine. A file that takes too
long, or too much memory, costs its process: another one starts, the next file is checked as if nothing had been.
"""

import contextlib
import multiprocessing
import os
import resource
import signal
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from billing.errors import Finding, InvalidInput, Severity
from integrations.facturx.reading import ReadDocument
from integrations.facturx.reading.limits import FILE_SIZE_MAX

SECONDS_MAX = 30
"""For one file, the compilation of its rule books included; measured: 2 s at the first, 0.1 s afterwards."""
START_SECONDS_MAX = 60
"""For a process to be ready; measured: under one second."""
MEMORY_MAX = 1_500_000_000
"""Bytes of data of one process (RLIMIT_DATA: the engine reserves tens of gigabytes of addresses that it never
uses, so that their number cannot be bounded); measured: 0.3 GB with every rule book compiled."""
FILES_PER_PROCESS = 2_000
"""Files after which a process is replaced, so that what its libraries keep never adds up."""
PROCESSES_MAX = 8
FILES_WORTH_A_PROCESS = 4
"""Files that wait for each process that is started: making one costs as much as checking ten."""

Told = tuple[str, str, str, dict[str, Any]]
"""A finding as plain values: code, place, severity, values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What became of one file.

    Attributes:
        sha256: of its bytes; empty when they were not read.
        kind: `pdf`, `xml`, or empty when it could not be read.
        syntax, level: what the document says that it is; empty when unknown.
        read: the document in the common model, when it was asked for and the file could be read.
    """

    sha256: str
    kind: str
    syntax: str
    level: str
    findings: tuple[Finding, ...]
    read: ReadDocument | None = None

    @property
    def ok(self) -> bool:
        """Nothing is wrong; warnings and information may stand."""
        return all(finding.severity is not Severity.ERROR for finding in self.findings)


@dataclass(slots=True, kw_only=True)
class _Worker:
    process: multiprocessing.process.BaseProcess
    pipe: Connection
    ready: bool = False
    done: int = 0
    index: int | None = None
    since: float = 0.0

    def remaining(self, now: float, seconds_max: float) -> float:
        allowed = seconds_max if self.ready else START_SECONDS_MAX
        return self.since + allowed - now


class CheckPool:
    """Checks files; a context manager owns it. For one thread at a time."""

    def __init__(
        self, processes: int | None = None, *, seconds_max: float = SECONDS_MAX, memory_max: int = MEMORY_MAX
    ) -> None:
        """Start nothing yet.

        Args:
            processes: at most so many; None = one a core.
            seconds_max: for one file.
            memory_max: bytes for one process.
        """
        self._processes = max(1, min(processes or os.cpu_count() or 1, PROCESSES_MAX))
        self._seconds_max = seconds_max
        self._memory_max = memory_max
        self._workers: list[_Worker] = []

    def __enter__(self) -> Self:
        """Return itself: processes start when there are files."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the processes."""
        self.close()

    def close(self) -> None:
        """End the processes; the next check starts others."""
        for worker in self._workers:
            _end(worker)
        self._workers = []

    def check(self, files: Iterable[Path | bytes], *, with_document: bool = False) -> Iterator[Checked]:
        """Check files, several at once; the answers come in the order of the files.

        Args:
            files: paths (read by the processes) or contents.
            with_document: also give each document in the common model.
        """
        waiting = list(files)
        answers: dict[int, Checked] = {}
        given = told = 0
        wanted = min(self._processes, -(-len(waiting) // FILES_WORTH_A_PROCESS))
        try:
            while told < len(waiting):
                while len(self._workers) < wanted:
                    self._workers.append(_start(self._memory_max))
                for worker in self._workers:
                    if worker.index is None and given < len(waiting):
                        self._give(worker, given, waiting[given], with_document=with_document)
                        given += 1
                answers.update(self._collect(waiting))
                while told in answers:
                    yield answers.pop(told)
                    told += 1
        finally:
            if any(worker.index is not None for worker in self._workers):
                self.close()  # the caller left early: what the processes still do is nobody's

    def _give(self, worker: _Worker, index: int, file: Path | bytes, *, with_document: bool) -> None:
        worker.index, worker.since = index, time.monotonic()
        with contextlib.suppress(OSError, ValueError):  # it is dead: `_collect` sees it, and says so of this file
            worker.pipe.send((file, with_document))

    def _collect(self, files: list[Path | bytes]) -> list[tuple[int, Checked]]:
        """Wait for the next answers, and replace what died or is late."""
        busy = [worker for worker in self._workers if worker.index is not None]
        now = time.monotonic()
        patience = max(0.0, min(worker.remaining(now, self._seconds_max) for worker in busy))
        ready = wait([worker.pipe for worker in busy], timeout=patience)
        found = []
        now = time.monotonic()
        for worker in busy:
            index = worker.index if worker.index is not None else -1
            if worker.pipe in ready:
                answer = _receive(worker)
                if answer is None:
                    code = "check_process_died" if worker.ready else "check_process_failed"
                    found.append((index, _failed(files[index], code)))
                    self._replace(worker)
                elif isinstance(answer, Checked):
                    worker.index = None
                    worker.done += 1
                    found.append((index, answer))
                    if worker.done >= FILES_PER_PROCESS or any(
                        item.code == "check_memory_exceeded" for item in answer.findings
                    ):
                        self._replace(worker)
                else:
                    worker.ready, worker.since = True, now
            elif worker.remaining(now, self._seconds_max) <= 0:
                found.append((index, _failed(files[index], "check_too_long", seconds=round(self._seconds_max))))
                self._replace(worker)
        return found

    def _replace(self, worker: _Worker) -> None:
        _end(worker)
        self._workers.remove(worker)


def _start(memory_max: int) -> _Worker:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, memory_max), daemon=True, name="invoice-check")
    process.start()
    theirs.close()
    return _Worker(process=process, pipe=ours, since=time.monotonic())


def _end(worker: _Worker) -> None:
    worker.process.kill()  # it holds nothing, and the engine hangs when it ends by itself
    worker.process.join()
    worker.process.close()
    worker.pipe.close()


def _failed(file: Path | bytes, code: str, **values: int) -> Checked:
    digest = sha256(file).hexdigest() if isinstance(file, bytes) else ""
    return Checked(
        sha256=digest, kind="", syntax="", level="", findings=(Finding(code=code, values={"seconds": 0, **values}),)
    )


def _receive(worker: _Worker) -> Checked | str | None:
    """Read one message: an answer, the word that the process is ready, or None when it is dead."""
    try:
        message = worker.pipe.recv()
    except (EOFError, OSError):
        return None
    if isinstance(message, str):
        return message
    digest, kind, syntax, level, told, read = message
    findings = tuple(
        Finding(code=code, where=where, severity=Severity(severity), values=values)
        for code, where, severity, values in told
    )
    return Checked(sha256=digest, kind=kind, syntax=syntax, level=level, findings=findings, read=read)


# --- in the process ----------------------------------------------------------------------------------------------


def _serve(pipe: Connection, memory_max: int) -> None:
    """Answer until the other side goes away; runs in the spawned process alone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    resource.setrlimit(resource.RLIMIT_DATA, (memory_max, memory_max))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from integrations.facturx.checking.check import Checker  # noqa: PLC0415 - its libraries live in this process alone

    checker = Checker()
    pipe.send("ready")
    while True:
        try:
            file, with_document = pipe.recv()
        except (EOFError, OSError):
            os._exit(0)  # the engine hangs when it ends by itself
        pipe.send(_answer(checker, file, with_document=with_document))


def _answer(checker: Any, file: Path | bytes, *, with_document: bool) -> tuple[Any, ...]:  # noqa: ANN401 - see `_serve`
    from integrations.facturx.checking.check import finding_of  # noqa: PLC0415 - same
    from integrations.facturx.reading import of_source  # noqa: PLC0415 - same

    digest = ""
    try:
        content = _content(file)
        digest = sha256(content).hexdigest()
        source, findings = checker.check(content)
        read = of_source(source, content) if source is not None and with_document else None
    except InvalidInput as error:
        return digest, "", "", "", [_plain(finding_of(error))], None
    except MemoryError:
        return digest, "", "", "", [_plain(Finding(code="check_memory_exceeded"))], None
    except Exception as error:  # noqa: BLE001 - whatever a library raises on a hostile file is one finding
        values = {"detail": type(error).__name__}
        return digest, "", "", "", [_plain(Finding(code="check_failed", values=values))], None
    told = [_plain(finding) for finding in findings]
    if source is None:
        return digest, "", "", "", told, None
    level = source.flavour.level.name if source.flavour.level else ""
    return digest, "pdf" if source.pdf else "xml", str(source.flavour.syntax), level, told, read


def _content(file: Path | bytes) -> bytes:
    if isinstance(file, bytes):
        size = len(file)
    else:
        try:
            if not file.is_file():
                raise InvalidInput("document_not_a_file")
            size = file.stat().st_size
        except OSError as error:
            raise InvalidInput("document_not_a_file") from error
    if size > FILE_SIZE_MAX:
        raise InvalidInput("document_file_too_large", megabytes=size // 1_000_000, maximum=FILE_SIZE_MAX // 1_000_000)
    if isinstance(file, bytes):
        return file
    try:
        return file.read_bytes()
    except OSError as error:
        raise InvalidInput("document_not_a_file") from error


def _plain(finding: Finding) -> Told:
    return finding.code, finding.where, str(finding.severity), dict(finding.values)
