"""Column types whose Python values are the nouns' own values; on disk they are texts, integers and bytes.

On SQLite only TEXT, INTEGER and BLOB are used (tables are STRICT); on PostgreSQL also DATE, TIMESTAMP,
TIMESTAMPTZ, BIGINT and BOOLEAN. No float on either. Each type gives a cached pair of converters
(`writer`, `reader`) that the repositories call directly; SQLAlchemy calls the same ones.
"""

import json
from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Boolean, Dialect, Integer, LargeBinary, Text
from sqlalchemy.types import TypeDecorator

from billing.errors import BrokenBooks, InvalidInput
from billing.money import ZERO, Money
from billing.party import Address

Converter = Callable[[Any], Any]
SQLITE = "sqlite"


def unfit(wanted: str, value: object) -> TypeError:
    """Say that a value of the wrong kind was given: a mistake of the program, never of a user."""
    return TypeError(f"{wanted} is stored here, not {type(value).__name__}")


class NounType(TypeDecorator[Any]):
    """A column type with its two converters; None is always NULL and is never given to them."""

    # Texts compare by their bytes on both engines, whatever the server's locale: ids come in one order.
    impl: Any = Text().with_variant(Text(collation="C"), "postgresql")
    cache_ok = True

    def writer(self, dialect: str) -> Converter | None:  # noqa: ARG002 - the same on both engines unless overridden
        """Give the function from a noun's value to a stored one; None = as it is."""
        return None

    def reader(self, dialect: str) -> Converter | None:  # noqa: ARG002 - the same on both engines unless overridden
        """Give the function from a stored value to a noun's one; None = as it is."""
        return None

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:  # noqa: ANN401 - any column's value
        """Convert one bound value."""
        write = self.writer(dialect.name)
        return value if value is None or write is None else write(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ANN401 - any column's value
        """Convert one stored value."""
        read = self.reader(dialect.name)
        return value if value is None or read is None else read(value)


def _text(value: str) -> str:
    if "\x00" in value:  # PostgreSQL stores none, and SQLite cuts the text there in its own functions
        raise InvalidInput("text_not_storable", table="")
    return value


class Words(NounType):
    """A text."""

    cache_ok = True

    def writer(self, dialect: str) -> Converter:  # noqa: ARG002 - the same on both engines
        """Refuse the one character that no engine keeps."""
        return _text


class Whole(NounType):
    """A whole number."""

    impl = BigInteger().with_variant(Integer(), SQLITE)
    cache_ok = True


def _flag(value: Any) -> bool:  # noqa: ANN401 - checked here
    if not isinstance(value, bool):
        raise unfit("yes or no", value)
    return value


def _flag_number(value: Any) -> int:  # noqa: ANN401 - checked here
    return 1 if _flag(value) else 0


class Flag(NounType):
    """True or false."""

    impl = Boolean().with_variant(Integer(), SQLITE)
    cache_ok = True

    def writer(self, dialect: str) -> Converter:
        """0 or 1 on SQLite."""
        return _flag_number if dialect == SQLITE else _flag

    def reader(self, dialect: str) -> Converter | None:
        """0 or 1 on SQLite."""
        return bool if dialect == SQLITE else None


def _cents(value: Money) -> int:
    return value.cents


def _money(cents: int) -> Money:
    return Money(cents) if cents else ZERO


class Cents(NounType):
    """An amount: integer cents."""

    impl = BigInteger().with_variant(Integer(), SQLITE)
    cache_ok = True

    def writer(self, dialect: str) -> Converter:  # noqa: ARG002 - the same on both engines
        """Money to cents."""
        return _cents

    def reader(self, dialect: str) -> Converter:  # noqa: ARG002 - the same on both engines
        """Cents to Money."""
        return _money


def _decimal_text(value: Decimal) -> str:
    if not isinstance(value, Decimal) or not value.is_finite():
        raise unfit("a finite Decimal", value)
    return format(value, "f")


class DecimalText(NounType):
    """An exact decimal, as text: every digit is kept, trailing zeros too (equality in SQL is that of the text)."""

    cache_ok = True

    def writer(self, dialect: str) -> Converter:  # noqa: ARG002 - the same on both engines
        """Write without an exponent."""
        return _decimal_text

    def reader(self, dialect: str) -> Converter:  # noqa: ARG002 - the same on both engines
        """Read exactly."""
        return Decimal


class Word(NounType):
    """A member of an enumeration, as its text; a text that is no member is never guessed."""

    cache_ok = True

    def __init__(self, members: type[StrEnum]) -> None:
        """Keep the enumeration."""
        super().__init__()
        self.members = members
        self._by_text = {str(member.value): member for member in members}

    def writer(self, dialect: str) -> Converter:  # noqa: ARG002 - the same on both engines
        """Member to text; a plain text must be a member's."""
        by_text = self._by_text

        def write(value: str) -> str:
            return str(by_text[value].value)

        return write

    def reader(self, dialect: str) -> Converter:  # noqa: ARG002 - the same on both engines
        """Text to member."""
        by_text, name = self._by_text, self.members.__name__

        def read(value: str) -> StrEnum:
            try:
                return by_text[value]
            except KeyError as cause:
                raise BrokenBooks("stored_word_unknown", word=value[:40], of=name) from cause

        return read


class ValueText(NounType):
    """A checked identifier (SIREN, SIRET, NDA), as its text."""

    cache_ok = True

    def __init__(self, value_type: type) -> None:
        """Keep the type, which has one field, `value`."""
        super().__init__()
        self.value_type = value_type

    def writer(self, dialect: str) -> Converter:  # noqa: ARG002 - the same on both engines
        """Value to text."""
        return str

    def reader(self, dialect: str) -> Converter:  # noqa: ARG002 - the same on both engines
        """Text to value, checked again."""
        return self.value_type


def _list_text(value: Any) -> str:  # noqa: ANN401 - checked here
    if not isinstance(value, tuple):
        raise unfit("a tuple of texts", value)
    return json.dumps(list(value), ensure_ascii=False)


def _list(value: str) -> tuple[str, ...]:
    return tuple(json.loads(value))


class Texts(NounType):
    """A tuple of texts, as JSON text: read back in order, never searched."""

    cache_ok = True

    def writer(self, dialect: str) -> Converter:  # noqa: ARG002 - the same on both engines
        """Tuple to JSON."""
        return _list_text

    def reader(self, dialect: str) -> Converter:  # noqa: ARG002 - the same on both engines
        """JSON to tuple."""
        return _list


def _address_text(value: Address) -> str:
    return json.dumps([value.line, value.postcode, value.city, value.country], ensure_ascii=False)


def _address(value: str) -> Address:
    line, postcode, city, country = json.loads(value)
    return Address(line=line, postcode=postcode, city=city, country=country)


class AddressText(NounType):
    """A postal address as a JSON list: line, postcode, city, country. Printed, never searched."""

    cache_ok = True

    def writer(self, dialect: str) -> Converter:  # noqa: ARG002 - the same on both engines
        """Address to JSON."""
        return _address_text

    def reader(self, dialect: str) -> Converter:  # noqa: ARG002 - the same on both engines
        """JSON to address."""
        return _address


def _json_text(value: Any) -> str:  # noqa: ANN401 - whatever JSON holds
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


class JsonText(NounType):
    """Plain values as canonical JSON text."""

    cache_ok = True

    def writer(self, dialect: str) -> Converter:  # noqa: ARG002 - the same on both engines
        """Values to JSON, keys sorted."""
        return _json_text

    def reader(self, dialect: str) -> Converter:  # noqa: ARG002 - the same on both engines
        """JSON to values."""
        return json.loads


class Bytes(NounType):
    """Bytes: what is sealed or encrypted."""

    impl = LargeBinary
    cache_ok = True
