"""Stands between the service and the sandbox and spoils what it is told to: bytes, headers, compression, status."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

from fuzz.spoiled_answers import Delivery
from support.ports import free_port

NOT_PASSED_ON = {"Host", "Content-Length", "Transfer-Encoding", "Accept-Encoding"}


class SpoilingProxy:
    """`spoiled` maps a part of a path to what is answered there; everything else is the sandbox's own answer."""

    def __init__(self) -> None:
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self.target = ""
        self.spoiled: dict[str, Delivery] = {}
        self._client: aiohttp.ClientSession

    async def answer(self, request: web.Request) -> web.StreamResponse:
        for part, delivery in self.spoiled.items():
            if request.path.endswith(part):
                return await _deliver(request, delivery)
        headers = {name: value for name, value in request.headers.items() if name not in NOT_PASSED_ON}
        async with self._client.request(
            request.method,
            self.target + request.raw_path,
            headers=headers,
            data=await request.read(),
            allow_redirects=False,
        ) as answer:
            body = await answer.read()
            kept = {
                name: value
                for name, value in answer.headers.items()
                if name not in {*NOT_PASSED_ON, "Content-Encoding"}
            }
            return web.Response(status=answer.status, body=body, headers=kept)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["SpoilingProxy"]:
        app = web.Application(client_max_size=0)
        app.router.add_route("*", "/{path:.*}", self.answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
        async with aiohttp.ClientSession() as self._client:
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", self._port).start()
            try:
                yield self
            finally:
                await runner.cleanup()


async def _deliver(request: web.Request, delivery: Delivery) -> web.StreamResponse:
    response = web.StreamResponse(status=delivery.status, headers=delivery.headers)
    response.content_length = len(delivery.body)
    await response.prepare(request)
    if delivery.status not in {204, 304}:
        await response.write(delivery.body)
    await response.write_eof()
    return response
