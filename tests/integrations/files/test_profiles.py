"""Profiles are checked before they are used, and everything wrong is said at once."""

from pathlib import Path

import pytest

from billing.errors import Misconfigured
from integrations.files import check_profile, load_profiles, own_profiles
from integrations.files.folding import folded

GOOD = """
code = "p"
label = "P"
kind = "price"
key = ["session_code"]
[[columns]]
field = "session_code"
headers = ["session"]
type = "code"
required = true
[[columns]]
field = "basis"
headers = ["base"]
type = "enum"
words = { "groupe" = "group" }
[[columns]]
field = "amount"
headers = ["montant"]
type = "money"
"""


def codes(folder: Path, text: str) -> list[str]:
    path = folder / "p.toml"
    path.write_text(text, encoding="utf-8")
    return [finding.code for finding in check_profile(path)]


def test_a_good_profile_has_no_finding(tmp_path: Path) -> None:
    assert codes(tmp_path, GOOD) == []


def test_our_own_profiles_have_no_finding() -> None:
    folder = Path("integrations/files/profiles")
    assert {path.name: check_profile(path) for path in folder.glob("*.toml") if check_profile(path)} == {}
    assert {"organisme", "accords", "factures_emises", "parametres"} <= {profile.code for profile in own_profiles()}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('kind = "price"', 'kind = "unicorn"', "profile_kind_unknown"),
        ('field = "amount"', 'field = "colour"', "profile_field_unknown"),
        ('field = "amount"', 'field = "colour"', "profile_field_missing"),
        ('"group"', '"choir"', "profile_word_invalid"),
        ('words = { "groupe" = "group" }', "", "profile_words_misplaced"),
        ('"groupe" = "group"', '"groupe" = "group", "GROUPE" = "learner"', "profile_word_twice"),
        ('type = "money"', 'type = "cash"', "profile_key_invalid"),
        ('type = "money"', 'kind = "money"', "profile_key_invalid"),
        ('key = ["session_code"]', 'key = ["other"]', "profile_key_invalid"),
        ('headers = ["base"]', 'headers = ["SESSION"]', "profile_key_invalid"),
        ('kind = "price"', "kind = ", "profile_unreadable"),
        ("required = true", 'required = true\ndefault = "S1"', "profile_default_useless"),
    ],
)
def test_what_is_wrong_is_found(tmp_path: Path, old: str, new: str, code: str) -> None:
    assert code in codes(tmp_path, GOOD.replace(old, new))


def test_a_targets_source_must_exist(tmp_path: Path) -> None:
    text = GOOD.replace('kind = "price"\n', "") + (
        '[[targets]]\nkind = "price"\n[targets.fields]\nsession_code = "session_code"\nbasis = "basis"\n'
        'amount = { first = ["amount", "nothing"] }\n'
    )
    assert codes(tmp_path, text) == ["profile_source_unknown"]


def test_a_profile_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text("code = ", encoding="utf-8")
    with pytest.raises(Misconfigured) as caught:
        load_profiles([tmp_path])
    assert caught.value.code == "profile_unreadable"


def test_two_profiles_cannot_bear_the_same_code(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "b.toml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(Misconfigured) as caught:
        load_profiles([tmp_path])
    assert caught.value.code == "profile_twice"


def test_headings_are_compared_without_case_accents_blanks_or_punctuation() -> None:
    assert folded("N° de Dossier *") == folded("n_de_dossier") == folded("N DE\u00a0DOSSIER")
    assert folded("Œuvre") == folded("oeuvre")
