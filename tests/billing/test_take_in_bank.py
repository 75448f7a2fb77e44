from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256

import pytest

from billing.ledger import balance
from billing.money import Money
from billing.statement import Statement, Transaction, UnreadableLine
from billing.usecases import take_in_bank
from billing.usecases.take_in_bank import TakenIn, take_in_statement
from tests.builders import a_bank_account, a_funder, a_funder_account
from tests.fakes import FakeBooks

OURS = "FR7630006000011234567890189"
PAYER = "FR1420041010050500013M02606"


def a_line(cents: int = 140_000, day: int = 14, **changes: object) -> Transaction:
    made = Transaction(
        statement=0,
        booked_on=date(2026, 9, day),
        value_on=date(2026, 9, day),
        amount_cents=cents,
        currency="EUR",
        label="VIR OPCO1 FA-2026-00001",
        counterparty_name="OPCO1",
        counterparty_iban="",
        end_to_end_id="",
        bank_reference="",
        operation="05",
        details="",
        where="écriture 1, ligne 1",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class GivenFile:
    """A bank file that was read already."""

    statements: tuple[Statement, ...]
    movements: tuple[Transaction | UnreadableLine, ...]
    salt: str = ""
    name: str = "releve.xml"
    format: str = "camt.053"
    media_type: str = "application/xml"

    @property
    def sha256(self) -> str:
        return sha256(self.content()).hexdigest()

    def content(self) -> bytes:
        return repr((self.statements, self.movements, self.salt)).encode()

    def lines(self) -> Iterator[Transaction | UnreadableLine]:
        return iter(self.movements)


def a_statement(
    *movements: Transaction | UnreadableLine,
    days: tuple[int, int] = (1, 30),
    opening: int | None = None,
    **changes: object,
) -> Statement:
    amounts = [line.amount_cents for line in movements if isinstance(line, Transaction)]
    made = Statement(
        reference="2026-09",
        sequence="",
        account=OURS,
        currency="EUR",
        opening_cents=opening,
        closing_cents=None if opening is None else opening + sum(amounts),
        balanced=None if opening is None else True,
        credits_cents=sum(max(cents, 0) for cents in amounts),
        debits_cents=sum(min(cents, 0) for cents in amounts),
        transactions=len(amounts),
        unreadable=len(movements) - len(amounts),
        pending=0,
        first_on=date(2026, 9, days[0]),
        last_on=date(2026, 9, days[1]),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def a_file(*movements: Transaction | UnreadableLine, salt: str = "", **changes: object) -> GivenFile:
    return GivenFile((a_statement(*movements, **changes),), movements, salt=salt)  # type: ignore[arg-type]


@pytest.fixture
def books() -> FakeBooks:
    books = FakeBooks()
    with books.uow() as uow:
        uow.bank_accounts.add(a_bank_account(OURS))
        uow.commit()
    return books


def take(books: FakeBooks, file: GivenFile) -> TakenIn:
    return take_in_statement(books.open_books, books.organisation_id, file, actor="night")


def amounts(books: FakeBooks) -> list[int]:
    with books.uow(read_only=True) as uow:
        return sorted(line.amount.cents for line in uow.bank_lines.find())


def gaps(books: FakeBooks) -> dict[int, bool]:
    with books.uow(read_only=True) as uow:
        return {one.first_on.day: one.gap for one in uow.bank_statements.find() if one.first_on}


def counts(taken: TakenIn) -> tuple[int, int, int, int, int]:
    return taken.statements, taken.new, taken.known, taken.gaps, taken.refused


def test_each_movement_is_kept_wholly_unexplained_and_booked_against_suspense(books: FakeBooks) -> None:
    assert counts(take(books, a_file(a_line(), a_line(-2_500, label="LOYER")))) == (1, 2, 0, 0, 0)
    with books.uow(read_only=True) as uow:
        assert sorted((line.amount.cents, line.unallocated.cents) for line in uow.bank_lines.find()) == [
            (-2_500, -2_500),
            (140_000, 140_000),
        ]
        entries = list(uow.entries())
    assert balance(entries, ("512",)) == Money(137_500)
    assert balance(entries, ("471",)) == Money(-137_500)


def test_the_raw_file_is_kept(books: FakeBooks) -> None:
    file = a_file(a_line())
    take(books, file)
    with books.uow(read_only=True) as uow:
        (statement,) = uow.bank_statements.find()
        assert uow.document(statement.document) == file.content()


def test_the_same_file_twice_changes_nothing(books: FakeBooks) -> None:
    file = a_file(a_line(), a_line(), opening=0)
    take(books, file)
    before = books.states
    assert counts(take(books, file)) == (1, 0, 2, 0, 0)
    assert books.states["org"].tables == before["org"].tables
    assert len(books.states["org"].entries) == 2


def test_the_same_statement_downloaded_again_is_the_same_statement(books: FakeBooks) -> None:
    take(books, a_file(a_line(), opening=0))
    assert counts(take(books, a_file(a_line(), opening=0, salt="another header"))) == (1, 0, 1, 0, 0)
    with books.uow(read_only=True) as uow:
        assert uow.bank_statements.count() == 1


def test_two_equal_movements_of_one_day_are_both_kept(books: FakeBooks) -> None:
    assert take(books, a_file(a_line(-450), a_line(-450))).new == 2


def test_overlapping_files_add_only_what_is_new(books: FakeBooks) -> None:
    early = [a_line(100, 10), a_line(200, 14), a_line(200, 14)]
    late = [a_line(200, 14), a_line(200, 14), a_line(200, 14), a_line(300, 20)]
    take(books, a_file(*early))
    assert counts(take(books, a_file(*late, days=(14, 20)))) == (1, 2, 2, 0, 0)
    assert amounts(books) == [100, 200, 200, 200, 300]


def test_an_overlap_that_shows_fewer_of_a_day_takes_nothing_away(books: FakeBooks) -> None:
    take(books, a_file(a_line(200, 14), a_line(200, 14)))
    assert counts(take(books, a_file(a_line(200, 14), days=(14, 14)))) == (1, 0, 1, 0, 0)
    assert amounts(books) == [200, 200]


def test_two_statements_of_one_file_count_a_day_together(books: FakeBooks) -> None:
    first, second = a_line(200, 14), a_line(200, 14, statement=1)
    file = GivenFile((a_statement(first), a_statement(second, reference="bis")), (first, second))
    assert take(books, file).new == 2


def test_the_banks_reference_makes_the_same_movement_of_two_wordings(books: FakeBooks) -> None:
    take(books, a_file(a_line(bank_reference="BQ-17", label="VIREMENT RECU")))
    assert take(books, a_file(a_line(bank_reference="BQ-17", label="VIR RECU OPCO1"), salt="x")).known == 1


def test_a_reference_used_again_on_another_day_is_another_movement(books: FakeBooks) -> None:
    assert take(books, a_file(a_line(day=14, bank_reference="17"), a_line(day=15, bank_reference="17"))).new == 2


def test_spelling_that_only_differs_in_blanks_and_case_is_the_same(books: FakeBooks) -> None:
    take(books, a_file(a_line(label="Vir Opco1  FA 1")))
    assert take(books, a_file(a_line(label="VIR OPCO1 FA1"), salt="x")).known == 1


def test_a_known_account_of_a_payer_names_the_payer(books: FakeBooks) -> None:
    with books.uow() as uow:
        uow.funders.add(a_funder())
        uow.funder_accounts.add(a_funder_account(iban=PAYER))
        uow.commit()
    take(books, a_file(a_line(counterparty_iban=PAYER), a_line(1)))
    with books.uow(read_only=True) as uow:
        assert {line.amount.cents: line.funder_id for line in uow.bank_lines.find()} == {
            140_000: a_funder().id,
            1: None,
        }


def test_an_account_that_is_not_ours_is_refused_with_its_remedy_and_taken_in_once_it_is(books: FakeBooks) -> None:
    file = a_file(a_line(), account=PAYER)
    taken = take(books, file)
    assert counts(taken) == (0, 0, 0, 0, 1)
    assert [finding.code for finding in taken.findings] == ["bank_account_unknown"]
    assert PAYER not in str(taken.findings)
    with books.uow() as uow:
        uow.bank_accounts.add(a_bank_account(PAYER))
        uow.commit()
    assert counts(take(books, file)) == (1, 1, 0, 0, 0)


def test_an_account_given_by_its_national_number_is_found(books: FakeBooks) -> None:
    assert take(books, a_file(a_line(), account=OURS[4:])).new == 1
    assert take(books, a_file(a_line(), account=OURS[-6:], salt="x")).refused == 1


def test_foreign_money_and_what_cannot_be_read_are_set_apart_and_counted(books: FakeBooks) -> None:
    unreadable = UnreadableLine(
        statement=0,
        code="bank_amount_fraction_of_cent",
        column="Amt",
        values={"text": "1.234"},
        raw="<Ntry/>",
        where="écriture 3, ligne 9",
        line=9,
    )
    file = a_file(a_line(), a_line(currency="USD", where="écriture 2, ligne 5"), unreadable)
    assert counts(take(books, file)) == (1, 1, 0, 0, 2)
    with books.uow(read_only=True) as uow:
        rows = {row.code: row for row in uow.quarantine.find()}
    assert sorted(rows) == ["bank_amount_fraction_of_cent", "bank_currency_refused"]
    assert (rows["bank_amount_fraction_of_cent"].line, rows["bank_amount_fraction_of_cent"].raw) == (9, "<Ntry/>")
    assert "140000 USD/100" in rows["bank_currency_refused"].raw
    assert counts(take(books, file)) == (1, 0, 1, 0, 2)


def test_an_account_held_in_dollars_is_counted_apart_and_none_of_its_movements_is_lost(books: FakeBooks) -> None:
    line = a_line(currency="USD", where="écriture 1, ligne 12", line=12)
    for account in (OURS, "US00"):
        taken = take(books, a_file(line, account=account, currency="USD", opening=5, salt=account))
        assert (counts(taken), taken.foreign) == ((0, 0, 0, 0, 1), 1)
        (finding,) = taken.findings
        assert (finding.code, finding.values["currency"], finding.values["lines"]) == ("bank_account_foreign", "USD", 1)
    with books.uow(read_only=True) as uow:
        assert [(row.code, row.line, row.column) for row in uow.quarantine.find()] == [
            ("bank_currency_refused", 12, "Amt")
        ] * 2
        assert all("1\\u202f400,00" in row.values or "1\u202f400,00" in row.values for row in uow.quarantine.find())
        assert (uow.bank_lines.count(), uow.bank_statements.count()) == (0, 0)


def test_a_statement_that_does_not_tie_is_taken_in_and_flagged(books: FakeBooks) -> None:
    taken = take(books, a_file(a_line(), opening=0, closing_cents=1, balanced=False))
    assert (taken.new, taken.unbalanced) == (1, 1)
    assert [finding.code for finding in taken.findings] == ["bank_statement_unbalanced"]
    assert taken.findings[0].values["difference"] == "-1\u202f399,99\u00a0€"


def test_a_statement_that_does_not_follow_is_flagged_until_the_missing_one_comes(books: FakeBooks) -> None:
    take(books, a_file(a_line(100, 2), days=(1, 10), opening=0))
    late = take(books, a_file(a_line(300, 22), days=(21, 30), opening=1_100))
    assert (late.new, late.gaps, [finding.code for finding in late.findings]) == (1, 1, ["bank_statement_gap"])
    assert gaps(books) == {1: False, 21: True}
    assert take(books, a_file(a_line(1_000, 15), days=(11, 20), opening=100)).gaps == 0
    assert gaps(books) == {1: False, 11: False, 21: False}


def test_the_first_statement_of_an_account_follows_nothing(books: FakeBooks) -> None:
    assert take(books, a_file(a_line(), opening=123_456)).gaps == 0


def test_statements_that_overlap_follow_when_their_common_movements_explain_it(books: FakeBooks) -> None:
    take(books, a_file(a_line(100, 5), a_line(50, 12), days=(1, 15), opening=0))
    assert take(books, a_file(a_line(50, 12), a_line(7, 20), days=(10, 20), opening=100)).gaps == 0
    assert take(books, a_file(a_line(50, 12), a_line(7, 20), days=(10, 20), opening=101, salt="x")).gaps == 1


def test_a_zero_movement_is_kept_and_books_nothing(books: FakeBooks) -> None:
    assert take(books, a_file(a_line(0))).new == 1
    with books.uow(read_only=True) as uow:
        assert list(uow.entries()) == []


def test_a_kill_between_two_batches_loses_and_doubles_nothing(
    books: FakeBooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(take_in_bank, "BATCH", 2)
    file = a_file(*[a_line(500) for _ in range(5)], opening=0)

    class KilledError(Exception):
        pass

    def kill(at: int) -> Callable[[int], None]:
        def progress(read: int) -> None:
            if read >= at:
                raise KilledError

        return progress

    for at in (2, 4):
        with pytest.raises(KilledError):
            take_in_statement(books.open_books, "org", file, actor="night", on_progress=kill(at))
    taken = take(books, file)
    assert (taken.new, taken.known) == (1, 4)
    assert amounts(books) == [500] * 5
    assert len(books.states["org"].entries) == 5


def test_the_journal_notes_each_statement_once_without_personal_data(books: FakeBooks) -> None:
    file = a_file(a_line(), opening=0)
    take(books, file)
    take(books, file)
    with books.uow(read_only=True) as uow:
        (line,) = [one for one in uow.journal() if one.subject_kind == "bank_statement"]
    assert line.type == "bank_statement.taken_in"
    assert "OPCO1" not in str(line.payload)
    assert OURS not in str(line.payload)
