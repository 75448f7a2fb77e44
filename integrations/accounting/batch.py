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
        batch: its id, made from organisation, format, period and mode.
        description: the document that the law wants beside the file.
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


def batch_id(organisation_id: str, format_: str, period: Period, *, provisional: bool) -> str:
    """Make the id of a batch from what it is of."""
    mode = "provisional" if provisional else "final"
    return derive_id("accounting_batch", organisation_id, format_, str(period), mode)
