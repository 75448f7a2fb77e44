"""Settings: `quitus.toml` in `QUITUS_HOME`, overridden by `QUITUS_…` variables; all problems told at once.

Secrets never come from the toml file. One is looked for, in this order, in the variable
`QUITUS_<ORGANISATION>_<PLATFORM>_<NAME>`, in the file named by that variable with `_FILE` behind it, and
in `QUITUS_HOME/secrets/<organisation>/<platform>/<name>` (readable by its owner only).
"""

import os
import re
import stat
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from billing.errors import Finding, Misconfigured

SQLITE_NAME = "quitus.sqlite3"
SECRET_NAMES = ("client_id", "client_secret", "login", "password", "api_key")


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PlatformSettings(_Frozen):
    """One platform of one organisation; `options` are the adapter's own words.

    `siret` names the organisation to a platform that knows it by this number; without it, those of its sites serve.
    """

    base_url: str = ""
    token_url: str = ""
    siret: str = Field(default="", pattern=r"^(\d{14})?$")
    settle_seconds: int = Field(default=300, ge=0)
    timeout_seconds: int = Field(default=30, gt=0)
    rate_per_second: int | None = Field(default=None, gt=0)
    options: dict[str, str] = Field(default_factory=dict)


class OrganisationSettings(_Frozen):
    """One organisation, by its slug."""

    platforms: dict[str, PlatformSettings] = Field(default_factory=dict)


class Settings(_Frozen):
    """Everything that may be set. `home` holds the database, the inbox, the outbox and the secrets."""

    home: Path
    database_url: SecretStr
    broker_url: str = ""
    today: date | None = None
    workers: int = Field(default=4, ge=1, le=64)
    organisations: dict[str, OrganisationSettings] = Field(default_factory=dict)

    @property
    def inbox(self) -> Path:
        """Where users drop exports, advices and statements."""
        return self.home / "inbox"

    @property
    def outbox(self) -> Path:
        """Where deposit packs, data files and exports are written."""
        return self.home / "outbox"

    @property
    def is_installed(self) -> bool:
        """Tell whether `quitus init` was ever run here: without its key and its database there is nothing to open."""
        own = f"sqlite:///{self.home / SQLITE_NAME}"
        return self.database_url.get_secret_value() != own or (self.home / SQLITE_NAME).exists()

    @property
    def lock_file(self) -> Path:
        """Held by the one engine that works on this home."""
        return self.home / "engine.lock"


@dataclass(frozen=True, slots=True)
class Secrets:
    """Finds secrets; keeps none."""

    home: Path
    environment: Mapping[str, str]

    def variable(self, *path: str) -> str:
        """Name the variable of a secret or of a platform's setting."""
        return "_".join(["QUITUS", *(re.sub(r"\W", "_", part).upper() for part in path)])

    def find(self, *path: str) -> str | None:
        """Find a secret by its path (`demo`, `some-platform`, `client_secret`), None when there is none.

        Raises:
            Misconfigured: its file can be read by others, or cannot be read.
        """
        variable = self.variable(*path)
        if value := self.environment.get(variable):
            return value
        named = self.environment.get(f"{variable}_FILE")
        file = Path(named) if named else self.home.joinpath("secrets", *path)
        if not file.is_file():
            if named:
                raise Misconfigured("secret_file_missing", variable=f"{variable}_FILE")
            return None
        if file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH) and not named:
            raise Misconfigured("secret_file_open", file=file.name)
        return file.read_text(encoding="utf-8").strip()

    def write(self, value: str, *path: str) -> None:
        """Write a secret's file, readable by its owner only."""
        file = self.home.joinpath("secrets", *path)
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            out.write(value)


def home_of(environment: Mapping[str, str]) -> Path:
    """Tell where the home is, whether it exists or not."""
    return Path(environment.get("QUITUS_HOME") or "quitus-data").absolute()


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings.

    Args:
        environment: the process's variables; None = this process's own.

    Raises:
        Misconfigured: with every problem found.
    """
    environment = os.environ if environment is None else environment
    home = home_of(environment)
    values: dict[str, Any] = {}
    file = home / "quitus.toml"
    if file.is_file():
        try:
            values = tomllib.loads(file.read_text(encoding="utf-8-sig"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as cause:
            raise Misconfigured("settings_file_unreadable", file=file.name, reason=str(cause)[:200]) from cause
    for name, variable in (
        ("database_url", "QUITUS_DATABASE_URL"),
        ("broker_url", "QUITUS_BROKER_URL"),
        ("today", "QUITUS_TODAY"),
        ("workers", "QUITUS_WORKERS"),
    ):
        if environment.get(variable):
            values[name] = environment[variable]
    values.setdefault("database_url", f"sqlite:///{home / SQLITE_NAME}")
    try:
        return Settings(home=home, **values)
    except (ValidationError, TypeError) as cause:
        raise _misconfigured(cause, ".".join) from cause


def overridden(settings: PlatformSettings, slug: str, code: str, secrets: Secrets) -> PlatformSettings:
    """Let variables `QUITUS_<ORGANISATION>_<PLATFORM>_<NAME>` win over a platform's section.

    Raises:
        Misconfigured: with every variable that cannot be used.
    """
    names = [name for name in PlatformSettings.model_fields if name != "options"]
    given = {name: secrets.environment.get(secrets.variable(slug, code, name)) for name in names}
    typed = {name: value for name, value in given.items() if value}
    try:
        return PlatformSettings(**{**settings.model_dump(), **typed})
    except ValidationError as cause:
        raise _misconfigured(cause, lambda place: secrets.variable(slug, code, *place)) from cause


def _misconfigured(cause: Exception, name: Callable[[Sequence[str]], str]) -> Misconfigured:
    problems = cause.errors() if isinstance(cause, ValidationError) else []
    findings = tuple(
        Finding(
            code="setting_invalid",
            where=name([str(part) for part in problem["loc"]]),
            values={"reason": _secret_here(problem["loc"]) or _reason(problem["type"], problem.get("ctx", {}))},
        )
        for problem in problems
    )
    return Misconfigured("settings_invalid", findings, problems=len(findings))


REASONS = {
    "extra_forbidden": "ce réglage n'existe pas",
    "int_parsing": "un nombre entier est attendu",
    "int_type": "un nombre entier est attendu",
    "int_from_float": "un nombre entier est attendu",
    "date_parsing": "une date AAAA-MM-JJ est attendue",
    "date_from_datetime_parsing": "une date AAAA-MM-JJ est attendue",
    "date_type": "une date AAAA-MM-JJ est attendue",
    "string_type": "un texte entre guillemets est attendu",
    "string_pattern_mismatch": "un SIRET est attendu : quatorze chiffres, sans espace",
    "dict_type": "une table est attendue",
    "model_type": "une table est attendue",
    "greater_than": "plus de {gt} est attendu",
    "greater_than_equal": "au moins {ge} est attendu",
    "less_than_equal": "au plus {le} est attendu",
}


def _reason(kind: str, bounds: Mapping[str, Any]) -> str:
    """Say in French what the library refuses."""
    return REASONS.get(kind, "cette valeur ne convient pas").format_map(bounds)


def _secret_here(place: Sequence[object]) -> str:
    """Say where a secret that was written in the settings file is to be put instead; empty when it is none."""
    match place:
        case ("organisations", slug, "platforms", code, str(name)) if name in SECRET_NAMES:
            variable = Secrets(Path(), {}).variable(str(slug), str(code), name)
            file = f"secrets/{slug}/{code}/{name}"
            return f"un secret ne s'écrit pas ici, mais dans le fichier {file} ou la variable {variable}"
    return ""


TEMPLATE = """\
# quitus.toml – réglages de quitus. Tout est facultatif ; les variables QUITUS_… l'emportent.
# Les secrets (mots de passe, clés) ne s'écrivent jamais ici : variable QUITUS_<ORGANISME>_<PLATEFORME>_<NOM>,
# fichier désigné par la même variable suivie de _FILE, ou fichier secrets/<organisme>/<plateforme>/<nom>.

# Base de données : SQLite dans ce dossier par défaut.
# database_url = "postgresql+psycopg://utilisateur@hote/base"

# Nombre de tâches menées de front pendant la nuit.
# workers = 4

# Une plateforme d'un organisme. Délai de sûreté : pendant ce temps, une réponse perdue n'est jamais renvoyée.
# [organisations.mon-organisme.platforms.nom-de-la-plateforme]
# base_url = "https://…"
# token_url = "https://…"
# settle_seconds = 300
# siret = "…"   (quatorze chiffres ; sans cette ligne, ceux de vos sites, importés par sites.csv)
# Chacun se donne aussi par une variable : QUITUS_MON_ORGANISME_NOM_DE_LA_PLATEFORME_BASE_URL, etc.
"""
