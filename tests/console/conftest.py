from pathlib import Path

import pytest

from tests.homes import Night, Quitus


@pytest.fixture
def home(cli: Quitus, small_night: Night, tmp_path: Path) -> Path:
    """A copy of the small organisation after its night; commands of `cli` work on it."""
    copy = small_night.copy(tmp_path / "home")
    cli.at(copy)
    return copy
