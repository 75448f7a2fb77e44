"""Gap-free sequences of an organisation, each a row that is locked while it grows."""

from dataclasses import dataclass

from integrations.database.transaction import Transaction
from integrations.database.types import SQLITE

TABLE = "sequences"


@dataclass(frozen=True, slots=True)
class Head:
    """The last number given, and the hash of what bears it (empty where nothing is chained)."""

    last: int
    head: str


def take_head(transaction: Transaction, name: str) -> Head:
    """Read where a sequence stands and hold it until the end of the transaction."""
    mark, organisation = transaction.mark, transaction.organisation_id
    lock = "" if transaction.dialect == SQLITE else " FOR UPDATE"
    select = f"SELECT last, head FROM sequences WHERE organisation_id = {mark} AND name = {mark}{lock}"  # noqa: S608 - no value in the text
    rows = transaction.read(TABLE, select, (organisation, name))
    if not rows:
        insert = (
            f"INSERT INTO sequences (organisation_id, name, last, head) VALUES ({mark}, {mark}, 0, '') "  # noqa: S608 - same
            "ON CONFLICT DO NOTHING"
        )
        transaction.write(TABLE, insert, [(organisation, name)])
        rows = transaction.read(TABLE, select, (organisation, name))
    return Head(int(rows[0][0]), str(rows[0][1]))


def store_head(transaction: Transaction, name: str, head: Head) -> None:
    """Write where a sequence stands now."""
    mark = transaction.mark
    update = f"UPDATE sequences SET last = {mark}, head = {mark} WHERE organisation_id = {mark} AND name = {mark}"  # noqa: S608 - same
    transaction.write(TABLE, update, [(head.last, head.head, transaction.organisation_id, name)])
