"""Exports as the portal writes them, and the books that they are read into."""

from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest

from billing.agreement import FundingAgreement, PlatformRecord
from billing.usecases.take_in import Counts, Source, take_in
from integrations.files import file_sha256, read_file, read_profile
from tests.builders import an_organisation
from tests.fakes import FakeBooks

PATH = files("adapters.edof").joinpath("export.toml")
PROFILE = read_profile(PATH)
HEADINGS = (
    "NUMERO_DOSSIER;CIVILITE;NOM;PRENOM;DATE_DE_NAISSANCE;COURRIEL;NUMERO_TELEPHONE_PORTABLE;NUMERO_TELEPHONE_FIXE;"
    "REF_REPERTOIRE;CODE_CERTIF/THEM;INTITULE_CERTIF/THEM;NUMERO_FORMATION;NUMERO_ACTION;NUMERO_SESSION;"
    "INTITULE_FORMATION;DATE_DEBUT_SESSION;DATE_FIN_SESSION;LIEU_FORMATION_VILLE;STATUT_DOSSIER;DATE_DERNIERE_ACTION;"
    "EN_CONTROLE;ABONDEMENT_FT;DATE_INSCRIPTION;TAUX_REALISATION_SAISI;MOTIF_DE_SORTIE_FINAL;MONTANT_FORMATION;"
    "MONTANT_FRAIS_ANNEXES;MONTANT_FACTURABLE;MONTANT_FACTURE"
)
LINE = (
    '{dossier};M;EXEMPLE;Alix;12/03/1988;alix@exemple.fr;;;;RS1;"Anglais ""B1""";FO1;AC1;S-2026-014;Anglais;01/09/2026;'
    "30/09/2026;Paris;{status};05/10/2026;{control};;15/07/2026;100;;1500,00;0,00;{billable};{billed}"
)


@pytest.fixture
def home() -> FakeBooks:
    organisation = an_organisation()
    books = FakeBooks(organisation.id)
    with books.uow() as uow:
        uow.organisations.add(organisation)
        uow.commit()
    return books


def line(
    dossier: str = "00000000000001",
    status: str = "Service fait validé",
    control: str = "NON",
    billable: str = "1500,00",
    billed: str = "",
) -> str:
    return LINE.format(dossier=dossier, status=status, control=control, billable=billable, billed=billed)


def exported(folder: Path, *lines: str, headings: str = HEADINGS, name: str = "Export_1_2026.csv") -> Path:
    path = folder / name
    path.write_bytes("\r\n".join(["\ufeff" + headings, *lines, ""]).encode())
    return path


def imported(home: FakeBooks, path: Path, *, complete: bool = False) -> Counts:
    source = Source(
        name=path.name,
        sha256=file_sha256(path),
        profile=PROFILE.code,
        stream=PROFILE.code,
        complete=complete,
        day_of=PROFILE.day_of,
    )
    rows = read_file(path, PROFILE)
    return take_in(home.open_books, home.organisation_id, source, rows, actor="test", today=date(2026, 10, 10))


def agreements(home: FakeBooks) -> list[FundingAgreement]:
    with home.uow(read_only=True) as uow:
        return uow.agreements.find()


def records(home: FakeBooks, *, latest: bool = True) -> list[PlatformRecord]:
    with home.uow(read_only=True) as uow:
        return uow.platform_records.find(latest=latest)
