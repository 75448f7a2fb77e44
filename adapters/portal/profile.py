"""Portal profiles: one TOML file says what a portal is called, what a deposit holds and in which order it is keyed."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Any

from billing.errors import Misconfigured
from billing.ports import Parcel, PlatformRole
from billing.submission import SubmissionKind

PROFILE_BYTES_MAX = 200_000
CODE = re.compile(r"portal-[a-z0-9][a-z0-9-]{0,40}")
VALUES = frozenset(
    {"number", "issue_on", "amount", "net", "vat", "buyer.name", "buyer.siret", "buyer.address", "buyer.place"}
)
"""What a field may show; `fact.<name>` shows a fact of the parcel."""
_FACT = re.compile(r"fact\.[a-z_]{1,40}")


class Delivery(StrEnum):
    """How what is prepared reaches the other side."""

    BY_HAND = "by_hand"
    """A person deposits the pack."""
    FILE_DROP = "file_drop"
    """Writing the file is the act."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalField:
    """One field of a sheet, or column of a bordereau."""

    label: str
    value: str
    required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalProfile:
    """One portal."""

    code: str
    name: str
    operator: str
    role: PlatformRole
    source: str
    delivery: Delivery
    act: SubmissionKind
    title: str
    steps: tuple[str, ...]
    sheet: tuple[PortalField, ...]
    bordereau: tuple[PortalField, ...]


def shipped_profiles() -> tuple[PortalProfile, ...]:
    """Read the profiles that are shipped, by code."""
    folder = files("adapters.portal").joinpath("profiles")
    texts = [(item.name, item.read_text(encoding="utf-8")) for item in folder.iterdir() if item.name.endswith(".toml")]
    return tuple(sorted((read_profile(text, name) for name, text in texts), key=lambda profile: profile.code))


def load_profile(path: Path) -> PortalProfile:
    """Read one profile file.

    Raises:
        Misconfigured: it cannot be used; the reason names the place.
    """
    if path.stat().st_size > PROFILE_BYTES_MAX:
        raise _invalid(path.name, "size")
    try:
        return read_profile(path.read_text(encoding="utf-8"), path.name)
    except UnicodeDecodeError as cause:
        raise _invalid(path.name, "utf-8") from cause


def read_profile(text: str, where: str) -> PortalProfile:
    """Read a profile's text.

    Raises:
        Misconfigured: it cannot be used; the reason names the place.
    """
    try:
        tree = tomllib.loads(text)
        profile = PortalProfile(
            code=tree["code"],
            name=tree["name"],
            operator=tree["operator"],
            role=PlatformRole(tree["role"]),
            source=tree["source"],
            delivery=Delivery(tree["delivery"]),
            act=SubmissionKind(tree["act"]),
            title=tree.get("sheet", {}).get("title", ""),
            steps=tuple(tree.get("sheet", {}).get("steps", ())),
            sheet=_fields(tree.get("sheet", {}).get("fields", ()), where),
            bordereau=_fields(tree.get("bordereau", {}).get("columns", ()), where),
        )
    except (tomllib.TOMLDecodeError, KeyError, ValueError, TypeError, AttributeError) as cause:
        raise _invalid(where, str(cause)[:80]) from cause
    if not isinstance(profile.code, str) or not CODE.fullmatch(profile.code):
        raise _invalid(where, "code")
    complete = bool(profile.sheet and profile.bordereau and profile.title)
    if profile.delivery is Delivery.BY_HAND and not complete:
        raise _invalid(where, "sheet, bordereau")
    if profile.delivery is Delivery.FILE_DROP and profile.act is SubmissionKind.CLAIM:
        raise _invalid(where, "act")
    return profile


def value_of(field: PortalField, parcel: Parcel) -> str:
    """Give what a field shows of a parcel, as it is typed: decimal comma, French dates; empty when not known."""
    if field.value.startswith("fact."):
        text = parcel.facts.get(field.value.removeprefix("fact."), "")
        return _french(text)
    buyer = parcel.buyer
    match field.value:
        case "number":
            return parcel.number
        case "issue_on":
            return f"{parcel.issue_on:%d/%m/%Y}"
        case "amount" | "net" | "vat" as name:
            return format(getattr(parcel, name).euros, "f").replace(".", ",")
        case "buyer.place":
            return f"{buyer.postcode} {buyer.city}".strip() if buyer else ""
        case "buyer.address":
            return buyer.address_line if buyer else ""
        case name:
            return str(getattr(buyer, name.removeprefix("buyer."))) if buyer else ""


def _french(text: str) -> str:
    """Turn an ISO date or a decimal point into what French screens take; anything else stays."""
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return f"{text[8:]}/{text[5:7]}/{text[:4]}"
    return text.replace(".", ",") if re.fullmatch(r"-?\d+\.\d+", text) else text


def _fields(items: list[Mapping[str, Any]], where: str) -> tuple[PortalField, ...]:
    fields = tuple(
        PortalField(label=item["label"], value=item["value"], required=bool(item.get("required", False)))
        for item in items
    )
    for field in fields:
        if field.value not in VALUES and not _FACT.fullmatch(field.value):
            raise _invalid(where, field.value[:60])
    return fields


def _invalid(where: str, reason: str) -> Misconfigured:
    return Misconfigured("portal_profile_invalid", file=where, reason=reason)
