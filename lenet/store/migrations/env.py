"""The entry point of Alembic: it runs the migrations on the connection (and in the transaction) of
`schema.migrate`."""

from alembic import context

from lenet.store.schema import VERSION_TABLE
from lenet.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, version_table=VERSION_TABLE
)
context.run_migrations()
