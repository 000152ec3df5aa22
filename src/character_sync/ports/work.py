"""Transactions, the queue their sessions leave for, and the channels that processes hear each other over."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from character_sync.domain.progress import Progress
from character_sync.ports.basics import UserId
from character_sync.ports.belongings import CharacterGroups, PlayersOwn
from character_sync.ports.changes import Changes
from character_sync.ports.characters import Characters
from character_sync.ports.circuits import CircuitRows
from character_sync.ports.history import History
from character_sync.ports.holdings import Holdings
from character_sync.ports.identity import Identities, Observations
from character_sync.ports.players import SignIns, Users
from character_sync.ports.schedules import Schedules
from character_sync.ports.sync_sessions import SyncSessions
from character_sync.ports.verification import Verifications
from character_sync.ports.webhooks import Webhooks

T = TypeVar("T")


class UnitOfWork(Protocol):
    """One transaction and its repositories."""

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
    def schedules(self) -> Schedules: ...

    @property
    def circuits(self) -> CircuitRows: ...

    @property
    def observations(self) -> Observations: ...

    @property
    def identities(self) -> Identities: ...

    @property
    def character_groups(self) -> CharacterGroups: ...

    @property
    def players_own(self) -> PlayersOwn: ...

    @property
    def holdings(self) -> Holdings: ...

    @property
    def changes(self) -> Changes: ...

    @property
    def webhooks(self) -> Webhooks: ...

    @property
    def history(self) -> History: ...

    def run_after_commit(self, session_id: UUID) -> None:
        """Hand a sync session to the queue once, and only if, this transaction is committed."""


class Work(Protocol):
    """Opens units of work."""

    async def transaction(self, body: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        """Do `body` in one transaction, commit it and return what it gave.

        The database may break a transaction off for another's sake; `body` is then done again from its beginning,
        so it changes nothing but through its unit of work.
        """

    def reading(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """Open one that only reads: it waits for no writer and has nothing to commit."""


class JobQueue(Protocol):
    """Carries "run sync session S" and "deliver to webhook W". Rows are the truth: losing all of it loses nothing."""

    async def submit(self, session_id: UUID) -> None:
        """Have a worker run the sync session; nothing happens when it waits or runs already."""

    async def deliver(self, webhook_id: UUID) -> None:
        """Have a worker tell a webhook what waits for it; nothing happens when it is about to already."""


class ProgressChannel(Protocol):
    """Carries events from the run of a sync session to whoever watches it, in any process."""

    async def publish(self, events: Sequence[Progress]) -> None:
        """Tell the watchers of the events' sync session. Never fails: a lost event is healed by the next."""

    def subscribe(
        self, session_id: UUID, *, hear: Callable[[Progress, datetime], None], live: Callable[[], None]
    ) -> AbstractContextManager[None]:
        """Hear the events of a sync session, each with the time at which it was published.

        `live` is called when what is published begins to arrive: at first, and again after every interruption. What
        was published before that moment may be lost; the rows have it.
        """


class SignInChannel(Protocol):
    """Carries "some sign-in of user U has ended" to every process that holds sockets of theirs."""

    async def publish(self, owner: UserId) -> None:
        """Have the sign-ins behind the user's sockets looked at again. Never fails."""

    def subscribe(self, owner: UserId, look: Callable[[], None]) -> AbstractContextManager[None]:
        """Have `look` called when a sign-in of the user has ended, or may have while the channel was interrupted."""
