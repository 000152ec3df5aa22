"""Syncs as a light client makes them: POST, watch on a bare socket, note when each thing happened."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import aiohttp

from chaos.clients import Client
from chaos.history import SYNC
from chaos.light_sockets import Hear, LightSocket, joined
from chaos.site import Site

ACCEPTED, UNAVAILABLE = 202, 503
WITHIN_SECONDS = 300.0
SIGN_INS_AT_ONCE = 4  # more only wait for the same two cores
JOINS_AGAIN_SECONDS = 1.0  # Socket.IO's own first wait


@dataclass(frozen=True)
class Synced:
    """Seconds from the POST to its answer, and to the last event at the client."""

    characters: int
    accepted: float
    completed: float


async def players(site: Site, name: str, accounts: int, characters: int) -> list[Client]:
    """Return so many players who are signed in and have never synced."""
    places = asyncio.Semaphore(SIGN_INS_AT_ONCE)

    async def one(number: int) -> Client:
        async with places:
            return await site.player(f"{name}-{number}", characters)

    return list(await asyncio.gather(*(one(number) for number in range(accounts))))


@asynccontextmanager
async def http_of(site: Site) -> AsyncIterator[aiohttp.ClientSession]:
    """Connections that are kept, as browsers keep them."""
    timeout = aiohttp.ClientTimeout(total=WITHIN_SECONDS)
    async with aiohttp.ClientSession(site.url(), timeout=timeout, connector=aiohttp.TCPConnector(limit=0)) as http:
        yield http


async def post(http: aiohttp.ClientSession, player: Client) -> tuple[Any, float]:
    """Begin a sync; return what was answered, and after how many seconds."""
    headers, began = {"Authorization": f"Bearer {player.token}"}, time.monotonic()
    while True:
        try:
            async with http.post(SYNC, json={"gameVersion": "retail", "region": "eu"}, headers=headers) as answer:
                body = await answer.json()
        except aiohttp.ClientConnectorError:
            raise
        except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError):  # a kept connection, just let go by the server
            continue
        if answer.status != UNAVAILABLE:  # who is told when to come again does, as a page
            break
        await asyncio.sleep(float(answer.headers["Retry-After"]))
    assert answer.status == ACCEPTED, body
    return body, time.monotonic() - began


async def post_all(site: Site, who: Iterable[Client]) -> Sequence[Synced]:
    """Begin syncs, one after the other, and leave them."""
    done = []
    async with http_of(site) as http:
        for player in who:
            body, took = await post(http, player)
            done.append(Synced(int(body["syncedCharacters"]), took, took))
    return done


async def sync(site: Site, http: aiohttp.ClientSession, player: Client) -> Synced:
    """Sync an account and watch it to its end."""
    over = asyncio.Event()

    def hear(text: bytes) -> None:
        if b'"sync-progress"' not in text[:32]:
            assert b'"sync-complete"' in text[:32], text
            over.set()

    began = time.monotonic()
    body, accepted = await post(http, player)
    light = await _surely_joined(site, player, body["sessionId"], hear)
    try:
        await asyncio.wait_for(over.wait(), WITHIN_SECONDS)
        return Synced(int(body["syncedCharacters"]), accepted, time.monotonic() - began)
    finally:
        light.transport.abort()


async def _surely_joined(site: Site, player: Client, session_id: str, hear: Hear) -> LightSocket:
    """Join, again where a busy service says so, as a page does."""
    async with asyncio.timeout(WITHIN_SECONDS):
        while True:
            with suppress(ConnectionError):
                return await joined(site.url(), player.token, session_id, hear)
            await asyncio.sleep(JOINS_AGAIN_SECONDS)


async def sync_all(site: Site, who: Iterable[Client], *, at_once: int = 1) -> Sequence[Synced]:
    """Sync accounts, so many at the same time."""
    places = asyncio.Semaphore(at_once)
    async with http_of(site) as http:

        async def one(player: Client) -> Synced:
            async with places:
                return await sync(site, http, player)

        return await asyncio.gather(*(one(player) for player in who))
