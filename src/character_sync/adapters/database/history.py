"""How characters were before: states of their facets, read with the times they were seen, and forgotten in time."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import Row, Select, and_, delete, exists, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from character_sync.adapters.database.characters import lock_characters
from character_sync.adapters.database.tables import (
    character_facet_states,
    character_facets,
    character_snapshots,
    characters,
)
from character_sync.domain.character import (
    CharacterMedia,
    CharacterProfile,
    Equipment,
    FacetContent,
    ProtectedCharacter,
    Specializations,
)
from character_sync.domain.errors import NotFound
from character_sync.domain.freshness import TOLD_BY_THE_LOGIN
from character_sync.domain.game import Facet
from character_sync.domain.history import SeenState, end_of_millisecond
from character_sync.ports import HeldState, StatePage, UserId

# What an older release has stored is read too: a field that has come since has a default.
_CONTENTS: Final[Mapping[Facet, type[FacetContent]]] = {
    Facet.PROFILE: CharacterProfile,
    Facet.MEDIA: CharacterMedia,
    Facet.EQUIPMENT: Equipment,
    Facet.SPECIALIZATIONS: Specializations,
    Facet.PROTECTED: ProtectedCharacter,
}

_STATE = character_facet_states.c
_OWN = character_facets.alias("own")
_PROFILE = character_facets.alias("profile")
_SNAPSHOT = character_snapshots.c


class DatabaseHistory:
    """Implements the port `History`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def page(
        self, owner: UserId, character_id: UUID, *, facet: Facet | None = None, after: int | None = None, limit: int
    ) -> StatePage:
        await self._need(owner, character_id)
        query = _states().where(_STATE.character_id == character_id)
        if facet is not None:
            query = query.where(_STATE.facet == facet)
        if after is not None:
            query = query.where(_STATE.id < after)
        rows = (await self._connection.execute(query.order_by(_STATE.id.desc()).limit(limit + 1))).all()
        items = tuple(seen_state(row) for row in rows[:limit])
        return StatePage(items, items[-1].id if len(rows) > limit else None)

    async def as_of(
        self, owner: UserId, character_id: UUID, moment: datetime | None, *, back: int = 0
    ) -> Mapping[Facet, SeenState]:
        await self._need(owner, character_id)
        found = {}
        for facet in Facet:
            query = _with_content(_states()).where(_STATE.character_id == character_id, _STATE.facet == facet)
            if moment is not None:
                query = query.where(_STATE.first_seen_at <= end_of_millisecond(moment))
            query = query.order_by(_STATE.first_seen_at.desc(), _STATE.id.desc()).offset(back).limit(1)
            row = (await self._connection.execute(query)).one_or_none()
            if row is not None:
                found[facet] = seen_state(row, _content(facet, row.content))
        return found

    async def profiles(self, owner: UserId, character_id: UUID, limit: int) -> list[SeenState]:
        await self._need(owner, character_id)
        profiles = (_STATE.character_id == character_id, _STATE.facet == Facet.PROFILE)
        query = _with_content(_states()).where(*profiles).order_by(_STATE.first_seen_at.desc(), _STATE.id.desc())
        rows = await self._connection.execute(query.limit(limit))
        return [seen_state(row, _content(Facet.PROFILE, row.content)) for row in rows][::-1]

    async def held(self, owner: UserId, *, after: int, limit: int) -> list[HeldState]:
        """Return a portion of everything, for an export."""
        query = _with_content(_states()).join(characters, characters.c.id == _STATE.character_id)
        query = query.where(characters.c.user_id == owner, _STATE.id > after).order_by(_STATE.id).limit(limit)
        rows = await self._connection.execute(query)
        return [HeldState(row.character_id, seen_state(row), row.content) for row in rows]

    async def forget(self, ended_before: datetime, limit: int) -> int:
        old = select(_STATE.id, _STATE.character_id).where(_STATE.ended_at <= ended_before)
        rows = (await self._connection.execute(old.order_by(_STATE.ended_at, _STATE.id).limit(limit))).all()
        if not rows:
            return 0
        # Or a content might go that a run has just found to be stored already.
        await lock_characters(self._connection, {row.character_id for row in rows})
        key = (_STATE.character_id, _STATE.facet, _STATE.content_hash)
        gone = await self._connection.execute(
            delete(character_facet_states).where(_STATE.id.in_([row.id for row in rows])).returning(*key)
        )
        keys = gone.all()
        contents = [tuple(row) for row in {tuple(row) for row in keys} if row[2] is not None]
        if contents:
            await self._forget_contents(contents)
        return len(keys)

    async def _forget_contents(self, keys: list[tuple[Any, ...]]) -> None:
        """Delete those contents that neither another state nor the facet itself still has."""

        def refers(table: Any) -> Any:
            return exists().where(
                table.c.character_id == _SNAPSHOT.character_id,
                table.c.facet == _SNAPSHOT.facet,
                table.c.content_hash == _SNAPSHOT.content_hash,
            )

        key = tuple_(_SNAPSHOT.character_id, _SNAPSHOT.facet, _SNAPSHOT.content_hash)
        unused = (~refers(character_facet_states), ~refers(character_facets))
        await self._connection.execute(delete(character_snapshots).where(key.in_(keys), *unused))

    async def _need(self, owner: UserId, character_id: UUID) -> None:
        mine = select(characters.c.id).where(characters.c.id == character_id, characters.c.user_id == owner)
        if (await self._connection.execute(mine)).one_or_none() is None:
            raise NotFound


def _states() -> Select[Any]:
    """Select states with what their facet's row and the profile's know of the newest of them."""
    own = and_(_OWN.c.character_id == _STATE.character_id, _OWN.c.facet == _STATE.facet)
    profile = and_(_PROFILE.c.character_id == _STATE.character_id, _PROFILE.c.facet == Facet.PROFILE)
    return (
        select(
            character_facet_states,
            _OWN.c.fetched_at.label("own_fetched_at"),
            _OWN.c.login_at.label("own_login_at"),
            _PROFILE.c.fetched_at.label("profile_fetched_at"),
            _PROFILE.c.login_at.label("profile_login_at"),
        )
        .outerjoin(_OWN, own)
        .outerjoin(_PROFILE, profile)
        .where(_STATE.facet.in_(list(Facet)))
    )


def _with_content(states: Select[Any]) -> Select[Any]:
    same = and_(
        _SNAPSHOT.character_id == _STATE.character_id,
        _SNAPSHOT.facet == _STATE.facet,
        _SNAPSHOT.content_hash == _STATE.content_hash,
    )
    return states.add_columns(_SNAPSHOT.content).outerjoin(character_snapshots, same)


def _content(facet: Facet, stored: Any) -> FacetContent | None:
    return None if stored is None else msgspec.convert(stored, _CONTENTS[facet])


def seen_state(row: Row[Any], content: FacetContent | None = None) -> SeenState:
    """Return a state; the newest was seen whenever its facet was answered since, or its login was shown again."""
    last_seen_at = row.last_seen_at
    if row.ended_at is None:
        is_same_login = row.own_login_at is not None and row.own_login_at == row.profile_login_at
        is_told = row.facet in TOLD_BY_THE_LOGIN and is_same_login
        known = (last_seen_at, row.own_fetched_at, row.profile_fetched_at if is_told else None)
        last_seen_at = max(moment for moment in known if moment is not None)
    return SeenState(
        id=row.id,
        facet=Facet(row.facet),
        first_seen_at=row.first_seen_at,
        last_seen_at=last_seen_at,
        ended_at=row.ended_at,
        upstream_modified_at=row.upstream_modified_at,
        content_hash=row.content_hash,
        parser_version=row.parser_version,
        content=content,
    )
