"""From parsed JSON to typed records, driven by the records' own annotations.

A missing key gives UNKNOWN where the field allows it; elsewhere it is an error. Extra keys are ignored.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from billing.errors import InvalidInput
from reconciliation.rules.logic import Unknown

Reader = Callable[[Any], Any]


def read_value(reader: Reader, value: Any) -> Any:  # noqa: ANN401 - parsed JSON in, a record out
    """Apply a reader; any misfit is one clear error.

    Raises:
        InvalidInput: `neutral_value_unreadable`.
    """
    try:
        return reader(value)
    except (AttributeError, KeyError, TypeError, ValueError, InvalidOperation) as cause:
        raise InvalidInput("neutral_value_unreadable", value=repr(value)[:60], reason=str(cause)[:120]) from cause


@cache
def reader_of(hint: Any) -> Reader:  # noqa: ANN401 - an annotation
    """Make the reader of an annotation."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in {Union, UnionType}:
        return _of_union([argument for argument in arguments if argument is not Unknown])
    if origin is tuple:
        item = reader_of(arguments[0])
        return lambda value: tuple(item(part) for part in _a(list, value))
    if origin is not None and issubclass(origin, Mapping):
        item = reader_of(arguments[1])
        return lambda value: {str(key): item(part) for key, part in _a(dict, value).items()}
    return _SCALARS[hint] if hint in _SCALARS else record_reader(hint)


@cache
def record_reader(kind: Any) -> Reader:  # noqa: ANN401 - a dataclass
    """Make the reader of one kind of record."""
    hints = get_type_hints(kind)
    plan = [
        (field.name, field.name.removesuffix("_"), reader_of(hints[field.name]), field.default is MISSING)
        for field in fields(kind)
        if get_origin(hints[field.name]) is not frozenset  # known to the books alone
    ]

    def read(value: Any) -> Any:  # noqa: ANN401 - parsed JSON in, a record out
        row = _a(dict, value)
        known = {}
        for name, key, reader, needed in plan:
            if key in row:
                known[name] = reader(row[key])
            elif needed:
                raise KeyError(key)
        return kind(**known)

    return read


def _of_union(arguments: list[Any]) -> Reader:
    optional = NoneType in arguments
    readers = [reader_of(argument) for argument in arguments if argument is not NoneType]

    def read(value: Any) -> Any:  # noqa: ANN401 - parsed JSON in, a value out
        if value is None and optional:
            return None
        for reader in readers[:-1]:
            try:
                return reader(value)
            except (TypeError, ValueError):
                continue
        return readers[-1](value)

    return read


def _a(kind: type, value: Any) -> Any:  # noqa: ANN401 - parsed JSON
    if type(value) is not kind:
        raise TypeError("expected " + kind.__name__)
    return value


def _decimal(value: Any) -> Decimal:  # noqa: ANN401 - parsed JSON
    if type(value) not in {str, int, Decimal}:
        raise TypeError("decimal text expected")
    number = Decimal(value)
    if not number.is_finite():
        raise ValueError("finite number expected")
    return number


def _day(value: Any) -> date:  # noqa: ANN401 - parsed JSON
    return date.fromisoformat(_a(str, value))


def _instant(value: Any) -> datetime:  # noqa: ANN401 - parsed JSON
    return datetime.fromisoformat(_a(str, value))


_SCALARS: Mapping[Any, Reader] = {
    str: lambda value: _a(str, value),
    int: lambda value: _a(int, value),
    bool: lambda value: _a(bool, value),
    Decimal: _decimal,
    date: _day,
    datetime: _instant,
}
