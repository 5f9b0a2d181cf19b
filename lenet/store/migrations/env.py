"""What Alembic runs: the migrations, on the connection (and inside the transaction) that `schema.migrate` made."""

from alembic import context

from lenet.store.schema import VERSION_TABLE
from lenet.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, version_table=VERSION_TABLE
)
context.run_migrations()
