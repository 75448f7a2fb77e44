"""`quitus init`, `doctor`, `templates`, `import`, `quarantine`, `profile`, `parameters`, `bench`: what comes in."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import small
from tests.homes import Quitus
from workers.bootstrap import build
from workers.catalogue import shipped_parameters

PEOPLE = "code;nom;prenom\nL91;Aubert;Alix\n"


def test_a_new_home_has_everything_and_a_second_time_changes_nothing(cli: Quitus, tmp_path: Path) -> None:
    home = tmp_path / "home"
    made = cli.at(home).json("init", "--slug", "ecole", "--name", "École d’été & Cie", "--siren", "732829320")
    assert made == {"home": str(home), "organisation": "ecole", "created": True}
    assert (home / "quitus.toml").read_text(encoding="utf-8").startswith("# quitus.toml")
    assert (home / "secrets" / "master_key").stat().st_mode & 0o077 == 0
    assert home.stat().st_mode & 0o077 == 0
    key = (home / "secrets" / "master_key").read_bytes()
    assert cli.json("init", "--slug", "ecole")["created"] is False
    assert (home / "secrets" / "master_key").read_bytes() == key
    document = cli.json("doctor", code=1)
    assert document["ok"] is False
    assert [line for line in document["problems"] if "comptes_bancaires.csv" in line]
    assert cli.json("nightly")["waiting"] == 0
    assert cli.json("claims", "list") == []
    assert cli.json("ageing")["rows"] == []
    assert cli.json("audit", "verify")["ok"] is True


@pytest.mark.parametrize(
    "words",
    [
        ("--slug", ""),
        ("--slug", "é"),
        ("--slug", "../x"),
        ("--slug", "a b"),
        ("--siren", "123456789"),
        ("--siren", "x"),
        ("--siren", "7328293200000"),
    ],
)
def test_a_name_or_a_siren_that_cannot_be_used_creates_nothing(
    cli: Quitus, tmp_path: Path, words: tuple[str, str]
) -> None:
    ran = cli.at(tmp_path / "home")("init", *words)
    assert (ran.code, ran.out) == (1, "")
    assert not (tmp_path / "home").exists()


def test_another_organisation_is_added_only_when_asked_for(cli: Quitus, home: Path) -> None:
    ran = cli("init", "--slug", "autre")
    assert (ran.code, ran.out) == (1, "")
    assert "déjà un organisme (petit) : rien n'a été créé" in ran.err
    assert "quitus init --slug autre --add" in ran.err
    assert cli("claims", "list").code == 0  # still the only one
    assert "autre, créé" in cli("init", "--slug", "autre", "--add").out


def test_setting_up_again_without_a_name_adds_nothing(cli: Quitus, home: Path) -> None:
    for words in ((), ("--slug", "petit"), ("--slug", "petit", "--add"), ("--name", "Autre nom")):
        ran = cli("init", *words)
        assert (ran.code, ran.err) == (0, "")
        assert "petit, déjà là : rien n'a changé" in ran.out
    assert cli.json("init") == {"home": str(home), "organisation": "petit", "created": False}


def test_doctor_is_satisfied_once_its_remedy_is_followed_word_for_word(cli: Quitus, home: Path) -> None:
    section = "organisations.petit.platforms.chorus-pro"
    file = home / "quitus.toml"
    before = file.read_text(encoding="utf-8")
    file.write_text(before.replace(f"[{section}]", f'[{section}]\nsiret = "73282932000074"'), encoding="utf-8")
    assert section in before
    assert cli("claims", "list").code == 0
    with build() as runtime:
        assert vars(runtime.connection("petit", "chorus-pro"))["_own_sirets"] == ["73282932000074"]
    file.write_text(before, encoding="utf-8")
    with build() as runtime:  # without it, the sites' own
        assert vars(runtime.connection("petit", "chorus-pro"))["_own_sirets"] == [small.SIRET]
    file.write_text(before.replace(f"[{section}]", f'[{section}]\nsiret = "732"'), encoding="utf-8")
    ran = cli("claims", "list")
    assert ran.code == 5
    assert "siret : un SIRET est attendu" in ran.err


def test_a_platform_is_settled_by_following_doctor_word_for_word(cli: Quitus, home: Path, tmp_path: Path) -> None:
    (home / "quitus.toml").write_text('today = "2026-11-03"\n', encoding="utf-8")
    shutil.rmtree(home / "secrets" / "petit")
    told = next(line for line in cli.json("doctor", code=1)["problems"] if "Chorus Pro n’est pas réglée" in line)
    section, folder = re.search(r"\[(.+?)\]", told), re.search(r"du dossier (\S+) ", told)
    files = re.search(r"fichiers attendus : ([a-z_, ]+)\)", told)
    assert section
    assert folder
    assert files
    settings = f'[{section[1]}]\nbase_url = "http://127.0.0.1:1/"\ntoken_url = "http://127.0.0.1:1/token"\n'
    for name in files[1].split(", "):
        file = home / folder[1] / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("secret\n", encoding="utf-8")
        file.chmod(0o600)
    only_address = next(line for line in cli.json("doctor", code=1)["problems"] if "Chorus Pro" in line)
    assert "Il manque : base_url, token_url." in only_address
    assert "secret" not in only_address
    with (home / "quitus.toml").open("a", encoding="utf-8") as file_:
        file_.write(settings)
    told = next(line for line in cli.json("doctor", code=1)["problems"] if "Chorus Pro" in line)
    assert "n’a pas pu être jointe" in told


def test_two_organisations_ask_which_one(cli: Quitus, home: Path) -> None:
    assert cli.json("init", "--slug", "autre", "--add")["created"] is True
    ran = cli("claims", "list")
    assert ran.code == 5
    assert "autre, petit" in ran.err
    assert len(cli.json("claims", "list", "--organisation", "petit")) == 22
    assert cli.json("claims", "list", "--organisation", "autre") == []


def test_templates_are_written_read_by_their_own_profiles_and_never_into_a_file(cli: Quitus, tmp_path: Path) -> None:
    written = cli.json("templates", str(tmp_path / "modeles"))
    assert len(written) > 20
    assert all(Path(path).is_file() for path in written)
    assert {Path(path).suffix for path in written} >= {".csv", ".xlsx"}
    assert [path for path in written if "LISEZ" in path]
    document = cli.json("profile", "try", str(tmp_path / "modeles" / "stagiaires.csv"))
    assert document["profile"] == "stagiaires"
    (tmp_path / "file").write_text("x", encoding="utf-8")
    refused = cli("templates", str(tmp_path / "file"))
    assert (refused.code, refused.out) == (1, "")
    assert "ne peut être ni lu ni écrit" in refused.err


def test_templates_written_again_replace_none_that_was_filled_in(cli: Quitus, home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "modeles"
    cli.json("templates", str(folder))
    with (folder / "stagiaires.csv").open("a", encoding="utf-8") as file:
        file.write("L91;;Aubert;Alix\n")
    (folder / "sites.xlsx").unlink()
    filled = (folder / "stagiaires.csv").read_bytes()
    assert [Path(path).name for path in cli.json("templates", str(folder))] == ["LISEZ-MOI.txt", "sites.xlsx"]
    assert (folder / "stagiaires.csv").read_bytes() == filled
    assert "aucun n'a été remplacé" in cli("templates", str(folder)).out


def test_a_folder_of_templates_is_imported_as_it_was_written(cli: Quitus, home: Path, tmp_path: Path) -> None:
    cli.json("templates", str(tmp_path / "modeles"))
    ran = cli("import", str(tmp_path / "modeles"))
    assert (ran.code, ran.err) == (0, "")
    assert "LISEZ-MOI" not in ran.out


def test_templates_filled_with_nothing_change_nothing(cli: Quitus, home: Path, tmp_path: Path) -> None:
    cli.json("templates", str(tmp_path / "modeles"))
    files = sorted(str(path) for path in (tmp_path / "modeles").glob("*.csv"))
    before = cli.json("claims", "list")
    ran = cli("import", *files)
    assert ran.code in {0, 1, 3}
    assert "Traceback" not in ran.err
    assert cli.json("claims", "list") == before


def test_counts_add_up_and_a_folder_is_read_whole(cli: Quitus, home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    (folder / "stagiaires.csv").write_text(PEOPLE, encoding="utf-8")
    (folder / ".caché.csv").write_text("x", encoding="utf-8")
    document = cli.json("import", str(folder))
    names = ("new", "changed", "unchanged", "quarantined")
    assert document["read"] == sum(document[name] for name in names) == document["new"] == 1
    assert [item["name"] for item in document["files"]] == ["stagiaires.csv"]
    again = cli.json("import", str(folder))
    assert (again["read"], again["new"], again["changed"], again["unchanged"]) == (1, 0, 0, 1)


def test_one_bad_file_keeps_no_other_back(cli: Quitus, home: Path, tmp_path: Path) -> None:
    good, bad = tmp_path / "stagiaires.csv", tmp_path / "inconnu.csv"
    good.write_text(PEOPLE, encoding="utf-8")
    bad.write_text("rien;de;connu\n1;2;3\n", encoding="utf-8")
    document = cli.json("import", str(bad), str(good), code=1)
    assert document["new"] == 1
    refusal = next(item["refusal"] for item in document["files"] if item["name"] == "inconnu.csv")
    assert refusal.count("inconnu.csv") == 1
    missing = cli("import", str(good), str(tmp_path / "nowhere.csv"))
    assert (missing.code, missing.out) == (1, "")
    assert "nowhere.csv est introuvable" in missing.err


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("stagiaires.csv", b""),
        ("stagiaires.csv", b"\x00\x00\x00"),
        ("stagiaires.csv", b"\xff\xfe"),
        ("stagiaires.csv", b"code;nom;prenom\n"),
        ("stagiaires.csv", b"code;nom;prenom\n" + b'"' + b"x" * 300_000),
        ("stagiaires.xlsx", b"PK\x03\x04garbage"),
        ("stagiaires.xlsx", b"not a workbook"),
        ("stagiaires.xlsm", b""),
        ("=cmd|'calc'!A1.csv", b"a;b\n1;2\n"),
        ("é🤷\u202e.csv", b"a;b\n1;2\n"),
        ("releve.xml", b"<a>"),
        ("photo.jpg", b"\xff\xd8\xff\xe0"),
        ("sans_suffixe", b"bonjour"),
    ],
)
def test_a_file_that_cannot_be_read_gives_one_clear_error(
    cli: Quitus, home: Path, tmp_path: Path, name: str, content: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    for words in (("import", str(path)), ("profile", "try", str(path)), ("bank", "inspect", str(path))):
        ran = cli(*words)
        assert ran.code in {0, 1, 3}, ran
        assert "Traceback" not in ran.err
        assert ran.code == 0 or ran.err.strip()


def test_the_quarantine_exits_3_while_something_waits(cli: Quitus, home: Path) -> None:
    [row] = cli.json("quarantine", code=3)
    assert row.keys() >= {"file", "line", "column", "text"}
    assert (row["file"], row["column"]) == ("heures.csv", "stagiaire_code")
    assert "heures.csv" in cli("quarantine").out


def test_a_row_that_nobody_will_correct_is_dismissed_with_a_reason_and_comes_back(cli: Quitus, home: Path) -> None:
    [row] = cli.json("quarantine", code=3)
    assert cli("quarantine", "dismiss", row["id"][:8], "--reason", " ").code == 1
    assert (
        cli("quarantine", "dismiss", row["id"][:8], "--reason", "Essai du fournisseur", "--by", "C. Durand").code == 0
    )
    assert cli.json("quarantine") == []
    [kept] = cli.json("quarantine", "--dismissed")
    assert (kept["id"], kept["by"], kept["reason"]) == (row["id"], "C. Durand", "Essai du fournisseur")
    assert "Essai du fournisseur" in cli("quarantine", "--dismissed").out
    assert cli("quarantine", "reopen", row["id"]).code == 0
    assert [item["id"] for item in cli.json("quarantine", code=3)] == [row["id"]]


# --- profiles -------------------------------------------------------------------------------------------


def test_every_profile_of_ours_is_sound(cli: Quitus) -> None:
    document = cli.json("profile", "check")
    assert (document["ok"], document["findings"]) == (True, [])
    assert document["profiles"] == len(cli.json("profile", "list"))


@pytest.mark.parametrize("content", [None, "", "{{{", "code = 3\n", "\x00", "code = 'x'\n[[columns]]\nfield = 'a'\n"])
def test_a_profile_that_cannot_work_exits_1(cli: Quitus, tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "mien.toml"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    for target in (path, tmp_path):
        document = cli.json("profile", "check", str(target), code=1)
        assert document["ok"] is False
        assert document["findings"]
    assert cli("profile", "try", str(path)).code == 1


# --- parameters -----------------------------------------------------------------------------------------


def test_parameters_are_set_listed_and_confirmed(cli: Quitus, home: Path) -> None:
    rows = cli.json("parameters", "list")
    assert all(row.keys() >= {"key", "from", "value", "source", "confirmed_by"} for row in rows)
    words = ("parameters", "set", "payment_term_days.region", "45", "--from", "2026-01-01", "--source", "Contrat")
    assert cli(*words).code == 0
    [own] = [row for row in cli.json("parameters", "list") if row["key"] == words[2] and not row["shipped"]]
    assert (own["from"], own["value"], own["source"]) == ("2026-01-01", "45", "Contrat")
    assert own["confirmed_by"].startswith("user:")
    waiting = [row["key"] for row in rows if row["needs_confirmation"]]
    assert waiting == ["anomaly.compensation_pay_day"]
    assert cli("parameters", "confirm", waiting[0]).code == 0
    confirmed = [row for row in cli.json("parameters", "list") if row["key"] == waiting[0] and row["confirmed_by"]]
    assert len(confirmed) == 1
    assert cli.json("anomalies", "list")["items"]


@pytest.mark.parametrize(
    ("key", "value", "source"),
    [
        ("payment_term_days.region", "abc", "x"),
        ("payment_term_days.region", "", "x"),
        ("payment_term_days.region", "30", "  "),
        ("payment_term_days.regoin", "30", "x"),
        ("", "30", "x"),
        ("🤷", "30", "x"),
        ("anomaly.mentions", "30", "x"),
        ("anomaly.mentions", "[" * 100_000, "x"),
        ("anomaly.closing", "peut-être", "x"),
        ("anomaly.reform_date", "hier", "x"),
        ("vat_rate.standard", "[20]", "x"),
    ],
)
def test_a_parameter_that_could_break_the_night_is_refused(
    cli: Quitus, home: Path, key: str, value: str, source: str
) -> None:
    before = cli.json("parameters", "list")
    ran = cli("parameters", "set", key, value, "--from", "2026-01-01", "--source", source)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.strip()
    assert cli.json("parameters", "list") == before


def test_a_key_near_another_is_suggested(cli: Quitus, home: Path) -> None:
    ran = cli("parameters", "confirm", "payment_term_days.regoin")
    assert ran.code == 1
    assert "peut-être payment_term_days.region" in ran.err


# --- benches --------------------------------------------------------------------------------------------


def records(path: Path, *rows: dict[str, Any]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Two organisations, each with one payer, one invoice and the transfer that names it."""
    folder = tmp_path / "data"
    folder.mkdir()
    organisations = ("O1", "O2")
    records(
        folder / "funders.jsonl",
        *(
            {"funder_id": "F1", "org_id": org, "name": "OPCO UN", "kind": "opco", "aliases": [], "ibans": ["FR1"]}
            for org in organisations
        ),
    )
    records(
        folder / "invoices.jsonl",
        *(
            {
                "invoice_id": f"I-{org}",
                "org_id": org,
                "number": "FA-2025-00042",
                "kind": "invoice",
                "date": "2025-03-01",
                "due": "2025-03-31",
                "amount_cents": 100_000,
                "funder_id": "F1",
                "funder_name": "OPCO UN",
                "dossier": "",
                "learner": "",
                "company": "",
                "credit_of": None,
            }
            for org in organisations
        ),
    )
    records(folder / "remittances.jsonl")
    records(
        folder / "payments.jsonl",
        *(
            {
                "payment_id": f"P-{org}",
                "org_id": org,
                "date": "2025-04-10",
                "amount_cents": 100_000,
                "currency": "EUR",
                "label": "VIR OPCO UN FA-2025-00042",
                "counterparty_name": "OPCO UN",
                "counterparty_iban": "FR1",
                "end_to_end_id": "",
                "source": "bank",
            }
            for org in organisations
        ),
    )
    return folder


def test_the_bench_matches_a_dataset_in_memory_and_measures_itself(cli: Quitus, dataset: Path, tmp_path: Path) -> None:
    target = tmp_path / "predictions.jsonl"
    words = ("bench", "reconcile", str(dataset), "--out", str(target))
    document = cli.at(tmp_path / "nowhere").json(*words)
    assert document.keys() >= {"seconds", "lines_per_second", "peak_rss_mb"}
    assert document["lines"] == 2
    told = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert [line["payment_id"] for line in told if "payment_id" in line][:2] == ["P-O1", "P-O2"]
    alone = target.read_bytes()
    cli.json(*words, "--processes", "2")
    assert target.read_bytes() == alone


@pytest.mark.parametrize("content", [b"{", b"[]\n", b"3\n", b'{"org_id": "O1"}\n', b"\xff\n", b"[" * 100_000 + b"\n"])
def test_a_dataset_that_cannot_be_read_exits_1(cli: Quitus, dataset: Path, tmp_path: Path, content: bytes) -> None:
    (dataset / "payments.jsonl").write_bytes(content)
    ran = cli("bench", "reconcile", str(dataset), "--out", str(tmp_path / "x.jsonl"))
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.strip()
    (dataset / "payments.jsonl").unlink()
    assert "payments.jsonl est introuvable" in cli("bench", "reconcile", str(dataset), "--out", "x").err


def test_the_bench_answers_neutral_cases_with_the_parameters_beside_them(cli: Quitus, tmp_path: Path) -> None:
    cases, target = tmp_path / "cases.jsonl", tmp_path / "answers.jsonl"
    claim = {
        "id": "C1",
        "kind": "invoice",
        "role": "single",
        "no": "FA-1",
        "agreement_id": None,
        "enrolment_id": None,
        "ttc_cents": 10_000,
        "ht_cents": 10_000,
        "issue_date": "2026-01-05",
        "sent_at": "2026-01-05",
        "state": "submitted",
        "due_date": "2026-02-05",
    }
    shipped = {row.key.removeprefix("anomaly."): row.value for row in shipped_parameters()}
    parameters = {key: _parsed(value) for key, value in shipped.items()}
    parameters |= {"cpf_scales": [], "compensation_rates": [], "status_maps": {}}
    (tmp_path / "parameters.json").write_text(json.dumps(parameters), encoding="utf-8")
    records(cases, {"id": "case-1", "today": "2026-05-20", "objects": {"claims": [claim], "allocations": []}})
    document = cli.at(tmp_path / "nowhere").json("bench", "anomalies", str(cases), "--out", str(target))
    assert document["cases"] == 1
    assert document["seconds"] >= 0
    own = json.dumps(parameters | {"ready_days": 4})
    (tmp_path / "parameters.json").write_text(own, encoding="utf-8")
    assert cli.json("bench", "anomalies", str(cases), "--out", str(target))["cases"] == 1
    [answer] = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert answer["id"] == "case-1"
    assert "receivable_overdue" in {finding["code"] for finding in answer["findings"]}


def _parsed(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


@pytest.mark.parametrize("content", [b"{", b"[]\n", b"{}\n", b'{"id": 1, "today": "hier"}\n', b"\xff\n"])
def test_cases_that_cannot_be_read_exit_1(cli: Quitus, tmp_path: Path, content: bytes) -> None:
    cases = tmp_path / "cases.jsonl"
    cases.write_bytes(content)
    ran = cli("bench", "anomalies", str(cases), "--out", str(tmp_path / "x.jsonl"))
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.strip()
    nowhere = cli("bench", "anomalies", str(cases), "--out", str(tmp_path / "no" / "x"))
    assert nowhere.code == 1
    assert "ne peut être ni lu ni écrit" in nowhere.err
