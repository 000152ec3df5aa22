"""The same service on PostgreSQL and Redis, where two requests really run at once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from support.held_back import hold_back, let_go
from support.service import Player, RunningService, running_service

pytest_plugins = ["support.servers"]


SENSIBLE_SECONDS = 300  # for what takes three; a machine that stands still at the beginning makes a slow guess of it


@pytest.fixture
async def shared(tmp_path: Path, postgresql_url: str, redis_url: str) -> AsyncIterator[RunningService]:
    async with running_service(tmp_path, database_url=postgresql_url, queue_url=redis_url) as running:
        yield running


async def _ask(player: Player, path: str, body: Any = None) -> tuple[int, Any]:
    async with player.browser.post(path, json=body) as response:
        return response.status, await response.json()


async def test_a_sync_says_how_long_it_will_still_take(shared: RunningService) -> None:
    async with shared.player("sixty") as player, player.socket() as watch:
        started = await player.start_sync("retail", "eu")
        await watch.join(started["sessionId"])
        await watch.end()

    told = [message["etaSeconds"] for _, message in watch.events if "etaSeconds" in message]
    assert told
    assert all(0 <= seconds <= SENSIBLE_SECONDS for seconds in told)


async def test_an_operator_sees_the_budget_of_all_processes(shared: RunningService) -> None:
    async with shared.player("six") as player:
        await player.sync()
        async with player.browser.get("/metrics") as response:
            metrics = (await response.text()).splitlines()

    name = "character_sync_battle_net"
    assert f"{name}_budget_is_shared 1.0" in metrics
    assert f'{name}_requests_total{{outcome="ok"}} 25.0' in metrics
    [left] = [line for line in metrics if line.startswith(f'{name}_requests_left{{limit="hour"}}')]
    assert float(left.split()[-1]) <= 36_000 - 25
    assert f'{name}_requests_waiting{{lane="interactive"}} 0.0' in metrics
    assert f"{name}_gate_closed_seconds 0.0" in metrics
    assert any(line.startswith(f"{name}_leases_total") for line in metrics)


async def test_a_whole_sync_is_watched_to_its_end(shared: RunningService) -> None:
    await shared.control("POST", "settings", {"latencyMs": 50})
    async with shared.player("sixty") as player, player.socket() as watch:
        started = await player.start_sync("retail", "eu")
        await watch.join(started["sessionId"])
        last = await watch.end()
        snapshot = await player.get(f"/api/v1/sync-sessions/{started['sessionId']}")
        characters = await player.characters()

    sequence = [message["seq"] for _, message in watch.events]
    assert {c["status"] for c in snapshot["characters"]} == {"completed"}
    assert len(characters) == 60
    assert sequence == sorted(set(sequence))
    assert last == {field: snapshot[field] for field in last}


@pytest.mark.parametrize("asked", [2, 3, 5, 20])
async def test_of_many_first_syncs_at_the_same_instant_exactly_one_starts(shared: RunningService, asked: int) -> None:
    body = {"gameVersion": "retail", "region": "us"}
    async with shared.player("six") as player:
        answers = await asyncio.gather(*(_ask(player, "/api/v1/characters/sync", body) for _ in range(asked)))
        started = [answer for status, answer in answers if status == 202]
        for answer in started:
            await player.finished(answer["sessionId"])
        characters = await player.characters(includeArchived="true")

    assert {status for status, _ in answers} <= {202, 409}
    assert len(started) >= 1  # one after another may each start, when the first has ended by then
    assert len(characters) == 6


async def test_of_many_refreshes_at_the_same_instant_all_watch_one_job(shared: RunningService) -> None:
    async with shared.player("six") as player:
        await player.sync()
        await hold_back(shared.control)
        [character, *_] = await player.characters()
        path = f"/api/v1/characters/{character['id']}/enrich"
        answers = await asyncio.gather(*(_ask(player, path) for _ in range(10)))

    assert {status for status, _ in answers} == {202}
    assert len({(answer["sessionId"], answer["jobId"]) for _, answer in answers}) == 1


async def test_of_many_retries_at_the_same_instant_one_starts_and_the_others_name_it(shared: RunningService) -> None:
    await shared.control("POST", "faults", {"match": {"path": "*/pallywar*"}, "respond": {"status": 503}})
    async with shared.player("six") as player:
        first = await player.sync()
        await let_go(shared.control)
        await hold_back(shared.control)
        path = f"/api/v1/sync-sessions/{first['sessionId']}/retry"
        answers = await asyncio.gather(*(_ask(player, path) for _ in range(10)))

    [started] = [answer for status, answer in answers if status == 202]
    refused = [answer for status, answer in answers if status == 409]
    assert len(refused) == 9
    assert {answer["activeSessionId"] for answer in refused} == {started["sessionId"]}
