"""What makes wrong what is already settled, what is due on which day, and a document outside the field of VAT."""

from collections.abc import Iterator

from billing.errors import Finding
from billing.money import total
from integrations.facturx.document import DEPOSIT_TYPES, FINAL_PROCESSES, Document, VatCategory


def scope_of(document: Document) -> Iterator[Finding]:
    """Judge a document that is, or holds a line that is, outside the field of VAT."""
    outside = [line.vat.category is VatCategory.OUT_OF_SCOPE for line in document.lines]
    outside += [item.vat.category is VatCategory.OUT_OF_SCOPE for item in document.adjustments if item.vat]
    if any(outside) and not all(outside):  # BR-O-11 to BR-O-14
        yield Finding(code="invoice_scope_mixed")
    for party, where in ((document.seller, "Vendeur"), (document.buyer, "Acheteur")):
        if any(outside) and party.vat_number:  # BR-O-02 to BR-O-04
            yield Finding(code="invoice_scope_with_vat_number", where=where)


def settlement_of(document: Document) -> Iterator[Finding]:
    """Judge the deductions, the schedule, and the deposits that a final invoice stands on."""
    deductions, schedule = document.deductions, document.schedule
    if any(item.amount.cents <= 0 for item in deductions) or (
        deductions and total(item.amount for item in deductions) != document.prepaid
    ):
        yield Finding(code="invoice_deductions_wrong", values={"prepaid": document.prepaid.french()})
    is_final = document.process in FINAL_PROCESSES and document.type not in DEPOSIT_TYPES
    if is_final and not (document.prepaid and document.preceding):  # ours
        yield Finding(code="invoice_final_without_deposit")
    if not schedule:
        return
    summed = total(item.amount for item in schedule)
    if summed != document.totals.due or any(item.amount.cents <= 0 for item in schedule):
        yield Finding(
            code="invoice_schedule_wrong", values={"due": document.totals.due.french(), "sum": summed.french()}
        )
    days = [item.due_on for item in schedule]
    if days != sorted(days) or days[0] != document.due_on:
        yield Finding(code="invoice_schedule_unordered")
