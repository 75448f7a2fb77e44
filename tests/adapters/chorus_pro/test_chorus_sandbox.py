"""Client and sandbox together, over HTTP: the promises that the night rests on."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from adapters import chorus_pro
from adapters.chorus_pro.connection import ChorusPro
from adapters.contract import Tools
from billing.agreement import LifeState
from billing.errors import AccessDenied, OutcomeUnknown, PlatformError, RetryLater
from billing.ports import Credentials, Parcel

MakeParcel = Callable[..., Parcel]
MakePdf = Callable[..., bytes]
MakeCredentials = Callable[..., Credentials]
KEY = "13000548100010|EJ2026001|20260901-20261030"


@pytest.fixture
def chorus(control: object, tools: Tools, chorus_credentials: MakeCredentials) -> Iterator[ChorusPro]:
    connection = chorus_pro.connect("chorus-pro", chorus_credentials(), tools)
    yield connection
    connection.close()


def fault(control: Any, name: str) -> None:
    control.post("faults", {"platform": "*", "seed": 7, "rates": {name: 1.0}})


def calm(control: Any) -> None:
    control.post("faults", {"platform": "*", "rates": {}})


def error_of(act: Callable[[], object]) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        act()
    return caught.value


@pytest.mark.parametrize("name", ["accept_then_hang", "accept_then_500", "accept_then_html"])
def test_accepted_without_a_usable_answer_is_a_doubt_and_is_found(
    control: Any, tools: Tools, chorus_credentials: MakeCredentials, make_parcel: MakeParcel, name: str
) -> None:
    chorus = chorus_pro.connect("chorus-pro", chorus_credentials(timeout_seconds=0.5), tools)
    fault(control, name)
    assert isinstance(error_of(lambda: chorus.submit_claim(make_parcel())), OutcomeUnknown)
    calm(control)
    presence = chorus.find_claim(make_parcel())
    assert (presence.found, presence.reference) == (True, "CPP00000000000000001")
    assert [(line["business_key"], line["outcome"]) for line in control.received()] == [(KEY, "accepted")]
    chorus.close()


@pytest.mark.parametrize(
    ("name", "kind"), [("refuse_503", OutcomeUnknown), ("throttle_429", RetryLater), ("drop_before", OutcomeUnknown)]
)
def test_refused_before_any_work_accepts_nothing(
    control: Any, chorus: ChorusPro, make_parcel: MakeParcel, name: str, kind: type
) -> None:
    fault(control, name)
    assert isinstance(error_of(lambda: chorus.submit_claim(make_parcel())), kind)
    calm(control)
    assert control.received() == []
    assert not chorus.find_claim(make_parcel()).found


def test_a_second_copy_is_refused_and_the_first_one_still_stands(
    control: Any, chorus: ChorusPro, make_parcel: MakeParcel
) -> None:
    first = chorus.submit_claim(make_parcel())
    second = chorus.submit_claim(make_parcel())
    assert [line["outcome"] for line in control.received()] == ["accepted", "refused_duplicate"]
    (sighting,) = chorus.statuses(None, {"F2026-0001": second.reference})
    assert (sighting.state, sighting.external_reference) == (LifeState.SUBMITTED, first.reference)


def test_a_platform_without_a_rule_takes_the_second_copy(
    control: Any, chorus: ChorusPro, make_parcel: MakeParcel
) -> None:
    control.post("faults", {"platform": "chorus-pro", "unique": False})
    chorus.submit_claim(make_parcel())
    chorus.submit_claim(make_parcel())
    assert [line["outcome"] for line in control.received()] == ["accepted", "accepted"]


def test_one_delivery_under_two_numbers_has_one_business_key(
    control: Any, chorus: ChorusPro, make_parcel: MakeParcel
) -> None:
    chorus.submit_claim(make_parcel("F2026-0001"))
    chorus.submit_claim(make_parcel("F2026-0002"))
    assert [(line["business_key"], line["number"], line["amount_cents"]) for line in control.received()] == [
        (KEY, "F2026-0001", 399_000),
        (KEY, "F2026-0002", 399_000),
    ]


def test_the_life_of_an_invoice_follows_the_days(control: Any, chorus: ChorusPro, make_parcel: MakeParcel) -> None:
    chorus.submit_claim(make_parcel())
    seen = []
    for days in (0, 1, 9, 15):
        control.post("advance", {"days": days})
        (sighting,) = chorus.statuses(None, ["F2026-0001"])
        seen.append((sighting.raw_status, sighting.state))
    assert seen == [
        ("DEPOSEE", LifeState.SUBMITTED),
        ("MISE_A_DISPOSITION", LifeState.ACKNOWLEDGED),
        ("MANDATEE", LifeState.APPROVED),
        ("MISE_EN_PAIEMENT", LifeState.SCHEDULED),
    ]


@pytest.mark.parametrize(
    ("outcome", "state", "code"),
    [("suspended", LifeState.DISPUTED, "LIVR_INCOMP"), ("rejected", LifeState.REJECTED, "LIVR_INCOMP")],
)
def test_a_buyer_s_decision_comes_with_its_motive(
    control: Any, chorus: ChorusPro, make_parcel: MakeParcel, outcome: str, state: LifeState, code: str
) -> None:
    marked = {"dossier": "EJ2026001", "outcome": outcome, "after_days": 2, "comment": "LIVR_INCOMP - heures manquantes"}
    control.post("load", {"chorus-pro": {"outcomes": [marked]}})
    chorus.submit_claim(make_parcel())
    control.post("advance", {"days": 40})
    (sighting,) = chorus.statuses(None, ["F2026-0001"])
    assert (sighting.state, sighting.rejection_code) == (state, code)
    assert sighting.raw_label == "LIVR_INCOMP - heures manquantes"


def test_a_deposit_rejected_later_in_silence_is_reported_and_its_number_is_free_again(
    control: Any, chorus: ChorusPro, make_parcel: MakeParcel
) -> None:
    marked = {"number": "F2026-0001", "outcome": "flux_rejected", "comment": "Facture non conforme"}
    control.post("load", {"chorus-pro": {"outcomes": [marked]}})
    accepted = chorus.submit_claim(make_parcel())
    (sighting,) = chorus.statuses(None, {"F2026-0001": accepted.reference})
    assert (sighting.state, sighting.raw_status, sighting.raw_label, sighting.external_reference) == (
        LifeState.REJECTED,
        "IN_REJETE",
        "Facture non conforme",
        accepted.reference,
    )
    chorus.submit_claim(make_parcel())
    assert [line["outcome"] for line in control.received()] == ["refused", "accepted"]


@pytest.mark.parametrize(
    ("structure", "label"),
    [
        ({"siret": "99999999999999"}, "REJ_ADR"),
        ({"siret": "13000548100010", "codeServiceDoitEtreRenseigne": True}, "code service est obligatoire"),
        ({"siret": "13000548100010", "active": False}, "REJ_ADR"),
    ],
)
def test_what_the_buyer_demands_is_checked_by_the_platform(
    control: Any, chorus: ChorusPro, make_parcel: MakeParcel, structure: dict[str, object], label: str
) -> None:
    control.post("load", {"chorus-pro": {"structures": [structure]}})
    accepted = chorus.submit_claim(make_parcel())
    (sighting,) = chorus.statuses(None, {"F2026-0001": accepted.reference})
    assert sighting.state is LifeState.REJECTED
    assert label in sighting.raw_label
    assert control.received()[0]["outcome"] == "refused"


def test_a_missing_engagement_is_checked_by_the_platform(
    control: Any, chorus: ChorusPro, make_parcel: MakeParcel, make_pdf: MakePdf
) -> None:
    structure = {"siret": "13000548100010", "numeroEJDoitEtreRenseigne": True}
    control.post("load", {"chorus-pro": {"structures": [structure]}})
    chorus.submit_claim(make_parcel(document=make_pdf(engagement="")))
    chorus.submit_claim(make_parcel("F2026-0002"))
    assert [line["outcome"] for line in control.received()] == ["refused", "accepted"]


@pytest.mark.parametrize("content", [b"%PDF-1.7 nothing", b"%PDF-1.7\nstream\nCrossIndustryInvoice<\nendstream\n%%EOF"])
def test_a_file_without_a_readable_invoice_is_inadmissible(
    control: Any, chorus: ChorusPro, make_parcel: MakeParcel, content: bytes
) -> None:
    accepted = chorus.submit_claim(make_parcel(document=content))
    (sighting,) = chorus.statuses(None, {"F2026-0001": accepted.reference})
    assert (sighting.raw_status, sighting.state) == ("QP_IRRECEVABLE", LifeState.REJECTED)


def test_a_flux_on_its_way_is_neither_listed_nor_rejected(
    control: Any, chorus: ChorusPro, make_parcel: MakeParcel
) -> None:
    control.post("load", {"chorus-pro": {"flux_seconds": 3600}})
    accepted = chorus.submit_claim(make_parcel())
    assert not chorus.find_claim(make_parcel()).found
    (sighting,) = chorus.statuses(None, {"F2026-0001": accepted.reference})
    assert (sighting.raw_status, sighting.state) == ("IN_RECU", LifeState.SUBMITTED)
    control.post("advance", {"days": 1})
    assert chorus.find_claim(make_parcel()).found


def test_a_copy_sent_while_the_first_is_on_its_way_is_a_duplicate(
    control: Any, chorus: ChorusPro, make_parcel: MakeParcel
) -> None:
    control.post("load", {"chorus-pro": {"flux_seconds": 3600}})
    chorus.submit_claim(make_parcel())
    chorus.submit_claim(make_parcel())
    assert [line["outcome"] for line in control.received()] == ["accepted", "refused_duplicate"]


def test_wrong_credentials_are_told_apart_from_a_failure(
    control: Any, tools: Tools, chorus_credentials: MakeCredentials, make_parcel: MakeParcel
) -> None:
    for wrong in ({"client_secret": "faux"}, {"password": "faux"}):
        chorus = chorus_pro.connect("chorus-pro", chorus_credentials(**wrong), tools)
        assert isinstance(error_of(lambda open_=chorus: open_.submit_claim(make_parcel())), AccessDenied)  # type: ignore[misc]
        assert [finding.code for finding in chorus.check()] == ["platform_access_denied"]
        chorus.close()
    assert control.received() == []


def test_many_numbers_are_read_page_by_page(control: Any, chorus: ChorusPro, make_parcel: MakeParcel) -> None:
    numbers = [f"F2026-{index:04d}" for index in range(130)]
    for number in numbers:
        chorus.submit_claim(make_parcel(number))
    assert sorted(item.number for item in chorus.statuses(None, numbers)) == numbers


def test_what_changed_since_an_instant_is_all_that_comes(
    control: Any, chorus: ChorusPro, make_parcel: MakeParcel
) -> None:
    chorus.submit_claim(make_parcel())
    (first,) = chorus.statuses(None, ["F2026-0001"])
    assert first.since is not None
    assert [item.number for item in chorus.statuses(first.since, [])] == ["F2026-0001"]
    assert list(chorus.statuses(first.since + timedelta(hours=1), [])) == []


def test_a_buyer_that_does_not_report_payments_is_never_seen_paying(
    control: Any, chorus: ChorusPro, make_parcel: MakeParcel
) -> None:
    structure = {"siret": "13000548100010", "statutMiseEnPaiementNestPasRemonte": True}
    control.post("load", {"chorus-pro": {"structures": [structure]}})
    chorus.submit_claim(make_parcel())
    control.post("advance", {"days": 300})
    (sighting,) = chorus.statuses(None, ["F2026-0001"])
    assert sighting.raw_status == "MANDATEE"
