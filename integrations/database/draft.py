"""Draft the revision that leads from the last one to the tables as they are declared now.

For developers: `python -m integrations.database.draft` prints it; read it, complete it (data, triggers),
save it under `migrations/versions` and run `ruff format`. Column types are written as plain SQLAlchemy ones, so
that a revision stays the same when our own types change.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any, Literal

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.autogenerate.api import AutogenContext
from alembic.runtime.migration import MigrationContext

from integrations.database import schema
from integrations.database.engines import migration_engine
from integrations.database.tables import METADATA
from integrations.database.time_types import Day, Instant, LocalTime
from integrations.database.types import Bytes, Cents, Flag, NounType, Whole

_NAMES: dict[type, str] = {
    Bytes: "OCTETS",
    Cents: "WHOLE",
    Day: "DAY",
    Flag: "FLAG",
    Instant: "INSTANT",
    LocalTime: "LOCAL_TIME",
    Whole: "WHOLE",
}
HEADER = '''"""Say what changes."""

import sqlalchemy as sa
from alembic import op

revision = "0000"
down_revision = None
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FLAG = sa.Boolean().with_variant(sa.Integer(), "sqlite")
DAY = sa.Date().with_variant(sa.Text(), "sqlite")
LOCAL_TIME = sa.DateTime().with_variant(sa.Text(), "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")
OCTETS = sa.LargeBinary()
'''


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:  # noqa: ANN401 - alembic's hook
    """Write one of our types as one of the names that each revision defines."""
    if kind == "type" and isinstance(item, NounType):
        return _NAMES.get(type(item), "TEXT")
    return False


def draft(*, from_nothing: bool = False) -> str:
    """Give a revision's text.

    Args:
        from_nothing: the whole schema (the first revision), instead of what changed since the last one.
    """
    with tempfile.TemporaryDirectory() as folder:
        engine = migration_engine(f"sqlite:///{Path(folder) / 'draft.db'}")
        if not from_nothing:
            schema.migrate(engine)
        with engine.connect() as connection:
            options = {"render_item": render_item, "compare_type": True}
            context = MigrationContext.configure(connection, opts=options)
            script = produce_migrations(context, METADATA)
        engine.dispose()
    batch = not from_nothing
    ups, downs = script.upgrade_ops, script.downgrade_ops
    assert ups is not None  # noqa: S101 - produce_migrations always makes both
    assert downs is not None  # noqa: S101 - same
    up = render_python_code(ups, render_as_batch=batch, render_item=render_item)
    down = render_python_code(downs, render_as_batch=batch, render_item=render_item)
    text = f"{HEADER}\n\ndef upgrade() -> None:\n    {up}\n\n\ndef downgrade() -> None:\n    {down}\n"
    kept = (line for line in text.splitlines() if not line.strip().startswith(("info={", "# ###")))
    return "\n".join(kept) + "\n"


if __name__ == "__main__":
    sys.stdout.write(draft(from_nothing="--from-nothing" in sys.argv))
