"""The dossiers' export, as the portal writes it: one row makes a learner, a session, an agreement and a sighting."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.edof.mapping import (
    BILLING_WORDS,
    DOSSIER_WORDS,
    billing_state,
    claim_sightings,
    dossier_word,
    folded,
)
from billing.agreement import LifeState, Scheme
from billing.identity import derive_id
from billing.money import Money
from billing.party import FunderClass
from billing.usecases.take_in import Counts
from integrations.files import check_profile, choose_profile, own_profiles
from tests.adapters.edof.exports import PATH, PROFILE, agreements, exported, home, imported, line, records
from tests.builders import a_funder, a_learner, a_session, an_action, an_agreement, an_enrolment
from tests.fakes import FakeBooks

__all__ = ["home"]


def test_the_profile_has_no_finding() -> None:
    assert check_profile(PATH) == []


def test_the_export_is_recognised_among_all_profiles(tmp_path: Path) -> None:
    path = exported(tmp_path, line(), name="telechargement.csv")
    assert choose_profile(path, [*own_profiles(), PROFILE]).code == "edof-export"


def test_one_row_makes_everything_that_the_dossier_needs(home: FakeBooks, tmp_path: Path) -> None:
    assert imported(home, exported(tmp_path, line())) == Counts(read=1, new=1)
    (agreement,) = agreements(home)
    assert (agreement.reference, agreement.scheme, agreement.amount) == ("00000000000001", Scheme.CPF, Money(150_000))
    assert (agreement.state, agreement.in_control, agreement.platform) == (LifeState.APPROVED, False, "edof")
    assert agreement.id == derive_id("agreement", "CDC", "00000000000001")
    with home.uow(read_only=True) as uow:
        (funder,), (learner,), (enrolment,) = uow.funders.find(), uow.learners.find(), uow.enrolments.find()
        (session,) = uow.sessions.find()
    assert (funder.code, funder.funder_class, funder.sending) == ("CDC", FunderClass.CDC, False)
    assert (session.code, session.starts_on) == ("S-2026-014", date(2026, 9, 1))
    assert (learner.last_name, learner.birth_on, enrolment.sale_price) == (
        "EXEMPLE",
        date(1988, 3, 12),
        Money(150_000),
    )
    assert enrolment.id == agreement.enrolment_id


def test_an_empty_amount_is_unknown_and_zero_is_zero(home: FakeBooks, tmp_path: Path) -> None:
    imported(home, exported(tmp_path, line("1"), line("2", billed="0,00")))
    told = {record.external_id: record.amount_billed for record in records(home)}
    assert told == {"1": None, "2": Money(0)}


def test_a_dossier_under_control_stays_approved_and_says_so(home: FakeBooks, tmp_path: Path) -> None:
    imported(home, exported(tmp_path, line(control="OUI")))
    (agreement,), (record,) = agreements(home), records(home)
    assert (agreement.in_control, agreement.state) == (True, LifeState.APPROVED)
    assert (record.in_control, record.ready_to_bill, record.rate) == (True, True, Decimal(100))


def test_the_same_export_twice_changes_nothing(home: FakeBooks, tmp_path: Path) -> None:
    path = exported(tmp_path, line("1"), line("2"))
    imported(home, path)
    before = home.states[home.organisation_id]
    assert imported(home, path) == Counts(read=2, unchanged=2)
    assert home.states[home.organisation_id].tables == before.tables


def test_each_new_sighting_is_kept_and_the_last_one_is_the_latest(home: FakeBooks, tmp_path: Path) -> None:
    instants = iter(datetime(2026, 10, day, tzinfo=UTC) for day in range(1, 29))
    home.now = lambda: next(instants)
    imported(home, exported(tmp_path, line(status="En formation", billable="")))
    assert imported(home, exported(tmp_path, line())) == Counts(read=1, changed=1)
    (old,), (last,) = records(home, latest=False), records(home)
    assert (old.raw_status, last.raw_status) == ("En formation", "Service fait validé")
    assert (last.service_done, last.ready_to_bill, last.amount_billable) == (True, True, Money(150_000))


def test_a_billed_amount_is_not_forgotten_by_an_export_without_that_column(home: FakeBooks, tmp_path: Path) -> None:
    imported(home, exported(tmp_path, line(billed="1500,00")))
    imported(home, exported(tmp_path, line(billed="")))
    assert [record.amount_billed for record in records(home)] == [Money(150_000)]


def test_an_unknown_status_is_kept_and_moves_nothing(home: FakeBooks, tmp_path: Path) -> None:
    imported(home, exported(tmp_path, line(status="En formation")))
    assert imported(home, exported(tmp_path, line(status="Suspendu"))) == Counts(read=1, changed=1)
    (agreement,), last = agreements(home), records(home)
    assert (agreement.state, agreement.raw_status) == (LifeState.APPROVED, "Suspendu")
    assert [(record.raw_status, record.known, record.state) for record in last] == [
        ("Suspendu", False, LifeState.APPROVED)
    ]


def test_columns_come_in_any_order_and_may_lack(home: FakeBooks, tmp_path: Path) -> None:
    headings = "STATUT_DOSSIER;NOM;NUMERO_DOSSIER;PRENOM;DATE_DE_NAISSANCE;NUMERO_SESSION;DATE_DEBUT_SESSION"
    cells = "En formation;EXEMPLE;0007;Alix;12/03/1988;S1;01/09/2026"
    path = exported(tmp_path, f"{cells};30/09/2026;900,00", headings=f"{headings};DATE_FIN_SESSION;MONTANT_FORMATION")
    assert imported(home, path) == Counts(read=1, new=1)
    assert [item.reference for item in agreements(home)] == ["0007"]


def test_a_new_dossier_without_its_amount_is_quarantined_never_zero(home: FakeBooks, tmp_path: Path) -> None:
    path = exported(tmp_path, line().replace("1500,00;0,00", ";0,00"))
    assert imported(home, path) == Counts(read=1, quarantined=1)
    with home.uow(read_only=True) as uow:
        (row,) = uow.quarantine.find()
        assert uow.learners.count() == 0
    assert (row.column, row.code, row.row_key) == ("MONTANT_FORMATION", "field_missing", "00000000000001")


@pytest.fixture(params=["CDC", "CAISSE"])
def known(request: pytest.FixtureRequest, home: FakeBooks) -> FakeBooks:
    """Books that hold the dossier under the organisation's own codes, and its own code of the payer."""
    payer = a_funder(request.param, funder_class=FunderClass.CDC)
    enrolment = an_enrolment("INTERNE-1", "L1")
    with home.uow() as uow:
        uow.funders.add(payer)
        uow.actions.add(an_action())
        uow.sessions.add(a_session("INTERNE-1"))
        uow.learners.add(a_learner("L1"))
        uow.enrolments.add(enrolment)
        uow.agreements.add(
            an_agreement(
                "00000000000001",
                id=derive_id("agreement", request.param, "00000000000001"),
                funder_id=payer.id,
                scheme=Scheme.CPF,
                enrolment_id=enrolment.id,
                session_id=enrolment.session_id,
                state=LifeState.SUBMITTED,
                amount=Money(140_000),
            )
        )
        uow.commit()
    return home


def test_a_dossier_known_under_our_own_codes_is_not_doubled(known: FakeBooks, tmp_path: Path) -> None:
    assert imported(known, exported(tmp_path, line())) == Counts(read=1, changed=1)
    (agreement,), (record,) = agreements(known), records(known)
    assert (agreement.state, agreement.raw_status, agreement.amount) == (
        LifeState.APPROVED,
        "Service fait validé",
        Money(140_000),
    )
    assert (record.subject_id, record.amount_agreed) == (agreement.id, Money(150_000))
    with known.uow(read_only=True) as uow:
        counts = [uow.learners.count(), uow.sessions.count(), uow.enrolments.count(), uow.funders.count()]
    assert counts == [1, 1, 1, 1]


def test_what_a_complete_file_no_longer_shows_is_gone_and_kept(home: FakeBooks, tmp_path: Path) -> None:
    imported(home, exported(tmp_path, line("1"), line("2")))
    assert imported(home, exported(tmp_path, line("2")), complete=False).gone == 0
    assert imported(home, exported(tmp_path, line("2"), line("3")), complete=True).gone == 1
    assert [record.external_id for record in records(home, latest=False)] == ["1"]
    with home.uow(read_only=True) as uow:
        gone = [item for item in uow.journal() if item.type == "agreement.gone"]
    assert [item.subject_id for item in gone] == [derive_id("agreement", "CDC", "1")]
    assert len(agreements(home)) == 3


def test_a_complete_file_with_an_unreadable_row_tells_nothing_gone(home: FakeBooks, tmp_path: Path) -> None:
    imported(home, exported(tmp_path, line("1"), line("2")))
    assert imported(home, exported(tmp_path, line("2"), line("")), complete=True).gone == 0


def spread() -> Iterator[tuple[str, dict[str, object]]]:
    for column in PROFILE.columns:
        for word, meaning in column.words.items():
            yield f"{column.field} {word}", dict(meaning) if not isinstance(meaning, str) else {}


def test_the_profiles_words_are_those_of_the_mapping() -> None:
    told = dict(spread())
    for word, meaning in DOSSIER_WORDS.items():
        wanted: dict[str, object] = {"state": meaning.state.value}
        wanted |= {"service_done": True} if meaning.service_done else {}
        wanted |= {"ready_to_bill": True} if meaning.ready_to_bill else {}
        assert told[f"raw_status {word}"] == wanted
    assert {name for name in told if name.startswith("billing_status")} == {
        f"billing_status {word}" for word in BILLING_WORDS
    }
    assert len(told) == len(DOSSIER_WORDS) + len(BILLING_WORDS)


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("NON TRAITE", LifeState.DRAFT),
        ("Validé", LifeState.SUBMITTED),
        ("Validé (en cours d'instruction par France Travail)", LifeState.ACKNOWLEDGED),
        ("Accepté", LifeState.APPROVED),
        ("Sortie de formation", LifeState.APPROVED),
        ("Refusé par le titulaire", LifeState.REJECTED),
        ("Annulé par l'organisme", LifeState.CANCELLED),
    ],
)
def test_words_are_read_whatever_their_typography(word: str, state: LifeState) -> None:
    found = dossier_word(word)
    assert found is not None
    assert found.state is state


def test_words_that_are_not_known_are_not_guessed() -> None:
    assert dossier_word("Service fait") is None
    assert billing_state("Remboursé") == (False, None)
    assert billing_state("A FACTURER") == (True, LifeState.DRAFT)
    assert billing_state("Pas facturable") == (True, None)
    assert len({folded(word) for word in DOSSIER_WORDS}) == len(DOSSIER_WORDS)


def test_a_billed_dossier_tells_where_its_claim_stands(home: FakeBooks, tmp_path: Path) -> None:
    imported(home, exported(tmp_path, line("1", billed="1500,00"), line("2"), line("3", "Accepté", "OUI", "", "10,00")))
    numbers = {item.id: f"F{item.reference}" for item in agreements(home)}
    told = {item.number: (item.state, item.raw_status) for item in claim_sightings(records(home), numbers)}
    assert told == {"F1": (LifeState.ACKNOWLEDGED, "Facturé"), "F3": (LifeState.DISPUTED, "Facturé")}
    assert list(claim_sightings(records(home), {})) == []
