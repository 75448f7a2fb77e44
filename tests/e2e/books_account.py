"""An account of everything that a night leaves behind, by natural keys, fit to be compared with another night's.

What is left out, and why (nothing else may differ between a night that was killed and one that was not):

* instants (`recorded_at`, `seen_at`, `not_before`, leases) and the day's journal, which tells of every attempt;
* a submission's attempts, checks and owner;
* ids of allocations, which are drawn, and of sightings on a platform, which hold their instant;
* the platform's own references, days and digests: it numbers deposits as they come, and an invoice that was sent,
  lost and asked about is known by another of its references than one whose deposit was answered;
* how many rows of a file were new: those taken in before the kill are "unchanged" when it is read again;
* the order in which entries were recorded (`sequence`), which must still be without a gap.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from enum import Enum
from hashlib import sha256
from pathlib import Path
from typing import Any

from billing.agreement import PlatformRecord
from billing.money import Money
from billing.ports import UnitOfWork
from console import house
from integrations.database.tables import REPOSITORIES
from tests.e2e import small
from workers.bootstrap import Runtime

INSTANTS = frozenset({"recorded_at", "seen_at"})
LEFT_OUT: Mapping[str, frozenset[str]] = {
    "submissions": frozenset(
        {
            *("not_before", "attempt", "checks", "owner", "send_by", "lease_until", "settle_until"),
            *("external_reference", "request_digest", "response_digest"),
        }
    ),
    "claims": frozenset({"external_reference"}),
    "allocations": frozenset({"id"}),
    "platform_records": frozenset({"id"}),
    "imported_files": frozenset({"new", "changed", "unchanged"}),
}
NOT_TOLD = frozenset({"attempts"})


def account(runtime: Runtime, home: Path, received: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Tell everything as sorted lines of text, by chapter."""
    told: dict[str, list[str]] = {}
    organisation_id, _slug = runtime.organisation(small.SLUG)
    with runtime.books.open_books(organisation_id, "test", read_only=True) as uow:
        for name in REPOSITORIES:
            if name not in NOT_TOLD:
                told[name] = sorted(_line(name, noun) for noun in getattr(uow, name).stream())
        told["submissions that have no reference"] = [
            row.id for row in uow.submissions.find(state="accepted") if not row.external_reference
        ]
        told["money"] = sorted(_money(uow))
        told["entries"] = sorted(_entries(uow))
        told["numbering"] = _numbering(uow)
    told["proof"] = [str(house.verify(runtime, organisation_id, lambda _count: None)["problems"])]
    lines = [(item["outcome"], item["business_key"], item["number"], item["amount_cents"]) for item in received]
    told["platform: accepted, each time"] = sorted(str(line) for line in lines if line[0] == "accepted")
    told["platform: refused"] = sorted({str(line) for line in lines if line[0] != "accepted"})
    told["inbox"] = _files(home / "inbox")
    told["outbox"] = _files(home / "outbox")
    return told


def _line(name: str, noun: Any) -> str:
    hidden = INSTANTS | LEFT_OUT.get(name, frozenset())
    if isinstance(noun, PlatformRecord) and noun.subject_kind == "claim":
        hidden |= {"external_id", "status_since"}
    values = {field.name: _plain(getattr(noun, field.name)) for field in fields(noun) if field.name not in hidden}
    return " ".join(f"{key}={value!r}" for key, value in values.items())


def _plain(value: Any) -> object:
    match value:
        case Money():
            return value.cents
        case Enum():
            return value.value
        case _:
            return value


def _money(uow: UnitOfWork) -> Iterable[str]:
    """Tell each allocation by what people know of it."""
    lines = {line.id: line for line in uow.bank_lines.stream()}
    numbers = {claim.id: claim.number for claim in uow.claims.stream()}
    for item in uow.allocations.stream():
        line = lines[item.bank_line_id]
        yield f"{line.label} {line.amount.cents} → {numbers.get(item.claim_id or '')} {item.amount.cents} {item.nature}"


def _entries(uow: UnitOfWork) -> Iterable[str]:
    drawn = {item.id for item in uow.allocations.stream()}
    for entry in uow.entries():
        subject = "" if entry.subject_id in drawn else entry.subject_id
        lines = [f"{line.account} {line.auxiliary} {line.debit.cents} {line.credit.cents}" for line in entry.lines]
        about = f"{entry.journal} {entry.fact} {entry.subject_kind} {subject} {entry.effective_on}"
        yield f"{about} {entry.piece} {entry.piece_on} {entry.label} {lines}"


def _numbering(uow: UnitOfWork) -> list[str]:
    """Tell our own series, and whether claims' numbers and entries' sequence have holes."""
    ours = sorted(claim.sequence for claim in uow.claims.stream() if claim.origin == "issued" and claim.sequence)
    booked = [entry.sequence for entry in uow.entries()]
    return [
        f"claims without a hole: {ours == list(range(1, len(ours) + 1))}, {len(ours)}",
        f"entries without a hole: {sorted(booked) == list(range(1, len(booked) + 1))}",
    ]


def _files(folder: Path) -> list[str]:
    return sorted(
        f"{path.relative_to(folder)} {sha256(path.read_bytes()).hexdigest()}"
        for path in folder.rglob("*")
        if path.is_file()
    )


def differences(reference: Mapping[str, list[str]], other: Mapping[str, list[str]]) -> list[str]:
    """List what one account tells and the other does not."""
    found = []
    for chapter, lines in reference.items():
        theirs = other[chapter]
        found += [f"{chapter}: missing: {line}" for line in lines if line not in theirs]
        found += [f"{chapter}: too much: {line}" for line in theirs if line not in lines]
        if len(lines) != len(theirs):
            found.append(f"{chapter}: {len(lines)} expected, {len(theirs)} found")
    return found
