"""Each rule on invoices and on their sending: it fires, the near miss, the boundary, what cannot be checked."""

# ruff: noqa: E501 - a table: one case a line

from typing import Any

import pytest

from tests.reconciliation.rules.world import (
    AGREEMENT,
    CLAIM,
    CLAIM_SIGHTING,
    EVIDENCE,
    NOTE,
    ORGANISATION,
    SECOND,
    SIGHTING,
    but,
    case,
    says,
)

THIRD = but(SECOND, id="C3", no="F-12", seq=12, issue_date="2026-03-20", agreement_id=None)
PART_1, PART_2 = but(CLAIM, instalment_no=1, ttc_cents=60_000), but(SECOND, instalment_no=2, ttc_cents=60_000)
WAITING = but(
    SIGHTING,
    raw_status="Valide",
    status_since="2026-05-16",
    amount_billable_cents=120_000,
    amount_billed_cents=0,
)
DONE = but(SIGHTING, raw_status="fait", rate="100")
TO_KEY = {
    "id": "SB2",
    "claim_id": "C1",
    "channel": "portal",
    "sent_at": "2026-03-01T10:00",
    "outcome": "to_key",
    "body_sent": False,
}
LOST = {
    "id": "SB1",
    "claim_id": "C1",
    "channel": "api",
    "sent_at": "2026-05-09T10:00",
    "outcome": "timeout",
    "body_sent": True,
}

# fmt: off
CASES: dict[str, list[tuple[str, dict[str, Any], list[str]]]] = {
    "duplicate_claim": [
        ("same agreement, not split", {"claims": [CLAIM, SECOND]}, ["claim:C2:B"]),
        ("two instalments of one amount", {"claims": [PART_1, PART_2]}, []),
        ("one instalment twice", {"claims": [PART_1, but(PART_2, instalment_no=1)]}, ["claim:C2:B"]),
        ("two months", {"claims": [but(CLAIM, period="2026-03"), but(SECOND, period="2026-04")]}, []),
        ("the first is wholly credited", {"claims": [CLAIM, but(THIRD, agreement_id="A1"), NOTE]}, []),
        ("the first is credited in part", {"claims": [CLAIM, but(THIRD, agreement_id="A1"), but(NOTE, ttc_cents=100)]}, ["claim:C3:B"]),
        ("the second is a draft", {"claims": [CLAIM, but(SECOND, state="draft")]}, []),
        ("one number twice, whatever the zeros", {"claims": [CLAIM, but(THIRD, no="f-010")]}, ["claim:C3:B"]),
        ("outside any agreement, 30 days later", {"claims": [CLAIM, but(THIRD, issue_date="2026-04-08")]}, ["claim:C3:M"]),
        ("outside any agreement, 31 days later", {"claims": [CLAIM, but(THIRD, issue_date="2026-04-09")]}, []),
        ("two agreements share the price", {"claims": [CLAIM, but(SECOND, agreement_id="A2")]}, []),
        ("instalment unknown", {"claims": [PART_1, but(PART_2, instalment_no=...)]}, ["?claim:C2"]),
        ("instalment unknown, other month", {"claims": [but(PART_1, period="2026-03"), but(PART_2, instalment_no=..., period="2026-04")]}, []),
    ],
    "invoice_number_gap": [
        ("11 is missing", {"claims": [CLAIM, THIRD]}, ["claim:C3:M"]),
        ("11 is borne by another declared series", {"claims": [CLAIM, THIRD, but(NOTE, seq=11)]}, []),
        ("11 is borne by a series that nobody declared", {"claims": [CLAIM, THIRD, but(NOTE, series="Z", seq=11)]}, ["claim:C3:M"]),
        ("numbers follow", {"claims": [CLAIM, SECOND]}, []),
        ("dates go down", {"claims": [CLAIM, but(SECOND, issue_date="2026-03-08")]}, ["claim:C2:M"]),
        ("same day", {"claims": [CLAIM, but(SECOND, issue_date="2026-03-09")]}, []),
        ("a new year begins anew", {"claims": [CLAIM, but(THIRD, seq=1, issue_date="2027-01-05")]}, []),
        ("cancelled, it keeps its number", {"claims": [CLAIM, but(SECOND, state="cancelled"), THIRD]}, []),
        ("a rank unknown may fill the hole", {"claims": [CLAIM, THIRD, but(NOTE, seq=...)]}, ["?claim:C3", "?claim:C9"]),
        ("series not declared to us", {"claims": [CLAIM, THIRD, but(NOTE, seq=11)], "organisation": but(ORGANISATION, series=...)}, ["?claim:C3"]),
    ],
    "ready_not_billed": [
        ("four days", {"claims": [], "platform_snapshots": [WAITING]}, ["agreement:A1:M"]),
        ("three days", {"claims": [], "platform_snapshots": [but(WAITING, status_since="2026-05-17")]}, []),
        ("fifteen days", {"claims": [], "platform_snapshots": [but(WAITING, status_since="2026-05-05")]}, ["agreement:A1:M"]),
        ("sixteen days", {"claims": [], "platform_snapshots": [but(WAITING, status_since="2026-05-04")]}, ["agreement:A1:H"]),
        ("claimed", {"platform_snapshots": [WAITING]}, []),
        ("the claim was rejected", {"claims": [but(CLAIM, state="rejected")], "platform_snapshots": [WAITING]}, ["agreement:A1:M"]),
        ("a doubt is not claimed again", {"claims": [but(CLAIM, state="in_doubt")], "platform_snapshots": [WAITING]}, []),
        ("billed there", {"claims": [], "platform_snapshots": [but(WAITING, amount_billed_cents=120_000)]}, []),
        ("the column is empty", {"claims": [], "platform_snapshots": [but(WAITING, amount_billed_cents=None)]}, ["?agreement:A1"]),
        ("the column is empty, but we claimed", {"platform_snapshots": [but(WAITING, amount_billed_cents=None)]}, []),
        ("another word since", {"claims": [], "platform_snapshots": [WAITING, but(WAITING, id="V9", raw_status="engage", seen_at="2026-05-19T06:00")]}, []),
        ("since the first sighting of the run", {"claims": [], "platform_snapshots": [but(WAITING, id="V0", status_since=..., seen_at="2026-05-01T06:00"), but(WAITING, status_since=...)]}, ["agreement:A1:H"]),
    ],
    "realisation_rate_mismatch": [
        ("100 declared, 18 of 21 hours", {"evidence": [but(EVIDENCE, signed_h="18")], "platform_snapshots": [DONE]}, ["agreement:A1:H"]),
        ("99 declared for 100", {"platform_snapshots": [but(DONE, rate="99")]}, []),
        ("98.9 declared for 100", {"platform_snapshots": [but(DONE, rate="98.9")]}, ["agreement:A1:H"]),
        ("not declared yet", {"evidence": [but(EVIDENCE, signed_h="18")], "platform_snapshots": [but(DONE, raw_status="engage")]}, []),
        ("no rate published", {"evidence": [but(EVIDENCE, signed_h="18")], "platform_snapshots": [but(DONE, rate=None)]}, []),
        ("attendance unknown", {"evidence": ..., "platform_snapshots": [DONE]}, ["?agreement:A1"]),
    ],
    "credit_note_without_origin": [
        ("no origin", {"claims": [CLAIM, but(NOTE, origin_no=None)]}, ["claim:C9:B"]),
        ("an origin that nobody knows", {"claims": [CLAIM, but(NOTE, origin_no="F-77")]}, ["claim:C9:B"]),
        ("wholly credited", {"claims": [CLAIM, NOTE]}, []),
        ("more than its invoice", {"claims": [CLAIM, but(NOTE, ttc_cents=120_002)]}, ["claim:C9:B"]),
        ("two notes together exceed it: the later", {"claims": [CLAIM, but(NOTE, ttc_cents=70_000), but(NOTE, id="C8", ttc_cents=70_000, issue_date="2026-03-30")]}, ["claim:C8:B"]),
        ("a draft note", {"claims": [CLAIM, but(NOTE, origin_no=None, state="draft")]}, []),
        ("origin not loaded", {"claims": [CLAIM, but(NOTE, origin_no=...)]}, ["?claim:C9"]),
    ],
    "submission_outcome_unknown": [
        ("timeout", {"submissions": [LOST]}, ["submission:SB1:H"]),
        ("refused before the body left", {"submissions": [but(LOST, outcome="client_error", body_sent=False)]}, []),
        ("the body did not leave", {"submissions": [but(LOST, body_sent=False)]}, []),
        ("seen there since", {"submissions": [LOST], "platform_snapshots": [CLAIM_SIGHTING]}, []),
        ("seen before", {"submissions": [LOST], "platform_snapshots": [but(CLAIM_SIGHTING, seen_at="2026-05-09T09:59")]}, ["submission:SB1:H"]),
        ("waiting to be keyed proves nothing", {"submissions": [LOST], "platform_snapshots": [but(CLAIM_SIGHTING, raw_status="a saisir")]}, ["submission:SB1:H"]),
        ("did the body leave?", {"submissions": [but(LOST, body_sent=...)]}, ["?submission:SB1"]),
    ],
    "sheet_not_keyed": [
        ("11 days", {"submissions": [TO_KEY], "claims": [but(CLAIM, issue_date="2026-05-09")]}, ["claim:C1:M"]),
        ("10 days", {"submissions": [TO_KEY], "claims": [but(CLAIM, issue_date="2026-05-10")]}, []),
        ("31 days", {"submissions": [TO_KEY], "claims": [but(CLAIM, issue_date="2026-04-19")]}, ["claim:C1:H"]),
        ("sent, not to be keyed", {"submissions": [but(TO_KEY, outcome="accepted")]}, []),
        ("claim unknown", {"submissions": [TO_KEY], "claims": ...}, ["?claim:C1"]),
    ],
    "claim_rejected": [
        ("a claim", {"platform_snapshots": [but(CLAIM_SIGHTING, raw_status="REJETEE")]}, ["claim:C1:H"]),
        ("an agreement", {"platform_snapshots": [but(SIGHTING, raw_status="refuse")]}, ["agreement:A1:H"]),
        ("a code beside another word", {"platform_snapshots": [but(CLAIM_SIGHTING, rejection_code="R12")]}, ["claim:C1:H"]),
        ("accepted since", {"platform_snapshots": [but(CLAIM_SIGHTING, raw_status="rejetee"), but(CLAIM_SIGHTING, id="V9", seen_at="2026-05-12T06:00")]}, []),
        ("matched to nothing of ours", {"platform_snapshots": [but(CLAIM_SIGHTING, raw_status="rejetee", claim_id=None)]}, []),
        ("code unknown", {"platform_snapshots": [but(CLAIM_SIGHTING, rejection_code=...)]}, ["?claim:C1"]),
    ],
    "stuck_in_review": [
        ("46 days", {"platform_snapshots": [but(CLAIM_SIGHTING, status_since="2026-04-04")]}, ["claim:C1:M"]),
        ("45 days", {"platform_snapshots": [but(CLAIM_SIGHTING, status_since="2026-04-05")]}, []),
        ("the payer's own time", {"funders": [{"id": "F1", "name": "x", "class": "opco", "platform": None, "review_days": 60}], "platform_snapshots": [but(CLAIM_SIGHTING, status_since="2026-04-04")]}, []),
        ("in dispute", {"platform_snapshots": [but(CLAIM_SIGHTING, status_since="2026-04-04", dispute=True)]}, []),
        ("dispute unknown", {"platform_snapshots": [but(CLAIM_SIGHTING, status_since="2026-04-04", dispute=...)]}, ["?claim:C1"]),
    ],
    "under_funder_control": [
        ("in control", {"platform_snapshots": [but(SIGHTING, in_control=True)]}, ["agreement:A1:H"]),
        ("released", {"platform_snapshots": [but(SIGHTING, in_control=True), but(SIGHTING, id="V9", seen_at="2026-05-12T06:00", in_control=False)]}, []),
        ("not published", {"platform_snapshots": [SIGHTING]}, []),
        ("even under a word that we do not know", {"platform_snapshots": [but(SIGHTING, in_control=True, raw_status="zzz")]}, ["agreement:A1:H"]),
        ("unknown", {"platform_snapshots": [but(SIGHTING, in_control=...)]}, ["?agreement:A1"]),
    ],
    "unknown_platform_status": [
        ("a new word", {"platform_snapshots": [but(SIGHTING, raw_status="gelé")]}, ["platform_record:X1:H"]),
        ("another case and blanks", {"platform_snapshots": [but(SIGHTING, raw_status=" ENGAGE ")]}, []),
        ("known since", {"platform_snapshots": [but(SIGHTING, raw_status="gelé"), but(SIGHTING, id="V9", seen_at="2026-05-12T06:00")]}, []),
        ("no word read", {"platform_snapshots": [but(SIGHTING, raw_status=...)]}, ["?platform_record:X1"]),
    ],
}
# fmt: on


@pytest.mark.parametrize(
    ("code", "changes", "expected"),
    [
        pytest.param(code, changes, told, id=f"{code}: {name}")
        for code, rows in CASES.items()
        for name, changes, told in rows
    ],
)
def test_a_rule_says_what_its_row_of_the_catalogue_says(
    code: str, changes: dict[str, Any], expected: list[str]
) -> None:
    assert says(code, case(**changes)) == expected


def test_a_gap_weighs_more_while_the_year_is_closed() -> None:
    assert says("invoice_number_gap", case(claims=[CLAIM, THIRD]), closing=True) == ["claim:C3:H"]


def test_an_agreement_before_vat_is_compared_with_claims_before_vat() -> None:
    agreement = but(AGREEMENT, net=True, amount_cents=100_000)
    assert says("billed_over_agreement", case(agreements=[agreement], claims=[but(CLAIM, ht_cents=100_000)])) == []
    assert says("billed_over_agreement", case(agreements=[agreement])) == ["?agreement:A1"]
