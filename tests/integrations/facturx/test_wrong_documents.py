"""Each deliberately wrong document is refused by its own rule, and by nothing that its fault does not drag along."""

import pytest

from billing.errors import Severity
from integrations.facturx.checking import CheckPool
from integrations.facturx.wording import rule_of
from tests.integrations.facturx.wrong_documents import WRONG, Wrong


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_a_wrong_document_is_refused_for_its_own_rule(wrong: Wrong, checks: CheckPool) -> None:
    (checked,) = checks.check([wrong.make()])
    refusing = {rule_of(finding) for finding in checked.findings if finding.severity is Severity.ERROR}
    assert refusing == {wrong.rule, *wrong.also}
    assert not checked.ok


def test_there_are_at_least_forty_of_them() -> None:
    assert len(WRONG) >= 40
