"""PostgreSQL and Redis, several processes: crashes, a storm, ghosts, races, restarted servers."""

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from battle_net_sandbox.server import RunningSandbox
from chaos.enumeration import crash_at
from chaos.ghosts import haunt
from chaos.processes import Starter
from chaos.races import race
from chaos.servers import PostgreSQL, RedisServer
from chaos.site import QUICK, Site, site_of, watched
from chaos.storm import rage
from character_sync.crash_points import CrashPoint

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(600)]
SLOW = {"CHARACTERS_AT_ONCE": "4"}  # a sync of 60 lasts about a second then


@pytest_asyncio.fixture(loop_scope="session")
async def site(
    folder: Path, sandbox: RunningSandbox, starter: Starter, database_url: str, redis: RedisServer
) -> AsyncIterator[Site]:
    about = {"database_url": database_url, "queue_url": redis.url, "settings": {**QUICK, **SLOW}}
    async with site_of(folder / "site", sandbox, starter, servers=2, **about) as running:
        yield running


@pytest.mark.parametrize("point", [CrashPoint.COMMITTED_NOT_QUEUED, CrashPoint.CLAIMED, CrashPoint.BATCH_COMMITTED])
async def test_after_a_crash_another_process_goes_on(site: Site, point: CrashPoint) -> None:
    assert (await crash_at(site, point)).violations == []


async def test_in_a_storm_of_kills_nothing_is_lost_stuck_or_counted_twice(site: Site) -> None:
    seed = random.randrange(1_000_000)  # noqa: S311 - a storm, not a secret
    print(f"seed {seed}")  # noqa: T201 - pytest shows it when the test fails
    await asyncio.gather(site.serve(0), site.serve(1), site.work(0), site.work(1))
    players = [await site.player(f"stormy-{number}", 40) for number in range(3)]
    storm = await rage(site, players, kills=10, seed=seed)
    assert storm.violations == []
    assert storm.kills == 10
    assert storm.sessions >= 3


@pytest.mark.parametrize("at_end", [False, True])
async def test_a_worker_that_slept_through_its_lease_writes_nothing(site: Site, at_end: bool) -> None:  # noqa: FBT001
    await asyncio.gather(site.serve(), site.work(0), site.work(1))
    player = await site.player("haunted", 60)
    haunting = await haunt(site, player, at_end=at_end)
    assert haunting.noticed
    assert haunting.wrote == ""
    assert await site.verdict() == []


async def test_of_fifty_syncs_asked_for_at_once_over_two_servers_one_starts(site: Site) -> None:
    await asyncio.gather(site.serve(0), site.serve(1))
    player = await site.player("racer", 3)
    rounds = [await race(site, player, asked=50) for _ in range(5)]
    assert [round_ for round_ in rounds if not round_.is_right(50)] == []
    assert await site.verdict() == []


async def test_a_redis_that_comes_back_empty_loses_no_sync_and_no_watcher(site: Site, redis: RedisServer) -> None:
    await asyncio.gather(site.serve(), site.work())
    player, late = await site.player("emptied", 60), await site.player("late", 5)
    session_id = await player.surely_synced()
    async with watched(player.watch(session_id)) as [watch]:
        await site.rows_when(lambda rows: rows.sessions[0].processed > 3, within=60, what="a sync under way")
        redis.kill()
        waiting = await late.sync()
        await redis.start()
        await site.settled(within=90)
        await asyncio.wait_for(watch, 60)
    assert waiting.status == 202
    assert await site.verdict() == []


async def test_a_postgresql_restarted_in_the_middle_loses_nothing(site: Site, postgresql: PostgreSQL) -> None:
    await asyncio.gather(site.serve(), site.work())
    player = await site.player("restarted", 60)
    session_id = await player.surely_synced()
    async with watched(player.watch(session_id)) as [watch]:
        await site.rows_when(lambda rows: rows.sessions[0].processed > 3, within=60, what="a sync under way")
        await postgresql.restart()
        answers = [await player.ask("GET", f"/api/v1/sync-sessions/{session_id}") for _ in range(20)]
        await site.settled(within=90)
        await asyncio.wait_for(watch, 60)
    assert {answer.status for answer in answers} == {200}
    assert await site.verdict() == []
