"""The tables of who is who: observations, decisions, groups, and what players set themselves."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    Uuid,
    text,
)

from character_sync.adapters.database.moments import Moment
from character_sync.adapters.database.tables import metadata


def _owner(*, primary_key: bool = False) -> Column[object]:
    return Column(
        "user_id", Uuid, ForeignKey("users.id", ondelete="CASCADE"), nullable=False, primary_key=primary_key, index=True
    )


def _character(name: str = "character_id", *, primary_key: bool = False) -> Column[object]:
    column = ForeignKey("characters.id", ondelete="CASCADE")
    return Column(name, Uuid, column, nullable=False, primary_key=primary_key)


character_observations = Table(
    "character_observations",
    metadata,
    Column("id", Uuid, primary_key=True),
    _owner(),
    _character(),
    Column("first_seen_at", Moment, nullable=False),
    Column("last_seen_at", Moment, nullable=False),
    # The one that still holds; what came before it has ended.
    Column("is_current", Boolean, nullable=False),
    Column("region", String(8), nullable=False),
    Column("namespace_family", String(32), nullable=False),
    Column("realm_id", BigInteger, nullable=False),
    Column("realm_slug", String(256), nullable=False),
    Column("realm_name", String(256)),
    Column("battle_net_id", BigInteger, nullable=False),
    Column("name", String(256), nullable=False),
    Column("class_id", Integer),
    Column("race_id", Integer),
    Column("gender", String(32)),
    Column("faction", String(32)),
    Column("level", Integer, nullable=False),
    Column("wow_account_id", BigInteger),
    # When achievements were completed, by their number; null while nobody asked or Battle.net has none.
    Column("achievements", JSON(none_as_null=True)),
    Column("achievements_asked_at", Moment),
    Index("ix_character_observations_character", "character_id", "first_seen_at"),
    Index(
        "uq_character_observations_current",
        "character_id",
        unique=True,
        sqlite_where=text("is_current"),
        postgresql_where=text("is_current"),
    ),
)

identity_decisions = Table(
    "identity_decisions",
    metadata,
    Column("id", Uuid, primary_key=True),
    _owner(),
    Column("older_id", Uuid, ForeignKey("characters.id", ondelete="CASCADE"), nullable=False, index=True),
    # Of a character that need not be there: it goes with a merge and comes with an undo.
    Column("newer_id", Uuid, nullable=False, index=True),
    Column("kind", String(32), nullable=False),
    Column("status", String(16), nullable=False),
    Column("is_same", Boolean),
    Column("confidence", Float, nullable=False),
    Column("evidence", JSON, nullable=False),
    Column("decided_by", String(16)),
    Column("created_at", Moment, nullable=False),
    Column("decided_at", Moment),
    # What an undo needs; null where there is nothing to restore, or no longer.
    Column("restorable", JSON(none_as_null=True)),
    UniqueConstraint("older_id", "newer_id", name="uq_identity_decisions_pair"),
    CheckConstraint("status IN ('applied', 'asked', 'declined', 'undone')", name="status_known"),
    CheckConstraint("decided_by IN ('auto', 'player')", name="decided_by_known"),
    Index("ix_identity_decisions_list", "user_id", "created_at", "id"),
)

character_groups = Table(
    "character_groups",
    metadata,
    Column("id", Uuid, primary_key=True),
    _owner(),
    Column("name", String(100), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
)

character_group_members = Table(
    "character_group_members",
    metadata,
    Column("group_id", Uuid, ForeignKey("character_groups.id", ondelete="CASCADE"), primary_key=True),
    _character(primary_key=True),
    Column("is_main", Boolean, nullable=False),
    Column("added_at", Moment, nullable=False),
    Index("ix_character_group_members_character_id", "character_id"),
    Index(
        "uq_character_group_members_main",
        "group_id",
        unique=True,
        sqlite_where=text("is_main"),
        postgresql_where=text("is_main"),
    ),
)

character_player_fields = Table(
    "character_player_fields",
    metadata,
    _character(primary_key=True),
    _owner(),
    Column("display_name", String(64)),
    Column("note", String(2000)),
    Column("role", String(16)),
    Column("is_hidden", Boolean),
    Column("updated_at", Moment, nullable=False),
    CheckConstraint("role IN ('tank', 'healer', 'damage')", name="role_known"),
)
