"""One request budget for many processes, with real processes and a Redis that is really killed."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from character_sync.adapters.battle_net.lease_script import LeaseScript
from character_sync.adapters.battle_net.shared_budget import SharedRequestBudget
from character_sync.adapters.job_queue import open_job_queue
from character_sync.ports import Lane, Turn
from support.processes import CLEAN
from support.redis_server import RedisServer
from support.shared_budget import busiest_second

pytest_plugins = ["support.servers"]

PROGRAM = Path(__file__).parents[1] / "support" / "requesting_process.py"


class Counted:
    """When something happened, and a way to wait until it has so often."""

    def __init__(self) -> None:
        self.moments: list[float] = []
        self._news = asyncio.Event()

    def note(self) -> None:
        self.moments.append(time.monotonic())
        self._news.set()

    async def more(self, count: int) -> None:
        """Wait until so many more have been noted."""
        count += len(self.moments)
        while len(self.moments) < count:
            self._news.clear()
            await self._news.wait()


class CountingServer(Counted):
    """Counts what arrives."""

    url = ""

    async def answer(self, _request: web.Request) -> web.Response:
        self.note()
        return web.json_response({})


@pytest.fixture
async def server() -> AsyncIterator[CountingServer]:
    counting = CountingServer()
    app = web.Application()
    app.router.add_get("/", counting.answer)
    async with TestServer(app, host="127.0.0.1") as running:
        counting.url = str(running.make_url("/"))
        yield counting


async def started(queue_url: str, server: CountingServer, requests: int, lane: str) -> asyncio.subprocess.Process:
    """Start a process that makes so many requests."""
    arguments = (queue_url, server.url, str(requests), lane, "50")
    return await asyncio.create_subprocess_exec(
        sys.executable, str(PROGRAM), *arguments, env=CLEAN, stdout=asyncio.subprocess.PIPE
    )


async def requesting(queue_url: str, server: CountingServer, requests: int, lane: str) -> list[float]:
    """Run a process that makes so many requests to its end; return when each left."""
    process = await started(queue_url, server, requests, lane)
    printed, _ = await process.communicate()
    left: list[float] = json.loads(printed)
    return left


async def test_processes_keep_the_limit_together_and_use_it(redis_url: str, server: CountingServer) -> None:
    told = await asyncio.gather(*(requesting(redis_url, server, 250, "FIRST_SYNC") for _ in range(3)))
    moments = sorted(moment for left in told for moment in left)
    assert len(server.moments) == len(moments) == 750
    assert busiest_second(moments) <= 100
    # The middle one of all the times in which a hundred left: a machine that halts for a moment is none of the budget's.
    assert median(after - before for before, after in zip(moments[100:], moments[200:], strict=False)) <= 1 / 0.95


async def test_a_player_is_served_while_another_processs_first_sync_goes_on(
    redis_url: str, server: CountingServer
) -> None:
    first_sync = await started(redis_url, server, 10_000, "FIRST_SYNC")
    try:
        await server.more(100)
        player = await requesting(redis_url, server, 12, "INTERACTIVE")
        assert first_sync.returncode is None
        assert len(player) == 12
    finally:
        first_sync.kill()
        await first_sync.communicate()


class Requests(Counted):
    """Requests of several budgets on one Redis, made for ever."""

    def __init__(self) -> None:
        super().__init__()
        self.budgets: list[SharedRequestBudget] = []

    async def until(self, is_shared: bool) -> None:  # noqa: FBT001 - reads as a sentence
        while {(await budget.state()).is_shared for budget in self.budgets} != {is_shared}:
            await self.more(1)

    async def go_on(self, budget: SharedRequestBudget) -> None:
        while True:
            await budget.admit(Turn(Lane.FIRST_SYNC, "session"))
            self.note()
            budget.sent()
            await asyncio.sleep(0)


async def test_requests_go_on_while_redis_is_killed_and_started_again(own_redis: RedisServer) -> None:
    requests = Requests()
    async with AsyncExitStack() as stack:
        for _ in range(2):
            queue = await stack.enter_async_context(open_job_queue(own_redis.url))
            script = LeaseScript(queue.redis, "client")
            budget = SharedRequestBudget(script, per_second=100, per_hour=0, share_alone=0.1)
            await stack.enter_async_context(budget.running())
            requests.budgets.append(budget)
            for _ in range(30):
                task = asyncio.create_task(requests.go_on(budget))
                stack.callback(task.cancel)
        await requests.more(200)
        own_redis.stop()
        await requests.until(is_shared=False)
        await requests.more(30)
        own_redis.start()
        await requests.until(is_shared=True)
        await requests.more(200)
    assert busiest_second(requests.moments) <= 100
