"""Suppliers' invoices that people drop: told from other files by their bytes, checked, and put to their supplier.

Nothing is opened in this process: `CheckPool` reads and checks each file in a process with bounded time and memory.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

from billing.errors import Finding, Severity
from billing.supplier import SupplierInvoice
from billing.usecases.take_in import Counts
from billing.usecases.take_in_suppliers import SupplierOutcome, SupplierTakenIn, take_in_supplier_invoice
from integrations.facturx import Document
from workers.bootstrap import Runtime

PROFILE = "supplier_invoice"
HEAD_BYTES = 4_096
FINDINGS_TOLD_MAX = 3
_MARKS = (b"CrossIndustryInvoice", b"ubl:schema:xsd:Invoice-", b"ubl:schema:xsd:CreditNote-")
_CHANGED = (Finding(code="supplier_invoice_changed"),)
_NOT_READ = (Finding(code="supplier_invoice_unreadable"),)


def is_invoice(path: Path) -> bool:
    """Tell an invoice (any PDF, or an XML with the root of one) from a bank file, by its first bytes."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError:
        return False
    if b"%PDF-" in head[:1_024] or path.suffix.lower() == ".pdf":
        return True
    return any(mark in head.replace(b"\0", b"") for mark in _MARKS)


def read_invoices(
    runtime: Runtime, organisation_id: str, paths: Sequence[Path], *, actor: str
) -> Iterator[tuple[Path, Counts | None, str]]:
    """Read invoices one after the other: what became of each, and what a person should know.

    Yields:
        The path, its counts (None: it cannot be read at all), and sentences (empty: nothing to say).
    """
    from integrations.facturx.checking import CheckPool  # noqa: PLC0415 - its libraries are heavy, and seldom needed

    if not paths:
        return
    with CheckPool() as pool:
        for path, checked in zip(paths, pool.check(paths, with_document=True), strict=True):
            read = checked.read
            if read is None or read.document is None:
                findings = read.findings if read is not None else checked.findings
                yield path, None, _told(runtime, path, findings or _NOT_READ)
                continue
            content = _same_bytes(path, read.sha256)
            if content is None:
                yield path, None, _told(runtime, path, _CHANGED)
                continue
            invoice = supplier_invoice(read.document, read.sha256, checked.findings)
            taken = take_in_supplier_invoice(
                runtime.books.open_books,
                organisation_id,
                invoice,
                content,
                name=path.name,
                media_type="application/pdf" if checked.kind == "pdf" else "application/xml",
                actor=actor,
            )
            yield path, _counts(taken), _told(runtime, path, _worth_telling(taken, checked.findings))


def supplier_invoice(document: Document, digest: str, findings: tuple[Finding, ...]) -> SupplierInvoice:
    """Put a document that was read into billing's noun."""
    totals = document.totals
    return SupplierInvoice(
        sha256=digest,
        number=document.number,
        type=str(document.type),
        is_credit=document.is_credit,
        issue_on=document.issue_on,
        due_on=document.due_on,
        net=abs(totals.net),
        vat=abs(totals.vat),
        gross=abs(totals.gross),
        seller_name=document.seller.name,
        seller_siren=document.seller.siren,
        seller_siret=document.seller.siret,
        seller_vat_number=document.seller.vat_number,
        buyer_name=document.buyer.name,
        buyer_siren=document.buyer.siren,
        iban=document.payment.iban,
        findings=findings,
    )


def _same_bytes(path: Path, digest: str) -> bytes | None:
    """Read the file that was checked; None when it is gone or no longer the same."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    return content if sha256(content).hexdigest() == digest else None


def _counts(taken: SupplierTakenIn) -> Counts:
    return Counts(
        read=1,
        new=int(taken.outcome is SupplierOutcome.NEW),
        unchanged=int(taken.outcome is SupplierOutcome.KNOWN),
        quarantined=int(taken.outcome is SupplierOutcome.QUARANTINED),
    )


def _worth_telling(taken: SupplierTakenIn, checked: tuple[Finding, ...]) -> tuple[Finding, ...]:
    if taken.outcome is SupplierOutcome.KNOWN:
        return ()
    errors = tuple(finding for finding in checked if finding.severity is Severity.ERROR)
    return (*taken.findings, *(errors if taken.outcome is SupplierOutcome.NEW else ()))


def _told(runtime: Runtime, path: Path, findings: tuple[Finding, ...]) -> str:
    if not findings:
        return ""
    sentences = [runtime.texts.of_check(finding) for finding in findings[:FINDINGS_TOLD_MAX]]
    if len(findings) > FINDINGS_TOLD_MAX:
        more = Finding(code="supplier_invoice_more", values={"count": len(findings) - FINDINGS_TOLD_MAX})
        sentences.append(runtime.texts.of_finding(more))
    return f"{path.name} : {' '.join(sentences)}"
