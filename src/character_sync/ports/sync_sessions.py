"""What is kept of sync sessions, and how a run holds one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from character_sync.domain.enrichment import Enrichment
from character_sync.domain.freshness import HeldFacet
from character_sync.domain.game import Facet
from character_sync.domain.progress import CurrentCharacter, Progress
from character_sync.domain.sync_session import CharacterSyncSession, JobStatus, Reason, SessionStatus
from character_sync.ports.basics import UserId
from character_sync.ports.battle_net import CharacterAddress, Lane


@dataclass(frozen=True, slots=True)
class EnrichmentJob:
    """One character of a sync session, with what its enrichment needs.

    Attributes:
        held: What was on record of its facets when the sync session was taken.
        is_refresh: Its player asked for this one character, and wants to know what Battle.net says now.
        give_up_at: When the sync session is over, and with it every wait.
        is_one_of_few: The sync session has only a few characters left.
    """

    id: int
    character_id: UUID
    address: CharacterAddress
    level: int
    status: JobStatus = JobStatus.PENDING
    crash_claims: int = 0
    held: Mapping[Facet, HeldFacet] = field(default_factory=dict)
    is_refresh: bool = False
    give_up_at: datetime | None = None
    is_one_of_few: bool = False

    def as_current(self, status: JobStatus, reason: Reason | None = None) -> CurrentCharacter:
        name, realm = self.address.name, self.address.realm
        return CurrentCharacter(self.character_id, name, realm.slug, status.value, reason, realm.name)


@dataclass(frozen=True, slots=True)
class SettledJob:
    """A job and what came of it, ready to be written."""

    job: EnrichmentJob
    enrichment: Enrichment
    settled_at: datetime


@dataclass(frozen=True, slots=True)
class ClaimedSession:
    """A sync session this run holds the lease of, with the jobs that are not settled, in order.

    `is_after_a_death`: jobs were found in hand, so the run before this one died.
    """

    session: CharacterSyncSession
    lane: Lane
    jobs: tuple[EnrichmentJob, ...]
    is_after_a_death: bool = False


@dataclass(frozen=True, slots=True)
class JobRow:
    """One character of a sync session, as the pages read it."""

    job_id: int
    character_id: UUID
    name: str
    realm_slug: str
    realm_name: str | None
    status: JobStatus
    attempts: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class SessionSnapshot:
    """A sync session as it stands, with its jobs in order."""

    session: CharacterSyncSession
    jobs: tuple[JobRow, ...]


@dataclass(frozen=True, slots=True)
class SessionPage:
    """Sync sessions, newest first, without their jobs. `next_after` is None on the last page."""

    items: tuple[CharacterSyncSession, ...]
    next_after: tuple[datetime, UUID] | None


class LeaseLost(Exception):
    """Another run has this sync session now: stop, write nothing."""


class ContentRefused(Exception):
    """The database refuses what was to be written for what it says: written again, it is refused again."""


class SyncSessions(Protocol):
    """Sync sessions and their jobs."""

    async def active(self, owner: UserId, game_version: str) -> UUID | None:
        """Return the active account sync of a game version."""

    async def active_job(self, owner: UserId, *character_ids: UUID) -> tuple[UUID, int] | None:
        """Return the sync session and job in which the first of these characters to do so waits or runs."""

    async def create(self, session: CharacterSyncSession, character_ids: Sequence[UUID], lane: Lane) -> None:
        """Save a sync session with one job per character, numbered in their order.

        Raises:
            SyncAlreadyActive: an account sync of this user and game version is active (the partial unique index).
        """

    async def snapshot(self, owner: UserId, session_id: UUID) -> SessionSnapshot:
        """Raises NotFound."""

    async def page(self, owner: UserId, *, after: tuple[datetime, UUID] | None = None, limit: int) -> SessionPage: ...

    async def cancel(self, owner: UserId, session_id: UUID, now: datetime) -> Progress:
        """End an active sync session as cancelled and take its fence, so that its run writes nothing more.

        Raises:
            NotFound, SyncSessionFinished.
        """

    async def cancel_all(self, owner: UserId, now: datetime) -> list[Progress]:
        """End every active sync session of a user as `cancel` does; return their last events."""

    async def claim(self, session_id: UUID, now: datetime, lease: timedelta) -> ClaimedSession | None:
        """Take the lease and the fence; None when it is finished or another run holds it.

        A job found in hand was in hand in a run that died: its `crash_claims` is one more.
        """

    async def extend_lease(self, session_id: UUID, run_token: int, until: datetime, deadline_at: datetime) -> None:
        """Keep the lease, and have the sync session take until `deadline_at` at most. Raises LeaseLost."""

    async def release(self, session_id: UUID, run_token: int) -> None:
        """Give the lease back with its jobs in hand waiting again; nothing happens when it is lost already."""

    async def write(
        self,
        session: CharacterSyncSession,
        *,
        started: Sequence[EnrichmentJob],
        settled: Sequence[SettledJob],
        lease_until: datetime,
    ) -> None:
        """Write a batch under the fence: jobs taken up, jobs settled with their facets, the counters, the end.

        Raises:
            LeaseLost: nothing was written.
            ContentRefused: nothing was written, and this batch never will be.
        """

    async def release_all(self) -> int:
        """Give back every lease and return how many. Only for a process that knows it is the only one."""

    async def unfinished(self) -> Mapping[SessionStatus, int]:
        """Return how many sync sessions wait and how many run, of all users; a state without any may be missing."""

    async def abandoned(self, now: datetime, limit: int) -> list[UUID]:
        """Return unfinished sync sessions that no run holds, oldest first."""
