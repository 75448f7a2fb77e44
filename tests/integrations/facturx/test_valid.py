"""Each case of a training organisation passes our rules, the schema and both official rule books."""

import pytest

from integrations.facturx.document import Document
from integrations.facturx.maker import Renderer
from integrations.facturx.schematron import Schematrons
from integrations.facturx.xml import write_xml
from tests.integrations.facturx.documents import CASES

cases = pytest.mark.parametrize("made", CASES.values(), ids=CASES.keys())


@cases
def test_a_case_passes_our_rules_and_the_official_schema(made: Document, renderer: Renderer) -> None:
    assert renderer.check(made) == ()


@cases
def test_a_case_passes_the_official_rule_books(made: Document, official: Schematrons) -> None:
    assert official.check(write_xml(made), made.profile) == ()


@cases
def test_a_case_gives_the_same_bytes_twice(made: Document, renderer: Renderer) -> None:
    assert renderer.render(made) == renderer.render(made)
