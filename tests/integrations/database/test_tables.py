"""The tables hold exactly the nouns, and each of their keys belongs to one organisation."""

import dataclasses
from typing import get_args, get_type_hints

import pytest
from sqlalchemy import Float, ForeignKeyConstraint, Numeric, PrimaryKeyConstraint, Table, UniqueConstraint

from billing.ports import UnitOfWork
from integrations.database.tables import APPEND_ONLY, METADATA, REPOSITORIES
from integrations.database.tables.columns import noun_of
from integrations.database.types import NounType

ALL_TABLES = sorted(METADATA.tables.values(), key=lambda table: table.name)


def repositories_of_the_port() -> dict[str, type]:
    properties = {name: value for name, value in vars(UnitOfWork).items() if isinstance(value, property)}
    returned = {name: get_type_hints(value.fget)["return"] for name, value in properties.items()}
    return {name: get_args(hint)[0] for name, hint in returned.items() if get_args(hint)}


def test_each_repository_of_the_port_has_its_table() -> None:
    assert {name: noun_of(table) for name, table in REPOSITORIES.items()} == repositories_of_the_port()


@pytest.mark.parametrize("table", REPOSITORIES.values(), ids=lambda table: table.name)
def test_a_table_has_the_fields_of_its_noun_and_nothing_else(table: Table) -> None:
    columns = {c.name for c in table.columns if "digest_of" not in c.info and c.name != "organisation_id"}
    assert columns == {field.name for field in dataclasses.fields(noun_of(table))}


@pytest.mark.parametrize("table", REPOSITORIES.values(), ids=lambda table: table.name)
def test_a_column_may_be_null_exactly_when_the_field_may_be_none(table: Table) -> None:
    hints = get_type_hints(noun_of(table))
    optional = {name for name, hint in hints.items() if type(None) in get_args(hint)}
    assert {c.name for c in table.columns if c.nullable and "digest_of" not in c.info} == optional


@pytest.mark.parametrize("table", ALL_TABLES, ids=lambda table: table.name)
def test_every_key_and_index_starts_with_the_organisation(table: Table) -> None:
    keys = [
        [column.name for column in constraint.columns]
        for constraint in table.constraints
        if isinstance(constraint, PrimaryKeyConstraint | UniqueConstraint | ForeignKeyConstraint)
    ]
    keys += [[column.name for column in index.columns] for index in table.indexes]
    assert keys
    assert {key[0] for key in keys} == {"organisation_id"}
    assert not table.columns["organisation_id"].nullable


@pytest.mark.parametrize("table", ALL_TABLES, ids=lambda table: table.name)
def test_no_column_is_a_float(table: Table) -> None:
    for column in table.columns:
        assert isinstance(column.type, NounType)
        assert not isinstance(column.type.impl_instance, Float | Numeric)


def test_names_fit_in_postgresql() -> None:
    names = [getattr(c, "name", None) for table in ALL_TABLES for c in (*table.constraints, *table.indexes)]
    assert all(name and len(str(name)) <= 63 for name in names)
    assert len(set(names)) == len(names)


def test_what_is_only_added() -> None:
    assert APPEND_ONLY == ("allocations", "entries", "entry_lines", "journal")


SENSITIVE = {
    ("bank_accounts", "iban"),
    ("funder_accounts", "iban"),
    ("trainers", "iban"),
    ("learners", "nir"),
    ("bank_lines", "counterparty_iban"),
    ("entitlements", "iban_given"),
    ("quarantine", "raw"),
}


def test_sensitive_columns_are_sealed() -> None:
    sealed = {(table.name, c.name) for table in ALL_TABLES for c in table.columns if "sealed" in c.info}
    assert sealed == SENSITIVE
