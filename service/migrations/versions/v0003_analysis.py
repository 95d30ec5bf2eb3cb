"""What becomes of a request after dispatch, tags that people set or write, saved views, and what is done about alerts."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _id() -> sa.Column[int]:
    return sa.Column("id", NUMBER, primary_key=True, autoincrement=True, nullable=False)


def _of_request() -> sa.Column[int]:
    return sa.Column("request_id", NUMBER, sa.ForeignKey("requests.id"), nullable=False)


def _made() -> tuple[sa.Column[datetime], sa.Column[str]]:
    return sa.Column("made_at", sa.DateTime(), nullable=False), sa.Column("made_by", sa.String(200), nullable=False)


def upgrade() -> None:
    """Five tables; nothing that is there changes."""
    op.create_table(
        "feedback", _id(), _of_request(),
        sa.Column("contacted", sa.Integer(), nullable=True),
        sa.Column("contacted_at", sa.DateTime(), nullable=True),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.Column("resolved", sa.String(64), nullable=False),
        sa.Column("satisfied", sa.String(64), nullable=False),
        sa.Column("reopened", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("once", sa.String(64), nullable=True), sa.Column("once_body", sa.String(64), nullable=False),
        *_made(), sa.UniqueConstraint("once", name="feedback_once"), sqlite_autoincrement=True,
    )  # fmt: skip
    op.create_index("feedback_request", "feedback", ["request_id"])
    op.create_table(
        "tag_marks", _id(), _of_request(),
        sa.Column("tag", sa.String(64), nullable=False), sa.Column("value", sa.String(200), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False), *_made(), sqlite_autoincrement=True,
    )  # fmt: skip
    op.create_index("tag_marks_request", "tag_marks", ["request_id"])
    op.create_table(
        "tag_rules", _id(),
        sa.Column("code", sa.String(64), nullable=False), sa.Column("name", sa.String(200), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False), sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("state", sa.String(64), nullable=False), *_made(),
    )  # fmt: skip
    op.create_index("tag_rules_code", "tag_rules", ["code"])
    op.create_table("saved_views", _id(), sa.Column("name", sa.String(200), nullable=False), sa.Column("query", sa.Text(), nullable=False), *_made())
    op.create_index("saved_views_owner", "saved_views", ["made_by", "name"])
    op.create_table(
        "alert_acts", _id(),
        sa.Column("alert", sa.String(64), nullable=False), sa.Column("action", sa.String(64), nullable=False),
        sa.Column("owner", sa.String(200), nullable=False), sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=True), *_made(),
    )  # fmt: skip
    op.create_index("alert_acts_alert", "alert_acts", ["alert"])
