"""Give every sync session that nobody runs back to the queue: whatever died, nothing is lost."""

from dataclasses import dataclass

from character_sync.ports import Clock, JobQueue, Work

AT_ONCE = 500  # a restart after a long outage is taken up in portions, oldest first


@dataclass(frozen=True, slots=True)
class ReconcileSyncSessions:
    """The safety net under the queue. Any process may run it, any number at once: the queue's key makes it idempotent."""

    work: Work
    queue: JobQueue
    clock: Clock

    async def execute(self) -> int:
        """Return how many sync sessions were handed to the queue; those already waiting there are not run twice."""
        async with self.work.reading() as work:
            abandoned = await work.sync_sessions.abandoned(self.clock(), AT_ONCE)
        for session_id in abandoned:
            await self.queue.submit(session_id)
        return len(abandoned)

    async def release_all(self) -> int:
        """Free every lease. Only for the embedded service, which holds a lock that says it is alone."""
        async with self.work() as work:
            freed = await work.sync_sessions.release_all()
            await work.commit()
        return freed
