"""How alembic runs here: on the connection that `integrations.database.schema` passes, and nowhere else."""

from alembic import context

from integrations.database.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    transactional_ddl=True,
    compare_type=True,
)
context.run_migrations()
