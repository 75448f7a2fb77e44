"""What a bank file holds, told without any database: `quitus bank inspect`."""

from pathlib import Path
from typing import Any

from integrations.bank.detect import open_statement_file


def inspect(path: Path) -> dict[str, Any]:
    """Describe a bank file; amounts in cents, debits negative, `balanced` None when it has no balances to check.

    Raises:
        InvalidInput: it cannot be read.
    """
    found = open_statement_file(path)
    return {
        "file": found.name,
        "format": found.format,
        "sha256": found.sha256,
        "statements": [
            {
                "account": statement.account,
                "reference": statement.reference,
                "currency": statement.currency,
                "first_on": statement.first_on.isoformat() if statement.first_on else None,
                "last_on": statement.last_on.isoformat() if statement.last_on else None,
                "opening_cents": statement.opening_cents,
                "closing_cents": statement.closing_cents,
                "balanced": statement.balanced,
                "credits_cents": statement.credits_cents,
                "debits_cents": statement.debits_cents,
                "transactions": statement.transactions,
                "unreadable": statement.unreadable,
                "pending": statement.pending,
            }
            for statement in found.statements
        ],
    }
