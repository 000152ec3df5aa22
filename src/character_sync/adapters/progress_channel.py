"""Carries events from a sync session's run to its watchers: inside one process, or over Redis."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import msgspec
import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from character_sync.domain.errors import NotReady
from character_sync.domain.progress import Progress

log = structlog.get_logger()

SUBSCRIBER_HOLDS = 1_000  # events; a reader this far behind loses the oldest, and the next it reads makes it whole
SUBSCRIBE_SECONDS = 5.0  # Redis answers in a millisecond; a watcher is better told to come again than kept waiting
RECONNECT_SECONDS = 1.0  # long enough not to hammer a Redis that starts, short beside a page's 10 s watchdog
PREFIX = "character-sync:progress:"


class MemoryProgressChannel:
    """Implements the port `ProgressChannel` inside one process."""

    def __init__(self) -> None:
        self._subscribers: defaultdict[UUID, set[asyncio.Queue[Progress]]] = defaultdict(set)

    async def publish(self, events: Sequence[Progress]) -> None:
        for event in events:
            self._tell(event)

    @asynccontextmanager
    async def subscribe(self, session_id: UUID) -> AsyncIterator[AsyncIterator[Progress]]:
        queue: asyncio.Queue[Progress] = asyncio.Queue(SUBSCRIBER_HOLDS)
        await self._add(session_id, queue)
        try:
            yield _Each(queue)
        finally:
            await self._remove(session_id, queue)

    async def _add(self, session_id: UUID, queue: asyncio.Queue[Progress]) -> None:
        self._subscribers[session_id].add(queue)

    async def _remove(self, session_id: UUID, queue: asyncio.Queue[Progress]) -> None:
        queues = self._subscribers[session_id]
        queues.discard(queue)
        if not queues:
            del self._subscribers[session_id]

    def _tell(self, event: Progress) -> None:
        for queue in self._subscribers.get(event.session_id, ()):
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(event)


class RedisProgressChannel(MemoryProgressChannel):
    """Implements the port over Redis: one Redis channel per sync session, subscribed to only while watched here."""

    def __init__(self, redis: Redis) -> None:
        super().__init__()
        self._redis = redis
        self._pubsub: PubSub = redis.pubsub()
        self._known_to_redis: defaultdict[UUID, asyncio.Event] = defaultdict(asyncio.Event)
        self._encoder = msgspec.json.Encoder()
        self._decoder = msgspec.json.Decoder(Progress)
        self._listening = asyncio.Event()

    async def publish(self, events: Sequence[Progress]) -> None:
        pipeline = self._redis.pipeline(transaction=False)
        for event in events:
            pipeline.publish(_channel(event.session_id), self._encoder.encode(event))
        try:
            await pipeline.execute()
        except (RedisError, OSError) as error:
            log.warning("progress_not_published", events=len(events), error=str(error))

    async def _add(self, session_id: UUID, queue: asyncio.Queue[Progress]) -> None:
        """Return when Redis says that it is subscribed: what is published from then on arrives.

        Raises:
            RedisError, OSError: Redis cannot be reached; nothing is left behind.
        """
        await super()._add(session_id, queue)
        known = self._known_to_redis[session_id]
        try:
            async with asyncio.timeout(SUBSCRIBE_SECONDS):
                if not known.is_set():
                    await self._pubsub.subscribe(_channel(session_id))
                    self._listening.set()
                    await known.wait()
        except BaseException:
            await self._remove(session_id, queue)
            raise

    async def _remove(self, session_id: UUID, queue: asyncio.Queue[Progress]) -> None:
        await super()._remove(session_id, queue)
        if session_id in self._subscribers:
            return
        del self._known_to_redis[session_id]
        try:
            await self._pubsub.unsubscribe(_channel(session_id))
        except (RedisError, OSError) as error:
            log.warning("progress_channel_interrupted", error=str(error))

    async def listen(self) -> None:
        """Hand what Redis says to the subscribers here, for ever; a lost connection is made anew."""
        while True:
            await self._listening.wait()
            try:
                async for message in self._pubsub.listen():
                    self._hear(message)
                self._listening.clear()  # nobody subscribes: Redis has nothing to say until somebody does
            except (RedisError, OSError) as error:
                log.warning("progress_channel_interrupted", error=str(error))
                await asyncio.sleep(RECONNECT_SECONDS)

    def _hear(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "subscribe":
                session_id = UUID(message["channel"].decode().removeprefix(PREFIX))
                if session_id in self._known_to_redis:
                    self._known_to_redis[session_id].set()
            case "message":
                try:
                    event = self._decoder.decode(message["data"])
                except msgspec.DecodeError as error:
                    log.warning("progress_unreadable", error=str(error))
                else:
                    self._tell(event)

    async def close(self) -> None:
        await self._pubsub.aclose()  # type: ignore[no-untyped-call] # redis-py leaves it unannotated
        await self._redis.aclose()


@asynccontextmanager
async def open_progress_channel(queue_url: str) -> AsyncIterator[MemoryProgressChannel]:
    """Open the channel that belongs to a queue: in memory beside `memory://`, else on the queue's Redis."""
    if queue_url.startswith("memory://"):
        yield MemoryProgressChannel()
        return
    try:
        channel = RedisProgressChannel(Redis.from_url(queue_url))
    except ValueError:
        raise NotReady(
            "The progress channel cannot use CHARACTER_SYNC_QUEUE_URL: it must be memory:// or redis://."
        ) from None
    listener = asyncio.create_task(channel.listen(), name="progress channel")
    try:
        yield channel
    finally:
        listener.cancel()
        await asyncio.gather(listener, return_exceptions=True)
        await channel.close()


def _channel(session_id: UUID) -> str:
    return f"{PREFIX}{session_id}"


class _Each:
    """Reads a queue for ever. Not a generator, which a cancelled wait would end."""

    def __init__(self, queue: asyncio.Queue[Progress]) -> None:
        self._queue = queue

    def __aiter__(self) -> "_Each":
        return self

    async def __anext__(self) -> Progress:
        return await self._queue.get()
