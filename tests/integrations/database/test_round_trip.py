"""Every noun goes in and comes out as it was, on both engines; unknown words and wrong types never pass."""

import sqlite3
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.agreement import LifeState
from billing.errors import BrokenBooks, InvalidInput
from billing.identity import Nir
from billing.intake import ImportedFile, QuarantinedRow
from billing.money import CENTS_MAX, Money
from billing.party import Validity
from billing.submission import Attempt, Submission, SubmissionKind, SubmissionState, is_due
from integrations.database import Books
from integrations.database.mapping import Mapper
from integrations.database.tables import REPOSITORIES
from tests import builders as a
from tests.books import KEYRING, NOW, books_at

SUBMISSION = Submission(
    id="sub",
    kind=SubmissionKind.CLAIM,
    subject_id="claim",
    platform="p",
    business_key="k",
    state=SubmissionState.SENDING,
    not_before=NOW,
    send_by=NOW + timedelta(microseconds=1),
)
EVERYTHING: dict[str, list[Any]] = {
    "organisations": [a.an_organisation(id="org")],
    "validities": [Validity(id="v", kind="qualiopi", starts_on=date(2025, 1, 1), ends_on=None)],
    "sites": [a.a_site()],
    "bank_accounts": [a.a_bank_account()],
    "users": [a.a_user()],
    "funders": [a.a_funder(aliases=("a", "b \"c\" ; 'd'", "é\n"))],
    "funder_accounts": [a.a_funder_account()],
    "prescribers": [a.a_prescriber()],
    "employers": [a.an_employer()],
    "learners": [a.a_learner(nir=Nir("255081416802538"))],
    "trainers": [a.a_trainer()],
    "actions": [a.an_action(planned_hours=Decimal("14.50"))],
    "sessions": [a.a_session()],
    "slots": [a.a_slot()],
    "enrolments": [a.an_enrolment()],
    "prices": [a.a_price()],
    "agreements": [a.an_agreement(seen_at=NOW, subrogation=None, in_control=False)],
    "instalments": [a.an_instalment()],
    "platform_records": [a.a_platform_record(state=None, rate=Decimal("0.1"))],
    "evidence": [a.a_piece_of_evidence()],
    "certificates": [a.a_certificate()],
    "series": [a.a_series()],
    "claims": [a.a_claim(net=Money(CENTS_MAX), seen_at=NOW)],
    "claim_lines": [a.a_claim_line()],
    "submissions": [SUBMISSION],
    "attempts": [Attempt(id="t", submission_id="sub", number=1, act="send", owner="o", started_at=NOW, send_by=None)],
    "bank_statements": [a.a_bank_statement()],
    "bank_lines": [a.a_bank_line()],
    "remittances": [a.a_remittance()],
    "remittance_lines": [a.a_remittance_line()],
    "allocations": [a.an_allocation(evidence=("x=1", "y=é"))],
    "orders": [a.a_trainer_order()],
    "payroll_variables": [a.a_payroll_variable(amount=None)],
    "entitlements": [a.an_entitlement(iban_given="FR76 mal écrit")],
    "attendance_statements": [a.an_attendance_statement()],
    "compensation_payments": [a.a_compensation_payment()],
    "routes": [a.a_route()],
    "anomalies": [a.an_anomaly()],
    "parameters": [a.a_parameter()],
    "imported_files": [
        ImportedFile(
            id="f", name="é.csv", sha256="0" * 64, profile="p", stream="s", read=3, new=1, changed=1, unchanged=0,
            quarantined=1, gone=0, recorded_at=NOW,
        )
    ],
    "quarantine": [
        QuarantinedRow(
            id="q", file_id="f", file_name="é.csv", stream="s", row_key="k", line=7, column="C", code="c", values="{}",
            raw="Dupont;Ève;\u0001", recorded_at=NOW,
        )
    ],
}  # fmt: skip


def test_every_repository_is_tried() -> None:
    assert set(EVERYTHING) == set(REPOSITORIES)


def test_every_noun_comes_out_as_it_went_in(books: Books) -> None:
    with books.open_books("org", "test") as uow:
        for name, things in EVERYTHING.items():
            getattr(uow, name).add(*things)
        uow.commit()
    with books.open_books("org", "test", read_only=True) as uow:
        for name, things in EVERYTHING.items():
            found = getattr(uow, name).find()
            assert found == things, name
            assert [repr(thing) for thing in found] == [repr(thing) for thing in things], name
    assert [organisation.slug for organisation in books.organisations()] == ["acme"]


def test_every_field_can_be_a_filter(books: Books) -> None:
    with books.open_books("org", "test") as uow:
        for name, things in EVERYTHING.items():
            getattr(uow, name).put(*things)
        uow.commit()
        for name, (thing,) in EVERYTHING.items():
            for field in fields(thing):
                value = getattr(thing, field.name)
                if isinstance(value, tuple):
                    continue  # a tuple means "one of them"
                repository = getattr(uow, name)
                assert repository.find(**{field.name: value}) == [thing], (name, field.name)
                assert repository.find(**{field.name: [value]}) == [thing], (name, field.name)


def test_an_instant_of_another_zone_comes_out_in_utc(books: Books) -> None:
    paris = datetime(2026, 9, 30, 22, 0, 0, 123456, tzinfo=timezone(timedelta(hours=2)))
    with books.open_books("org", "test") as uow:
        uow.submissions.add(replace(SUBMISSION, not_before=paris))
        uow.commit()
        stored = uow.submissions.find()[0].not_before
    assert (stored, stored.utcoffset()) == (paris, timedelta(0))


@pytest.mark.parametrize(
    ("noun", "changes"),
    [
        ("slots", {"starts_at": NOW}),
        ("slots", {"hours": 3.5}),
        ("slots", {"hours": Decimal("NaN")}),
        ("slots", {"trainer_signed": 1}),
        ("claims", {"issue_on": NOW}),
        ("claims", {"recorded_at": datetime(2026, 9, 30, 20, 0)}),  # noqa: DTZ001 - naive on purpose
        ("claims", {"gross": 12.5}),
        ("claims", {"state": "payé"}),
        ("funders", {"aliases": "one"}),
    ],
)
def test_a_value_of_the_wrong_kind_is_never_stored(books: Books, noun: str, changes: dict[str, Any]) -> None:
    with books.open_books("org", "test") as uow, pytest.raises((TypeError, AttributeError, KeyError)):
        getattr(uow, noun).add(replace(EVERYTHING[noun][0], **changes))


@pytest.mark.parametrize("text", ["\udc80", "a\x00b"])
def test_a_text_that_cannot_be_stored_is_refused(books: Books, text: str) -> None:
    with books.open_books("org", "test") as uow, pytest.raises(InvalidInput) as caught:
        uow.funders.add(a.a_funder(name=text))
    assert caught.value.code == "text_not_storable"


def test_a_stored_word_that_no_member_has_is_never_guessed(sqlite_books_url: str) -> None:
    books = books_at(sqlite_books_url)
    with books.open_books("org", "test") as uow:
        uow.funders.add(a.a_funder())
        uow.commit()
    with sqlite3.connect(sqlite_books_url.removeprefix("sqlite:///")) as connection:
        connection.execute("UPDATE funders SET funder_class = 'martian'")
    connection.close()
    with books.open_books("org", "test") as uow, pytest.raises(BrokenBooks) as caught:
        uow.funders.find()
    books.close()
    assert caught.value.code == "stored_word_unknown"


def test_the_file_itself_refuses_a_fraction_of_a_cent(sqlite_books_url: str) -> None:
    with sqlite3.connect(sqlite_books_url.removeprefix("sqlite:///")) as connection:
        insert = (
            "INSERT INTO series (organisation_id, id, code, year, next_sequence, digits) VALUES ('o','i','c',?,1,5)"
        )
        with pytest.raises(sqlite3.IntegrityError, match="cannot store REAL"):
            connection.execute(insert, (0.5,))
    connection.close()


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    state=st.sampled_from(LifeState),
    cents=st.integers(-CENTS_MAX, CENTS_MAX),
    hours=st.none() | st.decimals(allow_nan=False, allow_infinity=False, places=3),
    seen=st.none() | st.datetimes(timezones=st.just(UTC)),
    label=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
    day=st.dates(),
)
@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_a_row_says_all_of_its_noun(dialect: str, **drawn: Any) -> None:
    claim = a.a_claim(
        state=drawn["state"],
        gross=Money(drawn["cents"]),
        hours=drawn["hours"],
        seen_at=drawn["seen"],
        raw_label=drawn["label"],
        issue_on=drawn["day"],
    )
    mapper: Mapper[Any] = Mapper(REPOSITORIES["claims"], dialect)
    row = mapper.row("org", claim, KEYRING)
    assert mapper.thing("org", row[1:], KEYRING) == claim


def test_the_database_s_list_of_due_rows_is_the_core_s(sqlite_books_url: str) -> None:
    books = books_at(sqlite_books_url)
    instants = st.none() | st.integers(-3, 3).map(lambda seconds: NOW + timedelta(seconds=seconds))

    @settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=30)
    @given(st.lists(st.tuples(st.sampled_from(SubmissionState), instants.filter(bool), instants), max_size=12))
    def agree(drawn: list[tuple[SubmissionState, datetime, datetime | None]]) -> None:
        rows = [
            replace(SUBMISSION, id=str(n), business_key=str(n), state=state, not_before=at, lease_until=lease)
            for n, (state, at, lease) in enumerate(drawn)
        ]
        with books.open_books("org", "test") as uow:
            uow.submissions.put(*rows)
            assert set(uow.claim_due_submissions(NOW, 100)) == {row.id for row in rows if is_due(row, NOW)}

    agree()
    books.close()
