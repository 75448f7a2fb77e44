"""`quitus invoice check`: documents of any origin, no database."""

from pathlib import Path

import pytest

from integrations.facturx import Renderer
from integrations.facturx.xml import write_xml
from tests.homes import Quitus
from tests.integrations.facturx import documents as valid


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    good, wrong = tmp_path / "bonne.pdf", tmp_path / "fausse.xml"
    good.write_bytes(Renderer().render(valid.document()))
    wrong.write_bytes(write_xml(valid.document(notes=valid.document().notes[1:])))
    return good, wrong


def test_checking_invoices_needs_no_home_and_gives_one_verdict_each(
    cli: Quitus, files: tuple[Path, Path], tmp_path: Path
) -> None:
    cli.at(tmp_path / "nowhere")
    good, wrong = cli.json("invoice", "check", *map(str, files), code=1)
    assert (good["file"], good["ok"], good["findings"]) == (str(files[0]), True, [])
    assert (good["kind"], good["syntax"], good["level"]) == ("pdf", "CII", "EN 16931")
    (finding,) = wrong["findings"]
    assert (wrong["ok"], finding["rule"], finding["severity"], finding["where"]) == (
        False,
        "BR-FR-05",
        "error",
        "En-tête",
    )
    assert finding["text"] == (
        "En-tête : la mention de l’indemnité forfaitaire de 40 € pour frais de recouvrement manque. "
        "Ajoutez une note de code PMT."
    )
    assert finding["official"].startswith("La mention relative aux frais de recouvrement")


def test_one_good_invoice_is_one_object_and_a_success(cli: Quitus, files: tuple[Path, Path]) -> None:
    assert cli.json("invoice", "check", str(files[0]))["ok"] is True


def test_people_read_a_verdict_and_what_to_mend(cli: Quitus, files: tuple[Path, Path]) -> None:
    ran = cli("invoice", "check", *map(str, files))
    assert ran.code == 1
    assert f"{files[0]} : valide (CII EN 16931)" in ran.out
    assert "erreur, BR-FR-05 – En-tête : la mention de l’indemnité" in ran.out


def test_a_file_that_is_not_there_is_a_finding_and_the_others_are_checked(
    cli: Quitus, files: tuple[Path, Path]
) -> None:
    absent, good = cli.json("invoice", "check", "absente.pdf", str(files[0]), code=1)
    assert absent["findings"][0]["rule"] == "document_not_a_file"
    assert good["ok"] is True
