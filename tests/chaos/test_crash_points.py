"""Every crash point, embedded: 0 violations after any of them."""

import asyncio
from pathlib import Path

import pytest

from chaos.enumeration import Crash, crash_at
from chaos.processes import Starter
from chaos.site import quick_sandbox, site_of
from character_sync.crash_points import CrashPoint

pytestmark = pytest.mark.asyncio(loop_scope="session")
AT_ONCE = 3  # sites beside each other: more only wait for the same two cores


@pytest.mark.timeout(600)
async def test_after_a_crash_at_any_point_a_restart_leaves_nothing_wrong(folder: Path, starter: Starter) -> None:
    places = asyncio.Semaphore(AT_ONCE)

    async def crash(point: CrashPoint) -> Crash:
        async with places, quick_sandbox() as own, site_of(folder / point.name, own, starter) as site:
            return await crash_at(site, point)

    crashes = await asyncio.gather(*(crash(point) for point in CrashPoint))
    assert {crash.point: crash.violations for crash in crashes if crash.violations} == {}
    assert len(crashes) == len(CrashPoint)
