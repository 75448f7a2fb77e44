"""Neutral typed rows: what any reader of files hands to `take_in`, whatever the file looked like.

A reader (integrations/files) has already read texts, dates, amounts and identifiers; a row that it could
not read comes as a `BadRow`, so that it is counted and quarantined and never dropped.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from billing.errors import NO_VALUES, Value, Values

E = TypeVar("E", bound=StrEnum)

Cells = Mapping[str, Any]
"""Values by neutral field name: str, bool, int, Decimal, date, time, datetime, Money, identifiers, tuples of them.

A field that is absent is not known (keep what the books have); None means that there is none.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one row says of one noun.

    Attributes:
        kind: name of the kind of noun (`billing.usecases.take_in_kinds`).
        values: what the row knows of it.
        create_only: never changes a noun that the books have already.
        headers: column heading by field, for messages.
    """

    kind: str
    values: Cells
    create_only: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row that could be read.

    Attributes:
        line: line in the file, from 1, as a spreadsheet shows it.
        key: natural key of the row in its stream; the same in a corrected file.
        parts: one for each kind of noun that the row speaks of, in the order in which they depend on each other.
        raw: the row as it came.
    """

    line: int
    key: str
    parts: tuple[Part, ...]
    raw: str

    @property
    def values(self) -> Cells:
        """The values of the only (or first) part."""
        return self.parts[0].values


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """One row that could not be read: where, why, and the row as it came.

    `key` is empty when the natural key itself cannot be read.
    """

    line: int
    column: str
    code: str
    raw: str
    key: str = ""
    values: Values = field(default_factory=lambda: NO_VALUES)


class RowRefused(Exception):
    """Raised inside the take-in: this row goes to quarantine; never seen by callers."""

    def __init__(self, code: str, field_name: str = "", /, **values: Value) -> None:
        """Keep the code of the sentence, the field that it points to, and what the sentence needs."""
        super().__init__(code)
        self.code = code
        self.field = field_name
        self.values: dict[str, Value] = dict(values)


def pick(cells: Cells, *names: str, **renamed: str) -> dict[str, Any]:
    """Take the fields that the row knows; `renamed` is noun's field = row's field."""
    found = {name: cells[name] for name in names if name in cells}
    found.update({name: cells[given] for name, given in renamed.items() if given in cells})
    return found


def chosen(cells: Cells, **enums: type[E]) -> dict[str, E]:
    """Take the fields that hold a word of ours, as members of their enumerations.

    Raises:
        RowRefused: `word_not_ours`.
    """
    return {name: member(cells, name, enum) for name, enum in enums.items() if cells.get(name) is not None}


def member(cells: Cells, name: str, enum: type[E]) -> E:
    """Read one word of ours; unknown input never becomes a known member.

    Raises:
        RowRefused: `word_not_ours`.
    """
    try:
        return enum(need(cells, name))
    except ValueError:
        raise RowRefused("word_not_ours", name, word=str(cells[name])[:40]) from None


def need(cells: Cells, name: str) -> Any:  # noqa: ANN401 - any field's value
    """Take a field that this row must give.

    Raises:
        RowRefused: `field_missing`.
    """
    value = cells.get(name)
    if value is None or value == "":
        raise RowRefused("field_missing", name)
    return value


def month(cells: Cells, name: str = "month") -> str:
    """Take a month, `YYYY-MM`, given as such or as one of its days."""
    value = need(cells, name)
    return f"{value:%Y-%m}" if isinstance(value, date) else str(value)
