"""Transactions, the queue their sessions leave for, and the channel watchers listen to."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol
from uuid import UUID

from character_sync.domain.progress import Progress
from character_sync.ports.characters import Characters
from character_sync.ports.holdings import Holdings
from character_sync.ports.players import SignIns, Users
from character_sync.ports.sync_sessions import SyncSessions
from character_sync.ports.verification import Verifications


class UnitOfWork(Protocol):
    """One transaction and its repositories. Left without `commit`, it never was."""

    @property
    def users(self) -> Users: ...

    @property
    def characters(self) -> Characters: ...

    @property
    def sync_sessions(self) -> SyncSessions: ...

    @property
    def sign_ins(self) -> SignIns: ...

    @property
    def verifications(self) -> Verifications: ...

    @property
    def holdings(self) -> Holdings: ...

    def run_after_commit(self, session_id: UUID) -> None:
        """Hand a sync session to the queue once, and only if, this transaction is committed."""

    async def commit(self) -> None: ...


class Work(Protocol):
    """Opens units of work."""

    def __call__(self) -> AbstractAsyncContextManager[UnitOfWork]: ...

    def reading(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """Open one that only reads: it waits for no writer and has nothing to commit."""


class JobQueue(Protocol):
    """Carries "run sync session S". Rows are the truth: losing everything in it loses nothing."""

    async def submit(self, session_id: UUID) -> None:
        """Have a worker run the sync session; nothing happens when it waits or runs already."""


class ProgressChannel(Protocol):
    """Carries events from the run of a sync session to whoever watches it, in any process."""

    async def publish(self, events: Sequence[Progress]) -> None:
        """Tell the watchers of the events' sync session. Never fails: a lost event is healed by the next."""

    def subscribe(self, session_id: UUID) -> AbstractAsyncContextManager[AsyncIterator[Progress]]:
        """Yield the events published from the moment the context is entered."""
