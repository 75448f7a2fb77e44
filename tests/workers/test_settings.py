import stat
from pathlib import Path

import pytest

from billing.errors import Misconfigured
from workers.settings import TEMPLATE, Secrets, load


def settings_file(home: Path, text: str) -> dict[str, str]:
    home.mkdir(exist_ok=True)
    (home / "quitus.toml").write_text(text, encoding="utf-8")
    return {"QUITUS_HOME": str(home)}


def refusal(environment: dict[str, str]) -> Misconfigured:
    with pytest.raises(Misconfigured) as raised:
        load(environment)
    return raised.value


def test_without_anything_said_everything_is_in_the_home(tmp_path: Path) -> None:
    settings = load({"QUITUS_HOME": str(tmp_path)})
    assert settings.database_url.get_secret_value() == f"sqlite:///{tmp_path}/quitus.sqlite3"
    assert settings.inbox == tmp_path / "inbox"
    assert settings.workers == 4
    assert settings.today is None


def test_the_template_of_the_settings_is_itself_valid(tmp_path: Path) -> None:
    assert load(settings_file(tmp_path, TEMPLATE)).organisations == {}


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    environment = settings_file(
        tmp_path,
        "workers = 0\ntoday = 'demain'\ninconnu = 1\n"
        "[organisations.acme.platforms.p]\nsettle_seconds = -1\ntimeout_seconds = 0\n",
    )
    error = refusal(environment)
    assert error.code == "settings_invalid"
    assert sorted(finding.where for finding in error.findings) == [
        "inconnu",
        "organisations.acme.platforms.p.settle_seconds",
        "organisations.acme.platforms.p.timeout_seconds",
        "today",
        "workers",
    ]


def test_a_variable_wins_over_the_file(tmp_path: Path) -> None:
    environment = settings_file(tmp_path, "workers = 2\n")
    assert load(environment).workers == 2
    assert load(environment | {"QUITUS_WORKERS": "8"}).workers == 8


@pytest.mark.parametrize("content", [b"workers = \n", "année = é".encode("cp1252")])
def test_a_file_that_is_no_toml_is_one_clear_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "quitus.toml").write_bytes(content)
    assert refusal({"QUITUS_HOME": str(tmp_path)}).code == "settings_file_unreadable"


@pytest.mark.parametrize("line", ["master_key = 'k'", "[organisations.acme.platforms.p]\nclient_secret = 'k'"])
def test_a_secret_in_the_settings_file_is_refused(tmp_path: Path, line: str) -> None:
    error = refusal(settings_file(tmp_path, line))
    assert [finding.code for finding in error.findings] == ["setting_invalid"]
    assert Secrets(tmp_path, {}).find("acme", "p", "client_secret") is None


def test_a_secret_in_the_settings_file_is_told_where_it_belongs(tmp_path: Path) -> None:
    error = refusal(settings_file(tmp_path, "[organisations.mon-of.platforms.une-p]\nclient_secret = 'k'"))
    told = str(error.findings[0].values["reason"])
    assert "secrets/mon-of/une-p/client_secret" in told
    assert "QUITUS_MON_OF_UNE_P_CLIENT_SECRET" in told
    (place,) = ({"QUITUS_MON_OF_UNE_P_CLIENT_SECRET": "v"},)
    assert Secrets(tmp_path, place).find("mon-of", "une-p", "client_secret") == "v"


@pytest.mark.parametrize(
    "line", ["base_url = 3", "settle_seconds = 1.5", "settle_seconds = 'vite'", "siret = 73282932000074", "options = 1"]
)
def test_whatever_the_library_refuses_is_told_in_french(tmp_path: Path, line: str) -> None:
    error = refusal(settings_file(tmp_path, f"[organisations.acme.platforms.p]\n{line}\n"))
    for finding in error.findings:
        told = str(finding.values["reason"])
        assert "Input" not in told
        assert "should" not in told


def test_the_address_of_the_database_is_not_shown(tmp_path: Path) -> None:
    settings = load({"QUITUS_HOME": str(tmp_path), "QUITUS_DATABASE_URL": "postgresql://u:mot-de-passe@h/b"})
    assert "mot-de-passe" not in repr(settings)


def test_a_secret_is_looked_for_in_its_variable_then_in_the_named_file_then_in_the_home(tmp_path: Path) -> None:
    Secrets(tmp_path, {}).write("du dossier", "mon-of", "une-plateforme", "password")
    named = tmp_path / "ailleurs"
    named.write_text("du fichier nommé\n", encoding="utf-8")
    path = ("mon-of", "une-plateforme", "password")
    assert Secrets(tmp_path, {}).find(*path) == "du dossier"
    by_file = {"QUITUS_MON_OF_UNE_PLATEFORME_PASSWORD_FILE": str(named)}
    assert Secrets(tmp_path, by_file).find(*path) == "du fichier nommé"
    by_value = by_file | {"QUITUS_MON_OF_UNE_PLATEFORME_PASSWORD": "de la variable"}
    assert Secrets(tmp_path, by_value).find(*path) == "de la variable"


def test_a_secret_is_written_for_its_owner_only(tmp_path: Path) -> None:
    Secrets(tmp_path, {}).write("s", "acme", "p", "password")
    file = tmp_path / "secrets" / "acme" / "p" / "password"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_a_secret_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    secrets = Secrets(tmp_path, {})
    secrets.write("s", "acme", "p", "password")
    (tmp_path / "secrets" / "acme" / "p" / "password").chmod(mode)
    with pytest.raises(Misconfigured) as raised:
        secrets.find("acme", "p", "password")
    assert raised.value.code == "secret_file_open"


def test_a_named_file_that_is_missing_is_an_error_and_not_the_next_place(tmp_path: Path) -> None:
    Secrets(tmp_path, {}).write("s", "acme", "p", "password")
    secrets = Secrets(tmp_path, {"QUITUS_ACME_P_PASSWORD_FILE": str(tmp_path / "nulle-part")})
    with pytest.raises(Misconfigured) as raised:
        secrets.find("acme", "p", "password")
    assert raised.value.code == "secret_file_missing"
