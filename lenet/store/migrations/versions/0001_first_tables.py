"""The first tables. A released migration never changes, so it names its columns itself, not through
`tables.py`."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

EXPERIMENT_STATUSES = "'queued', 'running', 'finished', 'failed', 'cancelled', 'interrupted'"
RUN_STATUSES = "'running', 'finished', 'failed', 'crashed', 'timed_out', 'cancelled', 'interrupted', 'unavailable'"


def upgrade() -> None:
    op.create_table(
        "experiment",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("variants", sa.JSON, nullable=False),
        sa.Column("settings", sa.JSON, nullable=False),
        sa.Column("preset", sa.Text, nullable=False),
        sa.Column("submitter", sa.Text, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started", sa.DateTime(timezone=True)),
        sa.Column("ended", sa.DateTime(timezone=True)),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("machine", sa.JSON, nullable=False),
        sa.Column("parity_keys", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_experiment"),
        sa.CheckConstraint(f"status IN ({EXPERIMENT_STATUSES})", name=op.f("ck_experiment_status")),
    )
    _create_run()
    op.create_table(
        "batches",
        sa.Column("run_id", sa.Integer, nullable=False),
        sa.Column("rows", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("run_id", name="pk_batches"),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_batches_run_id"),
    )
    op.create_table(
        "epoch",
        sa.Column("run_id", sa.Integer, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("test_loss", sa.Double),
        sa.Column("test_accuracy", sa.Double),
        sa.Column("batches", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "epoch", name="pk_epoch"),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_epoch_run_id"),
    )
    _create_parity()


def _create_run() -> None:
    op.create_table(
        "run",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("experiment_id", sa.Integer, nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("variant", sa.Text, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("log", sa.Text, nullable=False),
        sa.Column("folder", sa.Text, nullable=False),
        sa.Column("stack", sa.Text, nullable=False),
        sa.Column("source_hash", sa.Text, nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.Column("phases", sa.JSON, nullable=False),
        sa.Column("load", sa.JSON, nullable=False),
        sa.Column("peak_memory", sa.BigInteger, nullable=False),
        sa.Column("batch_count", sa.Integer, nullable=False),
        sa.Column("started", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_run"),
        sa.ForeignKeyConstraint(["experiment_id"], ["experiment.id"], name="fk_run_experiment_id"),
        sa.UniqueConstraint("experiment_id", "round", "label", name="uq_run_experiment_id"),
        sa.CheckConstraint(f"status IN ({RUN_STATUSES})", name=op.f("ck_run_status")),
    )


def _create_parity() -> None:
    op.create_table(
        "parity",
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("variant", sa.Text, nullable=False),
        sa.Column("equivalent", sa.Boolean, nullable=False),
        sa.Column("difference", sa.Double),
        sa.Column("layer", sa.Text, nullable=False),
        sa.Column("tolerance", sa.Double),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_parity"),
        sa.CheckConstraint(f"status IN ({RUN_STATUSES})", name=op.f("ck_parity_status")),
    )
