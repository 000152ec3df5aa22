"""PostgreSQL and Redis, several processes: crashes, a storm, a ghost."""

import asyncio
import random

import pytest

from chaos.enumeration import crash_at
from chaos.ghosts import haunt
from chaos.site import Site
from chaos.storm import rage
from character_sync.crash_points import CrashPoint

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(600)]


@pytest.mark.parametrize("point", [CrashPoint.COMMITTED_NOT_QUEUED, CrashPoint.BATCH_COMMITTED])
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


async def test_a_worker_that_slept_through_its_lease_writes_nothing(site: Site) -> None:
    await asyncio.gather(site.serve(), site.work(0), site.work(1))
    player = await site.player("haunted", 60)
    haunting = await haunt(site, player, at_end=True)
    assert haunting.noticed
    assert haunting.wrote == ""
    assert await site.verdict() == []
