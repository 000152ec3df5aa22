"""The queue engine: docket carries "run sync session S" and "deliver to webhook W", embedded or on Redis."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from docket import Docket, Worker
from redis.exceptions import RedisClusterException, RedisError

from character_sync.crash_points import CrashPoint, reached
from character_sync.domain.errors import NotReady

log = structlog.get_logger()

NAME = "character-sync"
TASK = "run_sync_session"
DELIVERY = "deliver_to_webhook"
REDELIVERY = timedelta(seconds=5)  # a dead worker's task is handed on after this; the lease decides whether it may run
FIRST_ANSWER_SECONDS = 5.0  # a Redis that answers, answers in milliseconds
DELIVERIES_AT_ONCE = 20  # of one process, each at most one open request: a small part of what it can carry
IDLE_POLL = timedelta(seconds=1)  # an idle worker wakes this often; new work wakes it at once

RunSession = Callable[[UUID], Awaitable[None]]
Deliver = Callable[[UUID], Awaitable[None]]


class DocketJobQueue:
    """Implements the port `JobQueue`, and works the queue where it is told to."""

    def __init__(self, docket: Docket) -> None:
        self._docket = docket
        docket.register(_not_worked_here, names=[TASK, DELIVERY])

    async def submit(self, session_id: UUID) -> None:
        """Queue the sync session. A queue that is gone is logged: the reconciler submits again."""
        await self._add(TASK, f"sync-session:{session_id}", session_id)
        reached(CrashPoint.QUEUED)

    async def deliver(self, webhook_id: UUID) -> None:
        """Queue the deliveries of a webhook. A queue that is gone is logged: what is due is submitted again."""
        await self._add(DELIVERY, f"webhook:{webhook_id}", webhook_id)

    async def _add(self, task: str, key: str, id_: UUID) -> None:
        try:
            await self._docket.add(task, key=key)(str(id_))
        except (RedisError, OSError) as error:
            log.warning("queue_unreachable", key=key, error=str(error))

    def redis(self) -> AbstractAsyncContextManager[Any]:
        """Open the client of the Redis that the queue is on: a single one, behind a Sentinel, or a cluster."""
        return self._docket.redis()

    async def ping(self) -> None:
        """Raises RedisError or OSError when the queue does not answer."""
        async with self._docket.redis() as redis:
            await redis.exists(self._docket.queue_key)

    @asynccontextmanager
    async def working(self, run: RunSession, deliver: Deliver, *, at_once: int) -> AsyncIterator[None]:
        """Work the queue while the context is open.

        On leaving, runs are cancelled, give their leases back and count as done here: whoever looks next takes
        their sync sessions up.

        Deliveries have places of their own: receivers are strangers' machines, and slow ones must not keep sync
        sessions waiting. One that finds no place is dropped here: it is still due, and submitted again.
        """
        running: set[asyncio.Task[None]] = set()
        delivering: set[asyncio.Task[None]] = set()

        async def run_sync_session(session_id: str) -> None:
            reached(CrashPoint.DELIVERED)
            await until_done(run(UUID(session_id)))

        async def deliver_to_webhook(webhook_id: str) -> None:
            if len(delivering) < DELIVERIES_AT_ONCE:
                task = asyncio.create_task(logged(deliver(UUID(webhook_id))))
                delivering.add(task)
                task.add_done_callback(delivering.discard)

        async def logged(work: Awaitable[None]) -> None:
            try:
                await work
            except Exception:
                log.exception("delivery_failed")

        async def until_done(work: Awaitable[None]) -> None:
            task = asyncio.ensure_future(work)
            running.add(task)
            try:
                await asyncio.wait([task])
            finally:
                running.discard(task)
            if not task.cancelled():
                task.result()

        self._docket.register(run_sync_session, names=[TASK])
        self._docket.register(deliver_to_webhook, names=[DELIVERY])
        async with Worker(
            self._docket,
            concurrency=at_once,
            redelivery_timeout=REDELIVERY,
            minimum_check_interval=IDLE_POLL,
            scheduling_resolution=IDLE_POLL,
        ) as worker:
            loop = asyncio.create_task(worker.run_forever(), name="job queue worker")
            try:
                yield
            finally:
                ending = [*running, *delivering]
                for task in ending:
                    task.cancel()
                loop.cancel()
                await asyncio.gather(loop, *ending, return_exceptions=True)


@asynccontextmanager
async def open_job_queue(url: str) -> AsyncIterator[DocketJobQueue]:
    """Connect to the queue.

    Raises:
        NotReady: it cannot be reached.
    """
    async with AsyncExitStack() as stack:
        try:
            # Nothing reads results, so nothing is kept: a finished key is free again at once.
            docket = await stack.enter_async_context(Docket(NAME, url, execution_ttl=timedelta(0)))
            queue = DocketJobQueue(docket)
            async with asyncio.timeout(FIRST_ANSWER_SECONDS):
                await queue.ping()  # the engine itself would wait for a queue for ever
        except (RedisError, RedisClusterException, OSError, ValueError) as error:
            why = str(error).rstrip(".") or "it does not answer"
            raise NotReady(f"The queue {_without_password(url)} cannot be reached: {why}.") from error
        yield queue


async def _not_worked_here(id_: str) -> None:
    """Hold the tasks' names where work is only submitted."""
    raise NotImplementedError(f"this process submits work but does none: {id_}")


def _without_password(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    return scheme + separator + rest.rpartition("@")[2]
