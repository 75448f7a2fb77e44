"""The frame of every command: help at once, French refusals, exit codes, one JSON document, no traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

from console.cli import GROUPS
from tests.homes import Night, Quitus, quitus, without_settings

HEAVY = (
    "sqlalchemy",
    "httpx",
    "pydantic",
    "facturx",
    "lxml",
    "dramatiq",
    "typst",
    "cryptography",
    "alembic",
    "uvicorn",
)
NEEDS_HOME = (
    ("claims", "list"),
    ("claims", "prepare"),
    ("claims", "submit", "FA-1"),
    ("bank", "lines"),
    ("reconcile",),
    ("anomalies", "list"),
    ("ageing",),
    ("export", "accounting", "--period", "2026"),
    ("remuneration", "list"),
    ("compensation", "list"),
    ("parameters", "list"),
    ("quarantine",),
    ("nightly",),
    ("audit", "verify"),
    ("platforms", "sync"),
    ("doctor",),
)


def test_help_loads_nothing_heavy() -> None:
    script = (
        "import sys; sys.argv = ['quitus', *sys.argv[1:]]\n"
        "from console.cli import app; from console.cli.frame import guarded\n"
        "code = guarded(app)\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)\n"
        "sys.exit(code)\n"
    )
    # Typed options of one command are the command line library's own use of pydantic.
    for words, allowed in ((["--help"], []), (["claims", "--help"], ["pydantic"]), (["nightly", "-h"], ["pydantic"])):
        ran = subprocess.run(
            [sys.executable, "-c", script, *words],
            env=without_settings(),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert (ran.returncode, ran.stderr) == (0, f"{allowed}\n")
        assert "--help" in ran.stdout


def test_every_group_is_named_in_the_help(cli: Quitus) -> None:
    told = cli("--help")
    assert told.code == 0
    for command in ("init", "import", "templates", "nightly", "claims", "bank", "reconcile", "bench", "anomalies"):
        assert f"  {command} " in told.out
    for command in ("ageing", "export", "fec", "remuneration", "compensation", "profile", "platforms", "sandbox"):
        assert f"  {command} " in told.out
    for command in ("audit", "parameters", "doctor", "demo", "invoice", "quarantine"):
        assert f"  {command} " in told.out
    assert len(GROUPS) == len(set(GROUPS))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nonsense",), "La commande « nonsense » n'existe pas."),
        (("claims", "lisst"), "La commande « lisst » n'existe pas."),
        (("claims", "list", "--nonsense"), "L'option « --nonsense » n'existe pas."),
        (("claims", "credit"), "Il manque NUMÉRO."),
        (("claims", "decide", "FA-1"), "Choisissez une seule décision"),
        (("claims", "decide", "FA-1", "--absent", "--found", "X"), "Choisissez une seule décision"),
        (("claims", "list", "--limit", "-1"), "au moins 0"),
        (("claims", "list", "--limit", "many"), "un nombre est attendu"),
        (("bank", "inspect"), "Il manque FICHIER."),
        (("bank", "inspect", ""), "ce nom est vide"),
        (("import", ""), "ce nom est vide"),
        (("import", "   "), "ce nom est vide"),
        (("templates", ""), "ce nom est vide"),
        (("ageing", "--by", "colour"), "valeurs possibles : funder, scheme"),
        (("ageing", "--as-of", "hier"), "« hier » n'est pas une date AAAA-MM-JJ"),
        (("ageing", "--as-of", "2026-02-30"), "n'est pas une date AAAA-MM-JJ"),
        (("ageing", "--out"), "L'option --out attend une valeur."),
        (("export", "accounting"), "Il manque --period."),
        (("export", "accounting", "--period", "2026", "--format", "xyz"), "valeurs possibles : fec."),
        (("parameters", "set", "a"), "Il manque VALEUR."),
        (("anomalies", "waive", "x", "y", "--until", "demain"), "n'est pas une date"),
        (("sandbox", "serve", "--port", "70000"), "au plus 65535"),
        (("demo", "--scale", "0"), "au moins 1"),
        (("demo", "--seed", "abc"), "un nombre est attendu"),
        (("nightly", "tonight"), "De trop dans la commande : tonight."),
        (("bench", "reconcile", "/nonexistent", "--out", "x"), "n'est pas un dossier"),
    ],
)
def test_wrong_usage_is_told_in_french_and_exits_2(cli: Quitus, words: tuple[str, ...], said: str) -> None:
    ran = cli(*words)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert "Traceback" not in ran.err


def test_a_group_without_a_command_shows_its_help_and_exits_2(cli: Quitus) -> None:
    for words in ((), ("claims",), ("bank",), ("fec",), ("parameters",)):
        ran = cli(*words)
        assert ran.code == 2
        assert "Commandes :" in ran.out + ran.err


@pytest.mark.parametrize("words", NEEDS_HOME)
def test_a_home_that_is_not_there_exits_5_and_says_what_to_do(
    cli: Quitus, tmp_path: Path, words: tuple[str, ...]
) -> None:
    ran = cli.at(tmp_path / "nowhere")(*words)
    assert ran.code == 5
    assert "quitus init" in ran.out + ran.err
    assert "QUITUS_HOME" in ran.out + ran.err
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("words", [words for words in NEEDS_HOME if words != ("claims", "submit", "FA-1")])
def test_an_unknown_organisation_exits_5_and_names_those_that_exist(
    cli: Quitus, home: Path, words: tuple[str, ...]
) -> None:
    ran = cli(*words, "--organisation", "personne 🤷")
    assert ran.code == 5
    assert "L'organisme « personne 🤷 » n'existe pas. Connus : petit." in ran.out + ran.err


def test_the_real_command_keeps_messages_off_standard_output(small_night: Night) -> None:
    ran = quitus(small_night.home, "claims", "list", "--json")
    assert ran.code == 0
    assert ran.out.startswith("[\n")
    assert ran.err == ""
    wrong = quitus(small_night.home, "claims", "list", "--nonsense")
    assert (wrong.code, wrong.out) == (2, "")


def test_settings_that_cannot_work_exit_5_with_every_problem_at_once(
    cli: Quitus, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUITUS_TODAY", "hier")
    monkeypatch.setenv("QUITUS_WORKERS", "0")
    ran = cli("claims", "list")
    assert ran.code == 5
    assert "today : une date AAAA-MM-JJ est attendue" in ran.err
    assert "workers : au moins 1 est attendu" in ran.err


@pytest.mark.parametrize("text", ["{{{", "couleur = 'bleu'\n", "workers = 'deux'\n", "\x00", "organisations = 3\n"])
def test_a_broken_settings_file_exits_5(cli: Quitus, home: Path, text: str) -> None:
    (home / "quitus.toml").write_text(text, encoding="utf-8")
    ran = cli("claims", "list")
    assert ran.code == 5
    assert "quitus.toml" in ran.err


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "sqlite://",
        "sqlite:////nonexistent/folder/x.db",
        "mysql://a@b/c",
        "postgresql://nobody@127.0.0.1:1/nothing",
    ],
)
def test_a_database_that_does_not_open_exits_5(
    cli: Quitus, home: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("QUITUS_DATABASE_URL", url)
    ran = cli("claims", "list")
    assert ran.code == 5
    assert ran.err.strip()


def test_a_key_that_is_gone_is_never_replaced_in_silence(cli: Quitus, home: Path) -> None:
    (home / "secrets" / "master_key").unlink()
    ran = cli("claims", "list")
    assert ran.code == 5
    assert "n’en créez pas une autre" in ran.err


def test_a_secret_that_others_may_read_exits_5(cli: Quitus, home: Path) -> None:
    (home / "secrets" / "master_key").chmod(0o644)
    ran = cli("claims", "list")
    assert ran.code == 5
    assert "chmod 600" in ran.err
