"""What becomes of two characters' histories when they become one, and when one becomes two again."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Table, case, delete, exists, func, insert, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from character_sync.adapters.database import row_states
from character_sync.adapters.database.enrichment_rows import held_facet
from character_sync.adapters.database.history_rows import LastSeen, write_states
from character_sync.adapters.database.tables import character_facet_states, character_facets, character_snapshots
from character_sync.domain.enrichment import FacetState
from character_sync.domain.game import Facet

_STATE = character_facet_states.c
_FACET = character_facets.c
_SNAPSHOT = character_snapshots.c
_KEY = ("character_id", "facet", "content_hash")


async def forget_watermarks(connection: AsyncConnection, character_id: UUID) -> None:
    """Have a character asked in full the next time: it has another address now, and "unchanged" would be said of another.

    Until when its facets are known to have been as they are is written to their states, for the rows tell it no more.
    """
    query = select(character_facets).where(_FACET.character_id == character_id)
    rows = {row.facet: row for row in await connection.execute(query)}
    profile = rows.get(Facet.PROFILE)
    seen = [
        (facet, held_facet(row).seen_at(held_facet(profile) if profile else None, Facet(facet)))
        for facet, row in rows.items()
        if facet in set(Facet)
    ]
    await write_states(connection, [], [LastSeen(character_id, facet, at) for facet, at in seen if at is not None])
    await connection.execute(
        update(character_facets)
        .where(_FACET.character_id == character_id)
        .values(upstream_modified_at=None, login_at=None)
    )


async def copy_contents(connection: AsyncConnection, source: UUID, to: UUID) -> None:
    """Store one character's contents as another's too. They come before whatever refers to them."""
    columns = ["character_id", *(column.name for column in _SNAPSHOT if column.name != "character_id")]
    theirs = select(literal(to, _SNAPSHOT.character_id.type), *(_SNAPSHOT[name] for name in columns[1:])).where(
        _SNAPSHOT.character_id == source
    )
    # SQLite would take ON CONFLICT behind a bare SELECT for a join's ON; the WHERE above keeps them apart.
    await connection.execute(_insert_new(connection).from_select(columns, theirs).on_conflict_do_nothing())


async def put_contents(connection: AsyncConnection, rows: Iterable[Mapping[str, Any]], owner: UUID) -> None:
    """Store contents that were kept for an undo, where retention has deleted them since."""
    values = [row_states.decoded(character_snapshots, row) | {"character_id": owner} for row in rows]
    if values:
        await connection.execute(_insert_new(connection).on_conflict_do_nothing(), values)


async def append_states(connection: AsyncConnection, older: UUID, newer: UUID) -> None:
    """Put the newer character's states behind the older one's, of each facet from when the newer one was first seen.

    What the older one is said to have been after that moment is left out: a character is one thing at a time.
    """
    begun = select(_STATE.facet, func.min(_STATE.first_seen_at).label("first")).where(_STATE.character_id == newer)
    for facet, first in (await connection.execute(begun.group_by(_STATE.facet))).all():
        mine = (_STATE.character_id == older, _STATE.facet == facet)
        await connection.execute(delete(character_facet_states).where(*mine, _STATE.first_seen_at >= first))
        seen = case((_STATE.last_seen_at < first, _STATE.last_seen_at), else_=literal(first, _STATE.last_seen_at.type))
        await connection.execute(
            update(character_facet_states)
            .where(*mine, _STATE.ended_at.is_(None) | (_STATE.ended_at > first))
            .values(ended_at=first, last_seen_at=seen)
        )
    await connection.execute(
        update(character_facet_states).where(_STATE.character_id == newer).values(character_id=older)
    )


async def split_states(
    connection: AsyncConnection, older: UUID, newer: UUID, now: row_states.State, restorable: Mapping[str, Any]
) -> None:
    """Give the older character its states of before back, and the newer one its own with all that have come since."""
    name = character_facet_states.name
    before = restorable["older"]["rows"].get(name, {})
    theirs = (restorable["newer"] or {"rows": {}})["rows"].get(name, {})
    unchanged = restorable["after"]["rows"].get(name, {})
    since = {
        key: row
        for key, row in now["rows"][name].items()
        if key not in before and row_states.digest(row) != unchanged.get(key)
    }
    await connection.execute(delete(character_facet_states).where(_STATE.character_id == older))
    for rows, owner in ((before, older), (theirs | since, newer)):
        await row_states.put(
            connection, character_facet_states, await _storable(connection, rows.values(), owner), owner
        )
    await _begin_states(connection, newer)


async def forget_unused_contents(connection: AsyncConnection, character_id: UUID) -> None:
    """Delete contents that neither a state nor a facet of the character has."""

    def refers(table: Table) -> Any:
        return exists().where(*(table.c[column] == _SNAPSHOT[column] for column in _KEY))

    await connection.execute(
        delete(character_snapshots).where(
            _SNAPSHOT.character_id == character_id, ~refers(character_facet_states), ~refers(character_facets)
        )
    )


async def _storable(
    connection: AsyncConnection, rows: Iterable[Mapping[str, Any]], owner: UUID
) -> list[Mapping[str, Any]]:
    """Leave out states whose contents are gone: they were kept for longer than history is."""
    query = select(_SNAPSHOT.facet, _SNAPSHOT.content_hash).where(_SNAPSHOT.character_id == owner)
    stored = {(row.facet, row.content_hash) for row in await connection.execute(query)}
    return [row for row in rows if row["content_hash"] is None or (row["facet"], row["content_hash"]) in stored]


async def _begin_states(connection: AsyncConnection, character_id: UUID) -> None:
    """Begin a state for each facet that has none: the one in which it is went on from before, and stays with the other."""
    newest = exists().where(
        _STATE.character_id == _FACET.character_id, _STATE.facet == _FACET.facet, _STATE.ended_at.is_(None)
    )
    told = _FACET.content_hash.is_not(None) | (_FACET.state == FacetState.ABSENT)
    query = select(character_facets).where(_FACET.character_id == character_id, told, _FACET.fetched_at.is_not(None))
    rows = [
        {
            "character_id": character_id,
            "facet": row.facet,
            "content_hash": row.content_hash,
            "parser_version": row.parser_version,
            "first_seen_at": row.fetched_at,
            "last_seen_at": row.fetched_at,
            "upstream_modified_at": row.upstream_modified_at,
        }
        for row in await connection.execute(query.where(~newest))
    ]
    if rows:
        await connection.execute(insert(character_facet_states), rows)


def _insert_new(connection: AsyncConnection) -> Any:
    return (sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert)(character_snapshots)
