"""Follows sync sessions from now to their ends: the one way in which any gateway learns what to tell a watcher.

However many watch a sync session in this process, it is subscribed to once and its rows are read once for all of them.
The channel is subscribed to first and the rows are read second, so nothing falls between; what comes twice is dropped
by its `seq`. What the channel loses, the rows still tell: they are read again after every interruption and silence.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from functools import partial
from uuid import UUID

import structlog

from character_sync.domain.errors import CharacterSyncError, NotFound
from character_sync.domain.progress import Progress
from character_sync.entrypoints.outbox import HOLDS, News, Outbox
from character_sync.ports import ProgressChannel, SessionSnapshot, UserId, Work

log = structlog.get_logger()

SILENCE_SECONDS = 10.0  # the run reports to the rows as often, so a longer silence means that something was lost
LIVE_WITHIN_SECONDS = 1.0  # a channel that works takes a millisecond; without it, the rows are better than a wait


class SessionFollower:
    """Opens what watchers of sync sessions are told."""

    def __init__(
        self,
        work: Work,
        channel: ProgressChannel,
        *,
        silence_seconds: float = SILENCE_SECONDS,
        conflated: Callable[[int], None] = lambda _events: None,
    ) -> None:
        self._work = work
        self._channel = channel
        self._conflated = conflated
        self._silence_seconds = silence_seconds
        # By owner as well: whoever it does not belong to follows something that is not there.
        self._followed: dict[tuple[UserId, UUID], _FollowedSession] = {}

    @property
    def watchers(self) -> int:
        return sum(followed.watchers for followed in self._followed.values())

    @property
    def subscriptions(self) -> int:
        return len(self._followed)

    async def join(self, owner: UserId, session_id: UUID, outbox: Outbox) -> SessionSnapshot:
        """Return the sync session as it stands, and put its events into `outbox`: first that state, last its end.

        Raises:
            NotFound: it is not there, or somebody else's.
            CharacterSyncError: the rows cannot be read now.
        """
        key = (owner, session_id)
        followed = self._followed.get(key)
        if followed is None:
            followed = _FollowedSession(
                session_id,
                self._channel,
                read=partial(self._read, owner, session_id),
                silence_seconds=self._silence_seconds,
                ended=partial(self._forget, key),
            )
            self._followed[key] = followed
        return await followed.join(outbox)

    def leave(self, owner: UserId, session_id: UUID, outbox: Outbox) -> None:
        """Tell nothing more of a sync session; nothing happens when it was not watched."""
        outbox.forget(session_id)
        followed = self._followed.get((owner, session_id))
        if followed is not None:
            followed.leave(outbox)

    @asynccontextmanager
    async def following(self, owner: UserId, session_id: UUID) -> AsyncIterator[AsyncIterator[Progress]]:
        """Yield the events of a sync session, for a reader of this one alone. Raises as `join` does."""
        outbox = Outbox(conflated=self._conflated)
        try:
            await self.join(owner, session_id, outbox)
            yield _to_the_end(outbox)
        finally:
            self.leave(owner, session_id, outbox)

    async def close(self) -> None:
        """End every watch."""
        await asyncio.gather(*(followed.end() for followed in list(self._followed.values())))

    def _forget(self, key: tuple[UserId, UUID], ended: "_FollowedSession") -> None:
        if self._followed.get(key) is ended:
            del self._followed[key]

    async def _read(self, owner: UserId, session_id: UUID) -> SessionSnapshot:
        async with self._work.reading() as work:
            return await work.sync_sessions.snapshot(owner, session_id)


async def _to_the_end(outbox: Outbox) -> AsyncIterator[Progress]:
    while True:
        [news] = await outbox.take()
        yield news.event
        if news.event.is_final:
            return


class _FollowedSession:
    """One sync session and everybody in this process who watches it. It ends with its last watcher, or with the sync."""

    def __init__(
        self,
        session_id: UUID,
        channel: ProgressChannel,
        *,
        read: Callable[[], Awaitable[SessionSnapshot]],
        silence_seconds: float,
        ended: Callable[["_FollowedSession"], None],
    ) -> None:
        self._session_id = session_id
        self._channel = channel
        self._read = read
        self._silence_seconds = silence_seconds
        self._ended = ended
        self._told: dict[Outbox, int] = {}  # the `seq` up to which each watcher was told
        self._joining: dict[Outbox, asyncio.Future[SessionSnapshot]] = {}
        self._heard_while_reading: deque[News] = deque(maxlen=HOLDS)
        self._heard_at = 0.0
        self._live = asyncio.Event()
        self._due = asyncio.Event()  # the rows are to be read
        self._may_have_lost_events = False
        self._task = asyncio.create_task(self._follow(), name=f"follow {session_id}")

    @property
    def watchers(self) -> int:
        return len(self._told)

    async def join(self, outbox: Outbox) -> SessionSnapshot:
        joined: asyncio.Future[SessionSnapshot] = asyncio.get_running_loop().create_future()
        self._joining[outbox] = joined
        self._due.set()
        return await joined

    def leave(self, outbox: Outbox) -> None:
        self._told.pop(outbox, None)
        joined = self._joining.pop(outbox, None)
        if joined is not None and not joined.done():
            joined.set_exception(NotFound())
        if not self._told and not self._joining:
            self._ended(self)
            self._task.cancel()

    async def end(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _follow(self) -> None:
        try:
            with self._channel.subscribe(self._session_id, hear=self._hear, live=self._begin_again):
                with suppress(TimeoutError):
                    async with asyncio.timeout(LIVE_WITHIN_SECONDS):
                        await self._live.wait()
                while self._joining or self._told:
                    await self._read_rows()
                    if self._told:
                        await self._until_due()
        finally:
            self._ended(self)
            self._refuse(list(self._joining), CharacterSyncError())

    def _begin_again(self) -> None:
        """Take note that the channel works from now on; what it lost before, the rows have."""
        self._may_have_lost_events = True
        self._live.set()
        self._due.set()

    def _hear(self, event: Progress, published_at: datetime) -> None:
        news = News(event, published_at)
        self._heard_at = _now()
        self._heard_while_reading.append(news)
        for outbox in list(self._told):
            self._tell(outbox, news)
        if event.is_final:
            self._due.set()

    def _tell(self, outbox: Outbox, news: News) -> None:
        if news.event.seq > self._told[outbox]:
            self._told[outbox] = news.event.seq
            outbox.put(news)
            if news.event.is_final:
                del self._told[outbox]

    async def _until_due(self) -> None:
        """Wait until somebody joins, the channel works again, or nothing was heard for too long."""
        while not self._due.is_set():
            rest = self._heard_at + self._silence_seconds - _now()
            if rest <= 0:
                self._may_have_lost_events = True
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(rest):
                    await self._due.wait()

    async def _read_rows(self) -> None:
        """Read once, for all who have joined by now and, after a loss, for all who watch."""
        self._due.clear()
        joining = list(self._joining)
        heals, self._may_have_lost_events = self._may_have_lost_events, False
        self._heard_while_reading.clear()
        try:
            snapshot = await self._read()
        except Exception as error:  # noqa: BLE001 - whatever it is, whoever joins is told now and not by a time-out
            self._may_have_lost_events = heals
            self._refuse(joining, error)
        else:
            if heals:
                for outbox in list(self._told):
                    self._tell(outbox, News(snapshot.session.progress()))
            self._admit(joining, snapshot)
        self._heard_at = _now()

    def _admit(self, joining: list[Outbox], snapshot: SessionSnapshot) -> None:
        for outbox in joining:
            joined = self._joining.pop(outbox, None)
            if joined is None or joined.done():  # has left meanwhile
                continue
            # From the snapshot on, and not before it: an event between a commit and its way here is in the rows.
            outbox.forget(self._session_id)
            self._told[outbox] = -1
            for news in (News(snapshot.session.progress()), *self._heard_while_reading):
                if outbox in self._told:
                    self._tell(outbox, news)
            joined.set_result(snapshot)

    def _refuse(self, joining: list[Outbox], error: Exception) -> None:
        if not isinstance(error, CharacterSyncError):
            log.error("progress_not_read", session_id=str(self._session_id), exc_info=error)
            error = CharacterSyncError()
        for outbox in joining:
            joined = self._joining.pop(outbox, None)
            if joined is not None and not joined.done():
                joined.set_exception(error)


def _now() -> float:
    return asyncio.get_running_loop().time()
