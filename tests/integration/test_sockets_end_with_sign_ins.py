"""A socket ends with the sign-in or the token it was opened with, in whatever process either is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import socketio

from character_sync.adapters.database.token_vault import generate_key
from character_sync.bootstrap import utc_now
from character_sync.entrypoints.character_sync_gateway import LOOKS_AT_ONCE
from character_sync.entrypoints.identity import Credential, Identity
from character_sync.ports import Secret, SignedIn, UserId
from fakes.clock import FakeClock
from support.service import Player, RunningService, connect, running_service

pytest_plugins = ["support.servers"]

MANY = 8
SOON = 60.0  # it is told, and at once; else it would find out when it looks again


@pytest.fixture(params=["one process", "two on Redis"])
async def services(
    request: pytest.FixtureRequest, tmp_path: Path, postgresql_url: str, redis_url: str
) -> AsyncIterator[tuple[RunningService, RunningService]]:
    """Where the socket is, and where the sign-in is ended."""
    async with AsyncExitStack() as stack:
        if request.param == "one process":
            service = await stack.enter_async_context(running_service(tmp_path))
            yield service, service
            return
        shared = {"database_url": postgresql_url, "queue_url": redis_url, "encryption_keys": generate_key()}
        here, there = [await stack.enter_async_context(running_service(tmp_path, **shared)) for _ in range(2)]
        yield here, there


@asynccontextmanager
async def _open(service: RunningService, **how: Any) -> AsyncIterator[asyncio.Event]:
    """A socket, and what is set when the server has closed it."""
    client, closed = socketio.AsyncClient(reconnection=False), asyncio.Event()
    client.on("disconnect", lambda _reason: closed.set())
    await connect(client, service.url, **how)
    await client.call("join-session", str(uuid4()))  # answered, so the socket is served
    try:
        yield closed
    finally:
        await client.disconnect()


def _cookie(player: Player, service: RunningService) -> dict[str, Any]:
    [cookie] = [morsel for morsel in player.browser.cookie_jar if morsel.key == "character_sync"]
    return {"headers": {"Cookie": f"character_sync={cookie.value}", "Origin": service.url}}


async def test_signing_out_closes_what_that_browser_has_open_and_nothing_else(
    services: tuple[RunningService, RunningService],
) -> None:
    here, there = services
    async with (
        there.player("six") as player,
        there.player("six") as other_browser,
        _open(here, **_cookie(player, here)) as closed,
        _open(here, **_cookie(other_browser, here)) as stays,
        _open(here, auth={"token": player.token}) as token_stays,
    ):
        await player.post("/auth/logout", expect=204)
        await asyncio.wait_for(closed.wait(), SOON)

        assert not stays.is_set()
        assert not token_stays.is_set()


async def test_deleting_a_token_closes_what_it_has_open_and_nothing_else(
    services: tuple[RunningService, RunningService],
) -> None:
    here, there = services
    async with (
        there.player("six") as player,
        _open(here, auth={"token": player.token}) as closed,
        _open(here, **_cookie(player, here)) as stays,
    ):
        [token] = await player.get("/api/v1/me/tokens")
        async with player.browser.delete(f"/api/v1/me/tokens/{token['id']}") as response:
            assert response.status == 204
        await asyncio.wait_for(closed.wait(), SOON)

        assert not stays.is_set()


async def test_erasing_a_player_closes_everything_they_have_open(
    services: tuple[RunningService, RunningService],
) -> None:
    here, there = services
    async with (
        there.player("six") as player,
        _open(here, **_cookie(player, here)) as closed,
        _open(here, auth={"token": player.token}) as closed_too,
    ):
        async with player.browser.delete("/api/v1/me") as response:
            assert response.status == 204
        async with asyncio.timeout(SOON):
            await closed.wait()
            await closed_too.wait()


async def test_signing_out_everywhere_closes_what_all_browsers_have_open_and_no_tokens(
    services: tuple[RunningService, RunningService],
) -> None:
    here, there = services
    async with (
        there.player("six") as player,
        there.player("six") as other_browser,
        _open(here, **_cookie(player, here)) as closed,
        _open(here, **_cookie(other_browser, here)) as closed_too,
        _open(here, auth={"token": player.token}) as token_stays,
    ):
        await player.post("/auth/logout?everywhere=true", expect=204)
        async with asyncio.timeout(SOON):
            await closed.wait()
            await closed_too.wait()

        assert not token_stays.is_set()


async def test_a_new_sign_in_closes_what_the_one_it_replaces_has_open(
    services: tuple[RunningService, RunningService],
) -> None:
    here, there = services
    async with there.player("six") as player, _open(here, **_cookie(player, here)) as closed:
        await player.sign_in("sixty")
        await asyncio.wait_for(closed.wait(), SOON)


async def test_a_token_that_ends_closes_what_it_has_open(tmp_path: Path) -> None:
    clock = FakeClock(utc_now())
    async with running_service(tmp_path, clock=clock) as service, service.player("six") as player:
        ends_at = clock.now + timedelta(seconds=0.2)
        async with service.parts.work() as work:
            owner = UserId(UUID(player.me["id"]))
            await work.sign_ins.create_access_token(owner, "short", Secret("cs_short"), clock.now, ends_at)
            await work.commit()
        async with _open(service, auth={"token": "cs_short"}) as closed:
            await clock.until_asked(1)  # by whoever looks whether it has ended, when it should have
            assert not closed.is_set()
            clock.now = ends_at
            await closed.wait()


async def test_an_end_nobody_was_told_of_is_found_by_looking_again(tmp_path: Path) -> None:
    clock = FakeClock(utc_now())
    async with running_service(tmp_path, clock=clock) as service, service.player("six") as player:
        service.gateway._look_again_seconds = 0.05
        async with _open(service, auth={"token": player.token}) as closed:
            async with service.parts.work() as work:  # as a process that cannot reach Redis does it
                [token] = await work.sign_ins.access_tokens(UserId(UUID(player.me["id"])))
                await work.sign_ins.delete_access_token(UserId(UUID(player.me["id"])), token.id)
                await work.commit()
            await closed.wait()


async def test_a_socket_that_was_closed_is_told_nothing_more(service: RunningService) -> None:
    await service.control("POST", "settings", {"latencyMs": 100})
    async with service.player("sixty") as player, service.player("sixty") as browser:
        started = await player.start_sync("retail", "eu")
        client, told, closed = socketio.AsyncClient(reconnection=False), [], asyncio.Event()
        client.on("sync-progress", told.append)
        client.on("disconnect", lambda _reason: closed.set())
        await connect(client, service.url, **_cookie(browser, service))
        await client.call("join-session", started["sessionId"])
        await browser.post("/auth/logout", expect=204)
        await closed.wait()
        heard = len(told)
        await player.finished(started["sessionId"])
        await client.disconnect()

    assert len(told) == heard
    assert service.gateway._follower.watchers == 0


async def test_a_notice_to_many_sockets_does_not_take_every_connection_of_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_up, under_way, most, done = Identity.look_up, 0, 0, asyncio.Semaphore(0)

    async def noted(identity: Identity, credential: Credential) -> SignedIn:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        try:
            return await look_up(identity, credential)
        finally:
            under_way -= 1
            done.release()

    async with (
        running_service(tmp_path, works=False) as service,
        service.player("six") as player,
        AsyncExitStack() as stack,
    ):
        for _ in range(MANY):
            await stack.enter_async_context(player.socket())
        monkeypatch.setattr(Identity, "look_up", noted)
        await service.parts.sign_ins.publish(UserId(UUID(player.me["id"])))
        for _ in range(MANY):
            await done.acquire()
    assert most == LOOKS_AT_ONCE
