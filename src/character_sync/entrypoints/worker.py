"""Works the queue, and looks now and then for sync sessions nobody runs, characters nobody has seen, syncs that are due."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import structlog

from character_sync.use_cases.deliver_webhook import DeliverWebhook
from character_sync.use_cases.forget_changes import ForgetChanges
from character_sync.use_cases.forget_history import ForgetHistory
from character_sync.use_cases.keep_identities import KeepIdentities
from character_sync.use_cases.reconcile_sync_sessions import ReconcileSyncSessions
from character_sync.use_cases.run_sync_session import RunSyncSession
from character_sync.use_cases.start_scheduled_syncs import StartScheduledSyncs
from character_sync.use_cases.verify_characters import VerifyCharacters

log = structlog.get_logger()

FORGET_SECONDS = 3_600  # what is kept for days need not be gone to the minute
SOONEST, LATEST = (
    0.7,
    0.95,
)  # of a round's time, at random: workers do not ask in step, and what a round itself takes fits in

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
    schedules: StartScheduledSyncs
    schedules_seconds: float
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
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.working(self.run_sync_session.execute, self.webhooks.execute))
            for failure, work, seconds in (
                ("reconcile_failed", self.reconcile.execute, self.reconcile_seconds),
                ("verification_failed", self.verify.execute, self.verify_seconds),
                ("schedules_failed", self.schedules.execute, self.schedules_seconds),
                ("webhooks_failed", self.webhooks.submit_due, self.webhook_seconds),
                ("forgetting_failed", self.forget_changes.execute, FORGET_SECONDS),
                ("history_not_forgotten", self.forget_history.execute, FORGET_SECONDS),
            ):
                await stack.enter_async_context(going_on(failure, work, seconds))
            # After a round's time: what is new belongs to the sync that brought it, which is under way.
            await stack.enter_async_context(
                going_on("identities_failed", self.keep_identities.execute, self.identity_seconds, at_once=False)
            )
            yield


@asynccontextmanager
async def going_on(
    failure: str, work: Callable[[], Awaitable[object]], seconds: float, *, at_once: bool = True
) -> AsyncIterator[None]:
    """Do a piece of work again and again while the context is open, at least every so many seconds; what fails is logged.

    It begins at once, or after one round's time.
    """
    task = asyncio.create_task(_for_ever(failure, work, seconds, at_once=at_once))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _for_ever(failure: str, work: Callable[[], Awaitable[object]], seconds: float, *, at_once: bool) -> None:
    if not at_once:
        await asyncio.sleep(seconds)
    while True:
        try:
            await work()
        except Exception:
            log.exception(failure)
        spread = random.uniform(SOONEST, LATEST)  # noqa: S311 - timing, not secrecy
        await asyncio.sleep(seconds * spread)
