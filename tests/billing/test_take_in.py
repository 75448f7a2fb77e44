"""Taking files in: counts add up, the same file twice changes nothing, nothing is lost."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.errors import InvalidInput, NotFound
from billing.identity import derive_id
from billing.intake import QuarantinedRow
from billing.money import Money
from billing.usecases.dismiss_rows import dismiss_rows, take_dismissals_back
from billing.usecases.take_in import Counts, Source, take_in
from billing.usecases.take_in_kinds import KINDS, import_order
from billing.usecases.take_in_rows import BadRow, Part, Row
from tests.builders import an_organisation
from tests.fakes import FakeBooks

TODAY = date(2026, 10, 10)


def books() -> FakeBooks:
    organisation = an_organisation()
    made = FakeBooks(organisation.id)
    with made.uow() as uow:
        uow.organisations.add(organisation)
        uow.commit()
    return made


@pytest.fixture
def home() -> FakeBooks:
    return books()


def row(kind: str, line: int, key: str, /, **values: Any) -> Row:
    return Row(line=line, key=key, parts=(Part(kind=kind, values=values),), raw=repr(values))


def action(line: int, code: str, title: str = "Titre") -> Row:
    return row("action", line, code, code=code, title=title)


def session(line: int, code: str, action_code: str = "A1") -> Row:
    days = {"starts_on": date(2026, 9, 1), "ends_on": date(2026, 9, 30)}
    return row("session", line, code, code=code, action_code=action_code, **days)


def bad(line: int, key: str = "") -> BadRow:
    return BadRow(line=line, column="Montant", code="not_a_number", raw="brut", key=key, values={"text": "dix"})


def imported(home: FakeBooks, rows: Iterable[Row | BadRow], name: str = "f.csv", sha: str = "1", **more: Any) -> Counts:
    stream = more.pop("stream", "actions")
    source = Source(name=name, sha256=sha, profile=stream, stream=stream, **more)
    return take_in(home.open_books, home.organisation_id, source, rows, actor="test", today=TODAY)


def quarantine(home: FakeBooks) -> list[QuarantinedRow]:
    with home.uow(read_only=True) as uow:
        return uow.quarantine.find(cleared=False)


def test_new_changed_unchanged_and_bad_rows_are_counted_apart() -> None:
    home = books()
    assert imported(home, [action(2, "A1"), action(3, "A2"), bad(4)]) == Counts(read=3, new=2, quarantined=1)
    again = [action(2, "A1", "Autre"), action(3, "A2"), action(4, "A3")]
    assert imported(home, again, sha="2") == Counts(read=3, new=1, changed=1, unchanged=1)


def test_the_same_file_twice_changes_nothing() -> None:
    home = books()
    rows: list[Row | BadRow] = [action(2, "A1"), bad(3, "A2"), bad(4), action(5, "A1", "Autre")]
    imported(home, rows)
    before = home.states[home.organisation_id]
    assert imported(home, rows) == Counts(read=4, unchanged=1, quarantined=3)
    after = home.states[home.organisation_id]
    assert (before.tables, before.journal) == (after.tables, after.journal)


def test_a_file_read_again_is_verified_by_its_content() -> None:
    home = books()
    imported(home, [session(2, "S1")], stream="sessions")
    imported(home, [action(2, "A1")])
    assert imported(home, [session(2, "S1")], stream="sessions") == Counts(read=1, new=1)
    assert quarantine(home) == []


def test_a_missing_reference_is_quarantined_with_its_remedy() -> None:
    home = books()
    imported(home, [session(7, "S1", "A9")], name="sessions.csv", stream="sessions")
    (waiting,) = quarantine(home)
    assert (waiting.file_name, waiting.line, waiting.column, waiting.code) == (
        "sessions.csv",
        7,
        "action_code",
        "reference_missing",
    )
    assert waiting.values == '{"file": "actions.csv", "shown": "A9", "what": "l’action"}'
    assert (waiting.row_key, waiting.raw) == ("S1", session(7, "S1", "A9").raw)


def test_a_corrected_file_clears_its_quarantine() -> None:
    home = books()
    imported(home, [bad(2, "A1"), bad(3, "A2"), bad(4)])
    imported(home, [action(9, "A1"), action(4, "A3")], sha="2")
    assert [item.row_key for item in quarantine(home)] == ["A2"]


def test_a_row_that_is_bad_again_is_in_quarantine_once() -> None:
    home = books()
    imported(home, [bad(2, "A1")])
    imported(home, [bad(5, "A1")], sha="2")
    assert [item.line for item in quarantine(home)] == [5]


def test_another_stream_clears_nothing() -> None:
    home = books()
    imported(home, [bad(2, "A1")])
    imported(home, [action(2, "A1")], stream="other", sha="2", name="g.csv")
    assert len(quarantine(home)) == 1


def test_a_key_met_twice_is_refused_when_it_says_something_else() -> None:
    home = books()
    assert imported(home, [action(2, "A1"), action(3, "A1"), action(4, "A1", "Autre")]) == Counts(
        read=3, new=1, unchanged=1, quarantined=1
    )
    assert [(item.line, item.code) for item in quarantine(home)] == [(4, "duplicate_in_file")]


def test_rows_may_refer_to_later_rows_of_their_file() -> None:
    home = books()
    imported(home, [action(2, "A1")])
    imported(home, [session(2, "S1")], stream="sessions")
    imported(home, [row("funder", 2, "F", code="F", name="F", funder_class="opco")], stream="funders")
    common = {"funder_code": "F", "scheme": "pdc", "session_code": "S1", "amount": Money(100)}
    child = row("agreement", 2, "R2", reference="R2", parent_reference="R1", rank="top_up", **common)
    parent = row("agreement", 3, "R1", reference="R1", **common)
    assert imported(home, [child, parent], stream="agreements") == Counts(read=2, new=2)


def test_no_hours_are_told_by_a_zero_because_an_empty_cell_erases_nothing() -> None:
    home = books()
    imported(home, [action(2, "A1")])
    imported(home, [session(2, "S1")], stream="sessions")
    imported(home, [row("funder", 2, "F", code="F", name="F", funder_class="opco")], stream="funders")
    common = {"funder_code": "F", "scheme": "pdc", "session_code": "S1", "amount": Money(100), "reference": "R1"}
    known = []
    for number, cells in enumerate([{"hours": Decimal(14)}, {}, {"hours": Decimal(0)}]):
        imported(home, [row("agreement", 2, "R1", **common, **cells)], stream="agreements", sha=str(number))
        with home.uow(read_only=True) as uow:
            known.append(uow.agreements.find()[0].hours)
    assert known == [Decimal(14), Decimal(14), None]


def test_an_import_that_was_cut_goes_on_where_it_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("billing.usecases.take_in.BATCH", 2)
    home = books()

    def broken() -> Iterable[Row]:
        yield from (action(n, f"A{n}") for n in range(2, 5))
        raise InvalidInput("file_cut")

    with pytest.raises(InvalidInput):
        imported(home, broken())
    whole = [action(n, f"A{n}") for n in range(2, 7)]
    assert imported(home, whole) == Counts(read=5, new=3, unchanged=2)
    with home.uow(read_only=True) as uow:
        (file,) = uow.imported_files.find()
        assert (file.read, file.new, file.unchanged) == (5, 3, 2)


def test_a_refused_row_leaves_nothing_of_itself() -> None:
    home = books()
    parts = (
        Part(kind="action", values={"code": "A1", "title": "T"}),
        Part(kind="session", values={"code": "S1", "action_code": "A1"}),
    )
    imported(home, [Row(line=2, key="S1", parts=parts, raw=""), action(3, "A2")])
    with home.uow(read_only=True) as uow:
        assert [item.code for item in uow.actions.find()] == ["A2"]
    assert [(item.code, item.column) for item in quarantine(home)] == [("field_missing", "starts_on")]


def test_what_a_file_does_not_say_stays() -> None:
    home = books()
    full = row("action", 2, "A1", code="A1", title="T", planned_hours=Decimal(35), certification="RS1")
    imported(home, [full])
    imported(home, [row("action", 2, "A1", code="A1", title="T2", planned_hours=None)], sha="2")
    with home.uow(read_only=True) as uow:
        (found,) = uow.actions.find()
        assert (found.title, found.planned_hours, found.certification) == ("T2", None, "RS1")


def test_progress_is_told_after_each_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("billing.usecases.take_in.BATCH", 2)
    told: list[int] = []
    home = books()
    source = Source(name="f.csv", sha256="1", profile="actions", stream="actions")
    rows = [action(n, f"A{n}") for n in range(5)]
    take_in(home.open_books, home.organisation_id, source, rows, actor="t", today=TODAY, on_progress=told.append)
    assert told == [2, 4, 5]


def test_books_without_an_organisation_refuse_everything() -> None:
    home = FakeBooks("nobody")
    with pytest.raises(NotFound) as caught:
        imported(home, [action(2, "A1")])
    assert caught.value.code == "organisation_missing"


def test_the_organisation_is_completed_but_never_becomes_another() -> None:
    home = books()
    mine = row("organisation", 2, "732829320", siren=an_organisation().siren, name="Nouveau nom", city="Lyon")
    assert imported(home, [mine], stream="organisation").changed == 1
    other = row("organisation", 2, "552081317", siren=type(an_organisation().siren)("552081317"), name="X")
    assert imported(home, [other], stream="organisation", sha="2").quarantined == 1
    with home.uow(read_only=True) as uow:
        (found,) = uow.organisations.find()
        assert (found.name, found.address.city) == ("Nouveau nom", "Lyon")


def test_a_payers_wrong_siret_is_kept_as_given_so_that_a_rule_reports_it() -> None:
    home = books()
    funder = row("funder", 2, "F", code="F", name="F", funder_class="opco", siret="123", ibans=())
    imported(home, [funder], stream="funders")
    with home.uow(read_only=True) as uow:
        (found,) = uow.funders.find()
        assert (found.siret, found.siret_as_given, found.sending) == (None, "123", False)


def test_files_are_ordered_by_what_they_refer_to() -> None:
    kinds = ["claim_line", "claim", "attendance", "sighting", "agreement", "enrolment", "slot", "session", "action"]
    order = import_order(kinds, lambda kind: [kind])
    for kind in kinds:
        for need in KINDS[kind].after:
            if need in kinds:
                assert order.index(need) < order.index(kind), (need, kind)


CODES = st.sampled_from(["A", "B", "C", "D"])
ROWS = st.lists(
    st.one_of(
        st.tuples(st.just("action"), CODES, st.sampled_from(["T", "U"])),
        st.tuples(st.just("session"), CODES, CODES),
        st.tuples(st.just("bad"), st.sampled_from(["", "A", "B"]), st.just("")),
    ),
    max_size=12,
)


def _made(rows: list[tuple[str, str, str]]) -> list[Row | BadRow]:
    made: list[Row | BadRow] = []
    for line, (kind, one, two) in enumerate(rows, start=2):
        match kind:
            case "action":
                made.append(action(line, one, two))
            case "session":
                made.append(session(line, f"S{one}", two))
            case _:
                made.append(bad(line, one))
    return made


@settings(max_examples=60, deadline=None)
@given(files=st.lists(ROWS, min_size=1, max_size=4))
def test_counts_always_add_up_and_a_second_reading_changes_nothing(files: list[list[tuple[str, str, str]]]) -> None:
    home = books()
    for number, rows in enumerate(files):
        made = _made(rows)
        counts = imported(home, made, sha=str(number))
        assert counts.read == len(made)
        assert counts.read == counts.new + counts.changed + counts.unchanged + counts.quarantined
        with home.uow(read_only=True) as uow:
            mine = uow.quarantine.find(file_id=derive_id("imported_file", str(number), "actions"), cleared=False)
        assert len(mine) == counts.quarantined
        again = imported(home, made, sha=str(number))
        assert (again.new, again.changed, again.quarantined) == (0, 0, counts.quarantined)


def dismissed(home: FakeBooks, *, by: str = "claire", reason: str = "Doublon de l'ancien logiciel") -> None:
    with home.uow() as uow:
        dismiss_rows(uow, [row.id for row in quarantine(home)], reason, by=by, today=TODAY)
        uow.commit()


def test_a_dismissed_row_is_kept_with_who_and_why_and_waits_no_more(home: FakeBooks) -> None:
    imported(home, [action(2, "A1"), bad(3, "A2")])
    dismissed(home)
    assert quarantine(home) == []
    with home.uow(read_only=True) as uow:
        (row,) = uow.quarantine.find(dismissed=True)
        (line,) = uow.journal(about="quarantine")
    assert (row.dismissed_by, row.dismissed_reason, row.raw) == ("claire", "Doublon de l'ancien logiciel", "brut")
    assert (line.type, line.subject_id) == ("quarantine.dismissed", row.id)
    assert "Doublon" not in str(line.payload)


def test_a_dismissed_row_that_comes_again_as_it_was_stays_dismissed(home: FakeBooks) -> None:
    imported(home, [action(2, "A1"), bad(3, "A2")])
    dismissed(home)
    counts = imported(home, [action(2, "A1"), bad(3, "A2")], sha="2")
    assert (counts.quarantined, counts.dismissed) == (1, 1)
    assert quarantine(home) == []
    assert imported(home, [action(2, "A1"), bad(3, "A2")]).dismissed == 1
    assert quarantine(home) == []


@pytest.mark.parametrize("change", [{"raw": "autre"}, {"code": "cell_empty"}], ids=str)
def test_a_dismissed_row_that_changes_waits_again(home: FakeBooks, change: dict[str, Any]) -> None:
    imported(home, [bad(3, "A2")])
    dismissed(home)
    assert imported(home, [replace(bad(3, "A2"), **change)], sha="2").dismissed == 0
    assert len(quarantine(home)) == 1


def test_a_dismissal_is_taken_back(home: FakeBooks) -> None:
    imported(home, [bad(3, "A2")])
    dismissed(home)
    with home.uow() as uow:
        (row,) = uow.quarantine.find(dismissed=True)
        take_dismissals_back(uow, [row.id[:8]], today=TODAY)
        uow.commit()
    assert [(item.id, item.dismissed) for item in quarantine(home)] == [(row.id, False)]
    assert imported(home, [bad(3, "A2")], sha="2").dismissed == 0


@pytest.mark.parametrize(("by", "reason"), [("claire", " "), ("", "motif")])
def test_a_dismissal_says_why_and_who(home: FakeBooks, by: str, reason: str) -> None:
    imported(home, [bad(3, "A2")])
    with pytest.raises(InvalidInput, match="dismissal_without_reason"):
        dismissed(home, by=by, reason=reason)
    assert len(quarantine(home)) == 1


@pytest.mark.parametrize("number", ["", "0123", "00000000-0000"])
def test_a_row_is_dismissed_by_a_number_that_is_its_own(home: FakeBooks, number: str) -> None:
    imported(home, [bad(3, "A2")])
    with home.uow() as uow, pytest.raises(NotFound, match="quarantined_row_missing"):
        dismiss_rows(uow, [number], "motif", by="claire", today=TODAY)
