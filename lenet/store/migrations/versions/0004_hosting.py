"""Hosting: heartbeats of races and runners, who asked for a stop, planned seconds, when batches were
removed, what pages far away draw, who did what, and tokens."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("experiment", sa.Column("beat", TIME))
    op.add_column("experiment", sa.Column("stop_asked", sa.Text, nullable=False, server_default=""))
    op.add_column("experiment", sa.Column("planned", sa.Double, nullable=False, server_default="0"))
    op.add_column("experiment", sa.Column("pruned", TIME))
    _create_live()
    _create_runner()
    _create_audit()
    _create_token()


def _create_live() -> None:
    op.create_table(
        "live",
        sa.Column("experiment_id", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("experiment_id", name="pk_live"),
        sa.ForeignKeyConstraint(["experiment_id"], ["experiment.id"], name="fk_live_experiment_id"),
    )


def _create_runner() -> None:
    op.create_table(
        "runner",
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("doing", sa.Text, nullable=False),
        sa.Column("started", TIME, nullable=False),
        sa.Column("beat", TIME, nullable=False),
        sa.PrimaryKeyConstraint("owner", name="pk_runner"),
    )


def _create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("user", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("via", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("experiment_id", sa.Integer),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_user", "audit", ["user", "at"])
    op.create_index("ix_audit_experiment_id", "audit", ["experiment_id"])
    for change in ("UPDATE", "DELETE"):
        op.execute(_refusal(op.get_bind().dialect.name, change))


def _refusal(database: str, change: str) -> str:
    """A trigger that keeps what stands in the table as it is."""
    name = f"audit_no_{change.lower()}"
    if database == "sqlite":
        body = "BEGIN SELECT RAISE(ABORT, 'what is in the audit stays as it is'); END"
        return f"CREATE TRIGGER {name} BEFORE {change} ON audit {body}"
    body = "BEGIN RAISE EXCEPTION 'what is in the audit stays as it is'; END"
    function = f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$"
    return f"{function}; CREATE TRIGGER {name} BEFORE {change} ON audit FOR EACH ROW EXECUTE FUNCTION {name}()"


def _create_token() -> None:
    op.create_table(
        "token",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("user", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.Column("expires", TIME, nullable=False),
        sa.Column("used", TIME),
        sa.Column("revoked", TIME),
        sa.PrimaryKeyConstraint("id", name="pk_token"),
    )
    op.create_index("ix_token_digest", "token", ["digest"], unique=True)
