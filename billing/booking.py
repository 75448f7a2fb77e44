"""The entry that each money fact makes. Pure: values in, one checked entry out.

Accounts: sales 706/708, VAT 44571, customers 411 by payer, bank 512, suspense 471 (what is received and
not explained), 658 written off, 890 opening. A received euro first goes to suspense; an allocation moves
it to its payer. Source: art. A.47 A-1 LPF for the shape, professional practice for the accounts.
"""

from datetime import date, datetime

from billing.claim import Claim, ClaimKind, ClaimLine, LineKind
from billing.identity import derive_id
from billing.ledger import (
    CUSTOMERS,
    OPENING,
    SALES_OTHER,
    SALES_TRAINING,
    SUSPENSE,
    VAT_COLLECTED,
    WRITE_OFF,
    Entry,
    EntryLine,
    post,
    sided,
)
from billing.money import Money, total
from billing.party import Funder
from billing.payment import Allocation, BankLine, Nature


def _entry(
    journal: str,
    fact: str,
    subject_kind: str,
    subject_id: str,
    on: date,
    recorded_at: datetime,
    piece: str,
    label: str,
    lines: list[EntryLine],
) -> Entry:
    return post(
        Entry(
            id=derive_id("entry", subject_kind, subject_id, fact),
            journal=journal,
            fact=fact,
            subject_kind=subject_kind,
            subject_id=subject_id,
            effective_on=on,
            recorded_at=recorded_at,
            piece=piece,
            piece_on=on,
            label=label,
            lines=tuple(line for line in lines if line.debit or line.credit),
        )
    )


def entry_of_claim(claim: Claim, lines: list[ClaimLine], funder: Funder, recorded_at: datetime) -> Entry:
    """Book a claim that got its number: an invoice debits the customer, a credit note credits it."""
    sign = -1 if claim.kind is ClaimKind.CREDIT_NOTE else 1
    trained = total(line.net for line in lines if line.kind in {LineKind.TRAINING, LineKind.ANNEX})
    other = claim.net - trained
    number = claim.number or ""
    label = f"{'Avoir' if sign < 0 else 'Facture'} {number} {funder.name}"[:120]

    def side(account: str, amount: Money, *, customer: bool = False) -> EntryLine:
        return sided(
            account,
            Money(sign * amount.cents),
            auxiliary=funder.code if customer else "",
            auxiliary_label=funder.name if customer else "",
            label=label,
        )

    fact = "credit" if sign < 0 else "issue"
    return _entry(
        "VE",
        fact,
        "claim",
        claim.id,
        claim.issue_on,
        recorded_at,
        number,
        label,
        [
            side(CUSTOMERS, claim.gross, customer=True),
            side(SALES_TRAINING, -trained),
            side(SALES_OTHER, -other),
            side(VAT_COLLECTED, -claim.vat),
        ],
    )


def entry_of_opening(claim: Claim, opening: Money, funder: Funder, on: date, recorded_at: datetime) -> Entry:
    """Book what was still open of an older claim on the takeover day."""
    number = claim.number or ""
    label = f"Reprise {number} {funder.name}"[:120]
    return _entry(
        "AN",
        "opening",
        "claim",
        claim.id,
        on,
        recorded_at,
        number,
        label,
        [
            sided(CUSTOMERS, opening, auxiliary=funder.code, auxiliary_label=funder.name, label=label),
            sided(OPENING, -opening, label=label),
        ],
    )


def entry_of_bank_line(line: BankLine, ledger_account: str) -> Entry:
    """Book a bank line against suspense; what explains it moves it on."""
    label = (line.label or line.counterparty_name or "Mouvement bancaire")[:120]
    return _entry(
        "BQ",
        "receipt",
        "bank_line",
        line.id,
        line.booked_on,
        line.recorded_at,
        line.bank_reference or line.end_to_end_id or line.fingerprint[:12],
        label,
        [sided(ledger_account, line.amount, label=label), sided(SUSPENSE, -line.amount, label=label)],
    )


def entry_of_allocation(allocation: Allocation, line: BankLine, funder: Funder | None, piece: str) -> Entry:
    """Book an allocation (or its undoing, or what is set aside or refunded): suspense to its account.

    Args:
        allocation: the explained part, signed like the bank line.
        line: the bank line that it explains.
        funder: the payer; None only for what is set aside.
        piece: number of the claim, or the reference of the bank line.
    """
    if allocation.nature is Nature.SET_ASIDE:
        account, auxiliary, name = allocation.account or "580000", "", ""
    else:
        account = CUSTOMERS
        auxiliary, name = (funder.code, funder.name) if funder else ("", "")
    fact = "undo" if allocation.reverses_id else ("refund" if allocation.nature is Nature.REFUND else "allocation")
    label = f"Règlement {piece} {name}".strip()[:120]
    return _entry(
        "OD",
        fact,
        "allocation",
        allocation.id,
        allocation.effective_on,
        allocation.recorded_at,
        piece or line.fingerprint[:12],
        label,
        [
            sided(SUSPENSE, allocation.amount, label=label),
            sided(account, -allocation.amount, auxiliary=auxiliary, auxiliary_label=name, label=label),
        ],
    )


def entry_of_write_off(claim: Claim, amount: Money, funder: Funder, on: date, recorded_at: datetime) -> Entry:
    """Book a part of a claim that will never be paid."""
    label = f"Écart {claim.number} {funder.name}"[:120]
    return _entry(
        "OD",
        f"write_off:{amount.cents}:{on.isoformat()}",
        "claim",
        claim.id,
        on,
        recorded_at,
        claim.number or "",
        label,
        [
            sided(WRITE_OFF, amount, label=label),
            sided(CUSTOMERS, -amount, auxiliary=funder.code, auxiliary_label=funder.name, label=label),
        ],
    )
