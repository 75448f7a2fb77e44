"""Documents that cannot drift: the READMEs against the command line, the Makefile, the settings and the tree."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from tests.architecture.trees import PROJECT, ROOMS

README_LINES = 40
README = PROJECT / "README.md"


def _commands(group: Any = None, prefix: str = "") -> Iterator[str]:
    """Every command of the command line, groups included: `claims`, `claims prepare`, …"""
    if group is None:
        from console.cli import app  # noqa: PLC0415 - a broken command line fails these tests, not the collection

        group = typer.main.get_command(app)
    for name, command in group.commands.items():
        if not command.hidden:
            yield f"{prefix}{name}"
        if hasattr(command, "commands"):
            yield from _commands(command, f"{prefix}{name} ")


def _written(text: str) -> set[str]:
    """Commands written in code, `quitus claims prepare …`; alternatives (`a|b`) are told apart."""
    found = set()
    for line in re.findall(r"`([^`\n]+)`", text) + re.findall(r"^ {4}(.+)$", text, re.MULTILINE):
        match = re.match(r"(?:\S+/)?quitus ([a-z][a-z|-]*)(?: ([a-z][a-z|-]*))?(?=\s|$)", line.strip())
        for first in match[1].split("|") if match else ():
            found |= {f"{first} {second}".strip() for second in (match[2] or "").split("|")} if match else set()
    return found


@pytest.mark.parametrize("path", ["README.md", *(f"{room}/README.md" for room in ROOMS)])
def test_every_command_named_in_a_readme_exists(path: str) -> None:
    known = set(_commands())
    groups = {name.partition(" ")[0] for name in known if " " in name}
    text = (PROJECT / path).read_text(encoding="utf-8")
    asked = {name if name.partition(" ")[0] in groups else name.partition(" ")[0] for name in _written(text)}
    assert sorted(asked - known) == []


def test_the_readme_names_every_command() -> None:
    written = {name.partition(" ")[0] for name in _written(README.read_text(encoding="utf-8"))}
    assert sorted({name.partition(" ")[0] for name in _commands()} - written) == []


def test_every_make_target_named_in_a_document_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    texts = [
        path.read_text(encoding="utf-8") for path in (README, PROJECT / "CHANGELOG.md", *PROJECT.glob("*/README.md"))
    ]
    assert {name for text in texts for name in re.findall(r"`make ([a-z-]+)", text)} - targets == set()


def test_every_setting_named_in_the_readme_is_read_somewhere() -> None:
    sources = [*(PROJECT / "workers").rglob("*.py"), *(PROJECT / "console").rglob("*.py"), *(PROJECT / ".ci").iterdir()]
    sources += [*(PROJECT / "tests").glob("*.py")]
    read = "\n".join(path.read_text(encoding="utf-8") for path in sources if path.is_file())
    named = set(re.findall(r"QUITUS_[A-Z]+(?:_[A-Z]+)*", README.read_text(encoding="utf-8")))
    assert sorted(name for name in named if name not in read) == []


@pytest.mark.parametrize("room", [*ROOMS, "tests"])
def test_each_room_says_what_it_is_in_forty_lines_and_keeps_its_decisions(room: str) -> None:
    text = (PROJECT / room / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= README_LINES
    assert text.startswith(f"# {room}/")
    assert re.search(r"^## Decisions", text, re.MULTILINE)
    decisions = text.split("## Decisions", 1)[1]
    assert re.search(r"20\d\d-\d\d-\d\d", decisions)


def test_documents_speak_of_no_path_of_a_machine() -> None:
    paths = [*PROJECT.glob("*.md"), *PROJECT.glob("*/README.md")]
    machine = re.compile(r"/(?:work|root|home|tmp|opt)/")
    assert [path.name for path in paths if machine.search(path.read_text(encoding="utf-8"))] == []
