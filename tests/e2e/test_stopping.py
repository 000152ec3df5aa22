"""Told to stop while Battle.net is slow: processes on PostgreSQL and Redis leave in time and with nothing in hand."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import aiohttp
import asyncpg
import pytest

from character_sync.adapters.database.token_vault import generate_key
from support.held_back import GEAR, LONGER_THAN_ANY_TEST, hold_back, let_go
from support.ports import free_port
from support.processes import Process, character_sync
from support.service import Player, RunningService

pytest_plugins = ["support.servers"]

LIMIT_SECONDS = 20.0  # what deploy/ gives a process is more; see TimeoutStopSec


@dataclass
class Fleet:
    """The settings of processes that share a PostgreSQL and a Redis, and the sandbox they talk to."""

    folder: Path
    sandbox_url: str
    database_url: str
    environment: dict[str, str]

    @asynccontextmanager
    async def worker(self, **more: str) -> AsyncIterator[Process]:
        async with character_sync("worker", folder=self.folder, environment=self.environment | more) as process:
            process.lines.append((await process.process.stdout.readline()).decode())
            assert "ready" in process.lines[0], await process.errors()
            yield process

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[tuple[Process, str]]:
        port = str(free_port())
        own = self.environment | {"CHARACTER_SYNC_PUBLIC_URL": f"http://127.0.0.1:{port}"}
        async with character_sync("serve", "--port", port, folder=self.folder, environment=own) as process:
            yield process, await process.address()

    @asynccontextmanager
    async def player(self, url: str, account: str) -> AsyncIterator[Player]:
        async with aiohttp.ClientSession(url, cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
            player = Player(cast("RunningService", _At(url)), browser)
            await player.sign_in(account)
            yield player

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        async with (
            aiohttp.ClientSession() as client,
            client.request(method, f"{self.sandbox_url}/sandbox/{path}", json=body) as response,
        ):
            assert response.status < 300, await response.text()
            return await response.json() if response.content_type == "application/json" else None

    async def row(self, query: str) -> Any:
        connection = await asyncpg.connect(self.database_url)
        try:
            return await connection.fetchrow(query)
        finally:
            await connection.close()


@dataclass
class _At:
    """What a player has to know of a service."""

    url: str


@pytest.fixture
async def fleet(tmp_path: Path, postgresql_url: str, redis_url: str) -> AsyncIterator[Fleet]:
    async with character_sync("sandbox", "--port", "0", folder=tmp_path) as sandbox:
        sandbox_url = await sandbox.address()
        yield Fleet(
            tmp_path,
            sandbox_url,
            postgresql_url,
            {
                "CHARACTER_SYNC_DATABASE_URL": postgresql_url,
                "CHARACTER_SYNC_QUEUE_URL": redis_url,
                "CHARACTER_SYNC_BATTLE_NET_CLIENT_ID": "sandbox",
                "CHARACTER_SYNC_BATTLE_NET_CLIENT_SECRET": "sandbox",
                "CHARACTER_SYNC_BATTLE_NET_OAUTH_URL": f"{sandbox_url}/oauth",
                "CHARACTER_SYNC_BATTLE_NET_API_URL": f"{sandbox_url}/api/{{region}}",
                "CHARACTER_SYNC_ENCRYPTION_KEYS": generate_key().reveal(),
                "CHARACTER_SYNC_REQUEST_TIMEOUT_SECONDS": str(LONGER_THAN_ANY_TEST),
                # Longer than any test: whoever goes on does not wait for a lease to run out.
                "CHARACTER_SYNC_LEASE_SECONDS": "3600",
            },
        )


async def test_a_worker_told_to_stop_gives_its_lease_back_and_another_goes_on_at_once(fleet: Fleet) -> None:
    await hold_back(fleet.control)
    async with fleet.serving() as (_, url), fleet.player(url, "six") as player, player.socket() as watch:
        async with fleet.worker() as first:
            started = await player.start_sync()
            await watch.join(started["sessionId"])
            await watch.until(lambda w: any(m.get("currentCharacter") for _, m in w.events))
            began = time.perf_counter()
            code = await first.terminate()
            took = time.perf_counter() - began
        left = await fleet.row("SELECT status, lease_until FROM character_sync_sessions")
        jobs = await fleet.row(
            "SELECT count(*) FILTER (WHERE status = 'pending'), sum(crash_claims) FROM character_jobs"
        )
        await let_go(fleet.control)
        async with fleet.worker():
            snapshot = await player.finished(started["sessionId"])

    assert code == 0
    assert took < LIMIT_SECONDS
    assert tuple(left) == ("processing", None)
    assert tuple(jobs) == (6, 0)
    assert snapshot["status"] == "completed"
    assert snapshot["processedCharacters"] == 6


async def test_a_worker_told_to_stop_leaves_what_it_has_finished_finished(fleet: Fleet) -> None:
    async with fleet.serving() as (_, url), fleet.player(url, "sixty") as player, player.socket() as watch:
        await hold_back(fleet.control, GEAR, after=8)
        async with fleet.worker(CHARACTER_SYNC_CHARACTERS_AT_ONCE="8") as first:
            started = await player.start_sync("retail", "eu")
            await watch.join(started["sessionId"])
            await watch.until(lambda w: w.events and w.events[-1][1]["processedCharacters"] >= 8)
            code = await first.terminate()
        done = (await fleet.row("SELECT count(*) FROM character_jobs WHERE status = 'completed'"))[0]
        await let_go(fleet.control)
        async with fleet.worker():
            snapshot = await player.finished(started["sessionId"])

    assert code == 0
    assert done == 8
    assert snapshot["processedCharacters"] == 60
    assert {c["status"] for c in snapshot["characters"]} == {"completed"}


async def test_serve_told_to_stop_lets_a_slow_request_and_open_sockets_go_in_time(fleet: Fleet) -> None:
    async with fleet.serving() as (process, url), fleet.player(url, "six") as player, player.socket():
        await hold_back(fleet.control, "*/wow")
        slow = asyncio.create_task(player.start_sync())
        while not (await fleet.control("GET", "stats"))["total"]:
            pass  # each question is a round trip
        began = time.perf_counter()
        code = await process.terminate()
        took = time.perf_counter() - began
        slow.cancel()
        await asyncio.gather(slow, return_exceptions=True)

    assert code == 0
    assert took < LIMIT_SECONDS


async def test_a_worker_shows_its_metrics_and_health_when_it_is_told_to(fleet: Fleet) -> None:
    async with fleet.worker(CHARACTER_SYNC_METRICS_PORT="0") as worker:
        url = worker.lines[0].split()[-1]
        answers = {}
        async with aiohttp.ClientSession() as client:
            for path in ("metrics", "healthz", "readyz", "api/v1/me"):
                async with client.get(url.replace("metrics", path)) as response:
                    answers[path] = (response.status, await response.text())
        code = await worker.terminate()

    assert url.startswith("http://127.0.0.1:")
    assert {path: status for path, (status, _) in answers.items()} == {
        "metrics": 200,
        "healthz": 200,
        "readyz": 200,
        "api/v1/me": 404,
    }
    assert "character_sync_runs 0.0" in answers["metrics"][1]
    assert code == 0


async def test_a_worker_whose_metrics_port_is_taken_says_which_setting_to_change(fleet: Fleet) -> None:
    async with fleet.worker(CHARACTER_SYNC_METRICS_PORT="0") as worker:
        port = worker.lines[0].rpartition(":")[2].partition("/")[0]
        own = fleet.environment | {"CHARACTER_SYNC_METRICS_PORT": port}
        async with character_sync("worker", folder=fleet.folder, environment=own) as second:
            code = await second.process.wait()
            sentence = await second.errors()

    assert code == 1
    assert f"127.0.0.1:{port} cannot be used" in sentence
    assert "CHARACTER_SYNC_METRICS_PORT" in sentence
