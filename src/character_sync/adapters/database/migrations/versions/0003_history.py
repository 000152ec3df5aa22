"""Which login a facet was answered for."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("character_facets", sa.Column("login_at", sa.DateTime(timezone=True), nullable=True))
    # Of a profile it is what it says itself. The others are asked for once more: nobody wrote down what they belong to.
    op.execute(
        "UPDATE character_facets SET login_at = (SELECT last_login_at FROM characters WHERE id = character_id) "
        "WHERE facet = 'profile'"
    )


def downgrade() -> None:
    op.drop_column("character_facets", "login_at")
