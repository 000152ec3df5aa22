"""The tables of syncs by themselves: schedules, and the circuits in front of Battle.net."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint, Uuid

from character_sync.adapters.database.moments import Moment
from character_sync.adapters.database.tables import metadata

sync_schedules = Table(
    "sync_schedules",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("game_version", String(64), nullable=False),
    Column("region", String(8), nullable=False),
    Column("mode", String(16), nullable=False),
    Column("hours", Integer),
    Column("weekday", Integer),
    Column("fresh_at", String(5)),
    Column("time_zone", String(64)),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("next_due_at", Moment),
    # Until when one process has taken it; what came of the last due times.
    Column("claimed_until", Moment),
    Column("last_due_at", Moment),
    Column("last_run_at", Moment),
    Column("last_session_id", Uuid),
    Column("last_outcome", String(32)),
    Column("last_cost", Integer, nullable=False),
    Column("late_seconds", Integer),
    Column("missed", Integer, nullable=False),
    Column("problem", String(64)),
    Column("list_frozen_since", Moment),
    Column("notice_seen_at", Moment),
    UniqueConstraint("user_id", "game_version", "region", name="uq_sync_schedules_one"),
    Index("ix_sync_schedules_due", "next_due_at"),
    Index("ix_sync_schedules_run", "last_run_at"),
)

circuits = Table(
    "circuits",
    metadata,
    Column("region", String(8), primary_key=True),
    Column("namespace", String(64), primary_key=True),
    Column("endpoint", String(32), primary_key=True),
    # What an operator has said, and until when the last process keeps away by itself.
    Column("is_open", Boolean),
    Column("said_at", Moment),
    Column("open_until", Moment),
)
