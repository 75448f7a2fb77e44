"""What people do with a case."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from billing.anomaly import Anomaly, AnomalySeverity, AnomalyState
from billing.errors import IllegalTransition, InvalidInput, NotFound
from billing.parameters_book import ParameterBook
from reconciliation.usecases.cases import (
    assign,
    comment,
    find_case,
    history,
    list_cases,
    needs_two,
    resolve,
    waive,
)
from tests.builders import a_user, an_anomaly, an_organisation
from tests.fakes import FakeBooks
from workers.catalogue import shipped_parameters

TODAY = date(2026, 9, 30)
PARAMETERS = ParameterBook(shipped_parameters())
SMALL = an_anomaly("payment_unmatched", evidence=("receipt.cents=9000", "unexplained.cents=500"))
LEGAL = an_anomaly("billed_over_agreement", evidence=("claims.cents=1000", "agreement.cents=900"))


def books(*cases: Anomaly) -> FakeBooks:
    made = FakeBooks(an_organisation().id)
    with made.uow() as uow:
        uow.organisations.add(an_organisation())
        uow.users.add(a_user("claire"), a_user("paul"))
        uow.anomalies.add(*(replace(case, id=f"case-{index}") for index, case in enumerate(cases)))
        uow.commit()
    return made


def act(made: FakeBooks, who: str, what: Any, *args: Any, **named: Any) -> Anomaly:
    with made.uow(f"user:{who}") as uow:
        done = what(uow, "case-0", *args, today=TODAY, **named)
        uow.commit()
    with made.uow(read_only=True) as uow:
        assert uow.anomalies.get("case-0") == done
    return done  # type: ignore[no-any-return]


def ask_waiver(made: FakeBooks, who: str, until: date = TODAY + timedelta(days=90), text: str = "connu") -> Anomaly:
    return act(made, who, waive, text, until=until, parameters=PARAMETERS)


def test_a_case_is_given_to_a_user_of_the_organisation() -> None:
    made = books(SMALL)
    assert (act(made, "claire", assign, "paul").state, act(made, "claire", assign, "paul").assignee) == (
        AnomalyState.ASSIGNED,
        "paul",
    )
    with pytest.raises(NotFound) as raised:
        act(made, "claire", assign, "inconnue")
    assert raised.value.code == "user_missing"


def test_a_note_says_who_wrote_it_and_stays_out_of_the_journal() -> None:
    made = books(SMALL)
    act(made, "claire", comment, "Mme Dupont  rappelle lundi")
    after = act(made, "paul", comment, "rappelée")
    assert after.reason == ("2026-09-30 user:claire : Mme Dupont rappelle lundi\n2026-09-30 user:paul : rappelée")
    with made.uow(read_only=True) as uow:
        lines = history(uow, after)
    assert [line.type for line in lines] == ["anomaly.commented", "anomaly.commented"]
    assert all(not line.payload for line in lines)


def test_a_person_resolves_a_case_and_it_is_no_longer_listed() -> None:
    made = books(SMALL)
    after = act(made, "claire", resolve, "virement retrouvé")
    assert (after.state, after.closed_by, after.closed_on) == (AnomalyState.RESOLVED, "user:claire", TODAY)
    with made.uow(read_only=True) as uow:
        assert list_cases(uow) == []
        assert list_cases(uow, states=[AnomalyState.RESOLVED]) == [after]
    with pytest.raises(IllegalTransition):
        act(made, "claire", resolve, "encore")


def test_one_person_waives_a_small_amount_for_ninety_days_at_most() -> None:
    made = books(replace(SMALL, evidence=("unexplained.cents=500",)))
    with pytest.raises(InvalidInput) as raised:
        ask_waiver(made, "claire", TODAY + timedelta(days=91))
    assert raised.value.code == "waiver_too_long"
    with pytest.raises(InvalidInput):
        ask_waiver(made, "claire", TODAY - timedelta(days=1))
    with pytest.raises(InvalidInput) as raised:
        ask_waiver(made, "claire", text="  ")
    assert raised.value.code == "waiver_without_reason"
    assert ask_waiver(made, "claire").state is AnomalyState.WAIVED


def test_a_rule_with_a_legal_ground_needs_somebody_else() -> None:
    made = books(LEGAL)
    assert ask_waiver(made, "claire").state is AnomalyState.WAITING
    with pytest.raises(IllegalTransition) as raised:
        ask_waiver(made, "claire")
    assert raised.value.code == "waiver_needs_somebody_else"
    done = ask_waiver(made, "paul")
    assert (done.state, done.closed_by) == (AnomalyState.WAIVED, "user:claire+user:paul")


@pytest.mark.parametrize(("cents", "two"), [(15_000, False), (15_001, True)])
def test_above_150_euros_two_persons_waive(cents: int, *, two: bool) -> None:
    case = an_anomaly("payment_unmatched", evidence=(f"unexplained.cents={cents}",))
    assert needs_two(case, PARAMETERS, TODAY) is two


def test_the_amount_at_stake_is_the_gap_between_the_two_values() -> None:
    case = an_anomaly("payment_over", evidence=("claim.cents=100000", "paid.cents=110000"))
    assert needs_two(case, PARAMETERS, TODAY) is False


def test_the_list_is_in_the_order_of_the_queue() -> None:
    heavy = an_anomaly("a", severity=AnomalySeverity.BLOCKER)
    light = an_anomaly("b", severity=AnomalySeverity.LOW, first_seen_on=date(2020, 1, 1))
    with books(light, heavy).uow(read_only=True) as uow:
        assert [case.code for case in list_cases(uow)] == ["a", "b"]
        assert [case.code for case in list_cases(uow, code="b")] == ["b"]


def test_a_case_is_found_by_the_beginning_of_its_fingerprint() -> None:
    case = replace(SMALL, fingerprint="0123456789abcdef")
    with books(case).uow(read_only=True) as uow:
        assert find_case(uow, "01234567").id == find_case(uow, "case-0").id == "case-0"
        with pytest.raises(NotFound):
            find_case(uow, "0123")
