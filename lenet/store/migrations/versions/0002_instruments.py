"""Experiments that are no plain race (ladders, laws, counts, profiles), and what such a run
found."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("experiment", sa.Column("instrument", sa.Text, nullable=False, server_default="race"))
    op.add_column("experiment", sa.Column("plan", sa.JSON, nullable=False, server_default="{}"))
    op.add_column("run", sa.Column("evidence", sa.JSON, nullable=False, server_default="{}"))
