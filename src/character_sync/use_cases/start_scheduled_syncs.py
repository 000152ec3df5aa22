"""Begin the syncs that are due: each due time once, the longest due first, no more at a time than others can bear."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol
from uuid import UUID, uuid4

import structlog

from character_sync.crash_points import CrashPoint, reached
from character_sync.domain.errors import BattleNetError, BattleNetTokenInvalid, NotFound, SyncAlreadyActive
from character_sync.domain.game import GameVersion, GameVersions, Region
from character_sync.domain.schedules import LATE_AFTER, Allowance, Outcome, allowance, step
from character_sync.domain.sync_session import CharacterSyncSession, SessionKind, SessionLimits
from character_sync.ports import (
    Asked,
    Clock,
    Dealt,
    DueSchedule,
    DueTaken,
    Lane,
    RequestBudget,
    ScheduleLoad,
    ScheduleObserver,
    UnitOfWork,
    UserId,
    Work,
)

log = structlog.get_logger()

LISTED_AT_ONCE = 8  # accounts asked for at the same time: few of the places that players' own syncs need
TAKEN_FOR = timedelta(minutes=2)  # several times what a listing may take; then another process may try
PUT_OFF_FOR = timedelta(minutes=5)  # after an error of Battle.net's: an outage is asked about, not hammered at


class StartSync(Protocol):
    """Lists an account and saves the sync; see `SyncCharactersFromBattleNetUseCase`."""

    async def __call__(self, owner: UserId, version: GameVersion, region: Region, asked: Asked) -> object: ...


@dataclass(frozen=True, slots=True)
class ScheduleLimits:
    """What scheduled syncs of all users together may use.

    Attributes:
        requests_per_hour: Battle.net's limit; 0 is none.
        share: The part of it that scheduled syncs may use.
        at_once: How many of them may be unfinished at a time.
        inactive: Players who have not been here for so long are not synced.
    """

    requests_per_hour: int
    share: float
    at_once: int
    inactive: timedelta


@dataclass(frozen=True, slots=True)
class StartScheduledSyncs:
    """One round. Any process may run it, any number at once.

    A due time is dealt with by the transaction that moves the schedule on to its next one, and the sync is saved in the
    same transaction: a process that dies before has begun nothing, and one that comes late to it begins nothing.
    """

    work: Work
    sync: StartSync
    budget: RequestBudget
    versions: GameVersions
    clock: Clock
    session_limits: SessionLimits
    limits: ScheduleLimits
    observer: ScheduleObserver

    async def execute(self) -> int:
        """Return how many due schedules were looked at; those there was no room for stay due, and grow older."""
        now, left = self.clock(), (await self.budget.state()).left_per_hour
        due = await self.work.transaction(
            lambda work: work.schedules.take_due(now, lease=TAKEN_FOR, room=partial(self._room, left))
        )
        if due:
            reached(CrashPoint.SCHEDULES_TAKEN)
        places = asyncio.Semaphore(LISTED_AT_ONCE)

        async def begin(schedule: DueSchedule) -> None:
            async with places:
                with structlog.contextvars.bound_contextvars(schedule_id=str(schedule.id)):
                    await self._begin(schedule)

        async with asyncio.TaskGroup() as group:
            for schedule in due:
                group.create_task(begin(schedule))
        return len(due)

    def _room(self, left: int | None, load: ScheduleLoad) -> Allowance:
        limits = self.limits
        return allowance(
            per_hour=limits.requests_per_hour,
            share=limits.share,
            spent=load.spent,
            left=left,
            at_once=limits.at_once,
            unfinished=load.unfinished,
        )

    async def _begin(self, due: DueSchedule) -> None:
        try:
            await self._deal(due)
        except DueTaken:
            log.info("schedule_dealt_with_by_another")
        except NotFound:
            log.info("schedule_gone")  # erased meanwhile, and everything with it
        except BattleNetError as error:
            await self._put_off(due, error.code)
        except Exception:
            log.exception("schedule_failed")  # still due; another round takes it when it is free again

    async def _deal(self, due: DueSchedule) -> None:
        version = self.versions.get(due.game_version)
        if version is None:
            await self._pass_over(due, Outcome.NOT_OFFERED)
        elif await self._is_inactive(due):
            await self._pass_over(due, Outcome.HELD_BACK)
        else:
            await self._sync(due, version)

    async def _sync(self, due: DueSchedule, version: GameVersion) -> None:
        async def also(work: UnitOfWork, session_id: UUID, characters: int) -> None:
            await self._write(work, due, Outcome.STARTED, session_id=session_id, cost=_cost(version, characters))

        asked = Asked(SessionKind.SCHEDULED, Lane.SCHEDULED, Lane.SCHEDULED, also)
        try:
            await self.sync(due.owner, version, due.region, asked)
        except BattleNetTokenInvalid:
            await self._sync_what_is_held(due, version)
        except SyncAlreadyActive as active:
            await self._join(due, active)
        else:
            self._tell(due, Outcome.STARTED)

    async def _sync_what_is_held(self, due: DueSchedule, version: GameVersion) -> None:
        """Go on without the listing, for which the player has to sign in again: nothing else needs them."""

        async def save(work: UnitOfWork) -> Outcome:
            await work.users.lock(due.owner)
            active = await work.sync_sessions.active(due.owner, version.id)
            if active is not None:
                raise SyncAlreadyActive(active)
            now = self.clock()
            link = await work.users.battle_net_link(due.owner, now)
            since = link.list_frozen_since or due.list_frozen_since or now
            held = await work.characters.saved(due.owner, due.region, version.namespace_family)
            ids = [character.id for character in held if character.is_active and character.game_version == version.id]
            if not ids:
                await self._write(work, due, Outcome.NOTHING_HELD, list_frozen_since=since)
                return Outcome.NOTHING_HELD
            session = CharacterSyncSession(
                id=uuid4(),
                user_id=due.owner,
                kind=SessionKind.SCHEDULED,
                game_version=version.id,
                region=due.region,
                started_at=now,
                deadline_at=self.session_limits.deadline(now, len(ids), SessionKind.SCHEDULED),
                total_characters=len(ids),
            )
            await work.sync_sessions.create(session, ids, Lane.SCHEDULED)
            await self._write(
                work,
                due,
                Outcome.LIST_FROZEN,
                session_id=session.id,
                cost=_cost(version, len(ids)),
                list_frozen_since=since,
            )
            work.run_after_commit(session.id)
            return Outcome.LIST_FROZEN

        try:
            outcome = await self.work.transaction(save)
        except SyncAlreadyActive as active:
            await self._join(due, active)
        else:
            self._tell(due, outcome)

    async def _join(self, due: DueSchedule, active: SyncAlreadyActive) -> None:
        """Leave it to a sync of the same characters that runs already; wait for one of another region."""
        session_id = active.active_session_id
        async with self.work.reading() as work:
            running = (await work.sync_sessions.snapshot(due.owner, session_id)).session
        if running.region is not due.region:
            await self._put_off(due, active.code)
            return
        await self.work.transaction(lambda work: self._write(work, due, Outcome.JOINED, session_id=session_id))
        self._tell(due, Outcome.JOINED)

    async def _pass_over(self, due: DueSchedule, outcome: Outcome) -> None:
        await self.work.transaction(lambda work: self._write(work, due, outcome))
        self._tell(due, outcome)

    async def _put_off(self, due: DueSchedule, problem: str) -> None:
        until = self.clock() + PUT_OFF_FOR
        await self.work.transaction(lambda work: work.schedules.put_off(due, until, problem))
        log.info("schedule_put_off", problem=problem)
        self.observer.put_off()

    async def _is_inactive(self, due: DueSchedule) -> bool:
        async with self.work.reading() as work:
            visit = await work.schedules.last_visit(due.owner)
        return visit is None or visit <= self.clock() - self.limits.inactive

    async def _write(
        self,
        work: UnitOfWork,
        due: DueSchedule,
        outcome: Outcome,
        *,
        session_id: UUID | None = None,
        cost: int | None = None,
        list_frozen_since: datetime | None = None,
    ) -> None:
        now = self.clock()
        following = step(due.rule, due.id, due.due_at, now)
        dealt = Dealt(outcome, following.next_due_at, following.missed, session_id, cost, list_frozen_since)
        await work.schedules.deal(due, dealt, now)
        reached(CrashPoint.SCHEDULE_WRITTEN)

    def _tell(self, due: DueSchedule, outcome: Outcome) -> None:
        now = self.clock()
        late = now - due.due_at
        missed = step(due.rule, due.id, due.due_at, now).missed
        log.info("schedule_dealt_with", outcome=outcome.value, late_seconds=int(late.total_seconds()), missed=missed)
        self.observer.dealt(outcome, late=late >= LATE_AFTER, missed=missed)


def _cost(version: GameVersion, characters: int) -> int:
    """Return how many requests a sync makes at most, without those that are made again."""
    return 1 + characters * len(version.facets)
