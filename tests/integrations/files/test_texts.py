"""Each refusal of a file or a row has its French sentence, and the sentence can be written."""

import re
import tomllib
from importlib.resources import files
from pathlib import Path
from string import Formatter

TEXTS = tomllib.loads(files("billing.texts").joinpath("intake.toml").read_text(encoding="utf-8"))
CELL_CODES = re.compile(r'InvalidInput\(\s*"(\w+)"')
ROW_CODES = re.compile(r'RowRefused\(\s*"(\w+)"')
PROFILE_CODES = re.compile(r'"(profile_\w+)"')
IN_A_CELL = ("cells.py", "reading.py")


def sources() -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in Path("integrations/files").glob("*.py")}


def test_whole_files_that_are_refused_have_a_sentence() -> None:
    codes = {code for name, text in sources().items() if name not in IN_A_CELL for code in CELL_CODES.findall(text)}
    assert codes
    assert codes <= set(TEXTS["errors"])


def test_rows_that_are_refused_have_a_sentence() -> None:
    codes = {code for name in IN_A_CELL for code in CELL_CODES.findall(sources()[name])}
    for name in ("claims", "openings", "evidence", "parties", "people", "platforms", "rows", "rules", "training"):
        path = Path(f"billing/usecases/take_in_{name}.py")
        codes |= set(ROW_CODES.findall(path.read_text(encoding="utf-8")))
    codes |= {"duplicate_in_file", "quotes_broken", "row_too_short", "row_too_long", "reference_missing"}
    whole = {"profile_unknown", "profile_ambiguous", "headings_missing"}
    assert codes - whole <= set(TEXTS["findings"])


def test_findings_on_profiles_have_a_sentence() -> None:
    assert set(PROFILE_CODES.findall(sources()["checking.py"])) <= set(TEXTS["findings"])


def test_sentences_end_and_name_plain_values() -> None:
    for table in TEXTS.values():
        for code, sentence in table.items():
            assert sentence.endswith((".", "…")), code
            names = [name for _text, name, _spec, _conversion in Formatter().parse(sentence) if name is not None]
            assert all(name.isidentifier() for name in names), code
