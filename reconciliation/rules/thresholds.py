"""Every threshold, list and table that a rule reads; none has a default in code.

Two sources give the same record: neutral parameters (`parameters.json` beside a set of cases), and the
effective-dated parameters of the books (`anomaly.<name>`), in force on the day of the run.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any, get_type_hints

from billing.errors import InvalidInput
from billing.parameters_book import ParameterBook
from reconciliation.rules.reading import read_value, reader_of
from reconciliation.rules.records import Status

PREFIX = "anomaly."


@dataclass(frozen=True, slots=True, kw_only=True)
class CpfScale:
    """The scale of what is paid by realised rate (percent), for orders from a day on."""

    ordered_from: date
    low_below: Decimal
    low_percent: Decimal
    full_above: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CompensationRate:
    """The monthly rate of a situation, by age at entry (years, both included)."""

    situation: str
    age_from: int
    age_to: int
    valid_from: date
    valid_to: date | None
    monthly_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """The values in force for one run. Amounts in cents, `…_days` calendar days unless they say working."""

    tol_cents: int
    tol_hours: Decimal
    tol_comp_cents: int
    real_hours_schemes: tuple[str, ...]
    public_classes: tuple[str, ...]
    public_payer_classes: tuple[str, ...]
    unsigned_days: int
    declaration_working_days: Mapping[str, Mapping[str, int]]
    deadline_warning_days: int
    apprenticeship_balance_months: int
    micro_limit_cents: int
    fuzzy_duplicate_days: int
    mentions: tuple[str, ...]
    mentions_b2b_only: tuple[str, ...]
    closing: bool
    ready_days: int
    ready_high_days: int
    rate_gap_points: Decimal
    cpf_scales: tuple[CpfScale, ...]
    reform_date: date
    schedule_late_days: int
    schedule_high_days: int
    npec_gap_cents: int
    contribution_min_level: int
    contribution_wait_days: int
    contribution_cents: int
    contribution_repeat_cents: int
    contribution_rupture_share: Decimal
    withdrawal_days: int
    withdrawal_distance_days: int
    b2c_share_before_start: Decimal
    ack_api_hours: int
    ack_manual_days: int
    review_days: int
    stale_api_days: int
    stale_csv_days: int
    duplicate_payment_days: int
    unmatched_working_days: int
    paid_no_cash_days: int
    cash_no_paid_days: int
    overdue_high_days: int
    public_term_days: int
    bpf_lines: tuple[str, ...]
    under_signed_hours: Decimal
    ffp_ratio: Decimal
    ffp_categories: tuple[str, ...]
    vigilance_cents: int
    iban_change_days: int
    das2_cents: int
    expense_tolerance: Decimal
    km_rate_eur: Decimal
    rs1_days: int
    attendance_cutoff_day: int
    motive_days: int
    pay_grace_days: int
    exit_working_days: int
    exit_absent_days: int
    waiting_days: int
    distance_tolerance: Decimal
    ageing_days: int
    compensation_rates: tuple[CompensationRate, ...]
    status_maps: Mapping[str, Mapping[str, Mapping[str, Status]]]
    export_blocking_codes: tuple[str, ...] | None
    to_key_days: int | None
    to_key_high_days: int | None
    version: str = ""
    """First characters of the SHA-256 of all values: two runs with the same version used the same values."""


NOT_IN_BOOKS = frozenset({"status_maps", "compensation_rates", "cpf_scales", "version"})
"""Words are mapped by the adapters; tables without a rule that reads them from the books yet."""

NOT_IN_CASES = frozenset({"to_key_days", "to_key_high_days"})
"""Read by rules of ours alone: neutral cases do not speak of them, and those rules then say nothing."""

_EMPTY: Mapping[str, Any] = {"status_maps": {}, "compensation_rates": [], "cpf_scales": []}


def thresholds_from_plain(values: Mapping[str, Any]) -> Thresholds:
    """Read neutral parameters (parsed JSON, decimals kept exact).

    Raises:
        InvalidInput: `anomaly_parameter_missing` or `anomaly_parameter_unreadable`.
    """
    hints = get_type_hints(Thresholds)
    known: dict[str, Any] = {}
    for field in fields(Thresholds):
        if field.name == "version":
            continue
        if field.name not in values and field.name in NOT_IN_CASES:
            known[field.name] = None
            continue
        if field.name not in values:
            raise InvalidInput("anomaly_parameter_missing", key=field.name)
        try:
            known[field.name] = read_value(reader_of(hints[field.name]), _lowered(field.name, values[field.name]))
        except InvalidInput as cause:
            raise InvalidInput("anomaly_parameter_unreadable", key=field.name) from cause
    text = json.dumps(values, sort_keys=True, default=str)
    return Thresholds(**known, version=sha256(text.encode()).hexdigest()[:12])


def thresholds_from_book(book: ParameterBook, today: date) -> Thresholds:
    """Read the values in force on the day of the run from the books' parameters.

    Raises:
        Misconfigured: a value is missing on that day.
        InvalidInput: a value cannot be read.
    """
    values: dict[str, Any] = dict(_EMPTY)
    for field in fields(Thresholds):
        if field.name not in NOT_IN_BOOKS:
            values[field.name] = _plain(book.text(PREFIX + field.name, today))
    return thresholds_from_plain(values)


def _plain(text: str) -> Any:  # noqa: ANN401 - a number, a list or a table
    try:
        return json.loads(text, parse_float=Decimal)
    except ValueError:
        return text


def _lowered(name: str, value: Any) -> Any:  # noqa: ANN401 - parsed JSON
    """Platform words are compared trimmed and in any case."""
    if name != "status_maps" or not isinstance(value, Mapping):
        return value
    return {
        platform: {
            thing: {word.strip().casefold(): meaning for word, meaning in words.items()}
            for thing, words in things.items()
        }
        for platform, things in value.items()
    }
