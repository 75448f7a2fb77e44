"""The empty files that people fill in are read by the very profiles that they were written from."""

from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from integrations.files import Profile, choose_profile, own_profiles, read_file, write_templates
from integrations.files.cells import reader_of


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("templates") / "modeles"
    write_templates(made)
    return made


def test_each_profile_has_a_csv_and_a_workbook_and_all_are_explained(folder: Path) -> None:
    codes = {profile.code for profile in own_profiles()}
    assert {path.stem for path in folder.glob("*.csv")} == {path.stem for path in folder.glob("*.xlsx")} == codes
    told = (folder / "LISEZ-MOI.txt").read_text(encoding="utf-8-sig")
    assert all(f"== {code} " in told for code in codes)


def test_each_empty_file_is_recognised_and_holds_no_row(folder: Path) -> None:
    profiles = own_profiles()
    for path in [*folder.glob("*.csv"), *folder.glob("*.xlsx")]:
        assert choose_profile(path, profiles).code == path.stem
        assert list(read_file(path, choose_profile(path, profiles))) == []


def test_an_empty_file_is_recognised_under_any_name(folder: Path, tmp_path: Path) -> None:
    profiles = own_profiles()
    for path in folder.glob("*.csv"):
        renamed = tmp_path / "export.csv"
        renamed.write_bytes(path.read_bytes())
        assert choose_profile(renamed, profiles).code == path.stem


def test_the_workbooks_explain_each_column(folder: Path) -> None:
    book = CalamineWorkbook.from_path(str(folder / "sessions.xlsx"))
    assert book.sheet_names == ["Sessions", "LISEZ-MOI"]
    lines = book.get_sheet_by_name("LISEZ-MOI").to_python()
    assert [line[0] for line in lines[3:]][:2] == ["session_code", "action_code"]
    assert lines[3][1] == "obligatoire"


@pytest.mark.parametrize("profile", own_profiles(), ids=lambda profile: profile.code)
def test_each_example_can_be_read(profile: Profile) -> None:
    for column in profile.columns:
        if column.example:
            assert reader_of(column)(column.example) is not None
