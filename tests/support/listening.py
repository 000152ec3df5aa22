"""An ear on a progress channel, for tests."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

from character_sync.domain.progress import Progress
from character_sync.ports import ProgressChannel


class Ear:
    """What was heard of one sync session, in order."""

    def __init__(self) -> None:
        self.events: asyncio.Queue[Progress] = asyncio.Queue()
        self.published_at: list[datetime] = []
        self.lives = asyncio.Semaphore(0)

    def hear(self, event: Progress, published_at: datetime) -> None:
        self.events.put_nowait(event)
        self.published_at.append(published_at)

    async def next(self, count: int) -> list[Progress]:
        return [await self.events.get() for _ in range(count)]


@asynccontextmanager
async def listening(channel: ProgressChannel, session_id: UUID) -> AsyncIterator[Ear]:
    """Listen to a sync session from the moment on at which the channel says that it works."""
    ear = Ear()
    with channel.subscribe(session_id, hear=ear.hear, live=ear.lives.release):
        await ear.lives.acquire()
        yield ear
