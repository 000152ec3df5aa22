"""Everything held about a user: read in portions for their export, and erased whole."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, Table, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from character_sync.adapters.database.belongings import DatabasePlayersOwn
from character_sync.adapters.database.changes import DatabaseChanges
from character_sync.adapters.database.characters import DatabaseCharacters
from character_sync.adapters.database.history import DatabaseHistory
from character_sync.adapters.database.identities import DatabaseIdentities
from character_sync.adapters.database.identity_tables import identity_decisions
from character_sync.adapters.database.observations import DatabaseObservations
from character_sync.adapters.database.sync_sessions import DatabaseSyncSessions
from character_sync.adapters.database.tables import (
    battle_net_tokens,
    browser_sign_ins,
    character_jobs,
    character_sync_sessions,
    characters,
    users,
)
from character_sync.adapters.database.users import unlinked
from character_sync.domain.errors import NotFound
from character_sync.ports import (
    HeldCharacter,
    HeldDecision,
    HeldGrant,
    HeldSession,
    HeldSignIn,
    HeldState,
    HeldUser,
    UserId,
)


class DatabaseHoldings:
    """Implements the port `Holdings`."""

    def __init__(
        self,
        connection: AsyncConnection,
        characters: DatabaseCharacters,
        sync_sessions: DatabaseSyncSessions,
        *,
        observations: DatabaseObservations,
        players_own: DatabasePlayersOwn,
        identities: DatabaseIdentities,
        changes: DatabaseChanges,
        history: DatabaseHistory,
    ) -> None:
        self._connection = connection
        self._changes = changes
        self._characters = characters
        self._sync_sessions = sync_sessions
        self._observations = observations
        self._players_own = players_own
        self._identities = identities
        self._history = history

    async def user(self, owner: UserId) -> HeldUser:
        row = (await self._connection.execute(select(users).where(users.c.id == owner))).one_or_none()
        if row is None:
            raise NotFound
        columns = browser_sign_ins.c
        query = select(columns.created_at, columns.last_used_at, columns.expires_at)
        sign_ins = await self._connection.execute(query.where(columns.user_id == owner).order_by(columns.created_at))
        return HeldUser(
            owner,
            "" if row.battle_net_sub == unlinked(owner) else row.battle_net_sub,
            row.site_user_id,
            row.battletag,
            row.created_at,
            row.updated_at,
            await self._grant(owner),
            tuple(HeldSignIn(*sign_in) for sign_in in sign_ins),
        )

    async def _grant(self, owner: UserId) -> HeldGrant | None:
        columns = battle_net_tokens.c
        query = select(columns.scopes, columns.created_at, columns.expires_at, columns.refused_at)
        row = (await self._connection.execute(query.where(columns.user_id == owner))).one_or_none()
        return None if row is None else HeldGrant(tuple(row.scopes.split()), *row[1:])

    async def characters(self, owner: UserId, *, after: UUID | None, limit: int) -> Sequence[HeldCharacter]:
        columns = characters.c
        query = select(columns.id, columns.namespace_family, columns.realm_id, columns.wow_account_id)
        rows = await self._portion(query, characters, owner, after, limit)
        mine = await self._players_own.of(owner, [row.id for row in rows])
        return [
            HeldCharacter(
                character,
                facets,
                row.namespace_family,
                row.realm_id,
                row.wow_account_id,
                tuple(await self._observations.of_character(owner, row.id)),
                mine.get(row.id),
            )
            for row in rows
            for character, facets in [await self._characters.one(owner, row.id)]
        ]

    async def sync_sessions(self, owner: UserId, *, after: UUID | None, limit: int) -> Sequence[HeldSession]:
        query = select(character_sync_sessions.c.id, character_sync_sessions.c.deadline_at)
        rows = await self._portion(query, character_sync_sessions, owner, after, limit)
        return [
            HeldSession(
                await self._sync_sessions.snapshot(owner, row.id), row.deadline_at, await self._settled_at(row.id)
            )
            for row in rows
        ]

    async def identity_decisions(self, owner: UserId, *, after: UUID | None, limit: int) -> Sequence[HeldDecision]:
        query = select(identity_decisions.c.id, identity_decisions.c.restorable)
        rows = await self._portion(query, identity_decisions, owner, after, limit)
        return [HeldDecision(await self._identities.one(owner, row.id), row.restorable) for row in rows]

    async def states(self, owner: UserId, *, after: int, limit: int) -> Sequence[HeldState]:
        return await self._history.held(owner, after=after, limit=limit)

    async def _settled_at(self, session_id: UUID) -> dict[int, datetime | None]:
        columns = character_jobs.c
        rows = await self._connection.execute(
            select(columns.id, columns.settled_at).where(columns.session_id == session_id)
        )
        return {row.id: row.settled_at for row in rows}

    async def _portion(
        self, query: Select[Any], table: Table, owner: UserId, after: UUID | None, limit: int
    ) -> Sequence[Row[Any]]:
        query = query.where(table.c.user_id == owner)
        if after is not None:
            query = query.where(table.c.id > after)
        rows: Sequence[Row[Any]] = (await self._connection.execute(query.order_by(table.c.id).limit(limit))).all()
        return rows

    async def erase(self, owner: UserId) -> None:
        await self._connection.execute(delete(users).where(users.c.id == owner))
        self._changes.drop(owner)
