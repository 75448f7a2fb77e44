"""Effective-dated parameters: rates, scales, terms and thresholds of law or funders, each with its source."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from billing.errors import InvalidInput, Misconfigured, NotFound
from billing.money import read_decimal

MEMORY = "state."
"""Keys under which the house remembers things of its own: nobody sets them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One value of one key from one day on.

    Attributes:
        key: dotted name, such as `payment_term_days.region`.
        value: text; JSON for scales and lists.
        source: document and date read, with its mark (documented, professional knowledge, inference).
        confirmed_by: who confirmed it in the organisation; empty = nobody yet.
        shipped: comes with quitus; the organisation's own values win.
        needs_confirmation: not used until somebody confirmed it (what rests on it is not checkable).
    """

    id: str
    key: str
    starts_on: date
    value: str
    source: str
    confirmed_by: str = ""
    shipped: bool = False
    needs_confirmation: bool = False


class ParameterBook:
    """The parameters in force; the organisation's own values win over shipped ones of any date."""

    def __init__(self, parameters: Iterable[Parameter]) -> None:
        """Index by key, newest first, the organisation's own before the shipped."""
        self._by_key: dict[str, list[Parameter]] = {}
        for parameter in sorted(parameters, key=lambda item: (not item.shipped, item.starts_on), reverse=True):
            self._by_key.setdefault(parameter.key, []).append(parameter)

    def find(self, key: str, on: date) -> Parameter | None:
        """Find the value in force on a day; None when there is none, or when it waits for confirmation."""
        for parameter in self._by_key.get(key, ()):
            usable = parameter.confirmed_by or not parameter.needs_confirmation
            if parameter.starts_on <= on and usable:
                return parameter
        return None

    def text(self, key: str, on: date) -> str:
        """Give the value in force.

        Raises:
            Misconfigured: no value on that day; an older or newer one is never taken in silence.
        """
        parameter = self.find(key, on)
        if parameter is None:
            raise Misconfigured("parameter_missing", key=key, on=on.isoformat())
        return parameter.value

    def decimal(self, key: str, on: date) -> Decimal:
        """Give a number in force on a day."""
        return read_decimal(self.text(key, on))

    def integer(self, key: str, on: date) -> int:
        """Give a whole number in force on a day."""
        return int(self.decimal(key, on))

    def check_own(self, key: str, value: str, source: str) -> None:
        """Check a value that the organisation wants to give to a parameter, whichever door it comes by.

        Raises:
            NotFound: `parameter_unknown`.
            InvalidInput: `parameter_value_unlike` (not of the shape of the known one), `parameter_source_missing`.
        """
        known = [] if key.startswith(MEMORY) else self._by_key.get(key, [])
        if not known:
            keys = [name for name in self._by_key if not name.startswith(MEMORY)]
            near = get_close_matches(key, keys, n=1)
            raise NotFound("parameter_unknown", key=key[:60], close=f" (peut-être {near[0]})" if near else "")
        model = next((item for item in known if item.shipped), known[-1])
        shape = _shape(model.value)
        if not value.strip() or (shape != "text" and _shape(value) != shape):
            raise InvalidInput("parameter_value_unlike", key=key, value=value[:60], shipped=model.value[:60])
        if not source.strip():
            raise InvalidInput("parameter_source_missing", key=key)

    def all(self) -> list[Parameter]:
        """List every parameter, by key and date."""
        return sorted(
            (parameter for values in self._by_key.values() for parameter in values),
            key=lambda item: (item.key, item.starts_on, item.shipped),
        )


def _shape(text: str) -> str:
    """Tell what a value is: number, JSON list or object, day, yes or no, or text."""
    parsed = _parsed(text)
    if isinstance(parsed, bool | list | dict):
        return type(parsed).__name__
    try:
        read_decimal(text)
    except InvalidInput:
        pass
    else:
        return "number"
    try:
        date.fromisoformat(text)
    except ValueError:
        return "text"
    return "day"


def _parsed(text: str) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
