"""Exams: what each paper of one asked, and held a variant to."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("parity", sa.Column("papers", sa.JSON, nullable=False, server_default="[]"))
