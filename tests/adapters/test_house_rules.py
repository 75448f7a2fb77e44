"""What the house asks of adapters' sources and sentences."""

import ast
import re
import string
import subprocess
import sys
import tomllib
from pathlib import Path

from adapters.registry import registry

ROOT = Path(__file__).parents[2]
CODE = re.compile(r"(?:platform|chorus_pro|portal|adapter)_[a-z_]+")


def sources() -> list[Path]:
    return [
        path
        for folder in ("adapters", "integrations/http")
        for path in (ROOT / folder).rglob("*.py")
        if "sandbox" not in str(path) and path.name != "testing.py"
    ]


def codes_used() -> set[str]:
    literals = {
        node.value
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return {text for text in literals if CODE.fullmatch(text)}


def sentences() -> dict[str, dict[str, str]]:
    ours = tomllib.loads((ROOT / "billing/texts/platforms.toml").read_text("utf-8"))
    theirs = registry(third_parties=False).texts()
    return {table: {**ours.get(table, {}), **theirs.get(table, {})} for table in ("errors", "findings")}


def test_every_code_has_its_sentence_and_every_sentence_its_code() -> None:
    told = sentences()
    known = set(told["errors"]) | set(told["findings"])
    used = codes_used()
    assert used - known == set()
    assert known - used == set()


def test_sentences_name_only_values_in_plain_words() -> None:
    for table in sentences().values():
        for sentence in table.values():
            fields = [
                name for _text, name, _spec, _conversion in string.Formatter().parse(sentence) if name is not None
            ]
            assert all(re.fullmatch(r"[a-z_]+", name) for name in fields)


def test_mapping_is_pure() -> None:
    for path in (ROOT / "adapters").rglob("mapping.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for module in modules:
                assert module.split(".")[0] not in {"integrations", "os", "socket", "time", "pathlib"}, (path, module)


def test_importing_every_adapter_opens_and_reads_nothing() -> None:
    script = (
        "import sys, adapters.registry\n"
        "import threading\n"
        "assert threading.active_count() == 1\n"
        "assert 'uvicorn' not in sys.modules and 'starlette' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
