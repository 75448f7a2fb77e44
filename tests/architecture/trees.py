"""The source of the six rooms as syntax trees, for the tests of this folder."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
ROOMS = ("billing", "reconciliation", "integrations", "adapters", "workers", "console")


@dataclass(frozen=True)
class Module:
    """One file of a room, read and parsed."""

    name: str
    path: Path
    tree: ast.Module

    @property
    def shown(self) -> str:
        return str(self.path.relative_to(PROJECT))


@cache
def modules(*rooms: str) -> tuple[Module, ...]:
    """Every module of these rooms, migrations included."""
    found = []
    for room in rooms or ROOMS:
        for path in sorted((PROJECT / room).rglob("*.py")):
            dotted = ".".join(path.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__init__")
            found.append(Module(dotted, path, ast.parse(path.read_text(encoding="utf-8"), filename=str(path))))
    return tuple(found)


def imported(module: Module) -> Iterator[tuple[str, int]]:
    """Every module that a file imports, also inside functions, with the line; relative imports resolved."""
    package = module.name if module.path.name == "__init__.py" else module.name.rpartition(".")[0]
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            base = package.rsplit(".", node.level - 1)[0] if node.level > 1 else package
            source = ".".join(filter(None, (base if node.level else "", node.module or "")))
            yield source, node.lineno
        elif isinstance(node, ast.Call) and called(node) in {"import_module", "__import__"}:
            match node.args[:1]:
                case [ast.Constant(value=str(name))]:
                    yield name, node.lineno


def called(call: ast.Call) -> str:
    """The last name of what is called: `a.b.open(…)` gives `open`."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def dotted(node: ast.expr) -> str:
    """A dotted name as written, empty when it is something else."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr):
            inner = dotted(value)
            return f"{inner}.{attr}" if inner else attr
    return ""


def documentation(tree: ast.Module) -> set[int]:
    """Ids of the constants that document: bare strings standing as statements."""
    return {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    }


def at_import(module: Module) -> Iterator[ast.AST]:
    """What runs when the module is imported: everything but the bodies of functions and `if __name__ == …`."""

    def walk(node: ast.AST) -> Iterator[ast.AST]:
        yield node
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                now: list[ast.AST] = [*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)]
            case ast.Lambda():
                now = [*node.args.defaults, *filter(None, node.args.kw_defaults)]
            case ast.If(test=ast.Compare(left=ast.Name(id="__name__"))):
                now = list(node.orelse)
            case _:
                now = list(ast.iter_child_nodes(node))
        for child in now:
            yield from walk(child)

    yield from walk(module.tree)
