"""Parameters that come by a file pass the same checks as those that a person types."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from billing.parameters_book import ParameterBook
from billing.usecases.take_in import Counts, Source, take_in
from billing.usecases.take_in_rows import Part, Row
from tests.builders import a_parameter, an_organisation
from tests.fakes import FakeBooks

SHIPPED = ParameterBook(
    [
        a_parameter("payment_term_days.region", "30", shipped=True),
        a_parameter("anomaly.public_classes", '["opco"]', shipped=True),
        a_parameter("state.detection_not_checkable", "{}"),
    ]
)
HEADERS = {"key": "cle", "value": "valeur", "source": "source"}


@pytest.fixture
def home() -> FakeBooks:
    organisation = an_organisation()
    made = FakeBooks(organisation.id)
    with made.uow() as uow:
        uow.organisations.add(organisation)
        uow.commit()
    return made


def imported(home: FakeBooks, values: Mapping[str, Any]) -> Counts:
    cells = {"starts_on": date(2026, 1, 1), "source": "Marché 2026-12, article 7", **values}
    row = Row(line=2, key="k", parts=(Part(kind="parameter", values=cells, headers=HEADERS),), raw="brut")
    source = Source(name="parametres.csv", sha256="1", profile="parametres", stream="parametres")
    return take_in(
        home.open_books,
        home.organisation_id,
        source,
        [row],
        actor="test",
        today=date(2026, 10, 10),
        parameters=SHIPPED,
    )


def test_a_known_parameter_takes_a_value_of_its_shape(home: FakeBooks) -> None:
    assert imported(home, {"key": "payment_term_days.region", "value": "45"}) == Counts(read=1, new=1)


@pytest.mark.parametrize(
    ("key", "value", "code", "column"),
    [
        ("payment_term_days.regoin", "45", "parameter_unknown", "cle"),
        ("state.detection_not_checkable", "{}", "parameter_unknown", "cle"),
        ("payment_term_days.region", "quarante", "parameter_value_unlike", "valeur"),
        ("anomaly.public_classes", "opco", "parameter_value_unlike", "valeur"),
    ],
)
def test_what_cannot_work_is_quarantined(home: FakeBooks, key: str, value: str, code: str, column: str) -> None:
    assert imported(home, {"key": key, "value": value}) == Counts(read=1, quarantined=1)
    with home.uow(read_only=True) as uow:
        (row,) = uow.quarantine.find()
        assert uow.parameters.count() == 0
    assert (row.code, row.column) == (code, column)


def test_a_name_that_is_nearly_right_says_which_one_was_meant(home: FakeBooks) -> None:
    imported(home, {"key": "payment_term_days.regoin", "value": "45"})
    with home.uow(read_only=True) as uow:
        assert "payment_term_days.region" in uow.quarantine.find()[0].values
