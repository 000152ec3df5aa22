"""What the model is made of: processes that can die, what was told, runs that hang, watchers."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from character_sync.adapters.database.unit_of_work import DatabaseWork
from character_sync.adapters.progress_channel.channels import BrokeredProgressChannel
from character_sync.domain.progress import Progress
from character_sync.domain.sync_session import CharacterSyncSession
from character_sync.domain.verification import CheckOutcome
from character_sync.entrypoints.outbox import Outbox
from character_sync.ports import ClaimedSession, SettledJob, UnitOfWork, UserId
from fuzz.model_battle_net import Gate

T = TypeVar("T")


class ProcessKilled(BaseException):
    """Ends a played process where `kill -9` would: no handler of the code is to catch it."""


class OneProcess:
    """Keeps the port `Work` for one played process. Once that is dead, it reads and writes nothing more."""

    def __init__(self, work: Callable[[], DatabaseWork]) -> None:
        self._work = work
        self.is_dead = False

    def die(self) -> None:
        self.is_dead = True
        raise ProcessKilled

    async def transaction(self, body: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        if self.is_dead:
            raise ProcessKilled
        return await self._work().transaction(body)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[UnitOfWork]:
        if self.is_dead:
            raise ProcessKilled
        async with self._work().reading() as work:
            yield work


class Told:
    """Keeps the ports `ProgressChannel` and `SyncObserver`: notes what was published and which ends were counted."""

    def __init__(self, channel: BrokeredProgressChannel) -> None:
        self._channel = channel
        self.subscribe = channel.subscribe
        self.events: dict[UUID, list[Progress]] = {}
        self.ended_sessions: list[UUID] = []
        self.steps: Counter[str] = Counter()

    async def publish(self, events: list[Progress]) -> None:
        for event in events:
            self.events.setdefault(event.session_id, []).append(event)
        await self._channel.publish(events)

    def taken(self, claimed: ClaimedSession, now: datetime) -> None: ...

    def left(self) -> None: ...

    def settled(self, jobs: list[SettledJob]) -> None: ...

    def ended(self, session: CharacterSyncSession) -> None:
        self.ended_sessions.append(session.id)

    def lease_lost(self, *, by_player: bool) -> None: ...

    def checked(self, step: CheckOutcome, count: int) -> None:
        self.steps[step] += count


@dataclass
class Run:
    """A run that hangs in the middle."""

    session_id: UUID
    process: OneProcess
    gate: Gate
    task: asyncio.Task[None]
    run_token: int = 0


@dataclass
class Watcher:
    """A watcher and what it was told."""

    owner: UserId
    session_id: UUID
    outbox: Outbox
    events: list[Progress] = field(default_factory=list)
