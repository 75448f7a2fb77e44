"""Bank lines, allocations and the payers' advices, as rules read them."""

import re
from dataclasses import dataclass

from billing.identity import normalised_reference
from billing.payment import Allocation, BankLine, Nature
from billing.ports import UnitOfWork
from reconciliation.rules.records import AllocationFact, ReceiptFact, RemittanceLineFact

NATURES = {Nature.PAYMENT: "payment", Nature.DEPOSIT: "deposit", Nature.REFUND: "other", Nature.SET_ASIDE: "other"}
NO_REFERENCE = frozenset({"", "NOTPROVIDED", "NONREF"})
"""What banks write when the payer gave none (camt, MT940: documented)."""
_TOKEN = re.compile(r"[0-9A-Za-z][0-9A-Za-z\-/_.]*")
_DIGITS = re.compile(r"\d")
DIGITS_OF_A_REFERENCE = 4
"""A word with fewer digits is too common to tell two transfers apart [inference]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyFacts:
    """What was read."""

    receipts: tuple[ReceiptFact, ...]
    allocations: tuple[AllocationFact, ...]
    lines: tuple[RemittanceLineFact, ...]


def read_money(uow: UnitOfWork) -> MoneyFacts:
    """Read bank lines, allocations and advices, each in one stream."""
    advices: dict[str, str] = {}
    for item in uow.remittances.stream():
        for reference in (item.reference, item.payment_reference):
            if reference:
                advices.setdefault(normalised_reference(reference), item.id)
    return MoneyFacts(
        receipts=tuple(_receipt(line, advices) for line in uow.bank_lines.stream()),
        allocations=tuple(_allocation(item) for item in uow.allocations.stream()),
        lines=tuple(
            RemittanceLineFact(
                id=item.id,
                advice_id=item.remittance_id,
                invoice_no=item.invoice_reference or None,
                billed_cents=item.billed.cents,
                refaction_cents=item.refaction.cents,
                refaction_status=item.refaction_status,
                reason=item.reason or None,
                net_cents=item.net.cents,
            )
            for item in uow.remittance_lines.stream()
        ),
    )


def _receipt(line: BankLine, advices: dict[str, str]) -> ReceiptFact:
    words = _words(line)
    advice = next((advices[word] for word in words if word in advices), None)
    telling = sorted({word for word in words if len(_DIGITS.findall(word)) >= DIGITS_OF_A_REFERENCE})
    return ReceiptFact(
        id=line.id,
        date=line.booked_on,
        amount_cents=line.amount.cents,
        advice_id=advice if line.amount.cents > 0 else None,
        # The account that paid tells the payer before anybody has decided about the line.
        payer_id=line.counterparty_iban or line.funder_id or line.counterparty_name.strip().casefold() or None,
        reference=" ".join(telling) or None,
    )


def _words(line: BankLine) -> list[str]:
    """The references that a line quotes: what the payer gave first, then the words of the label."""
    given = [] if line.end_to_end_id.upper() in NO_REFERENCE else [line.end_to_end_id]
    return [normalised_reference(word) for word in (*given, *_TOKEN.findall(line.label))]


def _allocation(item: Allocation) -> AllocationFact:
    return AllocationFact(
        id=item.id,
        receipt_id=item.bank_line_id,
        claim_id=item.claim_id,
        agreement_id=item.agreement_id,
        amount_cents=item.amount.cents,
        nature=NATURES[item.nature],
    )
