"""Several processes' request budgets on one Redis, all in this process and in virtual time."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Self

from redis import Redis
from redis.exceptions import ConnectionError as RedisGone

from character_sync.adapters.battle_net.lease_script import MICRO, LeaseScript
from character_sync.adapters.battle_net.shared_budget import SharedRequestBudget
from character_sync.ports import Lane, Turn

EPOCH = 1_790_000_000  # seconds; Redis' clock shows the time of day


class RedisInVirtualTime:
    """A Redis that runs scripts for real, on the loop's clock; its answers take `latency` and may not come."""

    def __init__(self, url: str) -> None:
        self.redis = Redis.from_url(url)
        self.latency = 0.001
        self.is_gone = False
        self.loses_answers = False
        self.put_back = 0.0
        self.asked = 0

    def now(self) -> int:
        return int((EPOCH + asyncio.get_running_loop().time() - self.put_back) * MICRO)

    @asynccontextmanager
    async def connect(self) -> AsyncIterator["RedisInVirtualTime"]:
        yield self

    async def evalsha(self, *call: Any) -> Any:
        return await self._call(self.redis.evalsha, *call)

    async def eval(self, *call: Any) -> Any:
        return await self._call(self.redis.eval, *call)

    async def _call(self, command: Any, *call: Any) -> Any:
        self.asked += 1
        await asyncio.sleep(self.latency / 2)
        if self.is_gone:
            raise RedisGone
        answer = command(*call[:-1], json.dumps({**json.loads(call[-1]), "now": self.now()}))
        await asyncio.sleep(self.latency / 2)
        if self.loses_answers:
            raise RedisGone
        return answer


class Process:
    """One process: its budget, on a clock of its own, and when its requests left."""

    def __init__(self, fleet: "Fleet", offset: float) -> None:
        self.fleet = fleet
        self.tasks: list[asyncio.Task[None]] = []
        self.budget = SharedRequestBudget(
            LeaseScript(fleet.redis.connect, "client"),
            per_second=fleet.per_second,
            per_hour=fleet.per_hour,
            share_alone=0.1,
            monotonic=lambda: fleet.time() + offset,
            draw=lambda: fleet.draw,
        )

    def asks(self, times: int, holder: str = "a", lane: Lane = Lane.FIRST_SYNC) -> None:
        """Make so many requests at once."""
        self.tasks += [asyncio.create_task(self._send(Turn(lane, holder))) for _ in range(times)]

    def keeps_asking(self, at_once: int, holder: str = "a", lane: Lane = Lane.FIRST_SYNC, answer: float = 0.1) -> None:
        """Always have so many requests waiting or at Battle.net, which takes `answer` seconds."""
        self.tasks += [asyncio.create_task(self._go_on(Turn(lane, holder), answer)) for _ in range(at_once)]

    async def done(self) -> None:
        await asyncio.gather(*self.tasks)

    async def stop(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def _go_on(self, turn: Turn, answer: float) -> None:
        while True:
            await self._send(turn)
            await asyncio.sleep(answer)

    async def _send(self, turn: Turn) -> None:
        await self.budget.admit(turn)
        try:
            await asyncio.sleep(self.fleet.departure)
            self.fleet.left.append((self.fleet.time(), turn.holder))
        finally:
            self.budget.sent()


class Fleet:
    """Processes that share a budget. `left` is when each request left, and whose it was, in order."""

    def __init__(self, redis_url: str, per_second: int = 100, per_hour: int = 0) -> None:
        self.redis = RedisInVirtualTime(redis_url)
        self.per_second = per_second
        self.per_hour = per_hour
        self.left: list[tuple[float, str]] = []
        self.departure = 0.0
        self.draw = 0.5
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()
        self.redis.redis.close()

    def time(self) -> float:
        return asyncio.get_running_loop().time()

    async def process(self, offset: float = 0.0) -> Process:
        process = Process(self, offset)
        await self._stack.enter_async_context(process.budget.running())
        self._stack.push_async_callback(process.stop)
        return process

    async def is_open(self) -> None:
        """Wait until a Redis that was empty gives permits."""
        await asyncio.sleep(2)

    @property
    def moments(self) -> list[float]:
        return [moment for moment, _ in self.left]

    @property
    def counts(self) -> Counter[str]:
        return Counter(holder for _, holder in self.left)


def busiest_second(moments: list[float]) -> int:
    """Return the most requests that left in any one second, wherever it begins."""
    moments, most, first = sorted(moments), 0, 0
    for last, moment in enumerate(moments):
        while moments[first] <= moment - 1:
            first += 1
        most = max(most, last - first + 1)
    return most
