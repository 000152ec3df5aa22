"""Run a sync session: take its lease, work its jobs many at once, write in batches, tell after each commit."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import structlog

from character_sync.crash_points import CrashPoint, reached
from character_sync.domain.circuit import Paused
from character_sync.domain.enrichment import Enrichment
from character_sync.domain.errors import DatabaseUnavailable, NotFound
from character_sync.domain.forecast import Forecast
from character_sync.domain.game import Facet, GameVersions
from character_sync.domain.progress import Progress
from character_sync.domain.sync_session import CharacterSyncSession, JobStatus, Reason, SessionStatus
from character_sync.ports import (
    UNOBSERVED,
    ClaimedSession,
    Clock,
    ContentRefused,
    EnrichmentJob,
    LeaseLost,
    Outlook,
    ProgressChannel,
    SettledJob,
    SyncObserver,
    Turn,
    UnitOfWork,
    UserId,
    Work,
)

log = structlog.get_logger()

RELEASE_ATTEMPTS = 3
RELEASE_WAIT_SECONDS = 1.0
"""A write that a stop has interrupted may hold SQLite for its last moments; a stop waits for 20 s in all."""

CRASHES_FORGIVEN = 3
"""A job that was in hand in this many runs that died is taken to be what kills them."""

DEADLINE_PASSED = "This sync took too long and was stopped. The characters it reached are saved; please sync again."
PART_LOST = "Part of this sync was lost on our side. The characters it reached are saved; please sync again."

# Where transactions take long, writing is a quarter of a run's time at most; but no pause is four times the usual one.
WRITING_PAUSE, LONGEST_PAUSE = 3, 4

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


@dataclass(frozen=True, slots=True)
class _TakenUp:
    """A job about to be worked; `committed` is set once that is on record, so that a crash is counted against it."""

    job: EnrichmentJob
    committed: asyncio.Event


@dataclass(frozen=True, slots=True)
class _Pause:
    """Work has been parked, or goes on."""

    paused: Paused | None


_Note = _TakenUp | SettledJob | _Pause


class _Run:
    """One run of a sync session: its workers note what happens, one writer puts it on record.

    `look` is set when the rows may say that the sync session is no longer its own.
    """

    def __init__(self, use_case: RunSyncSession, claimed: ClaimedSession, look: asyncio.Event) -> None:
        self._use_case = use_case
        self._look = look
        self._session = claimed.session
        self._unsettled = {job.id: job for job in claimed.jobs}
        # Rows that somebody deleted, by hand or with a backup: nobody will ever settle them.
        self._lost = claimed.session.total_characters - claimed.session.processed_characters - len(claimed.jobs)
        self._turn = Turn(claimed.lane, str(claimed.session.id))
        version = use_case.versions.get(claimed.session.game_version)
        self._facets = version.facets if version else (Facet.PROFILE,)
        self._noted: list[_Note] = []
        self._something_noted = asyncio.Event()
        self._all_settled = asyncio.Event()
        self._forecast = Forecast()
        self._deadline_at = claimed.session.deadline_at
        self._deadline_passed = False

    async def to_the_end(self) -> SessionStatus:
        """Return how the sync session ended. Raises an ExceptionGroup; with LeaseLost in it when another run has the session now."""
        self._session.begin_run()
        async with asyncio.TaskGroup() as group:
            writer = group.create_task(self._write_until_ended())
            keeper = group.create_task(self._keep_lease())
            limit = asyncio.timeout(self._remaining)
            watcher = group.create_task(self._watch_pauses(limit))
            try:
                async with limit:
                    await self._work_all()
            except TimeoutError:
                self._give_up_the_rest()
            finally:
                watcher.cancel()
            await writer
            keeper.cancel()
        return self._session.status

    @property
    def _remaining(self) -> float:
        return (self._deadline_at - self._use_case.clock()).total_seconds()

    async def _watch_pauses(self, limit: asyncio.Timeout) -> None:
        """Tell when work is parked and when it goes on. Time that is parked is not held against the deadline, up to a limit."""
        latest = max(self._deadline_at, self._session.started_at + self._use_case.pace.paused_at_most)
        told: Paused | None = None
        looked_at = self._use_case.clock()
        while True:
            await asyncio.sleep(PAUSE_LOOK_SECONDS)
            now, paused = self._use_case.clock(), self._use_case.pause_of(self._turn)
            if told is not None and not limit.expired():
                self._deadline_at = min(self._deadline_at + (now - looked_at), latest)
                limit.reschedule(asyncio.get_running_loop().time() + self._remaining)
            if paused != told:
                log.info("sync_session_paused" if paused else "sync_session_goes_on")
                self._note(_Pause(paused))
            told, looked_at = paused, now

    async def _work_all(self) -> None:
        jobs = list(self._unsettled.values())
        queue = iter(jobs)
        async with asyncio.TaskGroup() as workers:
            for _ in range(min(self._use_case.pace.characters_at_once, len(jobs))):
                workers.create_task(self._work_through(queue))

    async def _work_through(self, jobs: Iterator[EnrichmentJob]) -> None:
        for job in jobs:
            if job.crash_claims >= CRASHES_FORGIVEN:
                self._settle(job, Enrichment(JobStatus.FAILED, Reason.CRASHED))
                continue
            taken_up = _TakenUp(job, asyncio.Event())
            self._note(taken_up)
            await taken_up.committed.wait()
            reached(CrashPoint.TAKEN_UP)
            with structlog.contextvars.bound_contextvars(job_id=job.id, character_id=str(job.character_id)):
                enrichment = await self._enrich(job)
            reached(CrashPoint.CHARACTER_JUDGED)
            self._settle(job, enrichment)

    async def _enrich(self, job: EnrichmentJob) -> Enrichment:
        owner, job = UserId(self._session.user_id), replace(job, give_up_at=self._deadline_at)  # a pause has moved it
        try:
            return await self._use_case.enrich(job, self._facets, owner=owner, turn=self._turn)
        except Exception:
            log.exception("enrichment_crashed")
            return Enrichment(JobStatus.FAILED, Reason.CRASHED)

    def _settle(self, job: EnrichmentJob, enrichment: Enrichment) -> None:
        del self._unsettled[job.id]
        if not self._unsettled:
            self._all_settled.set()
        self._note(SettledJob(job, enrichment, self._use_case.clock()))

    def _give_up_the_rest(self) -> None:
        self._deadline_passed = True
        for job in list(self._unsettled.values()):
            self._settle(job, Enrichment(JobStatus.FAILED, Reason.DEADLINE))

    def _note(self, what: _Note) -> None:
        self._noted.append(what)
        self._something_noted.set()

    async def _write_until_ended(self) -> None:
        """Write whatever was noted since the last transaction began: the busier, the larger the batches."""
        loop, apart = asyncio.get_running_loop(), self._use_case.pace.writes_apart.total_seconds()
        not_before = 0.0
        if self._has_ended(self._session):
            await self._write([])
        while not self._session.status.is_final:
            await self._something_noted.wait()
            if apart and not_before > loop.time():
                with suppress(TimeoutError):
                    async with asyncio.timeout_at(not_before):
                        await self._all_settled.wait()
            self._something_noted.clear()
            batch, self._noted = self._noted, []
            began = loop.time()
            await self._write(batch)
            ended = loop.time()
            not_before = ended + min(max(apart, WRITING_PAUSE * (ended - began)), LONGEST_PAUSE * apart)

    async def _write(self, batch: Sequence[_Note]) -> None:
        """Write a batch. A character the database refuses fails alone, or its sync would be refused again and again."""
        try:
            await self._save_and_tell(batch)
        except ContentRefused:
            if len(batch) > 1:
                for note in batch:
                    await self._write([note])
                return
            [refused] = batch
            if not isinstance(refused, SettledJob) or not refused.enrichment.facets:
                raise
            log.exception("enrichment_refused_by_the_database", job_id=refused.job.id)
            failed = Enrichment(JobStatus.FAILED, Reason.CRASHED)
            await self._write([SettledJob(refused.job, failed, refused.settled_at)])

    async def _save_and_tell(self, batch: Sequence[_Note]) -> None:
        session, now = copy(self._session), self._use_case.clock()  # a copy: what is refused never was
        taken_up = [note for note in batch if isinstance(note, _TakenUp)]
        settled = [note for note in batch if isinstance(note, SettledJob)]
        session.deadline_at = self._deadline_at
        events = [_event_of(session, note) for note in batch]
        if self._has_ended(session):
            events.append(self._end(session, now))

        async def save(work: UnitOfWork) -> None:
            await work.sync_sessions.write(
                session,
                started=[note.job for note in taken_up],
                settled=settled,
                lease_until=now + self._use_case.pace.lease,
            )
            reached(CrashPoint.END_WRITTEN if session.status.is_final else CrashPoint.BATCH_WRITTEN)

        await self._use_case.work.transaction(save)
        self._session = session
        reached(CrashPoint.END_COMMITTED if session.status.is_final else CrashPoint.BATCH_COMMITTED)
        self._use_case.observer.settled(settled)
        if session.status.is_final:
            self._use_case.observer.ended(session)
        await self._use_case.channel.publish(self._with_forecast(events, now))
        reached(CrashPoint.END_PUBLISHED if session.status.is_final else CrashPoint.BATCH_PUBLISHED)
        for note in taken_up:
            note.committed.set()

    def _has_ended(self, session: CharacterSyncSession) -> bool:
        return session.processed_characters + self._lost >= session.total_characters

    def _end(self, session: CharacterSyncSession, now: datetime) -> Progress:
        if self._deadline_passed:
            return session.end(SessionStatus.FAILED, now, error=DEADLINE_PASSED, code=Reason.DEADLINE.value)
        if self._lost:
            return session.end(SessionStatus.FAILED, now, error=PART_LOST, code=Reason.CRASHED.value)
        return session.end(SessionStatus.COMPLETED, now)

    def _with_forecast(self, events: Sequence[Progress], now: datetime) -> list[Progress]:
        """Say in each event but the last how long the sync session will still take, as far as that is known.

        A character is counted as one request per facet: what a skipped one spares is seen in the pace soon enough.
        """
        done, facets = self._session.processed_characters, len(self._facets)
        outlook = self._use_case.outlook(self._turn)
        seconds = self._forecast.update(
            now.timestamp(),
            made=done * facets,
            remaining=(self._session.total_characters - done) * facets,
            ahead=outlook.ahead,
            pace=outlook.pace,
            gate=outlook.gate_seconds,
        )
        return [event if event.is_final else replace(event, eta_seconds=seconds) for event in events]

    async def _keep_lease(self) -> None:
        """Report while nothing is written, as when every worker waits at the gate; at once when an end is heard of.

        Whoever cancels takes the fence, so a report finds out. Without the channel the next regular one does.
        """

        async def extend(work: UnitOfWork) -> None:
            until = self._use_case.clock() + self._use_case.pace.lease
            await work.sync_sessions.extend_lease(self._session.id, self._session.run_token, until, self._deadline_at)
            reached(CrashPoint.HEARTBEAT_WRITTEN)

        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._use_case.pace.heartbeat.total_seconds()):
                    await self._look.wait()
            self._look.clear()
            if self._session.status.is_final:
                return  # the end that was heard of is this run's own
            await self._use_case.work.transaction(extend)
            reached(CrashPoint.HEARTBEAT_COMMITTED)


def _event_of(session: CharacterSyncSession, note: _Note) -> Progress:
    if isinstance(note, _Pause):
        return session.pause(note.paused)
    if isinstance(note, _TakenUp):
        return session.take_up(note.job.as_current(JobStatus.PROCESSING))
    return session.settle(note.job.as_current(note.enrichment.status, note.enrichment.reason))
