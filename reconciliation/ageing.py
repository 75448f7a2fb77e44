"""The aged balance: what each payer owes on any day, as known at any instant. Pure; amounts in cents.

Conventions: a day counts against the due date (or the invoice date); due today is not due yet; bounds are
half-open, so that day 30 falls in `1-30` and day 31 in `31-60`; a claim without a due date is aged from its
invoice date and flagged. What was received and not given to a claim, and what is owed to a payer, stand in
their own negative column and never inside a bucket. Source: formats.md C [R].
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

BUCKETS: tuple[str, ...] = ("not_due", "1-30", "31-60", "61-90", "91-120", ">120")
_LAST_DAYS: tuple[int, ...] = (0, 30, 60, 90, 120)


class Basis(StrEnum):
    """From which day a claim ages."""

    DUE = "due"
    INVOICE = "invoice"


class Dimension(StrEnum):
    """What makes a row."""

    FUNDER = "funder"
    SCHEME = "scheme"
    SITE = "site"
    AGE = "age"
    DISPUTE = "dispute"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A fact counts when it took effect on or before `as_of` and was recorded at or before `known_at` (None: now)."""

    as_of: date
    known_at: datetime | None = None

    def includes(self, effective_on: date, recorded_at: datetime | None) -> bool:
        """Tell whether a fact counts; one without a recorded instant was always known."""
        if effective_on > self.as_of:
            return False
        return self.known_at is None or recorded_at is None or recorded_at <= self.known_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Receivable:
    """What is open of one claim at the moment asked; `key` and `label` of its row are already chosen."""

    key: str
    label: str
    open_cents: int
    issue_on: date
    due_on: date | None
    disputed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeingRow:
    """One row. `buckets` in the order of `BUCKETS`; their sum is `total_cents`, `disputed_cents` is a part of it."""

    key: str
    label: str
    buckets: tuple[int, ...]
    total_cents: int
    disputed_cents: int
    claims: int
    without_due_date: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ageing:
    """The whole balance; `ties` says that rows and the unallocated column equal the ledger, to the cent.

    Attributes:
        unallocated_cents: received and not given to a claim, and owed to payers: negative or zero as a rule.
        owed_cents: the part of it that we owe to payers: credit notes, and claims paid beyond what they ask.
        ledger_balance_cents: accounts 411 and 471 read from the entries at the same two times.
    """

    as_of: date
    known_at: datetime | None
    by: Dimension
    basis: Basis
    rows: tuple[AgeingRow, ...]
    unallocated_cents: int
    ledger_balance_cents: int
    owed_cents: int = 0

    @property
    def received_cents(self) -> int:
        """The other part of `unallocated_cents`: minus what the bank account holds without a claim."""
        return self.unallocated_cents - self.owed_cents

    @property
    def rows_cents(self) -> int:
        """What all rows sum to."""
        return sum(row.total_cents for row in self.rows)

    @property
    def ties(self) -> bool:
        """Tell whether what is aged equals what is booked."""
        return self.rows_cents + self.unallocated_cents == self.ledger_balance_cents

    def as_json(self) -> dict[str, object]:
        """Give the document of the command line; its keys are a contract."""
        return {
            "as_of": self.as_of.isoformat(),
            "known_at": self.known_at.isoformat() if self.known_at else None,
            "by": self.by.value,
            "basis": self.basis.value,
            "buckets": list(BUCKETS),
            "rows": [
                {
                    "key": row.key,
                    "label": row.label,
                    "buckets": dict(zip(BUCKETS, row.buckets, strict=True)),
                    "total_cents": row.total_cents,
                    "disputed_cents": row.disputed_cents,
                    "claims": row.claims,
                    "without_due_date": row.without_due_date,
                }
                for row in self.rows
            ],
            "rows_cents": self.rows_cents,
            "unallocated_cents": self.unallocated_cents,
            "received_cents": self.received_cents,
            "owed_cents": self.owed_cents,
            "ledger_balance_cents": self.ledger_balance_cents,
            "ties": self.ties,
        }


def bucket_of(as_of: date, since: date) -> int:
    """Give the index in `BUCKETS` of what is due on (or invoiced on) a day."""
    days = (as_of - since).days
    return next((index for index, last in enumerate(_LAST_DAYS) if days <= last), len(_LAST_DAYS))


@dataclass(slots=True)
class _Sum:
    label: str
    buckets: list[int] = field(default_factory=lambda: [0] * len(BUCKETS))
    disputed_cents: int = 0
    claims: int = 0
    without_due_date: int = 0


def age(
    receivables: Iterable[Receivable],
    *,
    moment: Moment,
    by: Dimension,
    basis: Basis,
    unallocated_cents: int,
    ledger_balance_cents: int,
    credits_cents: int = 0,
) -> Ageing:
    """Sum receivables into rows and buckets.

    Args:
        receivables: claims with something open; a negative one is owed to the payer and leaves its bucket.
        moment: the day and instant asked.
        by: what makes a row; for `age` the row is the bucket.
        basis: due date or invoice date.
        unallocated_cents: minus what was received and not given to a claim.
        credits_cents: minus what credit notes without a claim give back.
        ledger_balance_cents: what the entries say.
    """
    sums: dict[str, _Sum] = {}
    owed = credits_cents
    for one in receivables:
        if one.open_cents < 0:
            owed += one.open_cents
            continue
        if one.open_cents == 0:
            continue
        since = one.issue_on if basis is Basis.INVOICE else (one.due_on or one.issue_on)
        bucket = bucket_of(moment.as_of, since)
        key, label = (BUCKETS[bucket], BUCKETS[bucket]) if by is Dimension.AGE else (one.key, one.label)
        row = sums.setdefault(key, _Sum(label))
        row.buckets[bucket] += one.open_cents
        row.disputed_cents += one.open_cents if one.disputed else 0
        row.claims += 1
        row.without_due_date += one.due_on is None
    return Ageing(
        as_of=moment.as_of,
        known_at=moment.known_at,
        by=by,
        basis=basis,
        rows=_rows(sums, by),
        unallocated_cents=unallocated_cents + owed,
        ledger_balance_cents=ledger_balance_cents,
        owed_cents=owed,
    )


def _rows(sums: Mapping[str, _Sum], by: Dimension) -> tuple[AgeingRow, ...]:
    order = BUCKETS.index if by is Dimension.AGE else None
    keys = sorted(sums, key=order) if order else sorted(sums, key=lambda key: (sums[key].label, key))
    return tuple(
        AgeingRow(
            key=key,
            label=sums[key].label,
            buckets=tuple(sums[key].buckets),
            total_cents=sum(sums[key].buckets),
            disputed_cents=sums[key].disputed_cents,
            claims=sums[key].claims,
            without_due_date=sums[key].without_due_date,
        )
        for key in keys
    )
