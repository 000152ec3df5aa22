"""A receiver of webhooks on this machine."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web


class Receiver:
    """Takes a message when `takes` says so, and keeps those it took."""

    def __init__(self, takes: Any = lambda _count: True) -> None:
        self.takes = takes
        self.asked = 0
        self.took: list[tuple[str, dict[str, Any]]] = []
        self.url = ""
        self._news = asyncio.Condition()

    async def answer(self, request: web.Request) -> web.Response:
        async with self._news:
            self.asked += 1
            self._news.notify_all()
            if not self.takes(self.asked):
                return web.Response(status=503)
            self.took.append((request.headers["webhook-id"], json.loads(await request.read())))
        return web.Response(status=204)

    async def until(self, kind: str) -> None:
        async with self._news:
            await self._news.wait_for(lambda: any(message["type"] == kind for _, message in self.took))

    async def until_took(self, count: int) -> None:
        async with self._news:
            await self._news.wait_for(lambda: len(self.took) >= count)


@asynccontextmanager
async def receiving(takes: Any = lambda _count: True) -> AsyncIterator[Receiver]:
    receiver = Receiver(takes)
    app = web.Application()
    app.router.add_post("/hook", receiver.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield receiver
    finally:
        await runner.cleanup()
