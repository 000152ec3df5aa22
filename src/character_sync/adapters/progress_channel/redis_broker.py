"""Carries messages by name over Redis: one connection to hear on and one pool to speak on, for the whole process."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisClusterException, RedisError

from character_sync.adapters.progress_channel.listeners import Listener, MemoryBroker
from character_sync.adapters.progress_channel.redis_addresses import CONNECT_SECONDS, Connect

log = structlog.get_logger()

PUBLISH_SECONDS = 1.0  # a run waits for this after each commit; what it cannot tell, the rows do
FIRST_PAUSE_SECONDS = 0.25  # short beside a page's 10 s watchdog, long enough not to hammer a Redis that starts
LONGEST_PAUSE_SECONDS = 5.0  # a Redis that is back is used again before watchers read the rows of themselves
PREFIX = "character-sync:"
SELF = f"{PREFIX}hearing"  # listened to by every process, so that a connection is never without a subscription

GONE = (RedisError, RedisClusterException, OSError)

Draw = Callable[[], float]


def pause(failures: int, draw: Draw) -> float:
    """Return how long to wait after so many failures in a row: doubling, half of it by chance, never above the longest.

    The chance keeps processes that lost the same Redis from coming back in step.
    """
    whole = min(FIRST_PAUSE_SECONDS * 2.0 ** min(failures - 1, 10), LONGEST_PAUSE_SECONDS)
    return whole * (0.5 + draw() / 2)


class RedisBroker:
    """Implements `Broker` over Redis. A name costs its process a subscription only while somebody here listens."""

    def __init__(self, connect: Connect, draw: Draw = random.random) -> None:
        self._connect = connect
        self._draw = draw
        self._here = MemoryBroker()
        self._live: set[str] = set()
        self._changed = asyncio.Event()
        self._speaking = AsyncExitStack()
        self._speaker: Redis | None = None
        self._opens_speaker = asyncio.Lock()

    @asynccontextmanager
    async def open(self) -> AsyncIterator["RedisBroker"]:
        """Hear and speak while the context is open."""
        hearing = asyncio.create_task(self._hear_for_ever(), name="progress channel")
        try:
            yield self
        finally:
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)
            await self._speaking.aclose()

    async def publish(self, messages: Sequence[tuple[str, bytes]]) -> None:
        if not messages:
            return
        speaker = None
        try:
            async with asyncio.timeout(PUBLISH_SECONDS):
                speaker = await self._speaker_now()
                pipeline = speaker.pipeline(transaction=False)
                for name, message in messages:
                    pipeline.publish(PREFIX + name, message)
                await pipeline.execute()
        except GONE as error:
            log.warning("progress_not_published", events=len(messages), error=str(error) or type(error).__name__)
            await self._drop(speaker)

    @contextmanager
    def listening(self, name: str, listener: Listener) -> Iterator[None]:
        self._here.add(PREFIX + name, listener)
        if PREFIX + name in self._live:
            listener.live()
        else:
            self._changed.set()
        try:
            yield
        finally:
            self._here.remove(PREFIX + name, listener)
            self._changed.set()

    async def _speaker_now(self) -> Redis:
        async with self._opens_speaker:
            if self._speaker is None:
                self._speaker = await self._speaking.enter_async_context(self._connect())
            return self._speaker

    async def _drop(self, speaker: Redis | None) -> None:
        """Have the next one who speaks connect anew: behind Sentinels and in clusters it may be somewhere else."""
        if speaker is not None and speaker is self._speaker:
            before, self._speaking, self._speaker = self._speaking, AsyncExitStack(), None
            await before.aclose()

    async def _hear_for_ever(self) -> None:
        failures = 0
        while True:
            if not self._here.names:
                await self._changed.wait()
            try:
                await self._hear_until_lost()
            except* GONE as lost:
                failures = 1 if SELF in self._live else failures + 1
                log.warning("progress_channel_interrupted", error=str(lost.exceptions[0]), failures=failures)
            self._live.clear()
            await asyncio.sleep(pause(failures, self._draw))

    async def _hear_until_lost(self) -> None:
        async with self._connect() as redis, redis.pubsub() as pubsub, asyncio.TaskGroup() as group:
            async with asyncio.timeout(CONNECT_SECONDS):
                await pubsub.subscribe(SELF)
            group.create_task(self._keep_asking(pubsub))
            group.create_task(self._hear(pubsub))

    async def _keep_asking(self, pubsub: PubSub) -> None:
        """Have Redis send what is listened to here, and nothing else."""
        asked: frozenset[str] = frozenset()
        while True:
            self._changed.clear()
            wanted = self._here.names
            if ended := asked - wanted:
                self._live -= ended
                await pubsub.unsubscribe(*ended)
            if begun := wanted - asked:
                await pubsub.subscribe(*begun)
            asked = wanted
            await self._changed.wait()

    async def _hear(self, pubsub: PubSub) -> None:
        async for message in pubsub.listen():
            self._take(message)
        raise ConnectionError("Redis has ended the subscription")

    def _take(self, message: dict[str, Any]) -> None:
        name = message["channel"].decode()
        match message["type"]:
            case "subscribe":
                self._live.add(name)
                self._here.tell_live(name)
            case "message":
                self._here.deliver(name, message["data"])
            case _:
                pass
