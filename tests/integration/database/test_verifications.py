"""When characters were last seen at Battle.net, and what becomes of those that are not there any more."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from character_sync.adapters.database.tables import (
    character_facets,
    character_jobs,
    character_sync_sessions,
    characters,
)
from character_sync.domain.errors import BattleNetUnavailable
from character_sync.domain.sync_session import SessionKind
from character_sync.domain.verification import CheckOutcome, VerificationPolicy
from character_sync.ports import Lane
from character_sync.use_cases.verify_characters import VerifyCharacters
from fakes.battle_net import CharactersThereOrNot
from fakes.characters import NOW, listed
from fakes.clock import FakeClock
from fakes.store import Store

DAY = timedelta(days=1)
QUARTER = DAY / 4  # between two checks: a process makes them more often, and finds nothing to do each time


class Counted:
    """Keeps the port `VerificationObserver`."""

    def __init__(self) -> None:
        self.steps: dict[CheckOutcome, int] = dict.fromkeys(CheckOutcome, 0)

    def checked(self, step: CheckOutcome, count: int) -> None:
        self.steps[step] += count


class Upkeep:
    """The check with everything it needs, and words for what it leaves."""

    def __init__(self, store: Store, per_round: int = 100) -> None:
        self.store, self.clock = store, FakeClock()
        self.battle_net, self.counted = CharactersThereOrNot(), Counted()
        self.check = VerifyCharacters(
            store.work, self.battle_net, self.clock, VerificationPolicy(), self.counted, per_round
        )

    async def until(self, day: float, every: timedelta = QUARTER) -> None:
        """Check every so often up to a day after NOW."""
        while self.clock.now < NOW + day * DAY:
            self.clock.now = min(self.clock.now + every, NOW + day * DAY)
            await self.check.execute()

    async def until_missing(self) -> Any:
        """Check until the first character is said to be gone, and return its row."""
        while (row := (await self.rows())[1]).missing_since is None:
            self.clock.pass_time(QUARTER)
            await self.check.execute()
        return row

    async def rows(self) -> dict[int, Any]:
        async with self.store.database.reading() as connection:
            return {row.battle_net_id: row for row in await connection.execute(select(characters))}

    async def late(self) -> int:
        return await self.store.ask(lambda work: work.verifications.held_past_their_date(self.clock.now))

    async def facets(self) -> list[Any]:
        async with self.store.database.reading() as connection:
            return list(await connection.execute(select(character_facets)))


@pytest.fixture
def upkeep(store: Store) -> Upkeep:
    return Upkeep(store)


async def enriched(store: Store, count: int = 1, now: datetime = NOW) -> list[UUID]:
    owner = await store.user()
    _, ids = await store.apply(owner, [listed(number) for number in range(1, count + 1)], now=now)
    session = await store.session(owner, ids)
    claimed = await store.claimed(session.id)
    for job in claimed.jobs:
        await store.settle(claimed, job)
    await store.do(
        lambda work: work.sync_sessions.cancel(owner, session.id, now)
    )  # what a running one has counted stays
    return ids


async def test_a_listing_verifies_what_it_shows(store: Store, upkeep: Upkeep) -> None:
    owner = await store.user()
    await store.apply(owner, [listed(1), listed(2)])
    await store.apply(owner, [listed(1)], now=NOW + DAY)
    rows = await upkeep.rows()
    assert [(rows[n].verified_at, rows[n].verify_by) for n in (1, 2)] == [
        (NOW + DAY, NOW + 31 * DAY),
        (NOW, NOW + 30 * DAY),
    ]


async def test_a_fetched_profile_verifies(store: Store, upkeep: Upkeep) -> None:
    await enriched(store, now=NOW - 5 * DAY)
    assert (await upkeep.rows())[1].verified_at == NOW


async def test_nobody_is_asked_about_long_before_the_date(store: Store, upkeep: Upkeep) -> None:
    await enriched(store, 5)
    await upkeep.until(19.9)
    assert upkeep.battle_net.asked == []


async def test_who_is_there_is_asked_about_about_once_a_month_for_ever(store: Store, upkeep: Upkeep) -> None:
    await enriched(store, 3)
    for day in range(20, 185, 5):
        await upkeep.until(day)
        assert await upkeep.late() == 0
    assert 3 * 7 <= len(upkeep.battle_net.asked) <= 3 * 9
    assert {turn.lane for _, turn in upkeep.battle_net.asked} == {Lane.SCHEDULED}
    assert len(await upkeep.facets()) == 3


async def test_who_is_gone_is_purged_after_the_grace_and_forgotten_after_a_month(store: Store, upkeep: Upkeep) -> None:
    await enriched(store, 2)
    upkeep.battle_net.answers[1] = False
    missing = await upkeep.until_missing()
    await upkeep.until(29)
    rows = await upkeep.rows()
    facets = await upkeep.facets()
    await upkeep.until(62)

    assert missing.missing_since is not None
    assert missing.guild == "Nightwatch"
    assert (rows[1].gone_at - missing.missing_since).days == 3
    assert (rows[1].is_active, rows[1].name, rows[1].realm_slug) == (False, "Hero1", "old-blanchy")
    assert (rows[1].guild, rows[1].class_id, rows[1].faction, rows[1].item_level, rows[1].level) == (*[None] * 4, 0)
    assert [facet.character_id for facet in facets] == [rows[2].id]
    assert set(await upkeep.rows()) == {2}
    assert upkeep.counted.steps[CheckOutcome.REMOVED] == 1
    assert await upkeep.late() == 0


async def test_who_comes_back_within_the_grace_loses_nothing(store: Store, upkeep: Upkeep) -> None:
    await enriched(store)
    upkeep.battle_net.answers[1] = False
    await upkeep.until_missing()
    upkeep.battle_net.answers[1] = True
    await upkeep.until(29)
    row = (await upkeep.rows())[1]
    assert (row.missing_since, row.gone_at, row.guild) == (None, None, "Nightwatch")
    assert len(await upkeep.facets()) == 1


async def test_trouble_at_battle_net_changes_nothing_and_is_asked_again_every_hour(
    store: Store, upkeep: Upkeep
) -> None:
    await enriched(store)
    upkeep.battle_net.answers[1] = BattleNetUnavailable()
    await upkeep.until(20)
    await upkeep.until(29.9, every=timedelta(hours=1))
    row = (await upkeep.rows())[1]
    assert (row.missing_since, row.gone_at, row.guild, row.is_active) == (None, None, "Nightwatch", True)
    assert len(upkeep.battle_net.asked) > 24 * 4


async def test_what_cannot_be_confirmed_in_time_is_not_held_past_its_date(store: Store, upkeep: Upkeep) -> None:
    await enriched(store)
    upkeep.battle_net.answers[1] = BattleNetUnavailable()
    await upkeep.until(29)
    await upkeep.until(30, every=timedelta(hours=1))
    assert (await upkeep.rows())[1].gone_at <= NOW + 30 * DAY
    assert await upkeep.facets() == []
    assert await upkeep.late() == 0


async def test_a_date_nobody_kept_is_counted(store: Store, upkeep: Upkeep) -> None:
    await enriched(store, 3)
    upkeep.clock.pass_time(30 * DAY)
    assert await upkeep.late() == 3


async def test_a_listing_brings_back_who_was_purged(store: Store, upkeep: Upkeep) -> None:
    owner = await store.user()
    await store.apply(owner, [listed(1)])
    upkeep.battle_net.answers[1] = False
    await upkeep.until(29)
    assert (await upkeep.rows())[1].gone_at is not None
    await store.apply(owner, [listed(1)], now=upkeep.clock.now)
    row = (await upkeep.rows())[1]
    assert (row.gone_at, row.missing_since, row.is_active, row.level) == (None, None, True, 60)


async def test_who_a_sync_has_seen_meanwhile_is_not_purged(store: Store, upkeep: Upkeep) -> None:
    owner = await store.user()
    await store.apply(owner, [listed(1)])
    upkeep.clock.pass_time(30 * DAY)

    class SeenMeanwhile(CharactersThereOrNot):
        async def is_there(self, *_args: Any, **_more: Any) -> bool:
            await store.apply(owner, [listed(1)], now=upkeep.clock.now)
            return False

    check = VerifyCharacters(store.work, SeenMeanwhile(), upkeep.clock, VerificationPolicy(), upkeep.counted, 9)
    await check.execute()
    row = (await upkeep.rows())[1]
    assert (row.gone_at, row.missing_since, row.verified_at) == (None, None, upkeep.clock.now)


async def test_a_round_is_bounded_and_the_next_goes_on(store: Store) -> None:
    upkeep = Upkeep(store, per_round=2)
    await enriched(store, 5)
    upkeep.clock.pass_time(26 * DAY)
    assert [await upkeep.check.execute() for _ in range(4)] == [2, 2, 1, 0]
    assert sorted(number for number, _ in upkeep.battle_net.asked) == [1, 2, 3, 4, 5]


async def test_rounds_of_several_processes_ask_about_nobody_twice(store: Store) -> None:
    upkeep = Upkeep(store, per_round=4)
    await enriched(store, 20)
    upkeep.clock.pass_time(26 * DAY)
    await asyncio.gather(*(upkeep.check.execute() for _ in range(5)))
    asked = [number for number, _ in upkeep.battle_net.asked]
    assert len(asked) == len(set(asked))


async def test_what_is_left_of_a_purged_one_stays_while_a_sync_works_on_it(store: Store, upkeep: Upkeep) -> None:
    owner = await store.user()
    ids = await store.characters(owner, 1)
    upkeep.battle_net.answers[1] = False
    await upkeep.until(29)
    await store.session(owner, ids, kind=SessionKind.CHARACTER)
    await upkeep.until(62)
    assert set(await upkeep.rows()) == {1}
    async with store.database.writing() as connection:
        await connection.execute(update(character_jobs).values(status="skipped"))
        await connection.commit()
    await upkeep.until(64)
    assert set(await upkeep.rows()) == {1}  # counted, in a sync session that has not ended
    async with store.database.writing() as connection:
        await connection.execute(update(character_sync_sessions).values(status="completed"))
        await connection.commit()
    await upkeep.until(66)
    assert await upkeep.rows() == {}


async def test_who_an_older_release_saved_without_a_date_gets_one(store: Store, upkeep: Upkeep) -> None:
    await enriched(store)
    async with store.database.writing() as connection:
        await connection.execute(update(characters).values(verified_at=None, verify_by=None, check_at=None))
        await connection.commit()
    upkeep.battle_net.answers[1] = BattleNetUnavailable()
    await upkeep.check.execute()
    row = (await upkeep.rows())[1]
    assert (row.verify_by, row.gone_at) == (NOW + 10 * DAY, None)


async def test_who_is_erased_during_a_round_stays_erased(store: Store, upkeep: Upkeep) -> None:
    owner = await store.user()
    await store.apply(owner, [listed(1)])
    upkeep.clock.pass_time(26 * DAY)

    class ErasedMeanwhile(CharactersThereOrNot):
        async def is_there(self, *_args: Any, **_more: Any) -> bool:
            await store.do(lambda work: work.holdings.erase(owner))
            return True

    check = VerifyCharacters(store.work, ErasedMeanwhile(), upkeep.clock, VerificationPolicy(), upkeep.counted, 9)
    await check.execute()
    assert await upkeep.rows() == {}
