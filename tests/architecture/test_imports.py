"""Who may import what, where import-linter (run by `make check`) does not look: on the syntax tree."""

import re
import sys
import tomllib
from collections.abc import Iterator

import pytest

from tests.architecture.trees import PROJECT, ROOMS, Module, imported, modules

ABOVE = {room: set(ROOMS[ROOMS.index(room) + 1 :]) for room in ROOMS}
DISTRIBUTIONS = {"facturx": "factur-x", "python_calamine": "python-calamine", "pydantic_settings": "pydantic-settings"}
"""Distributions whose name is not the name of the package that they bring."""


def _tops(*rooms: str) -> Iterator[tuple[Module, str, str]]:
    for module in modules(*rooms):
        for name, line in imported(module):
            yield module, name, f"{module.shown}:{line} imports {name}"


def test_billing_imports_only_the_standard_library_also_inside_functions() -> None:
    allowed = sys.stdlib_module_names | {"billing"}
    assert [said for _, name, said in _tops("billing") if name.partition(".")[0] not in allowed] == []


def test_reconciliation_imports_only_the_standard_library_and_billing() -> None:
    allowed = sys.stdlib_module_names | {"billing", "reconciliation"}
    assert [said for _, name, said in _tops("reconciliation") if name.partition(".")[0] not in allowed] == []


@pytest.mark.parametrize("room", ["billing", "reconciliation"])
def test_a_core_room_does_no_input_or_output(room: str) -> None:
    outside = {"asyncio", "http", "io", "os", "pathlib", "random", "shutil", "socket", "sqlite3", "ssl", "subprocess"}
    outside |= {"tempfile", "threading", "time", "urllib", "importlib", "logging", "glob", "multiprocessing"}
    assert [said for _, name, said in _tops(room) if name.partition(".")[0] in outside] == []


def test_no_room_imports_a_room_above_it_even_lazily() -> None:
    found = [said for m, name, said in _tops() if name.partition(".")[0] in ABOVE[m.name.partition(".")[0]]]
    assert found == []


def test_a_mapping_is_pure_it_imports_its_wire_and_billing_and_no_input_or_output() -> None:
    pure = {"collections", "dataclasses", "datetime", "decimal", "enum", "functools", "itertools", "re", "typing"}
    pure |= {"types", "unicodedata", "zoneinfo", "hashlib", "string", "operator", "billing", "base64", "json"}
    found = []
    for module, name, said in _tops("adapters"):
        package, _, last = module.name.rpartition(".")
        if last == "mapping" and name.partition(".")[0] not in pure and not name.startswith(package):
            found.append(said)
    assert found == []


def test_everything_that_a_room_imports_is_declared_in_pyproject() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = project["dependencies"] + [line for extra in project["optional-dependencies"].values() for line in extra]
    declared = {re.split(r"[^\w-]", line)[0].lower() for line in lines}
    found = []
    for _, name, said in _tops():
        top = name.partition(".")[0]
        known = top in sys.stdlib_module_names or top in ROOMS
        if not known and DISTRIBUTIONS.get(top, top).lower() not in declared:
            found.append(said)
    assert found == []


def test_adapters_are_the_folders_that_the_registry_lists() -> None:
    adapters = PROJECT / "adapters"
    folders = {folder.parent.name for folder in adapters.glob("*/__init__.py")}
    registry = next(module for module in modules("adapters") if module.name == "adapters.registry")
    listed = {
        alias.name
        for node in registry.tree.body
        if getattr(node, "module", None) == "adapters"
        for alias in getattr(node, "names", ())
    }
    source = registry.path.read_text(encoding="utf-8")
    assert folders == listed
    assert {name for name in listed if f"{name}.ADAPTER" in source} == listed
