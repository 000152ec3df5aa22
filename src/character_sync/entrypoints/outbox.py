"""What one reader has yet to be told: bounded, and of each sync session only the newest once the reader is slow."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from character_sync.domain.progress import Progress

# Twice what one commit of the largest allowed run tells (500 characters taken up, 500 settled), so that a reader who
# keeps up misses nothing; held are references to events that all watchers of a sync session share.
HOLDS = 2_000


@dataclass(frozen=True, slots=True)
class News:
    """An event, and when it was published; None for the state as the rows have it."""

    event: Progress
    published_at: datetime | None = None


class Outbox:
    """Filled by the sync sessions a reader watches, emptied at the reader's own pace.

    Most readers are told nothing most of the time, and there are thousands: nothing is made for one before it is needed.
    """

    __slots__ = ("_conflated", "_filled", "_holds", "_news", "_something")

    def __init__(
        self,
        *,
        holds: int = HOLDS,
        conflated: Callable[[int], None] = lambda _events: None,
        filled: Callable[[], None] = lambda: None,
    ) -> None:
        """`filled` is called whenever something is put, for a reader who does not wait in `take`."""
        self._holds = holds
        self._conflated = conflated
        self._filled = filled
        self._news: deque[News] | None = None
        self._something: asyncio.Event | None = None

    def __len__(self) -> int:
        return len(self._news or ())

    def put(self, news: News) -> None:
        """Keep what a reader is to be told. The newest of a sync session, and so its end, is never lost."""
        if self._news is None:
            self._news = deque()
        self._news.append(news)
        if len(self._news) > self._holds:
            newest: dict[UUID, News] = {}
            for held in self._news:
                newest.pop(held.event.session_id, None)
                newest[held.event.session_id] = held
            self._conflated(len(self._news) - len(newest))
            self._news = deque(newest.values())
        if self._something is not None:
            self._something.set()
        self._filled()

    async def take(self, at_most: int = 1) -> list[News]:
        """Wait for something and return what came first."""
        while not self._news:
            self._something = asyncio.Event()
            await self._something.wait()
        taken = [self._news.popleft() for _ in range(min(at_most, len(self._news)))]
        if not self._news:
            self._news = None
        return taken

    def forget(self, session_id: UUID) -> None:
        """Tell nothing more of a sync session."""
        if self._news is not None:
            self._news = deque(news for news in self._news if news.event.session_id != session_id)
