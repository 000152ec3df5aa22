"""What operators look up across all users. No request of a player's comes here: theirs always name an owner."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from character_sync.adapters.database.sync_sessions import session_of
from character_sync.adapters.database.tables import (
    changes,
    character_jobs,
    character_sync_sessions,
    characters,
    is_active,
)
from character_sync.domain.errors import NotFound
from character_sync.domain.sync_session import CharacterSyncSession
from character_sync.ports import UserId

_SESSION = character_sync_sessions.c


@dataclass(frozen=True, slots=True)
class FoundSession:
    """A sync session, whose it is, and until when a run holds it."""

    owner: UserId
    session: CharacterSyncSession
    lease_until: datetime | None


@dataclass(frozen=True, slots=True)
class FoundCharacter:
    """A character that answers to a name, and whose it is."""

    owner: UserId
    id: UUID
    name: str
    realm_slug: str
    region: str
    game_version: str
    level: int
    is_active: bool


@dataclass(frozen=True, slots=True)
class PastJob:
    """What a sync session did with a character."""

    session_id: UUID
    kind: str
    started_at: datetime
    status: str
    attempts: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class PastChange:
    """A change of a character that is still kept."""

    kind: str
    at: datetime
    detail: dict[str, Any]


class DatabaseLookups:
    """Reads only."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def sessions(self, *, finished_too: bool, limit: int) -> list[FoundSession]:
        """Return sync sessions of all users, newest first."""
        query = select(character_sync_sessions)
        if not finished_too:
            query = query.where(is_active(_SESSION.status))
        return await self._sessions(query.order_by(_SESSION.started_at.desc(), _SESSION.id).limit(limit))

    async def session(self, session_id: UUID) -> FoundSession:
        """Raises NotFound."""
        found = await self._sessions(select(character_sync_sessions).where(_SESSION.id == session_id))
        if not found:
            raise NotFound
        return found[0]

    async def _sessions(self, query: Select[Any]) -> list[FoundSession]:
        rows = await self._connection.execute(query)
        return [FoundSession(UserId(row.user_id), session_of(row), row.lease_until) for row in rows]

    async def characters(self, id_or_name: UUID | str, realm_slug: str | None, limit: int) -> list[FoundCharacter]:
        """Return the character with an id, or those with a name, in any case, on a realm or on all; active ones first."""
        column = characters.c
        query = select(
            column.user_id,
            column.id,
            column.name,
            column.realm_slug,
            column.region,
            column.game_version,
            column.level,
            column.is_active,
        )
        if isinstance(id_or_name, UUID):
            query = query.where(column.id == id_or_name)
        else:
            # SQLite folds ASCII only; a name is written as the game writes it: one capital, then small letters.
            query = query.where(column.name.in_([id_or_name, id_or_name.capitalize()]))
        if realm_slug is not None:
            query = query.where(func.lower(column.realm_slug) == realm_slug.lower())
        query = query.order_by(column.is_active.desc(), column.level.desc(), column.id).limit(limit)
        return [FoundCharacter(UserId(row.user_id), *tuple(row)[1:]) for row in await self._connection.execute(query)]

    async def jobs_of(self, owner: UserId, character_id: UUID, *, sessions: int) -> Sequence[PastJob]:
        """Return what the user's newest sync sessions did with a character, newest first."""
        newest = (
            select(_SESSION.id)
            .where(_SESSION.user_id == owner)
            .order_by(_SESSION.started_at.desc(), _SESSION.id.desc())
            .limit(sessions)
        )
        job = character_jobs.c
        query = (
            select(job.session_id, _SESSION.kind, _SESSION.started_at, job.status, job.attempts, job.reason)
            .join(character_sync_sessions, _SESSION.id == job.session_id)
            .where(job.session_id.in_(newest.scalar_subquery()), job.character_id == character_id)
            .order_by(_SESSION.started_at.desc(), job.id.desc())
        )
        return [PastJob(*row) for row in await self._connection.execute(query)]

    async def changes_of(self, owner: UserId, character_id: UUID, *, limit: int) -> Sequence[PastChange]:
        """Return the newest changes of a character, newest first."""
        change = changes.c
        query = (
            select(change.kind, change.at, change.detail)
            .where(change.user_id == owner, change.character_id == character_id)
            .order_by(change.number.desc())
            .limit(limit)
        )
        return [PastChange(*row) for row in await self._connection.execute(query)]
