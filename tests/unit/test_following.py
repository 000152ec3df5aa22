"""Following a sync session while parts of the service are away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

from character_sync.adapters.progress_channel import MemoryProgressChannel
from character_sync.domain.errors import DatabaseUnavailable
from character_sync.domain.sync_session import CharacterSyncSession, SessionStatus
from character_sync.entrypoints.following import SessionFollower
from character_sync.ports import SessionSnapshot, UserId
from fakes.characters import session_of


class DatabaseThatGoesAway:
    """Keeps `reading` of the port `Work`; each read takes the next of what there is to read, None being an outage."""

    def __init__(self, *reads: CharacterSyncSession | None) -> None:
        self._reads = list(reads)
        self.sync_sessions = SimpleNamespace(snapshot=self._snapshot)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Any]:
        yield self

    async def _snapshot(self, _owner: UserId, _session_id: UUID) -> SessionSnapshot:
        session = self._reads.pop(0)
        if session is None:
            raise DatabaseUnavailable
        return SessionSnapshot(session, ())


async def test_a_watcher_stays_while_the_database_is_away_and_is_told_the_end_when_it_is_back() -> None:
    owner = UserId(uuid4())
    under_way, over = session_of(1, owner=owner), session_of(1, owner=owner)
    over.status, over.seq = SessionStatus.CANCELLED, 2_000_000
    work: Any = DatabaseThatGoesAway(under_way, None, None, over)
    follower = SessionFollower(work, MemoryProgressChannel(), silence_seconds=0.01)
    async with asyncio.timeout(60), follower.following(owner, under_way.id) as (_, events):
        told = [event.status async for event in events]
    assert told == ["pending", "cancelled"]
