"""When accounts are synced by themselves, which parts of Battle.net are left alone, and why a sync session stands still.

Tables and a column that may be empty are only added, so that processes of the release before go on working beside this one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "sync_schedules",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("game_version", sa.String(length=64), nullable=False),
        sa.Column("region", sa.String(length=8), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=True),
        sa.Column("weekday", sa.Integer(), nullable=True),
        sa.Column("fresh_at", sa.String(length=5), nullable=True),
        sa.Column("time_zone", sa.String(length=64), nullable=True),
        sa.Column("created_at", _moment, nullable=False),
        sa.Column("updated_at", _moment, nullable=False),
        sa.Column("next_due_at", _moment, nullable=True),
        sa.Column("claimed_until", _moment, nullable=True),
        sa.Column("last_due_at", _moment, nullable=True),
        sa.Column("last_run_at", _moment, nullable=True),
        sa.Column("last_session_id", sa.Uuid(), nullable=True),
        sa.Column("last_outcome", sa.String(length=32), nullable=True),
        sa.Column("last_cost", sa.Integer(), nullable=False),
        sa.Column("late_seconds", sa.Integer(), nullable=True),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(length=64), nullable=True),
        sa.Column("list_frozen_since", _moment, nullable=True),
        sa.Column("notice_seen_at", _moment, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sync_schedules_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_schedules")),
        sa.UniqueConstraint("user_id", "game_version", "region", name="uq_sync_schedules_one"),
    )
    op.create_index("ix_sync_schedules_due", "sync_schedules", ["next_due_at"], unique=False)
    op.create_index("ix_sync_schedules_run", "sync_schedules", ["last_run_at"], unique=False)

    op.create_table(
        "circuits",
        sa.Column("region", sa.String(length=8), nullable=False),
        sa.Column("namespace", sa.String(length=64), nullable=False),
        sa.Column("endpoint", sa.String(length=32), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=True),
        sa.Column("said_at", _moment, nullable=True),
        sa.Column("open_until", _moment, nullable=True),
        sa.PrimaryKeyConstraint("region", "namespace", "endpoint", name=op.f("pk_circuits")),
    )
    op.add_column("character_sync_sessions", sa.Column("paused", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("character_sync_sessions", "paused")
    op.drop_table("circuits")
    op.drop_table("sync_schedules")
