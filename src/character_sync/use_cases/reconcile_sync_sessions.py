"""Give every sync session that nobody runs back to the queue: whatever died, nothing is lost."""

from dataclasses import dataclass

from character_sync.crash_points import CrashPoint, reached
from character_sync.ports import Clock, JobQueue, UnitOfWork, Work

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
        if abandoned:
            reached(CrashPoint.RECONCILE_FOUND)
        for session_id in abandoned:
            await self.queue.submit(session_id)
            reached(CrashPoint.RECONCILE_SUBMITTED)
        return len(abandoned)

    async def release_all(self) -> int:
        """Free every lease. Only for the embedded service, which holds a lock that says it is alone."""

        async def release(work: UnitOfWork) -> int:
            freed = await work.sync_sessions.release_all()
            reached(CrashPoint.TAKEOVER_WRITTEN)
            return freed

        freed = await self.work.transaction(release)
        reached(CrashPoint.TAKEOVER_COMMITTED)
        return freed
