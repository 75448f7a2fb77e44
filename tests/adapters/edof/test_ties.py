"""A dossier without a line among our agreements is tied to the enrolment that it is for, or the question is asked."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from billing.agreement import LifeState
from billing.identity import derive_id
from billing.intake import QuarantinedRow
from billing.money import Money
from billing.party import FunderClass
from billing.training import Enrolment
from billing.usecases.take_in import Counts
from tests.adapters.edof.exports import HEADINGS, agreements, exported, home, imported, line, records
from tests.builders import a_funder, a_learner, a_session, an_action, an_agreement, an_enrolment
from tests.fakes import FakeBooks

__all__ = ["home"]
DAYS = {"starts_on": date(2026, 9, 1), "ends_on": date(2026, 9, 30)}
ALIX = {"last_name": "Exemple", "first_name": "Alix", "birth_on": date(1988, 3, 12)}


def enrol(
    books: FakeBooks, session: str = "INTERNE-1", learner: str = "L1", days: object = None, **person: object
) -> Enrolment:
    """Enrol somebody (Alix, unless said otherwise) as the organisation's own files would."""
    made = an_enrolment(session, learner)
    with books.uow() as uow:
        uow.actions.put(an_action(planned_hours=Decimal(21)))
        uow.sessions.put(a_session(session, planned_hours=Decimal(20), **(days or DAYS)))  # type: ignore[arg-type]
        uow.learners.put(a_learner(learner, **(ALIX | person)))
        uow.enrolments.put(made)
        uow.commit()
    return made


def quarantine(books: FakeBooks) -> list[QuarantinedRow]:
    with books.uow(read_only=True) as uow:
        return uow.quarantine.find(cleared=False)


def counted(books: FakeBooks) -> list[int]:
    with books.uow(read_only=True) as uow:
        return [uow.learners.count(), uow.sessions.count(), uow.enrolments.count()]


def told(counts: Counts) -> list[str]:
    return [note.code for note in counts.notes]


def test_a_dossier_is_tied_by_session_name_and_birth_date(home: FakeBooks, tmp_path: Path) -> None:
    enrolment = enrol(home, "S-2026-014")
    counts = imported(home, exported(tmp_path, line()))
    assert (counts.read, counts.new, counts.tied, told(counts)) == (1, 1, 1, ["dossier_tied_by_session"])
    (agreement,), (record,) = agreements(home), records(home)
    assert (agreement.enrolment_id, agreement.session_id) == (enrolment.id, enrolment.session_id)
    assert (agreement.amount, agreement.state, agreement.hours) == (Money(150_000), LifeState.APPROVED, Decimal(20))
    assert (record.subject_id, record.ready_to_bill) == (agreement.id, True)
    assert counted(home) == [1, 1, 1]
    with home.uow(read_only=True) as uow:
        assert [item.sale_price for item in uow.enrolments.find()] == [enrolment.sale_price]
        (tie,) = uow.journal(about="dossier_tie")
    assert (tie.subject_id, tie.type) == (agreement.id, "agreement.dossier_tied_by_session")


def test_a_dossier_is_tied_by_the_session_s_days_when_the_codes_differ(home: FakeBooks, tmp_path: Path) -> None:
    enrolment = enrol(home)
    counts = imported(home, exported(tmp_path, line()))
    assert told(counts) == ["dossier_tied_by_days"]
    assert [item.enrolment_id for item in agreements(home)] == [enrolment.id]
    assert counted(home) == [1, 1, 1]


@pytest.mark.parametrize("name", ["EXEMPLE", "exemple", "Éxèmple", "Ex-emple"])
def test_names_are_compared_without_case_accents_and_hyphens(home: FakeBooks, tmp_path: Path, name: str) -> None:
    enrol(home, last_name=name)
    assert imported(home, exported(tmp_path, line())).tied == 1


def test_a_missing_birth_date_is_said(home: FakeBooks, tmp_path: Path) -> None:
    enrol(home, birth_on=None)
    assert told(imported(home, exported(tmp_path, line()))) == ["dossier_tied_by_name"]


def test_two_people_of_one_name_are_told_apart_by_their_birth_dates(home: FakeBooks, tmp_path: Path) -> None:
    enrol(home, learner="L0", birth_on=date(1970, 1, 1))
    wanted = enrol(home, learner="L1")
    imported(home, exported(tmp_path, line()))
    assert [item.enrolment_id for item in agreements(home)] == [wanted.id]


def test_two_fitting_enrolments_are_a_question_and_nothing_is_made(home: FakeBooks, tmp_path: Path) -> None:
    enrol(home, "INTERNE-1")
    enrol(home, "INTERNE-2")
    assert imported(home, exported(tmp_path, line())) == Counts(read=1, quarantined=1)
    (row,) = quarantine(home)
    assert (row.code, row.row_key) == ("dossier_ambiguous", "00000000000001")
    assert "INTERNE-1 / L1, INTERNE-2 / L1" in row.values
    assert "Exemple" not in row.values
    assert agreements(home) == []


@pytest.mark.parametrize(
    "person", [{"birth_on": date(1988, 12, 3)}, {"last_name": "Martin"}, {"first_name": "Alix-Marie"}], ids=str
)
def test_somebody_who_nearly_fits_is_a_question(home: FakeBooks, tmp_path: Path, person: dict[str, Any]) -> None:
    enrol(home, **person)
    assert imported(home, exported(tmp_path, line())) == Counts(read=1, quarantined=1)
    assert [row.code for row in quarantine(home)] == ["dossier_unsure"]


def test_the_same_person_on_nearly_the_same_days_is_a_question(home: FakeBooks, tmp_path: Path) -> None:
    enrol(home, days={"starts_on": date(2026, 9, 2), "ends_on": date(2026, 10, 1)})
    assert imported(home, exported(tmp_path, line())).quarantined == 1


def test_a_namesake_with_an_agreement_of_their_own_is_no_question(home: FakeBooks, tmp_path: Path) -> None:
    other = enrol(home, birth_on=date(1988, 12, 3))
    with home.uow() as uow:
        uow.funders.add(a_funder())
        uow.agreements.add(an_agreement(enrolment_id=other.id, session_id=other.session_id))
        uow.commit()
    assert imported(home, exported(tmp_path, line())).new == 1


def test_the_question_is_answered_by_a_line_among_our_agreements(home: FakeBooks, tmp_path: Path) -> None:
    first = enrol(home, "INTERNE-1")
    enrol(home, "INTERNE-2")
    path = exported(tmp_path, line())
    imported(home, path)
    with home.uow() as uow:
        payer = a_funder("CDC", funder_class=FunderClass.CDC)
        uow.funders.add(payer)
        uow.agreements.add(
            an_agreement(
                "00000000000001",
                id=derive_id("agreement", "CDC", "00000000000001"),
                funder_id=payer.id,
                enrolment_id=first.id,
                session_id=first.session_id,
            )
        )
        uow.commit()
    assert imported(home, path).changed == 1
    assert quarantine(home) == []
    assert [record.raw_status for record in records(home)] == ["Service fait validé"]


def test_an_amount_that_the_export_does_not_give_is_asked_for(home: FakeBooks, tmp_path: Path) -> None:
    enrol(home)
    path = exported(tmp_path, line().replace("1500,00;0,00", ";0,00"))
    assert imported(home, path) == Counts(read=1, quarantined=1)
    (row,) = quarantine(home)
    assert (row.code, row.column) == ("dossier_amount_missing", "MONTANT_FORMATION")


def test_the_payer_that_the_books_know_under_another_code_is_not_doubled(home: FakeBooks, tmp_path: Path) -> None:
    enrol(home)
    payer = a_funder("CAISSE", funder_class=FunderClass.CDC)
    with home.uow() as uow:
        uow.funders.add(payer)
        uow.commit()
    imported(home, exported(tmp_path, line("1"), line("2").replace("EXEMPLE", "AUTRE").replace("1988", "1990")))
    assert {item.funder_id for item in agreements(home)} == {payer.id}
    with home.uow(read_only=True) as uow:
        assert uow.funders.count() == 1


def test_a_new_amount_of_a_tied_dossier_is_followed(home: FakeBooks, tmp_path: Path) -> None:
    enrolment = enrol(home)
    imported(home, exported(tmp_path, line()))
    imported(home, exported(tmp_path, line().replace("1500,00;0,00", "1600,00;0,00"), name="Export_1.csv"))
    (agreement,) = agreements(home)
    assert (agreement.amount, agreement.enrolment_id) == (Money(160_000), enrolment.id)


def test_a_dossier_that_came_before_its_enrolment_is_tied_later(home: FakeBooks, tmp_path: Path) -> None:
    imported(home, exported(tmp_path, line()))
    (made,) = [item.enrolment_id for item in agreements(home)]
    enrolment = enrol(home)
    assert imported(home, exported(tmp_path, line(control="OUI"), name="Export_2.csv")).tied == 1
    (agreement,) = agreements(home)
    assert (agreement.enrolment_id, agreement.in_control, agreement.hours) == (enrolment.id, True, Decimal(20))
    with home.uow(read_only=True) as uow:
        left = uow.enrolments.get(made or "")
    assert left is not None
    assert (left.funded, left.sale_price) == (False, Money(0))


# --- older exports ------------------------------------------------------------------------------------


def at(books: FakeBooks, day: int) -> None:
    books.now = lambda: datetime(2026, 11, day, 9, tzinfo=UTC)


def states(books: FakeBooks) -> list[tuple[LifeState, str]]:
    return [(item.state, item.raw_status) for item in agreements(books)]


def moved(dossier_line: str, on: str) -> str:
    return dossier_line.replace("05/10/2026", on)


def test_an_export_whose_status_is_older_moves_nothing_back(home: FakeBooks, tmp_path: Path) -> None:
    at(home, 10)
    imported(home, exported(tmp_path, line()))
    at(home, 11)
    path = exported(tmp_path, moved(line(status="Annulé", billable=""), "01/10/2026"), name="Export_ancien.csv")
    counts = imported(home, path)
    assert (counts.read, counts.unchanged, counts.older) == (1, 1, 1)
    assert states(home) == [(LifeState.APPROVED, "Service fait validé")]
    (agreement,) = agreements(home)
    assert agreement.seen_at == datetime(2026, 11, 10, 9, tzinfo=UTC)
    assert [record.raw_status for record in records(home, latest=False)] == ["Annulé"]
    at(home, 12)
    assert imported(home, path).older == 1
    assert len(records(home, latest=False)) == 1


def test_the_day_in_the_name_decides_where_the_status_bears_none(home: FakeBooks, tmp_path: Path) -> None:
    at(home, 10)
    imported(home, exported(tmp_path, moved(line(), ""), name="Export_12345678900011_20261010.csv"))
    at(home, 11)
    older = exported(tmp_path, moved(line(status="En formation"), ""), name="Export_12345678900011_01102026.csv")
    assert imported(home, older).older == 1
    assert states(home) == [(LifeState.APPROVED, "Service fait validé")]
    at(home, 12)
    newer = exported(tmp_path, moved(line(status="Annulé"), ""), name="Export_12345678900011_2026-10-20 (1).csv")
    assert imported(home, newer).changed == 1
    assert states(home) == [(LifeState.CANCELLED, "Annulé")]


def test_an_older_export_still_brings_what_was_not_seen(home: FakeBooks, tmp_path: Path) -> None:
    at(home, 10)
    imported(home, exported(tmp_path, line("1"), name="Export_1_20261010.csv"))
    at(home, 11)
    counts = imported(home, exported(tmp_path, line("1", "Accepté"), line("2"), name="Export_1_20261001.csv"))
    assert (counts.new, counts.older) == (1, 1)


def test_the_headings_hold_every_column_of_the_export() -> None:
    assert len(HEADINGS.split(";")) == 29


def test_somebody_unknown_in_a_session_whose_people_are_enrolled_waits_and_is_not_billed(
    home: FakeBooks, tmp_path: Path
) -> None:
    enrol(home, "S-2026-014", last_name="Autre", first_name="Dominique", birth_on=date(1970, 1, 1))
    assert imported(home, exported(tmp_path, line())) == Counts(read=1, quarantined=1)
    assert [row.code for row in quarantine(home)] == ["dossier_person_unknown"]
    assert agreements(home) == []


def test_where_only_the_platform_knows_the_people_each_dossier_makes_its_own(home: FakeBooks, tmp_path: Path) -> None:
    imported(home, exported(tmp_path, line()))
    other = line("00000000000099").replace("EXEMPLE;Alix;12/03/1988", "AUTRE;Dominique;01/01/1970")
    counts = imported(home, exported(tmp_path, other))
    assert (counts.new, counts.quarantined) == (1, 0)
    assert len(agreements(home)) == 2
