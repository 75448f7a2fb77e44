"""Evidence of a match: a tuple of independent facts, each with its level; never a score.

A decision is explained by which facts agree (who pays, which reference, how much, whose advice). Two facts
that contradict each other stop a match; no quantity of agreement on one of them makes up for it.
Facts carry ids, codes and cents: no name, no IBAN, no text of the bank line.
"""

from dataclasses import dataclass
from enum import StrEnum


class PayerLevel(StrEnum):
    """How the payer of a bank line was recognised, strongest first."""

    IBAN = "iban"
    NAME = "name"
    """The counterparty's name is the payer's name or one of its aliases."""
    LABEL = "label"
    """The name stands in the label."""
    CONFLICT = "conflict"
    """The account says one payer and the name another."""
    UNKNOWN = "unknown"


class Agreement(StrEnum):
    """Whether the payer recognised is the debtor of what is matched."""

    SAME = "same"
    OTHER = "other"
    UNKNOWN = "unknown"


class ReferenceLevel(StrEnum):
    """How what is matched was named."""

    EXACT = "exact"
    SEVERAL = "several"
    """Several references, each exact."""
    DIGITS = "digits"
    """Only the running number stands in the label."""
    NEAR = "near"
    """One character differs, or the end was cut off."""
    ADVICE = "advice"
    EARLIER = "earlier"
    """Through the earlier line that this one gives back."""
    NONE = "none"


class AmountLevel(StrEnum):
    """How the amount compares with what is open."""

    EXACT = "exact"
    SUM = "sum"
    SHORT = "short"
    OVER = "over"
    REVERSED = "reversed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The facts for one candidate.

    Attributes:
        extra: further facts, `name=value`, in the order in which they were found.
    """

    payer: PayerLevel
    agreement: Agreement
    reference: ReferenceLevel
    amount: AmountLevel
    extra: tuple[str, ...] = ()

    def facts(self) -> tuple[str, ...]:
        """Put the evidence in the form that is stored on an allocation: `name=value`, no personal data."""
        return (
            f"payer={self.payer.value}",
            f"agreement={self.agreement.value}",
            f"reference={self.reference.value}",
            f"amount={self.amount.value}",
            *self.extra,
        )
