"""Every code that a user may meet has a French sentence, every sentence has a code, every gap can be filled."""

import ast
import string
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from tests.architecture.trees import PROJECT, called, documentation, dotted, modules

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
    or_finding: bool = False
    """An `InvalidInput` about a cell becomes a finding: its sentence may be there only."""


@cache
def written() -> tuple[tuple[str, str, str, str], ...]:
    """Every sentence: table, code, text, file."""
    files = [*(PROJECT / "billing" / "texts").glob("*.toml"), *(PROJECT / "adapters").glob("*/texts.toml")]
    contents = [(path, tomllib.loads(path.read_text(encoding="utf-8"))) for path in sorted(files)]
    return tuple(
        (table, code, text, str(path.relative_to(PROJECT)))
        for path, content in contents
        for table in SAID
        for code, text in content.get(table, {}).items()
    )


@cache
def sentences() -> dict[tuple[str, str], str]:
    """Every sentence, by table and code."""
    return {(table, code): text for table, code, text, _ in written()}


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


def _causes(tree: ast.Module) -> set[int]:
    """Errors made only to be the cause of another one (`cause = …; raise … from cause`): nobody reads them."""
    return {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and [dotted(target) for target in node.targets] == ["cause"]
    }


@cache
def uses() -> tuple[Use, ...]:
    """Every place where a code is written next to what makes it."""
    found = []
    for module in modules():
        causes = _causes(module.tree)
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.Call) or id(node) in causes:
                continue
            name, where = called(node), f"{module.shown}:{node.lineno}"
            named = {word.arg: word.value for word in node.keywords if word.arg}
            if name in error_classes() and node.args:
                values: frozenset[str] | None = frozenset(named) - NOT_VALUES
                values = None if len(named) < len(node.keywords) else values
                if error_classes()[name] and values is not None:
                    values |= {"platform"}
                found += [Use("errors", code, values, where, name == "InvalidInput") for code in _codes(node.args[0])]
            elif name == "Finding":
                values = _keys(named.get("values"))
                values = values | {"where"} if values is not None else None
                found += [Use("findings", code, values, where) for code in _codes(named.get("code"))]
            elif (
                name == "sentence" and len(node.args) > 1
            ):  # asked for by name: `texts.sentence("findings", "code", …)`
                table = next(_codes(node.args[0]), "")
                found += [Use(table, code, None, where) for code in _codes(node.args[1]) if table in SAID]
            elif name == "Rule" and module.name.startswith("reconciliation."):
                code = named.get("code", node.args[0] if node.args else None)
                found += [Use("anomalies", code_, None, where) for code_ in _codes(code)]
    return tuple(found)


def test_every_code_has_a_french_sentence() -> None:
    missing = {
        f"{use.where} {use.table}.{use.code}"
        for use in uses()
        if (use.table, use.code) not in sentences() and not (use.or_finding and ("findings", use.code) in sentences())
    }
    assert sorted(missing) == []


def test_no_code_has_two_sentences() -> None:
    keys = [(table, code) for table, code, _, _ in written()]
    assert (
        sorted(f"{file}: {table}.{code}" for table, code, _, file in written() if keys.count((table, code)) > 1) == []
    )


def test_no_sentence_is_orphaned() -> None:
    literals = set()
    for module in modules():
        documents = documentation(module.tree)
        literals |= {
            node.value
            for node in ast.walk(module.tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documents
        }
    assert sorted(f"{table}.{code}" for table, code in sentences() if code not in literals) == []


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
        whole = text[:1] in {"{", "«"} or text[:1].isupper() or text.startswith("quitus ")
        if not whole or text.rstrip()[-1:] not in {".", "…", "?", ")", "}"} or "  " in text or text != text.strip():
            bad.append(f"{table}.{code}: {text}")
    assert bad == []
