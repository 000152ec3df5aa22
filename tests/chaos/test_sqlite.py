"""The embedded database, held by another process for a while."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from battle_net_sandbox.server import RunningSandbox
from chaos.processes import Starter
from chaos.site import site_of, watched

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]
A_BACKUP_SECONDS = 2.0  # less than the busy timeout of 5 s: nobody is to notice
A_STALL_SECONDS = 7.0  # more than it


@pytest.mark.parametrize("held", [A_BACKUP_SECONDS, A_STALL_SECONDS])
async def test_a_database_locked_by_somebody_else_loses_nothing(
    folder: Path, sandbox: RunningSandbox, starter: Starter, held: float
) -> None:
    settings = {"CHARACTERS_AT_ONCE": "3", "LEASE_SECONDS": "2", "HEARTBEAT_SECONDS": "0.6", "RECONCILE_SECONDS": "0.4"}
    async with site_of(folder / "site", sandbox, starter, settings=settings) as site:
        await site.serve()
        player, late = await site.player("locked-out", 60), await site.player("late", 3)
        session_id = await player.surely_synced()
        async with watched(player.watch(session_id)) as [watch]:
            await site.rows_when(lambda rows: rows.sessions[0].processed > 3, within=60, what="a sync under way")
            other = sqlite3.connect(folder / "site" / "data" / "character-sync.db", isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            asked = asyncio.ensure_future(late.sync())
            await asyncio.sleep(held)  # the passing of time is what is tested here
            other.execute("ROLLBACK")
            other.close()
            answer = await asked
            await site.settled(within=90)
            await asyncio.wait_for(watch, 60)
        assert answer.status == 202 if held is A_BACKUP_SECONDS else answer.status in {202, 503}
        assert await site.verdict() == []
