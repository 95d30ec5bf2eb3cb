"""Why an analyst published or ended a rule tag."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One column; rules of before have no reason."""
    op.add_column("tag_rules", sa.Column("reason", sa.Text(), nullable=False, server_default=""))
