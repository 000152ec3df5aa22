"""Datastores that go away, come back empty or are held by somebody else; and races through them."""

import asyncio
from pathlib import Path

import pytest

from battle_net_sandbox.server import RunningSandbox
from chaos.locked import A_BACKUP_SECONDS, lock_out
from chaos.processes import Starter
from chaos.races import race
from chaos.site import Site, site_of, watched
from support.postgresql_server import PostgreSQLServer
from support.redis_server import RedisServer

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(600)]


async def test_a_database_locked_by_somebody_else_loses_nothing_and_nobody_notices(
    folder: Path, sandbox: RunningSandbox, starter: Starter
) -> None:
    async with site_of(folder / "embedded", sandbox, starter) as embedded:
        answer, violations = await lock_out(embedded, seconds=A_BACKUP_SECONDS)
    assert answer.status == 202
    assert violations == []


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
        redis.stop()
        waiting = await late.sync()
        redis.start()
        await site.settled(within=90)
        await asyncio.wait_for(watch, 60)
    assert waiting.status == 202
    assert await site.verdict() == []


async def test_a_postgresql_restarted_in_the_middle_loses_nothing(site: Site, postgresql: PostgreSQLServer) -> None:
    await asyncio.gather(site.serve(), site.work())
    player = await site.player("restarted", 60)
    session_id = await player.surely_synced()
    async with watched(player.watch(session_id)) as [watch]:
        await site.rows_when(lambda rows: rows.sessions[0].processed > 3, within=60, what="a sync under way")
        await asyncio.to_thread(postgresql.restart)
        answers = [await player.ask("GET", f"/api/v1/sync-sessions/{session_id}") for _ in range(20)]
        await site.settled(within=90)
        await asyncio.wait_for(watch, 60)
    assert {answer.status for answer in answers} == {200}
    assert await site.verdict() == []
