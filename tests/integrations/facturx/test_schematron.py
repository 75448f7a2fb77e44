"""The official rule books: what they refuse is told in full, and no silence ever means valid."""

import pytest

from billing.errors import Severity
from integrations.facturx import schematron
from integrations.facturx.document import Profile
from integrations.facturx.schematron import Schematrons
from integrations.facturx.xml import write_xml
from tests.integrations.facturx import documents as valid


def test_a_broken_french_rule_is_told_with_its_place_and_its_text(official: Schematrons) -> None:
    wrong = valid.document(notes=valid.document().notes[1:])  # the note on recovery costs is gone
    (finding,) = official.check(write_xml(wrong), Profile.EN16931)
    assert finding.code == "schematron_rule"
    assert finding.where == "CrossIndustryInvoice/ExchangedDocument"
    assert finding.severity is Severity.ERROR
    assert finding.values["rule"] == "BR-FR-05_BT-22_PMT"
    assert "frais de recouvrement" in str(finding.values["text"])


def test_a_broken_european_rule_is_told(official: Schematrons) -> None:
    wrong = valid.document(seller=valid.seller(tax_number=""))
    rules = {finding.values["rule"] for finding in official.check(write_xml(wrong), Profile.EN16931)}
    assert "BR-E-02" in rules


def test_what_is_no_xml_fails_and_the_next_check_works(official: Schematrons) -> None:
    (finding,) = official.check(b"<a", Profile.EN16931)
    assert finding.code == "schematron_failed"
    assert official.check(write_xml(valid.document()), Profile.EN16931) == ()


def test_a_missing_engine_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schematron, "find_spec", lambda _: None)
    with Schematrons() as rules:
        assert [item.code for item in rules.check(b"<a/>", Profile.EN16931)] == ["schematron_engine_missing"]


def test_a_process_that_dies_gives_a_finding_and_the_next_check_starts_another(official: Schematrons) -> None:
    with Schematrons() as rules:
        rules._connected()
        assert rules._process is not None  # we kill our own child, as the system would
        rules._process.kill()
        rules._process.join()
        assert [item.code for item in rules.check(b"<a/>", Profile.EN16931)] == ["schematron_failed"]
        assert rules.check(write_xml(valid.document()), Profile.EN16931) == ()
