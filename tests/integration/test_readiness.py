"""Whether a process says in time that it cannot work: with parts that were stopped, and parts that hang."""

import asyncio
import re
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from character_sync.entrypoints.rest.operations import READY_SECONDS
from character_sync.reference.docs_pages import CHECKOUT
from support.postgresql_server import PostgreSQLServer
from support.redis_server import RedisServer
from support.service import RunningService, running_service

PROMISED_SECONDS = 2.0
IN_TIME_SECONDS = 20.0
"""Without a limit of its own a check would wait for a part that hangs for good; a busy machine answers late, not never."""


@pytest.fixture
async def shared(
    tmp_path: Path, own_postgresql: PostgreSQLServer, own_redis: RedisServer
) -> AsyncIterator[RunningService]:
    urls = {"database_url": own_postgresql.url, "queue_url": own_redis.url}
    async with running_service(tmp_path, works=False, **urls) as running:
        yield running


async def asked(service: RunningService, path: str) -> tuple[int, str, float]:
    """Return status, body and the seconds it took."""
    began = time.perf_counter()
    async with aiohttp.ClientSession() as client, client.get(f"{service.url}{path}") as response:
        return response.status, await response.text(), time.perf_counter() - began


async def until_ready(service: RunningService) -> None:
    """The test's own time limit bounds it."""
    status = 0
    while status != 200:
        status, _, _ = await asked(service, "/readyz")


def test_parts_are_waited_for_less_long_than_is_promised() -> None:
    assert READY_SECONDS < PROMISED_SECONDS


@pytest.mark.parametrize("name", ["serve", "worker"])
async def test_what_compose_asks_for_a_processs_health_is_content_with_one_that_runs_and_only_then(
    service: RunningService, name: str
) -> None:
    composed = yaml.safe_load((CHECKOUT / "deploy/compose.yaml").read_text("utf-8"))["services"][name]
    kind, _, option, code = composed["healthcheck"]["test"]
    assert (kind, option) == ("CMD", "-c")
    ends = []
    for origin in (service.url, "http://127.0.0.1:1"):  # nobody listens on port 1
        here = re.sub(r"http://127\.0\.0\.1:\d+", origin, code)
        process = await asyncio.create_subprocess_exec(sys.executable, option, here, stderr=asyncio.subprocess.DEVNULL)
        ends.append(await process.wait())
    assert ends == [0, 1]


async def test_a_stopped_database_is_named_in_time_and_found_again(
    shared: RunningService, own_postgresql: PostgreSQLServer
) -> None:
    await until_ready(shared)
    own_postgresql.stop()
    status, body, seconds = await asked(shared, "/readyz")
    alive, _, _ = await asked(shared, "/healthz")
    own_postgresql.start()
    await until_ready(shared)

    assert (status, alive) == (503, 200)
    assert "The database does not answer." in body
    assert seconds < IN_TIME_SECONDS


async def test_a_stopped_queue_is_named_in_time_and_found_again(shared: RunningService, own_redis: RedisServer) -> None:
    await until_ready(shared)
    own_redis.stop()
    status, body, seconds = await asked(shared, "/readyz")
    own_redis.start()
    await until_ready(shared)

    assert status == 503
    assert "The queue does not answer." in body
    assert seconds < IN_TIME_SECONDS


async def test_a_queue_that_takes_connections_and_says_nothing_is_named_in_time(
    shared: RunningService, own_redis: RedisServer
) -> None:
    own_redis.freeze()
    status, body, seconds = await asked(shared, "/readyz")

    assert status == 503
    assert "The queue does not answer." in body
    assert seconds < IN_TIME_SECONDS


async def test_two_parts_that_are_gone_are_both_named(
    shared: RunningService, own_postgresql: PostgreSQLServer, own_redis: RedisServer
) -> None:
    own_postgresql.stop()
    own_redis.stop()
    async with aiohttp.ClientSession() as client, client.get(f"{shared.url}/readyz") as response:
        problem: Any = await response.json()
        headers = response.headers

    assert problem["detail"] == "The database and the queue do not answer."
    assert problem["code"] == "not_ready"
    assert problem["requestId"] == headers["X-Request-ID"]
    assert headers["Retry-After"] == "5"


async def test_metrics_are_told_without_the_database_too(
    shared: RunningService, own_postgresql: PostgreSQLServer
) -> None:
    own_postgresql.stop()
    status, body, _ = await asked(shared, "/metrics")

    assert status == 200
    assert "character_sync_database_connections_max 10.0" in body
    assert "character_sync_unfinished_sessions{" not in body
