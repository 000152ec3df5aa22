"""When a character was last seen at Battle.net, and by when it must be again.

Columns are only added, and may be empty, so that processes of the release before go on working beside this one.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KEEP = timedelta(days=30)  # what Blizzard's terms give; the setting decides from the next time a character is seen
MARGIN = timedelta(days=10)
AT_ONCE = 500  # rows read and written at the same time

COLUMNS = ("verified_at", "verify_by", "check_at", "missing_since", "gone_at")


def upgrade() -> None:
    # Not as a batch: SQLite would copy the table and drop the old one, and with it every row that refers to a character.
    for name in COLUMNS:
        op.add_column("characters", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_characters_check", "characters", ["check_at"], unique=False)
    for portion in _last_seen():
        op.get_bind().execute(
            sa.update(_characters).where(_characters.c.id == sa.bindparam("b_id")).values(_dates()), portion
        )


def downgrade() -> None:
    op.drop_index("ix_characters_check", "characters")
    for name in reversed(COLUMNS):
        op.drop_column("characters", name)


_moment = sa.DateTime(timezone=True)
_characters = sa.table(
    "characters",
    sa.column("id", sa.Uuid()),
    sa.column("created_at", _moment),
    *(sa.column(name, _moment) for name in COLUMNS),
)
_facets = sa.table(
    "character_facets",
    sa.column("character_id", sa.Uuid()),
    sa.column("facet", sa.String()),
    sa.column("fetched_at", _moment),
)


def _last_seen() -> Iterator[list[dict[str, Any]]]:
    """Yield portions of characters with the last time that is on record: their profile's, else their first."""
    is_profile = sa.and_(_facets.c.character_id == _characters.c.id, _facets.c.facet == "profile")
    query = sa.select(_characters.c.id, _characters.c.created_at, _facets.c.fetched_at).select_from(
        _characters.outerjoin(_facets, is_profile)
    )
    rows = op.get_bind().execute(query).fetchall()
    for start in range(0, len(rows), AT_ONCE):
        yield [
            {"b_id": id_, "b_seen": seen, "b_by": seen + KEEP, "b_check": seen + KEEP - MARGIN}
            for id_, created_at, fetched_at in rows[start : start + AT_ONCE]
            for seen in [_utc(fetched_at or created_at)]
        ]


def _dates() -> dict[str, Any]:
    return {
        "verified_at": sa.bindparam("b_seen", type_=_moment),
        "verify_by": sa.bindparam("b_by", type_=_moment),
        "check_at": sa.bindparam("b_check", type_=_moment),
    }


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
