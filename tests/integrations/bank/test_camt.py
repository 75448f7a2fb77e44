import zipfile
from datetime import date
from pathlib import Path

import pytest

from billing.statement import Transaction, UnreadableLine
from integrations.bank import inspect, open_statement_file
from tests.integrations.bank.camt_files import (
    OURS,
    THEIRS,
    a_file,
    amount,
    balance,
    detail,
    document,
    entry,
    page,
    period,
    statement,
)


def read(tmp_path: Path, content: bytes) -> list[Transaction | UnreadableLine]:
    return list(open_statement_file(a_file(tmp_path, content)).lines())


def only(tmp_path: Path, *pieces: str) -> Transaction:
    (line,) = read(tmp_path, document(statement(*pieces)))
    assert isinstance(line, Transaction)
    return line


def test_a_credit_says_who_paid_what_and_when(tmp_path: Path) -> None:
    line = only(tmp_path, entry(iban=THEIRS, reference="BQ20260914-17", end_to_end="FA-2026-00001"))
    assert line.amount_cents == 140_000
    assert (line.booked_on, line.value_on) == (date(2026, 9, 14), date(2026, 9, 14))
    assert (line.counterparty_name, line.counterparty_iban) == ("OPCO1", THEIRS)
    assert (line.label, line.end_to_end_id) == ("VIR OPCO1 FA-2026-00001", "FA-2026-00001")
    assert line.bank_reference == "BQ20260914-17"


def test_a_debit_is_negative_and_names_its_creditor(tmp_path: Path) -> None:
    line = only(tmp_path, entry("12.5", side="DBIT", name="BAILLEUR"))
    assert (line.amount_cents, line.counterparty_name) == (-1_250, "BAILLEUR")


def test_the_statement_ties_when_its_movements_lead_from_opening_to_closing(tmp_path: Path) -> None:
    content = document(
        statement(balance("OPBD", "100.00"), balance("CLBD", "1499.50"), entry(), entry("0.50", side="DBIT"))
    )
    (found,) = inspect(a_file(tmp_path, content))["statements"]
    assert found["account"] == OURS
    assert (found["opening_cents"], found["closing_cents"], found["balanced"]) == (10_000, 149_950, True)
    assert (found["credits_cents"], found["debits_cents"], found["transactions"]) == (140_000, -50, 2)


def test_a_statement_that_does_not_tie_says_so_and_one_without_balances_says_nothing(tmp_path: Path) -> None:
    content = document(
        statement(balance("OPBD", "1.00"), balance("CLBD", "2.00"), entry(), reference="A"),
        statement(entry(), reference="B", account=f"<IBAN>{THEIRS}</IBAN>"),
    )
    wrong, silent = inspect(a_file(tmp_path, content))["statements"]
    assert (wrong["balanced"], silent["balanced"]) == (False, None)


@pytest.mark.parametrize(
    ("namespace", "message", "tag", "expected"),
    [
        ("urn:iso:std:iso:20022:tech:xsd:camt.052.001.14", "BkToCstmrAcctRpt", "Rpt", "camt.052"),
        ("urn:iso:std:iso:20022:tech:xsd:camt.054.001.02", "BkToCstmrDbtCdtNtfctn", "Ntfctn", "camt.054"),
        ("urn:iso:std:iso:20022:tech:xsd:camt.052.001.01", "BkToCstmrAcctRptV01", "Rpt", "camt.052"),
        ("", "BkToCstmrStmt", "Stmt", "camt.053"),
    ],
)
def test_each_message_is_read_in_any_version_and_without_a_namespace(
    tmp_path: Path, namespace: str, message: str, tag: str, expected: str
) -> None:
    path = a_file(tmp_path, document(statement(entry(), tag=tag), namespace=namespace, message=message))
    found = open_statement_file(path)
    assert found.format == expected
    assert [line.amount_cents for line in found.lines() if isinstance(line, Transaction)] == [140_000]


def test_a_prefixed_namespace_reads_the_same(tmp_path: Path) -> None:
    plain = document(statement(entry())).decode()
    prefixed = plain.replace("xmlns=", "xmlns:c=").replace("<", "<c:").replace("<c:/", "</c:").replace("<c:?", "<?")
    assert read(tmp_path, prefixed.encode()) == read(tmp_path, plain.encode())


def test_status_may_be_text_as_before_version_07(tmp_path: Path) -> None:
    assert only(tmp_path, entry(status="BOOK")).amount_cents == 140_000


def test_what_is_pending_or_for_information_is_left_out_and_counted(tmp_path: Path) -> None:
    content = document(statement(entry(status="PDNG"), entry(status="<Cd>INFO</Cd>"), entry("3.00")))
    path = a_file(tmp_path, content)
    (found,) = inspect(path)["statements"]
    assert (found["pending"], found["transactions"], found["credits_cents"]) == (2, 1, 300)
    assert len(list(open_statement_file(path).lines())) == 1


def test_a_batch_is_split_when_its_parts_sum_to_the_entry(tmp_path: Path) -> None:
    details = detail("1000.00", name="ALPHA", label="FA-1") + detail("400.00", name="BETA", label="FA-2")
    lines = read(tmp_path, document(statement(entry(details=details))))
    assert [
        (line.amount_cents, line.counterparty_name, line.label) for line in lines if isinstance(line, Transaction)
    ] == [
        (100_000, "ALPHA", "FA-1"),
        (40_000, "BETA", "FA-2"),
    ]


def test_a_part_of_the_other_sign_counts_with_its_sign(tmp_path: Path) -> None:
    details = detail("1500.00") + detail("100.00", side="DBIT")
    lines = read(tmp_path, document(statement(entry(details=details))))
    assert [line.amount_cents for line in lines if isinstance(line, Transaction)] == [150_000, -10_000]


@pytest.mark.parametrize("second", ["1400.00", "399.00", ""])
def test_a_batch_stays_whole_when_its_parts_do_not_sum_to_the_entry(tmp_path: Path, second: str) -> None:
    details = detail("1400.00", label="FA-1") + detail(second, label="FA-2")
    line = only(tmp_path, entry(details=details))
    assert (line.amount_cents, line.label, line.counterparty_name) == (140_000, "FA-1 FA-2", "OPCO1")


def test_fees_kept_apart_leave_the_entry_at_what_reached_the_account(tmp_path: Path) -> None:
    assert only(tmp_path, entry("1526.00", side="DBIT", details=detail("1500.00"))).amount_cents == -152_600


def test_parts_of_version_02_bear_their_amount_in_the_transaction_amount(tmp_path: Path) -> None:
    part = "<TxDtls><AmtDtls><InstdAmt>{0}</InstdAmt><TxAmt>{0}</TxAmt></AmtDtls></TxDtls>"
    details = part.format(amount("900.00")) + part.format(amount("500.00"))
    lines = read(tmp_path, document(statement(entry(details=details))))
    assert [line.amount_cents for line in lines if isinstance(line, Transaction)] == [90_000, 50_000]


def test_pages_of_one_statement_are_joined(tmp_path: Path) -> None:
    content = document(
        statement(balance("OPBD", "10.00"), balance("ITBD", "1410.00"), entry(), paging=page(1, last=False)),
        statement(balance("ITBD", "1410.00"), balance("CLBD", "1415.00"), entry("5.00"), paging=page(2, last=True)),
    )
    (found,) = inspect(a_file(tmp_path, content))["statements"]
    assert (found["opening_cents"], found["closing_cents"], found["balanced"], found["transactions"]) == (
        1_000,
        141_500,
        True,
        2,
    )


def test_two_statements_of_the_same_number_are_not_pages(tmp_path: Path) -> None:
    content = document(statement(entry()), statement(entry()))
    assert len(inspect(a_file(tmp_path, content))["statements"]) == 2


def test_a_lone_interim_balance_opens_and_closes_nothing(tmp_path: Path) -> None:
    content = document(statement(balance("ITBD", "10.00"), entry()))
    (found,) = inspect(a_file(tmp_path, content))["statements"]
    assert (found["opening_cents"], found["closing_cents"], found["balanced"]) == (None, None, None)


def test_of_several_closing_balances_the_one_in_the_accounts_currency_and_without_its_credit_line_counts(
    tmp_path: Path,
) -> None:
    credit_line = "<CdtLine><Incl>true</Incl>" + amount("500.00") + "</CdtLine>"
    content = document(
        statement(
            balance("PRCD", "5.00", side="DBIT"),
            balance("CLBD", "99.00", currency="USD"),
            balance("CLBD", "1895.00", extra=credit_line),
            balance("CLBD", "1395.00"),
            entry(),
        )
    )
    (found,) = inspect(a_file(tmp_path, content))["statements"]
    assert (found["opening_cents"], found["closing_cents"], found["balanced"]) == (-500, 139_500, True)


def test_a_statement_without_opening_opens_where_the_one_before_closed(tmp_path: Path) -> None:
    content = document(
        statement(balance("OPBD", "0.00"), balance("CLBD", "1400.00"), entry(), reference="A"),
        statement(balance("CLBD", "1405.00"), entry("5.00"), reference="B"),
    )
    assert [one["balanced"] for one in inspect(a_file(tmp_path, content))["statements"]] == [True, True]


def test_a_reversal_keeps_the_sign_of_its_entry(tmp_path: Path) -> None:
    returned = entry("20.00", side="CRDT", reversal="true", details="")
    content = document(statement(balance("OPBD", "0.00"), balance("CLBD", "20.00"), returned))
    path = a_file(tmp_path, content)
    assert [line.amount_cents for line in open_statement_file(path).lines() if isinstance(line, Transaction)] == [2_000]


def test_a_reversal_is_turned_where_the_balances_prove_that_the_bank_writes_it_the_other_way(tmp_path: Path) -> None:
    returned = entry("20.00", side="CRDT", reversal="true")
    content = document(statement(balance("OPBD", "50.00"), balance("CLBD", "1430.00"), returned, entry()))
    found = open_statement_file(a_file(tmp_path, content))
    assert [line.amount_cents for line in found.lines() if isinstance(line, Transaction)] == [-2_000, 140_000]
    (only_one,) = found.statements
    assert (only_one.balanced, only_one.credits_cents, only_one.debits_cents) == (True, 140_000, -2_000)


def test_a_returned_debit_names_the_party_that_gives_it_back(tmp_path: Path) -> None:
    details = "<TxDtls><RltdPties><Dbtr><Nm>NOUS</Nm></Dbtr><Cdtr><Nm>BAILLEUR</Nm></Cdtr></RltdPties></TxDtls>"
    assert only(tmp_path, entry(reversal="true", details=details)).counterparty_name == "BAILLEUR"


@pytest.mark.parametrize(
    "day",
    [
        "<Dt>2026-09-14</Dt>",
        "<DtTm>2026-09-14T10:30:00+02:00</DtTm>",
        "<DtTm>2026-09-14T10:30:00.123456789+02:00</DtTm>",
        "<DtTm>2026-09-14T23:59:59Z</DtTm>",
        "<Dt>2026-09-14+02:00</Dt>",
    ],
)
def test_a_day_is_the_one_that_the_bank_writes(tmp_path: Path, day: str) -> None:
    assert only(tmp_path, entry(day=day)).booked_on == date(2026, 9, 14)


@pytest.mark.parametrize(
    ("written", "cents"), [("12.5", 1_250), ("12", 1_200), ("12.50000", 1_250), ("+12.50", 1_250), (".5", 50)]
)
def test_an_amount_is_exact_in_cents(tmp_path: Path, written: str, cents: int) -> None:
    assert only(tmp_path, entry(written)).amount_cents == cents


@pytest.mark.parametrize(
    ("piece", "code", "column"),
    [
        (entry("12.345"), "bank_amount_fraction_of_cent", "Amt"),
        (entry("1e3"), "bank_amount_unreadable", "Amt"),
        (entry("12,50"), "bank_amount_unreadable", "Amt"),
        (entry("-5.00"), "bank_amount_unreadable", "Amt"),
        (entry("NaN"), "bank_amount_unreadable", "Amt"),
        (entry("Infinity"), "bank_amount_unreadable", "Amt"),
        (entry("1" * 400), "bank_amount_unreadable", "Amt"),
        (entry("١٢"), "bank_amount_unreadable", "Amt"),
        (entry(""), "bank_amount_unreadable", "Amt"),
        (entry(side="CREDIT"), "bank_sign_unreadable", "CdtDbtInd"),
        (entry(day="<Dt>2026-02-30</Dt>"), "bank_date_unreadable", "BookgDt"),
        (entry(day="<Dt>14/09/2026</Dt>"), "bank_date_unreadable", "ValDt"),
        (entry(status="<Cd>MAYB</Cd>"), "bank_status_unknown", "Sts"),
    ],
)
def test_a_movement_that_cannot_be_read_is_kept_apart_with_its_reason(
    tmp_path: Path, piece: str, code: str, column: str
) -> None:
    path = a_file(tmp_path, document(statement(piece, entry("1.00"))))
    refused, good = open_statement_file(path).lines()
    assert isinstance(refused, UnreadableLine)
    assert refused.code == code
    assert refused.column in {column, "ValDt"}
    assert "<Ntry" in refused.raw
    assert isinstance(good, Transaction)
    (found,) = inspect(path)["statements"]
    assert (found["unreadable"], found["transactions"]) == (1, 1)


def test_another_currency_is_read_as_it_is(tmp_path: Path) -> None:
    line = only(tmp_path, entry(currency="usd"))
    assert (line.currency, line.amount_cents) == ("USD", 140_000)


def test_free_texts_are_joined_and_structured_references_follow(tmp_path: Path) -> None:
    details = (
        "<TxDtls><RmtInf><Ustrd>REGLEMENT  FA-1</Ustrd><Ustrd>FA-2</Ustrd>"
        "<Strd><RfrdDocInf><Nb>FA-2</Nb></RfrdDocInf><CdtrRefInf><Ref>RF18539007547034</Ref></CdtrRefInf></Strd>"
        "</RmtInf></TxDtls>"
    )
    assert only(tmp_path, entry(details=details)).label == "REGLEMENT FA-1 FA-2 RF18539007547034"


def test_without_remittance_information_the_banks_own_words_are_the_label(tmp_path: Path) -> None:
    piece = entry(details="").replace("</Ntry>", "<AddtlNtryInf>VIR RECU OPCO1</AddtlNtryInf></Ntry>")
    assert only(tmp_path, piece).label == "VIR RECU OPCO1"


@pytest.mark.parametrize("written", ["NONREF", "NOTPROVIDED", "0000000", ""])
def test_a_reference_that_says_nothing_is_none(tmp_path: Path, written: str) -> None:
    assert only(tmp_path, entry(reference=written, entry_reference="12")).bank_reference == ""


def test_a_long_entry_reference_stands_in_for_the_banks_reference(tmp_path: Path) -> None:
    assert only(tmp_path, entry(entry_reference="20260914000017")).bank_reference == "20260914000017"


def test_an_account_without_iban_is_known_by_its_number(tmp_path: Path) -> None:
    path = a_file(tmp_path, document(statement(entry(), account="<Othr><Id>30006 00001 12345678901 89</Id></Othr>")))
    assert open_statement_file(path).statements[0].account == "30006000011234567890189"


def test_a_statement_says_the_days_that_it_covers(tmp_path: Path) -> None:
    path = a_file(tmp_path, document(statement(entry(), period=period("2026-09-01", "2026-09-30"))))
    found = open_statement_file(path).statements[0]
    assert (found.first_on, found.last_on) == (date(2026, 9, 1), date(2026, 9, 30))


def test_a_zip_of_days_is_read_as_one_file(tmp_path: Path) -> None:
    path = tmp_path / "semaine.zip"
    with zipfile.ZipFile(path, "w") as container:
        container.writestr("2.xml", document(statement(entry("2.00"), reference="2")))
        container.writestr("1.xml", document(statement(entry("1.00"), reference="1")))
        container.writestr("__MACOSX/._1.xml", b"junk")
    found = open_statement_file(path)
    assert [one.reference for one in found.statements] == ["1", "2"]
    assert [(line.statement, line.amount_cents) for line in found.lines() if isinstance(line, Transaction)] == [
        (0, 100),
        (1, 200),
    ]


def test_utf_16_reads_like_utf_8(tmp_path: Path) -> None:
    text = document(statement(entry(label="Réglé"))).decode().replace("UTF-8", "UTF-16")
    (line,) = read(tmp_path, text.encode("utf-16"))
    assert isinstance(line, Transaction)
    assert line.label == "Réglé"
