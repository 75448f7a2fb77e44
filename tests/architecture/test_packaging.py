"""What is shipped: one wheel of six packages, with every data file, and nobody else under our names."""

import subprocess
import sys
import zipfile
from collections.abc import Iterable
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.architecture.trees import PROJECT, ROOMS

JUNK = {"__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    run = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    return zipfile.ZipFile(next(folder.glob("quitus-*.whl")))


def _files(rooms: Iterable[str]) -> set[str]:
    found = (path for room in rooms for path in (PROJECT / room).rglob("*") if path.is_file())
    return {str(path.relative_to(PROJECT)) for path in found if not JUNK & set(path.parts)}


def test_the_wheel_holds_every_file_of_the_six_rooms_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    shipped = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert shipped == _files(ROOMS)


@pytest.mark.parametrize(
    ("room", "suffix"),
    [
        ("billing/texts", ".toml"),
        ("billing/parameters", ".toml"),
        ("adapters", ".toml"),
        ("integrations/database/migrations", ".py"),
        ("integrations/facturx/fonts", ".ttf"),
        ("integrations/facturx", ".typ"),
    ],
)
def test_the_data_files_that_quitus_reads_are_shipped(wheel: zipfile.ZipFile, room: str, suffix: str) -> None:
    assert [name for name in wheel.namelist() if name.startswith(room) and name.endswith(suffix)]


def test_the_wheel_brings_the_command(wheel: zipfile.ZipFile) -> None:
    name = next(name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    assert "quitus = console.cli:main" in wheel.read(name).decode()


def test_no_other_installed_distribution_claims_one_of_our_names() -> None:
    claims = packages_distributions()
    others = {room: set(claims.get(room, ())) - {"quitus"} for room in ROOMS}
    assert {room: names for room, names in others.items() if names} == {}


def test_our_names_come_from_this_checkout() -> None:
    for room in ROOMS:
        module = __import__(room)
        assert Path(module.__file__ or "").parent == PROJECT / room
