"""The locked dependencies: complete, hashed, and silent about where they come from."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.trees import PROJECT

LOCKS = ("requirements.lock", "requirements-test.lock")


def _locked(lock: str) -> dict[str, str]:
    lines = (PROJECT / lock).read_text(encoding="utf-8").splitlines()
    found = [re.match(r"([A-Za-z0-9._-]+)==([^\s;]+)", line) for line in lines]
    return {canonicalize_name(match[1]): match[2] for match in found if match}


def _asked(*groups: str) -> list[Requirement]:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    lines = list(project["project"]["dependencies"]) + list(project["build-system"]["requires"])
    for group in groups:
        lines += [line for line in project["dependency-groups"][group] if isinstance(line, str)]
    return [Requirement(line) for line in lines]


@pytest.mark.parametrize(("lock", "groups"), [(LOCKS[0], ("build",)), (LOCKS[1], ("build", "test"))])
def test_a_lock_covers_what_pyproject_asks_for_the_build_backend_included(lock: str, groups: tuple[str, ...]) -> None:
    locked = _locked(lock)
    missing = [
        str(asked)
        for asked in _asked(*groups)
        if not asked.specifier.contains(locked.get(canonicalize_name(asked.name), "0"), prereleases=True)
        or canonicalize_name(asked.name) not in locked
    ]
    assert missing == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_each_package_by_version_and_hash(lock: str) -> None:
    text = (PROJECT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    assert [line for line in text.splitlines() if "==" not in line or "--hash=sha256:" not in line] == []


def test_both_locks_hold_the_same_versions() -> None:
    run, test = (_locked(lock) for lock in LOCKS)
    assert run.items() <= test.items()


def test_no_file_of_the_house_names_a_package_index() -> None:
    files = [*PROJECT.glob("requirements*"), PROJECT / "pyproject.toml", PROJECT / "Makefile"]
    files += [path for path in (PROJECT / ".ci").iterdir() if path.is_file()]
    address = re.compile(r"://|--(?:extra-)?index|--find-links|simple/|pypi\.|\[\[?tool\.uv", re.IGNORECASE)
    assert [path.name for path in files if address.search(path.read_text(encoding="utf-8"))] == []
