"""Read what people drop: exports by profile, bank statements by content. Nothing is ever deleted.

A file that was read is put away under `inbox/lus/<day>/`; one that cannot be read goes to `inbox/refuses/`
with a text beside it that says why and what to do.
"""

import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

from billing.errors import InvalidInput, QuitusError
from billing.usecases.take_in import Counts, Source, take_in
from billing.usecases.take_in_bank import TakenIn, take_in_statement
from billing.usecases.take_in_kinds import import_order
from integrations.bank import open_statement_file
from integrations.files import (
    README_FILE,
    Profile,
    choose_profile,
    file_sha256,
    load_profiles,
    looks_like_text_of_tags,
    own_profiles,
    read_file,
    refuse_other,
)
from workers import supplier_invoices
from workers.bootstrap import Runtime

READ_FOLDER = "lus"
REFUSED_FOLDER = "refuses"
TABLE_SUFFIXES = frozenset({".csv", ".xlsx", ".xlsm", ".tsv"})
TEXT_SUFFIX = ".txt"
FILES_MAX = 10_000
"""Files taken in one run; more wait for the next one."""


@dataclass(slots=True, kw_only=True)
class FileResult:
    """One file: what became of its rows or movements, or why it was refused."""

    name: str
    profile: str = ""
    rows: Counts | None = None
    bank: TakenIn | None = None
    refusal: str = ""
    notes: tuple[str, ...] = ()
    """What whoever gave the file should read, though nothing is asked."""


@dataclass(slots=True, kw_only=True)
class InboxResult:
    """Every file of one run."""

    files: list[FileResult] = field(default_factory=list)

    @property
    def refusals(self) -> list[str]:
        """Sentences about the files that could not be read, and what a bank file leaves to a person."""
        return [result.refusal for result in self.files if result.refusal]

    @property
    def refused(self) -> int:
        """Files that a person must look at: not read at all, or read and found wanting."""
        return len(self.refusals)

    @property
    def unread(self) -> int:
        """Files that could not be read at all."""
        return sum(result.rows is None and result.bank is None for result in self.files)

    def rows(self) -> dict[str, int]:
        """Sum the rows of the table files: `read = new + changed + unchanged + quarantined`."""
        names = [item.name for item in fields(Counts) if item.name != "notes"]
        return {name: sum(getattr(result.rows, name) for result in self.files if result.rows) for name in names}

    def bank(self) -> dict[str, int]:
        """Sum the bank files."""
        names = [item.name for item in fields(TakenIn) if item.name != "findings"]
        return {name: sum(getattr(result.bank, name) for result in self.files if result.bank) for name in names}

    def counts(self) -> dict[str, int]:
        """Sum everything, for the report."""
        bank = {f"bank_{name}": value for name, value in self.bank().items()}
        return {"files": len(self.files), **self.rows(), **bank, "refused": self.refused}


def profiles(runtime: Runtime) -> tuple[Profile, ...]:
    """Gather quitus's own templates and the adapters' exports."""
    return (*own_profiles(), *load_profiles(runtime.registry.export_profiles()))


def read_folder(
    runtime: Runtime,
    organisation_id: str,
    folder: Path,
    *,
    actor: str,
    on_progress: Callable[[int], None] | None = None,
) -> InboxResult:
    """Read every file that lies directly in a folder, then put each away."""
    folder.mkdir(parents=True, exist_ok=True)
    found = sorted(
        item
        for item in folder.iterdir()
        if item.is_file() and not item.name.startswith(".") and item.name != README_FILE
    )
    return read_paths(
        runtime,
        organisation_id,
        found[:FILES_MAX],
        actor=actor,
        put_away=lambda path, refusal: _put_away(runtime, folder, path, refusal),
        on_progress=on_progress,
    )


def read_paths(
    runtime: Runtime,
    organisation_id: str,
    paths: Iterable[Path],
    *,
    actor: str,
    put_away: Callable[[Path, str], None] | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> InboxResult:
    """Read files in the order that their references ask for: tables first, then bank statements by date."""
    result = InboxResult()
    known = profiles(runtime)
    tables: list[tuple[Path, Profile]] = []
    statements: list[Path] = []
    invoices: list[Path] = []
    for path in paths:
        if path.suffix.lower() not in TABLE_SUFFIXES:
            if supplier_invoices.is_invoice(path):
                invoices.append(path)
                continue
            try:
                refuse_other(path)
            except InvalidInput as error:
                _refuse(runtime, result, path, error, put_away)
                continue
            if path.suffix.lower() != TEXT_SUFFIX or not _is_table(path, known):
                statements.append(path)
                continue
        try:
            tables.append((path, choose_profile(path, known)))
        except QuitusError as error:
            _refuse(runtime, result, path, error, put_away)
    base = 0
    for path, profile in import_order(tables, lambda item: item[1].kinds):
        done = _read_table(runtime, organisation_id, path, profile, actor, base, on_progress)
        _finish(result, path, done, put_away)
        base += done.rows.read if done.rows else 0
    for path, _first in sorted(((path, path.name) for path in statements), key=lambda item: item[1]):
        done = _read_statement(runtime, organisation_id, path, actor)
        _finish(result, path, done, put_away)
    for path, rows, told in supplier_invoices.read_invoices(runtime, organisation_id, invoices, actor=actor):
        more = f" {runtime.texts.sentence('errors', 'file_may_be_scan', {})}" if rows is None else ""
        done = FileResult(name=path.name, profile=supplier_invoices.PROFILE, rows=rows, refusal=told + more)
        _finish(result, path, done, put_away)
    return result


def _is_table(path: Path, known: Sequence[Profile]) -> bool:
    """Tell whether a text of no particular kind is a table: spreadsheets save some as `.txt`."""
    try:
        choose_profile(path, known)
    except InvalidInput:
        return False
    return True


def read_statements(runtime: Runtime, organisation_id: str, paths: Iterable[Path], *, actor: str) -> InboxResult:
    """Read bank statements, whatever their names."""
    return InboxResult(files=[_read_statement(runtime, organisation_id, path, actor) for path in paths])


def _finish(result: InboxResult, path: Path, done: FileResult, put_away: Callable[[Path, str], None] | None) -> None:
    result.files.append(done)
    if put_away:
        put_away(path, done.refusal if done.rows is None and done.bank is None else "")


def _refuse(
    runtime: Runtime,
    result: InboxResult,
    path: Path,
    error: QuitusError,
    put_away: Callable[[Path, str], None] | None,
) -> None:
    refusal = _about(path, runtime.texts.of_error(error))
    _finish(result, path, FileResult(name=path.name, refusal=refusal), put_away)


def _about(path: Path, sentence: str) -> str:
    """Name the file, unless the sentence does."""
    return sentence if path.name in sentence else f"{path.name} : {sentence}"


def _read_table(
    runtime: Runtime,
    organisation_id: str,
    path: Path,
    profile: Profile,
    actor: str,
    base: int,
    on_progress: Callable[[int], None] | None,
) -> FileResult:
    try:
        source = Source(
            name=path.name,
            sha256=file_sha256(path),
            profile=profile.code,
            stream=profile.code,
            complete=profile.complete,
            day_of=profile.day_of,
        )
        counts = take_in(
            runtime.books.open_books,
            organisation_id,
            source,
            read_file(path, profile),
            actor=actor,
            today=runtime.clock.today(),
            parameters=runtime.parameters(organisation_id),
            on_progress=(lambda done: on_progress(base + done)) if on_progress else None,
        )
    except InvalidInput as error:
        return FileResult(name=path.name, profile=profile.code, refusal=_about(path, runtime.texts.of_error(error)))
    notes = tuple(runtime.texts.of_finding(note) for note in counts.notes)
    return FileResult(name=path.name, profile=profile.code, rows=counts, notes=notes)


def _read_statement(runtime: Runtime, organisation_id: str, path: Path, actor: str) -> FileResult:
    try:
        taken = take_in_statement(runtime.books.open_books, organisation_id, open_statement_file(path), actor=actor)
    except InvalidInput as error:
        if error.code == "bank_file_not_xml" and not looks_like_text_of_tags(path):
            error = InvalidInput("file_type_unsupported", file=path.name, ending=path.suffix[:20])
        return FileResult(name=path.name, refusal=_about(path, runtime.texts.of_error(error)))
    told = "; ".join(runtime.texts.of_finding(finding) for finding in taken.findings)
    return FileResult(name=path.name, profile="bank", bank=taken, refusal=told)


def _put_away(runtime: Runtime, folder: Path, path: Path, refusal: str) -> None:
    target = folder / (REFUSED_FOLDER if refusal else f"{READ_FOLDER}/{runtime.clock.today()}")
    target.mkdir(parents=True, exist_ok=True)
    place = target / path.name
    number = 1
    while place.exists():
        number += 1
        place = target / f"{path.stem}-{number}{path.suffix}"
    if refusal:  # first: a kill in between leaves the file in the inbox, and the next run writes the reason again
        place.with_name(f"{place.name}.txt").write_text(refusal + "\n", encoding="utf-8")
    shutil.move(path, place)
