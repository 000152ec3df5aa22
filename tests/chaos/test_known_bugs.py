"""The harness sees: each of these bugs, switched on, is reported as a violation."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from battle_net_sandbox.server import RunningSandbox
from chaos.enumeration import crash_at
from chaos.ghosts import haunt
from chaos.history import Violation
from chaos.processes import Starter
from chaos.servers import RedisServer
from chaos.site import QUICK, Site, site_of
from character_sync.crash_points import CrashPoint

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]


@pytest_asyncio.fixture(loop_scope="session")
async def embedded(folder: Path, sandbox: RunningSandbox, starter: Starter) -> AsyncIterator[Site]:
    async with site_of(folder / "site", sandbox, starter) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def shared(
    folder: Path, sandbox: RunningSandbox, starter: Starter, database_url: str, redis: RedisServer
) -> AsyncIterator[Site]:
    about = {"database_url": database_url, "queue_url": redis.url, "settings": {**QUICK, "CHARACTERS_AT_ONCE": "4"}}
    async with site_of(folder / "site", sandbox, starter, **about) as running:
        yield running


def kinds(violations: list[Violation]) -> set[str]:
    return {violation.invariant for violation in violations}


async def test_a_write_without_the_fence_is_seen(shared: Site) -> None:
    await shared.serve(bug="no-fence")
    await shared.work(0, bug="no-fence")
    await shared.work(1, bug="no-fence")
    player = await shared.player("unfenced", 60)
    haunting = await haunt(shared, player, at_end=True, expects_lease_lost=False)
    assert haunting.wrote or await shared.verdict(within=20)


async def test_telling_before_saving_is_seen(shared: Site) -> None:
    crash = await crash_at(shared, CrashPoint.END_WRITTEN, bug="publish-before-commit")
    assert "I5" in kinds(crash.violations)


async def test_counting_by_increment_is_seen(embedded: Site) -> None:
    crash = await crash_at(embedded, CrashPoint.BATCH_COMMITTED, nth=4, bug="count-by-increment")
    assert "I4" in kinds(crash.violations)


async def test_a_lost_wake_up_is_seen(embedded: Site) -> None:
    await embedded.serve(bug="lost-wake-up")
    player = await embedded.player("asleep", 3)
    await player.surely_synced()
    assert kinds(await embedded.verdict(within=5)) == {"I2"}
