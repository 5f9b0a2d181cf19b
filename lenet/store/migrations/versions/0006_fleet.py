"""The fleet: its machines, on which of them an experiment is to be raced, and which experiments were asked for as
one."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("experiment", sa.Column("target", sa.String(32), nullable=False, server_default=""))
    op.add_column("experiment", sa.Column("group", sa.String(32), nullable=False, server_default=""))
    op.create_index("ix_experiment_target", "experiment", ["target", "started"])
    op.create_index("ix_experiment_group", "experiment", ["group"])
    op.create_table(
        "machine",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("cpu", sa.Text, nullable=False),
        sa.Column("cores", sa.Integer, nullable=False),
        sa.Column("memory_bytes", sa.BigInteger, nullable=False),
        sa.Column("gpus", sa.JSON, nullable=False),
        sa.Column("stacks", sa.JSON, nullable=False),
        sa.Column("lacking", sa.JSON, nullable=False),
        sa.Column("versions", sa.JSON, nullable=False),
        sa.Column("labels", sa.JSON, nullable=False),
        sa.Column("slots", sa.Integer, nullable=False),
        sa.Column("load", sa.JSON, nullable=False),
        sa.Column("seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("draining", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_machine"),
    )
