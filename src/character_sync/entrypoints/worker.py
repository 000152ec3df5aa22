"""Works the queue, and looks now and then for sync sessions that nobody runs and characters nobody has seen."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import structlog

from character_sync.use_cases.deliver_webhook import DeliverWebhook
from character_sync.use_cases.forget_changes import ForgetChanges
from character_sync.use_cases.forget_history import ForgetHistory
from character_sync.use_cases.keep_identities import KeepIdentities
from character_sync.use_cases.reconcile_sync_sessions import ReconcileSyncSessions
from character_sync.use_cases.run_sync_session import RunSyncSession
from character_sync.use_cases.verify_characters import VerifyCharacters

log = structlog.get_logger()

FORGET_SECONDS = 3_600  # what is kept for days need not be gone to the minute
JITTER = 0.2  # so that many workers do not ask the database in step

Do = Callable[[UUID], Awaitable[None]]
Working = Callable[[Do, Do], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, slots=True)
class QueueWorker:
    """What a process does when it works: as many sync sessions at once as the queue adapter was told."""

    run_sync_session: RunSyncSession
    reconcile: ReconcileSyncSessions
    working: Working
    reconcile_seconds: float
    verify: VerifyCharacters
    verify_seconds: float
    keep_identities: KeepIdentities
    identity_seconds: float
    webhooks: DeliverWebhook
    webhook_seconds: float
    forget_changes: ForgetChanges
    forget_history: ForgetHistory
    is_alone: bool

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work while the context is open; on leaving, sync sessions in hand are given back."""
        if self.is_alone:
            freed = await self.reconcile.release_all()
            if freed:
                log.info("sync_sessions_taken_over", count=freed)
        async with self.working(self.run_sync_session.execute, self.webhooks.execute):
            rounds = [
                asyncio.create_task(_for_ever("reconcile_failed", self.reconcile.execute, self.reconcile_seconds)),
                asyncio.create_task(self._keep_identities()),
                asyncio.create_task(_for_ever("verification_failed", self.verify.execute, self.verify_seconds)),
                asyncio.create_task(_for_ever("webhooks_failed", self.webhooks.submit_due, self.webhook_seconds)),
                asyncio.create_task(_for_ever("forgetting_failed", self.forget_changes.execute, FORGET_SECONDS)),
                asyncio.create_task(_for_ever("history_not_forgotten", self.forget_history.execute, FORGET_SECONDS)),
            ]
            try:
                yield
            finally:
                for task in rounds:
                    task.cancel()
                await asyncio.gather(*rounds, return_exceptions=True)

    async def _keep_identities(self) -> None:
        """Begin after a round's time: what is new belongs to the sync that brought it, which is under way."""
        await asyncio.sleep(self.identity_seconds)
        await _for_ever("identities_failed", self.keep_identities.execute, self.identity_seconds)


async def _for_ever(failure: str, work: Callable[[], Awaitable[object]], seconds: float) -> None:
    while True:
        try:
            await work()
        except Exception:
            log.exception(failure)
        spread = random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - timing, not secrecy
        await asyncio.sleep(seconds * spread)
