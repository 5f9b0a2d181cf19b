"""History: a name in every database, where an experiment came from, notes, and figures kept for
trends."""

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("experiment", sa.Column("uid", sa.String(32), nullable=False, server_default=""))
    op.add_column("experiment", sa.Column("origin", sa.JSON, nullable=False, server_default="{}"))
    op.add_column("experiment", sa.Column("host", sa.Text, nullable=False, server_default=""))
    _create_package()
    _create_notes()
    _create_figures()
    _fill()
    op.create_index("ix_experiment_uid", "experiment", ["uid"], unique=True)
    for name in ("created", "host", "submitter", "status"):
        op.create_index(f"ix_experiment_{name}", "experiment", [name])
    op.create_index("ix_run_variant", "run", ["variant", "stack"])
    op.create_index("ix_run_experiment_id", "run", ["experiment_id", "variant", "stack"])


def _create_package() -> None:
    op.create_table(
        "package",
        sa.Column("experiment_id", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("experiment_id", "name", "version", name="pk_package"),
        sa.ForeignKeyConstraint(["experiment_id"], ["experiment.id"], name="fk_package_experiment_id"),
    )
    op.create_index("ix_package_version", "package", ["name", "version", "experiment_id"])


def _create_notes() -> None:
    op.create_table(
        "annotation",
        sa.Column("experiment_id", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("tags", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("experiment_id", name="pk_annotation"),
        sa.ForeignKeyConstraint(["experiment_id"], ["experiment.id"], name="fk_annotation_experiment_id"),
    )
    op.create_table(
        "deleted",
        sa.Column("experiment_id", sa.Integer, nullable=False),
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("experiment_id", name="pk_deleted"),
    )


def _create_figures() -> None:
    op.create_table(
        "analysed",
        sa.Column("experiment_id", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("experiment_id", name="pk_analysed"),
        sa.ForeignKeyConstraint(["experiment_id"], ["experiment.id"], name="fk_analysed_experiment_id"),
    )
    op.create_table(
        "figure",
        sa.Column("experiment_id", sa.Integer, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("variant", sa.Text, nullable=False),
        sa.Column("stack", sa.Text, nullable=False),
        sa.Column("batch_ms", sa.Double),
        sa.Column("low", sa.Double),
        sa.Column("high", sa.Double),
        sa.Column("rounds", sa.Integer, nullable=False),
        sa.Column("batches", sa.Integer, nullable=False),
        sa.Column("circumstance", sa.Text, nullable=False),
        sa.Column("versions", sa.JSON, nullable=False),
        sa.Column("instrument", sa.Text, nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitter", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("cpu", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("experiment_id", "label", name="pk_figure"),
        sa.ForeignKeyConstraint(["experiment_id"], ["experiment.id"], name="fk_figure_experiment_id"),
    )
    op.create_index("ix_figure_variant", "figure", ["variant", "circumstance", "created"])
    op.create_index("ix_figure_circumstance", "figure", ["circumstance", "created"])


EXPERIMENT = sa.table("experiment", sa.column("id"), sa.column("uid"), sa.column("host"), sa.column("machine", sa.JSON))
RUN = sa.table("run", sa.column("id"), sa.column("experiment_id"), sa.column("facts", sa.JSON))
PACKAGE = sa.table("package", sa.column("experiment_id"), sa.column("name"), sa.column("version"))


def _fill() -> None:
    """What older rows say elsewhere: the host in `machine`, the versions in their runs' facts."""
    connection = op.get_bind()
    for row in connection.execute(sa.select(EXPERIMENT.c.id, EXPERIMENT.c.machine)).all():
        found = {"uid": uuid.uuid4().hex, "host": str((row.machine or {}).get("host") or "")}
        connection.execute(sa.update(EXPERIMENT).where(EXPERIMENT.c.id == row.id).values(**found))
    known = set()
    for row in connection.execute(sa.select(RUN.c.experiment_id, RUN.c.facts)):
        known |= {(row.experiment_id, *package) for package in _packages(row.facts or {})}
    if known:
        names = ("experiment_id", "name", "version")
        connection.execute(sa.insert(PACKAGE), [dict(zip(names, package, strict=True)) for package in sorted(known)])


def _packages(facts: dict) -> list:
    named = {"python": facts.get("python"), "numpy": facts.get("numpy"), **(facts.get("packages") or {})}
    return [(name, str(version)) for name, version in named.items() if version]
