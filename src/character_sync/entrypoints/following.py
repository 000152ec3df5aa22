"""Follows a sync session from now to its end: the one way in which any gateway learns what to tell a watcher.

The channel is subscribed to first and the snapshot read second, so nothing falls between; what the channel brings
twice is dropped by its `seq`. What the channel loses, the rows still tell.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from character_sync.domain.progress import Progress
from character_sync.ports import ProgressChannel, SessionSnapshot, UserId, Work

SILENCE_SECONDS = 10.0  # the run reports to the rows as often, so a longer silence means that something was lost


@dataclass(frozen=True, slots=True)
class SessionFollower:
    """Opens what a watcher of a sync session is told."""

    work: Work
    channel: ProgressChannel
    silence_seconds: float = SILENCE_SECONDS

    @asynccontextmanager
    async def following(
        self, owner: UserId, session_id: UUID
    ) -> AsyncIterator[tuple[SessionSnapshot, AsyncIterator[Progress]]]:
        """Yield the sync session as it stands, and its events: first that state, last and once its end.

        Raises:
            NotFound.
        """
        async with self.channel.subscribe(session_id) as live:
            snapshot = await self._read(owner, session_id)
            yield snapshot, self._events(snapshot.session.progress(), live, owner, session_id)

    async def _events(
        self, state: Progress, live: AsyncIterator[Progress], owner: UserId, session_id: UUID
    ) -> AsyncIterator[Progress]:
        yield state
        while not state.is_final:
            event = await self._next(live, owner, session_id)
            if event.seq > state.seq:
                state = event
                yield event

    async def _next(self, live: AsyncIterator[Progress], owner: UserId, session_id: UUID) -> Progress:
        try:
            return await asyncio.wait_for(anext(live), self.silence_seconds)
        except TimeoutError:
            return (await self._read(owner, session_id)).session.progress()

    async def _read(self, owner: UserId, session_id: UUID) -> SessionSnapshot:
        async with self.work.reading() as work:
            return await work.sync_sessions.snapshot(owner, session_id)
