"""A process that makes requests on the shared budget, and prints when each left, on the clock all processes share.

Its arguments: the queue's address, the address to ask, how many requests, the lane, how often at once.
"""

import asyncio
import json
import sys
import time

import aiohttp
from yarl import URL

from character_sync.adapters.battle_net.client import http_session
from character_sync.adapters.battle_net.lease_script import LeaseScript
from character_sync.adapters.battle_net.shared_budget import SharedRequestBudget
from character_sync.adapters.battle_net.transport import exchange
from character_sync.adapters.job_queue import open_job_queue
from character_sync.ports import Lane, Turn


async def main(queue_url: str, url: str, requests: str, lane: str, at_once: str) -> None:
    left: list[float] = []
    turns = iter(range(int(requests)))
    async with open_job_queue(queue_url) as queue, http_session() as http:
        budget = SharedRequestBudget(LeaseScript(queue.redis, "client"), per_second=100, per_hour=0, share_alone=0.1)

        def sent() -> None:
            left.append(time.monotonic())
            budget.sent()

        async def work() -> None:
            for _ in turns:
                await budget.admit(Turn(Lane[lane], "session"))
                await _ask(http, url, sent)

        async with budget.running():
            await asyncio.gather(*(work() for _ in range(int(at_once))))
    json.dump(left, sys.stdout)


async def _ask(http: aiohttp.ClientSession, url: str, sent: object) -> None:
    await exchange(http, "GET", URL(url), on_sent=sent)  # type: ignore[arg-type] # any callable


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
