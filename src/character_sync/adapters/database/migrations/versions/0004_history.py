"""How characters were: contents stored once, states of facets over time, and which login a facet was answered for."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KEY = ["character_id", "facet", "content_hash"]
SNAPSHOT = [f"character_snapshots.{column}" for column in KEY]
OF_FACETS = "fk_character_facets_character_id_facet_content_hash"


def upgrade() -> None:
    op.create_table(
        "character_snapshots",
        sa.Column("character_id", sa.Uuid(), nullable=False),
        sa.Column("facet", sa.String(length=32), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["character_id"], ["characters.id"], name="fk_character_snapshots_character_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(*KEY, name="pk_character_snapshots"),
    )
    op.create_table(
        "character_facet_states",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("character_id", sa.Uuid(), nullable=False),
        sa.Column("facet", sa.String(length=32), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=True),
        sa.Column("parser_version", sa.Integer(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("upstream_modified_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["character_id"], ["characters.id"], name="fk_character_facet_states_character_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            KEY, SNAPSHOT, name="fk_character_facet_states_character_id_facet_content_hash", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_character_facet_states"),
    )
    seen = ["character_id", "facet", "first_seen_at", "id"]
    op.create_index("ix_character_facet_states_seen", "character_facet_states", seen)
    op.create_index("ix_character_facet_states_ended", "character_facet_states", ["ended_at"])
    op.create_index(
        "uq_character_facet_states_newest",
        "character_facet_states",
        ["character_id", "facet"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.execute(
        "INSERT INTO character_snapshots (character_id, facet, content_hash, content) "
        "SELECT character_id, facet, content_hash, content FROM character_facets "
        "WHERE content IS NOT NULL AND content_hash IS NOT NULL"
    )
    # What is held was first seen when it changed, and was the same whenever it was fetched since.
    op.execute(
        "INSERT INTO character_facet_states (character_id, facet, content_hash, parser_version, first_seen_at, "
        "last_seen_at, upstream_modified_at) "
        "SELECT character_id, facet, content_hash, parser_version, coalesce(changed_at, fetched_at), fetched_at, "
        "upstream_modified_at FROM character_facets "
        "WHERE content IS NOT NULL AND content_hash IS NOT NULL AND fetched_at IS NOT NULL "
        "ORDER BY coalesce(changed_at, fetched_at)"
    )
    op.execute("UPDATE character_facets SET content_hash = NULL WHERE content IS NULL")
    # SQLite copies the table for this; no row of another refers to one of these.
    with op.batch_alter_table("character_facets") as table:
        table.drop_column("content")
        table.add_column(sa.Column("login_at", sa.DateTime(timezone=True), nullable=True))
        table.create_foreign_key(OF_FACETS, "character_snapshots", KEY, KEY, ondelete="CASCADE")
    # Of a profile it is what it says itself. The others are asked for once more: nobody wrote down what they belong to.
    op.execute(
        "UPDATE character_facets SET login_at = (SELECT last_login_at FROM characters WHERE id = character_id) "
        "WHERE facet = 'profile'"
    )


def downgrade() -> None:
    with op.batch_alter_table("character_facets") as table:
        table.drop_constraint(OF_FACETS, type_="foreignkey")
        table.drop_column("login_at")
        table.add_column(sa.Column("content", sa.JSON(), nullable=True))
    op.execute(
        "UPDATE character_facets SET content = (SELECT s.content FROM character_snapshots s "
        "WHERE s.character_id = character_facets.character_id AND s.facet = character_facets.facet "
        "AND s.content_hash = character_facets.content_hash)"
    )
    op.drop_table("character_facet_states")
    op.drop_table("character_snapshots")
