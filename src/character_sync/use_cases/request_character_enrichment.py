"""Refresh one character: a sync session with one job, or the job it already has."""

from dataclasses import dataclass
from uuid import UUID, uuid4

import structlog

from character_sync.crash_points import CrashPoint, reached
from character_sync.domain.sync_session import CharacterSyncSession, SessionKind, SessionLimits
from character_sync.ports import CharacterReference, Clock, Lane, UnitOfWork, UserId, Work

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class RequestedEnrichment:
    """What the 202 says."""

    session_id: UUID
    job_id: int
    character: CharacterReference


@dataclass(frozen=True, slots=True)
class RequestCharacterEnrichment:
    """Starts the enrichment of one character, or joins the sync session in which it waits or runs."""

    work: Work
    clock: Clock
    limits: SessionLimits

    async def execute(self, owner: UserId, character_id: UUID) -> RequestedEnrichment:
        """Return the sync session to watch. Nothing is fetched twice. Raises NotFound."""
        now = self.clock()

        async def start(work: UnitOfWork) -> tuple[RequestedEnrichment, CharacterSyncSession | None]:
            await work.users.lock(owner)
            character = await work.characters.reference(owner, character_id)
            running = await work.sync_sessions.active_job(owner, character_id)
            if running is not None:
                return RequestedEnrichment(*running, character), None
            session = CharacterSyncSession(
                id=uuid4(),
                user_id=owner,
                kind=SessionKind.CHARACTER,
                game_version=character.game_version,
                region=character.region,
                started_at=now,
                deadline_at=self.limits.deadline(now, 1),
                total_characters=1,
            )
            await work.sync_sessions.create(session, [character_id], Lane.INTERACTIVE)
            work.run_after_commit(session.id)
            waits = await work.sync_sessions.active_job(owner, character_id)
            assert waits is not None
            reached(CrashPoint.REFRESH_WRITTEN)
            return RequestedEnrichment(*waits, character), session

        requested, created = await self.work.transaction(start)
        if created is not None:
            log.info("sync_session_created", session_id=str(created.id), kind=created.kind.value, characters=1)
        return requested
