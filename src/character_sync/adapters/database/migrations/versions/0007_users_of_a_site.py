"""Users whom the site that embeds us knows: their id there, how often it has signed them out, their last visit.

Columns that may be empty are only added, so that processes of the release before go on working beside this one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not as a batch: SQLite would copy the table and drop the old one, and with it every row that refers to a user.
    op.add_column("users", sa.Column("site_user_id", sa.String(length=255), nullable=True))
    op.add_column("users", sa.Column("site_sign_outs", sa.Integer(), nullable=True))
    op.add_column("users", sa.Column("site_seen_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("uq_users_site_user_id", "users", ["site_user_id"], unique=True)


def downgrade() -> None:
    op.drop_index("uq_users_site_user_id", "users")
    for name in ("site_seen_at", "site_sign_outs", "site_user_id"):
        op.drop_column("users", name)
