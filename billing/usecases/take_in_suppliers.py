"""Taking in the invoices of trainers and subcontractors: each file once, to the right supplier, never to ourselves.

The file is kept by its SHA-256 whatever becomes of it. Who sent it is found by SIRET, SIREN or VAT number, and by
name only where nothing contradicts it. What cannot be placed is quarantined with its remedy; giving the same file
again, once the supplier is known, places it. What is wrong in the invoice never refuses it: it is told.
"""

import json
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from billing.errors import Finding, NotFound, Severity, Values
from billing.identity import derive_id, mask, normalised_reference
from billing.intake import ImportedFile, QuarantinedRow
from billing.money import Money
from billing.party import UNKNOWN_SIREN, Organisation, Trainer
from billing.ports import OpenBooks, UnitOfWork
from billing.supplier import ReceivedInvoice, SupplierInvoice

STREAM = "supplier_invoice"
RECEIVED = "supplier_invoice.received"


class SupplierOutcome(StrEnum):
    """What became of a file."""

    NEW = "new"
    KNOWN = "known"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierTakenIn:
    """One file: its outcome, whose invoice it is (empty when quarantined), and what a person should know."""

    outcome: SupplierOutcome
    trainer_id: str = ""
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class _Refusal:
    code: str
    values: Values


def take_in_supplier_invoice(
    open_books: OpenBooks,
    organisation_id: str,
    invoice: SupplierInvoice,
    content: bytes,
    *,
    name: str,
    media_type: str,
    actor: str,
) -> SupplierTakenIn:
    """Take one invoice in.

    Args:
        open_books: factory of units of work.
        organisation_id: whose books.
        invoice: what the file says.
        content: the file itself.
        name: its name, for messages.
        media_type: of the content.
        actor: who acts.

    Raises:
        NotFound: these books have no organisation yet.
    """
    with open_books(organisation_id, actor) as uow:
        organisation = uow.organisations.get(organisation_id)
        if organisation is None:
            raise NotFound("organisation_missing", organisation=organisation_id)
        file_id = derive_id("imported_file", STREAM, invoice.sha256)
        before = uow.imported_files.get(file_id)
        if before is not None and before.new:
            return SupplierTakenIn(outcome=SupplierOutcome.KNOWN, trainer_id=before.stream.split("|")[1])
        placed = _place(uow, organisation, invoice)
        uow.store_document(content, media_type, name)
        if isinstance(placed, _Refusal):
            _quarantine(uow, file_id, invoice, placed, name)
            uow.commit()
            finding = Finding(code=placed.code, where=name, values=placed.values)
            return SupplierTakenIn(outcome=SupplierOutcome.QUARANTINED, findings=(finding,))
        trainer, told = placed
        _keep(uow, file_id, trainer, invoice, name)
        uow.commit()
        return SupplierTakenIn(
            outcome=SupplierOutcome.NEW, trainer_id=trainer.id, findings=(*told, *_about(trainer, invoice, name))
        )


def received_invoices(uow: UnitOfWork) -> list[ReceivedInvoice]:
    """List the suppliers' invoices that the books hold, in the order in which they came."""
    return [
        ReceivedInvoice(
            sha256=str(line.payload["document"]),
            trainer_id=line.subject_id,
            number=str(line.payload["number"]),
            type=str(line.payload["type"]),
            is_credit=bool(line.payload["is_credit"]),
            issue_on=line.effective_on,
            gross=Money(int(str(line.payload["gross_cents"]))),
            errors=int(str(line.payload["errors"])),
        )
        for line in uow.journal()
        if line.type == RECEIVED
    ]


def _place(
    uow: UnitOfWork, organisation: Organisation, invoice: SupplierInvoice
) -> tuple[Trainer, tuple[Finding, ...]] | _Refusal:
    own = "" if organisation.siren == UNKNOWN_SIREN else organisation.siren.value
    seller_siren = siren_of(invoice)
    shown = {"number": invoice.number[:40], "siren": seller_siren[:20] or "non indiqué"}  # never a name: journals, logs
    if own and seller_siren == own:
        return _Refusal("supplier_invoice_is_ours", {"number": invoice.number[:40]})
    if own and invoice.buyer_siren and invoice.buyer_siren != own:
        return _Refusal("supplier_invoice_of_another_buyer", {**shown, "buyer": invoice.buyer_siren[:20]})
    trainers = uow.trainers.find()
    found, by_name = _matching(trainers, invoice, seller_siren)
    if not found:
        return _Refusal("supplier_unknown", shown)
    if len(found) > 1:
        codes = ", ".join(sorted(trainer.code for trainer in found)[:5])
        return _Refusal("supplier_ambiguous", {**shown, "codes": codes})
    trainer = found[0]
    same = uow.imported_files.find(stream=_stream(trainer, invoice))
    if any(file.sha256 != invoice.sha256 and file.new for file in same):
        return _Refusal("supplier_invoice_number_seen", {**shown, "file": same[0].name[:80]})
    told = Finding(
        code="supplier_matched_by_name",
        where=invoice.number[:40],
        severity=Severity.WARNING,
        values={**shown, "code": trainer.code},
    )
    return trainer, (told,) if by_name else ()


def siren_of(invoice: SupplierInvoice) -> str:
    """Tell the seller's SIREN, from whichever identifier holds it; empty when none does."""
    vat = invoice.seller_vat_number.replace(" ", "")
    from_vat = vat[4:] if vat.startswith("FR") and len(vat) == len("FR00") + 9 else ""
    return invoice.seller_siren or invoice.seller_siret[:9] or from_vat


def _matching(trainers: Iterable[Trainer], invoice: SupplierInvoice, siren: str) -> tuple[Sequence[Trainer], bool]:
    """Find whose invoice it is, and whether the name alone says so."""
    trainers = list(trainers)
    exact = [item for item in trainers if item.siret is not None and item.siret.value == invoice.seller_siret]
    if exact:
        return exact, False
    same = [item for item in trainers if siren and item.siret is not None and item.siret.value[:9] == siren]
    if same:
        return same, False
    name = _folded(invoice.seller_name)
    named = [
        item
        for item in trainers
        if item.siret is None
        and name
        and name in {_folded(f"{item.last_name} {item.first_name}"), _folded(f"{item.first_name} {item.last_name}")}
    ]
    return named, True


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()
    return " ".join("".join(char if char.isalnum() else " " for char in plain).split())


def _stream(trainer: Trainer, invoice: SupplierInvoice) -> str:
    return f"{STREAM}|{trainer.id}|{derive_id('supplier_number', normalised_reference(invoice.number))}"


def _about(trainer: Trainer, invoice: SupplierInvoice, name: str) -> Iterable[Finding]:
    """Tell what a person should look at before paying."""
    given = invoice.iban.replace(" ", "").upper()
    if given and trainer.iban is not None and given != trainer.iban.value:
        yield Finding(
            code="supplier_iban_differs",
            where=name,
            severity=Severity.WARNING,
            values={"number": invoice.number[:40], "code": trainer.code, "iban": mask(given)},
        )


def _keep(uow: UnitOfWork, file_id: str, trainer: Trainer, invoice: SupplierInvoice, name: str) -> None:
    uow.imported_files.put(_file(uow, file_id, _stream(trainer, invoice), invoice, name, new=1, quarantined=0))
    for row in uow.quarantine.find(file_id=file_id, cleared=False):
        uow.quarantine.put(replace(row, cleared=True))
    errors = [finding for finding in invoice.findings if finding.severity is Severity.ERROR]
    uow.record(
        type_=RECEIVED,
        subject_kind="trainer",
        subject_id=trainer.id,
        effective_on=invoice.issue_on,
        payload={
            "document": invoice.sha256,
            "number": invoice.number,
            "type": invoice.type,
            "is_credit": invoice.is_credit,
            "net_cents": invoice.net.cents,
            "vat_cents": invoice.vat.cents,
            "gross_cents": invoice.gross.cents,
            "due_on": invoice.due_on.isoformat() if invoice.due_on else None,
            "errors": len(errors),
            "rules": ",".join(sorted({str(finding.values.get("rule") or finding.code) for finding in errors})),
        },
    )


def _quarantine(uow: UnitOfWork, file_id: str, invoice: SupplierInvoice, refusal: _Refusal, name: str) -> None:
    uow.imported_files.put(_file(uow, file_id, STREAM, invoice, name, new=0, quarantined=1))
    uow.quarantine.put(
        QuarantinedRow(
            id=derive_id("quarantine", file_id, "1"),
            file_id=file_id,
            file_name=name,
            stream=STREAM,
            row_key=invoice.sha256,
            line=1,
            column="",
            code=refusal.code,
            values=json.dumps(dict(refusal.values), ensure_ascii=False, sort_keys=True),
            raw=json.dumps(
                {
                    "number": invoice.number,
                    "issue_on": invoice.issue_on.isoformat(),
                    "gross": invoice.gross.french(),
                    "seller": invoice.seller_name,
                    "siren": siren_of(invoice),
                },
                ensure_ascii=False,
            ),
            recorded_at=uow.recorded_at,
        )
    )


def _file(
    uow: UnitOfWork, file_id: str, stream: str, invoice: SupplierInvoice, name: str, *, new: int, quarantined: int
) -> ImportedFile:
    return ImportedFile(
        id=file_id,
        name=name,
        sha256=invoice.sha256,
        profile=STREAM,
        stream=stream,
        read=1,
        new=new,
        changed=0,
        unchanged=0,
        quarantined=quarantined,
        gone=0,
        recorded_at=uow.recorded_at,
    )
