"""Run by Alembic: applies migrations over the connection it was given."""

from alembic import context

from service.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True)
context.run_migrations()
