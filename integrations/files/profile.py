"""File profiles: one TOML file says how one kind of export is recognised, read, and turned into neutral rows.

The same shape serves quitus's own templates, exports of training-management software, and portals' exports.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path, PurePath
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from billing.errors import Misconfigured
from integrations.files.folding import folded, genderless
from integrations.files.limits import PROFILE_BYTES_MAX

CellType = Literal[
    "text",
    "code",
    "date",
    "datetime",
    "time",
    "month",
    "money",
    "decimal",
    "hours",
    "integer",
    "percent",
    "bool",
    "siret",
    "siren",
    "nda",
    "nir",
    "iban",
    "email",
    "currency",
    "enum",
    "word",
]
Plain = str | bool | int
_DAY = re.compile(
    r"(?<!\d)(?:((?:19|20)\d\d)[-_.]?(\d\d)[-_.]?(\d\d)|(\d\d)[-_.]?(\d\d)[-_.]?((?:19|20)\d\d))"
    r"(?:[ _]?\(\d{1,3}\)|-\d{1,2})?$"
)
"""A day at the end of a name, year first or last; browsers and the inbox add `(1)` or `-2` to a second copy."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, ignored_types=(cached_property,))


class Match(_Model):
    """How a file is recognised: names (`*` and `?` allowed) weigh less than headings, which decide.

    `day_in_name`: the name ends with the day of the export, so that an older file is known to be older.
    """

    names: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    day_in_name: bool = False


class Reading(_Model):
    """How a file is opened; what is left out is found out."""

    encodings: tuple[Literal["utf-8", "cp1252", "iso-8859-15"], ...] = ("utf-8", "cp1252")
    delimiter: Literal["", ";", ",", "\t", "|"] = ""
    sheet: str = ""


class Column(_Model):
    """One column.

    Attributes:
        field: neutral field that it fills.
        headers: headings under which it is found; the first is the one that templates show.
        type: how its cells are read.
        required: the file must have it, and each row must fill it.
        empty: an empty cell means `unknown` (keep what the books have) or `none` (there is none).
        default: text read in place of an empty cell.
        many: several values in one cell, parted by `|`, `;` or a new line.
        minimum: least value allowed, as text, for numbers and amounts.
        words: for `enum`, their word → ours; for `word`, their word → the fields that it fills.
        help, example: for the explanations of a template.
    """

    field: str
    headers: tuple[str, ...] = Field(min_length=1)
    type: CellType = "text"
    required: bool = False
    empty: Literal["unknown", "none"] = "unknown"
    default: str = ""
    many: bool = False
    minimum: str = ""
    words: Mapping[str, str | Mapping[str, Plain]] = Field(default_factory=dict)
    help: str = ""
    example: str = ""

    @cached_property
    def by_word(self) -> dict[str, str | Mapping[str, Plain]]:
        """The words, as they are compared."""
        return {folded(word): meaning for word, meaning in self.words.items()}

    @cached_property
    def _by_any_gender(self) -> dict[str, str | Mapping[str, Plain]]:
        return {genderless(word): meaning for word, meaning in self.by_word.items()}

    def meaning_of(self, word: str) -> str | Mapping[str, Plain] | None:
        """Read a word, whatever its case, accents, blanks and gender; None = not known."""
        exact = folded(word)
        return self.by_word.get(exact, self._by_any_gender.get(genderless(exact)))

    @cached_property
    def shown_words(self) -> tuple[str, ...]:
        """The words to show to people: the first one of each meaning."""
        first: dict[str, str] = {}
        for word, meaning in self.words.items():
            first.setdefault(repr(meaning), word)
        return tuple(first.values())


class Source(_Model):
    """Where a target's field comes from, when not simply from one column."""

    constant: Plain | None = None
    first: tuple[str, ...] = ()
    digest: tuple[str, ...] = ()
    prefix: str = ""

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.constant is not None) + bool(self.first) + bool(self.digest) != 1:
            raise ValueError("constant, first or digest: exactly one")
        return self


class Target(_Model):
    """One noun that a row speaks of: its fields, each from a column's field or from a `Source`."""

    kind: str
    fields: Mapping[str, str | Source]
    create_only: bool = False


class Profile(_Model):
    """One kind of file.

    Attributes:
        code: unique; the stream of its files begins with it.
        label: French, shown to people.
        kind: the neutral kind when each row is one noun whose fields are the columns'; otherwise `targets`.
        complete: its files show everything: what a later one leaves out is gone.
        key: fields that tell rows apart.
        description: French, for the explanations of a template.
    """

    code: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,60}$")
    label: str
    kind: str = ""
    complete: bool = False
    key: tuple[str, ...] = Field(min_length=1)
    description: str = ""
    rank: int = 0
    match: Match = Match()
    reading: Reading = Reading()
    columns: tuple[Column, ...] = Field(min_length=1)
    targets: tuple[Target, ...] = ()

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if bool(self.kind) == bool(self.targets):
            raise ValueError("kind or targets: exactly one")
        names = {column.field for column in self.columns}
        if len(names) != len(self.columns):
            raise ValueError("two columns fill the same field")
        if missing := sorted(set(self.key) - names):
            raise ValueError("key without a column", *missing)
        seen: dict[str, str] = {}
        for column in self.columns:
            for header in {folded(text) for text in column.headers}:
                if header in seen or not header:
                    raise ValueError("heading used twice or empty", column.field)
                seen[header] = column.field
        return self

    def day_of(self, name: str) -> date | None:
        """Read the day that a file bears at the end of its name; None = none, or none that is sure."""
        found = _DAY.search(PurePath(name).stem) if self.match.day_in_name else None
        if found is None:
            return None
        parts = [int(found[index]) for index in range(1, 7) if found[index]]
        year, month, day = parts if found[1] else reversed(parts)
        try:
            return date(year, month, day)
        except ValueError:
            return None

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """The neutral kinds that its rows speak of."""
        return (self.kind,) if self.kind else tuple(target.kind for target in self.targets)

    @cached_property
    def by_header(self) -> dict[str, Column]:
        """Columns by heading, as headings are compared."""
        return {folded(header): column for column in self.columns for header in column.headers}

    @cached_property
    def must_have(self) -> frozenset[str]:
        """Headings without which a file is not of this profile, as fields or folded headings."""
        return frozenset(column.field for column in self.columns if column.required)


def read_profile(path: Path | Traversable) -> Profile:
    """Read one profile.

    Raises:
        Misconfigured: it cannot be used; `quitus profile check` tells everything that is wrong.
    """
    try:
        content = path.read_bytes()[: PROFILE_BYTES_MAX + 1]
    except OSError as cause:
        raise Misconfigured("profile_unreadable", file=path.name, reason=type(cause).__name__) from cause
    if len(content) > PROFILE_BYTES_MAX:
        raise Misconfigured("profile_unreadable", file=path.name, reason=f"plus de {PROFILE_BYTES_MAX} octets")
    try:
        return Profile.model_validate(tomllib.loads(content.decode("utf-8-sig")))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as cause:
        raise Misconfigured("profile_unreadable", file=path.name, reason=_reason(cause)) from cause


def _reason(cause: Exception) -> str:
    if isinstance(cause, ValidationError):
        first = cause.errors()[0]
        return f"{'.'.join(str(part) for part in first['loc'])} : {first['msg']}"[:300]
    return str(cause)[:300]


def load_profiles(paths: Iterable[Path | Traversable]) -> tuple[Profile, ...]:
    """Read profiles, from files or folders of `.toml` files.

    Raises:
        Misconfigured: one cannot be used, or two bear the same code.
    """
    loaded: dict[str, Profile] = {}
    for path in paths:
        inside = sorted(path.iterdir(), key=lambda item: item.name) if path.is_dir() else [path]
        for file in inside:
            if path.is_dir() and not file.name.endswith(".toml"):
                continue
            profile = read_profile(file)
            if profile.code in loaded:
                raise Misconfigured("profile_twice", file=file.name, profile=profile.code)
            loaded[profile.code] = profile
    return tuple(loaded.values())


def own_profiles() -> tuple[Profile, ...]:
    """Read the profiles of quitus's own templates, in the order in which people fill them in."""
    found = load_profiles([files("integrations.files").joinpath("profiles")])
    return tuple(sorted(found, key=lambda profile: (profile.rank, profile.code)))
