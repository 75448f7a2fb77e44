"""Checks any FEC, ours or not: what the tax office's own tool checks, then what it does not.

Of the official tool (Test-Compta-Demat; documented, read in its sources): name, separator, columns, fields
by line, empty lines, mandatory fields, form of amounts and days, accounts, sides, years, and its verdict on
empty columns. Ours: balance of each entry and of the file, continuity of numbers, order of columns and of
validation, days inside the fiscal year, lettering, the SIREN's own digit.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from billing.errors import Finding, Severity
from integrations.accounting.fec import PROVISIONAL
from integrations.accounting.fec_books import BookChecks
from integrations.accounting.fec_dialect import COLUMNS, TREASURY, Dialect, Line, read_dialect, read_lines
from integrations.accounting.fec_name import check_name
from integrations.accounting.fec_report import Report
from integrations.accounting.fec_values import Read, read_cents, read_day

_MANDATORY = ("EcritureNum", "CompteNum", "CompteLib", "EcritureLib")
_DAYS = ("EcritureDate", "PieceDate", "DateLet", "ValidDate", "DateRglt")
_VERDICT = ("JournalCode", "JournalLib", "PieceRef", "PieceDate", "ValidDate")
"""Empty on any row, the tool's verdict is « ne peut être considérée comme conforme » (years from 2013)."""
_VERDICT_TREASURY = ("PieceRef", "PieceDate")
_YEARS = range(1900, 2100)
LEFT = ("EcritureNum", "ValidDate")
"""What a provisional file leaves to the software that takes it in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The verdict: `ok` when nothing is an error; `provisional`: by its name, and without numbers or validation."""

    ok: bool
    lines: int
    entries: int
    debit_cents: int
    credit_cents: int
    findings: tuple[Finding, ...]
    provisional: bool = False


def check_fec(path: Path) -> Checked:
    """Check a file; every fault is a finding with its line and column.

    Raises:
        InvalidInput: it is not a text file that could be a FEC.
    """
    dialect = read_dialect(path)
    report = Report()
    closing = check_name(path.name, report)
    _check_header(dialect, report)
    books = BookChecks(report=report, closing=closing)
    provisional = path.stem.endswith(PROVISIONAL)
    empty: Counter[str] = Counter()
    lines = 0
    for line in read_lines(path, dialect):
        if line.blank:
            report.say("fec_line_empty", line=line.number)
            continue
        lines += 1
        row = _row(line, dialect, report)
        if row is not None:
            _check_line(line.number, row, dialect, report, books, empty, left_empty=LEFT if provisional else ())
    if not lines:
        report.say("fec_without_line")
    if provisional:
        provisional = _check_provisional(empty, lines, report)
    _verdict(empty, dialect, report)
    books.finish()
    findings = report.finish()
    return Checked(
        ok=all(finding.severity is not Severity.ERROR for finding in findings),
        lines=lines,
        entries=books.entries,
        debit_cents=books.debit,
        credit_cents=books.credit,
        findings=findings,
        provisional=provisional,
    )


def _check_provisional(empty: Counter[str], lines: int, report: Report) -> bool:
    """A provisional file leaves both columns empty on every line: that is no fault, and no FEC to hand over yet."""
    counts = [empty.pop(name) for name in LEFT]
    whole = bool(lines) and all(count == lines for count in counts)
    if whole:
        report.say("fec_provisional", severity=Severity.WARNING)
    else:
        for name, count in zip(LEFT, counts, strict=True):
            if count:
                report.say("fec_column_has_empty", column=name, count=count)
    return whole


def _check_header(dialect: Dialect, report: Report) -> None:
    present = set(dialect.names)
    for name in COLUMNS:
        if name not in present:
            report.say("fec_column_missing", line=1, column=name)
    for name, count in Counter(dialect.names).items():
        if count > 1:
            report.say("fec_column_twice", line=1, column=name[:40])
        if name not in COLUMNS and name not in TREASURY:
            report.say("fec_column_unknown", line=1, column=name[:40] or "?", severity=Severity.WARNING)
    known = [name for name in dialect.names if name in COLUMNS]
    if known != [name for name in COLUMNS if name in present]:
        report.say("fec_columns_order", line=1)
    if dialect.bom:
        report.say("fec_bom", severity=Severity.WARNING)
    if dialect.extra:
        report.say("fec_trailing_separator", line=1, severity=Severity.WARNING)
    if dialect.stray_returns:
        report.say("fec_line_ends_mixed", severity=Severity.WARNING)


def _row(line: Line, dialect: Dialect, report: Report) -> dict[str, str] | None:
    """Pair fields with columns; a line with another number of fields cannot be read further."""
    fields = line.fields
    if len(fields) == len(dialect.names) + 1 and not fields[-1]:
        fields = fields[:-1]
    if len(fields) != len(dialect.names):
        report.say("fec_fields_count", line=line.number, found=len(fields), expected=len(dialect.names))
        return None
    return dict(zip(dialect.names, fields, strict=True))


def _check_line(
    number: int,
    row: dict[str, str],
    dialect: Dialect,
    report: Report,
    books: BookChecks,
    empty: Counter[str],
    *,
    left_empty: tuple[str, ...] = (),
) -> None:
    for name in dict.fromkeys((*_VERDICT, *left_empty)):
        if name in row and not row[name]:
            empty[name] += 1
    for name in _MANDATORY:
        if name in row and not row[name] and name not in left_empty:
            report.say("fec_field_empty", line=number, column=name)
    days = {name: _day(number, name, row, report) for name in _DAYS if name in row}
    if "EcritureDate" in row and not row["EcritureDate"]:
        report.say("fec_field_empty", line=number, column="EcritureDate")
    if not row.get("CompteNum", "000")[:3].isdecimal():
        report.say("fec_account_form", line=number, column="CompteNum", severity=Severity.WARNING)
    debit, credit = _sides(number, row, dialect, report)
    if (text := row.get("Montantdevise", "")) and (found := read_cents(text)).code:
        report.say(found.code, line=number, column="Montantdevise", text=text[:40])
    books.line(number, row, days, debit, credit)


def _day(number: int, name: str, row: dict[str, str], report: Report) -> Read:
    found = read_day(row[name])
    if found.code:
        severity = Severity.WARNING if found.code == "fec_date_form" else Severity.ERROR
        report.say(found.code, line=number, column=name, severity=severity, text=row[name][:40])
    if found.day and found.day.year not in _YEARS:
        report.say("fec_date_year", line=number, column=name, severity=Severity.WARNING, text=row[name][:40])
    return found


def _sides(number: int, row: dict[str, str], dialect: Dialect, report: Report) -> tuple[int, int]:
    """Give debit and credit in cents, whichever lawful pair the file has."""
    if dialect.sided:
        amount, side = _amount(number, "Montant", row.get("Debit", ""), report), row.get("Credit", "").upper()
        if side not in {"D", "C", "+1", "-1", "1"}:
            report.say("fec_side_unknown", line=number, column="Sens", text=side[:10])
        return (amount, 0) if side in {"D", "+1", "1"} else (0, amount)
    debit = _amount(number, "Debit", row.get("Debit", ""), report)
    credit = _amount(number, "Credit", row.get("Credit", ""), report)
    if debit and credit:
        report.say("fec_both_sides", line=number)
    if not debit and not credit:
        report.say("fec_no_side", line=number, severity=Severity.WARNING)
    return debit, credit


def _amount(number: int, name: str, text: str, report: Report) -> int:
    found = read_cents(text)
    if found.code:
        report.say(found.code, line=number, column=name, text=text[:40])
    return found.cents or 0


def _verdict(empty: Counter[str], dialect: Dialect, report: Report) -> None:
    treasury = any(name in TREASURY for name in dialect.names)
    for name in _VERDICT:
        if empty[name]:
            counts = not treasury or name in _VERDICT_TREASURY
            severity = Severity.ERROR if counts else Severity.WARNING
            report.say("fec_column_has_empty", column=name, severity=severity, count=empty[name])
