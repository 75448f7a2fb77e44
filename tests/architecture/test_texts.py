"""Every code that a user may meet has a French sentence, every sentence has a code, every gap can be filled."""

import ast
import string
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from tests.architecture.trees import PROJECT, called, documentation, modules

SAID = ("errors", "findings", "anomalies")
PLATFORM_ROOT = "PlatformError"  # adds the platform to its values by itself
NOT_VALUES = {"context", "findings", "retry_after"}


@dataclass(frozen=True)
class Use:
    """One place where a code is made; `values` None = they are computed there."""

    table: str
    code: str
    values: frozenset[str] | None
    where: str


@cache
def sentences() -> dict[tuple[str, str], str]:
    """Every sentence, by table and code."""
    found: dict[tuple[str, str], str] = {}
    files = [*(PROJECT / "billing" / "texts").glob("*.toml"), *(PROJECT / "adapters").glob("*/texts.toml")]
    for path in sorted(files):
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        for table in SAID:
            for code, text in content.get(table, {}).items():
                assert (table, code) not in found, f"{path.name}: {table}.{code} is written twice"
                found[table, code] = text
    return found


@cache
def error_classes() -> dict[str, bool]:
    """Names of the classes of the error tree, and whether they are a platform's."""
    found = {"QuitusError": False}
    classes = [node for module in modules() for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef)]
    for _ in range(4):  # the tree is not deeper
        for node in classes:
            for base in node.bases:
                if isinstance(base, ast.Name) and base.id in found:
                    found[node.name] = found[base.id] or node.name == PLATFORM_ROOT
    return found


def _codes(node: ast.expr | None) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(code)):
            yield code
        case ast.IfExp(body=body, orelse=other):
            yield from _codes(body)
            yield from _codes(other)


def _keys(node: ast.expr | None) -> frozenset[str] | None:
    """The keys of a literal mapping; None when it is computed."""
    match node:
        case None:
            return frozenset()
        case ast.Dict(keys=keys) if all(isinstance(key, ast.Constant) for key in keys):
            return frozenset(str(key.value) for key in keys if isinstance(key, ast.Constant))
    return None


@cache
def uses() -> tuple[Use, ...]:
    """Every place where a code is written next to what makes it."""
    found = []
    for module in modules():
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.Call):
                continue
            name, where = called(node), f"{module.shown}:{node.lineno}"
            named = {word.arg: word.value for word in node.keywords if word.arg}
            if name in error_classes() and node.args:
                values: frozenset[str] | None = frozenset(named) - NOT_VALUES
                values = None if len(named) < len(node.keywords) else values
                if error_classes()[name] and values is not None:
                    values |= {"platform"}
                found += [Use("errors", code, values, where) for code in _codes(node.args[0])]
            elif name == "Finding":
                values = _keys(named.get("values"))
                values = values | {"where"} if values is not None else None
                found += [Use("findings", code, values, where) for code in _codes(named.get("code"))]
            elif name == "Rule":
                code = named.get("code", node.args[0] if node.args else None)
                found += [Use("anomalies", code_, None, where) for code_ in _codes(code)]
    return tuple(found)


def test_every_code_has_a_french_sentence() -> None:
    missing = {f"{use.where} {use.table}.{use.code}" for use in uses() if (use.table, use.code) not in sentences()}
    assert sorted(missing) == []


def test_no_sentence_is_orphaned() -> None:
    written = {
        node.value
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation(module.tree)
    }
    assert sorted(f"{table}.{code}" for table, code in sentences() if code not in written) == []


def test_every_gap_of_a_sentence_is_filled_where_its_code_is_made() -> None:
    unfilled = []
    for use in uses():
        text = sentences().get((use.table, use.code), "")
        gaps = {name.partition(".")[0].partition("[")[0] for _, name, _, _ in string.Formatter().parse(text) if name}
        if use.values is not None and gaps - use.values:
            unfilled.append(f"{use.where} {use.code}: {sorted(gaps - use.values)}")
    assert unfilled == []


def test_a_sentence_is_a_whole_one_in_french_typography() -> None:
    bad = []
    for (table, code), text in sentences().items():
        whole = text[:1] in {"{", "«"} or text[:1].isupper()
        if not whole or text.rstrip()[-1:] not in {".", "…", "?", ")"} or "  " in text or text != text.strip():
            bad.append(f"{table}.{code}: {text}")
    assert bad == []
