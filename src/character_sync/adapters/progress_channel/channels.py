"""What the channels carry, on whichever broker: events of sync sessions, and notice of ended sign-ins."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
import structlog

from character_sync.adapters.progress_channel.listeners import Broker, Listener, MemoryBroker
from character_sync.adapters.progress_channel.redis_addresses import redis_at
from character_sync.adapters.progress_channel.redis_broker import RedisBroker
from character_sync.domain.errors import NotReady
from character_sync.domain.progress import Progress
from character_sync.ports import Clock, UserId

log = structlog.get_logger()


class _Published(msgspec.Struct, array_like=True):
    at: datetime
    event: Progress


class BrokeredProgressChannel:
    """Implements the port `ProgressChannel`: one name per sync session."""

    def __init__(self, broker: Broker, clock: Clock) -> None:
        self._broker = broker
        self._clock = clock
        self._encoder = msgspec.json.Encoder()
        self._decoder = msgspec.json.Decoder(_Published)

    async def publish(self, events: Sequence[Progress]) -> None:
        now = self._clock()
        await self._broker.publish(
            [(_progress_of(event.session_id), self._encoder.encode(_Published(now, event))) for event in events]
        )

    def subscribe(
        self, session_id: UUID, *, hear: Callable[[Progress, datetime], None], live: Callable[[], None]
    ) -> AbstractContextManager[None]:
        def read(message: bytes) -> None:
            try:
                published = self._decoder.decode(message)
            except msgspec.DecodeError as error:
                log.warning("progress_unreadable", error=str(error))
            else:
                hear(published.event, published.at)

        return self._broker.listening(_progress_of(session_id), Listener(read, live))


class BrokeredSignInChannel:
    """Implements the port `SignInChannel`: one name per user. The message says nothing; the rows do."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    async def publish(self, owner: UserId) -> None:
        await self._broker.publish([(_sign_ins_of(owner), b"")])

    def subscribe(self, owner: UserId, look: Callable[[], None]) -> AbstractContextManager[None]:
        return self._broker.listening(_sign_ins_of(owner), Listener(lambda _nothing: look(), look))


@dataclass(frozen=True, slots=True)
class Channels:
    """Both channels of a process, on one broker."""

    progress: BrokeredProgressChannel
    sign_ins: BrokeredSignInChannel


@asynccontextmanager
async def open_channels(queue_url: str, clock: Clock) -> AsyncIterator[Channels]:
    """Open the channels that belong to a queue: in memory beside `memory://`, else on the queue's Redis.

    Raises:
        NotReady: the address is not one of a queue's.
    """
    if queue_url.startswith("memory://"):
        yield _on(MemoryBroker(), clock)
        return
    try:
        broker = RedisBroker(redis_at(queue_url))
    except ValueError as error:
        raise NotReady(f"The progress channel cannot use CHARACTER_SYNC_QUEUE_URL: {error}.") from None
    async with broker.open():
        yield _on(broker, clock)


def _on(broker: Broker, clock: Clock) -> Channels:
    return Channels(BrokeredProgressChannel(broker, clock), BrokeredSignInChannel(broker))


def _progress_of(session_id: UUID) -> str:
    return f"progress:{session_id}"


def _sign_ins_of(owner: UserId) -> str:
    return f"sign-ins:{owner}"
