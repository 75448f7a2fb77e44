"""Checking a profile before it is used: everything that is wrong with it, at once."""

import tomllib
from collections.abc import Iterator
from importlib.resources.abc import Traversable
from pathlib import Path

from pydantic import ValidationError

from billing.errors import Finding, Misconfigured, Severity
from billing.usecases.take_in_kinds import KINDS, Kind
from integrations.files.profile import Column, Profile, Source, Target, read_profile


def check_profile(path: Path | Traversable) -> list[Finding]:
    """List what is wrong with a profile; an empty list means that it can be used."""
    try:
        profile = read_profile(path)
    except Misconfigured as error:
        return list(_unreadable(path, error))
    return list(_check(path.name, profile))


def _unreadable(path: Path | Traversable, error: Misconfigured) -> Iterator[Finding]:
    cause = error.__cause__
    if isinstance(cause, ValidationError):
        for problem in cause.errors():
            place = ".".join(str(part) for part in problem["loc"])
            yield Finding(
                code="profile_key_invalid",
                where=f"{path.name} {place}".strip(),
                values={"reason": problem["msg"][:200]},
            )
        return
    line = str(cause)[:200] if isinstance(cause, tomllib.TOMLDecodeError) else str(error.values.get("reason"))
    yield Finding(code="profile_unreadable", where=path.name, values={"file": path.name, "reason": line})


def _check(file: str, profile: Profile) -> Iterator[Finding]:
    columns = {column.field: column for column in profile.columns}
    produced = set(columns) | _spread(profile)
    targets = profile.targets or (
        Target(kind=profile.kind, fields={name: name for name in produced if name != "known" or profile.targets}),
    )
    for target in targets:
        kind = KINDS.get(target.kind)
        if kind is None:
            known = ", ".join(sorted(KINDS))
            yield _finding(file, "profile_kind_unknown", kind=target.kind, known=known)
            continue
        yield from _check_target(file, target, kind, columns, produced, whole=not profile.targets)
    for column in profile.columns:
        yield from _check_column(file, column)


def _spread(profile: Profile) -> set[str]:
    """List the fields that words fill."""
    fields = {"known"} if any(column.type == "word" for column in profile.columns) else set()
    for column in profile.columns:
        for meaning in column.words.values():
            fields.update(meaning if not isinstance(meaning, str) else ())
    return fields


def _check_target(
    file: str, target: Target, kind: Kind, columns: dict[str, Column], produced: set[str], *, whole: bool
) -> Iterator[Finding]:
    for name in sorted(set(target.fields) - kind.fields):
        if not (whole and (name == "known" or columns[name].type == "currency")):
            yield _finding(file, "profile_field_unknown", kind=kind.name, field=name)
    for name in sorted(kind.needed - set(target.fields)):
        yield _finding(file, "profile_field_missing", kind=kind.name, field=name)
    for name, source in target.fields.items():
        used = [source] if isinstance(source, str) else [*source.first, *source.digest]
        for field in used:
            if field not in produced:
                yield _finding(file, "profile_source_unknown", kind=kind.name, field=name, source=field)
        if name in kind.words:
            allowed = {str(member.value) for member in kind.words[name]}
            for word in _words_for(source, columns):
                if word not in allowed:
                    yield _finding(
                        file, "profile_word_invalid", field=name, word=word, known=", ".join(sorted(allowed))
                    )


def _words_for(source: str | Source, columns: dict[str, Column]) -> Iterator[str]:
    """List the words of ours that a field may receive."""
    if isinstance(source, Source):
        if source.constant is not None:
            yield str(source.constant)
        return
    for column in columns.values():
        for meaning in column.words.values():
            if isinstance(meaning, str):
                if column.field == source:
                    yield meaning
            elif source in meaning:
                yield str(meaning[source])


def _check_column(file: str, column: Column) -> Iterator[Finding]:
    has_words = column.type in {"enum", "word"}
    if has_words != bool(column.words):
        yield _finding(file, "profile_words_misplaced", field=column.field, type=column.type)
    for word, meaning in column.words.items():
        if isinstance(meaning, str) == (column.type == "word"):
            yield _finding(file, "profile_words_misplaced", field=column.field, type=f"{column.type} ({word})")
            break
    if len(column.by_word) != len(column.words):
        yield _finding(file, "profile_word_twice", field=column.field)
    if column.required and column.default:
        yield _finding(file, "profile_default_useless", Severity.WARNING, field=column.field)


def _finding(file: str, code: str, severity: Severity = Severity.ERROR, **values: str) -> Finding:
    return Finding(code=code, where=file, severity=severity, values=dict(values))
