"""From a neutral case (parsed JSON) to facts, and from a run to the neutral answer."""

from collections.abc import Mapping
from dataclasses import fields, replace
from functools import cache
from typing import Any, get_args, get_type_hints

from billing.errors import InvalidInput
from reconciliation.rules.facts import Facts
from reconciliation.rules.logic import UNKNOWN, Maybe, Unknown
from reconciliation.rules.reading import Reader, read_value, reader_of
from reconciliation.rules.records import Sighting, Status
from reconciliation.rules.thresholds import Thresholds


def facts_from_plain(objects: Mapping[str, Any], parameters: Thresholds) -> Facts:
    """Read the objects of a neutral case; a kind that is missing was not loaded.

    Raises:
        InvalidInput: `neutral_objects_unreadable`, with the kind concerned.
    """
    known: dict[str, Any] = {}
    for kind, reader in _readers().items():
        if kind in objects:
            try:
                known[kind] = read_value(reader, objects[kind])
            except InvalidInput as cause:
                reason = str(cause.values.get("reason", ""))
                raise InvalidInput("neutral_objects_unreadable", kind=kind, reason=reason) from cause
    if "platform_snapshots" in known:
        known["platform_snapshots"] = tuple(_mapped(item, parameters) for item in known["platform_snapshots"])
    return Facts(**known)


@cache
def _readers() -> dict[str, Reader]:
    hints = get_type_hints(Facts)
    return {field.name: reader_of(_loaded(hints[field.name])) for field in fields(Facts)}


def _loaded(hint: Any) -> Any:  # noqa: ANN401 - an annotation
    return next(argument for argument in get_args(hint) if argument is not Unknown)


def _mapped(sighting: Sighting, parameters: Thresholds) -> Sighting:
    return replace(sighting, status=_meaning(sighting.platform, sighting.object, sighting.raw_status, parameters))


def _meaning(platform: str, thing: str, word: Maybe[str | None], parameters: Thresholds) -> Status | None:
    if word is UNKNOWN or word is None:
        return None
    return parameters.status_maps.get(platform, {}).get(thing, {}).get(word.strip().casefold())
