"""Platforms' and operators' names stay in adapters/; no float enters the core."""

import ast
import re
import tomllib
import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest

from tests.architecture.trees import PROJECT, ROOMS, called, documentation, modules

NAMES = (
    *("edof", "wedof", "kairos", "chorus", "piste", "cpro", "iopole", "super pdp", "superpdp", "b2brouter"),
    *("mon compte formation", "moncompteformation", "afdas", "akto", "atlas", "constructys", "ocapiat", "opcommerce"),
    *("uniformation", "opco ep", "opco mobilites", "opco sante", "opco 2i"),
)
FREE = re.compile(r"piste d audit")  # the French for "audit trail", a word of law (CGI 289)
NAMED = re.compile(rf"\b(?:{'|'.join(NAMES)})\b")
ELSEWHERE = tuple(room for room in ROOMS if room != "adapters")
CORE = ("billing", "reconciliation")


def words(text: str) -> str:
    """Put a text or an identifier in words: lower case, no accents, camel case and snake case split."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text)
    plain = unicodedata.normalize("NFKD", split).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", " ", plain).strip()


def named(text: str) -> bool:
    """Tell whether a text names a platform or an operator."""
    return NAMED.search(FREE.sub("", words(text))) is not None


def _identifiers(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name) | ast.keyword(arg=str(name)):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.alias(name=name, asname=other):
            yield from filter(None, (name, other))
        case ast.ImportFrom(module=str(name)):
            yield name


def test_the_names_of_platforms_stay_in_adapters() -> None:
    found = []
    for module in modules(*ELSEWHERE):
        documents = documentation(module.tree)
        texts = [(name, node) for node in ast.walk(module.tree) for name in _identifiers(node)]
        texts += [
            (node.value, node)
            for node in ast.walk(module.tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documents
        ]
        texts.append((module.name, module.tree))
        found += [f"{module.shown}:{getattr(node, 'lineno', 1)} {text!r}" for text, node in texts if named(text)]
    assert found == []


def _leaves(value: Any) -> Iterator[str]:
    match value:
        case dict():
            for key, inner in value.items():
                if key != "source":  # where a value was read: a citation, like a docstring
                    yield key
                    yield from _leaves(inner)
        case list():
            for inner in value:
                yield from _leaves(inner)
        case str():
            yield value


@pytest.mark.parametrize("room", ELSEWHERE)
def test_the_names_of_platforms_stay_out_of_the_data_files_of_other_rooms(room: str) -> None:
    found = []
    for path in sorted((PROJECT / room).rglob("*.toml")):
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        found += [f"{path.relative_to(PROJECT)}: {text!r}" for text in _leaves(content) if named(text)]
    assert found == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("chorus_pro", True),
        ("ChorusPro", True),
        ("https://cpro.example", True),
        ("OPCO Santé", True),
        ("opco_2i", True),
        ("piste d'audit fiable", False),
        ("opco epargne", False),
        ("un chorusteur", False),
    ],
)
def test_a_name_is_seen_as_a_word_however_it_is_written(text: str, expected: bool) -> None:  # noqa: FBT001 - table
    assert named(text) is expected


def test_no_float_enters_the_core() -> None:
    found = []
    for module in modules(*CORE):
        for node in ast.walk(module.tree):
            match node:
                case ast.Constant(value=float()):
                    what = "literal"
                case ast.Name(id="float"):
                    what = "float"
                case ast.BinOp(op=ast.Div(), left=ast.Constant(value=int()), right=ast.Constant(value=int())):
                    what = "division of integers"
                case ast.Call() if called(node) in {"total_seconds", "fsum", "sqrt", "mean"}:
                    what = called(node)
                case _:
                    continue
            found.append(f"{module.shown}:{getattr(node, 'lineno', 0)} {what}")
    assert found == []
