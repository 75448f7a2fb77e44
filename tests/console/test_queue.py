"""`quitus anomalies`, `remuneration`, `compensation`, `platforms`: the queue, people's pay, adapters."""

from pathlib import Path
from typing import Any

import pytest

from tests.homes import Quitus

SEVERITIES = {"B", "H", "M", "L"}
STATES = {"new", "assigned", "waiting", "resolved", "waived"}


def the(cli: Quitus, code: str) -> dict[str, Any]:
    [item] = cli.json("anomalies", "list", "--all", "--code", code)["items"]
    found: dict[str, Any] = item
    return found


def test_the_queue_is_items_and_what_cannot_be_checked(cli: Quitus, home: Path) -> None:
    document = cli.json("anomalies", "list")
    assert document.keys() == {"items", "not_checkable"}
    assert all(isinstance(count, int) and count > 0 for count in document["not_checkable"].values())
    assert len(document["items"]) == 11
    for item in document["items"]:
        assert item.keys() >= {"code", "severity", "subject", "state", "evidence", "fingerprint"}
        assert item["severity"] in SEVERITIES
        assert item["state"] in STATES
        assert item["subject"].keys() == {"kind", "id"}
        assert item["evidence"]
        assert "«" not in item["sentence"] or "»" in item["sentence"]
    assert len({item["fingerprint"] for item in document["items"]}) == 11


def test_rules_are_an_array_with_french_labels(cli: Quitus, tmp_path: Path) -> None:
    rows = cli.at(tmp_path / "nowhere").json("anomalies", "rules")
    assert len(rows) >= 15
    assert all(row.keys() >= {"code", "family", "severity", "label"} for row in rows)
    assert all(row["label"] and row["label"] != row["code"] for row in rows)
    assert len({row["code"] for row in rows}) == len(rows)


def test_a_case_is_shown_commented_assigned_and_resolved(cli: Quitus, home: Path) -> None:
    case = the(cli, "payment_short")["id"]
    shown = cli.json("anomalies", "show", case)
    assert shown["subject_label"] == "OF26-000104"
    assert shown["history"]
    assert cli("anomalies", "comment", case, "Appelé le client").code == 0
    assert "Appelé le client" in cli("anomalies", "show", case).out
    unknown = cli("anomalies", "assign", case, "personne")
    assert unknown.code == 1
    assert cli("anomalies", "assign", case, "test").code == 0
    assert the(cli, "payment_short")["state"] == "assigned"
    assert cli("anomalies", "resolve", case[:8], "Avoir émis").code == 0
    assert the(cli, "payment_short")["state"] == "resolved"
    assert cli.json("anomalies", "list", "--code", "payment_short")["items"] == []
    closed = cli("anomalies", "resolve", case, "Encore")
    assert closed.code == 1
    assert closed.err.strip()
    assert cli.json("audit", "verify")["ok"] is True


def test_a_case_is_waived_for_at_most_ninety_days(cli: Quitus, home: Path) -> None:
    case = the(cli, "invoice_number_gap")["id"]
    for day in ("2027-06-01", "2026-01-01", "9999-12-31"):
        refused = cli("anomalies", "waive", case, "Numéro annulé", "--until", day)
        assert refused.code == 1
        assert refused.err.strip()
    assert cli("anomalies", "waive", case, "  ", "--until", "2026-12-01").code == 1
    assert cli("anomalies", "waive", case, "Numéro annulé", "--until", "2026-12-01").code == 0
    assert the(cli, "invoice_number_gap")["state"] in {"waived", "waiting"}


@pytest.mark.parametrize("verb", ["comment", "resolve"])
@pytest.mark.parametrize("text", ["", "   ", "x" * 100_000])
def test_a_text_that_says_nothing_or_too_much_is_refused(cli: Quitus, home: Path, verb: str, text: str) -> None:
    case = the(cli, "payment_short")["id"]
    ran = cli("anomalies", verb, case, text)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.strip()
    assert the(cli, "payment_short")["state"] == "new"


@pytest.mark.parametrize("case", ["", "x", "ÿ🤷\u202e", "%", "0" * 5000])
def test_a_case_that_is_not_there_exits_1(cli: Quitus, home: Path, case: str) -> None:
    for words in (("show", case), ("comment", case, "x"), ("assign", case, "test")):
        ran = cli("anomalies", *words)
        assert (ran.code, ran.out) == (1, "")
        assert "quitus anomalies list" in ran.err


def test_an_unknown_rule_is_wrong_usage(cli: Quitus, home: Path) -> None:
    ran = cli("anomalies", "list", "--code", "nonsense")
    assert ran.code == 2
    assert "La règle « nonsense » n'existe pas." in ran.err


def test_trainers_pay_and_learners_months_are_arrays(cli: Quitus, home: Path) -> None:
    [september, october] = cli.json("remuneration", "list")
    assert (september["month"], september["quantity"], september["sent_on"]) == ("2026-09", "32", "2026-10-02")
    assert (october["month"], october["amount_cents"]) == ("2026-10", 147000)
    [first, second] = cli.json("compensation", "list")
    assert (first["month"], first["dossier"], first["expected_cents"], first["paid_cents"]) == (
        "2026-09",
        "RS0000019",
        54800,
        50800,
    )
    assert (second["month"], second["expected_cents"], second["paid_cents"]) == ("2026-10", 68500, None)
    assert "42" in cli("remuneration", "list").out
    assert "20/10/2026" not in cli("compensation", "list").out


@pytest.mark.parametrize("words", [("platforms", "list"), ("platforms", "status")])
def test_platforms_are_an_array_also_without_a_home(
    cli: Quitus, home: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    rows = {row["code"]: row for row in cli.json(*words)}
    assert rows.keys() >= {"chorus-pro", "edof"}
    for row in rows.values():
        assert row.keys() >= {"code", "role", "capabilities", "grade", "last_success", "paused"}
        assert row["grade"] != "gold"
    assert rows["chorus-pro"]["last_success"] is not None
    assert rows["portal-courrier"]["last_success"] is None
    assert "payeur des stagiaires" in cli(*words).out
    elsewhere = cli.at(tmp_path / "nowhere").json(*words)
    assert {row["code"] for row in elsewhere} == set(rows)
    assert all(row["last_success"] is None for row in elsewhere)


def test_a_platform_that_does_not_answer_exits_4_and_nothing_is_lost(cli: Quitus, home: Path) -> None:
    before = cli.json("claims", "list")
    document = cli.json("platforms", "sync", code=4)
    assert document["seen"] == 0
    assert len(document["errors"]) == 1
    assert cli.json("claims", "list") == before


def test_a_night_in_which_no_platform_answers_exits_4_and_does_the_rest(cli: Quitus, home: Path) -> None:
    document = cli.json("nightly", code=4)
    assert document["exit_code"] == 4
    assert [step["name"] for step in document["steps"]] == [
        *("inbox", "sync", "claims", "remuneration", "attendance", "submit", "statuses"),
        *("bank", "reconcile", "anomalies", "ageing", "exports"),
    ]
    assert all(step.keys() >= {"name", "seconds", "counts"} for step in document["steps"])
    assert document["waiting_for"] == {"by_hand": 5, "quarantined": 1, "anomalies": 11, "bank_lines": 1}
    assert document["waiting"] == 18
    assert document["steps"][-1]["counts"]["entries"] > 0
