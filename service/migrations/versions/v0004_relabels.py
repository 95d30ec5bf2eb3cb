"""Reclassifications: batches of labels, what was done with them, and the labels."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Three new tables."""
    op.create_table(
        "relabel_batches",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("engine", sa.String(length=200), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("profile", sa.String(length=200), nullable=False),
        sa.Column("taxonomy", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("made_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "relabel_acts",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("batch_id", NUMBER, nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("made_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["relabel_batches.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("relabel_acts_batch", "relabel_acts", ["batch_id"], unique=False)
    op.create_table(
        "relabels",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("request_id", NUMBER, nullable=False),
        sa.Column("batch_id", NUMBER, nullable=False),
        sa.Column("unit", sa.String(length=200), nullable=False),
        sa.Column("item", sa.String(length=200), nullable=False),
        sa.Column("unit_p", sa.Float(), nullable=False),
        sa.Column("was_unit", sa.String(length=200), nullable=False),
        sa.Column("was_item", sa.String(length=200), nullable=False),
        sa.Column("confirmed", sa.Integer(), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("profile", sa.String(length=200), nullable=False),
        sa.Column("taxonomy", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["relabel_batches.id"]),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("batch_id", "request_id", name="relabels_once"),
    )
    op.create_index("relabels_request", "relabels", ["request_id"], unique=False)
