"""Try again what a sync could not do: a new sync session with only its failed and skipped characters."""

from dataclasses import dataclass
from uuid import UUID, uuid4

import structlog

from character_sync.crash_points import CrashPoint, reached
from character_sync.domain.errors import SyncAlreadyActive
from character_sync.domain.sync_session import CharacterSyncSession, JobStatus, SessionKind, SessionLimits
from character_sync.ports import Clock, Lane, UnitOfWork, UserId, Work

log = structlog.get_logger()

WORTH_ANOTHER_TRY = frozenset({JobStatus.FAILED, JobStatus.SKIPPED, JobStatus.CANCELLED})


@dataclass(frozen=True, slots=True)
class StartedRetry:
    """What the 202 says."""

    session_id: UUID
    synced_characters: int


@dataclass(frozen=True, slots=True)
class RetrySyncSession:
    """Starts the retry of a finished sync session. It asks for no listing, so it needs no token of the player's."""

    work: Work
    clock: Clock
    limits: SessionLimits

    async def execute(self, owner: UserId, session_id: UUID) -> StartedRetry:
        """Return the new sync session; one without characters is completed at once.

        Characters that a cancelled sync did not reach are tried too.

        Raises:
            NotFound.
            SyncAlreadyActive: it still runs, or its characters wait in another sync session already; that one is named.
        """
        now = self.clock()

        async def start(work: UnitOfWork) -> StartedRetry:
            await work.users.lock(owner)
            before = await work.sync_sessions.snapshot(owner, session_id)
            if not before.session.status.is_final:
                raise SyncAlreadyActive(session_id)
            again = [job.character_id for job in before.jobs if job.status in WORTH_ANOTHER_TRY]
            running = await work.sync_sessions.active_job(owner, *again)
            if running is not None:
                raise SyncAlreadyActive(running[0])
            session = CharacterSyncSession(
                id=uuid4(),
                user_id=owner,
                kind=SessionKind.RETRY,
                game_version=before.session.game_version,
                region=before.session.region,
                started_at=now,
                deadline_at=self.limits.deadline(now, len(again)),
                total_characters=len(again),
            )
            await work.sync_sessions.create(session, again, Lane.INTERACTIVE)
            if not session.status.is_final:
                work.run_after_commit(session.id)
            reached(CrashPoint.RETRY_WRITTEN)
            return StartedRetry(session.id, len(again))

        started = await self.work.transaction(start)
        log.info(
            "sync_session_created",
            session_id=str(started.session_id),
            kind=SessionKind.RETRY.value,
            characters=started.synced_characters,
        )
        return started
