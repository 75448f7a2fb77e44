"""Every shape of answer that the documents or public clients know, scripted: what each means for the submission."""

import json
from collections.abc import Callable, Iterator

import httpx
import pytest
import respx

from adapters import chorus_pro
from adapters.chorus_pro.connection import ChorusPro
from adapters.contract import Tools
from billing.agreement import LifeState
from billing.errors import (
    AccessDenied,
    ContractChanged,
    Misconfigured,
    OutcomeUnknown,
    PlatformError,
    Refused,
    RetryLater,
    Severity,
)
from billing.ports import Credentials, Parcel
from workers.catalogue import Texts

BASE = "https://api.example.fr"
MakeParcel = Callable[..., Parcel]
DEPOSIT = f"{BASE}/cpro/factures/v1/deposer/flux"
SEARCH = f"{BASE}/cpro/factures/v1/rechercher/fournisseur"
HISTORY = f"{BASE}/cpro/factures/v1/consulter/historique"
REPORT = f"{BASE}/cpro/transverses/v1/consulterCRDetaille"
TOKEN = "https://oauth.example.fr/api/oauth/token"


@pytest.fixture
def wires() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False, using="httpcore") as router:
        router.post(TOKEN).respond(json={"access_token": "abc", "token_type": "Bearer", "expires_in": 3600})
        yield router


@pytest.fixture
def chorus(
    wires: respx.MockRouter, tools: Tools, chorus_credentials: Callable[..., Credentials]
) -> Iterator[ChorusPro]:
    connection = chorus_pro.connect(
        "chorus-pro", chorus_credentials(base_url=BASE, token_url=TOKEN, sirets="73282932000074"), tools
    )
    yield connection
    connection.close()


def error_of(act: Callable[[], object]) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        act()
    return caught.value


def page(*factures: dict[str, object], number: int = 1, pages: int = 1, total: int | None = None) -> dict[str, object]:
    return {
        "codeRetour": 0,
        "libelle": "GCU_MSG_01_000",
        "listeFactures": list(factures),
        "parametresRetour": {
            "nbResultatsParPage": 100,
            "pageCourante": number,
            "pages": pages,
            "total": len(factures) if total is None else total,
        },
    }


def facture(numero: str = "F2026-0001", statut: str = "DEPOSEE", **more: object) -> dict[str, object]:
    base: dict[str, object] = {
        "identifiantFactureCPP": 26000001,
        "numeroFacture": numero,
        "statut": statut,
        "dateHeureEtatCourant": "2026-11-24T10:11:12.000+01:00",
        "dateFacture": "2026-11-20",
        "numeroFluxDepot": "CPP1",
        "montantTTC": 3990.0,
        "montantHT": 3990,
    }
    return base | more


def report(state: str, *rejected: tuple[str, str]) -> dict[str, object]:
    return {
        "codeRetour": 0,
        "libelle": "TRA_MSG_00.000",
        "etatCourantDepotFlux": state,
        "dateHeureEtatCourantFlux": "2026-11-24T10:11:12.777+01:00",
        "listeErreurTechnique": None,
        "listeErreurDP": [{"numeroDP": number, "libelleErreurDP": label} for number, label in rejected],
    }


# --- deposit --------------------------------------------------------------------------------------------


def test_a_deposit_carries_both_credentials_and_the_file(
    chorus: ChorusPro, wires: respx.MockRouter, make_parcel: MakeParcel
) -> None:
    route = wires.post(DEPOSIT).respond(json={"codeRetour": 0, "libelle": "x", "numeroFluxDepot": "CPP1"})
    accepted = chorus.submit_claim(make_parcel("F2026/0001"))
    request = route.calls.last.request
    body = json.loads(request.content)
    assert request.headers["authorization"] == "Bearer abc"
    assert request.headers["cpro-account"] == "VEVDSF8xX3NhbmRib3hAY3Byby5mcjpzYW5kYm94LXBhc3N3b3Jk"
    assert body["syntaxeFlux"] == "IN_DP_E2_CII_FACTURX"
    assert body["nomFichier"] == "facturx_F2026-0001.pdf"
    assert body["fichierFlux"].startswith("JVBERi0")
    assert (accepted.reference, accepted.final) == ("CPP1", False)


def test_http_200_with_a_code_is_a_refusal(chorus: ChorusPro, wires: respx.MockRouter, make_parcel: MakeParcel) -> None:
    wires.post(DEPOSIT).respond(json={"codeRetour": 20001, "libelle": "GDP_MSG_01.001"})
    error = error_of(lambda: chorus.submit_claim(make_parcel()))
    assert isinstance(error, Refused)
    assert (error.context.their_code, error.context.their_label) == ("20001", "GDP_MSG_01.001")


def test_http_400_says_their_code_too(chorus: ChorusPro, wires: respx.MockRouter, make_parcel: MakeParcel) -> None:
    wires.post(DEPOSIT).respond(400, json={"codeRetour": 20003, "libelle": "GDP_MSG_01.003"})
    error = error_of(lambda: chorus.submit_claim(make_parcel()))
    assert isinstance(error, Refused)
    assert error.context.their_code == "20003"


def test_an_empty_403_is_a_matter_of_rights(
    chorus: ChorusPro, wires: respx.MockRouter, make_parcel: MakeParcel
) -> None:
    wires.post(DEPOSIT).respond(403)
    assert isinstance(error_of(lambda: chorus.submit_claim(make_parcel())), AccessDenied)


def test_a_quota_gives_its_delay(chorus: ChorusPro, wires: respx.MockRouter, make_parcel: MakeParcel) -> None:
    wires.post(DEPOSIT).respond(429, headers={"retry-after": "30"})
    error = error_of(lambda: chorus.submit_claim(make_parcel()))
    assert isinstance(error, RetryLater)
    assert error.retry_after is not None
    assert error.retry_after.total_seconds() == 30


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, html="<html>Bien reçu</html>"),
        httpx.Response(200, json={"libelle": "sans code"}),
        httpx.Response(200, json={"codeRetour": "0", "numeroFluxDepot": "CPP1"}),
        httpx.Response(200, json={"codeRetour": 0, "libelle": "ok"}),
        httpx.Response(200, json=[]),
        httpx.Response(200, content=b"{", headers={"content-type": "application/json"}),
        httpx.Response(500),
        httpx.Response(502, html="<html></html>"),
        httpx.Response(503),
        httpx.Response(204),
        httpx.Response(301, headers={"location": "https://elsewhere.example.fr/"}),
    ],
    ids=["html", "no-code", "code-as-text", "no-flux", "array", "cut", "500", "502", "503", "204", "redirect"],
)
def test_an_unusable_answer_to_a_deposit_is_a_doubt(
    chorus: ChorusPro, wires: respx.MockRouter, make_parcel: MakeParcel, answer: httpx.Response
) -> None:
    route = wires.post(DEPOSIT).mock(return_value=answer)
    assert isinstance(error_of(lambda: chorus.submit_claim(make_parcel())), OutcomeUnknown)
    assert route.call_count == 1


def test_a_number_of_21_characters_is_refused_before_anything_leaves(
    chorus: ChorusPro, wires: respx.MockRouter, make_parcel: MakeParcel
) -> None:
    route = wires.post(DEPOSIT).respond(json={})
    error = error_of(lambda: chorus.submit_claim(make_parcel("F" * 21)))
    assert isinstance(error, Refused)
    assert error.code == "chorus_pro_number_too_long"
    assert error.__cause__ is not None
    assert not route.called


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"document": b""}, "chorus_pro_document_missing"),
        ({"document": b"<xml/>"}, "chorus_pro_document_not_pdf"),
        ({"buyer": None}, "chorus_pro_buyer_siret_missing"),
        ({"facts": {"engagement_number": "E" * 51}}, "chorus_pro_reference_too_long"),
    ],
)
def test_what_they_would_refuse_is_refused_before_anything_leaves(
    chorus: ChorusPro, make_parcel: MakeParcel, changes: dict[str, object], code: str
) -> None:
    assert error_of(lambda: chorus.submit_claim(make_parcel(**changes))).code == code


# --- look-up --------------------------------------------------------------------------------------------


def test_a_number_that_resembles_or_another_year_is_not_ours(
    chorus: ChorusPro, wires: respx.MockRouter, make_parcel: MakeParcel
) -> None:
    wires.post(SEARCH).respond(
        json=page(facture("F2026-00011"), facture("2026-0001"), facture(dateFacture="2025-11-20"))
    )
    assert not chorus.find_claim(make_parcel()).found


def test_a_listing_that_hides_its_invoices_proves_no_absence(
    chorus: ChorusPro, wires: respx.MockRouter, make_parcel: MakeParcel
) -> None:
    wires.post(SEARCH).respond(json=page(total=3))
    assert isinstance(error_of(lambda: chorus.find_claim(make_parcel())), ContractChanged)


def test_html_in_place_of_a_listing_proves_no_absence(
    chorus: ChorusPro, wires: respx.MockRouter, make_parcel: MakeParcel
) -> None:
    wires.post(SEARCH).respond(html="<html>maintenance</html>")
    assert isinstance(error_of(lambda: chorus.find_claim(make_parcel())), ContractChanged)


def test_a_page_that_comes_back_twice_stops_the_reading(
    chorus: ChorusPro, wires: respx.MockRouter, make_parcel: MakeParcel
) -> None:
    same = page(facture("A"), facture("B"), pages=9, total=900)
    del same["parametresRetour"]["pageCourante"]  # type: ignore[attr-defined]
    wires.post(SEARCH).respond(json=same)
    error = error_of(lambda: chorus.find_claim(make_parcel()))
    assert isinstance(error, ContractChanged)
    assert error.code == "chorus_pro_page_repeated"


def test_pages_are_read_to_the_last(chorus: ChorusPro, wires: respx.MockRouter, make_parcel: MakeParcel) -> None:
    answers = [
        httpx.Response(200, json=page(facture("A"), number=1, pages=2, total=2)),
        httpx.Response(200, json=page(facture(), number=2, pages=2, total=2)),
    ]
    route = wires.post(SEARCH).mock(side_effect=answers)
    assert chorus.find_claim(make_parcel()).reference == "CPP1"
    pages = [json.loads(call.request.content)["rechercheFactureParFournisseur"] for call in route.calls]
    assert [item["pageResultatDemandee"] for item in pages] == [1, 2]


def test_a_flux_that_we_know_tells_a_rejection(
    chorus: ChorusPro, wires: respx.MockRouter, make_parcel: MakeParcel
) -> None:
    wires.post(SEARCH).respond(json=page())
    wires.post(REPORT).respond(json=report("IN_REJETE", ("F2026-0001", "REJ_ADR - destinataire inconnu")))
    presence = chorus.find_claim(make_parcel(facts={"external_reference": "CPP1"}))
    assert (presence.found, presence.rejected, presence.code) == (True, True, "REJ_ADR")


# --- statuses -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("DEPOSEE", LifeState.SUBMITTED),
        ("MISE_A_DISPOSITION", LifeState.ACKNOWLEDGED),
        ("SERVICE_FAIT", LifeState.ACKNOWLEDGED),
        ("MANDATEE", LifeState.APPROVED),
        ("COMPTABILISEE", LifeState.SCHEDULED),
        ("MISE_EN_PAIEMENT", LifeState.SCHEDULED),
        ("ABANDONNEE", LifeState.CANCELLED),
        ("A_VALIDER_MOE", None),
        ("UN_MOT_NOUVEAU", None),
    ],
)
def test_their_word_becomes_ours_or_stays_unknown(
    chorus: ChorusPro, wires: respx.MockRouter, word: str, state: LifeState | None
) -> None:
    wires.post(SEARCH).respond(json=page(facture(statut=word)))
    (sighting,) = chorus.statuses(None, ["F2026-0001"])
    assert (sighting.state, sighting.raw_status, sighting.paid_on) == (state, word, None)
    assert sighting.since is not None
    assert sighting.since.isoformat() == "2026-11-24T09:11:12+00:00"


def test_the_motive_of_a_refusal_comes_from_the_history(chorus: ChorusPro, wires: respx.MockRouter) -> None:
    wires.post(SEARCH).respond(json=page(facture(statut="REJETEE")))
    passages = [
        {
            "histoStatutCode": "REJETEE",
            "histoStatutDatePassage": "2026-11-24 10:11",
            "histoStatutCommentaire": "EJ_ERR : n° inconnu",
        },
        {
            "histoStatutCode": "REJETEE",
            "histoStatutDatePassage": "2026-11-20 09:00",
            "histoStatutCommentaire": "ancien",
        },
        {"histoStatutCode": "DEPOSEE", "histoStatutDatePassage": "2026-11-24 23:00", "histoStatutCommentaire": None},
    ]
    wires.post(HISTORY).respond(json={"codeRetour": 0, "historiquesDesStatuts": {"histoStatut": passages}})
    (sighting,) = chorus.statuses(None, ["F2026-0001"])
    assert sighting.state is LifeState.REJECTED
    assert (sighting.rejection_code, sighting.raw_label) == ("EJ_ERR", "EJ_ERR : n° inconnu")


def test_without_a_readable_history_the_listing_s_comment_is_kept(chorus: ChorusPro, wires: respx.MockRouter) -> None:
    wires.post(SEARCH).respond(json=page(facture(statut="SUSPENDUE", commentaireEtatCourant="Pièce manquante")))
    wires.post(HISTORY).respond(503)
    (sighting,) = chorus.statuses(None, ["F2026-0001"])
    assert (sighting.state, sighting.raw_label, sighting.rejection_code) == (
        LifeState.DISPUTED,
        "Pièce manquante",
        "SUSPENDUE",
    )


def test_a_late_silent_rejection_is_found_in_the_report_of_the_flux(chorus: ChorusPro, wires: respx.MockRouter) -> None:
    wires.post(SEARCH).respond(json=page())
    wires.post(REPORT).respond(json=report("IN_INTEGRE_PARTIEL", ("F2026-0002", "Engagement obligatoire")))
    found = list(chorus.statuses(None, {"F2026-0001": "CPP1", "F2026-0002": "CPP1", "F2026-0003": ""}))
    assert [(item.number, item.state, item.rejection_code, item.external_reference) for item in found] == [
        ("F2026-0001", LifeState.SUBMITTED, "", "CPP1"),
        ("F2026-0002", LifeState.REJECTED, "IN_INTEGRE_PARTIEL", "CPP1"),
    ]


@pytest.mark.parametrize("state", ["IN_REJETE", "IN_INCIDENTE", "QP_IRRECEVABLE"])
def test_a_flux_that_ended_badly_rejects_all_that_it_carried(
    chorus: ChorusPro, wires: respx.MockRouter, state: str
) -> None:
    wires.post(SEARCH).respond(json=page())
    wires.post(REPORT).respond(json=report(state))
    (sighting,) = chorus.statuses(None, {"F2026-0001": "CPP1"})
    assert (sighting.state, sighting.raw_status, sighting.rejection_code) == (LifeState.REJECTED, state, state)


def test_a_rejected_second_copy_does_not_hide_the_first_one(chorus: ChorusPro, wires: respx.MockRouter) -> None:
    answers = [httpx.Response(200, json=page()), httpx.Response(200, json=page(facture(statut="MANDATEE")))]
    wires.post(SEARCH).mock(side_effect=answers)
    wires.post(REPORT).respond(json=report("IN_REJETE", ("F2026-0001", "REJ_UNI - doublon")))
    (sighting,) = chorus.statuses(None, {"F2026-0001": "CPP2"})
    assert (sighting.state, sighting.external_reference) == (LifeState.APPROVED, "CPP1")


def test_an_unknown_flux_state_is_never_guessed(chorus: ChorusPro, wires: respx.MockRouter) -> None:
    wires.post(SEARCH).respond(json=page())
    wires.post(REPORT).respond(json=report("IN_NOUVEL_ETAT"))
    (sighting,) = chorus.statuses(None, {"F2026-0001": "CPP1"})
    assert sighting.state is None


def test_what_changed_is_asked_with_an_overlap_in_paris_time(
    chorus: ChorusPro, wires: respx.MockRouter, tools: Tools
) -> None:
    route = wires.post(SEARCH).respond(json=page())
    assert list(chorus.statuses(tools.clock.now(), [])) == []
    assert json.loads(route.calls.last.request.content)["periodeDateHeureEtatCourantDu"] == "2026-11-25 08:50"


def test_fields_that_we_do_not_know_are_reported_once(
    chorus: ChorusPro, wires: respx.MockRouter, caplog: pytest.LogCaptureFixture
) -> None:
    wires.post(SEARCH).respond(json=page(facture(champNouveau=1)))
    with caplog.at_level("INFO"):
        list(chorus.statuses(None, ["F2026-0001"]))
        list(chorus.statuses(None, ["F2026-0001"]))
    assert [record.getMessage() for record in caplog.records if "champNouveau" in record.getMessage()] == [
        "event=strange_field platform=chorus-pro field=Facture.champNouveau"
    ]


# --- settings and doctor --------------------------------------------------------------------------------


def test_every_wrong_setting_is_named_at_once(tools: Tools, chorus_credentials: Callable[..., Credentials]) -> None:
    given = chorus_credentials(base_url="http://api.example.fr", token_url="", login=" ", settle_seconds="bientôt")
    with pytest.raises(Misconfigured) as caught:
        chorus_pro.connect("chorus-pro", given, tools)
    assert [(item.code, item.where) for item in caught.value.findings] == [
        ("platform_setting_missing", "token_url"),
        ("platform_setting_missing", "login"),
        ("platform_url_not_secure", "base_url"),
        ("platform_setting_invalid", "settle_seconds"),
    ]


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ("2027-06-01T00:00:00+02:00", []),
        ("2026-12-01T00:00:00+01:00", [("chorus_pro_password_expires", Severity.WARNING)]),
        ("2026-11-01T00:00:00+01:00", [("chorus_pro_password_expired", Severity.ERROR)]),
        (None, []),
    ],
)
def test_the_technical_password_s_end_is_watched(
    chorus: ChorusPro, wires: respx.MockRouter, ends: str | None, expected: list[tuple[str, Severity]]
) -> None:
    wires.get(f"{BASE}/cpro/transverses/v1/health-check").respond(json={"statusCodeValue": 200})
    wires.post(SEARCH).respond(json=page())
    wires.post(f"{BASE}/cpro/structures/v1/rechercher").respond(
        json={"codeRetour": 0, "listeStructures": [{"idStructureCPP": 7}]}
    )
    general = {"dateExpirationMotPasseCompteTech": ends}
    wires.post(f"{BASE}/cpro/structures/v1/consulter").respond(
        json={"codeRetour": 0, "informationGenerales": general, "parametres": {}}
    )
    assert [(finding.code, finding.severity) for finding in chorus.check()] == expected


def test_each_of_our_sites_is_looked_for_until_one_is_known(
    tools: Tools, chorus_credentials: Callable[..., Credentials], wires: respx.MockRouter
) -> None:
    known = chorus_credentials(base_url=BASE, token_url=TOKEN, sirets="73282932000074 73282932000082", section="a.b")
    wires.get(f"{BASE}/cpro/transverses/v1/health-check").respond(json={"statusCodeValue": 200})
    wires.post(SEARCH).respond(json=page())
    asked = wires.post(f"{BASE}/cpro/structures/v1/rechercher").mock(
        side_effect=[
            httpx.Response(200, json={"codeRetour": 0, "listeStructures": []}),
            httpx.Response(200, json={"codeRetour": 0, "listeStructures": [{"idStructureCPP": 7}]}),
        ]
    )
    wires.post(f"{BASE}/cpro/structures/v1/consulter").respond(json={"codeRetour": 0, "parametres": {}})
    connection = chorus_pro.connect("chorus-pro", known, tools)
    assert connection.check() == ()
    assert [json.loads(call.request.content)["structure"]["identifiantStructure"] for call in asked.calls] == [
        "73282932000074",
        "73282932000082",
    ]


def test_doctor_says_where_to_write_a_siret_that_nobody_knows(
    tools: Tools, chorus_credentials: Callable[..., Credentials], wires: respx.MockRouter
) -> None:
    wires.get(f"{BASE}/cpro/transverses/v1/health-check").respond(json={"statusCodeValue": 200})
    wires.post(SEARCH).respond(json=page())
    wires.post(f"{BASE}/cpro/structures/v1/rechercher").respond(json={"codeRetour": 0, "listeStructures": []})
    for sirets, code in (("", "chorus_pro_siret_unset"), ("73282932000074", "chorus_pro_structure_unknown")):
        given = chorus_credentials(base_url=BASE, token_url=TOKEN, sirets=sirets, section="organisations.of.p")
        (finding,) = chorus_pro.connect("chorus-pro", given, tools).check()
        told = Texts((chorus_pro.ADAPTER.texts(),)).of_finding(finding)
        assert finding.code == code
        assert "[organisations.of.p] de quitus.toml" in told
        assert 'siret = "' in told


def test_doctor_says_what_the_platform_refuses(chorus: ChorusPro, wires: respx.MockRouter) -> None:
    wires.get(f"{BASE}/cpro/transverses/v1/health-check").respond(403)
    (finding,) = chorus.check()
    assert finding.code == "platform_access_denied"


def test_secrets_stay_out_of_what_is_printed(chorus_credentials: Callable[..., Credentials]) -> None:
    assert "sandbox-password" not in repr(chorus_credentials())
