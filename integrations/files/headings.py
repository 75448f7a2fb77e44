"""Finding the line of headings, below titles, on one line or on two merged ones, and which column is which."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from billing.errors import InvalidInput
from integrations.files.cells import is_empty, plain_text
from integrations.files.folding import folded
from integrations.files.profile import Column, Profile
from integrations.files.tables import RawRow, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Headings:
    """Where the headings are and what they mean.

    Attributes:
        after: line of the last heading; rows come after it.
        width: number of headed columns: a shorter row was cut.
        found: (index of the cell, column of the profile, heading as it stands).
        unused: headings that the profile does not know.
        twice: a field for which two columns were found, empty when there is none.
    """

    after: int
    width: int
    found: tuple[tuple[int, Column, str], ...]
    unused: tuple[str, ...]
    twice: str = ""

    @property
    def fields(self) -> frozenset[str]:
        """The fields that the file has columns for."""
        return frozenset(column.field for _index, column, _heading in self.found)


@dataclass(frozen=True, slots=True)
class _Line:
    """One candidate: headings as texts, the line after which rows come, and the texts in the form that compares."""

    texts: tuple[str, ...]
    after: int
    keys: frozenset[str]


def _line(texts: tuple[str, ...], after: int) -> _Line:
    return _Line(texts, after, frozenset(folded(text) for text in texts if text))


def candidates(table: Table) -> list[_Line]:
    """List what may be the headings: each line of the head alone, then each joined with the next one."""
    rows = [row for row in table.head if row.cells and not row.broken]
    single = [_line(_texts(row), row.line) for row in rows]
    return single + list(_joined(rows))


def _texts(row: RawRow) -> tuple[str, ...]:
    return tuple("" if is_empty(cell) else plain_text(cell) for cell in row.cells)


def _joined(rows: Sequence[RawRow]) -> Iterator[_Line]:
    """Join two lines: a group's title stretches over the empty cells on its right (merged cells)."""
    for upper, lower in pairwise(rows):
        if lower.line != upper.line + 1:
            continue
        tops, names, title = _texts(upper), _texts(lower), ""
        joined = []
        for index in range(max(len(tops), len(names))):
            title = (tops[index] if index < len(tops) else "") or title
            name = names[index] if index < len(names) else ""
            joined.append(f"{title} {name}".strip())
        yield _line(tuple(joined), lower.line)


def find_headings(lines: Sequence[_Line], profile: Profile) -> Headings | None:
    """Find the line that holds most of the profile's headings, with all those that it must have."""
    best: Headings | None = None
    wanted = {folded(header) for header in profile.match.headers}
    by_header, must_have = profile.by_header, profile.must_have
    for line in lines:
        fields = {by_header[key].field for key in line.keys if key in by_header}
        if not must_have <= fields or not wanted <= line.keys:
            continue
        found = _read(line, profile)
        if best is None or len(found.found) > len(best.found):
            best = found
    return best


def _read(line: _Line, profile: Profile) -> Headings:
    found: list[tuple[int, Column, str]] = []
    unused: list[str] = []
    seen: set[str] = set()
    twice = ""
    by_header = profile.by_header
    for index, text in enumerate(line.texts):
        if not text:
            continue
        column = by_header.get(folded(text))
        if column is None:
            unused.append(text)
        elif column.field in seen:
            twice = text
        else:
            seen.add(column.field)
            found.append((index, column, text))
    width = max((index for index, text in enumerate(line.texts) if text), default=-1) + 1
    return Headings(after=line.after, width=width, found=tuple(found), unused=tuple(unused), twice=twice)


def missing_headings(lines: Sequence[_Line], profile: Profile) -> tuple[str, ...]:
    """List the headings that a file of this profile lacks, on the line that has most of them."""
    closest = max((_read(line, profile) for line in lines), key=lambda read: len(read.found), default=None)
    have = closest.fields if closest else frozenset()
    absent = [column.headers[0] for column in profile.columns if column.required and column.field not in have]
    texts = {folded(text) for line in lines for text in line.texts}
    absent += [header for header in profile.match.headers if folded(header) not in texts]
    return tuple(dict.fromkeys(absent))


def refuse_twice(headings: Headings, file: str) -> None:
    """Refuse a file in which two columns say the same thing.

    Raises:
        InvalidInput: `heading_twice`.
    """
    if headings.twice:
        raise InvalidInput("heading_twice", file=file, heading=headings.twice[:60])
