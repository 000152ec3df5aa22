"""The rows of characters as JSON, so that they can be put back exactly: taken, compared, moved and restored.

Which tables hang on a character is asked of the tables themselves: one that is added is taken along. Rows that are
keyed by the character are kept whole; of rows that have a number of their own only the number is kept, for they move
but do not change. Contents are kept of what a character is, not of what it was: that stays stored for as long as history
is kept. What players set is never put back: it is theirs, whoever the character is. What they were told stays told.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Row, Table, Uuid, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from character_sync.adapters.database.identity_tables import (
    character_group_members,
    character_observations,
    character_player_fields,
)
from character_sync.adapters.database.moments import Moment
from character_sync.adapters.database.tables import (
    changes,
    character_facet_states,
    character_facets,
    character_snapshots,
    characters,
    metadata,
)

State = dict[str, Any]
"""`character`: its own row. `rows`: by table, whole rows by their key. `numbers`: by table, the keys of rows that move."""

OWNER = "character_id"
PLAYERS_OWN = (character_group_members, character_player_fields)
TOLD = (changes,)
HISTORY = (character_snapshots, character_facet_states)
WHOLE = (character_observations, character_facet_states)
"""Tables of rows that have numbers of their own and change: each keeps the time it was last seen."""


def keyed_tables() -> list[Table]:
    """Return the tables, but for history's, of which a character has at most one row for each of the other keys."""
    return [table for table in _dependent_tables() if OWNER in table.primary_key.columns and table not in HISTORY]


def numbered_tables() -> list[Table]:
    """Return the tables, but for history's, whose rows have keys of their own."""
    return [table for table in _dependent_tables() if OWNER not in table.primary_key.columns and table not in HISTORY]


def _dependent_tables() -> list[Table]:
    return [
        table
        for table in metadata.sorted_tables
        if OWNER in table.columns and table.columns[OWNER].foreign_keys and table not in (*PLAYERS_OWN, *TOLD)
    ]


async def take(connection: AsyncConnection, character_id: UUID) -> State | None:
    """Return a character's rows, or None when there is no such character."""
    own = (await connection.execute(select(characters).where(characters.c.id == character_id))).one_or_none()
    if own is None:
        return None
    rows: dict[str, dict[str, Any]] = {}
    numbers: dict[str, list[Any]] = {}
    for table in _dependent_tables():
        is_whole = OWNER in table.primary_key.columns or table in WHOLE
        columns = table.columns if is_whole else table.primary_key.columns
        query = select(*columns).where(table.columns[OWNER] == character_id)
        if table is character_snapshots:
            query = query.join(character_facets)
        found = await connection.execute(query)
        if is_whole:
            rows[table.name] = {key_of(table, row): encoded(table, row) for row in found}
        else:
            numbers[table.name] = [_plain(value) for (value,) in found]
    return {"character": encoded(characters, own), "rows": rows, "numbers": numbers}


def digests(state: State) -> dict[str, Any]:
    """Return what tells whether rows have changed since: a digest of each, as large as a key instead of as its content."""
    return {
        "character": digest(state["character"]),
        "rows": {name: {key: digest(row) for key, row in rows.items()} for name, rows in state["rows"].items()},
    }


def digest(row: Mapping[str, Any]) -> str:
    text = json.dumps(row, sort_keys=True, ensure_ascii=False)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def key_of(table: Table, row: Row[Any]) -> str:
    """Return what sets a row apart from the others of its character."""
    values = row._asdict()
    return json.dumps([_plain(values[column.name]) for column in table.primary_key.columns if column.name != OWNER])


def encoded(table: Table, row: Row[Any]) -> dict[str, Any]:
    values = row._asdict()
    return {column.name: _plain(values[column.name]) for column in table.columns}


def decoded(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row's values; a column that is new since then keeps its default."""
    return {name: _value(table.columns[name], value) for name, value in row.items() if name in table.columns}


async def put(connection: AsyncConnection, table: Table, rows: Iterable[Mapping[str, Any]], owner: UUID) -> None:
    """Insert rows as `owner`'s."""
    values = [decoded(table, row) | {OWNER: owner} for row in rows]
    if values:
        await connection.execute(insert(table), values)


async def move(connection: AsyncConnection, table: Table, numbers: Sequence[Any], to: UUID) -> None:
    """Make rows that have numbers of their own another character's."""
    [key] = table.primary_key.columns
    if numbers:
        wanted = [_value(key, number) for number in numbers]
        await connection.execute(update(table).where(key.in_(wanted)).values({OWNER: to}))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _value(column: Column[Any], value: Any) -> Any:
    if isinstance(column.type, Moment) and value is not None:
        return datetime.fromisoformat(value)
    return UUID(value) if isinstance(column.type, Uuid) and value is not None else value
