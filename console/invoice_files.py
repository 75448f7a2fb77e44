"""Where rendered invoices go: safe names from any number, and never over another file."""

import os
import re
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from billing.errors import Finding
from billing.parameters_book import ParameterBook

if TYPE_CHECKING:
    from datetime import date

    from integrations.facturx.published import LegalTerms, Located, Order
    from workers.catalogue import Texts

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9+_-]*")
_RESERVED = re.compile(r"(?i)con|prn|aux|nul|com[0-9]|lpt[0-9]")
"""Names that Windows keeps for its devices, with any extension."""
JSON_READ_MAX = 200_000_001
"""Bytes read of an input: one more than the reader takes, so that it can say that it is too large."""


def file_name(number: str) -> str:
    """Make a file name of an invoice number; a number that is no plain name keeps a digest, so that no two meet."""
    if _PLAIN.fullmatch(number) and not _RESERVED.fullmatch(number):
        return f"{number}.pdf"
    digest = sha256(number.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"facture-{re.sub(r'[^A-Za-z0-9_-]', '-', number)[:60]}-{digest}.pdf"


def write_new(target: Path, content: bytes) -> bool:
    """Write a file whole, unless another one stands there; False when it does. The same bytes are no other file."""
    if target.is_symlink():
        return False
    handle, name = tempfile.mkstemp(prefix=".quitus-", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        temporary.chmod(0o644)
        try:
            os.link(temporary, target)  # fails where a file stands, as no rename does
        except FileExistsError:
            return target.is_file() and target.read_bytes() == content
        except OSError:  # a volume without hard links
            if target.exists():
                return target.is_file() and target.read_bytes() == content
            with target.open("xb") as file:
                file.write(content)
        return True
    finally:
        temporary.unlink()


def read_input(file: Path) -> bytes:
    """Read an input, bounded."""
    with file.open("rb") as stream:
        return stream.read(JSON_READ_MAX)


def legal_terms(book: ParameterBook, on: "date") -> "LegalTerms":
    """Gather the values of law on a day."""
    from integrations.facturx.published import LegalTerms  # noqa: PLC0415 - lazy

    return LegalTerms(
        late_penalty_rate=book.text("late_penalty_rate", on),
        late_penalty_rate_public=book.text("invoice.late_penalty_rate_public", on),
        retraction_days=book.integer("invoice.retraction_days", on),
        retraction_days_at_distance=book.integer("invoice.retraction_days_at_distance", on),
        share_before_start=book.decimal("invoice.share_before_start", on),
        holdback_percent_max=book.decimal("invoice.holdback_percent_max", on),
    )


def rendered(content: bytes, folder: Path, texts: "Texts") -> Iterator[dict[str, Any]]:
    """Make the file of each invoice of an input; give one description each, in their order."""
    from integrations.facturx.maker import Renderer  # noqa: PLC0415 - lazy: heavy libraries
    from integrations.facturx.published import Orders, read_entries  # noqa: PLC0415 - lazy
    from workers.catalogue import shipped_parameters  # noqa: PLC0415 - lazy

    book = ParameterBook(shipped_parameters())
    entries = list(read_entries(content))
    orders = Orders(Renderer(), lambda on: legal_terms(book, on))
    folder.mkdir(parents=True, exist_ok=True)
    taken: set[str] = set()
    for entry in entries:
        order = orders.make(entry)
        target = folder / file_name(entry.number)
        findings = order.findings
        if entry.number and entry.number.casefold() in taken:
            findings = (*findings, _about_number("render_number_twice", number=entry.number))
        elif not findings and not write_new(target, order.content):
            findings = (_about_number("render_file_differs", file=target.name),)
        taken.add(entry.number.casefold())
        yield described(order, findings, target, texts)


def _about_number(code: str, **values: str) -> "Located":
    from integrations.facturx.published import Located  # noqa: PLC0415 - lazy

    return Located(pointer="/number", finding=Finding(code=code, where="/number", values=values))


def described(order: "Order", findings: "tuple[Located, ...]", target: Path, texts: "Texts") -> dict[str, Any]:
    """Describe what became of one invoice; one that was refused has no file."""
    made = not findings
    index = order.entry.index
    return {
        **({} if index is None else {"index": index}),
        "number": order.entry.number,
        "pdf": str(target) if made else None,
        "profile": order.profile or None,
        "sha256": sha256(order.content).hexdigest() if made else None,
        "findings": [
            {"code": item.finding.code, "path": item.pointer, "text": texts.of_finding(item.finding)}
            for item in findings
        ],
    }


def lines_of(described_invoice: dict[str, Any]) -> Iterator[str]:
    """Write what a person reads of one invoice."""
    number = described_invoice["number"] or f"Facture n° {described_invoice.get('index', 0) + 1} du fichier"
    if described_invoice["pdf"]:
        yield f"{number} : {described_invoice['pdf']} ({described_invoice['profile']})"
        return
    count = len(described_invoice["findings"])
    yield f"{number} : REFUSÉE, {count} point{'s' if count > 1 else ''} à corriger"
    for finding in described_invoice["findings"]:
        yield f"  • {finding['text']}"
