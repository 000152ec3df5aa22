"""Run a sync session: take its lease, work its jobs many at once within its deadline, keep the lease or give it back."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import structlog

from character_sync.crash_points import CrashPoint, reached
from character_sync.domain.circuit import Paused
from character_sync.domain.enrichment import Enrichment
from character_sync.domain.errors import DatabaseUnavailable, NotFound
from character_sync.domain.game import Facet, GameVersions
from character_sync.domain.progress import Progress
from character_sync.domain.sync_session import CharacterSyncSession, JobStatus, Reason, SessionStatus
from character_sync.ports import (
    UNOBSERVED,
    ClaimedSession,
    Clock,
    EnrichmentJob,
    LeaseLost,
    Outlook,
    ProgressChannel,
    SyncObserver,
    Turn,
    UnitOfWork,
    UserId,
    Work,
)
from character_sync.use_cases.run_record import RunRecord

log = structlog.get_logger()

RELEASE_ATTEMPTS = 3
RELEASE_WAIT_SECONDS = 1.0
"""A write that a stop has interrupted may hold SQLite for its last moments; a stop waits for 20 s in all."""

CRASHES_FORGIVEN = 3
"""A job that was in hand in this many runs that died is taken to be what kills them."""

# How often a run looks whether its work is parked: soon enough for a watcher, and nothing beside a request.
PAUSE_LOOK_SECONDS = 0.5


class Enrich(Protocol):
    """Enriches one character; see `CharacterEnrichmentProcessor`."""

    async def __call__(
        self, job: EnrichmentJob, facets: tuple[Facet, ...], *, owner: UserId, turn: Turn
    ) -> Enrichment: ...


@dataclass(frozen=True, slots=True)
class RunPace:
    """How a run keeps its lease and how many characters it has in work at once."""

    lease: timedelta
    heartbeat: timedelta
    characters_at_once: int
    few: int = 0
    """A sync session of at most so many characters need not spare requests."""
    paused_at_most: timedelta = timedelta(hours=2)
    """A sync session that had to wait for a part of Battle.net may take so long in all, from its request on."""
    writes_apart: timedelta = timedelta(0)
    """From the end of one transaction to the next at least so long, so that one takes more along. The last does not wait."""


@dataclass(frozen=True, slots=True)
class RunSyncSession:
    """What a worker does with "run sync session S".

    A sync session has one writer, the run that holds its fence, so its counters and the order of its events need
    no locks. A run that dies is replaced when its lease is over, from the last commit.
    """

    work: Work
    channel: ProgressChannel
    enrich: Enrich
    versions: GameVersions
    clock: Clock
    pace: RunPace
    outlook: Callable[[Turn], Outlook]
    observer: SyncObserver = UNOBSERVED
    pause_of: Callable[[Turn], Paused | None] = lambda _turn: None

    async def execute(self, session_id: UUID) -> None:
        """Run the sync session to its end; return at once when it is finished or another run has it.

        When this process is told to stop, the lease is given back and the jobs in hand wait again.
        """
        look = asyncio.Event()

        def hear(event: Progress, _published_at: datetime) -> None:
            if event.is_final:
                look.set()

        with self.channel.subscribe(session_id, hear=hear, live=look.set):
            look.clear()  # what has happened until now is in the rows, which are read next
            await self._execute(session_id, look)

    async def _execute(self, session_id: UUID, look: asyncio.Event) -> None:
        async def claim(work: UnitOfWork) -> ClaimedSession | None:
            claimed = await work.sync_sessions.claim(session_id, self.clock(), self.pace.lease)
            reached(CrashPoint.CLAIM_WRITTEN)
            return claimed

        claimed = await self.work.transaction(claim)
        if claimed is None:
            return
        reached(CrashPoint.CLAIMED)
        run_token = claimed.session.run_token
        with structlog.contextvars.bound_contextvars(session_id=str(session_id), run_token=run_token):
            log.info("sync_session_taken", jobs=len(claimed.jobs), is_after_a_death=claimed.is_after_a_death)
            self.observer.taken(claimed, self.clock())
            try:
                await self._run(claimed, look)
            except BaseException:  # a stop among them: it must leave as it came, not in a group
                await asyncio.shield(self._release(session_id, run_token))
                log.info("sync_session_given_back")
                raise
            finally:
                self.observer.left()

    async def _run(self, claimed: ClaimedSession, look: asyncio.Event) -> None:
        status: SessionStatus | None = None
        try:
            status = await _Run(self, claimed, look).to_the_end()
        except* LeaseLost:
            log.debug("sync_session_fenced_off")
        if status is not None:
            log.info("sync_session_ended", status=status.value)
            return
        by_player = await self._is_the_players(claimed.session)
        log.info("sync_session_lease_lost", to="player" if by_player else "run")
        self.observer.lease_lost(by_player=by_player)

    async def _is_the_players(self, session: CharacterSyncSession) -> bool:
        """Whether its player ended it, and not another run: one they cancelled, or that went with their account."""
        try:
            async with self.work.reading() as work:
                now = await work.sync_sessions.snapshot(UserId(session.user_id), session.id)
        except NotFound:
            return True
        return now.session.status is SessionStatus.CANCELLED

    async def _release(self, session_id: UUID, run_token: int) -> None:
        async def release(work: UnitOfWork) -> None:
            await work.sync_sessions.release(session_id, run_token)
            reached(CrashPoint.RELEASE_WRITTEN)

        for attempt in range(1, RELEASE_ATTEMPTS + 1):
            try:
                await self.work.transaction(release)
            except DatabaseUnavailable:
                if attempt == RELEASE_ATTEMPTS:
                    raise  # the lease runs out by itself
                await asyncio.sleep(RELEASE_WAIT_SECONDS)
            else:
                break
        reached(CrashPoint.RELEASED)


class _Run:
    """One run of a sync session: its workers, within the deadline and under the lease.

    `look` is set when the rows may say that the sync session is no longer its own.
    """

    def __init__(self, use_case: RunSyncSession, claimed: ClaimedSession, look: asyncio.Event) -> None:
        self._use_case = use_case
        self._look = look
        self._turn = Turn(claimed.lane, str(claimed.session.id))
        version = use_case.versions.get(claimed.session.game_version)
        self._are_few = len(claimed.jobs) <= use_case.pace.few
        self._facets = version.facets if version else (Facet.PROFILE,)
        self._record = RunRecord(
            claimed,
            work=use_case.work,
            channel=use_case.channel,
            clock=use_case.clock,
            observer=use_case.observer,
            lease=use_case.pace.lease,
            writes_apart=use_case.pace.writes_apart,
            outlook=lambda: use_case.outlook(self._turn),
            requests_each=len(self._facets),
        )

    async def to_the_end(self) -> SessionStatus:
        """Return how the sync session ended. Raises an ExceptionGroup; with LeaseLost in it when another run has the session now."""
        self._record.session.begin_run()
        async with asyncio.TaskGroup() as group:
            writer = group.create_task(self._record.write_until_ended())
            keeper = group.create_task(self._record.keep_lease(self._use_case.pace.heartbeat, self._look))
            limit = asyncio.timeout(self._remaining)
            watcher = group.create_task(self._watch_pauses(limit))
            try:
                async with limit:
                    await self._work_all()
            except TimeoutError:
                self._record.give_up_the_rest()
            finally:
                watcher.cancel()
            await writer
            keeper.cancel()
        return self._record.session.status

    @property
    def _remaining(self) -> float:
        return (self._record.deadline_at - self._use_case.clock()).total_seconds()

    async def _watch_pauses(self, limit: asyncio.Timeout) -> None:
        """Tell when work is parked and when it goes on. Time that is parked is not held against the deadline, up to a limit."""
        record = self._record
        latest = max(record.deadline_at, record.session.started_at + self._use_case.pace.paused_at_most)
        told: Paused | None = None
        looked_at = self._use_case.clock()
        while True:
            await asyncio.sleep(PAUSE_LOOK_SECONDS)
            now, paused = self._use_case.clock(), self._use_case.pause_of(self._turn)
            if told is not None and not limit.expired():
                record.deadline_at = min(record.deadline_at + (now - looked_at), latest)
                limit.reschedule(asyncio.get_running_loop().time() + self._remaining)
            if paused != told:
                log.info("sync_session_paused" if paused else "sync_session_goes_on")
                record.pause(paused)
            told, looked_at = paused, now

    async def _work_all(self) -> None:
        jobs = self._record.unsettled
        queue = iter(jobs)
        async with asyncio.TaskGroup() as workers:
            for _ in range(min(self._use_case.pace.characters_at_once, len(jobs))):
                workers.create_task(self._work_through(queue))

    async def _work_through(self, jobs: Iterator[EnrichmentJob]) -> None:
        for job in jobs:
            if job.crash_claims >= CRASHES_FORGIVEN:
                self._record.settle(job, Enrichment(JobStatus.FAILED, Reason.CRASHED))
                continue
            await self._record.take_up(job)
            reached(CrashPoint.TAKEN_UP)
            with structlog.contextvars.bound_contextvars(job_id=job.id, character_id=str(job.character_id)):
                enrichment = await self._enrich(job)
            reached(CrashPoint.CHARACTER_JUDGED)
            self._record.settle(job, enrichment)

    async def _enrich(self, job: EnrichmentJob) -> Enrichment:
        owner = UserId(self._record.session.user_id)
        # The deadline anew for each: a pause has moved it.
        job = replace(job, give_up_at=self._record.deadline_at, is_one_of_few=self._are_few)
        try:
            return await self._use_case.enrich(job, self._facets, owner=owner, turn=self._turn)
        except Exception:
            log.exception("enrichment_crashed")
            return Enrichment(JobStatus.FAILED, Reason.CRASHED)
