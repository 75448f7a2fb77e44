"""How a table of the books is written down: short words for its columns and keys.

Every row, unique key, foreign key and index starts with `organisation_id`. Foreign keys are checked at
commit, so that the things of one transaction may come in any order.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
)
from sqlalchemy import text as sql

from integrations.database.time_types import Day, Instant, LocalTime
from integrations.database.types import (
    AddressText,
    Bytes,
    Cents,
    DecimalText,
    Flag,
    JsonText,
    Texts,
    ValueText,
    Whole,
    Word,
    Words,
)

METADATA = MetaData()
OWNER = "organisation_id"
DIGEST = "_digest"


@dataclass(frozen=True, slots=True)
class Unique:
    """No two rows of an organisation have the same values here; `where` restricts it (portable SQL)."""

    columns: tuple[str, ...]
    where: str = ""


@dataclass(frozen=True, slots=True)
class Lookup:
    """These columns are asked for.

    `where` keeps only the rows that are asked for; only SQL that says the same words can use such an index,
    filters of a repository (whose values are bound) never do.
    """

    columns: tuple[str, ...]
    where: str = ""


@dataclass(frozen=True, slots=True)
class Parent:
    """A column holds the id of a row that is there at commit (or NULL)."""

    column: str
    table: str


@dataclass(frozen=True, slots=True)
class Rule:
    """Every row obeys this (portable SQL)."""

    name: str
    holds: str


Part = Column[Any] | Unique | Lookup | Parent | Rule


def unique(*columns: str, where: str = "") -> Unique:
    """Declare a unique key of the organisation."""
    return Unique(columns, where)


def lookup(*columns: str, where: str = "") -> Lookup:
    """Declare an index."""
    return Lookup(columns, where)


def own_table(name: str, key: tuple[str, ...], *parts: Part, append_only: bool = False) -> Table:
    """Write down a table whose primary key is the organisation and `key`."""
    table = Table(name, METADATA, Column(OWNER, Words(), nullable=False), sqlite_strict=True)
    table.info["append_only"] = append_only
    for part in parts:
        if isinstance(part, Column):
            table.append_column(part)
    table.append_constraint(PrimaryKeyConstraint(OWNER, *key, name=f"pk_{name}"))
    for part in parts:
        _append(table, part)
    return table


def noun_table(name: str, noun: type, *parts: Part, append_only: bool = False) -> Table:
    """Write down the table of a noun that has an `id`."""
    table = own_table(name, ("id",), text("id"), *parts, append_only=append_only)
    table.info["noun"] = noun
    return table


def noun_of(table: Table) -> type[Any]:
    """Tell which noun a table holds."""
    noun: type[Any] = table.info["noun"]
    return noun


def _append(table: Table, part: Part) -> None:
    match part:
        case Unique(columns=columns, where="") as key:
            table.append_constraint(UniqueConstraint(OWNER, *columns, name=_name("uq", table, columns)))
            table.info.setdefault("unique", []).append(key)
        case Unique(columns=columns, where=where) as key:
            _index(table, _name("uq", table, columns), columns, where, unique_=True)
            table.info.setdefault("unique", []).append(key)
        case Lookup(columns=columns, where=where):
            _index(table, _name("ix_some" if where else "ix", table, columns), columns, where, unique_=False)
        case Parent(column=column, table=parent) as link:
            table.append_constraint(
                ForeignKeyConstraint(
                    [OWNER, column],
                    [f"{parent}.{OWNER}", f"{parent}.id"],
                    name=f"fk_{table.name}_{column}",
                    deferrable=True,
                    initially="DEFERRED",
                )
            )
            table.info.setdefault("parents", []).append(link)
        case Rule(name=name, holds=holds):
            table.append_constraint(CheckConstraint(holds, name=f"ck_{table.name}_{name}"))
        case _:
            pass


def _index(table: Table, name: str, columns: tuple[str, ...], where: str, *, unique_: bool) -> None:
    condition: dict[str, Any] = {"sqlite_where": sql(where), "postgresql_where": sql(where)} if where else {}
    Index(name, *(table.c[column] for column in (OWNER, *columns)), unique=unique_, **condition)


def _name(prefix: str, table: Table, columns: tuple[str, ...]) -> str:
    return "_".join((prefix, table.name, *columns))[:60]


# --- columns --------------------------------------------------------------------------------------------


def text(name: str, *, null: bool = False) -> Column[Any]:
    """Declare a text."""
    return Column(name, Words(), nullable=null)


def integer(name: str, *, null: bool = False) -> Column[Any]:
    """Declare a whole number."""
    return Column(name, Whole(), nullable=null)


def flag(name: str, *, null: bool = False) -> Column[Any]:
    """Declare a yes or no."""
    return Column(name, Flag(), nullable=null)


def cents(name: str, *, null: bool = False) -> Column[Any]:
    """Declare an amount in cents."""
    return Column(name, Cents(), nullable=null)


def decimal(name: str, *, null: bool = False) -> Column[Any]:
    """Declare an exact decimal."""
    return Column(name, DecimalText(), nullable=null)


def day(name: str, *, null: bool = False) -> Column[Any]:
    """Declare a plain date."""
    return Column(name, Day(), nullable=null)


def local_time(name: str, *, null: bool = False) -> Column[Any]:
    """Declare a local time."""
    return Column(name, LocalTime(), nullable=null)


def instant(name: str, *, null: bool = False) -> Column[Any]:
    """Declare a UTC instant."""
    return Column(name, Instant(), nullable=null)


def word(name: str, members: type[StrEnum], *, null: bool = False) -> Column[Any]:
    """Declare a member of an enumeration."""
    return Column(name, Word(members), nullable=null)


def value(name: str, value_type: type, *, null: bool = False) -> Column[Any]:
    """Declare a checked identifier."""
    return Column(name, ValueText(value_type), nullable=null)


def words(name: str) -> Column[Any]:
    """Declare several texts."""
    return Column(name, Texts(), nullable=False)


def address(name: str) -> Column[Any]:
    """Declare a postal address."""
    return Column(name, AddressText(), nullable=False)


def json(name: str) -> Column[Any]:
    """Declare plain values."""
    return Column(name, JsonText(), nullable=False)


def octets(name: str, *, null: bool = False) -> Column[Any]:
    """Declare bytes."""
    return Column(name, Bytes(), nullable=null)


def sealed(name: str, value_type: type, *, null: bool = False) -> tuple[Column[Any], Column[Any]]:
    """Declare a sensitive text: sealed bytes, and a keyed digest by which it is found."""
    return (
        Column(name, Bytes(), nullable=null, info={"sealed": value_type}),
        Column(name + DIGEST, Words(), nullable=null, info={"digest_of": name}),
    )
