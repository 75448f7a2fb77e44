"""One renderer and one process of official rules for the whole session: compiling them is what costs."""

from collections.abc import Iterator

import pytest

from integrations.facturx.checking import CheckPool
from integrations.facturx.maker import Renderer
from integrations.facturx.schematron import Schematrons


@pytest.fixture(scope="session")
def renderer() -> Renderer:
    return Renderer()


@pytest.fixture(scope="session")
def official() -> Iterator[Schematrons]:
    with Schematrons() as rules:
        yield rules


@pytest.fixture(scope="session")
def checks() -> Iterator[CheckPool]:
    with CheckPool(1) as pool:
        yield pool
