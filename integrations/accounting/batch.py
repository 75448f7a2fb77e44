"""What an accounting export hands back, whatever its format."""

from dataclasses import dataclass
from pathlib import Path

from billing.identity import derive_id
from integrations.accounting.period import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """A fact held back from an export, and why, in French; listed beside the file, never lost."""

    piece: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One exported file. The same entries over the same period give the same batch, byte for byte.

    Attributes:
        batch: its id, made from organisation, format, period and number; of a provisional file, from its content.
        description: the document that the law wants beside the file.
        number: of the batches of this period, from 1: what comes late leaves in the next one.
        letters: groups of lines that it letters.
        new: False when an earlier batch was given back as it left.
    """

    batch: str
    entries: int
    lines: int
    debit_cents: int
    credit_cents: int
    file: Path
    sha256: str
    description: Path
    frozen: tuple[Frozen, ...] = ()
    number: int = 1
    letters: int = 0
    new: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a batch stands: its number in its period; where entries and letters of the year have got to."""

    number: int = 1
    first_entry: int = 1
    first_letter: int = 0


ALONE = Place()


def batch_id(organisation_id: str, format_: str, period: Period, *, provisional_sha256: str = "", number: int) -> str:
    """Make the id of a batch from what it is of; two provisional files that differ are not the same one."""
    mode = f"provisional:{provisional_sha256}" if provisional_sha256 else "final"
    again = [str(number)] if number > 1 else []
    return derive_id("accounting_batch", organisation_id, format_, str(period), mode, *again)
