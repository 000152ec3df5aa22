"""Schedules as rows: taken by one, dealt with once."""

import asyncio
from datetime import time, timedelta
from uuid import uuid4

import pytest

from character_sync.domain.errors import NotFound
from character_sync.domain.game import Region
from character_sync.domain.schedules import FIRST_COST, Allowance, EveryHours, FreshBy, Off, Outcome, Rule, Weekday
from character_sync.domain.sync_session import SessionKind
from character_sync.ports import Dealt, DueSchedule, DueTaken, Schedule, ScheduleLoad, Secret, UserId
from fakes.characters import NOW
from fakes.store import Store

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LEASE = 2 * MINUTE
SIX_HOURS = EveryHours(6)


def plenty(_load: ScheduleLoad) -> Allowance:
    return Allowance(100, float("inf"), at_least_one=True)


class Timetable:
    """Schedules of players, and processes that take them."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def schedule(self, owner: UserId, rule: Rule = SIX_HOURS, *, region: Region = Region.EU, due=NOW) -> Schedule:
        schedule = Schedule(uuid4(), "retail", region, rule, created_at=NOW, updated_at=NOW, next_due_at=due)
        await self.store.do(lambda work: work.schedules.save(owner, schedule))
        return schedule

    async def take(self, now=NOW, room=plenty) -> list[DueSchedule]:
        return list(await self.store.do(lambda work: work.schedules.take_due(now, lease=LEASE, room=room)))

    async def deal(self, due: DueSchedule, now=NOW, **about) -> None:
        usual = {"outcome": Outcome.STARTED, "next_due_at": due.due_at + 6 * HOUR, "missed": 0}
        await self.store.do(lambda work: work.schedules.deal(due, Dealt(**{**usual, **about}), now))

    async def load(self, now=NOW) -> ScheduleLoad:
        seen: list[ScheduleLoad] = []

        def look(load: ScheduleLoad) -> Allowance:
            seen.append(load)
            return Allowance(0, 0, at_least_one=False)

        await self.take(now, look)
        return seen[0]

    async def one(self, owner: UserId, region: Region = Region.EU) -> Schedule:
        found = await self.store.ask(lambda work: work.schedules.find(owner, "retail", region))
        assert found is not None
        return found


@pytest.fixture
def timetable(store: Store) -> Timetable:
    return Timetable(store)


@pytest.mark.parametrize(
    "rule", [Off(), EveryHours(1), EveryHours(24), FreshBy(Weekday.WEDNESDAY, time(19, 30), "Europe/Berlin")]
)
async def test_a_schedule_is_read_as_it_was_saved(timetable: Timetable, rule: Rule) -> None:
    owner = await timetable.store.user()
    schedule = await timetable.schedule(owner, rule)
    assert await timetable.one(owner) == schedule
    assert await timetable.store.ask(lambda work: work.schedules.all(owner)) == [schedule]


async def test_a_new_rule_keeps_what_came_of_the_old_one(timetable: Timetable) -> None:
    owner = await timetable.store.user()
    before = await timetable.schedule(owner)
    [due] = await timetable.take()
    await timetable.deal(due, cost=5)
    await timetable.schedule(owner, EveryHours(1), due=NOW + HOUR)
    after = await timetable.one(owner)
    assert (after.id, after.last_run_at, after.last_outcome) == (before.id, NOW, Outcome.STARTED)
    assert (after.rule, after.next_due_at) == (EveryHours(1), NOW + HOUR)


async def test_only_what_is_due_is_taken_the_longest_due_first(timetable: Timetable) -> None:
    owners = [await timetable.store.user() for _ in range(4)]
    for owner, minutes in zip(owners, (3, 9, -1, 5), strict=True):
        await timetable.schedule(owner, due=NOW - minutes * MINUTE)
    await timetable.schedule(owners[0], Off(), region=Region.US, due=None)
    taken = await timetable.take()
    assert [due.owner for due in taken] == [owners[1], owners[3], owners[0]]
    assert taken[0].due_at == NOW - 9 * MINUTE


async def test_what_one_process_has_taken_no_other_takes_until_its_time_is_over(timetable: Timetable) -> None:
    await timetable.schedule(await timetable.store.user())
    assert len(await timetable.take()) == 1
    assert await timetable.take(NOW + LEASE - MINUTE) == []
    assert len(await timetable.take(NOW + LEASE)) == 1


async def test_many_processes_at_once_take_each_schedule_once(timetable: Timetable) -> None:
    for _ in range(12):
        await timetable.schedule(await timetable.store.user())

    def three(_load: ScheduleLoad) -> Allowance:
        return Allowance(3, float("inf"), at_least_one=False)

    taken: list[DueSchedule] = []
    while len(taken) < 12:
        for portion in await asyncio.gather(*(timetable.take(room=three) for _ in range(6))):
            taken += portion
    assert len({due.id for due in taken}) == len(taken) == 12


async def test_a_due_time_is_dealt_with_once(timetable: Timetable) -> None:
    owner = await timetable.store.user()
    await timetable.schedule(owner)
    [first] = await timetable.take()
    [second] = await timetable.take(NOW + LEASE)  # the first is believed to be dead
    await timetable.deal(first, NOW + LEASE, missed=2)
    with pytest.raises(DueTaken):
        await timetable.deal(second, NOW + LEASE, missed=2)
    schedule = await timetable.one(owner)
    assert (schedule.last_due_at, schedule.late_seconds, schedule.missed) == (NOW, 120, 2)
    assert schedule.next_due_at == NOW + 6 * HOUR


async def test_a_due_time_that_the_player_has_moved_meanwhile_is_not_dealt_with(timetable: Timetable) -> None:
    owner = await timetable.store.user()
    await timetable.schedule(owner)
    [due] = await timetable.take()
    await timetable.schedule(owner, Off(), due=None)
    with pytest.raises(DueTaken):
        await timetable.deal(due)


async def test_what_is_put_off_stays_due_and_tells_why(timetable: Timetable) -> None:
    owner = await timetable.store.user()
    await timetable.schedule(owner)
    [due] = await timetable.take()
    await timetable.store.do(lambda work: work.schedules.put_off(due, NOW + 5 * MINUTE, "battle_net_unavailable"))
    schedule = await timetable.one(owner)
    assert (schedule.next_due_at, schedule.problem) == (NOW, "battle_net_unavailable")
    assert await timetable.take(NOW + 4 * MINUTE) == []
    assert len(await timetable.take(NOW + 5 * MINUTE)) == 1


async def test_the_load_counts_what_ran_within_the_hour_what_is_in_hand_and_what_is_unfinished(
    timetable: Timetable,
) -> None:
    ran, runs, in_hand, early = [await timetable.store.user() for _ in range(4)]
    for owner in (ran, runs):
        await timetable.schedule(owner)
    for due, cost in zip(await timetable.take(), (25, 41), strict=True):
        await timetable.deal(due, cost=cost)
    await timetable.store.session(runs, await timetable.store.characters(runs, 1), kind=SessionKind.SCHEDULED)
    await timetable.store.session(ran, await timetable.store.characters(ran, 1), kind=SessionKind.ACCOUNT)
    await timetable.schedule(in_hand)
    await timetable.take()
    await timetable.schedule(early, due=NOW + HOUR)
    assert await timetable.load() == ScheduleLoad(spent=66 + FIRST_COST, unfinished=2)
    assert await timetable.load(NOW + HOUR) == ScheduleLoad(spent=0, unfinished=1)


async def test_what_was_put_off_is_in_nobodys_hand(timetable: Timetable) -> None:
    await timetable.schedule(await timetable.store.user())
    [due] = await timetable.take()
    await timetable.store.do(lambda work: work.schedules.put_off(due, NOW + HOUR, "battle_net_unavailable"))
    assert await timetable.load() == ScheduleLoad(0, 0)


async def test_one_end_of_a_sign_in_is_told_once_whichever_schedule_meets_it(timetable: Timetable) -> None:
    owner, other = await timetable.store.user(), await timetable.store.user()
    for who, region in ((owner, Region.EU), (owner, Region.US), (other, Region.EU)):
        await timetable.schedule(who, region=region)
    ended = NOW - HOUR
    frozen = {"outcome": Outcome.LIST_FROZEN, "list_frozen_since": ended}
    taken = {(due.owner, due.region): due for due in await timetable.take()}
    await timetable.deal(taken[owner, Region.EU], **frozen)
    await timetable.deal(taken[other, Region.EU], **frozen)
    await timetable.store.do(lambda work: work.schedules.see_notice(owner, NOW))
    await timetable.deal(taken[owner, Region.US], **frozen)
    assert (await timetable.one(owner, Region.US)).notice_seen_at == NOW
    assert (await timetable.one(other)).notice_seen_at is None

    [again, *_] = [due for due in await timetable.take(NOW + 6 * HOUR) if due.owner == owner]
    await timetable.deal(again, NOW + 6 * HOUR, outcome=Outcome.LIST_FROZEN, list_frozen_since=NOW + HOUR)
    assert (await timetable.one(owner, again.region)).notice_seen_at is None  # another sign-in has ended


async def test_a_listing_that_works_again_ends_the_freeze(timetable: Timetable) -> None:
    owner = await timetable.store.user()
    await timetable.schedule(owner)
    [due] = await timetable.take()
    await timetable.deal(due, outcome=Outcome.LIST_FROZEN, list_frozen_since=NOW)
    [due] = await timetable.take(NOW + 6 * HOUR)
    assert due.list_frozen_since == NOW
    await timetable.deal(due, NOW + 6 * HOUR)
    assert (await timetable.one(owner)).list_frozen_since is None


async def test_a_visit_is_a_sign_in_or_any_use_of_it_or_of_a_token(timetable: Timetable) -> None:
    store = timetable.store
    owner = await store.user(now=NOW)
    assert await store.ask(lambda work: work.schedules.last_visit(owner)) == NOW
    browser, program = Secret("browser"), Secret("cs_program")
    await store.do(lambda work: work.sign_ins.sign_in_browser(owner, browser, NOW + HOUR, NOW + 99 * HOUR))
    assert await store.ask(lambda work: work.schedules.last_visit(owner)) == NOW + HOUR
    await store.do(lambda work: work.sign_ins.create_access_token(owner, "laptop", program, NOW, None))
    await store.do(lambda work: work.sign_ins.note_use_of_access_token(program, NOW + 2 * HOUR))
    assert await store.ask(lambda work: work.schedules.last_visit(owner)) == NOW + 2 * HOUR


async def test_the_heartbeat_tells_what_waits_and_what_ran(timetable: Timetable) -> None:
    empty = await timetable.store.ask(lambda work: work.schedules.heartbeat(NOW))
    assert (empty.overdue, empty.oldest_overdue, empty.last_due_at, empty.last_run_at) == (0, timedelta(), None, None)
    for minutes in (10, 4, 3):
        await timetable.schedule(await timetable.store.user(), due=NOW - minutes * MINUTE)
    [oldest, *_] = await timetable.take()
    await timetable.deal(oldest, cost=5)
    beat = await timetable.store.ask(lambda work: work.schedules.heartbeat(NOW))
    assert (beat.overdue, beat.oldest_overdue) == (2, 4 * MINUTE)
    assert (beat.last_due_at, beat.last_run_at) == (NOW - 10 * MINUTE, NOW)


async def test_a_deleted_schedule_is_gone_and_cannot_be_deleted_again(timetable: Timetable) -> None:
    owner = await timetable.store.user()
    await timetable.schedule(owner)
    await timetable.store.do(lambda work: work.schedules.delete(owner, "retail", Region.EU))
    assert await timetable.store.ask(lambda work: work.schedules.all(owner)) == []
    with pytest.raises(NotFound):
        await timetable.store.do(lambda work: work.schedules.delete(owner, "retail", Region.EU))
