"""Every case of a training organisation, from JSON to a file that the schema and both official rule books accept."""

import re

import pytest

from billing.errors import Severity
from integrations.facturx.checking import CheckPool
from integrations.facturx.document import Document
from integrations.facturx.maker import Renderer
from integrations.facturx.page_texts import shown
from integrations.facturx.published import Order, Orders
from integrations.facturx.reading import read_document
from integrations.facturx.schematron import Schematrons
from integrations.facturx.wording import official_id
from integrations.facturx.xml import write_xml
from tests.integrations.facturx.cases import CASES, FOLDER, entries_of, orders_of

names = pytest.mark.parametrize("name", CASES)


@pytest.fixture(scope="module")
def orders(renderer: Renderer) -> Orders:
    return orders_of(renderer)


@pytest.fixture(scope="module")
def made(orders: Orders) -> dict[str, list[Order]]:
    return {name: [orders.make(entry) for entry in entries_of(name)] for name in CASES}


def documents(orders: list[Order]) -> list[Document]:
    return [order.document for order in orders if order.document is not None]


def test_the_table_and_the_files_are_the_same_cases() -> None:
    assert {file.stem for file in FOLDER.glob("*.json")} == set(CASES)
    assert {name: len(entries_of(name)) for name in CASES} == {name: len(cases) for name, cases in CASES.items()}


@names
def test_a_case_is_rendered_with_the_amounts_of_the_hand(name: str, made: dict[str, list[Order]]) -> None:
    assert [order.findings for order in made[name]] == [()] * len(CASES[name])
    assert all(order.content.startswith(b"%PDF-") for order in made[name])
    for document, case in zip(documents(made[name]), CASES[name], strict=True):
        sums = document.totals
        parts = (sums.net, sums.vat, sums.gross, sums.prepaid, sums.due)
        assert tuple(amount.cents for amount in parts) == case.cents


@names
def test_a_case_passes_both_rule_books(name: str, made: dict[str, list[Order]], official: Schematrons) -> None:
    for document in documents(made[name]):
        findings = official.check(write_xml(document), document.profile)
        assert [finding for finding in findings if finding.severity is Severity.ERROR] == []


@names
def test_a_case_says_what_it_is_about(name: str, made: dict[str, list[Order]]) -> None:
    for document, case in zip(documents(made[name]), CASES[name], strict=True):
        xml = write_xml(document).decode()
        assert [piece for piece in case.says if piece not in xml] == []


@names
def test_a_case_spoilt_breaks_the_rule_that_it_stands_for(
    name: str, made: dict[str, list[Order]], official: Schematrons
) -> None:
    document, case = documents(made[name])[0], CASES[name][0]
    xml = write_xml(document).decode()
    for rule, (pattern, replacement) in case.rules.items():
        spoilt = re.sub(pattern, replacement, xml, count=1, flags=re.DOTALL)
        assert spoilt != xml
        findings = official.check(spoilt.encode(), document.profile)
        broken = {official_id(str(finding.values["rule"])) for finding in findings}
        assert rule in broken


@names
def test_the_page_and_the_xml_say_the_same_totals(name: str, made: dict[str, list[Order]]) -> None:
    for document in documents(made[name]):
        told = shown(document)
        sums = document.totals
        page = {row[0]: row[1] for row in told["totals"]}  # type: ignore[attr-defined]  # rows of texts
        assert page["Total HT"] == sums.net.french()
        assert page["Total TTC"] == sums.gross.french()
        assert told["due"][1] == sums.due.french()  # type: ignore[index]  # a pair of texts
        xml = write_xml(document).decode()
        for tag, amount in (("TaxBasisTotalAmount", sums.net), ("GrandTotalAmount", sums.gross)):
            assert f"<ram:{tag}>{amount.euros:f}</ram:{tag}>" in xml
        assert f"<ram:DuePayableAmount>{sums.due.euros:f}</ram:DuePayableAmount>" in xml


@names
def test_a_case_read_back_asks_the_same(name: str, made: dict[str, list[Order]]) -> None:
    for document in documents(made[name]):
        read = read_document(write_xml(document)).document
        assert read is not None
        assert (read.totals, read.groups) == (document.totals, document.groups)
        assert (read.preceding, read.references.dossier) == (document.preceding, document.references.dossier)
        assert (read.notes, read.process, read.due_on) == (document.notes, document.process, document.due_on)
        assert [(line.quantity, line.net, line.vat) for line in read.lines] == [
            (line.quantity, line.net, line.vat) for line in document.lines
        ]


def test_the_hardest_files_pass_the_whole_check(made: dict[str, list[Order]], checks: CheckPool) -> None:
    """PDF/A-3, schema, rule books, exact arithmetic, on the files themselves."""
    hard = ("market_situation", "public_with_certificate", "third_party_payer_in_part", "dedit_out_of_scope")
    contents = [made[name][0].content for name in hard]
    checked = checks.check(contents)
    wrong = [
        finding for one in checked for finding in one.findings if finding.severity is Severity.ERROR
    ]  # the rule books warn of two attachments (CII-SR-475), which the norm allows
    assert wrong == []


def test_rendering_a_request_twice_gives_the_same_bytes(orders: Orders, made: dict[str, list[Order]]) -> None:
    assert orders.make(entries_of("market_situation")[0]).content == made["market_situation"][0].content
