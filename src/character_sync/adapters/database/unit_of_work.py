"""One transaction and its repositories; sync sessions leave for the queue with the commit."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar
from uuid import UUID

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from character_sync.adapters.database.belongings import DatabaseCharacterGroups, DatabasePlayersOwn
from character_sync.adapters.database.changes import DatabaseChanges
from character_sync.adapters.database.characters import DatabaseCharacters
from character_sync.adapters.database.circuits import DatabaseCircuits
from character_sync.adapters.database.engine import Database
from character_sync.adapters.database.history import DatabaseHistory
from character_sync.adapters.database.holdings import DatabaseHoldings
from character_sync.adapters.database.identities import DatabaseIdentities
from character_sync.adapters.database.observations import DatabaseObservations
from character_sync.adapters.database.refusals import is_broken_off
from character_sync.adapters.database.schedules import DatabaseSchedules
from character_sync.adapters.database.sign_ins import DatabaseSignIns
from character_sync.adapters.database.sync_sessions import DatabaseSyncSessions
from character_sync.adapters.database.token_vault import TokenVault
from character_sync.adapters.database.users import DatabaseUsers
from character_sync.adapters.database.verifications import DatabaseVerifications
from character_sync.adapters.database.webhooks import DatabaseWebhooks
from character_sync.crash_points import CrashPoint, reached
from character_sync.domain.verification import VerificationPolicy
from character_sync.ports import JobQueue

log = structlog.get_logger()
T = TypeVar("T")

ATTEMPTS = 5  # the lock order is the same everywhere, so one more is nearly always enough; five in a row are a bug
LONGEST_WAIT_SECONDS = 0.05  # before the second attempt, doubling: some transactions' length, so that they part


class DatabaseUnitOfWork:
    """Implements the port `UnitOfWork`."""

    def __init__(self, connection: AsyncConnection, vault: TokenVault, policy: VerificationPolicy) -> None:
        self._connection = connection
        self.users = DatabaseUsers(connection, vault)
        self.changes = DatabaseChanges(connection)
        self.webhooks = DatabaseWebhooks(connection, vault)
        self.characters = DatabaseCharacters(connection, policy, self.changes)
        self.sync_sessions = DatabaseSyncSessions(connection, policy, self.changes)
        self.sign_ins = DatabaseSignIns(connection)
        self.circuits = DatabaseCircuits(connection)
        self.schedules = DatabaseSchedules(connection)
        self.observations = DatabaseObservations(connection)
        self.identities = DatabaseIdentities(connection, self.changes)
        self.character_groups = DatabaseCharacterGroups(connection)
        self.players_own = DatabasePlayersOwn(connection)
        self.history = DatabaseHistory(connection)
        self.holdings = DatabaseHoldings(
            connection,
            self.characters,
            self.sync_sessions,
            observations=self.observations,
            players_own=self.players_own,
            identities=self.identities,
            changes=self.changes,
            history=self.history,
        )
        self.verifications = DatabaseVerifications(connection, policy, self.changes)
        self.queued: list[UUID] = []
        self.told: list[UUID] = []
        self.committed = False

    def run_after_commit(self, session_id: UUID) -> None:
        self.queued.append(session_id)

    async def commit(self) -> None:
        self.told += await self.changes.write()
        await self._connection.commit()
        self.committed = True


class DatabaseWork:
    """Opens units of work. `reading` never waits for a writer and never commits."""

    def __init__(
        self,
        database: Database,
        vault: TokenVault,
        queue: JobQueue,
        verification: VerificationPolicy = VerificationPolicy(),  # noqa: B008 - frozen, and Blizzard's own periods
    ) -> None:
        self._database = database
        self._vault = vault
        self._queue = queue
        self._verification = verification

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[DatabaseUnitOfWork]:
        async with self._database.writing() as connection:
            work = DatabaseUnitOfWork(connection, self._vault, self._verification)
            yield work
        if not work.committed:
            return
        if work.queued:
            reached(CrashPoint.COMMITTED_NOT_QUEUED)
            for session_id in work.queued:
                await self._queue.submit(session_id)
        for webhook_id in work.told:
            await self._queue.deliver(webhook_id)

    async def transaction(self, body: Callable[[DatabaseUnitOfWork], Awaitable[T]]) -> T:
        """Do `body` and commit; the whole again when the database broke it off, at most five times with jitter."""
        attempt = 1
        while True:
            try:
                async with self() as work:
                    result = await body(work)
                    await work.commit()
            except DBAPIError as error:
                if attempt == ATTEMPTS or not is_broken_off(error):
                    raise
                log.info("transaction_again", attempt=attempt, error=type(error.orig).__name__)
            else:
                return result
            await asyncio.sleep(random.uniform(0, LONGEST_WAIT_SECONDS * 2**attempt))  # noqa: S311 - timing
            attempt += 1

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[DatabaseUnitOfWork]:
        async with self._database.reading() as connection:
            yield DatabaseUnitOfWork(connection, self._vault, self._verification)
