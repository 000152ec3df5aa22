"""Two characters become one, and one becomes two again, row by row and exactly."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Table, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from character_sync.adapters.database import history_moves, row_states
from character_sync.adapters.database.identity_tables import (
    character_group_members,
    character_observations,
    character_player_fields,
)
from character_sync.adapters.database.tables import (
    changes,
    character_facets,
    character_snapshots,
    characters,
    withheld_archives,
)
from character_sync.domain.errors import IdentityDecisionFinal

_CHARACTER = characters.c
_FIELDS = character_player_fields.c
_MEMBER = character_group_members.c
_KEY = ("user_id", "region", "namespace_family", "realm_id", "battle_net_id")


async def merge(connection: AsyncConnection, older: UUID, newer: UUID, now: datetime) -> dict[str, Any]:
    """Move everything of the newer character to the older one, which keeps its id; return what an undo needs.

    Raises:
        IdentityDecisionFinal: one of them is gone.
    """
    before = await row_states.take(connection, older)
    theirs = await row_states.take(connection, newer)
    if before is None or theirs is None:
        raise IdentityDecisionFinal("One of these two characters is no longer there.")
    players = await _players_rows(connection, newer)
    # Only one state can be the one that holds, and it is the newer one's.
    await connection.execute(
        update(character_observations).where(character_observations.c.character_id == older).values(is_current=False)
    )
    await history_moves.forget_watermarks(connection, older)
    await history_moves.copy_contents(connection, newer, older)
    for table in row_states.keyed_tables():
        await _move_keyed(connection, table, older, newer)
    await history_moves.append_states(connection, older, newer)
    for table in row_states.numbered_tables():
        column = table.columns[row_states.OWNER]
        await connection.execute(update(table).where(column == newer).values({row_states.OWNER: older}))
    await _move_players_own(connection, older, newer, now)
    # What was told stays told, numbers and deliveries too; it would go with the row it names.
    await connection.execute(update(changes).where(changes.c.character_id == newer).values(character_id=older))
    await connection.execute(delete(characters).where(_CHARACTER.id == newer))
    values = row_states.decoded(characters, theirs["character"])
    kept = {"id": older, "created_at": row_states.decoded(characters, before["character"])["created_at"]}
    await connection.execute(
        update(characters).where(_CHARACTER.id == older).values(values | kept | {"updated_at": now})
    )
    after = await row_states.take(connection, older)
    assert after is not None
    return {"older": before, "newer": theirs, "after": row_states.digests(after), "players": players}


async def follow(connection: AsyncConnection, older: UUID, before: row_states.State) -> dict[str, Any]:
    """Have a character asked in full that a listing has just shown under another key; return what an undo needs."""
    await history_moves.forget_watermarks(connection, older)
    after = await row_states.take(connection, older)
    assert after is not None
    return {"older": before, "newer": None, "after": row_states.digests(after), "players": {}}


async def split(
    connection: AsyncConnection, older: UUID, newer: UUID, restorable: Mapping[str, Any], created_at: datetime
) -> None:
    """Give the older character its rows of before back; all that is new or has changed since becomes the newer one's.

    Raises:
        IdentityDecisionFinal: its old place is taken, or it is gone.
    """
    now = await row_states.take(connection, older)
    if now is None:
        raise IdentityDecisionFinal("This character is no longer there.")
    before, theirs, after = restorable["older"], restorable["newer"], restorable["after"]
    await _refuse_taken(connection, older, newer, before)
    await connection.execute(
        update(characters).where(_CHARACTER.id == older).values(row_states.decoded(characters, before["character"]))
    )
    own = now["character"]
    if theirs is not None and row_states.digest(own) == after["character"]:
        own = theirs["character"]
    first = theirs["character"]["created_at"] if theirs is not None else created_at.isoformat()
    values = row_states.decoded(characters, own) | row_states.decoded(characters, {"created_at": first})
    await connection.execute(insert(characters).values(values | {"id": newer}))
    await history_moves.copy_contents(connection, older, newer)
    for state, id_ in ((before, older), (theirs or {"rows": {}}, newer)):
        await history_moves.put_contents(connection, state["rows"].get(character_snapshots.name, {}).values(), id_)
    for table in row_states.keyed_tables():
        await _split_keyed(connection, table, older, newer, now, restorable)
    await history_moves.split_states(connection, older, newer, now, restorable)
    for id_ in (older, newer):
        await history_moves.forget_unused_contents(connection, id_)
    for table in row_states.numbered_tables():
        if table is character_observations:
            await _split_observations(connection, older, newer, now, before)
        else:
            held = set(before["numbers"].get(table.name, ()))
            since = [number for number in now["numbers"][table.name] if number not in held]
            await row_states.move(connection, table, since, newer)
    await _return_players_own(connection, newer, restorable["players"])


async def _move_keyed(connection: AsyncConnection, table: Table, older: UUID, newer: UUID) -> None:
    """Move rows of which a character has one for each key: the newer one's, unless a facet of theirs holds nothing."""
    owner = table.columns[row_states.OWNER]
    keys = [column for column in table.primary_key.columns if column.name != row_states.OWNER]
    if table is withheld_archives:  # what was held back from the archive is listed now
        await connection.execute(delete(table).where(owner == older))
    newer_rows = (await connection.execute(select(table).where(owner == newer))).all()
    for row in newer_rows:
        same_key = [column == getattr(row, column.name) for column in keys]
        held = (await connection.execute(select(table).where(owner == older, *same_key))).one_or_none()
        if held is not None and table is character_facets and row.fetched_at is None:
            continue
        await connection.execute(delete(table).where(owner == older, *same_key))
        await connection.execute(update(table).where(owner == newer, *same_key).values({row_states.OWNER: older}))


async def _split_keyed(
    connection: AsyncConnection,
    table: Table,
    older: UUID,
    newer: UUID,
    now: row_states.State,
    restorable: Mapping[str, Any],
) -> None:
    theirs = (restorable["newer"] or {"rows": {}})["rows"].get(table.name, {})
    unchanged = restorable["after"]["rows"].get(table.name, {})
    since = {key: row for key, row in now["rows"][table.name].items() if row_states.digest(row) != unchanged.get(key)}
    await connection.execute(delete(table).where(table.columns[row_states.OWNER] == older))
    await row_states.put(connection, table, restorable["older"]["rows"].get(table.name, {}).values(), older)
    await row_states.put(connection, table, (theirs | since).values(), newer)


async def _split_observations(
    connection: AsyncConnection, older: UUID, newer: UUID, now: row_states.State, before: row_states.State
) -> None:
    table = character_observations
    held = before["rows"][table.name]
    since = [row for key, row in now["rows"][table.name].items() if key not in held]
    await connection.execute(delete(table).where(table.c.character_id == older))
    await row_states.put(connection, table, held.values(), older)
    await row_states.put(connection, table, since, newer)


async def _refuse_taken(connection: AsyncConnection, older: UUID, newer: UUID, before: row_states.State) -> None:
    old_key = row_states.decoded(characters, before["character"])
    place = [_CHARACTER[name] == old_key[name] for name in _KEY]
    in_place = await connection.execute(select(_CHARACTER.id).where(*place, _CHARACTER.id != older))
    if in_place.first() is not None:
        raise IdentityDecisionFinal("Another of your characters has taken the old place since then.")
    there = await connection.execute(select(_CHARACTER.id).where(_CHARACTER.id == newer))
    if there.first() is not None:
        raise IdentityDecisionFinal("These two characters are apart already.")


async def _players_rows(connection: AsyncConnection, character_id: UUID) -> dict[str, list[dict[str, Any]]]:
    held = {}
    for table in row_states.PLAYERS_OWN:
        rows = await connection.execute(select(table).where(table.columns[row_states.OWNER] == character_id))
        held[table.name] = [row_states.encoded(table, row) for row in rows]
    return held


async def _move_players_own(connection: AsyncConnection, older: UUID, newer: UUID, now: datetime) -> None:
    """Hand on what the player set on the newer one, where they set nothing on the older one."""
    newer_fields = await _fields(connection, newer)
    if newer_fields is not None:
        older_fields = await _fields(connection, older)
        if older_fields is None:
            await connection.execute(
                update(character_player_fields).where(_FIELDS.character_id == newer).values(character_id=older)
            )
        else:
            names = [column.name for column in _FIELDS if column.name not in {"character_id", "user_id", "updated_at"}]
            unset = {name: getattr(newer_fields, name) for name in names if getattr(older_fields, name) is None}
            await connection.execute(
                update(character_player_fields).where(_FIELDS.character_id == older).values(unset | {"updated_at": now})
            )
    groups = await connection.execute(select(character_group_members).where(_MEMBER.character_id == newer))
    for row in groups.all():
        in_group = _MEMBER.group_id == row.group_id
        both = (
            await connection.execute(select(_MEMBER.is_main).where(in_group, _MEMBER.character_id == older))
        ).one_or_none()
        if both is None:
            await connection.execute(
                update(character_group_members)
                .where(in_group, _MEMBER.character_id == newer)
                .values(character_id=older)
            )
        else:
            await connection.execute(delete(character_group_members).where(in_group, _MEMBER.character_id == newer))
            if row.is_main:
                await connection.execute(
                    update(character_group_members).where(in_group, _MEMBER.character_id == older).values(is_main=True)
                )


async def _return_players_own(connection: AsyncConnection, newer: UUID, players: Mapping[str, Any]) -> None:
    """Give the newer one back what its player had set on it; the older one keeps what it has: that is theirs too."""
    await row_states.put(connection, character_player_fields, players.get(character_player_fields.name, ()), newer)
    for row in players.get(character_group_members.name, ()):
        group = row_states.decoded(character_group_members, row)["group_id"]
        members = (await connection.execute(select(_MEMBER.is_main).where(_MEMBER.group_id == group))).scalars().all()
        if members:  # a group that is empty may be gone
            main = {"is_main": row["is_main"] and not any(members)}
            await row_states.put(connection, character_group_members, [row | main], newer)


async def _fields(connection: AsyncConnection, character_id: UUID) -> Row[Any] | None:
    query = select(character_player_fields).where(_FIELDS.character_id == character_id)
    return (await connection.execute(query)).one_or_none()
