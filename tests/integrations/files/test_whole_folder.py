"""A folder of filled templates enters real books, in any order of names; a second time nothing changes."""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from billing.identity import derive_id
from billing.usecases.take_in import Counts, Source, take_in
from billing.usecases.take_in_kinds import import_order
from integrations.database import Books
from integrations.files import choose_profile, file_sha256, own_profiles, read_file, write_templates
from tests.books import books_at, migrate_at
from tests.builders import an_organisation

ORGANISATION = an_organisation()
COMMON = {
    "session_code": "S1",
    "code session": "S1",
    "stagiaire_code": "L1",
    "formateur_code": "F1",
    "financeur_code": "OPCO1",
    "payeur_code": "OPCO1",
    "accord_reference": "R1",
    "dossier_numero": "D1",
    "employeur_code": "E1",
    "prescripteur_code": "P1",
    "action_code": "A1",
    "site_code": "PARIS",
    "commande_code": "C1",
    "siret": "73282932000074",
    "siren": "732829320",
    "facture_numero": "FA-2026-0101",
}
BLANK = {
    # What the example of one file cannot say in this small folder.
    ("financeurs", "employeur_code"),
    ("financeurs", "stagiaire_code"),
    ("accords", "accord_principal_reference"),
    ("employeurs", "siret"),
    ("factures_emises", "facture_origine"),
}
OWN = {("routes", "plateforme"): "platform-a"}


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    url = f"sqlite:///{tmp_path / 'books.db'}"
    migrate_at(url)
    made = books_at(url)
    with made.open_books(ORGANISATION.id, "test") as uow:
        uow.organisations.add(ORGANISATION)
        uow.commit()
    yield made
    made.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Each template of ours, filled with the examples of its explanations; codes agree with each other."""
    made = tmp_path / "dossier"
    write_templates(made)
    for profile in own_profiles():
        cells = []
        for column in profile.columns:
            heading = column.headers[0]
            filled = OWN.get((profile.code, heading), COMMON.get(heading, column.example))
            cells.append("" if (profile.code, heading) in BLANK else filled)
        with (made / f"{profile.code}.csv").open("a", encoding="utf-8", newline="") as stream:
            csv.writer(stream, delimiter=";").writerow(cells)
    return made


def imported(books: Books, folder: Path) -> dict[str, Counts]:
    profiles = own_profiles()
    files = [(path, choose_profile(path, profiles)) for path in sorted(folder.glob("*.csv"))]
    counts = {}
    for path, profile in import_order(files, lambda item: item[1].kinds):
        source = Source(name=path.name, sha256=file_sha256(path), profile=profile.code, stream=profile.code)
        rows = read_file(path, profile)
        counts[path.stem] = take_in(
            books.open_books, ORGANISATION.id, source, rows, actor="test", today=date(2026, 10, 10)
        )
    return counts


def test_every_template_enters_the_books_and_a_second_time_nothing_changes(books: Books, folder: Path) -> None:
    first = imported(books, folder)
    with books.open_books(ORGANISATION.id, "test", read_only=True) as uow:
        waiting = [(item.file_name, item.column, item.code, item.values) for item in uow.quarantine.find()]
        lines = len(list(uow.journal()))
    assert waiting == []
    # The organisation was there; an invoice comes with one line that stands for the whole.
    known = dict.fromkeys(("organisme", "lignes_factures"), Counts(read=1, changed=1))
    assert first == dict.fromkeys(first, Counts(read=1, new=1)) | known
    assert imported(books, folder) == dict.fromkeys(first, Counts(read=1, unchanged=1))
    with books.open_books(ORGANISATION.id, "test", read_only=True) as uow:
        assert len(list(uow.journal())) == lines
        claim = uow.claims.get(derive_id("claim", "received", "FA-2026-0101"))
        assert claim is not None
        assert claim.agreement_id == derive_id("agreement", "OPCO1", "R1")
