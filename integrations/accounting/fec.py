"""The FEC (fichier des écritures comptables), art. A.47 A-1 du LPF: eighteen columns, and its description beside it.

UTF-8 without BOM is lawful (A.47 A-1 XII-1°), TAB between fields, decimal comma, no thousands separator.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from billing.errors import InvalidInput
from billing.party import Organisation
from integrations.accounting.accounts import AUXILIARY_PREFIXES, account_label, journal_label
from integrations.accounting.batch import ALONE, Batch, Frozen, Place, batch_id
from integrations.accounting.fec_description import describe
from integrations.accounting.layout import Column, Layout, comma_amount, compact_day
from integrations.accounting.period import Period, fiscal_year_of
from integrations.accounting.rows import Entries, Row, Totals, rows

PROVISIONAL = "_provisoire"
ENCODINGS = {"utf-8": "utf-8", "iso-8859-15": "iso8859-15"}


def _auxiliary(row: Row) -> bool:
    return row.line.account.startswith(AUXILIARY_PREFIXES)


def layout(account_labels: Mapping[str, str]) -> Layout:
    """Give the columns of the law, in its order."""
    return Layout(
        code="fec",
        separator="\t",
        end_of_line="\r\n",
        columns=(
            Column(name="JournalCode", value=lambda row: row.entry.journal),
            Column(name="JournalLib", value=lambda row: journal_label(row.entry.journal)),
            Column(name="EcritureNum", value=lambda row: "" if row.number is None else str(row.number)),
            Column(name="EcritureDate", value=lambda row: compact_day(row.entry.effective_on)),
            Column(name="CompteNum", value=lambda row: row.line.account),
            Column(name="CompteLib", value=lambda row: account_label(row.line.account, account_labels)),
            Column(name="CompAuxNum", value=lambda row: row.line.auxiliary if _auxiliary(row) else ""),
            Column(name="CompAuxLib", value=lambda row: row.line.auxiliary_label if _auxiliary(row) else ""),
            Column(name="PieceRef", value=lambda row: row.entry.piece.strip() or "-"),
            Column(name="PieceDate", value=lambda row: compact_day(row.entry.piece_on)),
            Column(name="EcritureLib", value=lambda row: row.line.label.strip() or row.entry.label.strip() or "-"),
            Column(name="Debit", value=lambda row: comma_amount(row.line.debit)),
            Column(name="Credit", value=lambda row: comma_amount(row.line.credit)),
            Column(name="EcritureLet", value=lambda row: row.letter),
            Column(name="DateLet", value=lambda row: compact_day(row.lettered_on)),
            Column(name="ValidDate", value=lambda row: compact_day(row.valid_on)),
            Column(name="Montantdevise", value=lambda _: ""),
            Column(name="Idevise", value=lambda _: ""),
        ),
    )


def file_name(organisation: Organisation, period: Period, *, provisional: bool, number: int = 1) -> str:
    """Name the file: SIREN, `FEC`, closing date of the fiscal year; a part of a year, or a later batch, says which."""
    year = fiscal_year_of(period, organisation.fiscal_year_end)
    part = "" if period == year else f"_{period.first:%Y%m%d}{period.last:%Y%m%d}"
    return f"{organisation.siren}FEC{year.last:%Y%m%d}{part}{_suffix(number, provisional=provisional)}.txt"


def _suffix(number: int, *, provisional: bool) -> str:
    return PROVISIONAL if provisional else (f"_{number}" if number > 1 else "")


def write_fec(
    entries: Entries,
    organisation: Organisation,
    period: Period,
    out_dir: Path,
    *,
    provisional: bool = False,
    frozen: Iterable[Frozen] = (),
    account_labels: Mapping[str, str] | None = None,
    encoding: str = "utf-8",
    place: Place = ALONE,
    before_publishing: Callable[[Batch, Path], None] | None = None,
) -> Batch:
    """Write the entries of a period, with the description that the law wants; replace the file when it is there.

    Args:
        entries: gives the entries by order of recording (`uow.entries`, or a list's `__iter__`); called twice.
        organisation: whose books.
        period: days of the entries (their effective day), inside one fiscal year.
        out_dir: where to write.
        provisional: leave EcritureNum and ValidDate empty, and say so in the name.
        frozen: what was held back, with its reason.
        account_labels: the organisation's own names of accounts.
        encoding: `utf-8` or `iso-8859-15`; what the latter lacks is written `?`.
        place: where the batch stands among those of its period and year.
        before_publishing: called with the batch and the finished file, which has not got its name yet.

    Raises:
        InvalidInput: the period spans two fiscal years, or the folder cannot be written.
    """
    path = out_dir / file_name(organisation, period, provisional=provisional, number=place.number)
    shape, totals, digest = layout(account_labels or {}), Totals(), sha256()
    codec = ENCODINGS[encoding]
    unfinished = path.with_name(f".{path.name}.part")
    with _opened(unfinished) as file:

        def write(text: str) -> None:
            content = text.encode(codec, errors="replace")
            digest.update(content)
            file.write(content)

        write(shape.header())
        for row in rows(entries, period, totals, provisional=provisional, place=place):
            write(shape.line(row))
        file.flush()
        os.fsync(file.fileno())
    content_sha256 = digest.hexdigest()
    batch = Batch(
        batch=batch_id(
            organisation.id,
            shape.code,
            period,
            provisional_sha256=content_sha256 if provisional else "",
            number=place.number,
        ),
        entries=totals.entries,
        lines=totals.lines,
        debit_cents=totals.debit.cents,
        credit_cents=totals.credit.cents,
        file=path,
        sha256=content_sha256,
        description=path.with_name(f"{path.stem}_description.txt"),
        frozen=tuple(frozen),
        number=place.number,
        letters=totals.letters,
    )
    if before_publishing is not None:
        before_publishing(batch, unfinished)
    unfinished.replace(path)
    text = describe(batch, organisation, period, encoding=encoding, provisional=provisional)
    batch.description.write_text(text, encoding="utf-8", newline="\n")
    return batch


def describe_beside(batch: Batch, organisation: Organisation, period: Period, *, content: bytes) -> None:
    """Put the file of an earlier batch and its description back; those that are there as they left stay untouched."""
    if not batch.file.exists() or sha256(batch.file.read_bytes()).hexdigest() != batch.sha256:
        unfinished = batch.file.with_name(f".{batch.file.name}.part")
        with _opened(unfinished) as file:
            file.write(content)
        unfinished.replace(batch.file)
    if not batch.description.exists():
        text = describe(batch, organisation, period, encoding="utf-8", provisional=False)
        batch.description.write_text(text, encoding="utf-8", newline="\n")


def _opened(path: Path) -> BinaryIO:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("wb")
    except OSError as cause:
        raise InvalidInput("export_folder_unwritable", folder=path.parent.name, reason=type(cause).__name__) from cause
