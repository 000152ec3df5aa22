"""Set when a game version of a player's account is synced by itself."""

from dataclasses import dataclass, replace
from uuid import uuid4

from character_sync.domain.game import GameVersion, Region
from character_sync.domain.schedules import Rule, first_due
from character_sync.ports import Clock, Schedule, UnitOfWork, UserId, Work


@dataclass(frozen=True, slots=True)
class SetSchedule:
    """Makes or changes the schedule of a game version and region. It keeps its id, and with it its place among others."""

    work: Work
    clock: Clock

    async def execute(self, owner: UserId, version: GameVersion, region: Region, rule: Rule) -> Schedule:
        """Return the schedule. Setting the rule it has already changes nothing, not even a due time that has come.

        Raises:
            NotFound: the user has been erased.
        """
        now = self.clock()

        async def save(work: UnitOfWork) -> Schedule:
            await work.users.lock(owner)
            known = await work.schedules.find(owner, version.id, region)
            if known is not None and known.rule == rule:
                return known
            schedule = known or Schedule(uuid4(), version.id, region, rule, created_at=now, updated_at=now)
            due = first_due(rule, schedule.id, now, schedule.last_run_at)
            schedule = replace(schedule, rule=rule, next_due_at=due, updated_at=now, problem=None)
            await work.schedules.save(owner, schedule)
            return schedule

        return await self.work.transaction(save)
