"""Column types of days, local times and instants: native on PostgreSQL, ISO texts that compare alike on SQLite."""

from datetime import UTC, date, datetime

from sqlalchemy import Date, DateTime, Text

from integrations.database.types import SQLITE, Converter, NounType, unfit


def _checked_day(value: date) -> date:
    if type(value) is not date:
        raise unfit("a plain day", value)
    return value


def _day_text(value: date) -> str:
    return _checked_day(value).isoformat()


class Day(NounType):
    """A plain date; ISO text on SQLite, where texts compare as dates do."""

    impl = Date().with_variant(Text(), SQLITE)
    cache_ok = True

    def writer(self, dialect: str) -> Converter:
        """ISO text on SQLite."""
        return _day_text if dialect == SQLITE else _checked_day

    def reader(self, dialect: str) -> Converter | None:
        """ISO text on SQLite."""
        return date.fromisoformat if dialect == SQLITE else None


def _local(value: datetime) -> datetime:
    if value.tzinfo is not None:
        raise unfit("a local time without zone", value)
    return value


def _local_text(value: datetime) -> str:
    return _local(value).isoformat(timespec="microseconds")


class LocalTime(NounType):
    """A time of day in Europe/Paris, naive on purpose."""

    impl = DateTime().with_variant(Text(), SQLITE)
    cache_ok = True

    def writer(self, dialect: str) -> Converter:
        """ISO text on SQLite, always with microseconds so that texts compare as times do."""
        return _local_text if dialect == SQLITE else _local

    def reader(self, dialect: str) -> Converter | None:
        """ISO text on SQLite."""
        return datetime.fromisoformat if dialect == SQLITE else None


def _utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise unfit("an instant with its zone", value)
    return value.astimezone(UTC)


def instant_text(value: datetime) -> str:
    """Write an instant as UTC text, always with microseconds so that texts compare as instants do."""
    return _utc(value).isoformat(timespec="microseconds")


class Instant(NounType):
    """An instant, UTC-aware."""

    impl = DateTime(timezone=True).with_variant(Text(), SQLITE)
    cache_ok = True

    def writer(self, dialect: str) -> Converter:
        """UTC text on SQLite."""
        return instant_text if dialect == SQLITE else _utc

    def reader(self, dialect: str) -> Converter:
        """UTC text on SQLite; always in UTC."""
        return datetime.fromisoformat if dialect == SQLITE else _utc
