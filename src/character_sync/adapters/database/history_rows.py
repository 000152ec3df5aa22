"""Writes what facets were: contents once for each character, and between which times each was seen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, case, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from character_sync.adapters.database.tables import among, character_facet_states, character_snapshots
from character_sync.domain.character import FacetContent
from character_sync.domain.game import Facet

_STATE = character_facet_states.c


@dataclass(frozen=True, slots=True)
class NewState:
    """Another content of a facet than the one before, or its first. Without content Battle.net has none of it."""

    character_id: UUID
    facet: Facet
    content: FacetContent | None
    content_hash: str | None
    parser_version: int
    at: datetime
    upstream_modified_at: datetime | None
    seen_before: datetime | None
    """When what it was before was last known to be so; None: nothing was held."""


@dataclass(frozen=True, slots=True)
class LastSeen:
    """Until when the newest state of a facet was known to be so, where the facet's row will not tell any more."""

    character_id: UUID
    facet: str
    at: datetime


async def write_contents(connection: AsyncConnection, states: Iterable[NewState]) -> None:
    """Store contents that are not stored yet. They come before whatever refers to them."""
    rows = [
        {
            "character_id": state.character_id,
            "facet": state.facet,
            "content_hash": state.content_hash,
            "content": state.content,
        }
        for state in states
        if state.content is not None
    ]
    if rows:
        dialect = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        await connection.execute(dialect(character_snapshots).on_conflict_do_nothing(), rows)


async def write_states(connection: AsyncConnection, states: Sequence[NewState], last_seen: Sequence[LastSeen]) -> None:
    """End the states that others follow, and begin those. The caller has locked the characters."""
    if last_seen:
        await connection.execute(_newest(last_seen_at=_later("b_seen")), [_key(one, one.at) for one in last_seen])
    if not states:
        return
    there = await _newest_of(connection, {state.character_id for state in states})
    new = [state for state in states if _is_another(there, state)]
    ended = [
        {**_key(state, state.seen_before or state.at), "b_ended": state.at}
        for state in new
        if (state.character_id, state.facet) in there
    ]
    if ended:
        await connection.execute(_newest(last_seen_at=_later("b_seen"), ended_at=bindparam("b_ended")), ended)
    if new:
        await connection.execute(insert(character_facet_states), [_row(state) for state in new])


def _newest(**values: Any) -> Any:
    mine = (_STATE.character_id == bindparam("b_character"), _STATE.facet == bindparam("b_facet"))
    return update(character_facet_states).where(*mine, _STATE.ended_at.is_(None)).values(**values)


def _later(name: str) -> Any:
    seen = bindparam(name, type_=_STATE.last_seen_at.type)
    return case((_STATE.last_seen_at < seen, seen), else_=_STATE.last_seen_at)


def _key(of: NewState | LastSeen, seen: datetime) -> dict[str, Any]:
    return {"b_character": of.character_id, "b_facet": of.facet, "b_seen": seen}


async def _newest_of(connection: AsyncConnection, ids: Iterable[UUID]) -> dict[tuple[UUID, str], str | None]:
    query = select(_STATE.character_id, _STATE.facet, _STATE.content_hash)
    rows = await connection.execute(query.where(among(_STATE.character_id, ids), _STATE.ended_at.is_(None)))
    return {(row.character_id, row.facet): row.content_hash for row in rows}


def _is_another(there: dict[tuple[UUID, str], str | None], state: NewState) -> bool:
    """Whether it is not what the newest state says already, as after an absence, a failure, and the same absence."""
    key = (state.character_id, state.facet.value)
    return key not in there or there[key] != state.content_hash


def _row(state: NewState) -> dict[str, Any]:
    return {
        "character_id": state.character_id,
        "facet": state.facet,
        "content_hash": state.content_hash,
        "parser_version": state.parser_version,
        "first_seen_at": state.at,
        "last_seen_at": state.at,
        "upstream_modified_at": state.upstream_modified_at,
    }
