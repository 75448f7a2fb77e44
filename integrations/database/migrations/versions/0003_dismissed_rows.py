"""Let a person dismiss a row of the quarantine, with a reason and a name."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
FLAG = sa.Boolean().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("quarantine", sa.Column("dismissed", FLAG, nullable=False, server_default=sa.false()))
    op.add_column("quarantine", sa.Column("dismissed_by", TEXT, nullable=False, server_default=""))
    op.add_column("quarantine", sa.Column("dismissed_reason", TEXT, nullable=False, server_default=""))


def downgrade() -> None:
    for name in ("dismissed_reason", "dismissed_by", "dismissed"):
        op.drop_column("quarantine", name)
