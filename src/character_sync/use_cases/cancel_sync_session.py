"""Cancel a sync session, wherever it runs."""

from dataclasses import dataclass
from uuid import UUID

import structlog

from character_sync.crash_points import CrashPoint, reached
from character_sync.domain.progress import Progress
from character_sync.ports import (
    UNOBSERVED,
    Clock,
    ProgressChannel,
    SessionSnapshot,
    SyncObserver,
    UnitOfWork,
    UserId,
    Work,
)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class CancelSyncSession:
    """Ends an active sync session in one transaction that takes its fence.

    Whoever runs it finds itself fenced off at its next write and stops, so nothing has to reach that process for
    the player's click to hold.
    """

    work: Work
    channel: ProgressChannel
    clock: Clock
    observer: SyncObserver = UNOBSERVED

    async def execute(self, owner: UserId, session_id: UUID) -> SessionSnapshot:
        """Return the cancelled sync session. Raises NotFound, SyncSessionFinished."""

        async def cancel(work: UnitOfWork) -> tuple[Progress, SessionSnapshot]:
            last_event = await work.sync_sessions.cancel(owner, session_id, self.clock())
            snapshot = await work.sync_sessions.snapshot(owner, session_id)
            reached(CrashPoint.CANCEL_WRITTEN)
            return last_event, snapshot

        last_event, snapshot = await self.work.transaction(cancel)
        reached(CrashPoint.CANCEL_COMMITTED)
        log.info("sync_session_cancelled", session_id=str(session_id))
        self.observer.ended(snapshot.session)
        await self.channel.publish([last_event])
        reached(CrashPoint.CANCEL_PUBLISHED)
        return snapshot
