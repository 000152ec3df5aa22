"""Works the queue, and looks now and then for sync sessions nobody runs, characters nobody has seen, syncs that are due."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import structlog

from character_sync.use_cases.reconcile_sync_sessions import ReconcileSyncSessions
from character_sync.use_cases.run_sync_session import RunSyncSession
from character_sync.use_cases.start_scheduled_syncs import StartScheduledSyncs
from character_sync.use_cases.verify_characters import VerifyCharacters

log = structlog.get_logger()

JITTER = 0.2  # so that many workers do not ask the database in step

Working = Callable[[Callable[[UUID], Awaitable[None]]], AbstractAsyncContextManager[None]]


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
    is_alone: bool

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work while the context is open; on leaving, sync sessions in hand are given back."""
        if self.is_alone:
            freed = await self.reconcile.release_all()
            if freed:
                log.info("sync_sessions_taken_over", count=freed)
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.working(self.run_sync_session.execute))
            for failure, work, seconds in (
                ("reconcile_failed", self.reconcile.execute, self.reconcile_seconds),
                ("verification_failed", self.verify.execute, self.verify_seconds),
                ("schedules_failed", self.schedules.execute, self.schedules_seconds),
            ):
                await stack.enter_async_context(going_on(failure, work, seconds))
            yield


@asynccontextmanager
async def going_on(failure: str, work: Callable[[], Awaitable[object]], seconds: float) -> AsyncIterator[None]:
    """Do a piece of work again and again while the context is open, every so many seconds on average; what fails is logged."""
    task = asyncio.create_task(_for_ever(failure, work, seconds))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _for_ever(failure: str, work: Callable[[], Awaitable[object]], seconds: float) -> None:
    while True:
        try:
            await work()
        except Exception:
            log.exception(failure)
        spread = random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - timing, not secrecy
        await asyncio.sleep(seconds * spread)
