"""No work at import: no engine, no client, no broker, no file, no environment read (style rules 32 and 33)."""

import ast
import subprocess
import sys

from tests.architecture.trees import PROJECT, at_import, called, dotted, modules

ACTS = {
    *("create_engine", "Client", "AsyncClient", "set_broker", "StubBroker", "Thread", "ThreadPoolExecutor"),
    *("open", "connect", "read_text", "read_bytes", "write_text", "getenv", "basicConfig", "entry_points"),
    *("now", "utcnow", "today", "urandom", "uuid4", "cwd", "home", "getcwd", "load_dotenv"),
}
LOADED_BY_PATH = ".migrations."  # alembic runs these files; nobody imports them


def test_importing_a_module_builds_nothing_and_asks_nothing() -> None:
    found = []
    for module in modules():
        if LOADED_BY_PATH in module.name:
            continue
        for node in at_import(module):
            if isinstance(node, ast.Call) and called(node) in ACTS:
                found.append(f"{module.shown}:{node.lineno} calls {called(node)}")
            elif isinstance(node, ast.Attribute) and dotted(node) in {"os.environ", "sys.argv"}:
                found.append(f"{module.shown}:{node.lineno} reads {dotted(node)}")
    assert found == []


def test_importing_every_module_opens_no_file_no_socket_no_database_and_starts_no_thread() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.architecture.import_watch"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout == ""
