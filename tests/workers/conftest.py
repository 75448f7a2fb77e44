"""A home with one organisation in real books, and the runtime built on it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from console import house
from tests.workers.rig import SLUG
from workers.bootstrap import Runtime, build


@pytest.fixture(scope="session")
def home_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("template") / "home"
    plain = {name: value for name, value in os.environ.items() if not name.startswith("QUITUS_")}
    with mock.patch.dict(os.environ, plain | {"QUITUS_HOME": str(home), "QUITUS_TODAY": "2026-09-30"}, clear=True):
        house.initialise(slug=SLUG, name="Organisme Acme", siren=None, login="claire")
    return home


@pytest.fixture
def home(home_template: Path, tmp_path: Path) -> Path:
    return shutil.copytree(home_template, tmp_path / "home")


@pytest.fixture
def runtime(home: Path) -> Iterator[Runtime]:
    with build(environment={"QUITUS_HOME": str(home), "QUITUS_TODAY": "2026-09-30", "QUITUS_WORKERS": "1"}) as made:
        yield made
