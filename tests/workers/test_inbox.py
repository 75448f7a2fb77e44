import io
import shutil
import zipfile
from datetime import date
from pathlib import Path

import pytest

from integrations.files import own_profiles
from tests.integrations.bank import camt_files
from tests.workers.rig import ORGANISATION
from workers import inbox
from workers.bootstrap import Runtime

FILES: dict[str, tuple[str, list[tuple[str, ...]]]] = {
    # In the order of their names they would refer to what is not there yet.
    "1-inscriptions.csv": ("inscriptions", [("S1", "L1", "1400,00")]),
    "2-sessions.csv": ("sessions", [("S1", "BUREAUTIQUE", "14/09/2026", "15/09/2026")]),
    "3-stagiaires.csv": ("stagiaires", [("L1", "Martin", "Camille")]),
    "4-actions.csv": ("actions", [("BUREAUTIQUE", "Bureautique")]),
}


def headings(code: str) -> str:
    profile = next(item for item in own_profiles() if item.code == code)
    return ";".join(column.headers[0] for column in profile.columns if column.required)


def drop(folder: Path, name: str, code: str, rows: list[tuple[str, ...]]) -> Path:
    folder.mkdir(exist_ok=True)
    lines = [headings(code), *(";".join(row) for row in rows)]
    path = folder / name
    path.write_text("\r\n".join(lines) + "\r\n", encoding="utf-8")
    return path


def read(runtime: Runtime) -> inbox.InboxResult:
    return inbox.read_folder(runtime, ORGANISATION, runtime.settings.inbox, actor="test")


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_files_are_read_in_the_order_that_their_references_ask_for(runtime: Runtime) -> None:
    for name, (code, rows) in FILES.items():
        drop(runtime.settings.inbox, name, code, rows)
    result = read(runtime)
    assert [item.name for item in result.files][-1] == "1-inscriptions.csv"
    assert result.rows() == {"read": 4, "new": 4, "changed": 0, "unchanged": 0, "quarantined": 0, "gone": 0} | {
        "tied": 0,
        "older": 0,
        "dismissed": 0,
    }
    assert result.refusals == []


def test_what_was_read_is_put_away_by_day_and_nothing_is_deleted(runtime: Runtime) -> None:
    folder = runtime.settings.inbox
    path = drop(folder, "actions.csv", *FILES["4-actions.csv"])
    content = path.read_bytes()
    read(runtime)
    assert names(folder) == ["lus/2026-09-30/actions.csv"]
    assert (folder / "lus/2026-09-30/actions.csv").read_bytes() == content


def test_a_second_file_of_the_same_name_takes_the_place_of_none(runtime: Runtime) -> None:
    folder = runtime.settings.inbox
    for title in ("Bureautique", "Bureautique avancée"):
        drop(folder, "actions.csv", "actions", [("BUREAUTIQUE", title)])
        read(runtime)
    assert names(folder) == ["lus/2026-09-30/actions-2.csv", "lus/2026-09-30/actions.csv"]
    assert "avancée" in (folder / "lus/2026-09-30/actions-2.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("inconnu.csv", b"rien;de;connu\r\n1;2;3\r\n"),
        ("vide.csv", b""),
        ("faux.xlsx", b"PK\x03\x04 cut"),
        ("releve.xml", b"<html>404</html>"),
        ("photo.jpg", b"\xff\xd8\xff\xe0"),
    ],
)
def test_a_file_that_cannot_be_read_is_moved_with_its_reason_and_keeps_no_other_back(
    runtime: Runtime, name: str, content: bytes
) -> None:
    folder = runtime.settings.inbox
    drop(folder, "actions.csv", *FILES["4-actions.csv"])
    (folder / name).write_bytes(content)
    result = read(runtime)
    assert names(folder) == ["lus/2026-09-30/actions.csv", f"refuses/{name}", f"refuses/{name}.txt"]
    assert (folder / "refuses" / name).read_bytes() == content
    [refusal] = result.refusals
    assert name in refusal
    assert (folder / "refuses" / f"{name}.txt").read_text(encoding="utf-8") == refusal + "\n"
    assert result.counts()["refused"] == 1
    assert result.rows()["new"] == 1


def test_a_refused_file_never_lies_there_without_its_reason(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed between the two, the file is still in the inbox, and is refused again by the next run."""
    folder = runtime.settings.inbox
    folder.mkdir(exist_ok=True)
    (folder / "inconnu.csv").write_bytes(b"rien;de;connu\r\n1;2;3\r\n")

    def die(*_paths: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "move", die)
        with pytest.raises(KeyboardInterrupt):
            read(runtime)
    assert names(folder) == ["inconnu.csv", "refuses/inconnu.csv.txt"]
    read(runtime)
    assert names(folder) == ["refuses/inconnu.csv", "refuses/inconnu.csv.txt"]


def test_bank_statements_are_read_after_the_files_that_name_their_account(runtime: Runtime) -> None:
    folder = runtime.settings.inbox
    folder.mkdir(exist_ok=True)
    statement = camt_files.statement(camt_files.entry("1400.00"), camt_files.entry("10.00", reference="B2"))
    (folder / "a-releve.xml").write_bytes(camt_files.document(statement))
    drop(folder, "z-comptes.csv", "comptes_bancaires", [(camt_files.OURS, "Compte courant")])
    result = read(runtime)
    assert [item.name for item in result.files] == ["z-comptes.csv", "a-releve.xml"]
    assert result.bank()["new"] == 2
    assert names(folder) == ["lus/2026-09-30/a-releve.xml", "lus/2026-09-30/z-comptes.csv"]


def test_the_same_file_again_changes_nothing(runtime: Runtime) -> None:
    for _time in range(2):
        drop(runtime.settings.inbox, "actions.csv", *FILES["4-actions.csv"])
        counts = read(runtime).rows()
    assert {name: count for name, count in counts.items() if count} == {"read": 1, "unchanged": 1}


def test_folders_and_hidden_files_are_left_alone(runtime: Runtime) -> None:
    folder = runtime.settings.inbox
    (folder / "lus").mkdir(parents=True)
    drop(folder, ".actions.csv", *FILES["4-actions.csv"])
    assert read(runtime).files == []
    assert names(folder) == [".actions.csv"]
    assert runtime.clock.today() == date(2026, 9, 30)


def zipped(*members: tuple[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, content in members:
            archive.writestr(name, content)
    return held.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("emargement.jpg", b"\xff\xd8\xff\xe0" + b"\0" * 99, "est une image. quitus ne lit pas les scans"),
        ("emargement.png", b"\x89PNG\r\n\x1a\n", "emargements.csv"),
        ("scan.tiff", b"II*\0abc", "est une image"),
        ("convention.docx", zipped(("word/document.xml", b"<x/>")), "est un document de texte"),
        (
            "convention.odt",
            zipped(("mimetype", b"application/vnd.oasis.opendocument.text")),
            "est un document de texte",
        ),
        ("ancien.doc", b"\xd0\xcf\x11\xe0" + b"\0" * 99, "est un document de texte"),
        ("ancien.xls", b"\xd0\xcf\x11\xe0" + b"\0" * 99, "enregistrez-le en .xlsx"),
        ("tableau.ods", zipped(("mimetype", b"application/vnd.oasis.opendocument.spreadsheet")), "en .xlsx"),
        ("exports.zip", zipped(("a.csv", b"x"), ("b.csv", b"y")), "déposez un à un"),
        ("exports.7z", b"7z\xbc\xaf\x27\x1c", "déposez un à un"),
        ("courriel.eml", b"Received: from x\r\n", "Enregistrez sa pièce jointe"),
        ("notes.json", b'{"a": 1}', "n’est pas d’un type lu par quitus (« .json »)"),
        ("notes.txt", b"Penser aux conventions\n", "n’est pas d’un type lu par quitus (« .txt »)"),
        ("vide.xml", b"", "est vide"),
        ("photo.csv", b"\xff\xd8\xff\xe0", "son contenu est : image"),
    ],
)
def test_what_is_no_table_is_said_for_what_it_is_and_moved(
    runtime: Runtime, name: str, content: bytes, told: str
) -> None:
    folder = runtime.settings.inbox
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)
    (refusal,) = read(runtime).refusals
    assert told in refusal
    assert name in refusal
    assert "XML" not in refusal or "Factur-X" in refusal
    assert names(folder) == [f"refuses/{name}", f"refuses/{name}.txt"]


def test_a_table_saved_as_txt_is_read(runtime: Runtime) -> None:
    drop(runtime.settings.inbox, "actions.txt", *FILES["4-actions.csv"])
    assert read(runtime).rows()["new"] == 1
