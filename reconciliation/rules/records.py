"""What rules read about agreements, claims, platforms and money: neutral records, three-valued.

Field names are those of the neutral schema (a final `_` avoids a keyword of Python). A field that may be
unknown is `Maybe[…]` and defaults to UNKNOWN; None means "known, and there is none". Amounts are integer
cents, positive unless said; hours and rates are Decimal; days are plain dates (Europe/Paris).
"""

from reconciliation.rules.money_records import (
    AllocationFact,
    BatchFact,
    BatchItem,
    ClaimFact,
    DunningFact,
    LineFact,
    QueuedFact,
    ReceiptFact,
    RemittanceLineFact,
)
from reconciliation.rules.platform_records import (
    ExportFact,
    Sighting,
    Status,
    SubmissionFact,
)
from reconciliation.rules.training_records import (
    AgreementFact,
    CertificateFact,
    ContractFact,
    EnrolmentFact,
    EventFact,
    EvidenceFact,
    FunderFact,
    InstalmentOf,
    Mark,
    OrganisationFact,
    PaymentOn,
    ScheduleLine,
    SessionFact,
    SlotFact,
    Span,
    YearOfPrice,
)

__all__ = [
    "AgreementFact",
    "AllocationFact",
    "BatchFact",
    "BatchItem",
    "CertificateFact",
    "ClaimFact",
    "ContractFact",
    "DunningFact",
    "EnrolmentFact",
    "EventFact",
    "EvidenceFact",
    "ExportFact",
    "FunderFact",
    "InstalmentOf",
    "LineFact",
    "Mark",
    "OrganisationFact",
    "PaymentOn",
    "QueuedFact",
    "ReceiptFact",
    "RemittanceLineFact",
    "ScheduleLine",
    "SessionFact",
    "Sighting",
    "SlotFact",
    "Span",
    "Status",
    "SubmissionFact",
    "YearOfPrice",
]
