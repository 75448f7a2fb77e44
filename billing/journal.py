"""The one append-only journal, and how state is rebuilt from it.

Each act writes one line in its own transaction. A line's payload carries ids, codes, cents and digests:
no name, no e-mail, no NIR, no IBAN, so that erasing a person breaks no chain. State columns of claims,
allocations, submissions and anomalies are projections: `replay` builds them again from the lines.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from billing.anomaly import Anomaly
from billing.claim import Claim
from billing.money import Money
from billing.payment import Allocation
from billing.submission import Submission

Plain = str | int | bool | None | list[str]

NOT_JOURNALLED: dict[type, frozenset[str]] = {
    # A payer's free text may name a person; it stays in the table, and in the sealed transcript.
    Claim: frozenset({"rejection_label", "raw_label", "seen_at"}),
    Allocation: frozenset({"evidence"}),
    Anomaly: frozenset({"reason", "evidence"}),
    Submission: frozenset({"error_label"}),
}
SUBJECTS: dict[str, type] = {
    "claim": Claim,
    "allocation": Allocation,
    "anomaly": Anomaly,
    "submission": Submission,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalLine:
    """One act. `sequence` and `recorded_at` are given by the books, without gaps inside an organisation."""

    sequence: int
    recorded_at: datetime
    effective_on: date
    actor: str
    subject_kind: str
    subject_id: str
    type: str
    payload: Mapping[str, Plain]


def plain(value: Any) -> Plain:  # noqa: ANN401 - any field of a noun
    """Put a field's value in a form that JSON keeps exactly."""
    match value:
        case Money():
            return value.cents
        case Enum():
            return str(value.value)
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case tuple():
            return [str(item) for item in value]
        case None | bool() | int() | str():
            return value
        case _:
            raise TypeError(type(value).__name__)


JOURNALLED: Mapping[type, tuple[str, ...]] = {
    noun: tuple(field.name for field in fields(noun) if field.name not in NOT_JOURNALLED.get(noun, frozenset()))
    for noun in (Claim, Allocation, Submission, Anomaly)
}
"""The journalled fields of each journalled noun, in their order."""


def snapshot(noun: Any) -> dict[str, Plain]:  # noqa: ANN401 - any journalled noun
    """Give the journalled fields of a noun in plain form."""
    return {name: plain(getattr(noun, name)) for name in JOURNALLED[type(noun)]}


def changes(before: Any | None, after: Any) -> dict[str, Plain]:  # noqa: ANN401 - any journalled noun
    """Give what an act changed: everything for a new thing, otherwise the fields that differ."""
    if before is None:
        return snapshot(after)
    changed = {}
    for name in JOURNALLED[type(after)]:
        old, new = getattr(before, name), getattr(after, name)
        if old is new:  # most fields of a changed noun are the very same objects
            continue
        value = plain(new)
        if plain(old) != value:
            changed[name] = value
    return changed


def replay(lines: Iterable[JournalLine]) -> dict[tuple[str, str], dict[str, Plain]]:
    """Rebuild every projected thing, by (subject kind, subject id), in plain form."""
    state: dict[tuple[str, str], dict[str, Plain]] = {}
    for line in lines:
        if line.subject_kind in SUBJECTS:
            state.setdefault((line.subject_kind, line.subject_id), {}).update(line.payload)
    return state
