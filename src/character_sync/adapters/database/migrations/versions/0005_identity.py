"""Who is who: observations over time, decisions about them, groups, and what players set themselves.

Tables are only added, so that processes of the release before go on working beside this one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "character_observations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("character_id", sa.Uuid(), nullable=False),
        sa.Column("first_seen_at", MOMENT, nullable=False),
        sa.Column("last_seen_at", MOMENT, nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("region", sa.String(8), nullable=False),
        sa.Column("namespace_family", sa.String(32), nullable=False),
        sa.Column("realm_id", sa.BigInteger(), nullable=False),
        sa.Column("realm_slug", sa.String(256), nullable=False),
        sa.Column("realm_name", sa.String(256)),
        sa.Column("battle_net_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(256), nullable=False),
        sa.Column("class_id", sa.Integer()),
        sa.Column("race_id", sa.Integer()),
        sa.Column("gender", sa.String(32)),
        sa.Column("faction", sa.String(32)),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("wow_account_id", sa.BigInteger()),
        sa.Column("achievements", sa.JSON()),
        sa.Column("achievements_asked_at", MOMENT),
        *_belongs("character_observations", "user_id", "character_id"),
        sa.PrimaryKeyConstraint("id", name="pk_character_observations"),
    )
    op.create_index("ix_character_observations_user_id", "character_observations", ["user_id"])
    op.create_index("ix_character_observations_character", "character_observations", ["character_id", "first_seen_at"])
    _unique_where("uq_character_observations_current", "character_observations", "character_id", "is_current")
    op.create_table(
        "identity_decisions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("older_id", sa.Uuid(), nullable=False),
        sa.Column("newer_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("is_same", sa.Boolean()),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("decided_by", sa.String(16)),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("decided_at", MOMENT),
        sa.Column("restorable", sa.JSON()),
        sa.CheckConstraint(
            "status IN ('applied', 'asked', 'declined', 'undone')", name=op.f("ck_identity_decisions_status_known")
        ),
        sa.CheckConstraint("decided_by IN ('auto', 'player')", name=op.f("ck_identity_decisions_decided_by_known")),
        *_belongs("identity_decisions", "user_id", "older_id"),
        sa.PrimaryKeyConstraint("id", name="pk_identity_decisions"),
        sa.UniqueConstraint("older_id", "newer_id", name="uq_identity_decisions_pair"),
    )
    for column in ("user_id", "older_id", "newer_id"):
        op.create_index(f"ix_identity_decisions_{column}", "identity_decisions", [column])
    op.create_index("ix_identity_decisions_list", "identity_decisions", ["user_id", "created_at", "id"])
    op.create_table(
        "character_groups",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        *_belongs("character_groups", "user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_character_groups"),
    )
    op.create_index("ix_character_groups_user_id", "character_groups", ["user_id"])
    op.create_table(
        "character_group_members",
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("character_id", sa.Uuid(), nullable=False),
        sa.Column("is_main", sa.Boolean(), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["character_groups.id"], name="fk_character_group_members_group_id", ondelete="CASCADE"
        ),
        *_belongs("character_group_members", "character_id"),
        sa.PrimaryKeyConstraint("group_id", "character_id", name="pk_character_group_members"),
    )
    op.create_index("ix_character_group_members_character_id", "character_group_members", ["character_id"])
    _unique_where("uq_character_group_members_main", "character_group_members", "group_id", "is_main")
    op.create_table(
        "character_player_fields",
        sa.Column("character_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("display_name", sa.String(64)),
        sa.Column("note", sa.String(2000)),
        sa.Column("role", sa.String(16)),
        sa.Column("is_hidden", sa.Boolean()),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint("role IN ('tank', 'healer', 'damage')", name=op.f("ck_character_player_fields_role_known")),
        *_belongs("character_player_fields", "character_id", "user_id"),
        sa.PrimaryKeyConstraint("character_id", name="pk_character_player_fields"),
    )
    op.create_index("ix_character_player_fields_user_id", "character_player_fields", ["user_id"])


def downgrade() -> None:
    for table in (
        "character_player_fields",
        "character_group_members",
        "character_groups",
        "identity_decisions",
        "character_observations",
    ):
        op.drop_table(table)


def _belongs(table: str, *columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint(
            [column],
            ["users.id" if column == "user_id" else "characters.id"],
            name=f"fk_{table}_{column}",
            ondelete="CASCADE",
        )
        for column in columns
    ]


def _unique_where(name: str, table: str, column: str, condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, [column], unique=True, sqlite_where=where, postgresql_where=where)
