"""Which submissions are due; the SQL twin of `billing.submission.is_due` (a test proves that both agree)."""

from collections.abc import Iterable
from datetime import datetime

from billing.submission import SubmissionState
from integrations.database.time_types import Instant
from integrations.database.transaction import Transaction
from integrations.database.types import SQLITE

_DUE = (
    "((state IN ('{ready}', '{doubt}') AND not_before <= {mark}) "
    "OR (state IN ('{sending}', '{checking}') AND lease_until < {mark}))"
)


def due_submissions(transaction: Transaction, now: datetime, limit: int, platforms: Iterable[str] | None) -> list[str]:
    """List ids of due rows: what may have left first, so that new work cannot starve it; then priority and age.

    On PostgreSQL the rows are held until the end of the transaction, and those that another worker holds
    are passed over.
    """
    mark = transaction.mark
    instant = Instant().writer(transaction.dialect)(now)
    due = _DUE.format(
        ready=SubmissionState.READY.value,
        doubt=SubmissionState.IN_DOUBT.value,
        sending=SubmissionState.SENDING.value,
        checking=SubmissionState.CHECKING.value,
        mark=mark,
    )
    values: list[object] = [transaction.organisation_id, instant, instant]
    chosen = ""
    if platforms is not None:
        listed = sorted(set(platforms))
        if not listed:
            return []
        chosen = f" AND platform IN ({', '.join([mark] * len(listed))})"
        values += listed
    lock = "" if transaction.dialect == SQLITE or transaction.read_only else " FOR UPDATE SKIP LOCKED"
    sql = (
        f"SELECT id FROM submissions WHERE organisation_id = {mark} AND {due}{chosen} "  # noqa: S608 - no value in the text
        f"ORDER BY CASE WHEN state = '{SubmissionState.READY.value}' THEN 1 ELSE 0 END, priority, not_before, id "
        f"LIMIT {mark}{lock}"
    )
    return [row[0] for row in transaction.read("submissions", sql, (*values, limit))]
