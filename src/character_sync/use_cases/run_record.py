"""What a run of a sync session notes, put on record: written in batches under the fence, told after each commit."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from character_sync.crash_points import CrashPoint, reached
from character_sync.domain.circuit import Paused
from character_sync.domain.enrichment import Enrichment
from character_sync.domain.forecast import Forecast
from character_sync.domain.progress import Progress
from character_sync.domain.sync_session import CharacterSyncSession, JobStatus, Reason, SessionStatus
from character_sync.ports import (
    ClaimedSession,
    Clock,
    ContentRefused,
    EnrichmentJob,
    Outlook,
    ProgressChannel,
    SettledJob,
    SyncObserver,
    UnitOfWork,
    Work,
)

log = structlog.get_logger()

DEADLINE_PASSED = "This sync took too long and was stopped. The characters it reached are saved; please sync again."
PART_LOST = "Part of this sync was lost on our side. The characters it reached are saved; please sync again."

# Where transactions take long, writing is a quarter of a run's time at most; but no pause is four times the usual one.
WRITING_PAUSE, LONGEST_PAUSE = 3, 4


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


class RunRecord:
    """A sync session as its run knows and writes it: the run's workers say what happens, one writer puts it on record.

    Attributes:
        session: As it stands in its row, by the last commit.
        deadline_at: Its deadline, which pauses move; written with the next batch.

    Args:
        writes_apart: From the end of one transaction to the next at least so long. The last does not wait.
        requests_each: How many requests a character takes, for the forecast.
    """

    def __init__(
        self,
        claimed: ClaimedSession,
        *,
        work: Work,
        channel: ProgressChannel,
        clock: Clock,
        observer: SyncObserver,
        lease: timedelta,
        writes_apart: timedelta,
        outlook: Callable[[], Outlook],
        requests_each: int,
    ) -> None:
        self.session = claimed.session
        self.deadline_at = claimed.session.deadline_at
        self._work = work
        self._channel = channel
        self._clock = clock
        self._observer = observer
        self._lease = lease
        self._writes_apart = writes_apart
        self._outlook = outlook
        self._requests_each = requests_each
        self._unsettled = {job.id: job for job in claimed.jobs}
        # Rows that somebody deleted, by hand or with a backup: nobody will ever settle them.
        self._lost = claimed.session.total_characters - claimed.session.processed_characters - len(claimed.jobs)
        self._noted: list[_Note] = []
        self._something_noted = asyncio.Event()
        self._all_settled = asyncio.Event()
        self._writing = asyncio.Lock()
        self._reported_at = asyncio.get_running_loop().time()  # by the claim, just now
        self._forecast = Forecast()
        self._deadline_passed = False

    @property
    def unsettled(self) -> list[EnrichmentJob]:
        return list(self._unsettled.values())

    async def take_up(self, job: EnrichmentJob) -> None:
        """Return once it is on record that work on the job begins."""
        taken_up = _TakenUp(job, asyncio.Event())
        self._note(taken_up)
        await taken_up.committed.wait()

    def settle(self, job: EnrichmentJob, enrichment: Enrichment) -> None:
        del self._unsettled[job.id]
        if not self._unsettled:
            self._all_settled.set()
        self._note(SettledJob(job, enrichment, self._clock()))

    def pause(self, paused: Paused | None) -> None:
        """Tell why work is parked, or that it goes on."""
        self._note(_Pause(paused))

    def give_up_the_rest(self) -> None:
        """The deadline has passed: what is not settled fails, and so does the sync session."""
        self._deadline_passed = True
        for job in self.unsettled:
            self.settle(job, Enrichment(JobStatus.FAILED, Reason.DEADLINE))

    def _note(self, what: _Note) -> None:
        self._noted.append(what)
        self._something_noted.set()

    async def write_until_ended(self) -> None:
        """Write whatever was noted since the last transaction began: the busier, the larger the batches."""
        loop, apart = asyncio.get_running_loop(), self._writes_apart.total_seconds()
        not_before = 0.0
        if self._has_ended(self.session):
            await self._write([])
        while not self.session.status.is_final:
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

    async def keep_lease(self, heartbeat: timedelta, look: asyncio.Event) -> None:
        """Report while nothing is written, as when every worker waits at the gate; at once when `look` is set.

        It is set when an end is heard of: whoever cancels takes the fence, so a report finds out. Raises LeaseLost.
        """

        async def extend(work: UnitOfWork) -> None:
            session, until = self.session, self._clock() + self._lease
            await work.sync_sessions.extend_lease(session.id, session.run_token, until, self.deadline_at)
            reached(CrashPoint.HEARTBEAT_WRITTEN)

        loop, apart = asyncio.get_running_loop(), heartbeat.total_seconds()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self._reported_at + apart):
                    await look.wait()
            async with self._writing:  # what is written meanwhile is a report too, and may be the end
                if self.session.status.is_final:
                    return  # the end that was heard of is this run's own
                if not look.is_set() and loop.time() < self._reported_at + apart:
                    continue
                look.clear()
                await self._work.transaction(extend)
                self._reported_at = loop.time()
            reached(CrashPoint.HEARTBEAT_COMMITTED)

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
        session, now = copy(self.session), self._clock()  # a copy: what is refused never was
        taken_up = [note for note in batch if isinstance(note, _TakenUp)]
        settled = [note for note in batch if isinstance(note, SettledJob)]
        session.deadline_at = self.deadline_at
        events = [_event_of(session, note) for note in batch]
        if self._has_ended(session):
            events.append(self._end(session, now))

        async def save(work: UnitOfWork) -> None:
            await work.sync_sessions.write(
                session,
                started=[note.job for note in taken_up],
                settled=settled,
                lease_until=self._clock() + self._lease,  # from now: it may have waited long for its turn
            )
            reached(CrashPoint.END_WRITTEN if session.status.is_final else CrashPoint.BATCH_WRITTEN)

        async with self._writing:
            await self._work.transaction(save)
            self.session = session
            self._reported_at = asyncio.get_running_loop().time()
        reached(CrashPoint.END_COMMITTED if session.status.is_final else CrashPoint.BATCH_COMMITTED)
        self._observer.settled(settled)
        if session.status.is_final:
            self._observer.ended(session)
        await self._channel.publish(self._with_forecast(events, now))
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

        What a skipped facet spares is seen in the pace soon enough.
        """
        done, each = self.session.processed_characters, self._requests_each
        outlook = self._outlook()
        seconds = self._forecast.update(
            now.timestamp(),
            made=done * each,
            remaining=(self.session.total_characters - done) * each,
            ahead=outlook.ahead,
            pace=outlook.pace,
            gate=outlook.gate_seconds,
        )
        return [event if event.is_final else replace(event, eta_seconds=seconds) for event in events]


def _event_of(session: CharacterSyncSession, note: _Note) -> Progress:
    if isinstance(note, _Pause):
        return session.pause(note.paused)
    if isinstance(note, _TakenUp):
        return session.take_up(note.job.as_current(JobStatus.PROCESSING))
    return session.settle(note.job.as_current(note.enrichment.status, note.enrichment.reason))
