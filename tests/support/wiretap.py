"""Stands between the service and the sandbox Battle.net and remembers what credentials went by."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs

import aiohttp
from aiohttp import web
from yarl import URL

HOP_BY_HOP = {"host", "content-length", "transfer-encoding", "connection", "content-encoding"}


@dataclass
class Wiretap:
    """`url` is to be used in place of the sandbox's."""

    url: str
    authorizations: set[str] = field(default_factory=set)
    codes: set[str] = field(default_factory=set)


@asynccontextmanager
async def wiretap(upstream: str) -> AsyncIterator[Wiretap]:
    tap = Wiretap("")
    async with aiohttp.ClientSession(auto_decompress=False) as client:

        async def forward(request: web.Request) -> web.Response:
            if authorization := request.headers.get("Authorization"):
                tap.authorizations.add(authorization.partition(" ")[2])
            body = await request.read()
            tap.codes.update(parse_qs(body.decode("latin-1")).get("code", []))
            headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP_BY_HOP}
            url = URL(f"{upstream}{request.raw_path}", encoded=True)
            async with client.request(request.method, url, headers=headers, data=body, allow_redirects=False) as answer:
                told = {name: value for name, value in answer.headers.items() if name.lower() not in HOP_BY_HOP}
                if encoding := answer.headers.get("Content-Encoding"):
                    told["Content-Encoding"] = encoding
                return web.Response(status=answer.status, headers=told, body=await answer.read())

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", forward)
        runner = web.AppRunner(app)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            tap.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            yield tap
        finally:
            await runner.cleanup()
