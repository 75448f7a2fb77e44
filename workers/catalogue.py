"""Data files that the core never opens itself: French texts and shipped parameters."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

from billing.errors import Finding, QuitusError, Values
from billing.identity import derive_id
from billing.parameters_book import Parameter


def _toml_files(package: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for file in sorted(files(package).iterdir(), key=lambda item: item.name):
        if file.name.endswith(".toml"):
            yield file.name, tomllib.loads(file.read_text(encoding="utf-8"))


def shipped_parameters() -> list[Parameter]:
    """Read the effective-dated values that come with quitus."""
    parameters = []
    for _name, content in _toml_files("billing.parameters"):
        for row in content.get("parameter", ()):
            starts_on: date = row["from"]
            parameters.append(
                Parameter(
                    id=derive_id("parameter", row["key"], starts_on.isoformat(), "shipped"),
                    key=row["key"],
                    starts_on=starts_on,
                    value=str(row["value"]),
                    source=row["source"],
                    shipped=True,
                    needs_confirmation=bool(row.get("needs_confirmation", False)),
                )
            )
    return parameters


class _Gaps(dict[str, object]):
    """Lets a sentence be written even when a value is missing: the gap is shown, nothing fails."""

    def __missing__(self, key: str) -> str:
        return f"«{key}»"


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    return {
        kind: words
        for _name, content in _toml_files("billing.texts")
        for kind, words in content.get("words", {}).items()
    }


def named(kind: str, value: str) -> str:
    """Say in French a state, a family, a nature… of a kind (`[words.<kind>]`); what has no word stays as it is."""
    return _words().get(kind, {}).get(value, value)


def word(member: Enum) -> str:
    """Say a member of an enumeration in French."""
    return named(type(member).__name__, str(member.value))


DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
PLACE = re.compile(r"line (\d+),? column (\d+)")
"""Where a parser stopped, in its own words."""

MATCHING = ("matching_reasons", "matching_rules", "matching_facts", "set_aside")
"""What explains a bank line: why it waits, which rule decided, on which facts, what it was set aside for."""

TABLES = ("errors", "findings", "anomalies", "labels", "facts", "parameters", "reasons", "official", *MATCHING)
AdapterTexts = Mapping[str, Mapping[str, str]]


def _told(value: object) -> str | None:
    """Write a state, a number or a day as people do; None when it is to be shown as it is."""
    match value:
        case Enum():
            return word(value)
        case Decimal():
            return format(value.normalize(), "f").replace(".", ",")
        case date():
            return f"{value:%d/%m/%Y}"
        case str() if DAY.fullmatch(value):
            return "/".join(reversed(value.split("-")))
    return None


@dataclass
class Texts:
    """French sentences by code, from billing's files and the adapters'."""

    adapters: tuple[AdapterTexts, ...] = ()
    platforms: Mapping[str, str] = field(default_factory=dict)
    """Display names by code: people read names."""

    @cached_property
    def _sentences(self) -> dict[tuple[str, str], str]:
        contents: list[Mapping[str, Any]] = [content for _name, content in _toml_files("billing.texts")]
        return {
            (table, code): str(text)
            for content in [*contents, *self.adapters]
            for table in TABLES
            for code, text in content.get(table, {}).items()
        }

    def sentence(self, table: str, code: str, values: Values | Mapping[str, object]) -> str:
        """Write the sentence of a code; an unknown code is shown as it is, with its values."""
        text = self._sentences.get((table, code))
        if text is None:
            return " ".join([code, *(f"{key}={value}" for key, value in values.items())])
        # A place that is shown beside the sentence is left empty in it.
        return text.format_map(_Gaps({**values, **self._words(values)})).removeprefix(" : ")

    def _words(self, values: Values | Mapping[str, object]) -> dict[str, str]:
        """Put states, the platform's name, an event and a technical reason in words, where there are words for them."""
        words = {key: told for key, value in values.items() if (told := _told(value)) is not None}
        if "event" in values and "event" not in words:
            words["event"] = named("Event", str(values["event"]))
        if (name := self.platforms.get(str(values.get("platform")))) is not None:
            words["platform"] = name
        if "step" in values:
            words["step"] = named("Step", str(values["step"]))
        if "reason" in values:
            words["reason"] = self.reason(str(values["reason"]))
        return words

    def reason(self, reason: str) -> str:
        """Say a technical reason in French: a code of ours, a place in a text, or what the system said."""
        if (told := self._sentences.get(("labels", f"reason_{reason}"))) is not None:
            return told
        if reason.startswith("http_"):
            return reason.replace("http_", "HTTP ")
        if place := PLACE.search(reason):
            return "ligne {}, colonne {}".format(*place.groups())
        parts = (text for (table, part), text in self._sentences.items() if table == "reasons" and part in reason)
        return next(parts, reason)

    def of_check(self, finding: Finding) -> str:
        """Write a finding of a document's check; an official rule has its sentence by rule, else by family."""
        from integrations.facturx.wording import OFFICIAL, sentence_keys  # noqa: PLC0415 - pages and schemas beside it

        text = self.of_finding(finding)
        if finding.code != OFFICIAL:
            return text
        keys = (("official", key) for key in sentence_keys(finding))
        text = next((self._sentences[key] for key in keys if key in self._sentences), text)
        return f"{finding.where} : {text[:1].lower()}{text[1:]}" if finding.where else text

    def of_error(self, error: QuitusError) -> str:
        """Write what happened and what to do; what is wrong with one value has its sentence among the findings."""
        table = "errors" if ("errors", error.code) in self._sentences else "findings"
        return self.sentence(table, error.code, {"where": "", **error.values})

    def of_finding(self, finding: Finding) -> str:
        """Write what is wrong and how to mend it."""
        return self.sentence("findings", finding.code, {"where": finding.where, **finding.values})
