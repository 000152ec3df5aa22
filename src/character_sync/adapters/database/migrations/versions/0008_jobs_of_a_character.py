"""An index of a character's jobs, settled ones among them: erasing a character looked through everybody's.

On PostgreSQL processes of the release before wait with their writes to jobs while it is made.
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_character_jobs_character", "character_jobs", ["character_id"])


def downgrade() -> None:
    op.drop_index("ix_character_jobs_character", "character_jobs")
