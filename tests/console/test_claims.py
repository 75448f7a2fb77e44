"""`quitus claims` and `quitus invoice`: shapes that are a contract, and what a person decides."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from billing.submission import SubmissionState
from tests.homes import Quitus
from workers.bootstrap import build

KEYS = {"number", "platform", "amount_cents", "state", "submission"}
STATES = {"draft", "ready", "sending", "in_doubt", "checking", "accepted", "rejected", "human"}
ACCEPTED = "FA-2026-00001"
TRACEBACK = "Traceback"


def by_number(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["number"]: row for row in rows}


def of_platform(rows: list[dict[str, Any]], platform: str, submission: str) -> list[dict[str, Any]]:
    return [row for row in rows if row["platform"] == platform and row["submission"] == submission]


def test_claims_are_an_array_with_the_keys_of_the_contract(cli: Quitus, home: Path) -> None:
    rows = cli.json("claims", "list")
    assert len(rows) == 22
    assert all(row.keys() >= KEYS for row in rows)
    assert all(isinstance(row["amount_cents"], int) for row in rows)
    assert {row["submission"] for row in rows} <= STATES
    assert {key: by_number(rows)["OF25-000092"][key] for key in KEYS} == {
        "number": "OF25-000092",
        "platform": "",
        "amount_cents": 41700,
        "state": "submitted",
        "submission": "accepted",
    }
    # Five of the department and one of the region were taken, the town's was turned down, five wait for a person.
    assert len(of_platform(rows, "chorus-pro", "accepted")) == 6
    assert [row["amount_cents"] for row in rows if row["state"] == "rejected"] == [84000]
    assert len([row for row in rows if row["submission"] == "human"]) == 5


def test_claims_are_filtered_by_sending_by_what_is_open_and_by_count(cli: Quitus, home: Path) -> None:
    assert len(cli.json("claims", "list", "--state", "human")) == 5
    assert cli.json("claims", "list", "--state", "in_doubt") == []
    opened = cli.json("claims", "list", "--open")
    assert opened
    assert all(row["open_cents"] for row in opened)
    assert len(cli.json("claims", "list", "--limit", "3")) == 3
    assert len(cli.json("claims", "list", "--limit", "99999999999999999999")) == 22
    wrong = cli("claims", "list", "--state", "perdue")
    assert wrong.code == 2
    assert "in_doubt" in wrong.err


def test_preparing_again_prepares_nothing(cli: Quitus, home: Path) -> None:
    document = cli.json("claims", "prepare")
    assert (document["prepared"], document["blocked"]) == (0, 0)


def test_what_a_person_carries_is_shown_field_by_field_and_then_decided(cli: Quitus, home: Path) -> None:
    sheets = cli.json("claims", "sheet")
    assert len(sheets) == 5
    assert all(sheet["steps"] and sheet["lines"] for sheet in sheets)
    number = sheets[0]["number"]
    assert cli.json("claims", "sheet", number)[0]["number"] == number
    assert by_number(cli.json("claims", "list"))[number]["submission"] == "human"
    decided = cli("claims", "decide", number, "--found", "DEP-4711")
    assert (decided.code, decided.err) == (0, "")
    assert number in decided.out
    row = by_number(cli.json("claims", "list"))[number]
    assert row["submission"] == "accepted"
    assert len(cli.json("claims", "sheet")) == 4
    again = cli("claims", "decide", number, "--found", "DEP-4711")
    assert again.code in {0, 1}
    assert TRACEBACK not in again.err
    assert cli.json("audit", "verify")["ok"] is True


@pytest.mark.parametrize(
    ("reason", "told", "do"),
    [
        ("platform_silent", "Depuis le 01/11/2026, Chorus Pro n'a rien accepté", "quitus claims submit {}"),
        ("attempts_exhausted", "1 envois de {} vers Chorus Pro se sont perdus", "quitus claims submit {}"),
        ("checks_exhausted", "depuis le 01/11/2026 elle ne dit pas à quitus", "quitus claims decide {} --absent"),
        ("absence_proves_nothing", "La réponse de Chorus Pro s'est perdue le", "quitus claims decide {} --absent"),
    ],
)
def test_what_quitus_can_send_no_more_has_a_sheet_with_since_when_and_what_to_do(
    cli: Quitus, home: Path, reason: str, told: str, do: str
) -> None:
    with build(environment={"QUITUS_HOME": str(home)}) as runtime:
        organisation_id, _slug = runtime.organisation()
        with runtime.books.open_books(organisation_id, "test") as uow:
            [claim] = uow.claims.find(number=ACCEPTED.replace("1", "3"))
            [row] = uow.submissions.find(subject_id=claim.id)
            [attempt] = uow.attempts.find(submission_id=row.id, act="send")
            silent = replace(row, state=SubmissionState.HUMAN, human_reason=reason, error_code="platform_throttled")
            begun = datetime(2026, 11, 1, 22, 0, tzinfo=UTC)
            uow.submissions.put(silent)
            uow.attempts.put(replace(attempt, started_at=begun, outcome="NothingAccepted"))
            uow.commit()
    assert claim.number is not None
    [sheet] = cli.json("claims", "sheet", claim.number)
    assert sheet["title"] == f"Envoi à décider : {claim.number} vers Chorus Pro"
    assert told.format(claim.number) in sheet["steps"][0]
    assert do.format(claim.number) in sheet["steps"][1]
    assert {"label": "Dernière réponse", "value": "la plateforme demandait de ralentir"} in sheet["lines"]
    assert claim.number in [one["number"] for one in cli.json("claims", "sheet")]
    again = cli("claims", "submit", claim.number)
    assert again.code == (0 if "submit" in do else 1)
    assert by_number(cli.json("claims", "list"))[claim.number]["submission"] == ("ready" if "submit" in do else "human")


def test_giving_up_keeps_the_reason_and_the_claim(cli: Quitus, home: Path) -> None:
    number = cli.json("claims", "list", "--state", "human")[0]["number"]
    assert cli("claims", "decide", number, "--give-up", "Doublon d'une facture papier").code == 0
    assert by_number(cli.json("claims", "list"))[number]["submission"] == "rejected"
    assert cli.json("audit", "verify")["ok"] is True


def test_a_credit_note_cites_its_origin_and_lowers_what_is_owed(cli: Quitus, home: Path) -> None:
    before = by_number(cli.json("claims", "list"))[ACCEPTED]
    note = cli.json("claims", "credit", ACCEPTED, "100,50", "--reason", "Une demi-journée n'a pas eu lieu")
    assert note == {
        "number": "AV-2026-00001",
        "origin": ACCEPTED,
        "amount_cents": 10050,
        "then": "final",
        "said": False,
    }
    rows = by_number(cli.json("claims", "list"))
    assert rows[ACCEPTED]["open_cents"] == before["open_cents"] - 10050
    assert rows["AV-2026-00001"]["kind"] == "credit_note"
    assert cli.json("ageing")["ties"] is True
    assert cli.json("audit", "verify")["ok"] is True
    rest = before["open_cents"] - 10050
    too_much = cli("claims", "credit", ACCEPTED, f"{rest // 100 + 1}", "--reason", "Trop")
    assert too_much.code == 1
    assert too_much.err.strip()
    assert by_number(cli.json("claims", "list"))[ACCEPTED]["open_cents"] == rest


def test_a_credit_note_says_what_follows_it_and_how_to_change_that(cli: Quitus, home: Path) -> None:
    bare = cli("claims", "credit", ACCEPTED, "100", "--reason", "Une demi-journée n'a pas eu lieu")
    assert (bare.code, bare.out) == (0, f"Avoir AV-2026-00001 de 100,00\xa0€ sur {ACCEPTED}.\n")
    assert "Plus rien ne sera facturé" in bare.err
    assert "quitus claims reissue AV-2026-00001" in bare.err
    again = cli("claims", "reissue", "AV-2026-00001")
    assert "sera préparée par la nuit" in again.err
    shown = cli.json("claims", "show", ACCEPTED)
    assert shown["number"] == ACCEPTED
    [note] = shown["credit_notes"]
    assert (note["number"], note["then"], note["said"]) == ("AV-2026-00001", "reissue", True)
    told = cli("claims", "show", ACCEPTED).out
    assert "Suite : à refacturer, corrigé ; dit par user:" in told
    assert f"Avoir sur : {ACCEPTED}" in cli("claims", "show", "AV-2026-00001").out
    both = cli("claims", "credit", ACCEPTED, "1", "--reason", "x", "--reissue", "--final")
    assert both.code == 2
    assert cli("claims", "credit", ACCEPTED, "1", "--reason", "x", "--final").code == 0
    several = cli("claims", "reissue", ACCEPTED)
    assert several.code == 1
    assert "AV-2026-00001, AV-2026-00002" in several.err
    assert cli.json("audit", "verify")["ok"] is True


def test_a_whole_credit_note_leaves_nothing_for_the_next_night_until_a_person_says_so(cli: Quitus, home: Path) -> None:
    owed = by_number(cli.json("claims", "list"))[ACCEPTED]["amount_cents"]
    whole = f"{owed // 100},{owed % 100:02d}"
    assert cli.json("claims", "credit", ACCEPTED, whole, "--reason", "Mauvais SIRET")["amount_cents"] == owed
    assert by_number(cli.json("claims", "list"))[ACCEPTED]["state"] == "cancelled"
    assert cli.json("claims", "prepare")["prepared"] == 0
    twice = cli("claims", "credit", ACCEPTED, whole, "--reason", "Encore")
    assert twice.code == 1
    assert "déjà créditée en entier" in twice.err
    assert cli("claims", "reissue", ACCEPTED).code == 0
    assert cli.json("claims", "prepare")["prepared"] == 0  # its credit note has not left yet
    handed = cli("claims", "reissue", ACCEPTED, "--handed-over", "courriel du 3 novembre")
    assert (handed.code, TRACEBACK in handed.err) == (0, False)
    assert [cli.json("claims", "prepare")["prepared"] for _night in range(2)] == [1, 0]
    assert cli.json("audit", "verify")["ok"] is True


def test_a_decision_is_told_in_french(cli: Quitus, home: Path) -> None:
    number = cli.json("claims", "list", "--state", "human")[0]["number"]
    assert cli("claims", "decide", number, "--found", "DEP-4711").out == f"{number} : prise en compte\n"


def test_the_list_names_platforms_kinds_states_amounts_and_days_as_people_do(cli: Quitus, home: Path) -> None:
    drawn = cli("claims", "list").out
    assert "Chorus Pro" in drawn
    assert not any(code in drawn for code in ("chorus-pro", "submitted", "invoice", "rejected", "human", "cents"))


@pytest.mark.parametrize("amount", ["0", "abc", "", "99999999999999999999", "1e3", "NaN", "１２", "12,345"])
def test_an_amount_that_cannot_be_credited_is_refused(cli: Quitus, home: Path, amount: str) -> None:
    ran = cli("claims", "credit", ACCEPTED, amount, "--reason", "x")
    assert ran.code == 1
    assert ran.err.strip()
    assert ran.out == ""
    assert len(cli.json("claims", "list")) == 22


@pytest.mark.parametrize("number", ["", "FA-0", "ÿ🤷\u202e", "' OR 1=1 --", "x" * 5000, "../../etc/passwd"])
@pytest.mark.parametrize(
    "words",
    [
        ("claims", "decide", "{}", "--absent"),
        ("claims", "submit", "{}"),
        ("claims", "show", "{}"),
        ("claims", "reissue", "{}"),
        ("claims", "sheet", "{}"),
        ("claims", "credit", "{}", "1", "--reason", "x"),
        ("invoice", "save", "{}"),
    ],
)
def test_a_number_that_nobody_bears_exits_1(cli: Quitus, home: Path, words: tuple[str, ...], number: str) -> None:
    ran = cli(*(number if word == "{}" else word for word in words))
    assert (ran.code, ran.out) == (1, "")
    assert "Aucune facture ne porte le numéro" in ran.err


def test_submitting_what_quitus_does_not_send_says_why(cli: Quitus, home: Path) -> None:
    ran = cli("claims", "submit", "OF25-000092")
    assert ran.code == 1
    assert "n'est pas envoyée par quitus" in ran.err


def test_an_invoice_is_saved_as_it_was_sealed(cli: Quitus, home: Path, tmp_path: Path) -> None:
    number = of_platform(cli.json("claims", "list"), "chorus-pro", "accepted")[0]["number"]
    document = cli.json("invoice", "save", number, "--out", str(tmp_path / "pdf"))
    path = Path(document["pdf"])
    assert path.read_bytes().startswith(b"%PDF-")
    assert document["number"] == number
    received = cli("invoice", "save", "OF25-000092", "--out", str(tmp_path / "pdf"))
    assert received.code == 1
    assert [item.name for item in (tmp_path / "pdf").iterdir()] == [f"{number}.pdf"]
    in_the_way = cli("invoice", "save", number, "--out", str(path))
    assert in_the_way.code == 1
    assert "ne peut être ni lu ni écrit" in in_the_way.err
