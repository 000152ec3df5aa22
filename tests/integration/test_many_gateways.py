"""Two gateways on one database and one Redis, and a Redis that starts again, empty, in the middle of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import UUID

import pytest

from character_sync.adapters.database.token_vault import generate_key
from character_sync.bootstrap import build_worker
from character_sync.ports import UserId
from support.held_back import LONGER_THAN_ANY_TEST
from support.redis_server import RedisServer
from support.service import RunningService, Watch, connect, running_service

pytest_plugins = ["support.servers"]


@pytest.fixture
async def gateways(
    tmp_path: Path, postgresql_url: str, own_redis: RedisServer
) -> AsyncIterator[tuple[RunningService, RunningService]]:
    """Two services that run no sync session of themselves."""
    shared = {"database_url": postgresql_url, "queue_url": own_redis.url, "encryption_keys": generate_key()}
    async with (
        running_service(tmp_path, works=False, **shared) as one,
        running_service(tmp_path, works=False, **shared) as other,
    ):
        for service in (one, other):  # nobody looks because it has heard nothing for long
            service.gateway._follower._silence_seconds = LONGER_THAN_ANY_TEST
        yield one, other


async def _watch(stack: AsyncExitStack, gateway: RunningService, token: str, session_id: str) -> Watch:
    watch = Watch()
    await connect(watch.client, gateway.url, auth={"token": token})
    stack.push_async_callback(watch.client.disconnect)
    assert (await watch.join(session_id))["ok"]
    return watch


async def test_watchers_of_every_gateway_are_told_the_same(
    gateways: tuple[RunningService, RunningService],
) -> None:
    one, _other = gateways
    async with one.player("six") as player, AsyncExitStack() as stack:
        started = await player.start_sync()
        watches = [await _watch(stack, gateway, player.token, started["sessionId"]) for gateway in gateways]
        async with build_worker(one.parts).running():
            await asyncio.gather(*(watch.end() for watch in watches))

    first, second = (watch.events for watch in watches)
    assert first == second
    assert [name for name, _ in first].count("sync-complete") == 1
    seen = [e["currentCharacter"] for _, e in first if e.get("currentCharacter")]
    for character in {current["id"] for current in seen}:
        assert [current["status"] for current in seen if current["id"] == character] == ["processing", "completed"]


async def test_when_redis_starts_again_empty_watchers_end_with_what_the_rows_say(
    gateways: tuple[RunningService, RunningService], own_redis: RedisServer
) -> None:
    """The end itself falls into the interruption: nobody says it again but the rows."""
    one, other = gateways
    async with one.player("six") as player, AsyncExitStack() as stack:
        started = await player.start_sync()
        watches = [
            await _watch(stack, gateway, player.token, started["sessionId"]) for gateway in gateways for _ in range(3)
        ]
        await asyncio.gather(*(watch.until(lambda told: told.events) for watch in watches))
        own_redis.stop()
        async with one.parts.work() as work:
            owner, session_id = UserId(UUID(player.me["id"])), UUID(started["sessionId"])
            await work.sync_sessions.cancel(owner, session_id, one.parts.clock())
            await work.commit()
        late = await _watch(stack, other, player.token, started["sessionId"])
        own_redis.start()
        ends = await asyncio.gather(*(watch.end() for watch in (*watches, late)))
        snapshot = await player.get(f"/api/v1/sync-sessions/{started['sessionId']}")

    assert snapshot["status"] == "cancelled"
    assert {(end["status"], end["seq"]) for end in ends} == {("cancelled", snapshot["seq"])}
    assert [name for watch in watches for name, _ in watch.events].count("sync-complete") == len(watches)
