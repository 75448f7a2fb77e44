"""What payers want beyond the law: read from `wishes.toml`, judged here."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files

from billing.errors import Finding
from integrations.facturx.published.models import AskedInvoice
from integrations.facturx.published.reading import Located


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a public buyer's portal takes; zero = no limit."""

    number_length_max: int = 0
    attachment_bytes_max: int = 0
    document_bytes_max: int = 0
    attachment_name_max: int = 0
    attachment_extensions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What one kind of payer wants."""

    requires: tuple[str, ...] = ()
    public: bool = False
    limits: Limits = Limits()


NOTHING = Wishes()


def read_wishes() -> Mapping[str, Wishes]:
    """Read the shipped wishes, by kind of buyer."""
    text = files("integrations.facturx.published").joinpath("wishes.toml").read_text(encoding="utf-8")
    content = tomllib.loads(text)
    raw = {key: value for key, value in content.pop("public_limits").items() if key != "source"}
    limits = Limits(**{**raw, "attachment_extensions": tuple(raw["attachment_extensions"])})
    return {
        kind: Wishes(
            requires=tuple(value["requires"]),
            public=value.get("public", False),
            limits=limits if value.get("public", False) else Limits(),
        )
        for kind, value in content.items()
    }


def wishes_findings(asked: AskedInvoice, wishes: Wishes) -> Iterator[Located]:
    """Judge an invoice by its buyer's wishes and by those that it brings itself."""
    for requirement in dict.fromkeys((*wishes.requires, *asked.wishes.requires)):
        pointer, present = _requirement(asked, requirement)
        if not present:
            yield _at(pointer, "wish_missing", {"what": WORDS[requirement]})
    limits = wishes.limits
    lengths = [length for length in (limits.number_length_max, asked.wishes.number_length_max) if length]
    if lengths and len(asked.number) > min(lengths):
        yield _at("/number", "wish_number_too_long", {"number": asked.number[:60], "maximum": min(lengths)})
    yield from _attachments(asked, limits)


WORDS = {
    "engagement": "le numéro d’engagement (BT-13)",
    "service_code": "le code service (BT-10)",
    "contract": "le numéro de convention ou de marché (BT-12)",
    "dossier": "le numéro de dossier",
    "project": "le projet ou le lot (BT-11)",
    "training": "l’intitulé de la formation",
    "learners": "les noms des stagiaires",
    "period": "la période de formation",
    "certificate": "le certificat de réalisation en pièce jointe",
    "buyer_siret": "le SIRET de l’acheteur",
    "order_line": "la ligne du bon de commande, sur chaque ligne",
}
_REFERENCES = ("engagement", "service_code", "contract", "dossier", "project", "training")


def _requirement(asked: AskedInvoice, requirement: str) -> tuple[str, bool]:
    """Say where it should stand, and whether it does; a dossier, names and days may stand on each line."""
    lines = asked.lines
    if requirement in _REFERENCES:
        present = bool(getattr(asked.references, requirement))
        if requirement == "dossier":
            present = present or all(line.dossier for line in lines)
        if requirement in {"training", "dossier"} and not any(line.kind == "training" for line in lines):
            present = True
        return f"/references/{requirement}", present
    if requirement == "buyer_siret":
        return "/buyer/siret", bool(asked.buyer.siret)
    if requirement == "certificate":
        return "/attachments", any(item.kind == "certificate" for item in asked.attachments)
    trained = [line for line in lines if line.kind == "training"]
    if requirement == "learners":
        return "/learners", bool(asked.learners) or all(line.learners for line in trained)
    if requirement == "period":
        return "/period", asked.period is not None or all(line.period for line in trained)
    return "/lines", all(line.order_line for line in lines)


def _attachments(asked: AskedInvoice, limits: Limits) -> Iterator[Located]:
    total = 0
    for index, item in enumerate(asked.attachments):
        pointer, name = f"/attachments/{index}", item.name[-60:]
        total += len(item.content)
        if limits.attachment_bytes_max and len(item.content) > limits.attachment_bytes_max:
            values: dict[str, str | int | bool | None] = {
                "name": name,
                "megabytes": -(-len(item.content) // 1_000_000),
                "maximum": limits.attachment_bytes_max // 1_000_000,
            }
            yield _at(f"{pointer}/content", "wish_attachment_too_large", values)
        if limits.attachment_name_max and len(item.name) > limits.attachment_name_max:
            yield _at(
                f"{pointer}/name",
                "wish_attachment_name_too_long",
                {"name": name, "maximum": limits.attachment_name_max},
            )
        extension = item.name.rpartition(".")[2].lower() if "." in item.name else ""
        if limits.attachment_extensions and extension not in limits.attachment_extensions:
            values = {"name": name, "extensions": ", ".join(limits.attachment_extensions)}
            yield _at(f"{pointer}/name", "wish_attachment_extension", values)
    if limits.document_bytes_max and total > limits.document_bytes_max:
        values = {"megabytes": -(-total // 1_000_000), "maximum": limits.document_bytes_max // 1_000_000}
        yield _at("/attachments", "wish_attachments_too_large", values)


def _at(pointer: str, code: str, values: dict[str, str | int | bool | None]) -> Located:
    return Located(pointer=pointer, finding=Finding(code=code, where=pointer, values=values))
