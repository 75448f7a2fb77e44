import pytest

from reconciliation.matching.references import ReferenceIndex
from reconciliation.matching.text import fold, is_near, name_key, one_edit_apart, runs


def test_letters_of_other_alphabets_fold_to_plain_capitals() -> None:
    assert fold("Łukasz Ñuñez Œuvre Søren") == "LUKASZ NUNEZ OEUVRE SOREN"


def test_a_name_compares_without_marks() -> None:
    assert name_key("L'Opcommerce") == name_key("LOPCOMMERCE") == "LOPCOMMERCE"


def test_a_number_is_cut_into_runs() -> None:
    assert runs("FC/2025/00114") == ["FC", "2025", "00114"]


@pytest.mark.parametrize(("left", "right"), [("4121", "4112"), ("4121", "412"), ("412", "4127"), ("4127", "4177")])
def test_one_slip_of_the_hand_is_one_edit(left: str, right: str) -> None:
    assert one_edit_apart(left, right)


@pytest.mark.parametrize(("left", "right"), [("4121", "4121"), ("4121", "4333"), ("41", "4121"), ("1234", "4321")])
def test_equal_or_distant_texts_are_not_one_edit_apart(left: str, right: str) -> None:
    assert not one_edit_apart(left, right)


def test_the_short_beginning_of_a_long_reference_says_nothing() -> None:
    assert is_near("2025080095", "20250800951")
    assert not is_near("20250", "20250800951")


def index(*numbers: str) -> ReferenceIndex:
    made = ReferenceIndex()
    for number in numbers:
        made.add(number, number)
    return made


@pytest.mark.parametrize(
    "label",
    [
        "REGL FACT FAC-000412",
        "REGL FACT FAC 000412",
        "REGL FACT FAC000412",
        "REGL FACT fac-412 DU JOUR",
        "REGLEMENTFAC-000412",
        "REGL FAC-0004 12",
    ],
)
def test_a_number_is_found_however_it_is_spaced(label: str) -> None:
    found = index("FAC-000412", "FAC-000413").find(label)
    assert [mention.targets for mention in found.exact] == [("FAC-000412",)]


def test_a_number_inside_longer_digits_is_not_found() -> None:
    found = index("20250600482").find("CREDIT 9202506004821")
    assert not found.exact
    assert found.strangers == ("9202506004821",)


def test_a_running_number_alone_only_narrows() -> None:
    found = index("FAC-000412").find("FACTURE 000412")
    assert not found.exact
    assert found.tails[0].targets == ("FAC-000412",)


def test_a_number_too_short_never_stands_alone() -> None:
    assert not index("12", "F12").find("VIR DU 12 F12").exact


def test_numbers_of_one_text_come_once_each_in_order() -> None:
    found = index("FAC-000412", "FAC-000413").find("FAC-000413 FAC-000412 FAC-000413")
    assert [mention.key for mention in found.exact] == ["FAC000413", "FAC000412"]
