"""What training, markets, consumers and shared prices allow: each wrong request is refused for its own reason."""

import base64
import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from integrations.facturx.maker import Renderer
from integrations.facturx.published import Order, Orders, read_entries
from tests.integrations.facturx.cases import entries_of, orders_of
from tests.integrations.facturx.test_published import case, put


@pytest.fixture(scope="module")
def orders(renderer: Renderer) -> Orders:
    return orders_of(renderer)


def ordered(orders: Orders, value: object) -> Order:
    (entry,) = read_entries(json.dumps(value).encode())
    return orders.make(entry)


def refused(orders: Orders, value: object) -> list[tuple[str, str]]:
    order = ordered(orders, value)
    assert order.content == b""
    return [(item.pointer, item.finding.code) for item in order.findings]


def without(value: Any, pointer: str) -> Any:
    changed = copy.deepcopy(value)
    at = changed
    *path, last = pointer.strip("/").split("/")
    for step in path:
        at = at[int(step)] if isinstance(at, list) else at[step]
    del at[last]
    return changed


def file_of(size: int) -> str:
    return base64.b64encode(b"%PDF" + b"0" * (size - 4)).decode()


def with_line(name: str, extra: dict[str, Any]) -> Any:
    value = case(name)
    value["lines"].append(extra)
    return value


SITUATION, PERSON, DEDIT, PUBLIC = (
    "market_situation",
    "person_at_distance",
    "dedit_out_of_scope",
    "public_with_certificate",
)
TRAINING = {
    "label": "Formation",
    "quantity": "1",
    "unit": "flat",
    "unit_price": "10",
    "vat": {"treatment": "out_of_scope"},
}
CERTIFICATE = {"name": "c.pdf", "kind": "certificate"}

WRONG: dict[str, tuple[Callable[[], Any], list[tuple[str, str]]]] = {
    "no VAT is supposed": (
        lambda: without(case(), "/lines/0/vat"),
        [("/lines/0/vat", "request_vat_missing")],
    ),
    "a taxed line without rate": (
        lambda: without(case("vat_20_on_debits"), "/lines/0/vat/rate"),
        [("/lines/0/vat/rate", "request_vat_rate_missing")],
    ),
    "an exempt line with a rate": (
        lambda: put(case(), "/lines/0/vat/rate", "20"),
        [("/lines/0/vat/rate", "request_vat_rate_useless")],
    ),
    "an announced amount that the line does not make": (
        lambda: put(case(), "/lines/0/amount", "857.51"),
        [("/lines/0/amount", "request_line_amount")],
    ),
    "a dédit whose VAT nobody confirmed": (
        lambda: without(case(DEDIT), "/lines/0/vat/confirmed_by"),
        [("/lines/0/vat", "request_indemnity_vat_unconfirmed")],
    ),
    "a dédit without VAT": (
        lambda: without(case(DEDIT), "/lines/0/vat"),
        [("/lines/0/vat", "request_indemnity_vat_unconfirmed")],
    ),
    "a dédit exempt as training, even confirmed": (
        lambda: put(case(DEDIT), "/lines/0/vat/treatment", "exempt_training"),
        [("/lines/0/vat", "request_indemnity_exempt")],
    ),
    "a dédit on the invoice of a training": (
        lambda: with_line(DEDIT, TRAINING),
        [("/lines/0/kind", "request_indemnity_with_training")],
    ),
    "out of scope beside taxed lines": (
        lambda: with_line("termination_price_taxed", {**TRAINING, "kind": "other"}),
        [("/lines", "invoice_scope_mixed"), ("/seller", "invoice_scope_with_vat_number")],
    ),
    "a training without declaration of activity": (
        lambda: without(case(), "/seller/declaration"),
        [("/seller/declaration", "request_declaration_missing")],
    ),
    "a credit without reason": (
        lambda: without(case("credit_note"), "/reason"),
        [("/reason", "request_reason_missing")],
    ),
    "a credit without origin": (
        lambda: without(case("credit_note"), "/origins"),
        [("/origins", "invoice_origin_missing")],
    ),
    "a factored invoice that names no factor": (
        lambda: without(case("factored"), "/payee"),
        [("/payee", "request_factor_missing")],
    ),
    "direct payment by a company": (
        lambda: put(case("exempt_with_vat_number_by_day"), "/frame", "direct_payment"),
        [("/frame", "request_direct_payment_not_public")],
    ),
    "a third party that pays more than is due": (
        lambda: put(case("third_party_payer_in_part"), "/payer/share", "857.51"),
        [("/payer/share", "request_share_beyond_due")],
    ),
    "a third party in a profile that cannot name it": (
        lambda: put(case("third_party_payer"), "/profile", "en16931"),
        [("/payer", "invoice_payer_needs_extended")],
    ),
    "a situation that is not its difference": (
        lambda: put(case(SITUATION), "/lines/0/situation/billed_before", "8000.01"),
        [("/lines/0/situation", "request_situation_amount")],
    ),
    "more than the order": (
        lambda: put(case(SITUATION), "/market/order/billed_before", "36580.01"),
        [("/market/order", "request_order_exceeded")],
    ),
    "more held back than the law allows": (
        lambda: put(case(SITUATION), "/market/holdback/percent", "5.01"),
        [("/market/holdback/percent", "request_holdback_rate")],
    ),
    "a holdback released before the rest is due": (
        lambda: put(case(SITUATION), "/market/holdback/release_on", "2026-03-15"),
        [("", "invoice_schedule_unordered")],
    ),
    "a penalty of nothing": (
        lambda: put(case(SITUATION), "/market/penalties/0/amount", "0"),
        [("", "invoice_deductions_wrong")],
    ),
    "advances beyond the whole": (
        lambda: put(case(SITUATION), "/market/advances/0/amount", "20000.00"),
        [("/lines", "invoice_total_negative"), ("/instalments", "invoice_schedule_wrong")],
    ),
    "instalments that do not make what is due": (
        lambda: put(case("instalments"), "/instalments/2/amount", "999.99"),
        [("/instalments", "invoice_schedule_wrong")],
    ),
    "parts that do not make the whole": (
        lambda: put(case("split_in_two")[0], "/split/whole", "1200.02"),
        [("/split/parts", "request_split_sum")],
    ),
    "a part that nobody bears": (
        lambda: put(case("split_in_two")[0], "/split/part", 3),
        [("/split/part", "request_split_part_unknown")],
    ),
    "another amount than the part": (
        lambda: put(case("split_in_two")[0], "/lines/0/unit_price", "999.99"),
        [("/split/part", "request_split_part_amount")],
    ),
    "a credit larger than its part": (
        lambda: put(case("credit_of_one_part"), "/lines/0/unit_price", "3333.34"),
        [("/split/part", "request_split_part_amount")],
    ),
    "an OPCO without the number of its agreement": (
        lambda: without(case(), "/references/dossier"),
        [("/references/dossier", "wish_missing")],
    ),
    "a public buyer without engagement": (
        lambda: without(case(PUBLIC), "/references/engagement"),
        [("/references/engagement", "wish_missing")],
    ),
    "a wish that came with the request": (
        lambda: put(case(PUBLIC), "/attachments", []),
        [("/attachments", "wish_missing")],
    ),
    "21 characters for a public buyer": (
        lambda: put(case(PUBLIC), "/number", "FA-2026-0123456789012"),
        [("/number", "wish_number_too_long")],
    ),
    "a file name of 51 characters": (
        lambda: put(case(PUBLIC), "/attachments/0/name", "c" * 47 + ".pdf"),
        [("/attachments/0/name", "wish_attachment_name_too_long")],
    ),
    "an extension that the portal refuses": (
        lambda: put(case(PUBLIC), "/attachments/0/name", "certificat.exe"),
        [("/attachments/0/name", "wish_attachment_extension")],
    ),
    "a file that climbs out of its folder": (
        lambda: put(case(PUBLIC), "/attachments/0/name", "../../c.pdf"),
        [("/attachments/0/name", "invoice_attachment_name")],
    ),
    "a file that takes the XML's name": (
        lambda: put(case(), "/attachments", [{**CERTIFICATE, "name": "Factur-X.xml", "content": file_of(8)}]),
        [("/attachments/0", "invoice_attachment_twice")],
    ),
    "a file of more than ten megabytes": (
        lambda: put(case(PUBLIC), "/attachments/0/content", file_of(10_000_001)),
        [("/attachments/0/content", "wish_attachment_too_large")],
    ),
    "a person without contract": (
        lambda: without(case(PERSON), "/consumer_contract"),
        [("/consumer_contract", "consumer_contract_missing")],
    ),
    "a contract of a company": (
        lambda: {**case("exempt_with_vat_number_by_day"), "consumer_contract": case(PERSON)["consumer_contract"]},
        [("/consumer_contract", "consumer_contract_of_company")],
    ),
    "the last day of the retraction period": (
        lambda: put(case(PERSON), "/instalments/0/due_on", "2026-03-16"),  # signed on the 2nd, 14 days
        [("/instalments/0/due_on", "consumer_asked_in_retraction")],
    ),
    "more than 30 % before the start": (
        lambda: put(put(case(PERSON), "/instalments/0/amount", "540.01"), "/instalments/1/amount", "629.99"),
        [("/due_on", "consumer_share_before_start")],
    ),
    "30 % and something already asked": (
        lambda: put(
            put(case(PERSON), "/consumer_contract/asked_before", "0.01"), "/consumer_contract/price", "1800.01"
        ),
        [("/due_on", "consumer_share_before_start")],
    ),
    "more than the price": (
        lambda: put(case(PERSON), "/consumer_contract/asked_before", "1.00"),
        [("/due_on", "consumer_share_before_start"), ("/consumer_contract/price", "consumer_over_price")],
    ),
    "the whole price before the end": (
        lambda: put(case(PERSON), "/instalments/2/due_on", "2026-05-28"),
        [("/due_on", "consumer_balance_before_end")],
    ),
    "an IBAN with a wrong key": (
        lambda: put(case(), "/payment/iban", "FR7630006000011234567890188"),
        [("/payment/iban", "invoice_iban_malformed")],
    ),
    "a SIRET with a wrong key": (
        lambda: put(case("exempt_with_vat_number_by_day"), "/buyer/siret", "43234567600007"),
        [("/buyer/siret", "invoice_siret_malformed")],
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_request_is_refused_for_its_own_reason(name: str, orders: Orders) -> None:
    make, expected = WRONG[name]
    assert refused(orders, make()) == expected


def test_a_contract_signed_at_the_desk_leaves_ten_days(orders: Orders) -> None:
    desk = put(case(PERSON), "/consumer_contract/at_distance", False)
    assert ordered(orders, put(desk, "/instalments/0/due_on", "2026-03-13")).findings == ()
    assert refused(orders, put(desk, "/instalments/0/due_on", "2026-03-12")) == [
        ("/instalments/0/due_on", "consumer_asked_in_retraction")
    ]


def test_the_order_may_be_used_to_the_last_cent(orders: Orders) -> None:
    assert ordered(orders, put(case(SITUATION), "/market/order/billed_before", "36580.00")).findings == ()


def test_everything_against_a_request_is_told_at_once(orders: Orders) -> None:
    wrong = put(without(without(case(), "/seller/declaration"), "/references/dossier"), "/payment/iban", "FR00")
    assert refused(orders, wrong) == [
        ("/seller/declaration", "request_declaration_missing"),
        ("/references/dossier", "wish_missing"),
        ("/payment/iban", "invoice_iban_malformed"),
    ]


def test_a_penalty_and_a_sum_held_back_leave_the_vat_alone(orders: Orders) -> None:
    plain = case(SITUATION)
    del plain["market"]
    (entry,) = entries_of(SITUATION)
    full, bare = orders.make(entry).document, ordered(orders, plain).document
    assert full is not None
    assert bare is not None
    assert full.groups == bare.groups
    assert full.totals.gross == bare.totals.gross
    assert (bare.totals.due - full.totals.due).cents == 162_000
    assert [item.amount.cents for item in full.schedule] == [1_367_880, 80_520]


def test_a_public_buyer_is_told_the_rate_of_public_buyers(orders: Orders) -> None:
    made = ordered(orders, case(PUBLIC)).document
    assert made is not None
    assert any("Banque centrale européenne majoré de huit points" in note.text for note in made.notes)
